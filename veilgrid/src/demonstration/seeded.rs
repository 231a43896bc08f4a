//! What follows from a run's seed alone: each role's randomness, the orderer's key, and the
//! passphrase of what is stored. A known seed means known keys: a run is a demonstration.

use ledger::OrdererKey;
use rand_chacha::ChaCha20Rng;
use rand_core::{RngCore, SeedableRng};
use wallets::storage::Passphrase;

/// Independent randomness for a role: ChaCha20 seeded with a digest of the run's seed and the
/// role's name.
pub fn role_rng(seed: u64, role: &str) -> ChaCha20Rng {
    let bytes = [&seed.to_le_bytes()[..], role.as_bytes()].concat();
    ChaCha20Rng::from_seed(protocol::encoding::digest("veilgrid/runner-role/1", &bytes))
}

/// The orderer's key of a run.
pub(super) fn orderer(seed: u64) -> OrdererKey {
    let mut secret = [0; 32];
    role_rng(seed, "orderer").fill_bytes(&mut secret);
    OrdererKey::from_secret(&secret)
}

/// The passphrase of every vault of a run. It follows from the run's seed and protects nothing.
pub fn demonstration_passphrase(seed: u64) -> Passphrase {
    Passphrase::new(format!("demonstration {seed}"))
}
