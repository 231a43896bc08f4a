//! Lapses: with an alarm, the plans that lapsed or refused a match are opened, and who has too many of
//! them gets no credential of the next epoch.

use super::*;
use crate::regulator::{Lapse, LapseLimit};

const REASON: [u8; 32] = [5; 32];
/// What every plan says, in Wh and nano-currency a Wh.
const PLAN: (u64, u64) = (1000, 450_000);

fn epoch(n: u32) -> Epoch {
    Epoch::new(n).unwrap()
}

/// A market with households 77 and 78. The numbers below 10 are sell plans, the others buy plans.
struct Case {
    w: World,
    ledger: Proved,
    rng: ChaCha20Rng,
    time: u64,
    plans: BTreeMap<u64, AcceptanceProof>,
    /// The matches of each sell plan, in order.
    matches: BTreeMap<u64, Vec<AcceptanceProof>>,
}

impl Case {
    /// Each of these pairs is matched within its plans. `owners` are those of the sell plans.
    fn new(owners: &[(u64, u64)]) -> Self {
        let mut w = World::new();
        let mut rng = w.rng.clone();
        let service = MeteringService::generate(&mut rng, &w.genesis, IssuerId::new(1).unwrap()).unwrap();
        let t = w.regulator.register_issuer(&service.registration(&mut rng), LATER).unwrap();
        w.accept(80, &[t]);
        w.start();
        w.regulator.set_lapse_limit(LapseLimit::new(1));
        for who in [77, 78] {
            w.regulator.enrol(Address(f(who)), request_signer(who as u8).public()).unwrap();
        }
        let ledger = Proved::new(&w.genesis);
        let mut case = Case { w, ledger, rng, time: 101, plans: BTreeMap::new(), matches: BTreeMap::new() };
        for (n, owner) in owners {
            case.list(*n, *owner);
            case.list(n + 10, 79);
            case.pair(*n, PLAN);
        }
        case
    }
    fn post(&mut self, body: Body) -> AcceptanceProof {
        self.time += 1;
        self.w.plain(self.time, vec![body]);
        self.ledger.plain(body)
    }
    fn put(&mut self, t: Transaction) -> AcceptanceProof {
        self.time += 1;
        self.w.accept(self.time, &[t]);
        self.ledger.accept(&[t]).remove(0)
    }
    fn list(&mut self, n: u64, owner: u64) {
        let e = ephemeral_scalar(&mut self.rng);
        let body = ListPlan {
            cycle: cycle(7),
            epoch: epoch(1),
            root: Root(f(0)),
            nullifier: Nullifier(f(n + 100)),
            handle: Handle(f(n)),
            change: Commitment(f(0)),
            tag: TraceTag(f(n + 200)),
            c1: ephemeral(&e),
            terms: [f(0); 2],
            audit: encrypt(Role::Audit, &self.w.genesis.audit_key.point(), f(n), &e, &[f(owner), f(PLAN.0), f(PLAN.1)]),
            plan_key: point(1),
            ciphertext: BlobHash([0; 32]),
            memo: NOTHING,
        };
        let listed = self.post(if n < 10 { Body::SellPlan(body) } else { Body::BuyPlan(body) });
        self.plans.insert(n, listed);
    }
    /// The sell plan of this number is matched with the buy plan that is ten above it.
    fn pair(&mut self, n: u64, (volume, price): (u64, u64)) {
        let (sell, buy, blinding) = (Handle(f(n)), Handle(f(n + 10)), f(300 + self.time));
        let (volume, price) = (wh(volume), Price::new(price).unwrap());
        let opening = MatchOpening { other: buy, volume, price, cycle: cycle(7), blinding };
        let match_id = opening.record(Side::Sell, sell).id();
        self.match_saying(n, match_id, [f(volume.get()), f(price.get()), blinding]);
    }
    fn match_saying(&mut self, n: u64, match_id: MatchId, said: [Fr; 3]) {
        let e = ephemeral_scalar(&mut self.rng);
        let matched = self.post(Body::Match(Match {
            serial: Serial(1),
            cycle: cycle(7),
            round: 0,
            match_id,
            sell: Handle(f(n)),
            buy: Handle(f(n + 10)),
            c1: ephemeral(&e),
            terms: encrypt(Role::Terms, &self.w.genesis.terms_key.point(), match_id.0, &e, &said),
            seller: [f(0); 3],
            buyer: [f(0); 3],
        }));
        self.matches.entry(n).or_default().push(matched);
    }
    fn happens(&mut self, events: Vec<Event>) {
        self.time += 1;
        let block = self.w.chain.block(self.time, events, vec![]);
        self.w.scan(block);
    }
    fn start_epoch(&mut self, n: u32) {
        let t = self.w.regulator.start_epoch(epoch(n), LATER).unwrap();
        self.put(t);
    }
    /// Announces all that is to be opened of an epoch. Gives the Opens by plan.
    fn announce(&mut self, n: u32) -> BTreeMap<u64, AcceptanceProof> {
        let opens = self.w.regulator.open_lapses(epoch(n), REASON, LATER).unwrap();
        opens
            .into_iter()
            .map(|t| {
                let Body::Open(open) = t.body else { unreachable!() };
                let plan = (1..30).find(|n| f(*n) == open.first).unwrap();
                (plan, self.put(t))
            })
            .collect()
    }
    /// The evidence for a plan and for the match of this place.
    fn evidence(&self, n: u64, open: &AcceptanceProof, place: usize) -> [Evidence; 2] {
        let sell = if n < 10 { n } else { n - 10 };
        [&self.plans[&n], &self.matches[&sell][place]]
            .map(|target| Evidence { open: open.clone(), target: target.clone() })
    }
    fn take(&mut self, [plan, matched]: &[Evidence; 2], parts: usize) -> Result<Lapse, Error> {
        let headers = &self.ledger.headers;
        let parts: Result<Vec<Partial>, Error> =
            self.w.shares[..parts].iter().map(|s| s.partial(plan, headers)).collect();
        self.w.regulator.take_lapse(plan, matched, headers, &parts?)
    }
    /// Opens everything of an epoch, each plan with its last match.
    fn take_all(&mut self, n: u32) -> BTreeMap<u64, bool> {
        let opens = self.announce(n);
        let mut excused = BTreeMap::new();
        for (plan, open) in opens {
            let last = self.matches[&if plan < 10 { plan } else { plan - 10 }].len() - 1;
            let lapse = self.take(&self.evidence(plan, &open, last), 2).ok().unwrap();
            excused.insert(plan, lapse.excused);
        }
        excused
    }
    /// A household asks for its credential of an epoch, and it is put on the ledger.
    fn credential(&mut self, who: u64, n: u32) -> Result<(), Error> {
        let to = PaymentAddress { address: Address(f(who)), note_key: NoteSecret::generate(&mut self.rng).public() };
        let terms =
            CredentialTerms { reputation: Reputation::MAX, place: Place::default(), meter: IssuerId::new(1).unwrap() };
        let (signer, key) = (request_signer(who as u8), TraceKey::from_field(f(1000 * who + u64::from(n))));
        let request = request_of(&mut self.rng, &self.w.genesis, &signer, &key, n);
        let rng = &mut self.rng;
        let t = self.w.regulator.issue_credential(&NativeProver, rng, &to, &terms, &request, LATER)?;
        self.put(t);
        Ok(())
    }
}

fn lapsed(n: u64) -> Event {
    Event::Lapsed(Handle(f(n)))
}
fn refused(n: u64) -> Event {
    Event::Refused(Handle(f(n)))
}
fn alarm(n: u32) -> Event {
    Event::LapseAlarm(epoch(n))
}

#[test]
fn who_lapses_too_often_gets_no_credential_of_the_next_epoch() {
    let mut c = Case::new(&[(1, 77), (2, 77), (3, 78)]);
    c.happens(vec![lapsed(1), Event::Relisted(Handle(f(11))), refused(2), Event::Expired(Handle(f(13)))]);
    assert_eq!(c.w.regulator.open_lapses(epoch(1), REASON, LATER), Err(Error::NoAlarm));
    assert_eq!(c.w.regulator.lapse_alarms().count(), 0);
    c.happens(vec![lapsed(3), alarm(1)]);
    assert_eq!(c.w.regulator.lapse_alarms().collect::<Vec<_>>(), [epoch(1)]);
    assert_eq!(c.w.regulator.open_lapses(epoch(1), [0; 32], LATER), Err(Error::NoReason));
    assert_eq!(c.w.regulator.open_lapses(epoch(2), REASON, LATER), Err(Error::NoAlarm));
    let opens = c.announce(1);
    assert_eq!(opens.keys().copied().collect::<Vec<_>>(), [1, 2, 3], "no plan that was listed again, or expired");
    assert_eq!(c.w.regulator.open_lapses(epoch(1), REASON, LATER), Ok(vec![]), "each is announced once");

    let first = c.evidence(1, &opens[&1], 0);
    assert_eq!(c.take(&first, 1).err(), Some(Error::BadShares), "t - 1 shares open nothing");
    assert_eq!(c.w.regulator.decryptions(), Decryptions::default());
    assert!(c.take(&first, 2).is_ok_and(|lapse| lapse == Lapse { owner: Address(f(77)), excused: false }));
    // Opened twice it counts once.
    assert!(c.take(&first, 2).is_ok());
    assert_eq!(c.w.regulator.register().lapses(Address(f(77)), epoch(1)), 1);
    for n in [2, 3] {
        let evidence = c.evidence(n, &opens[&n], 0);
        assert!(c.take(&evidence, 3).is_ok());
    }
    let register = c.w.regulator.register();
    let again = Register::from_bytes(&register.to_bytes()).unwrap();
    assert!(again == *register);
    c.w.regulator.set_register(again);

    // The current epoch's credential is not barred, nor anybody else's.
    c.credential(77, 1).unwrap();
    c.credential(78, 2).unwrap();
    assert_eq!(c.credential(77, 2), Err(Error::Lapsed));
    c.start_epoch(2);
    assert_eq!(c.credential(77, 2), Err(Error::Lapsed));
    c.credential(77, 3).unwrap();
}

#[test]
fn an_open_of_a_lapse_opens_its_plan_and_its_last_match_and_nothing_else() {
    let mut c = Case::new(&[(1, 77), (2, 77)]);
    c.happens(vec![Event::Relisted(Handle(f(1))), Event::Relisted(Handle(f(11)))]);
    c.pair(1, (500, PLAN.1));
    c.happens(vec![lapsed(1), lapsed(2), alarm(1)]);
    let opens = c.announce(1);
    let [plan, last] = c.evidence(1, &opens[&1], 1);
    let [_, before] = c.evidence(1, &opens[&1], 0);
    let [other_plan, other_match] = c.evidence(2, &opens[&1], 0);
    let code = |c: &mut Case, plan: &Evidence, matched: &Evidence| {
        c.take(&[plan.clone(), matched.clone()], 2).map(|_| ()).map_err(|e| e.code())
    };
    assert_eq!(code(&mut c, &other_plan, &last), Err("not-opened"), "another plan");
    assert_eq!(code(&mut c, &plan, &other_match), Err("not-opened"), "another plan's match");
    assert_eq!(code(&mut c, &plan, &before), Err("not-opened"), "a match that went by");
    assert_eq!(c.w.shares[0].partial(&last, &c.ledger.headers), Err(Error::NotAuditable), "a match is not K_a's");
    // The entry of an ordinary audit is none of a lapse.
    let t = c.w.regulator.open_audit(Handle(f(1)), REASON, LATER).unwrap();
    let audit = c.put(t);
    let audited = Evidence { open: audit, ..plan.clone() };
    assert_eq!(code(&mut c, &audited, &last), Err("not-opened"));
    assert_eq!(code(&mut c, &plan, &last), Ok(()));
}

#[test]
fn a_match_outside_its_plan_is_excused() {
    let mut c = Case::new(&[]);
    let (volume, price) = PLAN;
    let cases = [
        (1, (volume, price), false),
        (2, (volume + 1, price), true),
        (3, (volume, price - 7_500), true),
        (4, (1, price + 7_500), false),
    ];
    for (n, terms, _) in cases {
        c.list(n, 77);
        c.list(n + 10, 78);
        c.pair(n, terms);
    }
    // A match that does not open even for the regulator.
    c.list(5, 77);
    c.list(15, 78);
    c.match_saying(5, MatchId(f(4000)), [f(1), f(2), f(3)]);
    let all = [1, 2, 3, 4, 5].into_iter().flat_map(|n| [lapsed(n), refused(n + 10)]);
    c.happens(all.chain([alarm(1)]).collect());
    let excused = c.take_all(1);
    for (n, _, outside) in cases {
        assert_eq!(excused[&n], outside, "sell plan {n}");
    }
    assert!(excused[&5] && excused[&15]);
    // To a buyer a low price is none too low.
    assert_eq!([11, 12, 13, 14].map(|n| excused[&n]), [false, true, false, true]);
    let count = |who| c.w.regulator.register().lapses(Address(f(who)), epoch(1));
    assert_eq!([count(77), count(78)], [2, 2]);
}

#[test]
fn who_has_the_next_credential_already_is_barred_from_the_one_after_it() {
    let mut c = Case::new(&[(1, 77), (2, 77)]);
    c.credential(77, 2).unwrap();
    c.happens(vec![lapsed(1), lapsed(2), alarm(1)]);
    // The next epoch has begun: there is still time.
    c.start_epoch(2);
    assert_eq!(c.take_all(1).len(), 2);
    assert_eq!(c.credential(77, 3), Err(Error::Lapsed));
    c.start_epoch(3);
    c.credential(77, 4).unwrap();
}

#[test]
fn lapses_at_the_limit_bar_nothing_and_old_ones_are_not_opened() {
    let mut c = Case::new(&[(1, 77), (2, 78)]);
    c.happens(vec![lapsed(1), lapsed(2), alarm(1)]);
    let opens = c.announce(1);
    let evidence = c.evidence(1, &opens[&1], 0);
    assert!(c.take(&evidence, 2).is_ok());
    c.credential(77, 2).unwrap();
    c.start_epoch(2);
    c.start_epoch(3);
    let late = c.w.regulator.open_lapses(epoch(1), REASON, LATER);
    assert_eq!(late.map_err(|e| e.code()), Err("wrong-period"));
    assert_eq!(LapseLimit::default().get(), 8);
}
