//! What a household derives from its seed.
//!
//! The secret of a plan's note key comes from the static note secret and 32 random bytes that the plan's memo carries. So
//! a wallet restored from its phrase finds it again, a viewing key reads the notes too, and no counter can run backwards
//! when a wallet is restored while a plan is on its way.

use crate::note::NoteSecret;
use protocol::encoding::{digest, hash_to_field};
use protocol::Fr;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// The static X25519 secret of a seed.
pub(super) fn static_note_secret(seed: &[u8; 64]) -> [u8; 32] {
    digest("veilgrid/note-secret/1", seed)
}

/// 32 random bytes from which a plan's blindings and note secret come; its memo carries them.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub(super) struct PlanSeed(pub [u8; 32]);

impl PlanSeed {
    /// Blinding r of the plan.
    pub(super) fn blinding(&self) -> Fr {
        hash_to_field("veilgrid/plan-blinding/1", &self.0)
    }
    /// Blinding r' of the change.
    pub(super) fn change_blinding(&self) -> Fr {
        hash_to_field("veilgrid/change-blinding/1", &self.0)
    }
    /// Secret of the plan's note key.
    pub(super) fn note_secret(&self, static_secret: &[u8; 32]) -> NoteSecret {
        let bytes = Zeroizing::new([*static_secret, self.0].concat());
        NoteSecret::from_bytes(digest("veilgrid/plan-note-secret/1", &bytes))
    }
}
