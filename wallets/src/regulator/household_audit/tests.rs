//! Audits of issuers that lie or leave records out, and of households that hide plans: each case
//! alone, compared with an honest one.

use super::super::tests::{request_of, request_signer, World};
use super::*;
use crate::issuer::{Desk, Disclosure, MeteringService};
use crate::note::{NoteSecret, Payload, PlanOpening};
use crate::opening::{DeliveryOpening, MatchOpening};
use crate::regulator::{CredentialTerms, Decryptions, OpenedObligation};
use crate::seal::ephemeral_scalar;
use crate::testing::*;
use protocol::compact::Event;
use protocol::elgamal::{encrypt, ephemeral, Point, Role};
use protocol::ids::{BlobHash, Generation, Serial, Time};
use protocol::keys::{PaymentAddress, TraceKind, TraceTag};
use protocol::record::metered::{RecordSerial, Sign};
use protocol::record::{Commitment, MatchId, Nullifier};
use protocol::relation::withdraw::PayeeDigest;
use protocol::terms::Terms;
use protocol::transaction::body::*;
use protocol::transaction::obligation::Ruled;
use protocol::tree::Root;
use protocol::units::{EnergyType, Money, Place, Reputation, Side};
use testkit::units::{issuer, price};

const METER: u32 = 1;
const DESK: u32 = 2;
const HANDLE: u64 = 31;
const REASON: [u8; 32] = [5; 32];

fn who() -> Address {
    Address(f(77))
}
fn key() -> TraceKey {
    TraceKey::from_field(f(4242))
}
fn top_up() -> Payload {
    Payload::Balance { amount: Money::new(10_000_000).unwrap(), blinding: f(1) }
}
fn generation(volume: u64) -> Payload {
    Payload::Generation {
        volume: wh(volume),
        energy_type: EnergyType::Solar,
        cycle: cycle(7),
        meter: issuer(METER),
        blinding: f(2),
    }
}
fn metered(sign: Sign, volume: u64, n: u32) -> Payload {
    Payload::Metered { volume: wh(volume), sign, cycle: cycle(n), meter: issuer(METER), blinding: f(3) }
}
fn half(side: Side, amount: u64) -> DeliveryOpening {
    DeliveryOpening { side, amount: wh(amount), blinding: f(4) }
}

/// The kind of record that the ledger shows.
#[derive(Clone, Copy)]
enum Shown {
    Issue(Issued),
    Metered(Sign, Cycle),
}

/// The differences of a case from the honest one. Volumes are in Wh.
struct Story {
    /// The tag that the sell plan carries.
    tag: TraceTag,
    plan_owner: Address,
    payment_owner: Address,
    match_price: u64,
    within: bool,
    surplus_paid: u64,
    /// The amount withdrawn, in nano-currency.
    withdrawn: u64,
    /// Further records that the meter issued, each with the kind that the ledger shows.
    mislabelled: Vec<(Payload, Shown)>,
    half_missing: bool,
    /// The side that the seller's half commits to.
    half_of: Side,
    /// What the seller's half says to the regulator that its meter read.
    half_says: u64,
}

impl Default for Story {
    fn default() -> Self {
        Story {
            // The greatest number of a trace tag.
            tag: key().tag(TraceKind::Sell, cycle(7), 15),
            plan_owner: who(),
            payment_owner: who(),
            match_price: 450_000,
            within: true,
            surplus_paid: 100,
            withdrawn: 360_000_000,
            mislabelled: vec![],
            half_missing: false,
            half_of: Side::Sell,
            half_says: 800,
        }
    }
}

struct Town {
    w: World,
    ledger: Proved,
    proofs: BTreeMap<TransactionId, AcceptanceProof>,
    issuers: (MeteringService, Desk),
    time: u64,
}

impl Proofs for BTreeMap<TransactionId, AcceptanceProof> {
    fn acceptance(&self, id: &TransactionId) -> Option<AcceptanceProof> {
        self.get(id).cloned()
    }
}

impl Town {
    fn put(&mut self, transactions: &[Transaction]) {
        self.time += 1;
        self.w.accept(self.time, transactions);
        let proofs = self.ledger.accept(transactions);
        self.proofs.extend(transactions.iter().map(Transaction::id).zip(proofs));
    }
    fn post(&mut self, body: Body) {
        let (chain, seal) = (self.w.genesis.chain(), unsealed(body.kind()));
        let transaction = Transaction { chain, expiry: LATER, body, seal };
        self.put(&[transaction]);
    }
    fn event(&mut self, event: Event) {
        let block = self.w.chain.block(self.time, vec![event], vec![]);
        self.w.scan(block);
    }
    fn issue(&mut self, by: u32, owner: Address, payload: Payload, issued: Issued) -> Commitment {
        let commitment = payload.leaf(owner).unwrap();
        self.post(Body::Issue(Issue { issuer: issuer(by), serial: Serial(1), issued, commitment, note: NOTHING }));
        commitment
    }
    fn issue_metered(&mut self, by: u32, owner: Address, payload: Payload, (sign, cycle): (Sign, Cycle)) -> Commitment {
        let (commitment, e) = (payload.leaf(owner).unwrap(), ephemeral_scalar(&mut self.w.rng));
        let said = match payload {
            Payload::Metered { volume, blinding, .. } => [owner.0, f(volume.get()), blinding],
            _ => [f(0); 3],
        };
        let audit = encrypt(Role::Metered, &self.w.genesis.audit_key.point(), commitment.0, &e, &said);
        self.post(Body::IssueMetered(IssueMetered {
            issuer: issuer(by),
            serial: Serial(1),
            sign,
            cycle,
            record_serial: RecordSerial(commitment.0),
            commitment,
            c1: ephemeral(&e),
            audit,
            note: NOTHING,
        }));
        commitment
    }
    /// Encrypts to the audit key.
    fn audited<const N: usize>(&mut self, context: Fr, said: [Fr; N]) -> (Point, [Fr; N]) {
        let e = ephemeral_scalar(&mut self.w.rng);
        (ephemeral(&e), encrypt(Role::Audit, &self.w.genesis.audit_key.point(), context, &e, &said))
    }
    fn list(&mut self, handle: u64, tag: TraceTag, owner: Address, volume: u64, at: u64) {
        let (c1, audit) = self.audited(f(handle), [owner.0, f(volume), f(at)]);
        self.post(Body::SellPlan(ListPlan {
            cycle: cycle(7),
            epoch: Epoch::new(1).unwrap(),
            root: Root(f(0)),
            nullifier: Nullifier(f(handle + 100)),
            handle: Handle(f(handle)),
            change: Commitment(f(0)),
            tag,
            c1,
            terms: [f(0); 2],
            audit,
            plan_key: point(1),
            ciphertext: BlobHash([0; 32]),
            memo: NOTHING,
        }));
    }

    /// A household that was issued 10 milli-units of currency and 1200 Wh. It sold 800 Wh, was paid
    /// for a surplus of 100 Wh, paid for a shortfall of 50 Wh, and withdrew money. Another
    /// household's plan is on the ledger too.
    fn new(story: &Story) -> (Self, Said) {
        let mut w = World::new();
        let mut rng = w.rng.clone();
        let meter = MeteringService::generate(&mut rng, &w.genesis, issuer(METER)).unwrap();
        let desk = Desk::generate(&mut rng, &w.genesis, issuer(DESK)).unwrap();
        let registrations = [meter.registration(&mut rng), desk.registration(&mut rng)];
        let registered = registrations.map(|r| w.regulator.register_issuer(&r, LATER).unwrap());
        w.accept(80, &registered);
        w.start();
        let ledger = Proved::new(&w.genesis);
        let mut town = Town { w, ledger, proofs: BTreeMap::new(), issuers: (meter, desk), time: 92 };
        let to = PaymentAddress { address: who(), note_key: NoteSecret::generate(&mut rng).public() };
        let terms = CredentialTerms { reputation: Reputation::MAX, place: Place::default(), meter: issuer(METER) };
        let signer = request_signer(77);
        town.w.regulator.enrol(who(), signer.public()).unwrap();
        let request = request_of(&mut rng, &town.w.genesis, &signer, &key(), 1);
        let regulator = &mut town.w.regulator;
        let credential = regulator.issue_credential(&NativeProver, &mut rng, &to, &terms, &request, LATER).unwrap();
        town.put(&[credential]);

        town.issue(DESK, who(), top_up(), Issued::Balance);
        town.issue(METER, who(), generation(1200), Issued::Generation);
        town.list(HANDLE, story.tag, story.plan_owner, 1200, 450_000);
        town.list(HANDLE + 1, TraceTag(f(5)), Address(f(78)), 500, 450_000);
        let match_id = town.trade(story);
        let fed = town.issue_metered(METER, who(), metered(Sign::Surplus, 100, 7), (Sign::Surplus, cycle(7)));
        let owed = metered(Sign::Shortfall, 50, 7);
        let owed = town.issue_metered(METER, who(), owed, (Sign::Shortfall, cycle(7)));
        for (payload, issued) in &story.mislabelled {
            match *issued {
                Shown::Issue(issued) => town.issue(METER, who(), *payload, issued),
                Shown::Metered(sign, cycle) => town.issue_metered(METER, who(), *payload, (sign, cycle)),
            };
        }
        town.pay(story, fed, owed);
        (town, Said::honest(match_id))
    }

    /// 800 Wh of a sell plan.
    fn matched(&mut self, sell: u64, at: u64) -> MatchId {
        let (sell, volume) = (Handle(f(sell)), wh(800));
        let opening = MatchOpening { other: Handle(f(2)), volume, price: price(at), cycle: cycle(7), blinding: f(9) };
        let match_id = opening.record(Side::Sell, sell).id();
        let e = ephemeral_scalar(&mut self.w.rng);
        let said = [f(800), f(at), f(9)];
        self.post(Body::Match(Match {
            serial: Serial(1),
            cycle: cycle(7),
            round: 0,
            match_id,
            sell,
            buy: opening.other,
            c1: ephemeral(&e),
            terms: encrypt(Role::Terms, &self.w.genesis.terms_key.point(), match_id.0, &e, &said),
            seller: [f(0); 3],
            buyer: [f(0); 3],
        }));
        match_id
    }

    fn trade(&mut self, story: &Story) -> MatchId {
        let sell = Handle(f(HANDLE));
        let match_id = self.matched(HANDLE, story.match_price);
        let e = ephemeral_scalar(&mut self.w.rng);
        self.event(Event::Binding(match_id));
        for side in [Side::Sell, Side::Buy].into_iter().take(if story.half_missing { 1 } else { 2 }) {
            let of = if side == Side::Sell { story.half_of } else { side };
            let delivery = half(of, 800).record(match_id).id();
            let said = [f(if side == Side::Sell { story.half_says } else { 800 }), f(4)];
            let terms_key = self.w.genesis.terms_key.point();
            self.post(Body::Deliver(Deliver {
                issuer: issuer(METER),
                serial: Serial(1),
                match_id,
                side,
                delivery,
                c1: ephemeral(&e),
                terms: encrypt(Role::DeliveryTerms, &terms_key, delivery.0, &e, &said),
                seller: [f(0); 2],
                buyer: [f(0); 2],
                meter: [f(0); 2],
                generation: Generation::default(),
            }));
        }
        self.event(Event::Delivered(match_id));
        self.post(Body::SettleSell(Settle {
            match_id,
            handle: sell,
            root: Root(f(0)),
            within: story.within,
            nullifier: Nullifier(f(41)),
            balance: Commitment(f(42)),
            memo: NOTHING,
        }));
        match_id
    }

    fn pay(&mut self, story: &Story, fed: Commitment, owed: Commitment) {
        let (root, epoch, memo, balance) = (Root(f(0)), Epoch::new(1).unwrap(), NOTHING, Commitment(f(0)));
        let market = market();
        let paid = wh(story.surplus_paid).at(market.feed_in).get();
        let (nullifier, tag) = (Nullifier(f(51)), key().tag(TraceKind::Surplus, cycle(7), 0));
        let (c1, audit) = self.audited(nullifier.0, [story.payment_owner.0, f(paid), fed.0]);
        self.post(Body::Surplus(Surplus {
            root,
            epoch,
            cycle: cycle(7),
            sign: Sign::Surplus,
            nullifier_metered: nullifier,
            nullifier_balance: Nullifier(f(52)),
            balance,
            tag,
            c1,
            audit,
            memo,
        }));
        let (nullifier, tag) = (Nullifier(f(53)), key().tag(TraceKind::Shortfall, cycle(7), 1));
        let (c1, audit) = self.audited(nullifier.0, [who().0, f(wh(50).at(market.retail).get()), owed.0]);
        self.post(Body::Shortfall(Shortfall {
            obligation: owed,
            root,
            epoch,
            nullifier,
            balance,
            tag,
            c1,
            audit,
            memo,
        }));
        let (nullifier, tag) = (Nullifier(f(54)), key().withdrawal_tag(epoch, 3));
        let (c1, audit) = self.audited(nullifier.0, [who().0, f(story.withdrawn)]);
        let (desk, amount, payee) = (issuer(DESK), Money::new(story.withdrawn).unwrap(), PayeeDigest(f(6)));
        self.post(Body::Withdraw(Withdraw {
            desk,
            root,
            epoch,
            current: epoch,
            nullifier,
            balance,
            amount,
            payee,
            tag,
            c1,
            audit,
            memo,
        }));
    }

    /// Takes the audit's first two steps.
    fn find(&mut self) -> HouseholdAudit {
        self.find_in(7, 7)
    }
    fn find_in(&mut self, from: u32, to: u32) -> HouseholdAudit {
        let (range, issuers) = ((cycle(from), cycle(to)), [self.issuers.0.id(), self.issuers.1.id()]);
        let begun = HouseholdAudit::begin(&mut self.w.regulator, who(), range, &issuers, REASON, LATER);
        let (mut audit, opens) = begun.ok().unwrap();
        self.put(&opens);
        let (shares, headers) = (self.w.shares.clone(), self.ledger.headers.clone());
        let quorum = |e: &Evidence| shares.iter().take(2).map(|s| s.partial(e, &headers)).collect();
        let opens = audit.find(&mut self.w.regulator, &self.proofs, &headers, &quorum, LATER).unwrap();
        self.put(&opens);
        audit
    }
    fn state(&mut self, audit: &HouseholdAudit, said: Said) -> Result<HouseholdAccount, Error> {
        let (shares, headers) = (self.w.shares.clone(), self.ledger.headers.clone());
        let quorum = |e: &Evidence| shares.iter().take(2).map(|s| s.partial(e, &headers)).collect();
        let Said { meter, desk, trades } = said;
        let disclosures = [
            Disclosure { issuer: issuer(METER), issued: meter, trades },
            Disclosure { issuer: issuer(DESK), issued: desk, trades: vec![] },
        ];
        audit.state(&mut self.w.regulator, &self.proofs, &headers, &quorum, &disclosures)
    }
}

/// The issuers' disclosures.
#[derive(Clone)]
struct Said {
    meter: Vec<Payload>,
    desk: Vec<Payload>,
    trades: Vec<MatchId>,
}

impl Said {
    fn honest(match_id: MatchId) -> Self {
        Said {
            meter: vec![generation(1200), metered(Sign::Surplus, 100, 7), metered(Sign::Shortfall, 50, 7)],
            desk: vec![top_up()],
            trades: vec![match_id],
        }
    }
}

/// The audit of a story in which the issuers disclose the truth about the ledger.
fn audited(story: &Story) -> Result<HouseholdAccount, Error> {
    let (mut town, said) = Town::new(story);
    let audit = town.find();
    town.state(&audit, said)
}

fn without_entry(list: &mut Vec<Payload>, i: usize) {
    list.remove(i);
}

#[track_caller]
fn incomplete(result: Result<HouseholdAccount, Error>, why: &str) {
    match result {
        Err(Error::Incomplete(what)) => assert!(what.contains(why), "{what}"),
        other => panic!("{:?}, not incomplete: {why}", other.map(|_| ())),
    }
}

#[test]
fn an_honest_audit_adds_up_and_finds_every_tag() {
    let account = audited(&Story::default()).unwrap();
    let sale = wh(800).at(price(450_000)).get();
    let (surplus, shortfall) = (wh(100).at(market().feed_in).get(), wh(50).at(market().retail).get());
    let sum = 10_000_000 + i128::from(sale) + i128::from(surplus) - i128::from(shortfall) - 360_000_000;
    assert_eq!(account.money(), sum);
    let checks = &account.checks;
    assert_eq!((checks.tags_found, checks.tagged_on_ledger, checks.left_closed, checks.issues), (4, 5, 1, 4));
    // Sell and buy plans of the cycle; its surplus and shortfall; and withdrawals, which have no
    // cycle.
    assert_eq!(checks.tags_looked_for, 2 * 16 + 4 + 4 + 256);
    for n in [0, 1, 7, 8, 14] {
        let tag = key().tag(TraceKind::Sell, cycle(7), n);
        assert_eq!(audited(&Story { tag, ..Story::default() }).unwrap(), account, "{n}");
    }
}

/// The household withdraws in epoch 2, in which it has no credential, and shows that of epoch 1.
#[test]
fn an_audit_finds_what_shows_the_credential_of_another_epoch() {
    let (mut town, _) = Town::new(&Story::default());
    let (one, two) = (Epoch::new(1).unwrap(), Epoch::new(2).unwrap());
    let next = town.w.regulator.start_epoch(two, LATER).unwrap();
    town.put(&[next]);
    let later = Schedule { opens: Time(300), closes: Time(400), delivery_from: Time(490), ..schedule() };
    let start = town.w.regulator.start_cycle(cycle(8), market(), Terms::default(), later, LATER).unwrap();
    town.put(&[start]);
    let (nullifier, tag, amount) = (Nullifier(f(64)), key().withdrawal_tag(two, 9), 1_000);
    let (c1, audit) = town.audited(nullifier.0, [who().0, f(amount)]);
    town.post(Body::Withdraw(Withdraw {
        desk: issuer(DESK),
        root: Root(f(0)),
        epoch: one,
        current: two,
        nullifier,
        balance: Commitment(f(0)),
        amount: Money::new(amount).unwrap(),
        payee: PayeeDigest(f(6)),
        tag,
        c1,
        audit,
        memo: NOTHING,
    }));
    let nothing = || Said { meter: vec![], desk: vec![], trades: vec![] };
    let audit = town.find_in(8, 8);
    assert_eq!(audit.found().payments, [nullifier]);
    let account = town.state(&audit, nothing()).unwrap();
    assert_eq!((account.money(), account.rows.len()), (-i128::from(amount), 1));
    assert_eq!(account.checks.epochs_without_credential, [two]);
    assert_eq!((account.checks.tags_found, account.checks.tagged_on_ledger, account.checks.opened.traces), (1, 1, 1));
    // The audit of epoch 1 counts what was paid in epoch 1.
    let audit = town.find();
    assert!(!audit.found().payments.contains(&nullifier) && audit.found().payments.len() == 3);
    // Both together have it.
    assert!(town.find_in(7, 8).found().payments.contains(&nullifier));
}

/// An audit's count of its openings is the count that the decrypting code keeps.
#[test]
fn an_audit_counts_all_that_it_decrypts() {
    let (mut town, said) = Town::new(&Story::default());
    let before = crate::seal::UNMASKED.get();
    let audit = town.find();
    let opened = town.state(&audit, said).unwrap().checks.opened;
    let Decryptions { scores, terms, audits, traces, payments, trades, deliveries, deviations } = opened;
    assert_eq!((scores, terms, deviations), (0, 0, 0));
    assert!(audits > 0 && traces > 0 && payments > 0 && trades > 0 && deliveries == 2, "{opened:?}");
    assert_eq!(crate::seal::UNMASKED.get() - before, audits + traces + payments + trades + deliveries);
}

#[test]
fn whatever_an_issuer_makes_up_is_found() {
    let mislabelled = vec![
        (metered(Sign::Surplus, 70, 7), Shown::Metered(Sign::Shortfall, cycle(7))),
        (metered(Sign::Surplus, 71, 7), Shown::Metered(Sign::Surplus, cycle(8))),
        (generation(72), Shown::Issue(Issued::Balance)),
        (Payload::Balance { amount: Money::ZERO, blinding: f(73) }, Shown::Issue(Issued::Generation)),
    ];
    let (mut town, honest) = Town::new(&Story { mislabelled: mislabelled.clone(), ..Story::default() });
    let audit = town.find();
    assert!(town.state(&audit, honest.clone()).is_ok());
    let opening = PlanOpening {
        volume: wh(1),
        price: price(1),
        attributes: f(0),
        preferences: f(0),
        meter: issuer(METER),
        seed: [0; 32],
    };
    let elsewhere = Payload::Balance { amount: Money::new(10_000_000).unwrap(), blinding: f(8) };
    town.issue(DESK, Address(f(78)), elsewhere, Issued::Balance);
    let (not_a_record, not_on_ledger) = ("not a record", "a record that this issuer did not put on the ledger");
    let (kind, trade) = ("a record of another kind", "a trade that the ledger does not hold");
    type Lie = Box<dyn Fn(&mut Said)>;
    let mut lies: Vec<(Lie, &str)> = vec![
        (Box::new(move |s| s.meter.push(Payload::Plan(opening))), not_a_record),
        (Box::new(|s| s.meter[0] = generation(1201)), not_on_ledger),
        (Box::new(|s| s.meter[1] = metered(Sign::Surplus, 99, 7)), not_on_ledger),
        (Box::new(|s| s.meter[1] = metered(Sign::Surplus, 100, 8)), not_on_ledger),
        (Box::new(|s| s.meter[2] = metered(Sign::Surplus, 50, 7)), not_on_ledger),
        (Box::new(move |s| s.desk.push(elsewhere)), not_on_ledger),
        (Box::new(|s| s.meter.push(top_up())), not_on_ledger),
        (Box::new(|s| s.desk.push(s.meter[0])), "a record twice"),
        (Box::new(|s| s.desk.push(top_up())), "a record twice"),
        (Box::new(|s| s.meter.push(s.meter[1])), "a record twice"),
        (Box::new(|s| s.trades[0] = MatchId(f(1))), trade),
        (Box::new(|s| s.trades.push(MatchId(f(1)))), trade),
    ];
    for (payload, _) in mislabelled {
        lies.push((Box::new(move |s| s.meter.push(payload)), kind));
    }
    for (i, (lie, why)) in lies.iter().enumerate() {
        let mut said = honest.clone();
        lie(&mut said);
        assert_eq!(town.state(&audit, said).err(), Some(Error::BadDisclosure(why)), "lie {i}");
    }

    // A half that is posted as the seller's and commits to the buyer's side, and one that says
    // something else to the regulator than its record holds. A proof excludes both.
    for story in [
        Story { half_of: Side::Buy, ..Story::default() },
        Story { half_says: 799, ..Story::default() },
        Story { half_says: 1 << 40, ..Story::default() },
    ] {
        let (mut town, said) = Town::new(&story);
        let audit = town.find();
        assert_eq!(town.state(&audit, said).err(), Some(Error::WrongDelivery));
    }

    // An audit can state nothing of a delivery whose other half is not posted.
    let (mut town, said) = Town::new(&Story { half_missing: true, ..Story::default() });
    let audit = town.find();
    incomplete(town.state(&audit, said), "is not on the ledger");
}

/// The regulator reads what was delivered from the ledger: a service that says nothing of a trade, or
/// whose books are lost, hides nothing.
#[test]
fn deliveries_are_read_from_the_ledger_whatever_a_service_says() {
    let (mut town, honest) = Town::new(&Story::default());
    let audit = town.find();
    let account = town.state(&audit, honest.clone()).unwrap();
    assert!(account.rows.iter().any(|row| (row.what, row.standing, row.volume) == ("sale", "settled", Some(800))));
    let silent = Said { trades: vec![], ..honest };
    assert_eq!(town.state(&audit, silent), Ok(account));
}

#[test]
fn whatever_an_issuer_leaves_out_is_found_where_the_ledger_has_its_other_end() {
    let (mut town, honest) = Town::new(&Story::default());
    let audit = town.find();
    let mut without = |leave_out: &dyn Fn(&mut Said)| {
        let mut said = honest.clone();
        leave_out(&mut said);
        town.state(&audit, said)
    };
    incomplete(without(&|s| without_entry(&mut s.meter, 0)), "no issuer discloses what plan");
    incomplete(without(&|s| without_entry(&mut s.meter, 1)), "no issuer discloses what");
    incomplete(without(&|s| without_entry(&mut s.meter, 2)), "no issuer discloses what");
    incomplete(without(&|s| s.desk.clear()), "more money is spent than desks disclose");
    incomplete(without(&|s| (s.meter.clear(), s.desk.clear(), s.trades.clear()).0), "no issuer discloses");

    // A record that was never spent leaves no trace elsewhere: the decision says so.
    let (mut town, mut said) = Town::new(&Story { withdrawn: 0, ..Story::default() });
    let audit = town.find();
    said.desk.clear();
    assert!(town.state(&audit, said).is_ok());
}

#[test]
fn an_obligation_that_was_opened_as_the_households_must_be_disclosed_though_it_is_unpaid() {
    let (mut town, honest) = Town::new(&Story::default());
    let payload = metered(Sign::Shortfall, 60, 7);
    let owed = town.issue_metered(METER, who(), payload, (Sign::Shortfall, cycle(7)));
    let issued = town.w.scanned.last().unwrap().transactions[0].id;
    let audit = town.find();
    assert!(town.state(&audit, honest.clone()).is_ok(), "nobody has opened whose it is");
    let later = town.w.regulator.start_epoch(Epoch::new(2).unwrap(), LATER).unwrap();
    town.put(&[later]);
    let open = town.w.regulator.open_obligation(owed, REASON, LATER).unwrap();
    town.put(&[open]);
    let evidence = Evidence { open: town.proofs[&open.id()].clone(), target: town.proofs[&issued].clone() };
    let headers = town.ledger.headers.clone();
    let parts: Vec<Partial> = town.w.shares.iter().map(|s| s.partial(&evidence, &headers).unwrap()).collect();
    let opened = town.w.regulator.take_obligation(&evidence, &headers, &parts, LATER);
    assert!(opened.is_ok_and(|o| matches!(o, OpenedObligation::Owed { household, .. } if household == who())));
    incomplete(town.state(&audit, honest.clone()), "no issuer discloses the obligation");
    let mut said = honest.clone();
    said.meter.push(payload);
    assert_eq!(town.state(&audit, said).unwrap().checks.obligations_unpaid, 1);
    // Struck, it is no obligation of anybody's.
    let ruling = town.w.regulator.rule(owed, Ruled::Struck, LATER).unwrap();
    town.put(&[ruling]);
    assert!(town.state(&audit, honest).is_ok());
}

#[test]
fn what_a_household_or_a_service_hides_on_the_ledger_is_found() {
    let honest = Story::default;
    // A plan under a tag that no key of the household's gives: its metering service still knows the
    // trade.
    for tag in [TraceTag(f(12)), key().tag(TraceKind::Buy, cycle(8), 0), key().tag(TraceKind::Surplus, cycle(7), 1)] {
        incomplete(audited(&Story { tag, ..honest() }), "no plan of it carries its tag");
    }
    let other = Address(f(78));
    incomplete(audited(&Story { plan_owner: other, ..honest() }), "carries the household's tag and is another's");
    incomplete(audited(&Story { payment_owner: other, ..honest() }), "carries the household's tag and is another's");
    incomplete(audited(&Story { match_price: 442_500, ..honest() }), "is outside its plan");
    incomplete(audited(&Story { within: false, ..honest() }), "contradicts its delivery");
    incomplete(audited(&Story { surplus_paid: 101, ..honest() }), "is not of what was metered");
    incomplete(audited(&Story { withdrawn: 400_000_000, ..honest() }), "more money is spent than desks disclose");
}

#[test]
fn an_issue_that_expired_is_not_disclosed_and_one_request_is_for_one_household() {
    let (mut town, mut said) = Town::new(&Story::default());
    let (mut rng, expiry) = (town.w.rng.clone(), LATER);
    let to = PaymentAddress { address: who(), note_key: NoteSecret::generate(&mut rng).public() };
    let (meter, desk) = (&mut town.issuers.0, &mut town.issuers.1);
    meter.enrol(&to);
    // The record was sealed twice; the first transaction expired.
    let mut sealed = Vec::new();
    for _ in 0..2 {
        let g = meter
            .issue_generation(&NativeProver, &mut rng, who(), wh(10), EnergyType::Solar, cycle(7), expiry)
            .unwrap();
        sealed = vec![g, desk.issue_balance(&NativeProver, &mut rng, &to, Money::new(5).unwrap(), expiry).unwrap()];
    }
    town.put(&sealed);
    let audit = town.find();
    let headers = &town.ledger.headers;
    let [at_meter, at_desk] = [METER, DESK].map(|n| audit.request(issuer(n), &town.proofs).unwrap());
    let (meter, desk) = (&mut town.issuers.0, &mut town.issuers.1);
    for block in &town.w.scanned {
        meter.scan(block).unwrap();
        desk.scan(block).unwrap();
    }
    let by_meter = meter.disclose(who(), &[cycle(7)], &at_meter, headers).ok().unwrap().issued;
    let by_desk = desk.disclose(who(), &at_desk, headers).ok().unwrap().issued;
    assert_eq!((by_meter.len(), by_desk.len()), (1, 1));

    // The request on the ledger discloses no other household at either issuer, not even after a
    // restart; it still discloses its own household.
    let mut meter = MeteringService::from_bytes(&meter.to_bytes()).unwrap();
    let mut desk = Desk::from_bytes(&desk.to_bytes()).unwrap();
    let other = Address(f(78));
    let refused = [
        meter.disclose(other, &[cycle(7)], &at_meter, headers).err(),
        desk.disclose(other, &at_desk, headers).err(),
        meter.disclose(who(), &[cycle(7)], &at_desk, headers).err(),
    ];
    assert_eq!(refused.map(|e| e.map(|e| e.code())), ["other-household", "other-household", "not-announced"].map(Some));
    assert!(meter.disclose(who(), &[cycle(7)], &at_meter, headers).is_ok_and(|d| d.issued == by_meter));
    assert!(desk.disclose(who(), &at_desk, headers).is_ok_and(|d| d.issued == by_desk));

    said.meter.extend(by_meter);
    said.desk.extend(by_desk);
    assert_eq!(town.state(&audit, said).unwrap().checks.issues, 6);
}

#[test]
fn sales_of_a_cycle_together_need_the_generation_that_each_of_them_needs() {
    type Stage = Option<fn(MatchId) -> Event>;
    let stages: [(Stage, bool); 5] = [
        (Some(Event::Binding), true),
        (Some(Event::Delivered), true),
        (Some(|match_id| Event::Void { match_id, missing: [None; 2] }), true),
        (Some(|_| Event::Relisted(Handle(f(HANDLE + 2)))), false),
        (None, false),
    ];
    for (stage, sold) in stages {
        let (mut town, honest) = Town::new(&Story::default());
        // A second G, and a second plan that the first G would bear as well. A trade that is not
        // binding is no sale.
        let second = town.issue(METER, who(), generation(1000), Issued::Generation);
        town.list(HANDLE + 2, key().tag(TraceKind::Sell, cycle(7), 0), who(), 1000, 450_000);
        let match_id = town.matched(HANDLE + 2, 450_000);
        stage.into_iter().for_each(|event| town.event(event(match_id)));
        let audit = town.find();
        let mut all = honest.clone();
        all.meter.push(generation(1000));
        assert!(generation(1000).leaf(who()) == Some(second) && town.state(&audit, all).is_ok());
        match sold {
            true => incomplete(town.state(&audit, honest), "more is sold in cycle 7 than issuers disclose"),
            false => assert!(town.state(&audit, honest).is_ok()),
        }
    }
}

/// Attack: the metering service issues further S of one volume and cycle, and discloses one; the
/// household is paid for all of them. Each payment names the S that it pays: a second payment of the
/// disclosed S is found, and so is a payment of an S that nobody discloses.
#[test]
fn attack_one_disclosed_surplus_covers_many_payments() {
    let surplus = |town: &Town| {
        let known = town.w.regulator.trail().metered.values().find(|(issue, _)| issue.sign == Sign::Surplus);
        known.unwrap().0.commitment
    };
    for (of_disclosed, why) in [(true, "another payment is of"), (false, "no issuer discloses what")] {
        let (mut town, said) = Town::new(&Story::default());
        let record = if of_disclosed { surplus(&town) } else { Commitment(f(999)) };
        let paid = wh(100).at(market().feed_in).get();
        let (nullifier, tag) = (Nullifier(f(610)), key().tag(TraceKind::Surplus, cycle(7), 0));
        let (c1, audit) = town.audited(nullifier.0, [who().0, f(paid), record.0]);
        town.post(Body::Surplus(Surplus {
            root: Root(f(0)),
            epoch: Epoch::new(1).unwrap(),
            cycle: cycle(7),
            sign: Sign::Surplus,
            nullifier_metered: nullifier,
            nullifier_balance: Nullifier(f(620)),
            balance: Commitment(f(0)),
            tag,
            c1,
            audit,
            memo: NOTHING,
        }));
        let audit = town.find();
        incomplete(town.state(&audit, said), why);
    }
}
