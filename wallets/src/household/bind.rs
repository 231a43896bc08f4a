//! A plan's ciphertext, and the proof that it encrypts what the plan commits to: relation 11.

use super::{Error, Wallet};
use crate::prover::{Instance, Prover};
use crate::seal::blinding;
use fhe_matcher::binding::{prove, Context, Proved};
use fhe_matcher::block::Block;
use fhe_matcher::ciphertext::{encrypt_with_randomness, PlanCiphertext, Randomness};
use protocol::relation::plan_ciphertext::{
    BidOpening, BuyCiphertextWitness, OfferOpening, PlanCiphertext as Statement, Scale, SellCiphertextWitness,
};
use protocol::relation::RelationKind;
use protocol::transaction::body::ListPlan;
use protocol::transaction::{binding, transaction_id, Body, CiphertextSeal};
use protocol::units::Side;
use rand_core::{CryptoRng, RngCore};

/// A plan's block, encrypted under the matching key, with the randomness that its proof needs. Not
/// printable.
pub(super) struct Encrypted {
    block: Block,
    ciphertext: PlanCiphertext,
    randomness: Randomness,
}

impl Encrypted {
    /// The ciphertext's bytes, as the ledger keeps them.
    pub fn blob(&self) -> Vec<u8> {
        self.ciphertext.to_bytes()
    }
}

/// The opening of a plan's block.
pub(super) enum Opening {
    Offer(Box<OfferOpening>),
    Bid(Box<BidOpening>),
}

impl Wallet {
    pub(super) fn encrypted(&self, block: Block, rng: &mut (impl RngCore + CryptoRng)) -> Encrypted {
        let (ciphertext, randomness) = encrypt_with_randomness(self.watch.parameters.matching_key(), &block, rng);
        Encrypted { block, ciphertext, randomness }
    }

    /// Proves that a listing's ciphertext encrypts what the listing commits to. None, once in 10^8,
    /// when the noise is too long to be proved. Then the caller makes the ciphertext anew and never
    /// shows this one.
    pub(super) fn bind(
        &self,
        prover: &dyn Prover,
        mut rng: &mut (impl RngCore + CryptoRng),
        body: &Body,
        plan: &ListPlan,
        encrypted: &Encrypted,
        opening: Opening,
    ) -> Result<Option<CiphertextSeal>, Error> {
        let side = match &opening {
            Opening::Offer(_) => Side::Sell,
            Opening::Bid(_) => Side::Buy,
        };
        let key = self.key_for(prover, RelationKind::ciphertext(side), body)?;
        let binding = binding(transaction_id(self.watch.parameters.chain(), self.expiry(), body), key);
        let scale = Scale::from(&self.watch.cycle(plan.cycle)?.market);
        let handle = plan.handle;
        let matching_key = self.watch.parameters.matching_key();
        let context = Context { verifying_key: key.0, key: matching_key, scale, binding, handle, side };
        let Encrypted { block, ciphertext, randomness } = encrypted;
        let blindings = [blinding(rng), blinding(rng)];
        let Some(Proved { commitments, challenge, encryption }) =
            prove(&context, ciphertext, block, randomness, blindings)
        else {
            return Ok(None);
        };
        let statement = Statement { handle, scale, commitments, challenge, binding };
        let mut sealed = |instance: Instance<'_>| {
            instance.check()?;
            prover.prove(key, &instance, &mut rng)
        };
        let proof = match opening {
            Opening::Offer(opening) => {
                sealed(Instance::SellCiphertext(&statement, &SellCiphertextWitness { opening: *opening, encryption }))
            }
            Opening::Bid(opening) => {
                sealed(Instance::BuyCiphertext(&statement, &BuyCiphertextWitness { opening: *opening, encryption }))
            }
        }?;
        Ok(Some(CiphertextSeal { key, commitments, proof }))
    }
}
