//! The recovery key, which replaces the regulator's signing key and signs nothing else. Its holder
//! keeps it offline, and needs no ledger to use it.

use crate::seal::Signer;
use protocol::ids::{ChainId, Generation, Height, Serial};
use protocol::signing::SigningKey;
use protocol::transaction::body::{NewKeys, RotateKey};
use protocol::transaction::{Body, Transaction};

/// The transaction that puts a new signing key of the regulator in force. `generation` says how often
/// the regulator's key was replaced before (`ledger::State::generation`).
pub fn replace_regulator(
    recovery: &Signer,
    chain: ChainId,
    generation: Generation,
    key: SigningKey,
    expiry: Height,
) -> Transaction {
    let serial = Serial(u64::from(generation.0) + 1);
    recovery.seal(chain, expiry, Body::RotateKey(RotateKey { serial, key, of: NewKeys::Regulator }))
}
