//! Shared by the tests of several roles: blocks made by hand, a market, plans with real ciphertexts
//! and no proofs.

use crate::opening::DeliveryOpening;
use crate::prover::{Instance, ProofError, Prover};
use crate::seal::{ephemeral_scalar, DecryptionKey};
use crate::Blobs;
use ark_ed_on_bls12_381::Fr as Scalar;
use ed25519_dalek::Signer;
use fhe_matcher::ciphertext::{encrypt_bid, encrypt_offer};
use fhe_matcher::key::MatchingPublicKey;
use fhe_matcher::plaintext::score::{QuantisedBid, QuantisedOffer};
use protocol::certificate::{Certificate, ValidatorSet};
use protocol::compact::{CompactBlock, CompactTransaction, Event};
use protocol::elgamal::dleq::Equality;
use protocol::elgamal::{encrypt, ephemeral, EncryptionKey, Point, Possession, Role};
use protocol::header::{receipt_bytes, BlockHash, Header, StateRoot, TransactionDigest};
use protocol::ids::{BlobHash, Generation, Height, Serial, Time, VerifyingKeyId};
use protocol::keys::Network;
use protocol::keys::{Address, TraceTag};
use protocol::light::SimulatedChain;
use protocol::light::VerifiedBlock;
use protocol::light::{AcceptanceProof, HeaderChain, StateOpening, TransactionProof};
use protocol::merkle::{self, MerkleProof};
use protocol::plan::{Bid, Offer};
use protocol::record::{Commitment, Handle, MatchId, Nullifier};
use protocol::relation::check::Ephemeral;
use protocol::relation::deliver::DeliverWitness;
use protocol::relation::{self, plan_ciphertext, RelationKind};
use protocol::signing::{SigningKey, SIGNATURE_BYTES};
use protocol::terms::Terms;
use protocol::transaction::body::{CycleStart, Deliver, ListPlan, Note, Schedule, Turn, NOTE_BYTES};
use protocol::transaction::deposit::DepositSeal;
use protocol::transaction::genesis::{Genesis, NO_KEY};
use protocol::transaction::limits::Limits;
use protocol::transaction::possession::{genesis_context, GenesisKey};
use protocol::transaction::validators::MatchingMode;
use protocol::transaction::{Authority, Body, CiphertextSeal, Kind, Seal, Transaction, PROOF_BYTES};
use protocol::tree::Root;
use protocol::units::*;
use protocol::Fr;
use rand_chacha::ChaCha20Rng;
use rand_core::CryptoRngCore;
use std::collections::BTreeMap;
pub use testkit::fixture::{bid, market, offer};
pub use testkit::units::{cycle, wh};

pub fn f(n: u64) -> Fr {
    Fr::from(n)
}
/// The generator times a number; 0 is the identity.
pub fn point(n: u64) -> Point {
    ephemeral(&Scalar::from(n))
}
/// A half for the keys K_t, D_s, D_b and K_m'.
pub fn deliver_body(keys: &[Point; 4], match_id: MatchId, opening: &DeliveryOpening, e: &Scalar) -> Deliver {
    let (amount, blinding) = (f(opening.amount.get()), opening.blinding);
    let delivery = opening.record(match_id).id();
    let witness = DeliverWitness { amount, blinding, ephemeral: Ephemeral { e: *e } };
    let [terms, seller, buyer, meter] = relation::deliver::Deliver::encrypted(delivery, keys, &witness);
    let (issuer, serial, side, c1) = (IssuerId::new(1).unwrap(), Serial(1), opening.side, ephemeral(e));
    let generation = Generation(0);
    Deliver { issuer, serial, match_id, side, delivery, c1, terms, seller, buyer, meter, generation }
}
pub const LATER: Height = Height(1000);
pub const NOTHING: Note = Note([0; NOTE_BYTES]);

pub fn schedule() -> Schedule {
    Schedule {
        opens: Time(100),
        round_seconds: 10,
        confirm_seconds: 5,
        closes: Time(200),
        delivery_from: Time(290),
        delivery_slot: 10,
    }
}

pub fn cycle_start(serial: u64, n: u32) -> Body {
    cycle_start_under(Terms::default(), serial, n)
}

/// The start of a cycle of these terms.
pub fn cycle_start_under(terms: Terms, serial: u64, n: u32) -> Body {
    let epoch = Epoch::new(1).unwrap();
    Body::CycleStart(CycleStart {
        serial: Serial(serial),
        cycle: cycle(n),
        epoch,
        market: market(),
        terms,
        turn: Turn::Listed,
        schedule: schedule(),
    })
}

/// Verified blocks in order, as a ledger that accepts everything would give them. Time never goes
/// back: a block that is to be earlier than the last has the last one's time.
pub struct Chain {
    simulated: SimulatedChain,
    time: u64,
}

impl Chain {
    /// A chain before its first block.
    pub fn new(genesis: &Genesis) -> Self {
        Chain { simulated: SimulatedChain::new(genesis), time: 0 }
    }
    /// Another history of the same chain: so many empty blocks.
    pub fn at(genesis: &Genesis, height: u64) -> Self {
        let mut chain = Chain::new(genesis);
        chain.simulated.skip_to(Height(height)).unwrap();
        chain
    }
    fn seal(&mut self, time: u64, events: Vec<Event>, transactions: Vec<CompactTransaction>) -> VerifiedBlock {
        self.time = self.time.max(time);
        let height = Height(self.simulated.headers().height().0 + 1);
        let block = CompactBlock { height, time: Time(self.time), events, transactions, root: Root(f(0)) };
        self.simulated.block(block).unwrap()
    }
    fn transaction(&self, body: Body) -> Transaction {
        Transaction { chain: self.simulated.headers().chain(), expiry: LATER, body, seal: unsealed(body.kind()) }
    }
    pub fn block(&mut self, time: u64, events: Vec<Event>, bodies: Vec<(Body, Vec<Event>)>) -> VerifiedBlock {
        let all = bodies.into_iter();
        let all = all.map(|(body, events)| CompactTransaction::new(&self.transaction(body), vec![], events)).collect();
        self.seal(time, events, all)
    }
    pub fn plain(&mut self, time: u64, bodies: impl IntoIterator<Item = Body>) -> VerifiedBlock {
        self.block(time, vec![], bodies.into_iter().map(|b| (b, vec![])).collect())
    }
    pub fn accept(&mut self, time: u64, transactions: &[Transaction]) -> VerifiedBlock {
        let all = transactions.iter().map(|t| CompactTransaction::new(t, vec![], vec![])).collect();
        self.seal(time, vec![], all)
    }
}

/// The genesis of a chain whose keys nobody uses.
pub fn genesis(name: u8) -> Genesis {
    genesis_on(Network::Test, name)
}

/// The same on a network.
pub fn genesis_on(network: Network, name: u8) -> Genesis {
    let (t, a, k) = (Scalar::from(11u64), Scalar::from(22u64), Scalar::from(3333u64));
    let signer = |n: u8| SigningKey(ed25519_dalek::SigningKey::from_bytes(&[n; 32]).verifying_key().to_bytes());
    Genesis {
        name: [name; 32],
        network,
        time: Time(0),
        regulator: signer(1),
        recovery: signer(4),
        matcher: signer(2),
        terms_key: EncryptionKey::of_secret(&t).unwrap(),
        terms_possession: Possession::prove(&t, &k, &genesis_context(&[name; 32], network, GenesisKey::Terms)),
        audit_key: EncryptionKey::of_secret(&a).unwrap(),
        audit_possession: Possession::prove(&a, &k, &genesis_context(&[name; 32], network, GenesisKey::Audit)),
        audit_shares: [8; 32],
        matching_key: BlobHash([0; 32]),
        verifying_keys: [0; 32],
        anchor_blocks: 8,
        anchor_cycles: 2,
        score_checks: 1000,
        matching_mode: MatchingMode::Open,
        deviation_key: NO_KEY,
        deviation_server_key: NO_KEY,
        limits: Limits::default(),
    }
}

/// Proves by the native check; the "proof" names the public inputs, so that the chain can compare
/// them with its own.
pub struct NativeProver;

/// The "proof" of a statement.
pub fn stamp(kind: RelationKind, inputs: &[Fr]) -> [u8; PROOF_BYTES] {
    match inputs.len() == plan_ciphertext::INPUTS {
        true => testkit::proof::stamp(kind, &without_challenge(inputs)),
        false => testkit::proof::stamp(kind, inputs),
    }
}

/// The inputs of relation 11 without those that a verifier computes from the ciphertext, which this
/// chain does not have.
pub fn without_challenge(inputs: &[Fr]) -> Vec<Fr> {
    [&inputs[..11], &inputs[inputs.len() - 1..]].concat()
}

impl Prover for NativeProver {
    fn key_id(&self, kind: RelationKind) -> Result<VerifyingKeyId, ProofError> {
        Ok(VerifyingKeyId([kind as u8; 32]))
    }
    fn prove(
        &self,
        _: VerifyingKeyId,
        instance: &Instance<'_>,
        _: &mut dyn CryptoRngCore,
    ) -> Result<[u8; PROOF_BYTES], ProofError> {
        instance.check()?;
        Ok(stamp(instance.kind(), &instance.inputs()))
    }
    fn verify(
        &self,
        _: VerifyingKeyId,
        kind: RelationKind,
        inputs: &[Fr],
        proof: &[u8; PROOF_BYTES],
    ) -> Result<bool, ProofError> {
        Ok(*proof == stamp(kind, inputs))
    }
}

/// A seal of the form that a kind has, with nothing signed and nothing proved.
pub fn unsealed(kind: Kind) -> Seal {
    let (key, proof, signature) = (VerifyingKeyId([0; 32]), [0; PROOF_BYTES], [0; SIGNATURE_BYTES]);
    match kind.authority() {
        Authority::Relation(_) if kind.is_listing() => {
            Seal::Plan { key, proof, ciphertext: CiphertextSeal { key, commitments: [f(0), f(0)], proof } }
        }
        Authority::Relation(_) => Seal::Proof { key, proof },
        Authority::Plan => Seal::Shared(Equality { challenge: [0; 32], response: [0; 32] }),
        _ if kind.is_credential() => Seal::Credential { signature, key, proof, deposit: DepositSeal { key, proof } },
        _ if kind.signed_relation().is_some() => Seal::Issue { signature, key, proof },
        _ => Seal::Signature(signature),
    }
}

pub fn cut_off(n: u32, round: u8) -> Event {
    Event::Anchor { cycle: cycle(n), round, confirmations: false, root: Root(f(0)) }
}

#[derive(Default)]
pub struct Store(pub BTreeMap<BlobHash, Vec<u8>>);

impl Blobs for Store {
    fn blob(&self, hash: BlobHash) -> Option<Vec<u8>> {
        self.0.get(&hash).cloned()
    }
}

impl Store {
    pub fn put(&mut self, bytes: Vec<u8>) -> BlobHash {
        let hash = BlobHash::of(&bytes);
        self.0.insert(hash, bytes);
        hash
    }
}

/// A plan on the ledger, and its wallet's openings.
pub struct Listing {
    pub body: ListPlan,
    pub key: DecryptionKey,
}

pub struct Keys<'a> {
    pub terms: EncryptionKey,
    pub audit: EncryptionKey,
    pub match_id: &'a MatchingPublicKey,
}

#[allow(clippy::too_many_arguments)]
fn listing(
    rng: &mut ChaCha20Rng,
    keys: &Keys<'_>,
    handle: u64,
    owner: Address,
    tag: TraceTag,
    volume: Energy,
    price: Price,
    ciphertext: BlobHash,
) -> Listing {
    let (key, e, handle) = (DecryptionKey::generate(rng), ephemeral_scalar(rng), Handle(f(handle)));
    let (v, p) = (f(volume.get()), f(price.get()));
    let body = ListPlan {
        cycle: cycle(7),
        epoch: Epoch::new(1).unwrap(),
        root: Root(f(0)),
        nullifier: Nullifier(f(0)),
        handle,
        change: Commitment(f(0)),
        tag,
        c1: ephemeral(&e),
        terms: encrypt(Role::Terms, &keys.terms.point(), handle.0, &e, &[v, p]),
        audit: encrypt(Role::Audit, &keys.audit.point(), handle.0, &e, &[owner.0, v, p]),
        plan_key: key.public().point(),
        ciphertext,
        memo: NOTHING,
    };
    Listing { body, key }
}

/// A sell plan whose ciphertext says `encrypted` and whose terms say `committed`.
pub fn sell_plan(
    rng: &mut ChaCha20Rng,
    keys: &Keys<'_>,
    blobs: &mut Store,
    handle: u64,
    tag: TraceTag,
    committed: &Offer,
    encrypted: &Offer,
) -> Listing {
    let quantised = QuantisedOffer::new(&market(), encrypted).unwrap();
    let blob = blobs.put(encrypt_offer(keys.match_id, &quantised, rng).unwrap().to_bytes());
    listing(rng, keys, handle, Address(f(handle + 500)), tag, committed.volume, committed.ask, blob)
}

pub fn buy_plan(
    rng: &mut ChaCha20Rng,
    keys: &Keys<'_>,
    blobs: &mut Store,
    handle: u64,
    tag: TraceTag,
    bid: &Bid,
) -> Listing {
    let quantised = QuantisedBid::new(&market(), bid).unwrap();
    let blob = blobs.put(encrypt_bid(keys.match_id, &quantised, rng).unwrap().to_bytes());
    listing(rng, keys, handle, Address(f(handle + 500)), tag, bid.volume, bid.limit, blob)
}

/// Headers made by hand, and proofs against them: an empty block follows each block; its header
/// shows which transactions were accepted.
pub struct Proved {
    pub headers: HeaderChain,
    signer: ed25519_dalek::SigningKey,
    parent: BlockHash,
    state: StateRoot,
}

impl Proved {
    pub fn new(genesis: &Genesis) -> Self {
        let signer = ed25519_dalek::SigningKey::from_bytes(&[9; 32]);
        let validators = ValidatorSet::single(SigningKey(signer.verifying_key().to_bytes()));
        let (parent, state) = (BlockHash::genesis(genesis, &validators), StateRoot::genesis(genesis.chain()));
        Proved { headers: HeaderChain::new(genesis, validators), signer, parent, state }
    }
    fn block(&mut self, transactions: &[Vec<u8>], refused: bool) -> (Height, StateOpening, Vec<Vec<u8>>) {
        let height = Height(self.headers.height().0 + 1);
        let header = Header {
            chain: self.headers.chain(),
            height,
            parent: self.parent,
            parent_state: self.state,
            transactions: merkle::root(transactions),
            time: Time(1),
            next_validators: self.headers.validators().hash(),
        };
        self.parent = header.hash();
        let signature = self.signer.sign(&self.parent.certificate_message()).to_bytes();
        self.headers.extend(header, &Certificate::single(signature)).unwrap();
        let receipt = |b: &Vec<u8>| receipt_bytes(TransactionDigest::of(b), u8::from(refused));
        let receipts: Vec<Vec<u8>> = transactions.iter().map(receipt).collect();
        let opening = StateOpening {
            previous: self.state.0,
            state: [0; 32],
            tree: Root(f(0)),
            changes: [0; 32],
            receipts: merkle::root(&receipts),
        };
        self.state = opening.root();
        (height, opening, receipts)
    }
    fn prove(&mut self, transactions: &[Transaction], refused: bool) -> Vec<AcceptanceProof> {
        let bytes: Vec<Vec<u8>> = transactions.iter().map(Transaction::encode).collect();
        let (height, state, receipts) = self.block(&bytes, refused);
        self.block(&[], false);
        let proof = |i: usize| AcceptanceProof {
            included: TransactionProof { height, path: MerkleProof::new(&bytes, i).unwrap(), bytes: bytes[i].clone() },
            state,
            receipt: MerkleProof::new(&receipts, i).unwrap().neighbours,
        };
        (0..bytes.len()).map(proof).collect()
    }
    /// Proofs of transactions, as accepted in a block of their own.
    pub fn accept(&mut self, transactions: &[Transaction]) -> Vec<AcceptanceProof> {
        self.prove(transactions, false)
    }
    /// Proofs of transactions, as refused in a block of their own.
    pub fn refuse(&mut self, transactions: &[Transaction]) -> Vec<AcceptanceProof> {
        self.prove(transactions, true)
    }
    /// Proof of a transaction that a household posted.
    pub fn plain(&mut self, body: Body) -> AcceptanceProof {
        let seal = unsealed(body.kind());
        let transaction = Transaction { chain: self.headers.chain(), expiry: LATER, body, seal };
        self.accept(&[transaction]).remove(0)
    }
}
