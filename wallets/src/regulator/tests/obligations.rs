//! Obligations that are unpaid when their epoch has ended: the quorum opens them, the register strikes
//! those of other services, and households dispute the rest.

use super::*;
use crate::regulator::OpenedObligation;
use protocol::transaction::obligation::{Dispute, Ruled, Ruling};

const REASON: [u8; 32] = [5; 32];
/// The household's own metering service, and another.
const OWN: usize = 0;
const OTHER: usize = 1;

fn epoch(n: u32) -> Epoch {
    Epoch::new(n).unwrap()
}

/// A household with a credential of epoch 1 that names the first of two metering services.
struct Case {
    w: World,
    ledger: Proved,
    rng: ChaCha20Rng,
    services: [MeteringService; 2],
    to: PaymentAddress,
    signer: Signer,
    time: u64,
}

impl Case {
    fn new() -> Self {
        let mut w = World::new();
        let mut rng = w.rng.clone();
        let services =
            [1, 2].map(|n| MeteringService::generate(&mut rng, &w.genesis, IssuerId::new(n).unwrap()).unwrap());
        let registrations = services.each_ref().map(|service| service.registration(&mut rng));
        let registered = registrations.map(|r| w.regulator.register_issuer(&r, LATER).unwrap());
        w.accept(80, &registered);
        w.start();
        let to = PaymentAddress { address: Address(f(77)), note_key: NoteSecret::generate(&mut rng).public() };
        let (ledger, signer) = (Proved::new(&w.genesis), request_signer(77));
        w.regulator.enrol(to.address, signer.public()).unwrap();
        let mut case = Case { w, ledger, rng, services, to, signer, time: 210 };
        case.credential(1).unwrap();
        case
    }
    fn put(&mut self, t: Transaction) -> AcceptanceProof {
        self.time += 1;
        self.w.accept(self.time, &[t]);
        self.ledger.accept(&[t]).remove(0)
    }
    fn start_epoch(&mut self, n: u32) {
        let t = self.w.regulator.start_epoch(epoch(n), LATER).unwrap();
        self.put(t);
    }
    /// The household asks for its credential of an epoch, and it is put on the ledger.
    fn credential(&mut self, n: u32) -> Result<(), Error> {
        let terms =
            CredentialTerms { reputation: Reputation::MAX, place: Place::default(), meter: IssuerId::new(1).unwrap() };
        let key = TraceKey::from_field(f(9000 + u64::from(n)));
        let request = request_of(&mut self.rng, &self.w.genesis, &self.signer, &key, n);
        let (rng, to) = (&mut self.rng, self.to);
        let t = self.w.regulator.issue_credential(&NativeProver, rng, &to, &terms, &request, LATER)?;
        self.put(t);
        Ok(())
    }
    /// A service issues a record for the household, honest or not.
    fn issue(&mut self, by: usize, sign: Sign) -> (Commitment, AcceptanceProof) {
        let service = &mut self.services[by];
        service.enrol(&self.to);
        let (rng, who) = (&mut self.rng, self.to.address);
        let t = service.issue_metered(&NativeProver, rng, who, wh(50), sign, cycle(7), LATER).unwrap();
        let Body::IssueMetered(issued) = t.body else { unreachable!() };
        (issued.commitment, self.put(t))
    }
    /// The evidence for opening an obligation, once it is announced.
    fn announced(&mut self, (owed, target): &(Commitment, AcceptanceProof)) -> Evidence {
        let t = self.w.regulator.open_obligation(*owed, REASON, LATER).unwrap();
        Evidence { open: self.put(t), target: target.clone() }
    }
    fn parts(&self, evidence: &Evidence) -> Vec<Partial> {
        self.w.shares.iter().map(|s| s.partial(evidence, &self.ledger.headers).unwrap()).collect()
    }
    fn take(&mut self, evidence: &Evidence) -> OpenedObligation {
        let parts = self.parts(evidence);
        self.w.regulator.take_obligation(evidence, &self.ledger.headers, &parts[1..], LATER).ok().unwrap()
    }
    /// An obligation of the household's own service that is opened as the household's, in epoch 2.
    fn owed(&mut self) -> Commitment {
        let issued = self.issue(OWN, Sign::Shortfall);
        self.start_epoch(2);
        let evidence = self.announced(&issued);
        assert!(matches!(self.take(&evidence), OpenedObligation::Owed { .. }));
        issued.0
    }
    fn said(&self, owed: Commitment) -> Dispute {
        self.signer.dispute(self.w.genesis.chain(), owed)
    }
    fn dispute(&mut self, owed: Commitment) -> Result<(), Error> {
        let said = self.said(owed);
        self.w.regulator.dispute(&said)
    }
    fn rule(&mut self, owed: Commitment, ruled: Ruled) {
        let t = self.w.regulator.rule(owed, ruled, LATER).unwrap();
        assert!(
            matches!(t.body, Body::Ruling(Ruling { obligation, ruled: said, .. }) if (obligation, said) == (owed, ruled))
        );
        self.put(t);
    }
    fn pay(&mut self, owed: Commitment) {
        let paid = Shortfall {
            obligation: owed,
            root: Root(f(0)),
            epoch: epoch(1),
            nullifier: Nullifier(f(5)),
            balance: Commitment(f(6)),
            tag: TraceTag(f(7)),
            c1: point(2),
            audit: [f(0); 3],
            memo: NOTHING,
        };
        self.w.plain(self.time, vec![Body::Shortfall(paid)]);
    }
    /// The register is stored and read again.
    fn restart(&mut self) {
        let bytes = self.w.regulator.register().to_bytes();
        let again = Register::from_bytes(&bytes).unwrap();
        assert!(again == *self.w.regulator.register());
        self.w.regulator.set_register(again);
    }
}

/// A metering service could bar any household by inventing a shortfall for it.
#[test]
fn attack_any_service_bars_any_household() {
    let mut c = Case::new();
    // A service for which the household is none of its own.
    let invented = c.issue(OTHER, Sign::Shortfall);
    c.start_epoch(2);
    assert_eq!(c.w.regulator.overdue().collect::<Vec<_>>(), [invented.0]);
    let evidence = c.announced(&invented);
    let OpenedObligation::Struck(ruling) = c.take(&evidence) else { panic!("its service is another") };
    assert_eq!(c.w.regulator.register().debts(&c.to.address).count(), 0);
    c.put(*ruling);
    assert_eq!((c.w.regulator.overdue().count(), c.w.regulator.trail().unpaid().count()), (0, 0));
    c.credential(2).unwrap();

    // Its own service, which invents what the household did not draw.
    let invented = c.issue(OWN, Sign::Shortfall);
    let evidence = c.announced(&invented);
    let OpenedObligation::Owed { household, opening } = c.take(&evidence) else { panic!("it is its service") };
    assert!(household == c.to.address && opening.leaf(household) == Some(invented.0));
    assert_eq!(c.credential(3), Err(Error::Indebted));
    c.dispute(invented.0).unwrap();
    c.restart();
    c.credential(3).unwrap();
    c.rule(invented.0, Ruled::Struck);
    c.start_epoch(3);
    c.start_epoch(4);
    c.credential(5).unwrap();
}

#[test]
fn the_quorum_opens_an_obligation_on_the_record_and_its_issuer_is_not_asked() {
    let mut c = Case::new();
    let issued = c.issue(OWN, Sign::SurplusBack);
    let owed = issued.0;
    let code = |result: Result<Transaction, Error>| result.map_err(|e| e.code());
    assert_eq!(code(c.w.regulator.open_obligation(owed, REASON, LATER)), Err("wrong-period"), "it may be paid yet");
    assert_eq!(c.w.regulator.overdue().count(), 0);
    c.start_epoch(2);
    assert_eq!(code(c.w.regulator.open_obligation(owed, [0; 32], LATER)), Err("no-reason"));
    assert_eq!(code(c.w.regulator.open_obligation(Commitment(f(1)), REASON, LATER)), Err("unknown-obligation"));
    let another = c.issue(OWN, Sign::Shortfall);
    let surplus = c.issue(OWN, Sign::Surplus);
    assert_eq!(code(c.w.regulator.open_obligation(surplus.0, REASON, LATER)), Err("unknown-obligation"));
    let evidence = c.announced(&issued);

    // Nothing else is opened under its entry, and nothing without one.
    let code = |c: &Case, evidence: &Evidence| c.w.shares[0].partial(evidence, &c.ledger.headers).map_err(|e| e.code());
    for target in [&another.1, &surplus.1] {
        let swapped = Evidence { target: target.clone(), ..evidence.clone() };
        assert_eq!(code(&c, &swapped), Err("not-opened"));
    }
    let itself = Evidence { open: issued.1.clone(), target: issued.1.clone() };
    assert_eq!(code(&c, &itself), Err("not-opened"));
    let t = c.w.regulator.open_obligation(owed, REASON, LATER).unwrap();
    let refused = Evidence { open: c.ledger.refuse(&[t]).remove(0), ..evidence.clone() };
    assert_eq!(code(&c, &refused), Err("light-not-accepted"));

    let parts = c.parts(&evidence);
    for few in [&parts[..1], &[], &[parts[0], parts[0]]] {
        let opened = c.w.regulator.take_obligation(&evidence, &c.ledger.headers, few, LATER);
        assert_eq!(opened.err(), Some(Error::BadShares));
    }
    assert_eq!(c.w.regulator.decryptions(), Decryptions::default(), "t - 1 shares decrypt nothing");
    assert_eq!(c.w.regulator.former_record(&evidence, &c.ledger.headers, &parts).err(), Some(Error::NotAuditable));
    assert!(matches!(c.take(&evidence), OpenedObligation::Owed { .. }));
    assert_eq!(c.w.regulator.overdue().collect::<Vec<_>>(), [another.0]);
    // Opened again, it is the same, also for a regulator that has restarted.
    c.restart();
    assert!(matches!(c.take(&evidence), OpenedObligation::Owed { .. }));
    assert_eq!(c.credential(2), Err(Error::Indebted));
    c.pay(owed);
    c.credential(2).unwrap();
    let opened = c.w.regulator.take_obligation(&evidence, &c.ledger.headers, &parts, LATER);
    assert_eq!(opened.err(), Some(Error::UnknownObligation), "it is paid");
}

/// The service is the one that the household would show to pay: that of the last credential that is not
/// newer than the cycle.
#[test]
fn a_household_without_a_credential_of_the_epoch_has_the_service_of_the_last_one() {
    let mut c = Case::new();
    let register = c.w.regulator.register();
    assert_eq!(register.service_of(c.to.address, epoch(0)), None);
    for n in [1, 2, 9] {
        assert_eq!(register.service_of(c.to.address, epoch(n)), IssuerId::new(1).ok());
    }
    assert_eq!(register.service_of(Address(f(78)), epoch(9)), None);
    // Of a household without any credential nobody is the service.
    let issued = c.issue(OWN, Sign::Shortfall);
    c.start_epoch(2);
    let evidence = c.announced(&issued);
    c.w.regulator.set_register(Register::default());
    assert!(matches!(c.take(&evidence), OpenedObligation::Struck(_)));
}

#[test]
fn a_dispute_is_the_households_own_and_comes_once_and_before_the_ruling() {
    let mut c = Case::new();
    let owed = c.owed();
    let (chain, said) = (c.w.genesis.chain(), c.said(owed));
    let foreign = request_signer(78).dispute(chain, owed);
    let elsewhere = c.signer.dispute(crate::testing::genesis(9).chain(), owed);
    let unknown = c.said(Commitment(f(1)));
    let unsigned = Dispute { signature: [0; 64], ..said };
    for (bad, code) in [
        (foreign, "not-enrolled"),
        (Dispute { key: c.signer.public(), ..foreign }, "signature"),
        (elsewhere, "other-chain"),
        (unknown, "unknown-obligation"),
        (unsigned, "signature"),
    ] {
        assert_eq!(c.w.regulator.dispute(&bad).map_err(|e| e.code()), Err(code));
    }
    assert_eq!(c.credential(2), Err(Error::Indebted), "none of these has helped");
    c.w.regulator.dispute(&said).unwrap();
    assert_eq!(c.w.regulator.dispute(&said), Err(Error::Disputed));
    c.restart();
    assert_eq!(c.w.regulator.dispute(&said), Err(Error::Disputed));
    c.rule(owed, Ruled::Upheld);
    assert_eq!(c.w.regulator.dispute(&said), Err(Error::Ruled));
    assert_eq!(c.w.regulator.rule(owed, Ruled::Struck, LATER), Err(Error::Ruled));
    // Upheld, it bars from then on, until it is paid.
    assert_eq!(c.credential(2), Err(Error::Indebted));
    c.pay(owed);
    assert_eq!(c.w.regulator.dispute(&said), Err(Error::Ruled));
    c.credential(2).unwrap();
}

#[test]
fn an_undecided_dispute_bars_nothing_for_one_epoch() {
    let mut c = Case::new();
    let owed = c.owed();
    c.dispute(owed).unwrap();
    for n in [2, 3] {
        c.credential(n).unwrap();
    }
    c.start_epoch(3);
    assert_eq!(c.credential(4), Err(Error::Indebted));
    c.rule(owed, Ruled::Struck);
    c.credential(4).unwrap();
}

#[test]
fn only_what_is_disputed_is_upheld_and_what_is_paid_needs_no_ruling() {
    let mut c = Case::new();
    let owed = c.owed();
    assert_eq!(c.w.regulator.rule(owed, Ruled::Upheld, LATER), Err(Error::NotDisputed));
    assert_eq!(c.w.regulator.rule(Commitment(f(1)), Ruled::Struck, LATER), Err(Error::UnknownObligation));
    let other = c.issue(OTHER, Sign::Shortfall).0;
    assert_eq!(c.w.regulator.rule(other, Ruled::Struck, LATER), Err(Error::UnknownObligation), "nobody opened it");
    c.pay(owed);
    assert_eq!(c.dispute(owed), Err(Error::UnknownObligation));
    assert_eq!(c.w.regulator.rule(owed, Ruled::Struck, LATER), Err(Error::UnknownObligation));
}

/// The regulator may see by itself that a service has invented something.
#[test]
fn an_obligation_is_struck_without_a_dispute_too() {
    let mut c = Case::new();
    let owed = c.owed();
    c.rule(owed, Ruled::Struck);
    c.credential(2).unwrap();
}

#[test]
fn a_register_of_another_version_or_with_something_after_it_is_refused() {
    let mut c = Case::new();
    let owed = c.owed();
    c.dispute(owed).unwrap();
    let bytes = c.w.regulator.register().to_bytes();
    let code = |bytes: &[u8]| Register::from_bytes(bytes).map(|_| ()).map_err(|e| e.code());
    assert_eq!(code(&bytes), Ok(()));
    assert_eq!(code(&[&[1], &bytes[1..]].concat()), Err("encoding"));
    assert_eq!(code(&[&bytes[..], &[0]].concat()), Err("encoding"));
    for end in 0..bytes.len() {
        assert!(code(&bytes[..end]).is_err(), "cut at {end}");
    }
}
