//! Relation 13 (Issue): a leaf that an issuer or the regulator appends is a record of the kind that
//! the transaction names, and holds the values that the transaction states. Energy and money are
//! within their bounds. Everything else in the record stays hidden.
//!
//! Without this proof an issuer could append money under the name of energy
//! (docs/decisions/0016-issuers-prove-what-they-issue.md). Metered records have a relation of their
//! own, [`super::metered`].

use super::{Inputs, Statement};
use crate::keys::TraceCommitment;
use crate::poseidon::Tag;
use crate::record::Commitment;
use crate::units::{Energy, Epoch, IssuerId};
use crate::Fr;

/// Number of field elements in the longest opening, a credential's.
pub const MAX_OPENING: usize = 8;

/// The kind of a record that is issued, with the values that are public.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IssuedRecord {
    /// A generation record G, with the metering service that it names and the greatest energy that
    /// it may hold.
    Generation(IssuerId, Energy),
    /// A balance record B, of which nothing is public.
    Balance,
    /// A credential C, with its kappa and epoch.
    Credential(TraceCommitment, Epoch),
}

impl IssuedRecord {
    /// The tag of the record's hash, which is the kind as a public input.
    pub const fn tag(self) -> Tag {
        match self {
            IssuedRecord::Generation(..) => Tag::Generation,
            IssuedRecord::Balance => Tag::Balance,
            IssuedRecord::Credential(..) => Tag::Credential,
        }
    }
    /// The two public values beside the commitment: service and greatest energy for G, kappa and
    /// epoch for C, zeros for B.
    pub fn public(self) -> [Fr; 2] {
        match self {
            IssuedRecord::Generation(meter, greatest) => [Fr::from(meter.get()), Fr::from(greatest.get())],
            IssuedRecord::Balance => [Fr::from(0u64); 2],
            IssuedRecord::Credential(kappa, epoch) => [kappa.0, Fr::from(epoch.get())],
        }
    }
}

/// Index of the amount, energy or money, in the openings of G and B.
pub const AMOUNT: usize = 0;
/// Index of the first public value: the metering service in the opening of G, kappa in that of C.
pub const FIRST: usize = 4;
/// Index of the second public value, the epoch, in the opening of C. That of G is a bound, and is
/// not in the opening.
pub const SECOND: usize = 6;

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
    use crate::record::{balance::Balance, credential::Credential, generation::Generation};
    use crate::relation::check::{in_bits, Broken, Check};
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
    witness_of!(Generation, Balance, Credential);

    impl Issue {
        /// Native check of relation 13. Error: the conditions that the witness breaks.
        pub fn check(&self, w: &IssueWitness) -> Result<(), Broken> {
            let (mut c, o, zero) = (Check::default(), &w.opening, Fr::from(0u64));
            let public = self.record.public();
            let (length, [first, second]) = match self.record {
                IssuedRecord::Generation(..) => (6, [o[FIRST], public[1]]),
                IssuedRecord::Balance => (3, [zero; 2]),
                IssuedRecord::Credential(..) => (8, [o[FIRST], o[SECOND]]),
            };
            c.require("1.commitment", self.commitment.0 == hash(self.record.tag(), &o[..length]));
            c.require("2.first", public[0] == first);
            c.require("2.second", public[1] == second);
            if !matches!(self.record, IssuedRecord::Credential(..)) {
                c.require("3.positive", o[AMOUNT] != zero);
                c.require("3.range", in_bits(o[AMOUNT], 64));
            }
            if let IssuedRecord::Generation(..) = self.record {
                c.require("3.bound", in_bits(public[1] - o[AMOUNT], 64));
            }
            c.verdict()
        }
    }
}
