//! The interface to a prover. A wallet hands over a statement with its witness and gets a proof of
//! 192 bytes. How the proof is made, and where the keys are kept, is the prover's business.

use protocol::ids::VerifyingKeyId;
use protocol::relation::check::Broken;
use protocol::relation::{self, RelationKind, Statement};
use protocol::transaction::PROOF_BYTES;
use protocol::Fr;
use rand_core::CryptoRngCore;

/// Why there is no proof.
#[derive(Debug, thiserror::Error)]
pub enum ProofError {
    /// The witness breaks conditions of the relation, which the error names.
    #[error(transparent)]
    Broken(#[from] Broken),
    /// The prover has no usable key, or failed.
    #[error("the prover failed: {0}")]
    Prover(Box<dyn std::error::Error + Send + Sync>),
}

impl ProofError {
    /// A code that stays the same across versions, for machines.
    pub const fn code(&self) -> &'static str {
        match self {
            ProofError::Broken(_) => "broken-condition",
            ProofError::Prover(_) => "prover",
        }
    }
}

macro_rules! instances {
    ($(
        $(#[$doc:meta])* $kind:ident = $number:literal
        ($slot:ident $name:literal: $module:ident { $statement:ident, $witness:ident, $check:ident });
    )*) => {
        /// A statement with its witness. Not printable.
        #[derive(Clone, Copy)]
        pub enum Instance<'a> {
            $($(#[$doc])* $kind(&'a relation::$module::$statement, &'a relation::$module::$witness)),*
        }

        impl Instance<'_> {
            /// The relation that the statement belongs to.
            pub const fn kind(&self) -> RelationKind {
                match self { $(Instance::$kind(..) => RelationKind::$kind),* }
            }
            /// The public inputs.
            pub fn inputs(&self) -> Vec<Fr> {
                match self { $(Instance::$kind(statement, _) => statement.inputs()),* }
            }
            /// The native check: names the conditions that the witness breaks.
            pub fn check(&self) -> Result<(), Broken> {
                match self { $(Instance::$kind(statement, witness) => statement.$check(witness)),* }
            }
        }
    };
}

protocol::for_each_relation!(instances);

/// Makes proofs, and checks others'.
pub trait Prover {
    /// Id of the verifying key that a relation has in the genesis.
    fn key_id(&self, kind: RelationKind) -> Result<VerifyingKeyId, ProofError>;
    /// Proves under a key, the genesis's or one that a later version has; `binding` names it. The
    /// caller has run the native check.
    fn prove(
        &self,
        key: VerifyingKeyId,
        instance: &Instance<'_>,
        rng: &mut dyn CryptoRngCore,
    ) -> Result<[u8; PROOF_BYTES], ProofError>;
    /// Whether a proof of these public inputs holds under a key. Error: [`ProofError::Prover`] for a
    /// key that the prover does not have.
    fn verify(
        &self,
        key: VerifyingKeyId,
        kind: RelationKind,
        inputs: &[Fr],
        proof: &[u8; PROOF_BYTES],
    ) -> Result<bool, ProofError>;
}

mod circuits_prover;

pub use circuits_prover::CircuitProver;
