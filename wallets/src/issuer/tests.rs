use super::*;
use crate::note::{open_record, NoteSecret};
use crate::opening::{open_delivery, DeliveryOpening};
use crate::prover::Instance;
use crate::seal::{ephemeral_scalar, DecryptionKey};
use crate::testing::*;
use protocol::compact::Event;
use protocol::elgamal::{encrypt, ephemeral, Role};
use protocol::ids::{BlobHash, Generation, Serial, VerifyingKeyId};
use protocol::keys::{Address, TraceTag};
use protocol::record::metered::Sign;
use protocol::record::{Commitment, Handle, MatchId, Nullifier};
use protocol::relation::{RelationKind, Statement};
use protocol::terms::{Imbalance, Terms};
use protocol::transaction::body::{Confirm, Deliver, ListPlan, Match, RegisterIssuer};
use protocol::transaction::{Seal, PROOF_BYTES};
use protocol::tree::Root;
use protocol::units::{EnergyType, Epoch, Money, Side};
use rand_chacha::ChaCha20Rng;
use rand_core::{CryptoRngCore, SeedableRng};

mod restart;
mod withheld;

fn chain() -> ChainId {
    genesis(3).chain()
}

/// Households 1 and 2 (and their wallets' static note secret), a plan each, and a trade between
/// them.
struct World {
    rng: ChaCha20Rng,
    chain: Chain,
    terms: DecryptionKey,
    secret: NoteSecret,
    plan_key: DecryptionKey,
}

fn owner(n: u64) -> Address {
    Address(f(n))
}

impl World {
    fn new() -> Self {
        let mut rng = ChaCha20Rng::seed_from_u64(5);
        let terms = DecryptionKey::generate(&mut rng);
        let (secret, plan_key) = (NoteSecret::generate(&mut rng), DecryptionKey::generate(&mut rng));
        World { rng, chain: Chain::new(&genesis(3)), terms, secret, plan_key }
    }
    fn service(&mut self, id: u32, households: &[(u64, u64, u64)]) -> MeteringService {
        let id = IssuerId::new(id).unwrap();
        let mut service = MeteringService::generate(&mut self.rng, &genesis(3), id).unwrap();
        service.terms_key = self.terms.public();
        for (n, injected, consumed) in households {
            service.enrol(&PaymentAddress { address: owner(*n), note_key: self.secret.public() });
            let reading = Reading { injected: wh(*injected), consumed: wh(*consumed) };
            service.read_meter(cycle(7), owner(*n), reading).unwrap();
        }
        service
    }
    fn plan(&self, handle: u64) -> ListPlan {
        let point = self.terms.public().point();
        ListPlan {
            cycle: cycle(7),
            epoch: Epoch::new(1).unwrap(),
            root: Root(f(0)),
            nullifier: Nullifier(f(0)),
            handle: Handle(f(handle)),
            change: Commitment(f(0)),
            tag: TraceTag(f(0)),
            c1: point,
            terms: [f(0); 2],
            audit: [f(0); 3],
            plan_key: self.plan_key.public().point(),
            ciphertext: BlobHash([0; 32]),
            memo: NOTHING,
        }
    }
    /// The registrations of these services.
    fn registered(&mut self, services: &[&MeteringService]) -> Vec<Body> {
        let register = |service: &&MeteringService| {
            let Registration { issuer, role, key, encryption_key, possession, serial_key } =
                service.registration(&mut self.rng);
            let (serial, cap) = (Serial(1), crate::regulator::ISSUE_CAP);
            let body = RegisterIssuer { serial, issuer, role, key, encryption_key, possession, serial_key, cap };
            Body::RegisterIssuer(body)
        };
        services.iter().map(register).collect()
    }
    fn listed_and_matched(&self, id: u64, sell: u64, buy: u64) -> Vec<Body> {
        self.matched_in(0, id, sell, buy)
    }
    fn matched_in(&self, round: u8, id: u64, sell: u64, buy: u64) -> Vec<Body> {
        let match_id = Match {
            serial: Serial(1),
            cycle: cycle(7),
            round,
            match_id: MatchId(f(id)),
            sell: Handle(f(sell)),
            buy: Handle(f(buy)),
            c1: protocol::elgamal::Point { x: f(0), y: f(1) },
            terms: [f(0); 3],
            seller: [f(0); 3],
            buyer: [f(0); 3],
        };
        vec![Body::SellPlan(self.plan(sell)), Body::BuyPlan(self.plan(buy)), Body::Match(match_id)]
    }
    fn confirm(&mut self, service: &MeteringService, id: u64, handle: u64, who: u64, volume: u64) -> Confirm {
        let (e, handle) = (ephemeral_scalar(&mut self.rng), Handle(f(handle)));
        let key = service.identity.keys.key.public().point();
        Confirm {
            match_id: MatchId(f(id)),
            handle,
            meter: service.id(),
            generation: Generation(0),
            c1: ephemeral(&e),
            metering: encrypt(Role::Metering, &key, handle.0, &e, &[f(who), f(volume)]),
            change: Commitment(f(0)),
            memo: NOTHING,
        }
    }
}

fn binding(id: u64) -> Vec<Event> {
    vec![Event::Binding(MatchId(f(id)))]
}

fn bodies(halves: &[Transaction]) -> Vec<Deliver> {
    let deliver = |t: &Transaction| match t.body {
        Body::Deliver(d) => d,
        _ => unreachable!(),
    };
    halves.iter().map(deliver).collect()
}

impl World {
    /// The openings of halves, as the seller reads them.
    fn openings(&self, halves: &[Transaction]) -> Vec<DeliveryOpening> {
        let open = |d: &Deliver| open_delivery(&self.plan_key, Role::DeliverySeller, d).unwrap();
        bodies(halves).iter().map(open).collect()
    }
    fn amounts(&self, halves: &[Transaction]) -> Vec<u64> {
        self.openings(halves).iter().map(|d| d.amount.get()).collect()
    }
    fn deliver(&mut self, service: &mut MeteringService) -> Vec<Transaction> {
        service.deliver(&NativeProver, &mut self.rng, cycle(7), LATER).unwrap()
    }
}

fn void(id: u64) -> Event {
    Event::Void { match_id: MatchId(f(id)), missing: [None; 2] }
}

#[test]
fn issued_records_open_for_their_owner_and_carry_rising_serials() {
    let mut w = World::new();
    let mut service = w.service(1, &[(1, 0, 0)]);
    let to = PaymentAddress { address: owner(1), note_key: w.secret.public() };
    let g = service
        .issue_generation(&NativeProver, &mut w.rng, owner(1), wh(1500), EnergyType::Solar, cycle(7), LATER)
        .unwrap();
    let s = service.issue_metered(&NativeProver, &mut w.rng, owner(1), wh(5), Sign::Surplus, cycle(7), LATER).unwrap();
    let mut desk = Desk::generate(&mut w.rng, &genesis(3), IssuerId::new(2).unwrap()).unwrap();
    let b = desk.issue_balance(&NativeProver, &mut w.rng, &to, Money::new(9).unwrap(), LATER).unwrap();
    let key = |id| if id == 1 { service.identity.keys.signer.public() } else { desk.identity.keys.signer.public() };
    let greatest = genesis(3).limits.greatest_energy;
    for (t, issuer, serial) in [(g, 1, 1), (s, 1, 2), (b, 2, 1)] {
        let Seal::Issue { signature, key: under, proof } = t.seal else { unreachable!() };
        let binding = protocol::transaction::binding(t.id(), under);
        let (relation, said, inputs, commitment, note) = match t.body {
            Body::Issue(b) => {
                let inputs = b.statement(greatest, binding).inputs();
                (RelationKind::Issue, (b.issuer.get(), b.serial), inputs, b.commitment, b.note)
            }
            Body::IssueMetered(b) => {
                let (key, audit_key) = (service.identity.keys.serial_secret.public(), genesis(3).audit_key);
                let inputs = b.statement(key, greatest, &audit_key, binding).inputs();
                (RelationKind::Metered, (b.issuer.get(), b.serial), inputs, b.commitment, b.note)
            }
            _ => unreachable!(),
        };
        assert_eq!(said, (issuer, Serial(serial)));
        assert!(open_record(&w.secret, chain(), t.kind(), commitment, owner(1), &note).is_some());
        assert_eq!(under, NativeProver.key_id(relation).unwrap());
        assert_eq!(proof, stamp(relation, &inputs));
        assert_eq!(key(issuer).verify(t.id(), &signature), Ok(()));
        assert_eq!(Transaction::decode(&t.encode()), Ok(t));
    }
    let unknown =
        service.issue_generation(&NativeProver, &mut w.rng, owner(9), wh(1), EnergyType::Wind, cycle(7), LATER);
    assert_eq!(unknown, Err(Error::UnknownHousehold));
    let reading = Reading { injected: wh(1), consumed: wh(1) };
    assert_eq!(service.read_meter(cycle(7), owner(9), reading), Err(Error::UnknownHousehold));
    assert_eq!(service.read_meter(cycle(7), owner(1), reading), Err(Error::ReadingOnFile));
    // No transaction was accepted, and the gap that they leave blocks nothing.
    let again =
        service.issue_metered(&NativeProver, &mut w.rng, owner(1), wh(5), Sign::Surplus, cycle(7), LATER).unwrap();
    assert!(matches!(again.body, Body::IssueMetered(i) if i.serial == Serial(3)));
}

/// A prover that fails from the n-th proof on.
struct FailsAfter(std::cell::Cell<u32>);

impl Prover for FailsAfter {
    fn key_id(&self, kind: RelationKind) -> Result<VerifyingKeyId, ProofError> {
        NativeProver.key_id(kind)
    }
    fn prove(
        &self,
        key: VerifyingKeyId,
        instance: &Instance<'_>,
        rng: &mut dyn CryptoRngCore,
    ) -> Result<[u8; PROOF_BYTES], ProofError> {
        self.0.set(self.0.get().checked_sub(1).ok_or_else(|| ProofError::Prover("no key".into()))?);
        NativeProver.prove(key, instance, rng)
    }
    fn verify(
        &self,
        key: VerifyingKeyId,
        kind: RelationKind,
        inputs: &[Fr],
        proof: &[u8; PROOF_BYTES],
    ) -> Result<bool, ProofError> {
        NativeProver.verify(key, kind, inputs, proof)
    }
}

/// A record without a proof is not issued: the books do not have it, and it can
/// be issued again.
#[test]
fn without_a_proof_nothing_is_issued() {
    let mut w = World::new();
    let mut service = w.service(1, &[(1, 400, 300), (2, 100, 0)]);
    let to = PaymentAddress { address: owner(1), note_key: w.secret.public() };
    let mut desk = Desk::generate(&mut w.rng, &genesis(3), IssuerId::new(2).unwrap()).unwrap();
    let start = w.chain.plain(150, [cycle_start(1, 7)]);
    service.scan(&start).unwrap();
    let closed = w.chain.plain(250, []);
    service.scan(&closed).unwrap();
    let (before, of_desk) = (service.to_bytes(), desk.to_bytes());
    let none = FailsAfter(0.into());
    let amount = Money::new(9).unwrap();
    assert_eq!(desk.issue_balance(&none, &mut w.rng, &to, amount, LATER).map_err(|e| e.code()), Err("prover"));
    let g = service.issue_generation(&none, &mut w.rng, owner(1), wh(5), EnergyType::Solar, cycle(7), LATER);
    assert_eq!(g.map_err(|e| e.code()), Err("prover"));
    let one = FailsAfter(1.into());
    assert_eq!(service.issue_remainders(&one, &mut w.rng, cycle(7), LATER).err().map(|e| e.code()), Some("prover"));
    assert!(service.to_bytes() == before && desk.to_bytes() == of_desk);
    assert_eq!(service.issue_remainders(&NativeProver, &mut w.rng, cycle(7), LATER).unwrap().len(), 3);
}

#[test]
fn one_service_delivers_in_order_and_issues_the_rests() {
    let mut w = World::new();
    // 1 sells to 2 (800) and to 3 (600), and has injected 1000; 2 takes 790 of 800, within 5 %; 3
    // takes more than it bought
    let mut service = w.service(1, &[(1, 1000, 50), (2, 0, 790), (3, 0, 900)]);
    let unknown = service.deliver(&NativeProver, &mut w.rng, cycle(7), LATER).err();
    assert_eq!(unknown, Some(Error::UnknownCycle));
    let start = [w.registered(&[&service]), vec![cycle_start(1, 7)]].concat();
    let start = w.chain.plain(91, start);
    service.scan(&start).unwrap();
    let listed: Vec<Body> =
        [w.listed_and_matched(100, 11, 12), w.listed_and_matched(101, 13, 14), w.listed_and_matched(102, 15, 16)]
            .concat();
    let block = w.chain.plain(111, listed);
    service.scan(&block).unwrap();
    assert_eq!(service.scan(&block).map_err(|e| e.code()), Err("out-of-order"));
    let confirmations = vec![
        (Body::ConfirmSell(w.confirm(&service, 100, 11, 1, 800)), vec![]),
        (Body::ConfirmBuy(w.confirm(&service, 100, 12, 2, 800)), binding(100)),
        (Body::ConfirmBuy(w.confirm(&service, 101, 14, 3, 600)), vec![]),
        (Body::ConfirmSell(w.confirm(&service, 101, 13, 1, 600)), binding(101)),
        (Body::ConfirmSell(w.confirm(&service, 102, 15, 1, 900)), vec![]),
    ];
    let block = w.chain.block(112, vec![], confirmations);
    service.scan(&block).unwrap();
    let early = service.deliver(&NativeProver, &mut w.rng, cycle(7), LATER).err();
    assert_eq!(early.map(|e| e.code()), Some("cycle-open"), "102 may still become binding");
    let lapsed = vec![Event::Lapsed(Handle(f(16))), Event::Relisted(Handle(f(15)))];
    let block = w.chain.block(130, lapsed, vec![]);
    service.scan(&block).unwrap();

    // Without a proof none is given out, and no nonce is used.
    let before = service.to_bytes();
    let two = FailsAfter(2.into());
    let failed = service.deliver(&two, &mut w.rng, cycle(7), LATER).err();
    assert_eq!(failed.map(|e| e.code()), Some("prover"));
    assert!(service.to_bytes() == before);
    let halves = w.deliver(&mut service);
    assert_eq!(w.amounts(&halves), [800, 790, 200, 600], "the trades of a round share: 800 of 1000 are taken off");
    assert!(w.deliver(&mut service).is_empty(), "each half once");
    for (half, body) in w.openings(&halves).iter().zip(bodies(&halves)) {
        let read = |key: &DecryptionKey, role| open_delivery(key, role, &body).is_some_and(|d| d == *half);
        assert!(read(&w.plan_key, Role::DeliverySeller) && read(&w.plan_key, Role::DeliveryBuyer));
        assert!(read(&w.terms, Role::DeliveryTerms) && read(&service.identity.keys.key, Role::DeliveryMeter));
    }
    assert_eq!(
        service.issue_remainders(&NativeProver, &mut w.rng, cycle(7), LATER).err().map(|e| e.code()),
        Some("cycle-open")
    );
    assert!(service.outcome(MatchId(f(100))).is_none());

    // Two of the four expire: the service seals them again with serials of their own, and with the
    // same openings.
    let block = w.chain.accept(205, &halves[..2]);
    service.scan(&block).unwrap();
    let again = service.deliver_again(&NativeProver, &mut w.rng, cycle(7), LATER).unwrap();
    let numbers: Vec<_> = again
        .iter()
        .map(|t| if let Body::Deliver(d) = t.body { (d.serial, d.delivery) } else { unreachable!() })
        .collect();
    let before = bodies(&halves);
    assert_eq!(numbers, [(Serial(5), before[2].delivery), (Serial(6), before[3].delivery)]);

    let delivered = vec![Event::Delivered(MatchId(f(100))), Event::Delivered(MatchId(f(101)))];
    let repeats = again.iter().map(|t| (t.body, vec![])).collect();
    let block = w.chain.block(206, delivered, repeats);
    service.scan(&block).unwrap();
    let first = service.outcome(MatchId(f(100))).unwrap();
    assert!(first.within && first.settled == wh(800) && first.delivered == wh(790));
    assert!(!first.fell_short(Side::Sell) && first.fell_short(Side::Buy));
    let second = service.outcome(MatchId(f(101))).unwrap();
    assert!(!second.within && second.settled == wh(200) && second.fell_short(Side::Sell));

    let restored = MeteringService::from_bytes(&service.to_bytes()).unwrap();
    assert_eq!(restored.to_bytes(), service.to_bytes());
    let mut remainders: Vec<_> =
        { restored }.issue_remainders(&NativeProver, &mut w.rng, cycle(7), LATER).unwrap().iter().map(row).collect();
    remainders.sort();
    // 1: injected 1000, sold 800 + 200: no surplus; consumed 50. 2: 790 - 800: none. 3: 900 - 200.
    assert_eq!(remainders, [(1, 1, 50), (3, 1, 700)]);
    let mut own: Vec<_> =
        service.issue_remainders(&NativeProver, &mut w.rng, cycle(7), LATER).unwrap().iter().map(row).collect();
    own.sort();
    assert_eq!(own, remainders);
    assert_eq!(service.issue_remainders(&NativeProver, &mut w.rng, cycle(7), LATER).err(), Some(Error::AlreadyIssued));
}

/// Within tolerance a trade settles what was matched. Where households bear their imbalance, the
/// difference to the reading is bought at retail or sold at feed-in.
#[test]
fn households_bear_their_imbalance_where_the_market_says_so() {
    let rests = |imbalance: Imbalance, [injected, consumed, taken]: [u64; 3]| {
        let mut w = World::new();
        // 1 sells 800 Wh to 2, and consumes 30 besides.
        let mut service = w.service(1, &[(1, injected, 30), (2, 0, consumed)]);
        let terms = Terms { imbalance, ..Terms::default() };
        let started = [w.registered(&[&service]), vec![cycle_start_under(terms, 1, 7)]].concat();
        let listed = [started, w.listed_and_matched(100, 11, 12)].concat();
        let confirmations = vec![
            (Body::ConfirmSell(w.confirm(&service, 100, 11, 1, taken)), vec![]),
            (Body::ConfirmBuy(w.confirm(&service, 100, 12, 2, taken)), binding(100)),
        ];
        for block in [w.chain.plain(91, listed), w.chain.block(112, vec![], confirmations)] {
            service.scan(&block).unwrap();
        }
        let block = w.chain.block(205, vec![], vec![]);
        service.scan(&block).unwrap();
        let halves = service.deliver(&NativeProver, &mut w.rng, cycle(7), LATER).unwrap();
        let posted = halves.iter().map(|half| (half.body, vec![])).collect();
        let block = w.chain.block(206, vec![Event::Delivered(MatchId(f(100)))], posted);
        service.scan(&block).unwrap();
        let mut rows: Vec<_> =
            service.issue_remainders(&NativeProver, &mut w.rng, cycle(7), LATER).unwrap().iter().map(row).collect();
        rows.sort();
        rows
    };
    use Imbalance::*;
    // Both meters count less than the 800 Wh, within 5 %.
    assert_eq!(rests(Operator, [780, 790, 800]), [(1, 1, 30)]);
    assert_eq!(rests(Household, [780, 790, 800]), [(1, 1, 50), (2, 0, 10)]);
    // Both count more.
    assert_eq!(rests(Operator, [850, 900, 800]), [(1, 0, 50), (1, 1, 30), (2, 1, 100)]);
    assert_eq!(rests(Household, [850, 900, 800]), [(1, 0, 50), (1, 1, 30), (2, 1, 100)]);
    // Out of tolerance what arrived was settled: the buyer took it all.
    assert_eq!(rests(Household, [500, 800, 800]), [(1, 1, 30), (2, 1, 300)]);
}

fn row(r: &GridRow) -> (u64, u8, u64) {
    (crate::seal::small(r.household.0).unwrap(), r.sign as u8, r.volume.get())
}

/// The other side's half is read from the ledger, and what it did not take is given back to the
/// next round.
#[test]
fn a_later_round_takes_what_earlier_ones_left() {
    let mut w = World::new();
    let (mut one, mut two) = (w.service(1, &[(1, 1000, 0)]), w.service(2, &[(2, 0, 300), (3, 0, 900)]));
    let listed = [
        w.registered(&[&one, &two]),
        vec![cycle_start(1, 7)],
        w.listed_and_matched(100, 11, 12),
        w.matched_in(1, 101, 13, 14),
    ];
    let confirmations = vec![
        (Body::ConfirmSell(w.confirm(&one, 100, 11, 1, 800)), vec![]),
        (Body::ConfirmBuy(w.confirm(&two, 100, 12, 2, 800)), binding(100)),
        (Body::ConfirmSell(w.confirm(&one, 101, 13, 1, 800)), vec![]),
        (Body::ConfirmBuy(w.confirm(&two, 101, 14, 3, 800)), binding(101)),
    ];
    for block in [w.chain.plain(91, listed.concat()), w.chain.block(112, vec![], confirmations)] {
        one.scan(&block).unwrap();
        two.scan(&block).unwrap();
    }
    let from_one = w.deliver(&mut one);
    assert_eq!(w.amounts(&from_one), [800], "the second round waits for the first");
    let from_two = w.deliver(&mut two);
    assert_eq!(w.amounts(&from_two), [300, 800], "3 has no trade in the first round");
    let bodies = [&from_one[..], &from_two].concat().iter().map(|t| (t.body, vec![])).collect();
    let block = w.chain.block(205, vec![Event::Delivered(MatchId(f(100)))], bodies);
    one.scan(&block).unwrap();
    two.scan(&block).unwrap();
    assert!(one.outcome(MatchId(f(100))).is_some_and(|o| o.consumed == wh(300) && o.delivered == wh(300)));
    let second = w.deliver(&mut one);
    assert_eq!(w.amounts(&second), [700], "300 of 1000 went to the first");
}

#[test]
fn a_void_trade_counts_for_nothing() {
    let mut w = World::new();
    let mut service = w.service(1, &[(1, 1000, 0)]);
    let stranger = w.service(2, &[]);
    let listed = [
        w.registered(&[&service, &stranger]),
        vec![cycle_start(1, 7)],
        w.listed_and_matched(100, 11, 12),
        w.listed_and_matched(101, 13, 14),
    ]
    .concat();
    let confirmations = vec![
        (Body::ConfirmSell(w.confirm(&service, 100, 11, 1, 800)), vec![]),
        (Body::ConfirmBuy(w.confirm(&stranger, 100, 12, 2, 800)), binding(100)),
        // bytes that decrypt to no volume, and a point of small order, are passed over without a
        // panic
        (Body::ConfirmSell(Confirm { metering: [f(1), f(2)], ..w.confirm(&service, 101, 13, 1, 1) }), vec![]),
        (
            Body::ConfirmBuy(Confirm {
                c1: protocol::elgamal::Point { x: f(0), y: f(1) },
                ..w.confirm(&service, 101, 14, 1, 1)
            }),
            binding(101),
        ),
    ];
    for block in [w.chain.plain(91, listed), w.chain.block(112, vec![], confirmations)] {
        service.scan(&block).unwrap();
    }
    assert_eq!(service.trades_of(cycle(7)), [MatchId(f(100))]);
    assert_eq!(w.deliver(&mut service).len(), 1);
    let block = w.chain.block(300, vec![void(100), void(101)], vec![]);
    service.scan(&block).unwrap();
    assert!(w.deliver(&mut service).is_empty());
    let remainders = service.issue_remainders(&NativeProver, &mut w.rng, cycle(7), LATER).unwrap();
    assert_eq!(remainders.iter().map(row).collect::<Vec<_>>(), [(1, 0, 1000)]);
}

#[test]
fn damaged_state_is_refused() {
    let mut w = World::new();
    let service = w.service(1, &[(1, 1000, 0)]);
    let bytes = service.to_bytes();
    for length in 0..bytes.len() {
        assert_eq!(MeteringService::from_bytes(&bytes[..length]).err().map(|e| e.code()), Some("state"));
    }
    assert!(MeteringService::from_bytes(&[&bytes[..], &[0]].concat()).is_err());
    assert_eq!(bytes.capacity(), bytes.len(), "a vector that grew has left copies of the keys behind");
    let desk = Desk::generate(&mut w.rng, &genesis(3), IssuerId::new(2).unwrap()).unwrap();
    assert_eq!(Desk::from_bytes(&desk.to_bytes()).unwrap().to_bytes(), desk.to_bytes());
    assert_eq!(desk.to_bytes().capacity(), desk.to_bytes().len());
    assert!(Desk::from_bytes(&bytes).is_err(), "another role's state");
    assert!(MeteringService::from_bytes(&desk.to_bytes()).is_err());
}
