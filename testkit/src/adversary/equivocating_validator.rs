use ed25519_dalek::{Signer, SigningKey};
use protocol::transaction::validators::{MaskCertificate, MaskStatement};

/// A validator that certifies every masked vector that it is handed, without recomputing it: two
/// different vectors of one bid, and a vector that decrypts to no scores.
pub struct EquivocatingValidator {
    key: SigningKey,
}

impl EquivocatingValidator {
    /// The validator with this secret key.
    pub fn new(secret: &[u8; 32]) -> Self {
        EquivocatingValidator { key: SigningKey::from_bytes(secret) }
    }
    /// The validator's certificate of this statement, without a look at it.
    pub fn certify(&self, statement: &MaskStatement) -> MaskCertificate {
        let validator = protocol::signing::SigningKey(self.key.verifying_key().to_bytes());
        MaskCertificate { validator, signature: self.key.sign(&statement.message()).to_bytes() }
    }
}
