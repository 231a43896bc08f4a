//! What metering services may issue: one metered record a serial, within a cycle's time, and so many
//! records an epoch.

use crate::edit;
use crate::world::*;
use ledger::Refusal;
use protocol::record::metered::Sign;
use protocol::transaction::body::*;
use protocol::transaction::Body;
use protocol::Fr;

/// The rest window of the fixture's genesis, in seconds.
const REST: u64 = 30 * 24 * 3600;

#[test]
fn a_made_up_second_record_of_one_serial_is_refused() {
    let mut w = World::open();
    w.at(CLOSES);
    let first = w.issue_metered(0, Sign::Surplus, cycle(1));
    let Body::IssueMetered(said) = first else { panic!() };
    w.accept(first);
    assert!(w.state.has_serial(cycle(1), &said.record_serial));
    for sign in Sign::ALL {
        let second = edit!(w.issue_metered(0, sign, cycle(1)), IssueMetered, b => b.record_serial = said.record_serial);
        assert_eq!(w.refusal(second), Refusal::SerialReused);
    }
    // Another service's records have serials of their own; two equal ones are equal all the same.
    let other =
        edit!(w.issue_metered(1, Sign::Surplus, cycle(1)), IssueMetered, b => b.record_serial = said.record_serial);
    assert_eq!(w.refusal(other), Refusal::SerialReused);
    for sign in Sign::ALL {
        let fresh = w.issue_metered(0, sign, cycle(1));
        w.accept(fresh);
    }
}

#[test]
fn metered_records_are_taken_until_the_cycle_is_settled() {
    let mut w = World::open();
    w.at(CLOSES);
    let first = w.issue_metered(0, Sign::Surplus, cycle(1));
    let Body::IssueMetered(said) = first else { panic!() };
    w.accept(first);
    // DUE is the first round's deadline; the world has four rounds.
    let settled = DUE + 3 * u64::from(SLOT) + REST;
    w.at(settled - 1);
    let last = w.issue_metered(0, Sign::Surplus, cycle(1));
    w.accept(last);
    let again =
        edit!(w.issue_metered(0, Sign::Surplus, cycle(1)), IssueMetered, b => b.record_serial = said.record_serial);
    assert_eq!(w.refusal(again), Refusal::SerialReused);
    w.at(settled);
    // The serials are forgotten, and no record is taken whose serial could repeat one of them.
    assert!(!w.state.has_serial(cycle(1), &said.record_serial));
    let again =
        edit!(w.issue_metered(0, Sign::Surplus, cycle(1)), IssueMetered, b => b.record_serial = said.record_serial);
    assert_eq!(w.refusal(again), Refusal::CycleSettled);
}

#[test]
fn a_service_issues_no_more_than_its_cap_in_an_epoch() {
    let mut w = World::open();
    w.at(CLOSES);
    w.accept(w.cap(0, 1, 2));
    let generation = w.issue(0, Issued::Generation);
    w.accept(generation);
    let more = w.issue(0, Issued::Generation);
    assert_eq!(w.refusal(more), Refusal::IssueCap);
    for sign in [Sign::Shortfall, Sign::SurplusBack] {
        let metered = w.issue_metered(0, sign, cycle(1));
        w.accept(metered);
    }
    let more = w.issue_metered(0, Sign::Surplus, cycle(1));
    assert_eq!(w.refusal(more), Refusal::IssueCap);
    let count = w.state.issue_count(issuer(0));
    assert_eq!((count.generation, count.metered), (1, 2));
    // Nobody else is held back; a desk has no cap, and none can be set for it.
    let other = w.issue(1, Issued::Generation);
    w.accept(other);
    let money = w.issue(2, Issued::Balance);
    w.accept(money);
    assert_eq!(w.refusal(w.cap(2, 5, 5)), Refusal::WrongRole);
    assert_eq!(w.refusal(w.cap(7, 5, 5)), Refusal::UnregisteredIssuer);
    // Raised, or in the next epoch, there is room again.
    w.accept(w.cap(0, 1, 3));
    let raised = w.issue_metered(0, Sign::Surplus, cycle(1));
    w.accept(raised);
    w.accept(w.epoch_start(2));
    let next = w.issue(0, Issued::Generation);
    w.accept(next);
}

#[test]
fn the_tariff_and_the_way_of_a_payment_follow_from_the_sign() {
    let mut w = World::open();
    w.at(CLOSES);
    for sign in [Sign::Shortfall, Sign::SurplusBack] {
        let owed = w.issue_metered(0, sign, cycle(1));
        w.accept(owed);
        let Body::IssueMetered(said) = owed else { panic!() };
        assert_eq!(w.state.obligation(&said.commitment).map(|o| (o.sign, o.issuer)), Some((sign, issuer(0))));
        // The harness puts in the tariff of the sign: the ledger must have put in the same.
        let pay = w.shortfall(said.commitment);
        w.accept(pay);
        let taken = edit!(w.surplus(), Surplus, b => b.sign = sign);
        assert_eq!(w.refusal(taken), Refusal::WrongSign);
    }
    for sign in [Sign::Surplus, Sign::ShortfallBack] {
        let leaf = w.issue_metered(0, sign, cycle(1));
        w.accept(leaf);
        let Body::IssueMetered(said) = leaf else { panic!() };
        assert_eq!(w.state.obligation(&said.commitment), None);
        let owed = w.shortfall(said.commitment);
        assert_eq!(w.refusal(owed), Refusal::UnknownObligation);
        let paid = edit!(w.surplus(), Surplus, b => b.sign = sign);
        w.accept(paid);
    }
}

#[test]
fn two_services_cannot_share_a_serial_key() {
    let mut w = World::open();
    let body = w.register(3, IssuerRole::MeteringService);
    let copied = edit!(body, RegisterIssuer, b => b.serial_key = serial_key_of_issuer(0));
    assert_eq!(w.refusal(copied), Refusal::KeyReused);
    // A desk's is of no account.
    let desk = w.register(3, IssuerRole::Desk);
    w.accept(edit!(desk, RegisterIssuer, b => b.serial_key = serial_key_of_issuer(0)));
    assert_eq!(w.state.serial_key(issuer(0), cycle(1)), Some(serial_key_of_issuer(0)));
    assert_eq!(w.state.serial_key(issuer(3), cycle(1)), None);
}

#[test]
fn the_audit_of_a_service_names_an_epoch_that_has_started_and_a_metering_service() {
    let mut w = World::open();
    let opening = |w: &World, epoch: u64, n: u64| {
        let body = w.opening(Purpose::Service, 0, Fr::from(epoch), Fr::from(n));
        edit!(body, Open, b => b.cycle = cycle(0))
    };
    w.accept(opening(&w, 1, 0));
    assert_eq!(w.refusal(opening(&w, 2, 0)), Refusal::UnknownEpoch);
    assert_eq!(w.refusal(opening(&w, 1 << 32, 0)), Refusal::UnknownEpoch);
    assert_eq!(w.refusal(opening(&w, 1, 2)), Refusal::WrongRole);
    assert_eq!(w.refusal(opening(&w, 1, 9)), Refusal::UnregisteredIssuer);
    let of_a_cycle = w.opening(Purpose::Service, 0, Fr::from(1u64), Fr::from(0u64));
    assert_eq!(w.refusal(of_a_cycle), Refusal::MisfitOpening);
}
