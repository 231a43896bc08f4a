//! A listing's matching ciphertext and its second proof. Where proofs are made up, any ciphertext
//! serves, and the proof is good only for its own statement. Where proofs are real, both are real.

use super::*;
use fhe_matcher::binding::{prove, Context, Proved};
use fhe_matcher::block::Block;
use fhe_matcher::ciphertext::{encrypt_with_randomness, PlanCiphertext, Randomness};
use ledger::CiphertextInputs;
use protocol::relation::plan_ciphertext::{
    BidOpening, BuyCiphertextWitness, OfferOpening, PlanCiphertext as Statement, Scale, SellCiphertextWitness,
};
use protocol::relation::RelationKind;
use wallets::prover::{Instance, Prover};

/// The opened contents of a block.
pub(super) enum Contents {
    Offer(Box<OfferOpening>),
    Bid(Box<BidOpening>),
}

/// A real ciphertext.
pub(super) struct Encrypted {
    block: Block,
    ciphertext: PlanCiphertext,
    randomness: Randomness,
}

impl Forge {
    /// The blob that a listing names.
    pub(super) fn blob(&mut self, tx: &Tx, block: Block) -> (BlobHash, Option<Encrypted>) {
        match (tx.flaw, &self.matching_key) {
            (Flaw::Ciphertext, _) => (self.wrong_blob(tx, self.ciphertexts.threshold), None),
            (Flaw::Absent, _) => (self.ciphertexts.absent, None),
            // the version named may be the right one
            (Flaw::None | Flaw::Version(_) | Flaw::Superseded, Some(key)) if tx.provable => {
                let (ciphertext, randomness) = encrypt_with_randomness(key, &block, &mut self.rng);
                let bytes = ciphertext.to_bytes();
                let hash = BlobHash::of(&bytes);
                self.blobs.insert(hash, Arc::new(bytes));
                (hash, Some(Encrypted { block, ciphertext, randomness }))
            }
            _ => (self.ciphertexts.good, None),
        }
    }

    /// A blob of the wrong kind: bytes of no kind, or, where it is here, `other` of another kind.
    pub(super) fn wrong_blob(&self, tx: &Tx, other: BlobHash) -> BlobHash {
        let there = self.genesis.deviation().is_some() && tx.name.is_multiple_of(2);
        if there {
            other
        } else {
            self.ciphertexts.bad
        }
    }
    /// The blob that a step of an encrypted deviation names.
    pub(super) fn deviation_blob(&self, tx: &Tx, right: BlobHash) -> BlobHash {
        match tx.flaw {
            Flaw::Ciphertext => self.wrong_blob(tx, self.ciphertexts.good),
            Flaw::Absent => self.ciphertexts.absent,
            _ => right,
        }
    }

    /// A listing's second proof.
    pub(super) fn second(
        &mut self,
        tx: &Tx,
        body: &Body,
        scale: Scale,
        contents: Contents,
        encrypted: Option<Encrypted>,
    ) -> CiphertextSeal {
        let (Body::SellPlan(b) | Body::BuyPlan(b)) = body else { panic!("not a listing") };
        let side = if matches!(contents, Contents::Offer(_)) { Side::Sell } else { Side::Buy };
        let relation = RelationKind::ciphertext(side);
        let key = self.proofs.key_id(KeyName { of: relation, version: tx.second });
        let (handle, binding) = (b.handle, binding(transaction_id(self.chain(tx), Height(tx.expiry), body), key));
        let (mut commitments, mut proof) = ([Fr::from(1u64), Fr::from(2u64)], [0; PROOF_BYTES]);
        match (self.proofs.clone(), encrypted) {
            (Proofs::Native(verifier), _) => {
                let (ciphertext, matching_key) = (b.ciphertext, self.genesis.matching_key);
                let inputs = CiphertextInputs { side, handle, scale, commitments, binding, ciphertext, matching_key };
                proof = verifier.keep_ciphertext(key, &inputs);
            }
            (Proofs::Real(prover, ..), Some(Encrypted { block, ciphertext, randomness })) => {
                let matching_key = self.matching_key.clone().expect("it was encrypted under it");
                let context = Context { verifying_key: key.0, key: &matching_key, scale, binding, handle, side };
                let blindings = [self.fr(), self.fr()];
                let proved = prove(&context, &ciphertext, &block, &randomness, blindings);
                let Proved { challenge, encryption, commitments: c } = proved.expect("once in 10^8 it is too long");
                commitments = c;
                let statement = Statement { handle, scale, commitments, challenge, binding };
                let mut made = |instance: Instance<'_>| {
                    instance.check().unwrap();
                    prover.prove(key, &instance, &mut self.rng).unwrap()
                };
                proof = match contents {
                    Contents::Offer(o) => {
                        let witness = SellCiphertextWitness { opening: *o, encryption };
                        made(Instance::SellCiphertext(&statement, &witness))
                    }
                    Contents::Bid(o) => {
                        let witness = BuyCiphertextWitness { opening: *o, encryption };
                        made(Instance::BuyCiphertext(&statement, &witness))
                    }
                };
            }
            (Proofs::Real(..), None) => {}
        }
        if tx.flaw == Flaw::Second {
            commitments.reverse();
        }
        CiphertextSeal { key, commitments, proof }
    }
}
