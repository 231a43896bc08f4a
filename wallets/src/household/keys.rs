//! Keys and blindings that a household derives from its seed.
//!
//! The secret d of a plan's key D comes from the static note secret and 32 random bytes that the
//! plan's memo carries. So a wallet restored from its phrase finds the secret again, and a viewing
//! key reads matches and deliveries too. No counter is involved, which could run backwards when a wallet is
//! restored while a plan is on its way. The seed of a plan that lists another's remainder follows
//! from the other's seed. So the remainder is the same plan however often a wallet makes it, and
//! the ledger accepts a handle once.

use crate::seal::DecryptionKey;
use protocol::encoding::{digest, hash_to_field};
use protocol::Fr;
use rand_core::{CryptoRng, RngCore};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// The static X25519 note secret that follows from a wallet's seed.
pub(super) fn static_note_secret(seed: &[u8; 64]) -> [u8; 32] {
    digest("veilgrid/note-secret/1", seed)
}

/// 32 bytes from which a plan's blindings and its key come; its memo carries them.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub(super) struct PlanSeed(pub [u8; 32]);

impl PlanSeed {
    /// A random seed.
    pub(super) fn random(rng: &mut (impl RngCore + CryptoRng)) -> Self {
        let mut seed = PlanSeed([0; 32]);
        rng.fill_bytes(&mut seed.0);
        seed
    }
    /// The seed of the plan that lists this plan's remainder, after `failed` earlier attempts that
    /// ended without a trade.
    pub(super) fn of_rest(&self, static_secret: &[u8; 32], failed: u32) -> Self {
        let mut bytes = Zeroizing::new([0; 68]);
        bytes[..32].copy_from_slice(static_secret);
        bytes[32..64].copy_from_slice(&self.0);
        bytes[64..].copy_from_slice(&failed.to_le_bytes());
        PlanSeed(digest("veilgrid/rest-seed/1", &bytes[..]))
    }
    /// The plan's blinding r.
    pub(super) fn blinding(&self) -> Fr {
        hash_to_field("veilgrid/plan-blinding/1", &self.0)
    }
    /// The change's blinding r'.
    pub(super) fn change_blinding(&self) -> Fr {
        hash_to_field("veilgrid/change-blinding/1", &self.0)
    }
    /// The plan's key.
    pub(super) fn plan_key(&self, static_secret: &[u8; 32]) -> DecryptionKey {
        let bytes = Zeroizing::new([*static_secret, self.0].concat());
        DecryptionKey::from_seed("veilgrid/plan-key/1", &bytes)
    }
}
