//! A statement's public inputs, as verification takes them.
//!
//! Of a batch only one thing is needed of the inputs: their sum, each statement's times its weight. So a statement with
//! thousands of inputs that are a linear function of something shorter never writes them out: the sums are of what is
//! short, and the function is applied once for the whole batch.

use crate::blst_ffi::Weight;
use ark_bls12_381::Fr;
use ark_ff::AdditiveGroup;

/// The public inputs of one statement.
pub trait Inputs: Sync {
    /// A sum of inputs, each times a weight.
    type Sum: Send;

    /// How many inputs there are.
    fn count(&self) -> usize;
    /// A name of these inputs, which are what follows from it: nobody finds other inputs of that name.
    fn digest(&self) -> [u8; 32];
    /// The sum of none.
    fn none(&self) -> Self::Sum;
    /// `sum += weight x inputs`, `sum` being of inputs for the same verifying key.
    fn add(&self, sum: &mut Self::Sum, weight: Weight);
    /// `sum += other`.
    fn join(sum: &mut Self::Sum, other: Self::Sum);
    /// The sum, input by input: [`Self::count`] of them.
    fn list(sum: Self::Sum) -> Vec<Fr>;
}

/// Inputs in the circuit's order.
impl Inputs for [Fr] {
    type Sum = Vec<Fr>;

    fn count(&self) -> usize {
        self.len()
    }
    fn digest(&self) -> [u8; 32] {
        // In the form in which they lie in memory: it is one to one too, and nobody else sees these digests.
        let bytes: Vec<u8> = self.iter().flat_map(|x| x.0 .0).flat_map(u64::to_le_bytes).collect();
        blake3::hash(&bytes).into()
    }
    fn none(&self) -> Vec<Fr> {
        vec![Fr::ZERO; self.len()]
    }
    fn add(&self, sum: &mut Vec<Fr>, weight: Weight) {
        let weight = Fr::from(weight.get());
        sum.iter_mut().zip(self).for_each(|(s, x)| *s += weight * x);
    }
    fn join(sum: &mut Vec<Fr>, other: Vec<Fr>) {
        sum.iter_mut().zip(other).for_each(|(s, x)| *s += x);
    }
    fn list(sum: Vec<Fr>) -> Vec<Fr> {
        sum
    }
}
