//! The public inputs of a statement, in the form that verification needs.
//!
//! A batch needs only one thing of the inputs: their sum, each statement's times its weight. Some
//! statements have thousands of inputs that are a linear function of something shorter. Those never
//! write their inputs out: the short values are summed, and the function is applied once for the
//! whole batch.

use crate::blst_ffi::Weight;
use ark_bls12_381::Fr;
use ark_ff::AdditiveGroup;

/// The public inputs of one statement.
pub trait Inputs: Sync {
    /// A sum of inputs, each times a weight.
    type Sum: Clone + Send + Sync;

    /// Number of inputs.
    fn count(&self) -> usize;
    /// A digest that determines these inputs: nobody finds other inputs with the same digest.
    fn digest(&self) -> [u8; 32];
    /// The empty sum.
    fn none(&self) -> Self::Sum;
    /// `sum += weight x inputs`, `sum` being of inputs for the same verifying key.
    fn add(&self, sum: &mut Self::Sum, weight: Weight);
    /// `sum += other`.
    fn join(sum: &mut Self::Sum, other: &Self::Sum);
    /// The sum written out, [`Self::count`] field elements.
    fn list(sum: Self::Sum) -> Vec<Fr>;
}

/// Inputs in the circuit's order.
impl Inputs for [Fr] {
    type Sum = Vec<Fr>;

    fn count(&self) -> usize {
        self.len()
    }
    fn digest(&self) -> [u8; 32] {
        // The bytes are those in memory. That form is one to one, too, and these digests never
        // leave the process.
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
    fn join(sum: &mut Vec<Fr>, other: &Vec<Fr>) {
        sum.iter_mut().zip(other).for_each(|(s, x)| *s += x);
    }
    fn list(sum: Vec<Fr>) -> Vec<Fr> {
        sum
    }
}
