//! Makes transactions from their contents: openings, statements, witnesses, seals. The secrets of
//! all parties are at hand.

mod ciphertext;
mod household;
mod operator;
mod payments;

use crate::action::*;
use crate::model::{Model, ANCHOR_BLOCKS, ANCHOR_CYCLES, CAP, EXIT_EPOCHS, EXPIRY_STEP, REST_WINDOW, TERMS, VALIDITY};
use crate::openings::*;
use crate::proofs::Proofs;
use crate::provable::Known;
use crate::world::Given;
use ark_ff::UniformRand;
use fhe_matcher::key::MatchingPublicKey;
use ledger::{verifying_keys_digest, State};
use protocol::elgamal::dleq::Equality;
use protocol::elgamal::Point;
use protocol::ids::{BlobHash, ChainId, Height, TransactionId, VerifyingKeyId};
use protocol::market_parameters::{MarketParameters, PriceGrid};
use protocol::record::delivery::Delivery;
use protocol::record::Nullifier;
use protocol::relation::check::{Ephemeral, Owner};
use protocol::terms::{Imbalance, Terms};
use protocol::transaction::body::{Note, NOTE_BYTES};
use protocol::transaction::genesis::{Genesis, NO_KEY};
use protocol::transaction::limits::Limits;
use protocol::transaction::validators::MatchingMode;
use protocol::transaction::*;
use protocol::tree::{Path, Root, Tree};
use protocol::units::*;
use protocol::Fr;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use std::collections::BTreeMap;
use std::sync::Arc;
use testkit::fixture;
use testkit::keys::{encryption, shared, PLAN};
use testkit::native::Claim;
use testkit::units::{cycle, epoch, issuer, price, wh};
use wallets::household::conservation::{Books, Flow};
use wallets::seal::{DecryptionKey, Signer};

pub const HOUSEHOLDS: usize = 3;
const NOTE: Note = Note([0; NOTE_BYTES]);

/// Matching ciphertexts are opaque to the ledger but for being canonical: one of each sort is
/// enough.
#[derive(Clone, Copy)]
pub struct Ciphertexts {
    pub good: BlobHash,
    pub bad: BlobHash,
    /// Not here.
    pub absent: BlobHash,
    /// The deviation key, and of its ciphertexts a match's threshold, a seller's and a buyer's
    /// reading, a result: noise of the right lengths.
    pub deviation_key: BlobHash,
    pub threshold: BlobHash,
    pub deliveries: [BlobHash; 2],
    pub result: BlobHash,
}

/// The parameters of a cycle's terms.
pub fn market(terms: usize) -> MarketParameters {
    let t = &TERMS[terms];
    MarketParameters {
        grid: PriceGrid::new(price(t.first), price(t.step)).unwrap(),
        tolerance: PerMille::new(t.tolerance as u16).unwrap(),
        max_rounds: t.rounds,
        feed_in: price(t.feed_in),
        retail: price(t.retail),
        ..fixture::market()
    }
}

/// The terms beside them.
pub fn terms_of(terms: usize) -> Terms {
    let t = &TERMS[terms];
    Terms {
        penalty: price(t.penalty),
        least_lot: wh(t.least_lot),
        greatest_energy: wh(t.greatest_energy),
        imbalance: Imbalance::Operator,
    }
}

pub fn signer(n: u8) -> Signer {
    Signer::from_bytes([n; 32])
}

fn secret(n: u64) -> DecryptionKey {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&n.to_le_bytes());
    DecryptionKey::from_bytes(&bytes).unwrap()
}

/// The key number of an issuer: no other is ever accepted.
pub fn issuer_key(issuer: u32) -> u8 {
    10 + issuer as u8
}

/// The decryption key of number `n`; the first two are the genesis's.
fn decryption_key(n: u8) -> DecryptionKey {
    secret(if n < 2 { 101 } else { 1000 } + u64::from(n))
}

#[derive(Clone)]
pub struct Forge {
    pub genesis: Genesis,
    pub proofs: Proofs,
    pub openings: Openings,
    pub books: Books,
    flows: BTreeMap<TransactionId, Flow>,
    households: Arc<Vec<Household>>,
    pub ciphertexts: Ciphertexts,
    /// The key that plans are encrypted under; only where proofs are real.
    matching_key: Option<Arc<MatchingPublicKey>>,
    pub blobs: BTreeMap<BlobHash, Arc<Vec<u8>>>,
    rng: ChaCha20Rng,
    /// The tree after every block with its root, by its number of leaves.
    trees: BTreeMap<u64, Arc<(Tree, Root)>>,
}

impl Forge {
    pub fn new(proofs: Proofs, given: &Given, matching_mode: MatchingMode, deviating: bool) -> Self {
        let (ciphertexts, matching_key) = (given.ciphertexts(), given.matching_key.as_slice());
        let key = |hash| if deviating { hash } else { NO_KEY };
        let rng = ChaCha20Rng::seed_from_u64(7);
        let genesis = Genesis {
            matching_key: BlobHash::of(matching_key),
            verifying_keys: verifying_keys_digest(proofs.verifier().as_ref()),
            anchor_blocks: ANCHOR_BLOCKS as u32,
            anchor_cycles: ANCHOR_CYCLES as u32,
            matching_mode,
            deviation_key: key(ciphertexts.deviation_key),
            deviation_server_key: key(BlobHash([2; 32])),
            limits: Limits {
                rest_window: REST_WINDOW,
                exit_epochs: EXIT_EPOCHS,
                expiry_step: EXPIRY_STEP as u32,
                validity: VALIDITY as u32,
                ..Limits::default()
            },
            ..fixture::genesis()
        };
        let households = Arc::new((0..HOUSEHOLDS).map(Household::new).collect());
        let (openings, books) = (Openings::default(), Books::default());
        let tree = Tree::new();
        let trees = BTreeMap::from([(0, Arc::new((tree.clone(), tree.root())))]);
        let deviations = given.deviations.iter().map(|bytes| (BlobHash::of(bytes), Arc::new(bytes.clone())));
        let (flows, blobs) = (BTreeMap::new(), if deviating { deviations.collect() } else { BTreeMap::new() });
        let key = || Arc::new(MatchingPublicKey::from_bytes(matching_key).unwrap());
        let matching_key = matches!(proofs, Proofs::Real(..)).then(key);
        Forge { genesis, proofs, openings, books, flows, households, ciphertexts, matching_key, blobs, rng, trees }
    }

    /// Takes note of the ledger's state after a block.
    pub fn see(&mut self, state: &State) {
        let tree = state.tree();
        self.trees.entry(tree.len()).or_insert_with(|| Arc::new((tree.clone(), tree.root())));
    }
    /// The number of leaves of a root at some block's end.
    pub fn leaves_of(&self, root: &Root) -> u64 {
        *self.trees.iter().rev().find(|(_, tree)| tree.1 == *root).expect("a root of this chain").0
    }
    /// Notes a record's position in the tree.
    pub fn place(&mut self, name: Name, position: protocol::tree::Position) {
        let leaf = self.openings.leaves.get_mut(&name).unwrap();
        let nk = self.households[leaf.owner].owner.nk();
        leaf.placed = Some((position, protocol::record::nullifier(nk, leaf.commitment, position)));
    }

    /// Whether an honest prover could make this.
    pub fn provable(&self, model: &Model, action: &Action) -> bool {
        let pairing = |name: Name| self.openings.matches.get(&name).map(|(p, _)| *p);
        let listing = |name: Name| self.openings.plans.get(&name).map(|p| p.listing);
        let delivers = |name: Name, match_id: Name, side: Side, amount: u64| {
            let of = |d: &Delivery| *d == Delivery { blinding: d.blinding, ..self.delivery(match_id, side, amount) };
            self.openings.deliveries.get(&name).is_none_or(of)
        };
        model.provable(action, &Known { pairing: &pairing, listing: &listing, delivers: &delivers })
    }

    /// Makes the bytes of a transaction, and notes the first transaction with its id.
    pub fn make(&mut self, model: &Model, tx: &mut Tx) -> Vec<u8> {
        if let Action::Scores { cycle, round, buy, right, .. } = &mut tx.action {
            *right &= self.right_scores(model, (*cycle, *round, *buy)).is_some();
        }
        if let Action::Contest { posted, .. } = &mut tx.action {
            *posted = self.first_posted(*posted);
        }
        let mut transaction = self.transaction(model, tx);
        if tx.flaw == Flaw::Weak {
            self.weaken(tx, &mut transaction.body);
        }
        match (&tx.action, &transaction.body) {
            (Action::List(b), Body::SellPlan(p) | Body::BuyPlan(p)) if !model.plans.contains_key(&b.handle) => {
                self.openings.points.insert(b.handle, p.c1);
            }
            (Action::Match(b), Body::Match(m)) if !model.trades.contains_key(&b.match_id) => {
                self.openings.points.insert(b.match_id, m.c1);
            }
            _ => {}
        }
        tx.posted = self.first_posted(tx.name);
        tx.same = *self.openings.ids.entry(transaction.id()).or_insert(tx.name);
        let mut bytes = transaction.encode();
        match tx.flaw {
            Flaw::Cut => bytes.truncate(bytes.len() - 1),
            Flaw::Long => bytes.resize(MAX_BYTES + 1, 0),
            _ => {}
        }
        bytes
    }

    /// The first transaction with the digest that this one has: of scores, where they are asked
    /// for.
    fn first_posted(&self, name: Name) -> Name {
        let digests = &self.openings.digests;
        let same = |digest| digests.iter().find(|(_, other)| *other == digest).map(|(first, _)| *first);
        digests.get(&name).and_then(same).unwrap_or(name)
    }
    fn chain(&self, tx: &Tx) -> ChainId {
        if tx.flaw == Flaw::Chain {
            ChainId([9; 32])
        } else {
            self.genesis.chain()
        }
    }
    /// The expiry under which a transaction is sealed. One that is altered afterwards is sent with
    /// another.
    fn sealed_expiry(tx: &Tx) -> Height {
        Height(tx.expiry + u64::from(tx.flaw == Flaw::Altered))
    }
    /// Seals with a signature.
    fn signed(&self, tx: &Tx, key: u8, body: Body) -> Transaction {
        // The regulator's key is the stranger's key for the matching node, and the reverse.
        let key = if tx.flaw == Flaw::Stranger { 1 + u8::from(key == 1) } else { key };
        let key = match (tx.flaw, key) {
            (Flaw::Stranger, key) => key,
            (_, 1) => key_after(Operator::Regulator, tx.signed_by),
            (_, 2) => key_after(Operator::Matcher, tx.signed_by),
            (_, key @ 10..) => key_after(Operator::Issuer(u32::from(key) - 10), tx.signed_by),
            (_, key) => key,
        };
        let mut signed = signer(key).seal(self.chain(tx), Self::sealed_expiry(tx), body);
        signed.expiry = Height(tx.expiry);
        if let (Flaw::Seal, Seal::Signature(bytes)) = (tx.flaw, &mut signed.seal) {
            bytes[5] ^= 1;
        }
        signed
    }
    /// Seals with a proof.
    fn proved(&mut self, tx: &Tx, body: Body, claim: impl FnOnce(Fr) -> Claim) -> Transaction {
        self.proved_beside(tx, body, None, claim)
    }
    /// Seals with a proof; a listing's with its second one beside it.
    fn proved_beside(
        &mut self,
        tx: &Tx,
        body: Body,
        second: Option<CiphertextSeal>,
        claim: impl FnOnce(Fr) -> Claim,
    ) -> Transaction {
        let bound = move |id, under| match &second {
            Some(second) => listing_binding(id, under, second),
            None => binding(id, under),
        };
        let made = self.proved_bound(tx, body, bound, claim);
        match (second, made.seal) {
            (Some(ciphertext), Seal::Proof { key, proof }) => {
                Transaction { seal: Seal::Plan { key, proof, ciphertext }, ..made }
            }
            _ => made,
        }
    }
    /// Seals with a proof that is bound so.
    fn proved_bound(
        &mut self,
        tx: &Tx,
        body: Body,
        bound: impl FnOnce(TransactionId, VerifyingKeyId) -> Fr,
        claim: impl FnOnce(Fr) -> Claim,
    ) -> Transaction {
        let (chain, expiry) = (self.chain(tx), Height(tx.expiry));
        let relation = body.kind().relation().expect("signed");
        let key = self.proofs.key_id(KeyName { of: relation, version: tx.version });
        let under = match tx.flaw {
            Flaw::Renamed => self.proofs.key_id(KeyName { of: relation, version: u8::from(tx.version == 0) }),
            _ => key,
        };
        let id = transaction_id(chain, Self::sealed_expiry(tx), &body);
        let mut proof = self.proofs.prove(claim(bound(id, under)), under, &mut self.rng);
        if tx.flaw == Flaw::Seal {
            proof = [1; PROOF_BYTES];
        }
        Transaction { chain, expiry, body, seal: Seal::Proof { key, proof } }
    }
    /// Seals what issues a record with both.
    fn issued(&mut self, tx: &Tx, by: u8, body: Body, claim: impl FnOnce(Fr) -> Claim) -> Transaction {
        let proved = self.proved(tx, body, claim);
        let signed = self.signed(tx, by, body);
        let (Seal::Proof { key, mut proof }, Seal::Signature(signature)) = (proved.seal, signed.seal) else {
            panic!("one of each")
        };
        if tx.flaw == Flaw::Second {
            proof = [1; PROOF_BYTES];
        }
        Transaction { seal: Seal::Issue { signature, key, proof }, ..signed }
    }

    /// The delivery record of a match's side, but for its blinding.
    fn delivery(&self, match_id: Name, side: Side, amount: u64) -> Delivery {
        let match_id = self.match_id(match_id).0;
        Delivery { match_id, side: Fr::from(side as u8), amount: Fr::from(amount), blinding: Fr::from(0u64) }
    }
    /// The point that the plans' key shares with a match's first half, and the proof of it.
    fn shared(&self, match_id: Name, secret: u64, id: &[u8]) -> (Point, Equality) {
        let base = self.openings.points.get(&match_id).copied();
        shared(secret, base.unwrap_or(encryption(PLAN).point()), id)
    }

    fn fr(&mut self) -> Fr {
        Fr::rand(&mut self.rng)
    }
    fn ephemeral(&mut self) -> Ephemeral {
        Ephemeral::random(&mut self.rng)
    }
    /// The owner whose key makes the proof.
    fn owner(&self, tx: &Tx, who: Who) -> Owner {
        let who = if tx.flaw == Flaw::Stranger { (who + 1) % HOUSEHOLDS } else { who };
        self.households[who].owner.clone()
    }
    /// The amount that a dishonest wallet adds to its records.
    fn extra(tx: &Tx) -> Fr {
        Fr::from(u64::from(tx.flaw == Flaw::Inflated))
    }
    fn root(&self, anchor: u64) -> Root {
        // Between blocks there is no public root.
        self.trees.get(&anchor).map_or(Root(Fr::from(anchor)), |tree| tree.1)
    }
    /// A record as a relation spends it: its path and nullifier. A record outside the tree has a
    /// path to no root.
    fn spend(&self, leaf: &Leaf, owner: &Owner, anchor: u64) -> (Path, Nullifier) {
        let tree = self.trees.get(&anchor);
        let path = leaf.placed.and_then(|(position, _)| tree?.0.path(position));
        let path = path.unwrap_or_else(|| Path::dummy(leaf.commitment.0));
        let nullifier = leaf.placed.map_or_else(|| owner.nullifier(leaf.commitment, &path), |(_, nullifier)| nullifier);
        (path, nullifier)
    }
    fn keep(&mut self, name: Name, owner: Who, opening: Opening) -> protocol::record::Commitment {
        let commitment = opening.commitment();
        self.openings.leaves.insert(name, Leaf { opening, commitment, owner, placed: None });
        commitment
    }
    /// Notes the effect of a transaction on the sums, should it be accepted.
    fn announce(&mut self, transaction: &Transaction, flow: Option<Flow>) {
        self.flows.extend(flow.map(|flow| (transaction.id(), flow)));
    }
    /// Books an accepted transaction.
    pub fn accepted(&mut self, id: &TransactionId) {
        self.flows.remove(id).into_iter().for_each(|flow| self.books.book(flow));
    }
}

impl Forge {
    /// Makes a listing's key weak, or uses the buy plan's point again for a match; otherwise nobody
    /// can open what is encrypted.
    fn weaken(&self, tx: &Tx, body: &mut Body) {
        let odd = tx.name % 2 == 1;
        match (tx.action, &mut *body) {
            (_, Body::SellPlan(b) | Body::BuyPlan(b)) if odd => {
                b.plan_key = Point { x: Fr::from(0u64), y: -Fr::from(1u64) };
            }
            (Action::Match(of), Body::Match(b)) if odd => {
                b.c1 = self.openings.points.get(&of.buy).copied().unwrap_or(b.c1);
            }
            _ => encrypt_to_nobody(body),
        }
    }
}

/// Puts the identity where the first half of the ciphertexts is.
fn encrypt_to_nobody(body: &mut Body) {
    let c1 = match body {
        Body::SellPlan(b) | Body::BuyPlan(b) => &mut b.c1,
        Body::ConfirmSell(b) | Body::ConfirmBuy(b) => &mut b.c1,
        Body::Surplus(b) => &mut b.c1,
        Body::Shortfall(b) => &mut b.c1,
        Body::Withdraw(b) => &mut b.c1,
        Body::IssueCredential(b) => &mut b.deposit.c1,
        Body::Match(b) => &mut b.c1,
        Body::Deliver(b) => &mut b.c1,
        Body::IssueMetered(b) => &mut b.c1,
        _ => panic!("nothing is encrypted in it"),
    };
    *c1 = Point { x: Fr::from(0u64), y: Fr::from(1u64) };
}
