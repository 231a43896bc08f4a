//! The keys of operators: those in force, how often they were replaced, and those that were.

use super::State;
use protocol::elgamal::EncryptionKey;
use protocol::encoding::{digest, Canonical};
use protocol::ids::{Generation, Time};
use protocol::signing::SigningKey;
use protocol::transaction::body::{IssuerRole, NewKeys, Operator, RotateKey};
use protocol::transaction::validators::MatchingMode;

/// An operator's signing key, once it was replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OperatorKey {
    /// How often the operator's keys were replaced.
    pub generation: Generation,
    /// The key in force.
    pub key: SigningKey,
}

/// The digest of a key that was replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RetiredKey(pub [u8; 32]);

impl RetiredKey {
    fn signing(key: &SigningKey) -> Self {
        RetiredKey(digest("veilgrid/retired-signing-key/1", &key.to_bytes()))
    }
    fn encryption(key: &EncryptionKey) -> Self {
        RetiredKey(digest("veilgrid/retired-encryption-key/1", &key.to_bytes()))
    }
}

impl State {
    /// The key that the regulator signs with.
    pub fn regulator_key(&self) -> SigningKey {
        self.operator_keys.get(&Operator::Regulator).map_or(self.genesis.regulator, |entry| entry.key)
    }
    /// The key that the matching node signs with.
    pub fn matcher_key(&self) -> SigningKey {
        self.operator_keys.get(&Operator::Matcher).map_or(self.genesis.matcher, |entry| entry.key)
    }
    /// How often an operator's keys were replaced.
    pub fn generation(&self, operator: Operator) -> Generation {
        self.operator_keys.get(&operator).map_or(Generation(0), |entry| entry.generation)
    }
    /// Whether a key signs for somebody whom the chain names, or did so before it was replaced.
    pub(crate) fn is_signing_key(&self, key: &SigningKey) -> bool {
        let genesis = &self.genesis;
        let validates = match &genesis.matching_mode {
            MatchingMode::Open => false,
            MatchingMode::Masked(validators) => validators.keys().any(|validator| validator == key),
        };
        [self.regulator_key(), self.matcher_key(), genesis.recovery].contains(key)
            || validates
            || self.issuers.values().any(|issuer| issuer.key == *key)
            || self.retired_keys.contains(&RetiredKey::signing(key))
    }
    /// Whether something is, or was, encrypted to a key that the chain names.
    pub(crate) fn is_encryption_key(&self, key: &EncryptionKey) -> bool {
        [self.genesis.terms_key, self.genesis.audit_key].contains(key)
            || self.issuers.values().any(|issuer| issuer.encryption_key == *key)
            || self.retired_keys.contains(&RetiredKey::encryption(key))
    }
    /// Replaces an operator's keys by others that were checked.
    pub(crate) fn rotate(&mut self, b: &RotateKey, now: Time) {
        let operator = b.of.operator();
        let old = match operator {
            Operator::Regulator => self.regulator_key(),
            Operator::Matcher => self.matcher_key(),
            Operator::Issuer(issuer) => self.issuers.get(&issuer).map_or(b.key, |entry| entry.key),
        };
        self.retired_keys.add(RetiredKey::signing(&old));
        let generation = Generation(self.generation(operator).0 + 1);
        self.operator_keys.insert(operator, OperatorKey { generation, key: b.key });
        let NewKeys::Issuer(number, keys) = b.of else { return };
        let Some(issuer) = self.issuers.get_mut(&number) else { return };
        let (role, replaced) = (issuer.role, RetiredKey::encryption(&issuer.encryption_key));
        (issuer.key, issuer.encryption_key) = (b.key, keys.encryption_key);
        (issuer.possession, issuer.serial_key) = (keys.possession, keys.serial_key);
        self.retired_keys.add(replaced);
        if role == IssuerRole::MeteringService {
            self.serial_keys.or_default(number).push((now, keys.reaches_back, keys.serial_key));
        }
    }
}
