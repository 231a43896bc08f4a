//! A complaint shows its ground: the ledger decrypts the match and sees for itself.

use crate::edit;
use crate::world::*;
use ledger::stage::{PlanStage, TradeStage};
use ledger::state::BadMatch;
use ledger::Refusal;
use protocol::elgamal::dleq::Equality;
use protocol::elgamal::Point;
use protocol::ids::TransactionId;
use protocol::record::{Handle, MatchId};
use protocol::transaction::body::Match;
use protocol::transaction::{Body, Seal, Transaction};
use protocol::units::Side;
use protocol::Fr;

const MOST: u64 = u32::MAX as u64;
const TERMS: (u64, u64) = (800, 450_000);

struct Town {
    w: World,
    sell: Handle,
    buy: Handle,
}

impl Town {
    /// Two plans in round 0.
    fn new() -> Self {
        let mut w = World::open();
        let (sell, buy) = (w.list(Side::Sell), w.list(Side::Buy));
        w.at(u64::from(ROUND));
        Town { w, sell, buy }
    }
    fn pairing(&mut self, round: u8) -> Match {
        let Body::Match(body) = self.w.pairing(round, self.sell, self.buy) else { unreachable!() };
        body
    }
    /// A match that tells the seller and the buyer these terms.
    fn said(&mut self, seller: (u64, u64), buyer: (u64, u64)) -> MatchId {
        let body = self.pairing(0);
        let body = self.w.opening_for(body, [(Side::Sell, seller.0, seller.1), (Side::Buy, buyer.0, buyer.1)]);
        self.w.accept(Body::Match(body));
        body.match_id
    }
    fn stages(&self) -> [PlanStage; 2] {
        [self.sell, self.buy].map(|handle| self.w.state.plan(&handle).unwrap().stage)
    }
}

/// A complaint with another seal.
fn sealed(w: &World, body: Body, seal: impl Fn(TransactionId) -> Equality) -> Vec<u8> {
    let tx = w.seal(body);
    Transaction { seal: Seal::Shared(seal(tx.id())), ..tx }.encode()
}

#[test]
fn a_match_that_opens_is_nothing_to_complain_of() {
    let mut town = Town::new();
    let match_id = town.said(TERMS, TERMS);
    for handle in [town.sell, town.buy] {
        assert_eq!(town.w.refusal(town.w.complain(match_id, handle)), Refusal::MatchOpens);
    }
    assert_eq!(town.w.state.bad_matches().len(), 0);
    // The least and the greatest terms open, too.
    for terms in [(1, 0), (MOST, MOST)] {
        let mut town = Town::new();
        let match_id = town.said(terms, terms);
        assert_eq!(town.w.refusal(town.w.complain(match_id, town.sell)), Refusal::MatchOpens);
    }
}

#[test]
fn a_side_that_is_told_other_terms_than_the_records_shows_it() {
    for lie in [(801, 450_000), (800, 450_001), (0, 450_000), (MOST + 1, 450_000)] {
        let mut town = Town::new();
        let match_id = town.said(TERMS, lie);
        assert_eq!(town.w.refusal(town.w.complain(match_id, town.sell)), Refusal::MatchOpens, "the seller was told");
        town.w.accept(town.w.complain(match_id, town.buy));
        assert_eq!(town.w.state.trade(&match_id).unwrap().stage, TradeStage::Dissolved);
        assert_eq!(town.stages(), [PlanStage::Listed; 2]);
        let height = town.w.state.height();
        assert!(town.w.state.bad_matches().eq([&BadMatch { height, match_id, handle: town.buy }]));
        // It is dissolved, so nobody complains of it again, with the same bytes or others.
        assert_eq!(town.w.refusal(town.w.complain(match_id, town.buy)), Refusal::DuplicateTransaction);
        assert_eq!(town.w.refusal(town.w.complain(match_id, town.sell)), Refusal::WrongStage);
    }
}

/// Such a record opens to its terms, but no confirmation could be proved.
#[test]
fn a_record_of_nothing_or_of_too_much_is_a_ground() {
    for terms in [(0, 450_000), (MOST + 1, 450_000), (800, MOST + 1)] {
        let mut town = Town::new();
        let match_id = town.said(terms, terms);
        town.w.accept(town.w.complain(match_id, town.sell));
        assert_eq!(town.w.state.bad_matches().len(), 1);
    }
}

#[test]
fn a_plan_complains_as_often_as_it_is_wronged() {
    let mut town = Town::new();
    for round in 0..4u8 {
        town.w.at(u64::from(ROUND) * (u64::from(round) + 1));
        let body = town.pairing(round);
        town.w.accept(Body::Match(body));
        town.w.accept(town.w.complain(body.match_id, town.buy));
        assert_eq!(town.stages(), [PlanStage::Listed; 2]);
    }
    assert_eq!(town.w.state.bad_matches().len(), 4);
}

#[test]
fn the_point_must_be_what_key_and_match_share() {
    let mut town = Town::new();
    let match_id = town.said(TERMS, TERMS);
    let w = &town.w;
    let honest = w.complain(match_id, town.buy);
    let Body::Complain(right) = honest else { panic!() };
    let base = w.state.trade(&match_id).unwrap().c1;
    let with = |shared: Point| edit!(honest, Complain, b => b.shared = shared);
    // A wrong point decrypts to noise. Only its proof would make that a ground.
    let (other, _) = shared(PLAN + 1, base, b"");
    let opposite = Point { x: -right.shared.x, y: right.shared.y };
    let elsewhere = encryption(999).point();
    for wrong in [other, opposite, base, elsewhere] {
        assert_eq!(w.refusal(with(wrong)), Refusal::BadProof, "the proof of the right point");
        for secret in [PLAN, PLAN + 1] {
            // Proofs that are honest of another secret or of another base.
            for base in [base, elsewhere] {
                let seal = |id: TransactionId| shared(secret, base, &id.0).1;
                assert_eq!(w.refusal_of(&sealed(w, with(wrong), seal)), Refusal::BadProof);
            }
        }
    }
    // Points of low order, of mixed order, and none at all.
    let (zero, one) = (Fr::from(0u64), Fr::from(1u64));
    let mixed = Point { x: -right.shared.x, y: -right.shared.y };
    for bad in [Point { x: zero, y: one }, Point { x: zero, y: -one }, mixed, Point { x: one, y: one }] {
        assert_eq!(w.refusal(with(bad)), Refusal::BadProof, "{bad:?}");
    }
    // With the right point the match opens, whatever the proof.
    let seal = |id: TransactionId| shared(PLAN + 1, base, &id.0).1;
    assert_eq!(w.refusal_of(&sealed(w, honest, seal)), Refusal::MatchOpens);
}

#[test]
fn a_complaint_is_of_one_match_one_plan_and_one_transaction() {
    let mut town = Town::new();
    let (other_sell, other_buy) = (town.w.list(Side::Sell), town.w.list(Side::Buy));
    town.w.at(u64::from(ROUND) * 2);
    let Body::Match(second) = town.w.pairing(1, other_sell, other_buy) else { panic!() };
    town.w.accept(Body::Match(second));
    let w = &mut town.w;
    let Body::Match(first) = w.pairing(1, town.sell, town.buy) else { panic!() };
    w.accept(Body::Match(first));
    let complaint = w.complain(first.match_id, town.buy);
    let tx = w.seal(complaint);
    // The proof names the transaction, so it moves to no other expiry, chain, match or plan.
    let later = Transaction { expiry: protocol::ids::Height(1001), ..tx };
    assert_eq!(w.refusal_of(&later.encode()), Refusal::BadProof);
    let chain = Transaction { chain: protocol::ids::ChainId([9; 32]), ..tx };
    assert_eq!(w.refusal_of(&chain.encode()), Refusal::WrongChain);
    let of_the_other = edit!(complaint, Complain, b => { b.match_id = second.match_id; b.handle = other_buy });
    assert_eq!(w.refusal_of(&Transaction { body: of_the_other, ..tx }.encode()), Refusal::BadProof);
    let by_the_seller = edit!(complaint, Complain, b => b.handle = town.sell);
    assert_eq!(w.refusal_of(&Transaction { body: by_the_seller, ..tx }.encode()), Refusal::BadProof);
    let Seal::Shared(proof) = tx.seal else { panic!() };
    type Change = fn(&mut Equality);
    let changes: [Change; 3] = [|p| p.challenge[0] ^= 1, |p| p.response[0] ^= 1, |p| p.response = [0xff; 32]];
    for change in changes {
        let mut bent = proof;
        change(&mut bent);
        assert_eq!(w.refusal_of(&Transaction { seal: Seal::Shared(bent), ..tx }.encode()), Refusal::BadProof);
    }
    // A signature, or a proof of a relation, is no seal of a complaint.
    let signature = sign(REGULATOR, tx.id());
    assert_eq!(w.refusal_of(&Transaction { seal: signature, ..tx }.encode()), Refusal::BadProof);
    assert_eq!(
        w.block(&[tx.encode(), tx.encode()]).receipts.iter().map(|r| r.outcome).collect::<Vec<_>>(),
        [Ok(()), Err(Refusal::DuplicateTransaction)]
    );
}

/// A complaint publishes what key and point share, so no point serves a plan twice.
#[test]
fn a_match_has_a_point_that_is_new_to_both_plans() {
    let mut town = Town::new();
    let listed = [town.sell, town.buy].map(|handle| town.w.state.plan(&handle).unwrap().c1);
    let opposite = |p: Point| Point { x: -p.x, y: p.y };
    let body = town.pairing(0);
    for used in [listed[0], listed[1], opposite(listed[0])] {
        assert_eq!(town.w.refusal(Body::Match(Match { c1: used, ..body })), Refusal::PointReused);
    }
    town.w.accept(Body::Match(body));
    town.w.accept(town.w.complain(body.match_id, town.sell));
    town.w.at(u64::from(ROUND) * 2);
    let again = town.pairing(1);
    for used in [body.c1, opposite(body.c1), listed[1]] {
        assert_eq!(town.w.refusal(Body::Match(Match { c1: used, ..again })), Refusal::PointReused);
    }
    // New to the buyer alone is not enough.
    let buy = town.w.list(Side::Buy);
    town.w.at(u64::from(ROUND) * 3);
    let Body::Match(with_another) = town.w.pairing(2, town.sell, buy) else { panic!() };
    assert_eq!(town.w.refusal(Body::Match(Match { c1: body.c1, ..with_another })), Refusal::PointReused);
    town.w.accept(Body::Match(with_another));
}

#[test]
fn a_plan_whose_key_anybody_could_use_is_not_listed() {
    let mut w = World::open();
    let (zero, one) = (Fr::from(0u64), Fr::from(1u64));
    let key = encryption(77).point();
    let mixed = Point { x: -key.x, y: -key.y };
    for side in [Side::Sell, Side::Buy] {
        for weak in [Point { x: zero, y: one }, Point { x: zero, y: -one }, mixed, Point { x: one, y: one }] {
            let body = match w.plan(side) {
                Body::SellPlan(mut b) => {
                    b.plan_key = weak;
                    Body::SellPlan(b)
                }
                Body::BuyPlan(mut b) => {
                    b.plan_key = weak;
                    Body::BuyPlan(b)
                }
                _ => unreachable!(),
            };
            // Before any proof is looked at.
            let mut tx = w.seal(body);
            spoil(&mut tx, [0; protocol::transaction::PROOF_BYTES]);
            assert_eq!(w.refusal_of(&tx.encode()), Refusal::WeakKey);
            assert_eq!(w.refusal(body), Refusal::WeakKey);
        }
        // Two plans may have one key: a check would let anybody block a listing by listing its key.
        let (first, second) = (w.plan(side), w.plan(side));
        w.accept(first);
        w.accept(second);
    }
}
