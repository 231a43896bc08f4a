//! The encryption keys of issuers, as their registrations and the replacements on the ledger say.

use protocol::elgamal::EncryptionKey;
use protocol::ids::Generation;
use protocol::transaction::body::{NewKeys, RotateKey};
use protocol::transaction::Body;
use protocol::units::IssuerId;
use std::collections::BTreeMap;

protocol::canonical_struct! {
    /// An issuer's encryption key K_m.
    pub struct ServiceKey {
        /// How often the issuer's keys were replaced.
        pub generation: Generation,
        /// The key.
        pub key: EncryptionKey,
    }
}

/// The keys of all issuers.
pub(crate) type ServiceKeys = BTreeMap<IssuerId, ServiceKey>;

/// Follows the keys through a transaction of a verified block.
pub(crate) fn follow(keys: &mut ServiceKeys, body: &Body) {
    match body {
        Body::RegisterIssuer(b) => {
            keys.insert(b.issuer, ServiceKey { generation: Generation(0), key: b.encryption_key });
        }
        Body::RotateKey(RotateKey { of: NewKeys::Issuer(issuer, new), .. }) => {
            if let Some(entry) = keys.get_mut(issuer) {
                *entry = ServiceKey { generation: Generation(entry.generation.0 + 1), key: new.encryption_key };
            }
        }
        _ => {}
    }
}
