#![doc = include_str!("../README.md")]
#![deny(missing_docs)]

mod batch;
mod blst_ffi;
mod error;
mod inputs;
mod parallel;
pub mod pins;
mod proof;
mod verify;
mod verifying_key;

#[cfg(feature = "prove")]
pub mod gadget;
#[cfg(feature = "prove")]
pub mod hunt;
#[cfg(feature = "prove")]
mod key_store;
#[cfg(feature = "prove")]
mod msm;
#[cfg(feature = "prove")]
mod prove;
#[cfg(feature = "prove")]
pub mod relation;
#[cfg(feature = "prove")]
pub mod setup;

pub use ark_bls12_381::Fr;
pub use batch::{verify_batch, Item};
pub use blst_ffi::Weight;
pub use error::{PinError, PointError, VerifyError};
pub use inputs::Inputs;
pub use parallel::{map_chunks, threads};
pub use proof::{Proof, PROOF_BYTES};
pub use verify::{verify, PreparedVerifyingKey};
pub use verifying_key::{KeyId, VerifyingKey};

#[cfg(feature = "prove")]
pub use {
    error::{KeyError, ProveError},
    key_store::KeyStore,
    prove::prove,
    relation::Relation,
    setup::ProvingKey,
};
