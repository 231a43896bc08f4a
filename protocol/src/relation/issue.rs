//! Relation 13 (Issue): a leaf that an issuer or the regulator appends is a record of the kind that
//! the transaction names, and holds the values that the transaction states. Everything else in the
//! record stays hidden.
//!
//! Without this proof an issuer could append money under the name of energy
//! (docs/decisions/0016-issuers-prove-what-they-issue.md).

use super::{Inputs, Statement};
use crate::keys::TraceCommitment;
use crate::poseidon::Tag;
use crate::record::metered::Sign;
use crate::record::Commitment;
use crate::units::{Cycle, Epoch};
use crate::Fr;

/// Number of field elements in the longest opening, a credential's.
pub const MAX_OPENING: usize = 8;

/// The kind of a record that is issued, with the values of it that are public.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IssuedRecord {
    /// A generation record G, of which nothing is public.
    Generation,
    /// A metered remainder S, with its sign and cycle.
    Metered(Sign, Cycle),
    /// A balance record B, of which nothing is public.
    Balance,
    /// A credential C, with its kappa and epoch.
    Credential(TraceCommitment, Epoch),
}

impl IssuedRecord {
    /// The tag of the record's hash, which is the kind as a public input.
    pub const fn tag(self) -> Tag {
        match self {
            IssuedRecord::Generation => Tag::Generation,
            IssuedRecord::Metered(..) => Tag::Metered,
            IssuedRecord::Balance => Tag::Balance,
            IssuedRecord::Credential(..) => Tag::Credential,
        }
    }
    /// The record's two public values: sign and cycle of S, kappa and epoch of C, zeros for G and
    /// B.
    pub fn public(self) -> [Fr; 2] {
        match self {
            IssuedRecord::Generation | IssuedRecord::Balance => [Fr::from(0u64); 2],
            IssuedRecord::Metered(sign, cycle) => [Fr::from(sign as u8), Fr::from(cycle.get())],
            IssuedRecord::Credential(kappa, epoch) => [kappa.0, Fr::from(epoch.get())],
        }
    }
}

/// Indices of sign and cycle in the opening of S.
pub const METERED_PUBLIC: [usize; 2] = [1, 2];
/// Indices of kappa and epoch in the opening of C.
pub const CREDENTIAL_PUBLIC: [usize; 2] = [4, 6];

/// Public inputs of relation 13.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issue {
    /// Kind and public values that the transaction states.
    pub record: IssuedRecord,
    /// The commitment that is appended to the tree.
    pub commitment: Commitment,
    /// Ties the proof to the rest of its transaction: see `transaction::binding`.
    pub binding: Fr,
}

impl Statement for Issue {
    fn inputs(&self) -> Vec<Fr> {
        Inputs::default()
            .with(Fr::from(self.record.tag() as u64))
            .with(self.commitment.0)
            .with_all(&self.record.public())
            .with(self.binding)
            .done()
    }
}

#[cfg(feature = "witness")]
pub use witness::IssueWitness;

#[cfg(feature = "witness")]
mod witness {
    use super::*;
    use crate::poseidon::hash;
    use crate::record::{balance::Balance, credential::Credential, generation::Generation, metered::Metered};
    use crate::relation::check::{Broken, Check};
    use zeroize::{Zeroize, ZeroizeOnDrop};

    /// Witness of relation 13.
    #[derive(Clone, Zeroize, ZeroizeOnDrop)]
    pub struct IssueWitness {
        /// The record's opening, in the order of its hash. Entries beyond a shorter opening are not
        /// used.
        pub opening: [Fr; MAX_OPENING],
    }

    impl IssueWitness {
        fn padded(opening: &[Fr]) -> Self {
            IssueWitness { opening: core::array::from_fn(|i| opening.get(i).copied().unwrap_or_default()) }
        }
    }

    macro_rules! witness_of {
        ($($record:ident),*) => {$(
            impl From<&$record> for IssueWitness {
                fn from(record: &$record) -> Self {
                    Self::padded(&record.opening())
                }
            }
        )*};
    }
    witness_of!(Generation, Metered, Balance, Credential);

    impl Issue {
        /// Native check of relation 13. Error: the conditions that the witness breaks.
        pub fn check(&self, w: &IssueWitness) -> Result<(), Broken> {
            let (mut c, o, zero) = (Check::default(), &w.opening, Fr::from(0u64));
            let (length, [first, second]) = match self.record {
                IssuedRecord::Generation => (5, [zero; 2]),
                IssuedRecord::Metered(..) => (5, METERED_PUBLIC.map(|i| o[i])),
                IssuedRecord::Balance => (3, [zero; 2]),
                IssuedRecord::Credential(..) => (8, CREDENTIAL_PUBLIC.map(|i| o[i])),
            };
            c.require("1.commitment", self.commitment.0 == hash(self.record.tag(), &o[..length]));
            let public = self.record.public();
            c.require("2.first", public[0] == first);
            c.require("2.second", public[1] == second);
            c.verdict()
        }
    }
}
