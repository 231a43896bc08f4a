//! Relation 12 (Deposit): an epoch's trace key, encrypted to the audit key. The household proves it
//! to the regulator, which puts it on the ledger with the epoch's credential.

use super::{Inputs, Statement};
use crate::elgamal::Point;
use crate::keys::TraceCommitment;
use crate::Fr;

/// Public inputs of relation 12.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deposit {
    /// The commitment kappa to the trace key. It is also the context of the ciphertext, since a
    /// deposit spends nothing.
    pub kappa: TraceCommitment,
    /// The audit key, K_a.
    pub audit_key: Point,
    /// First half of the audit ciphertext, `c1 = e G`.
    pub c1: Point,
    /// Second half of the ciphertext, of the trace key k.
    pub ciphertext: [Fr; 1],
    /// Ties the proof to the chain and the epoch: see [`deposit_binding`](crate::transaction::deposit::deposit_binding).
    pub binding: Fr,
}

impl Statement for Deposit {
    fn inputs(&self) -> Vec<Fr> {
        Inputs::default()
            .with(self.kappa.0)
            .with_point(self.audit_key)
            .with_point(self.c1)
            .with_all(&self.ciphertext)
            .with(self.binding)
            .done()
    }
}

#[cfg(feature = "witness")]
pub use witness::DepositWitness;

#[cfg(feature = "witness")]
mod witness {
    use super::*;
    use crate::elgamal::{encrypt, Role};
    use crate::poseidon::{hash, Tag};
    use crate::relation::check::{Broken, Check, Ephemeral};
    use zeroize::{Zeroize, ZeroizeOnDrop};

    /// Witness of relation 12.
    #[derive(Clone, Zeroize, ZeroizeOnDrop)]
    pub struct DepositWitness {
        /// The epoch's trace key k.
        pub trace_key: Fr,
        /// The ephemeral scalar e of the ciphertexts.
        pub ephemeral: Ephemeral,
    }

    impl Deposit {
        /// Native check of relation 12. Error: the conditions that the witness breaks.
        pub fn check(&self, w: &DepositWitness) -> Result<(), Broken> {
            let mut c = Check::default();
            c.require("1.kappa", self.kappa.0 == hash(Tag::TraceKey, &[w.trace_key]));
            c.require("1.point", self.c1 == w.ephemeral.point());
            let ct = encrypt(Role::Audit, &self.audit_key, self.kappa.0, &w.ephemeral.e, &[w.trace_key]);
            c.require("1.ciphertext", self.ciphertext == ct);
            c.verdict()
        }
    }
}
