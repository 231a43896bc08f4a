//! The relations of Veilgrid as Groth16 circuits: gadgets, keys, proving, verifying, batching.
//!
//! Default features are what a validator needs: verifying keys, proofs, (batch) verification. Feature `prove` adds the
//! gadgets, the key generation and the prover, for wallets and tests.
#![deny(missing_docs)]

#[cfg(feature = "prove")]
pub mod gadget;
#[cfg(feature = "prove")]
pub mod relation;

pub use ark_bls12_381::Fr;
