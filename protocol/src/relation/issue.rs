//! Relation 13 (Issue): a leaf that an issuer or the regulator appends is a record of the kind that the transaction says,
//! and the record says what the transaction says of it. All else stays hidden.
//!
//! Without it a leaf would be whatever its author makes of it: money under the name of energy (docs/decisions/0016).

use super::{Inputs, Statement};
use crate::keys::TraceCommitment;
use crate::poseidon::Tag;
use crate::record::metered::Sign;
use crate::record::Commitment;
use crate::units::{Cycle, Epoch};
use crate::Fr;

/// Entries of the longest opening, a credential's.
pub const MAX_OPENING: usize = 8;

/// The kind of a record that is issued, and what of it is public.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IssuedRecord {
    /// G.
    Generation,
    /// S, with its sign and cycle.
    Metered(Sign, Cycle),
    /// B.
    Balance,
    /// C, with its kappa and epoch.
    Credential(TraceCommitment, Epoch),
}

impl IssuedRecord {
    /// The tag of its hash: the kind, as a public input.
    pub const fn tag(self) -> Tag {
        match self {
            IssuedRecord::Generation => Tag::Generation,
            IssuedRecord::Metered(..) => Tag::Metered,
            IssuedRecord::Balance => Tag::Balance,
            IssuedRecord::Credential(..) => Tag::Credential,
        }
    }
    /// The two things that are public of it: sign and cycle, kappa and epoch, or zeros.
    pub fn public(self) -> [Fr; 2] {
        match self {
            IssuedRecord::Generation | IssuedRecord::Balance => [Fr::from(0u64); 2],
            IssuedRecord::Metered(sign, cycle) => [Fr::from(sign as u8), Fr::from(cycle.get())],
            IssuedRecord::Credential(kappa, epoch) => [kappa.0, Fr::from(epoch.get())],
        }
    }
}

/// Places of an S's sign and cycle in its opening.
pub const METERED_PUBLIC: [usize; 2] = [1, 2];
/// Places of a C's kappa and epoch in its opening.
pub const CREDENTIAL_PUBLIC: [usize; 2] = [4, 6];

/// Public inputs of relation 13.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issue {
    /// What the leaf is said to be.
    pub record: IssuedRecord,
    /// The leaf.
    pub commitment: Commitment,
    /// Everything else in the transaction.
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
        /// The record's opening, in the order of its hash. What is behind a shorter one is of no account.
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
        /// Native check of relation 13.
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
