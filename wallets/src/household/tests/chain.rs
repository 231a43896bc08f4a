//! A chain in miniature. It appends the leaves that transactions make, reports events, and checks
//! that each proof is of the statement that a ledger would build from the transaction and its own
//! state.

use crate::household::conservation::Books;
use crate::household::{ChainParameters, Wallet, Watch};
use crate::note::{self, CredentialOpening, Payload};
use crate::opening::{seal_match, DeliveryOpening, MatchOpening, SealedMatch};
use crate::prover::Prover;
use crate::seal::ephemeral_scalar;
pub use crate::testing::NativeProver;
use crate::testing::{deliver_body, stamp, unsealed, without_challenge};
use ark_ed_on_bls12_381::Fr as Scalar;
use ed25519_dalek::SigningKey as Signer;
use fhe_matcher::key::{MatchingPublicKey, MatchingSecretKey};
use protocol::compact::{CompactBlock, CompactTransaction, Event};
use protocol::elgamal::dleq::Shared;
use protocol::elgamal::{EncryptionKey, Point, Possession};
use protocol::ids::{BlobHash, ChainId, Height, Serial, Time, VerifyingKeyId};
use protocol::keys::PaymentAddress;
use protocol::light::{SimulatedChain, VerifiedBlock};
use protocol::market_parameters::{MarketParameters, PriceGrid, PriceRule, Range, Ranges};
use protocol::record::metered::{serial_key, RecordSerial, Sign};
use protocol::record::{Commitment, Handle, MatchId, Nullifier};
use protocol::relation::{
    confirm, list_plan, merge, plan_ciphertext, refuse, release, settle, shortfall, surplus, void, withdraw,
};
use protocol::relation::{RelationKind, Statement};
use protocol::signing::SigningKey;
use protocol::terms::{Terms, LAPSE_ALARM};
use protocol::transaction::body::*;
use protocol::transaction::deposit::CredentialRequest;
use protocol::transaction::genesis::Genesis;
use protocol::transaction::possession::issuer_context;
use protocol::transaction::*;
use protocol::tree::Tree;
use protocol::units::*;
use protocol::Fr;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

pub const CYCLE: u32 = 10;
pub const METER: u32 = 7;

fn matching_key() -> &'static MatchingPublicKey {
    static KEY: OnceLock<MatchingPublicKey> = OnceLock::new();
    KEY.get_or_init(|| MatchingSecretKey::generate(&mut ChaCha20Rng::seed_from_u64(99)).1)
}

pub fn market() -> MarketParameters {
    MarketParameters {
        grid: PriceGrid::new(Price::new(100_000).unwrap(), Price::new(10_000).unwrap()).unwrap(),
        ranges: Ranges {
            volume: Range::new(0, 10_000).unwrap(),
            reputation: Range::new(0, 100).unwrap(),
            place: Range::new(0, 5_000).unwrap(),
        },
        tolerance: PerMille::new(10).unwrap(),
        price_rule: PriceRule::Midpoint,
        max_rounds: 3,
        feed_in: Price::new(80_000).unwrap(),
        retail: Price::new(400_000).unwrap(),
    }
}

pub struct Chain {
    pub rng: ChaCha20Rng,
    pub parameters: ChainParameters,
    pub blocks: Vec<VerifiedBlock>,
    pub simulated: SimulatedChain,
    /// Both households as their viewing keys see them. The chain checks conservation with them
    /// after every block.
    watches: Vec<Watch>,
    books: Books,
    tree: Tree,
    meter_key: EncryptionKey,
    plans: BTreeMap<Handle, (Side, ListPlan)>,
    matches: BTreeMap<MatchId, Match>,
    changes: BTreeMap<MatchId, Vec<Commitment>>,
    deliveries: BTreeMap<MatchId, Vec<Deliver>>,
    nullifiers: BTreeSet<Nullifier>,
    keys: Vec<ActivateKey>,
    /// The signs of the records that are owed.
    owed: BTreeMap<Commitment, Sign>,
    newest: Cycle,
    terms: Terms,
}

impl Chain {
    /// A chain whose epoch 1 and cycle have started.
    pub fn new() -> Self {
        Self::under(Terms::default())
    }

    /// The same, with a cycle of these terms.
    pub fn under(terms: Terms) -> Self {
        let matching_key = BlobHash::of(&matching_key().to_bytes());
        let genesis = Genesis { matching_key, ..crate::testing::genesis(1) };
        let (m, k) = (Scalar::from(44u64), Scalar::from(3333u64));
        let signer = |n: u8| SigningKey(Signer::from_bytes(&[n; 32]).verifying_key().to_bytes());
        let meter_key = EncryptionKey::of_secret(&m).unwrap();
        let mut chain = Chain {
            rng: ChaCha20Rng::seed_from_u64(5),
            parameters: ChainParameters::new(genesis, self::matching_key().clone()).unwrap(),
            blocks: Vec::new(),
            simulated: SimulatedChain::new(&genesis),
            watches: Vec::new(),
            books: Books::default(),
            tree: Tree::new(),
            meter_key,
            plans: BTreeMap::new(),
            matches: BTreeMap::new(),
            changes: BTreeMap::new(),
            deliveries: BTreeMap::new(),
            nullifiers: BTreeSet::new(),
            keys: Vec::new(),
            owed: BTreeMap::new(),
            newest: Cycle::new(CYCLE).unwrap(),
            terms,
        };
        chain.watches = (0..super::PHRASES.len()).map(|n| super::wallet(&chain, n).watch).collect();
        let (epoch, cycle) = (Epoch::new(1).unwrap(), Cycle::new(CYCLE).unwrap());
        let issuer = IssuerId::new(METER).unwrap();
        let schedule = Schedule {
            opens: Time(0),
            round_seconds: 60,
            confirm_seconds: 30,
            closes: Time(900),
            delivery_from: Time(2000),
            delivery_slot: 100,
        };
        chain.issuer_block(&[
            Body::EpochStart(EpochStart { serial: Serial(1), epoch, lapse_alarm: LAPSE_ALARM }),
            Body::RegisterIssuer(RegisterIssuer {
                serial: Serial(2),
                issuer,
                role: IssuerRole::MeteringService,
                key: signer(3),
                encryption_key: meter_key,
                possession: Possession::prove(&m, &k, &issuer_context(chain.id(), IssuerRole::MeteringService, issuer)),
                serial_key: serial_key(Fr::from(5u64)),
                cap: IssueCap { generation: 1000, metered: 1000 },
            }),
            Body::CycleStart(CycleStart {
                serial: Serial(3),
                cycle,
                epoch,
                market: market(),
                terms,
                turn: Turn::Listed,
                schedule,
            }),
        ]);
        chain
    }

    pub fn id(&self) -> ChainId {
        self.parameters.chain()
    }

    /// A listed plan's key.
    pub fn plan_key(&self, handle: Handle) -> Point {
        self.plans[&handle].1.plan_key
    }

    /// A block of signed transactions.
    pub fn issuer_block(&mut self, bodies: &[Body]) {
        let (chain, expiry) = (self.id(), Height(u64::MAX));
        let sealed = |body: &Body| Transaction { chain, expiry, body: *body, seal: unsealed(body.kind()) };
        let all = bodies.iter().map(sealed).collect::<Vec<_>>();
        self.block(&[], &all);
    }

    /// The regulator gives the opening of an obligation; the viewing keys' holders take it too.
    pub fn given(&mut self, opening: &Payload) {
        let taken = self.watches.iter_mut().filter_map(|watch| watch.take_obligation(opening).ok());
        assert_eq!(taken.count(), 1, "it is one household's");
    }

    /// A block of wallets' transactions.
    pub fn wallet_block(&mut self, transactions: &[Transaction]) {
        self.block(&[], transactions);
    }

    /// Appends a block of these events and transactions.
    pub fn block(&mut self, events: &[Event], transactions: &[Transaction]) {
        let height = Height(self.blocks.len() as u64 + 1);
        let transactions = transactions.iter().map(|t| self.accept(height, t)).collect();
        let (time, root) = (Time(height.0 * 10 - 10), self.tree.root());
        let block = CompactBlock { height, time, events: events.to_vec(), transactions, root };
        let block = self.simulated.block(block).unwrap();
        self.watches.iter_mut().for_each(|watch| watch.scan(&block).unwrap());
        self.books.block(&block, &self.watches).unwrap();
        self.blocks.push(block);
    }

    /// The event that makes the root at the last block's end a cut-off's.
    pub fn anchor(&self) -> Event {
        let root = self.blocks.last().unwrap().root;
        Event::Anchor { cycle: Cycle::new(CYCLE).unwrap(), round: 0, confirmations: false, root }
    }

    fn accept(&mut self, height: Height, t: &Transaction) -> CompactTransaction {
        assert_eq!(Transaction::decode(&t.encode()).unwrap(), *t);
        assert!(t.chain == self.id() && t.expiry >= height);
        if let (Body::Complain(b), Seal::Shared(proof)) = (&t.body, &t.seal) {
            let (key, base) = (self.plan_key(b.handle), self.matches[&b.match_id].c1);
            let shared = Shared { key, base, point: b.shared };
            assert_eq!(proof.verify(&shared, &t.id().0), Ok(()));
        }
        if let Authority::Relation(kind) = t.kind().authority() {
            let key = self.key_for(kind, &t.body);
            let binding = match &t.seal {
                Seal::Plan { ciphertext, .. } => listing_binding(t.id(), key, ciphertext),
                _ => binding(t.id(), key),
            };
            let proof = stamp(kind, &self.inputs(&t.body, binding));
            let expected = match t.seal {
                Seal::Plan { ciphertext, .. } => Seal::Plan { key, proof, ciphertext: self.second(t, ciphertext) },
                _ => Seal::Proof { key, proof },
            };
            assert_eq!(t.seal, expected, "{kind:?}");
            assert_eq!(matches!(t.seal, Seal::Plan { .. }), t.kind().is_listing());
        }
        for nullifier in crate::household::watch::nullifiers(&t.body) {
            assert!(self.nullifiers.insert(nullifier), "a double spend");
        }
        let (mut made, mut events) = (vec![], vec![]);
        match &t.body {
            Body::CycleStart(b) => self.newest = b.cycle,
            Body::Issue(b) => made.push(b.commitment),
            Body::IssueMetered(b) => made.push(b.commitment),
            Body::IssueCredential(b) => made.push(b.commitment),
            Body::SellPlan(b) | Body::BuyPlan(b) => {
                made.push(b.change);
                let side = if t.kind() == Kind::SellPlan { Side::Sell } else { Side::Buy };
                assert!(self.plans.insert(b.handle, (side, *b)).is_none());
            }
            Body::Match(b) => {
                self.matches.insert(b.match_id, *b);
            }
            Body::ConfirmSell(b) | Body::ConfirmBuy(b) => {
                let changes = self.changes.entry(b.match_id).or_default();
                changes.push(b.change);
                if changes.len() == 2 {
                    made.extend(changes.iter());
                    events.push(Event::Binding(b.match_id));
                }
            }
            Body::Refuse(b) => {
                let m = self.matches[&b.match_id];
                let other = if m.sell == b.handle { m.buy } else { m.sell };
                events.extend([Event::Refused(b.handle), Event::Relisted(other)]);
            }
            Body::Complain(b) => {
                let m = self.matches[&b.match_id];
                events.extend([Event::Relisted(m.sell), Event::Relisted(m.buy)]);
            }
            Body::Deliver(b) => {
                let halves = self.deliveries.entry(b.match_id).or_default();
                halves.push(*b);
                if halves.len() == 2 {
                    events.push(Event::Delivered(b.match_id));
                }
            }
            Body::SettleSell(b) | Body::SettleBuy(b) => made.push(b.balance),
            Body::Release(b) => made.push(b.refund),
            Body::Void(b) => made.push(b.refund),
            Body::Merge(b) => made.push(b.record),
            Body::Surplus(b) => made.push(b.balance),
            Body::Shortfall(b) => made.push(b.balance),
            Body::Withdraw(b) => made.push(b.balance),
            Body::ActivateKey(b) => self.keys.push(*b),
            _ => {}
        }
        let leaves = made.into_iter().map(|leaf| (self.tree.append(leaf.0).unwrap(), leaf)).collect();
        CompactTransaction::new(t, leaves, events)
    }

    /// The key that a proof must be under: this chain's plans are all of [`CYCLE`], and the newest
    /// cycle is the last started.
    fn key_for(&self, kind: RelationKind, body: &Body) -> VerifyingKeyId {
        let of_a_plan =
            matches!(body.kind(), Kind::SellPlan | Kind::BuyPlan | Kind::ConfirmSell | Kind::ConfirmBuy | Kind::Refuse)
                || matches!(body.kind(), Kind::SettleSell | Kind::SettleBuy | Kind::Release | Kind::Void);
        let cycle = if of_a_plan { Cycle::new(CYCLE).unwrap() } else { self.newest };
        let mut changes = self.keys.iter().rev().filter(|c| c.relation == kind && c.from <= cycle);
        changes.next().map_or(NativeProver.key_id(kind).unwrap(), |c| c.key)
    }

    /// The second proof that a listing must carry, for its commitments.
    fn second(&self, t: &Transaction, found: CiphertextSeal) -> CiphertextSeal {
        let (Body::SellPlan(b) | Body::BuyPlan(b)) = &t.body else { panic!("not a listing") };
        let kind = RelationKind::ciphertext(if t.kind() == Kind::SellPlan { Side::Sell } else { Side::Buy });
        let key = self.key_for(kind, &t.body);
        let challenge =
            plan_ciphertext::Challenge { constant: Fr::from(0u64), key: vec![], block: vec![], rows: vec![] };
        let (handle, scale, commitments) = (b.handle, (&market()).into(), found.commitments);
        let binding = binding(t.id(), key);
        let inputs = plan_ciphertext::PlanCiphertext { handle, scale, commitments, challenge, binding }.inputs();
        CiphertextSeal { key, commitments, proof: stamp(kind, &without_challenge(&inputs)) }
    }

    /// The public inputs of a body's statement, from the body and the chain's state.
    fn inputs(&self, body: &Body, binding: Fr) -> Vec<Fr> {
        let genesis = self.parameters.genesis();
        let (terms_key, audit_key) = (genesis.terms_key.point(), genesis.audit_key.point());
        let cycle = Cycle::new(CYCLE).unwrap();
        match *body {
            Body::SellPlan(b) | Body::BuyPlan(b) => list_plan::ListPlan {
                root: b.root,
                epoch: b.epoch,
                cycle: b.cycle,
                parameters: market().digest(&self.terms),
                nullifier: b.nullifier,
                handle: b.handle,
                change: b.change,
                tag: b.tag,
                terms_key,
                audit_key,
                c1: b.c1,
                terms: b.terms,
                audit: b.audit,
                binding,
            }
            .inputs(),
            Body::ConfirmSell(b) | Body::ConfirmBuy(b) => confirm::Confirm {
                match_id: b.match_id,
                handle: b.handle,
                cycle,
                meter: b.meter,
                meter_key: self.meter_key.point(),
                c1: b.c1,
                metering: b.metering,
                change: b.change,
                binding,
            }
            .inputs(),
            Body::Refuse(b) => refuse::Refuse { match_id: b.match_id, handle: b.handle, binding }.inputs(),
            Body::SettleSell(b) | Body::SettleBuy(b) => {
                let half = |side| self.deliveries[&b.match_id].iter().find(|d| d.side == side).unwrap().delivery;
                settle::Settle {
                    root: b.root,
                    match_id: b.match_id,
                    delivery_sell: half(Side::Sell),
                    delivery_buy: half(Side::Buy),
                    handle: b.handle,
                    within: b.within,
                    tolerance: market().tolerance,
                    penalty: self.terms.penalty,
                    nullifier: b.nullifier,
                    balance: b.balance,
                    binding,
                }
                .inputs()
            }
            Body::Release(b) => {
                let side = self.plans[&b.handle].0;
                release::Release { handle: b.handle, cycle, side, refund: b.refund, binding }.inputs()
            }
            Body::Void(b) => {
                let side = self.plans[&b.handle].0;
                void::Void { match_id: b.match_id, handle: b.handle, cycle, side, refund: b.refund, binding }.inputs()
            }
            Body::Merge(b) => {
                merge::Merge { root: b.root, nullifiers: b.nullifiers, record: b.record, binding }.inputs()
            }
            Body::Surplus(b) => surplus::Surplus {
                root: b.root,
                epoch: b.epoch,
                nullifier_metered: b.nullifier_metered,
                nullifier_balance: b.nullifier_balance,
                balance: b.balance,
                sign: b.sign,
                tariff: b.sign.tariff(&market()),
                cycle: b.cycle,
                tag: b.tag,
                audit_key,
                c1: b.c1,
                audit: b.audit,
                binding,
            }
            .inputs(),
            Body::Shortfall(b) => shortfall::Shortfall {
                obligation: b.obligation,
                root: b.root,
                epoch: b.epoch,
                nullifier: b.nullifier,
                balance: b.balance,
                sign: self.owed[&b.obligation],
                tariff: self.owed[&b.obligation].tariff(&market()),
                cycle,
                tag: b.tag,
                audit_key,
                c1: b.c1,
                audit: b.audit,
                binding,
            }
            .inputs(),
            Body::Withdraw(b) => withdraw::Withdraw {
                root: b.root,
                epoch: b.epoch,
                current: b.current,
                nullifier: b.nullifier,
                balance: b.balance,
                amount: b.amount,
                payee: b.payee,
                tag: b.tag,
                audit_key,
                c1: b.c1,
                audit: b.audit,
                binding,
            }
            .inputs(),
            _ => panic!("sealed by a signature"),
        }
    }

    /// An Issue of this opening to a household.
    pub fn issue(&mut self, to: &PaymentAddress, payload: Payload) -> Body {
        let commitment = payload.leaf(to.address).unwrap();
        let issued = match payload {
            Payload::Generation { .. } => Issued::Generation,
            Payload::Balance { .. } => Issued::Balance,
            Payload::Metered { sign, cycle, .. } => return self.issue_metered(to, payload, (sign, cycle)),
            _ => panic!("not a record that is issued so"),
        };
        let chain = self.id();
        let note = note::seal(&mut self.rng, &to.note_key, chain, Kind::Issue, commitment.0, &payload);
        Body::Issue(Issue { issuer: IssuerId::new(METER).unwrap(), serial: Serial(1), issued, commitment, note })
    }

    /// An IssueMetered of this opening to a household, with this sign and cycle.
    fn issue_metered(&mut self, to: &PaymentAddress, payload: Payload, (sign, cycle): (Sign, Cycle)) -> Body {
        let (commitment, chain) = (payload.leaf(to.address).unwrap(), self.id());
        if sign.is_owed() {
            self.owed.insert(commitment, sign);
        }
        let note = note::seal(&mut self.rng, &to.note_key, chain, Kind::IssueMetered, commitment.0, &payload);
        let (issuer, record_serial) = (IssuerId::new(METER).unwrap(), RecordSerial(Fr::from(self.owed.len() as u64)));
        let (c1, audit) = (self.parameters.genesis().audit_key.point(), [Fr::from(0u64); 3]);
        Body::IssueMetered(IssueMetered {
            issuer,
            serial: Serial(1),
            sign,
            cycle,
            record_serial,
            commitment,
            c1,
            audit,
            note,
        })
    }

    /// An IssueCredential.
    pub fn credential(&mut self, to: &PaymentAddress, request: &CredentialRequest) -> Body {
        let CredentialRequest { epoch, deposit, seal, .. } = *request;
        assert_eq!(request.verify(), Ok(()));
        let inputs = deposit.statement(self.id(), epoch, &self.parameters.genesis().audit_key).inputs();
        assert_eq!(seal.proof, stamp(RelationKind::Deposit, &inputs));
        let opening = CredentialOpening {
            reputation: Reputation::new(90).unwrap(),
            place: Place { x: Metres::new(120).unwrap(), y: Metres::new(340).unwrap() },
            kappa: deposit.kappa,
            meter: IssuerId::new(METER).unwrap(),
            epoch,
            blinding: Fr::from(777u64),
        };
        let payload = Payload::Credential(opening);
        let (commitment, chain) = (payload.leaf(to.address).unwrap(), self.id());
        let kind = Kind::IssueCredential;
        let note = note::seal(&mut self.rng, &to.note_key, chain, kind, commitment.0, &payload);
        Body::IssueCredential(IssueCredential { serial: Serial(1), epoch: opening.epoch, commitment, deposit, note })
    }

    /// A Match of two listed plans.
    pub fn matching(&mut self, sell: Handle, buy: Handle, volume: u64, price: u64) -> Match {
        let opening = MatchOpening {
            other: buy,
            volume: Energy::new(volume).unwrap(),
            price: Price::new(price).unwrap(),
            cycle: Cycle::new(CYCLE).unwrap(),
            blinding: Fr::from(self.matches.len() as u64 + 1000),
        };
        let keys = [sell, buy].map(|h| self.plan_key(h));
        let terms_key = self.parameters.genesis().terms_key.point();
        let made = seal_match(&mut self.rng, &terms_key, [&keys[0], &keys[1]], sell, &opening);
        let SealedMatch { match_id, c1, terms, seller, buyer } = made;
        Match { serial: Serial(1), cycle: opening.cycle, round: 0, match_id, sell, buy, c1, terms, seller, buyer }
    }

    /// One half of a delivery.
    pub fn deliver(&mut self, match_id: MatchId, side: Side, amount: u64) -> Body {
        let opening =
            DeliveryOpening { side, amount: Energy::new(amount).unwrap(), blinding: Fr::from(side as u64 + 5) };
        let m = self.matches[&match_id];
        let terms_key = self.parameters.genesis().terms_key.point();
        let keys = [terms_key, self.plan_key(m.sell), self.plan_key(m.buy), self.meter_key.point()];
        let e = ephemeral_scalar(&mut self.rng);
        let body = deliver_body(&keys, match_id, &opening, &e);
        Body::Deliver(Deliver { issuer: IssuerId::new(METER).unwrap(), ..body })
    }

    /// Shows a wallet the blocks that it has not seen.
    pub fn sync(&self, wallet: &mut Wallet) {
        let next = wallet.watch().height().map_or(0, |h| h.0 as usize);
        self.blocks[next..].iter().for_each(|block| wallet.scan(block).unwrap());
    }
}
