//! Obligations that a metering service makes up: the quorum opens them when their epoch has ended. One
//! of a household that is not the service's is struck, one is paid, and one is disputed and struck.

use crate::metered::{told, Lie};
use crate::world::*;
use protocol::ids::Serial;
use protocol::record::metered::Sign;
use protocol::record::Commitment;
use protocol::relation::metered::bound;
use protocol::transaction::body::{Open, Purpose};
use protocol::transaction::obligation::{Ruled, Ruling};
use protocol::transaction::{Body, Transaction};
use protocol::units::{Cycle, Epoch, Place, Reputation};
use protocol::Fr;
use wallets::regulator::{CredentialTerms, Evidence, OpenedObligation};

/// Obligations with the transactions that issued them: the thief's, whose service is nobody; and the
/// buyer's, a shortfall and a surplus that is taken back.
pub type Invented = [(Commitment, Transaction); 3];

fn opening(w: &World, owed: Commitment) -> Transaction {
    w.by_regulator(|serial| {
        let (purpose, cycle, second) = (Purpose::Obligation, Cycle::ZERO, Fr::from(0u64));
        Body::Open(Open { serial, purpose, cycle, round: 0, first: owed.0, second, reason: [5; 32] })
    })
}

/// The service issues them after gate closure, and sends nobody an opening. In their own epoch they
/// are not opened.
pub fn invented(w: &mut World) -> Invented {
    let honest = Lie {
        volume: 50,
        sign: Sign::Shortfall,
        meter: issuer(METER),
        blinding: 20,
        serial_key: w.meter_serial.expose(),
        bound: bound(w.state().genesis().limits.greatest_energy),
    };
    let (thief, buyer) = (w.thief.wallet.address(), w.buyer.wallet.address());
    let all = [
        (thief, honest),
        (buyer, Lie { blinding: 21, ..honest }),
        (buyer, Lie { blinding: 22, sign: Sign::SurplusBack, ..honest }),
    ];
    all.map(|(owner, lie)| {
        let (body, issued) = told(w, owner, lie);
        let (Body::IssueMetered(said), Some(issued)) = (body, issued) else { panic!("each of them is proved") };
        w.accept(&[issued]);
        let early = opening(w, said.commitment);
        w.refused("an opening within the epoch", &early, "obligation-early");
        let sooner = w.regulator.open_obligation(said.commitment, [5; 32], LATER);
        assert_eq!(sooner.err().map(|e| e.code()), Some("wrong-period"));
        (said.commitment, issued)
    })
}

/// Announces an obligation's opening and has the quorum open it.
fn opened(w: &mut World, (owed, issued): &(Commitment, Transaction)) -> OpenedObligation {
    let open = w.regulator.open_obligation(*owed, [5; 32], LATER).unwrap();
    w.refused("an opening announced by another", &w.other_meter.seal(open.chain, LATER, open.body), "bad-signature");
    w.accept(&[open]);
    let proof = |w: &World, id| w.node.acceptance_proof(&id).unwrap().unwrap();
    let evidence = Evidence { open: proof(w, open.id()), target: proof(w, issued.id()) };
    let parts: Result<Vec<_>, _> = w.shares[1..].iter().map(|share| share.partial(&evidence, &w.headers)).collect();
    let parts = parts.unwrap();
    let few = w.regulator.take_obligation(&evidence, &w.headers, &parts[..1], LATER);
    assert_eq!(few.err().map(|e| e.code()), Some("bad-shares"));
    w.regulator.take_obligation(&evidence, &w.headers, &parts, LATER).ok().unwrap()
}

/// The buyer asks for its credential of epoch 2.
fn credential(w: &mut World) -> Result<Transaction, &'static str> {
    let later = Epoch::new(2).unwrap();
    let to = w.buyer.wallet.payment_address();
    let request = w.buyer.wallet.request_credential(&w.prover, &mut w.rng, later).unwrap();
    let terms = CredentialTerms { reputation: Reputation::MAX, place: Place::default(), meter: issuer(METER) };
    let issued = w.regulator.issue_credential(&w.prover, &mut w.rng, &to, &terms, &request, LATER);
    issued.map_err(|error| error.code())
}

fn ruling(w: &World, obligation: Commitment, ruled: Ruled) -> Transaction {
    w.by_regulator(|serial: Serial| Body::Ruling(Ruling { serial, obligation, ruled }))
}

/// The next epoch has begun.
pub fn opened_struck_and_paid(w: &mut World, [thiefs, shortfall, back]: &Invented) {
    let overdue: Vec<Commitment> = w.regulator.overdue().collect();
    assert!([thiefs, shortfall, back].iter().all(|(owed, _)| overdue.contains(owed)));

    // The thief has no credential, so no service is its own.
    let OpenedObligation::Struck(strike) = opened(w, thiefs) else { panic!("no service is the thief's") };
    let forged = w.meter_signer.seal(strike.chain, LATER, strike.body);
    w.refused("a ruling by a service", &forged, "bad-signature");
    let unknown = ruling(w, Commitment(Fr::from(7u64)), Ruled::Struck);
    w.refused("a ruling about nothing", &unknown, "unknown-obligation");
    w.accept(&[*strike]);
    for ruled in [Ruled::Struck, Ruled::Upheld] {
        let second = ruling(w, thiefs.0, ruled);
        w.refused("a second ruling", &second, "ruling-reused");
    }
    let again = opening(w, thiefs.0);
    w.refused("an opening of what is struck", &again, "obligation-struck");

    // The buyer is given the opening, which the service did not send, and pays.
    assert_eq!(w.buyer.wallet.dispute(shortfall.0).err().map(|e| e.code()), Some("unknown-metered"));
    let OpenedObligation::Owed { household, opening: given } = opened(w, shortfall) else { panic!("it is its own") };
    assert!(household == w.buyer.wallet.address());
    assert_eq!(credential(w), Err("indebted"));
    assert_eq!(w.thief.wallet.take_obligation(&given).err().map(|e| e.code()), Some("unknown-metered"));
    assert_eq!(w.buyer.wallet.take_obligation(&given).ok(), Some(shortfall.0));
    let pay = w.buyer.wallet.pay_shortfall(&w.prover, &mut w.rng, shortfall.0).unwrap();
    w.accept(&[pay]);
    let late = opening(w, shortfall.0);
    w.refused("an opening of what is paid", &late, "obligation-paid");
    let late = ruling(w, shortfall.0, Ruled::Struck);
    w.refused("a ruling about what is paid", &late, "obligation-paid");

    // The other one it disputes. A payment that it has made ready is refused once it is struck.
    let OpenedObligation::Owed { opening: given, .. } = opened(w, back) else { panic!("it is its own") };
    assert_eq!(w.buyer.wallet.take_obligation(&given).ok(), Some(back.0));
    assert_eq!(credential(w), Err("indebted"));
    let dispute = w.buyer.wallet.dispute(back.0).unwrap();
    w.regulator.dispute(&dispute).unwrap();
    let got = credential(w).unwrap();
    w.accept(&[got]);
    let pay = w.buyer.wallet.pay_shortfall(&w.prover, &mut w.rng, back.0).unwrap();
    w.would_pass("a payment of what is disputed", &pay);
    let strike = w.regulator.rule(back.0, Ruled::Struck, LATER).unwrap();
    w.together("a payment behind the ruling", &[strike, pay], &["ok", "obligation-struck"]);
    w.accept(&[strike]);
    w.refused("a payment of what is struck", &pay, "obligation-struck");
    w.buyer.wallet.forget(pay.id());
    let nothing = w.buyer.wallet.pay_shortfall(&w.prover, &mut w.rng, back.0);
    assert_eq!(nothing.err().map(|e| e.code()), Some("unknown-metered"));
    assert_eq!(w.regulator.dispute(&dispute).err().map(|e| e.code()), Some("ruled"));
}
