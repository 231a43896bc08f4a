//! The genesis of a chain: its roles' keys and its fixed parameters. A chain's id is the digest of
//! these bytes, so no transaction or proof of one chain counts on another.

use super::limits::Limits;
use super::possession::{genesis_context, GenesisKey};
use super::validators::MatchingMode;
use crate::canonical_struct;
use crate::elgamal::{EncryptionKey, Possession};
use crate::encoding::{digest, Canonical};
use crate::ids::{BlobHash, ChainId, Time};
use crate::keys::Network;
use crate::signing::SigningKey;
use crate::Error;

canonical_struct! {
    /// The genesis of a chain.
    pub struct Genesis {
        /// 32 bytes that make the chain unique.
        pub name: [u8; 32],
        /// The network that the chain belongs to. Keys from the public seed are refused on `main`.
        pub network: Network,
        /// Time of the genesis. No block is earlier.
        pub time: Time,
        /// The regulator's signing key.
        pub regulator: SigningKey,
        /// The key that may replace the regulator's signing key. It signs nothing else.
        pub recovery: SigningKey,
        /// The matching node's signing key.
        pub matcher: SigningKey,
        /// The regulator's key for terms, K_t.
        pub terms_key: EncryptionKey,
        /// Proof of possession of K_t, for this name, network and role.
        pub terms_possession: Possession,
        /// The audit key, K_a.
        pub audit_key: EncryptionKey,
        /// Proof of possession of K_a, for this name, network and role.
        pub audit_possession: Possession,
        /// Digest of the public halves of the audit key's shares, by which the parts of its holders
        /// are checked.
        pub audit_shares: [u8; 32],
        /// Content address of the matching key, a blob.
        pub matching_key: BlobHash,
        /// Digest of all verifying keys' ids, in the order of their relations' numbers.
        pub verifying_keys: [u8; 32],
        /// Number of newest blocks whose final roots are anchors; at least 1.
        pub anchor_blocks: u32,
        /// For how many cycles the roots at rounds' cut-offs and confirmation deadlines stay
        /// anchors; at least 1.
        pub anchor_cycles: u32,
        /// How many of a thousand posted score vectors each validator recomputes, 0..=1000. A
        /// validator draws them by itself, so nobody knows which.
        pub score_checks: u16,
        /// The mode of matching. In mode masked it names the validators without whose certificates
        /// no vector is opened.
        pub matching_mode: MatchingMode,
        /// Content address of the deviation key, a blob. [`NO_KEY`] here and in
        /// `deviation_server_key` where the market has no encrypted deviation.
        pub deviation_key: BlobHash,
        /// Digest of the deviation's server key, which is too large for a blob.
        pub deviation_server_key: BlobHash,
        /// Bounds that hold for the whole life of the chain.
        pub limits: Limits,
    }
}

/// Stands in a genesis where a market has no such key.
pub const NO_KEY: BlobHash = BlobHash([0; 32]);

impl Genesis {
    /// The deviation key, where the market has one.
    pub fn deviation(&self) -> Option<BlobHash> {
        Some(self.deviation_key).filter(|key| *key != NO_KEY)
    }
    /// The chain's id.
    pub fn chain(&self) -> ChainId {
        ChainId(digest("veilgrid/genesis/1", &self.to_bytes()))
    }
    /// Checks what decoding does not: proofs of possession, bounds, and that no two roles share a
    /// key. Errors: [`Error::Key`], [`Error::Signature`], [`Error::Encoding`].
    pub fn check(&self) -> Result<(), Error> {
        let signers = [self.regulator, self.recovery, self.matcher];
        let shared = (0..3).any(|i| signers[i + 1..].contains(&signers[i]));
        if self.terms_key == self.audit_key || shared {
            return Err(Error::Key("two roles share one key"));
        }
        if self.anchor_blocks == 0 || self.anchor_cycles == 0 {
            return Err(Error::Encoding("an anchor window of zero"));
        }
        self.limits.check()?;
        if self.deviation_key != NO_KEY && self.limits.greatest_energy.get() >= 1 << 16 {
            return Err(Error::Encoding("encrypted deviations need a greatest energy below 2^16 Wh"));
        }
        if self.score_checks > 1000 {
            return Err(Error::Encoding("more score checks than scores"));
        }
        if let MatchingMode::Masked(validators) = &self.matching_mode {
            validators.check(&signers)?;
        }
        if (self.deviation_key == NO_KEY) != (self.deviation_server_key == NO_KEY) {
            return Err(Error::Encoding("one half of a deviation key"));
        }
        let context = |role| genesis_context(&self.name, self.network, role);
        self.terms_possession.verify(&self.terms_key, &context(GenesisKey::Terms))?;
        self.audit_possession.verify(&self.audit_key, &context(GenesisKey::Audit))
    }
}
