//! A household's deposit of an epoch's trace key, and the request for that epoch's credential that
//! carries the deposit to the regulator.
//!
//! The household proves relation 12 before there is a transaction. So the proof is bound to what the
//! household knows: chain, epoch, and the deposit itself. The regulator checks it and issues the
//! credential with it ([`IssueCredential`](super::body::IssueCredential)). The request is signed with
//! the household's request key, so nobody else can ask for a credential of its address.

use super::PROOF_BYTES;
use crate::canonical_struct;
use crate::elgamal::{EncryptionKey, Point};
use crate::encoding::{hash_to_field, Canonical};
use crate::ids::{ChainId, VerifyingKeyId};
use crate::keys::TraceCommitment;
use crate::relation::deposit;
use crate::signing::{SigningKey, SIGNATURE_BYTES};
use crate::units::Epoch;
use crate::{Error, Fr};

canonical_struct! {
    /// An epoch's trace key, encrypted to the audit key.
    pub struct Deposit {
        /// The commitment kappa to the trace key, the context of the ciphertext.
        pub kappa: TraceCommitment,
        /// First half of the ciphertext, `c1 = e G`.
        pub c1: Point,
        /// Second half of the ciphertext, of the trace key.
        pub ciphertext: [Fr; 1],
    }
}

canonical_struct! {
    /// The proof of relation 12, that a deposit's ciphertext holds the trace key.
    pub struct DepositSeal {
        /// The verifying key of the proof.
        pub key: VerifyingKeyId,
        /// The proof, compressed; not decoded yet.
        pub proof: [u8; PROOF_BYTES],
    }
}

/// The public input `binding` of relation 12:
/// `le(SHA-512("veilgrid/deposit-binding/1" || 0 || chain || epoch || deposit)) mod r`. So a deposit
/// counts on one chain and in one epoch.
pub fn deposit_binding(chain: ChainId, epoch: Epoch, deposit: &Deposit) -> Fr {
    let bytes = [chain.to_bytes(), epoch.to_bytes(), deposit.to_bytes()].concat();
    hash_to_field("veilgrid/deposit-binding/1", &bytes)
}

impl Deposit {
    /// The statement of relation 12 that the household proves.
    pub fn statement(&self, chain: ChainId, epoch: Epoch, audit_key: &EncryptionKey) -> deposit::Deposit {
        deposit::Deposit {
            kappa: self.kappa,
            audit_key: audit_key.point(),
            c1: self.c1,
            ciphertext: self.ciphertext,
            binding: deposit_binding(chain, epoch, self),
        }
    }
}

canonical_struct! {
    /// A household's request for the credential of an epoch, which it sends to the regulator.
    pub struct CredentialRequest {
        /// The chain.
        pub chain: ChainId,
        /// The epoch of the credential.
        pub epoch: Epoch,
        /// The deposit of the epoch's trace key.
        pub deposit: Deposit,
        /// The proof of the deposit.
        pub seal: DepositSeal,
        /// The request key, which the regulator knows from the household's enrolment.
        pub key: SigningKey,
        /// Signature of all fields before, by the request key.
        pub signature: [u8; SIGNATURE_BYTES],
    }
}

impl CredentialRequest {
    /// The message that is signed: a domain, then the request without its signature.
    pub fn message(&self) -> Vec<u8> {
        let bytes = self.to_bytes();
        [b"veilgrid/credential-request/1\0".as_slice(), &bytes[..bytes.len() - SIGNATURE_BYTES]].concat()
    }
    /// Checks the signature. Errors: [`Error::Signature`], [`Error::Key`].
    pub fn verify(&self) -> Result<(), Error> {
        self.key.verify_message(&self.message(), &self.signature)
    }
}
