//! A small market without households: handles and commitments are arbitrary field elements, since the ledger cannot tell
//! the difference. Proofs are of a system that only a test can have: a proof is a hash of its relation and its public
//! inputs, so one for anything else is refused, which is all that the ledger relies on. The inputs are put together
//! here anew, not by the ledger's own code.

#[path = "world/bodies.rs"]
mod bodies;

use ark_ed_on_bls12_381::Fr as Scalar;
use ed25519_dalek::Signer;
use ledger::{
    execute, verifying_keys_digest, Blobs, BlockInput, CiphertextInputs, CiphertextStatus, Executed, ProofClaim,
    ProofVerifier, PublicInputs, Refusal, ScoreClaim, State,
};
use protocol::elgamal::{EncryptionKey, Point, Possession};
use protocol::encoding::{digest, hash_to_field, Canonical};
use protocol::ids::{BlobHash, Height, Time, TransactionId, VerifyingKeyId};
use protocol::keys::{NoteKey, TraceCommitment, TraceTag};
use protocol::market::{MarketParameters, PriceGrid, PriceRule, Range, Ranges};
use protocol::record::{Commitment, DeliveryId, Handle, MatchId, Nullifier};
use protocol::relation::withdraw::PayeeDigest;
use protocol::relation::RelationKind;
use protocol::signing::SigningKey;
use protocol::transaction::body::*;
use protocol::transaction::genesis::Genesis;
use protocol::transaction::validators::{Matching, Validators};
use protocol::transaction::*;
use protocol::units::*;
use protocol::Fr;
use std::collections::BTreeMap;

/// Verifies [`prove`]'s proofs.
pub struct TestVerifier;

pub fn key_id(relation: RelationKind) -> VerifyingKeyId {
    VerifyingKeyId(digest("test-key", &[relation as u8]))
}

/// Another version of a relation's key.
pub fn second_key(relation: RelationKind) -> VerifyingKeyId {
    VerifyingKeyId(digest("test-key-2", &[relation as u8]))
}

pub fn prove(relation: RelationKind, inputs: &[Fr]) -> [u8; PROOF_BYTES] {
    let mut bytes = vec![relation as u8];
    inputs.iter().for_each(|x| x.write(&mut bytes));
    let mut proof = [0; PROOF_BYTES];
    for (i, chunk) in proof.chunks_mut(32).enumerate() {
        bytes.push(i as u8);
        chunk.copy_from_slice(&digest("test-proof", &bytes));
    }
    proof
}

impl ProofVerifier for TestVerifier {
    fn key_id(&self, relation: RelationKind) -> VerifyingKeyId {
        key_id(relation)
    }
    fn knows(&self, relation: RelationKind, key: VerifyingKeyId) -> bool {
        [key_id(relation), second_key(relation)].contains(&key)
    }
    fn verify(&self, claims: &[ProofClaim], _: &dyn Blobs) -> Result<Vec<bool>, BlobHash> {
        let good = |c: &ProofClaim| match &c.inputs {
            PublicInputs::Listed(inputs) => prove(c.relation, inputs) == c.proof,
            PublicInputs::Ciphertext(inputs) => prove(c.relation, &written_out(inputs)) == c.proof,
        };
        Ok(claims.iter().map(good).collect())
    }
    fn score_digest(&self, scores: &ScoreClaim, _: &dyn Blobs) -> Result<[u8; 32], BlobHash> {
        Ok(right_scores(&scores.offers, &scores.bid))
    }
}

/// What scores with these offers are: made up, as proofs are.
pub fn right_scores(offers: &[BlobHash], bid: &BlobHash) -> [u8; 32] {
    digest("test-scores", &offers.iter().chain([bid]).flat_map(|hash| hash.0).collect::<Vec<_>>())
}

/// What a claim about a ciphertext says, as a list: what a real verifier makes of the blobs has no part in it.
fn written_out(c: &CiphertextInputs) -> Vec<Fr> {
    let (first, step, ranges) = (c.scale.first, c.scale.step, c.scale.ranges);
    let mut list = vec![Fr::from(c.side as u8), c.handle.0, Fr::from(first.get()), Fr::from(step.get())];
    ranges.iter().for_each(|r| list.extend([Fr::from(r.lo()), Fr::from(r.hi())]));
    list.extend(c.commitments);
    list.extend([c.binding, hash_to_field("blob", &c.ciphertext.0), hash_to_field("blob", &c.matching_key.0)]);
    list
}

/// Blobs by what they are; the rest is missing.
#[derive(Clone, Default)]
pub struct TestBlobs(pub BTreeMap<BlobHash, CiphertextStatus>);

impl Blobs for TestBlobs {
    fn plan_ciphertext(&self, hash: &BlobHash) -> CiphertextStatus {
        self.0.get(hash).copied().unwrap_or(CiphertextStatus::Missing)
    }
    fn of_length(&self, hash: &BlobHash, _: usize) -> CiphertextStatus {
        self.plan_ciphertext(hash)
    }
    fn get(&self, _: &BlobHash) -> Option<Vec<u8>> {
        None
    }
}

/// A signer's secret from a number.
pub fn signer(n: u8) -> ed25519_dalek::SigningKey {
    ed25519_dalek::SigningKey::from_bytes(&[n; 32])
}

pub fn public(n: u8) -> SigningKey {
    SigningKey(signer(n).verifying_key().to_bytes())
}

pub fn sign(n: u8, id: TransactionId) -> Seal {
    Seal::Signature(signer(n).sign(&SigningKey::message(id)).to_bytes())
}

pub fn encryption(n: u64) -> EncryptionKey {
    EncryptionKey::of_secret(&Scalar::from(n)).unwrap()
}

pub fn possession(n: u64, context: &[u8]) -> Possession {
    Possession::prove(&Scalar::from(n), &Scalar::from(n * 7919 + 1), context)
}

pub const REGULATOR: u8 = 1;
pub const MATCHER: u8 = 2;
pub const CHALLENGER: u8 = 90;
pub const ORDERER: u8 = 3;
/// Issuers' numbers; each signs with the key of 10 + its number.
pub const METER: IssuerId = IssuerId::ZERO;

pub fn issuer(n: u32) -> IssuerId {
    IssuerId::new(n).unwrap()
}

pub const START: u64 = 1_000_000;
pub const ROUND: u32 = 100;
pub const CONFIRM: u32 = 40;
/// Gate closure and delivery deadline after a cycle's opening.
pub const CLOSES: u64 = 1000;
pub const DUE: u64 = 2000;

pub fn cycle(n: u32) -> Cycle {
    Cycle::new(n).unwrap()
}

pub fn epoch(n: u32) -> Epoch {
    Epoch::new(n).unwrap()
}

pub fn market() -> MarketParameters {
    let price = |p| Price::new(p).unwrap();
    MarketParameters {
        grid: PriceGrid::new(price(300_000), price(7_500)).unwrap(),
        ranges: Ranges {
            volume: Range::new(0, 5000).unwrap(),
            reputation: Range::new(0, 100).unwrap(),
            place: Range::new(0, 10_000).unwrap(),
        },
        tolerance: PerMille::new(50).unwrap(),
        price_rule: PriceRule::Ask,
        max_rounds: 4,
        feed_in: price(300_000),
        retail: price(650_000),
    }
}

pub fn schedule(opens: u64) -> Schedule {
    Schedule {
        opens: Time(opens),
        round_seconds: ROUND,
        confirm_seconds: CONFIRM,
        closes: Time(opens + CLOSES),
        delivery_deadline: Time(opens + DUE),
    }
}

pub fn genesis(matching_key: &[u8]) -> Genesis {
    Genesis {
        name: [7; 32],
        time: Time(START),
        regulator: public(REGULATOR),
        matcher: public(MATCHER),
        terms_key: encryption(101),
        terms_possession: possession(101, b"terms"),
        audit_key: encryption(102),
        audit_possession: possession(102, b"audit"),
        matching_key: BlobHash::of(matching_key),
        verifying_keys: verifying_keys_digest(&TestVerifier),
        anchor_blocks: 5,
        anchor_cycles: 2,
        score_checks: 1000,
        matching: Matching::Open,
        deviation_key: protocol::transaction::genesis::NO_KEY,
        deviation_server_key: protocol::transaction::genesis::NO_KEY,
    }
}

pub const NOTE: Note = Note([9; NOTE_BYTES]);

/// A market in memory.
#[derive(Clone)]
pub struct World {
    pub state: State,
    pub blobs: TestBlobs,
    /// The next block's time.
    pub time: Time,
    fresh: u64,
}

impl World {
    /// Genesis only.
    pub fn empty() -> Self {
        World::of(&genesis(b"matching key"))
    }
    pub fn of(genesis: &Genesis) -> Self {
        let state = State::new(genesis);
        World { time: state.time(), state, blobs: TestBlobs::default(), fresh: 0 }
    }
    /// [`Self::open`] in mode masked, with one validator.
    pub fn masked() -> Self {
        let validators = Validators::new(1, &[public(CHALLENGER)]).unwrap();
        World::of(&Genesis { matching: Matching::Masked(validators), ..genesis(b"matching key") }).opened()
    }
    /// [`Self::open`] with a key for encrypted deviations.
    pub fn deviating() -> Self {
        let keys = (BlobHash([1; 32]), BlobHash([2; 32]));
        World::of(&Genesis { deviation_key: keys.0, deviation_server_key: keys.1, ..genesis(b"matching key") }).opened()
    }
    /// Epoch 1, cycle 1 from START on, metering services 0 and 1, desk 2.
    pub fn open() -> Self {
        World::empty().opened()
    }
    pub fn opened(self) -> Self {
        let mut w = self;
        w.accept(w.epoch_start(1));
        w.accept(w.cycle_start(1, START));
        for (n, role) in [(0, IssuerRole::MeteringService), (1, IssuerRole::MeteringService), (2, IssuerRole::Desk)] {
            w.accept(w.register(n, role));
        }
        w
    }
    /// A field element never used before.
    pub fn fr(&mut self) -> Fr {
        self.fresh += 1;
        hash_to_field("test-fresh", &self.fresh.to_le_bytes())
    }
    /// A point of prime order never used before, and no key.
    pub fn point(&mut self) -> Point {
        self.fresh += 1;
        encryption((1 << 40) + self.fresh).point()
    }
    /// The anchor that wallets would use.
    pub fn root(&self) -> protocol::tree::Root {
        self.state.tree().root()
    }

    // Sealing.

    pub fn id(&self, body: &Body) -> TransactionId {
        transaction_id(self.state.chain(), Height(1000), body)
    }
    /// A transaction that says this, rightly sealed.
    pub fn seal(&self, body: Body) -> Transaction {
        let (chain, expiry) = (self.state.chain(), Height(1000));
        let id = self.id(&body);
        let seal = match body.kind().authority() {
            Authority::Regulator => sign(REGULATOR, id),
            Authority::Matcher => sign(MATCHER, id),
            Authority::Issuer => sign(10 + issuer_of(&body).get() as u8, id),
            Authority::Challenger => sign(CHALLENGER, id),
            Authority::Relation(relation) => self.proved(id, &body, key_id(relation), self.second(id, &body, key_id)),
        };
        let seal = match seal {
            Seal::Signature(signature) if body.kind().is_issue() => {
                let key = key_id(RelationKind::Issue);
                let proof = prove(RelationKind::Issue, &self.inputs(&body, binding(id, key)));
                Seal::Issue { signature, key, proof }
            }
            seal => seal,
        };
        Transaction { chain, expiry, body, seal }
    }
    /// A proof of the body under this key; of a listing, beside this second one.
    pub fn proved(&self, id: TransactionId, body: &Body, key: VerifyingKeyId, second: Option<CiphertextSeal>) -> Seal {
        let Authority::Relation(relation) = body.kind().authority() else { panic!("sealed by a signature") };
        let proof = |binding| prove(relation, &self.inputs(body, binding));
        match second {
            Some(ciphertext) => Seal::Plan { key, proof: proof(listing_binding(id, key, &ciphertext)), ciphertext },
            None => Seal::Proof { key, proof: proof(binding(id, key)) },
        }
    }
    /// A listing's second proof.
    pub fn second(
        &self,
        id: TransactionId,
        body: &Body,
        keys: fn(RelationKind) -> VerifyingKeyId,
    ) -> Option<CiphertextSeal> {
        let (b, side) = match body {
            Body::SellPlan(b) => (b, Side::Sell),
            Body::BuyPlan(b) => (b, Side::Buy),
            _ => return None,
        };
        let (relation, commitments) = (RelationKind::ciphertext(side), [Fr::from(31u64), Fr::from(32u64)]);
        let inputs = CiphertextInputs {
            side,
            handle: b.handle,
            scale: (&market()).into(),
            commitments,
            binding: binding(id, keys(relation)),
            ciphertext: b.ciphertext,
            matching_key: self.state.genesis().matching_key,
        };
        Some(CiphertextSeal { key: keys(relation), commitments, proof: prove(relation, &written_out(&inputs)) })
    }
    /// The same listing with another second proof, and its own proof made for that.
    pub fn beside(&self, tx: &Transaction, ciphertext: CiphertextSeal) -> Transaction {
        let Seal::Plan { key, .. } = tx.seal else { panic!("not a listing") };
        Transaction { seal: self.proved(tx.id(), &tx.body, key, Some(ciphertext)), ..*tx }
    }
    /// The same, proved under another key.
    pub fn seal_under(&self, key: VerifyingKeyId, body: Body) -> Transaction {
        let mut tx = self.seal(body);
        let relation = body.kind().relation().expect("sealed by a proof");
        if let Seal::Issue { .. } = tx.seal {
            let proof = prove(relation, &self.inputs(&body, binding(tx.id(), key)));
            let (named, old) = proof_of(&mut tx);
            (*named, *old) = (key, proof);
            return tx;
        }
        let keys = if key == second_key(relation) { second_key } else { key_id };
        Transaction { seal: self.proved(tx.id(), &body, key, self.second(tx.id(), &body, keys)), ..tx }
    }
    pub fn bytes(&self, body: Body) -> Vec<u8> {
        self.seal(body).encode()
    }

    // Blocks.

    /// What a block of these bytes would do now.
    pub fn execute(&self, transactions: &[Vec<u8>]) -> Executed {
        let input = BlockInput { height: Height(self.state.height().0 + 1), time: self.time, transactions };
        execute(&self.state, input, &TestVerifier, &self.blobs).unwrap()
    }
    /// Executes a block of these bytes.
    pub fn block(&mut self, transactions: &[Vec<u8>]) -> Executed {
        let executed = self.execute(transactions);
        self.state = executed.state.clone();
        executed
    }
    /// Executes a block of one transaction.
    pub fn send(&mut self, body: Body) -> Result<(), Refusal> {
        let bytes = self.bytes(body);
        self.block(&[bytes]).receipts[0].outcome
    }
    pub fn accept(&mut self, body: Body) -> Executed {
        let bytes = self.bytes(body);
        let executed = self.block(&[bytes]);
        assert_eq!(executed.receipts[0].outcome, Ok(()), "{body:?}");
        executed
    }
    /// An empty block at `START + seconds`.
    pub fn at(&mut self, seconds: u64) -> Executed {
        self.time = Time(START + seconds);
        self.block(&[])
    }
    /// What this body would be refused for; and that then nothing but the receipt changes.
    pub fn refusal(&self, body: Body) -> Refusal {
        self.refusal_of(&self.bytes(body))
    }
    pub fn refusal_of(&self, bytes: &[u8]) -> Refusal {
        let executed = self.execute(&[bytes.to_vec()]);
        let refusal = executed.receipts[0].outcome.expect_err("it was accepted");
        let without = self.execute(&[]);
        assert_ne!(executed.state.root(), without.state.root(), "the receipt is in the state root");
        assert_eq!(executed.state.without_root(), without.state.without_root(), "{}", refusal.code());
        assert!(executed.compact.transactions.is_empty());
        refusal
    }

    // Stories.

    /// Lists a plan.
    pub fn list(&mut self, side: Side) -> Handle {
        let body = self.plan(side);
        self.accept(body);
        let (Body::SellPlan(b) | Body::BuyPlan(b)) = body else { unreachable!() };
        b.handle
    }
    /// Lists two plans, goes to the first cut-off, matches them.
    pub fn matched(&mut self) -> (MatchId, Handle, Handle) {
        let (sell, buy) = (self.list(Side::Sell), self.list(Side::Buy));
        self.at(u64::from(ROUND));
        (self.pair(0, sell, buy), sell, buy)
    }
    pub fn pair(&mut self, round: u8, sell: Handle, buy: Handle) -> MatchId {
        let body = self.pairing(round, sell, buy);
        self.accept(body);
        let Body::Match(b) = body else { unreachable!() };
        b.matching
    }
    pub fn confirmed(&mut self) -> (MatchId, Handle, Handle) {
        let (id, sell, buy) = self.matched();
        for (side, handle) in [(Side::Sell, sell), (Side::Buy, buy)] {
            let body = self.confirm(side, id, handle);
            self.accept(body);
        }
        (id, sell, buy)
    }
    pub fn delivered(&mut self) -> (MatchId, Handle, Handle) {
        let (id, sell, buy) = self.confirmed();
        for side in [Side::Sell, Side::Buy] {
            let body = self.deliver(side, id);
            self.accept(body);
        }
        (id, sell, buy)
    }
}

/// The first proof's key and bytes.
pub fn proof_of(tx: &mut Transaction) -> (&mut VerifyingKeyId, &mut [u8; PROOF_BYTES]) {
    match &mut tx.seal {
        Seal::Proof { key, proof } | Seal::Plan { key, proof, .. } | Seal::Issue { key, proof, .. } => (key, proof),
        Seal::Signature(_) => panic!("sealed by a signature"),
    }
}

/// Signed by another, or signed again after a change: the proof, if there is one, as it is.
pub fn resign(n: u8, tx: Transaction) -> Transaction {
    let Seal::Signature(signature) = sign(n, tx.id()) else { unreachable!() };
    let seal = match tx.seal {
        Seal::Issue { key, proof, .. } => Seal::Issue { signature, key, proof },
        Seal::Signature(_) => Seal::Signature(signature),
        Seal::Proof { .. } | Seal::Plan { .. } => panic!("sealed by a proof alone"),
    };
    Transaction { seal, ..tx }
}

/// Another proof under the same key.
pub fn spoil(tx: &mut Transaction, with: [u8; PROOF_BYTES]) {
    *proof_of(tx).1 = with;
}

pub fn issuer_of(body: &Body) -> IssuerId {
    match body {
        Body::Issue(b) => b.issuer,
        Body::Deliver(b) => b.issuer,
        Body::DeliveryAmount(b) => b.issuer,
        _ => METER,
    }
}
