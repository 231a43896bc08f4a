//! The inputs of claims, with the values that they follow from at hand, and their sums in a batch.

use super::CiphertextInputs;
use circuits::{Inputs, Weight};
use fhe_matcher::binding::{Context, FoldedInputs, FoldedSum};
use fhe_matcher::ciphertext::PlanCiphertext;
use fhe_matcher::key::MatchingPublicKey;
use protocol::ids::{BlobHash, VerifyingKeyId};
use protocol::relation::plan_ciphertext;
use protocol::Fr;
use std::collections::btree_map::{BTreeMap, Entry};
use std::sync::Arc;

/// The inputs of one claim.
pub(super) enum KnownInputs {
    /// In the circuit's order.
    Listed(Vec<Fr>),
    /// The inputs of relation 11, under the matching key of this hash.
    Ciphertext(Box<FoldedInputs>, BlobHash, Arc<MatchingPublicKey>),
}

/// A sum of inputs for one verifying key: one sum of the listed inputs, and for each matching key
/// and side one of the others.
#[derive(Clone)]
pub(super) struct InputSum {
    listed: Vec<Fr>,
    folded: BTreeMap<(BlobHash, u8), (FoldedSum, Arc<MatchingPublicKey>)>,
}

impl CiphertextInputs {
    /// The inputs under a verifying key. Computing them takes a millisecond.
    pub(super) fn fold(
        &self,
        under: VerifyingKeyId,
        key: Arc<MatchingPublicKey>,
        ciphertext: &PlanCiphertext,
    ) -> KnownInputs {
        let CiphertextInputs { side, handle, scale, binding, .. } = *self;
        let context = Context { verifying_key: under.0, key: &key, scale, binding, handle, side };
        let folded = FoldedInputs::new(&context, ciphertext, &self.commitments);
        KnownInputs::Ciphertext(Box::new(folded), self.matching_key, key)
    }
}

impl Inputs for KnownInputs {
    type Sum = InputSum;

    fn count(&self) -> usize {
        match self {
            KnownInputs::Listed(inputs) => inputs.len(),
            KnownInputs::Ciphertext(..) => plan_ciphertext::INPUTS,
        }
    }
    fn digest(&self) -> [u8; 32] {
        match self {
            KnownInputs::Listed(inputs) => inputs.digest(),
            // The name is a hash of the matching key too.
            KnownInputs::Ciphertext(folded, ..) => folded.name(),
        }
    }
    fn none(&self) -> InputSum {
        InputSum { listed: vec![Fr::from(0u64); self.count()], folded: BTreeMap::new() }
    }
    fn add(&self, sum: &mut InputSum, weight: Weight) {
        match self {
            KnownInputs::Listed(inputs) => inputs.add(&mut sum.listed, weight),
            KnownInputs::Ciphertext(folded, hash, key) => {
                let (sum, _) =
                    sum.folded.entry((*hash, folded.side() as u8)).or_insert_with(|| (folded.none(), key.clone()));
                folded.add(sum, weight.get());
            }
        }
    }
    fn join(sum: &mut InputSum, other: &InputSum) {
        <[Fr] as Inputs>::join(&mut sum.listed, &other.listed);
        for (of, (other, key)) in &other.folded {
            match sum.folded.entry(*of) {
                Entry::Vacant(place) => {
                    place.insert((other.clone(), key.clone()));
                }
                Entry::Occupied(mut sum) => sum.get_mut().0.join(other),
            }
        }
    }
    fn list(sum: InputSum) -> Vec<Fr> {
        sum.folded.into_values().fold(sum.listed, |mut total, (sum, key)| {
            <[Fr] as Inputs>::join(&mut total, &sum.list(&key));
            total
        })
    }
}
