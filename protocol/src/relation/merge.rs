//! Relation 8 (Merge): two generation or two balance records of one owner become one.
//!
//! Both records are in the tree. Were a dummy allowed, anybody could fill the tree: each proof would
//! make a record of zero out of a record of zero.

use super::{Inputs, Statement};
use crate::record::{Commitment, Nullifier};
use crate::tree::Root;
use crate::Fr;

/// Public inputs of relation 8.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merge {
    /// The anchor: a recent root of the record tree, under which the proof shows its records.
    pub root: Root,
    /// Nullifiers of the two records that are spent.
    pub nullifiers: [Nullifier; 2],
    /// The merged record.
    pub record: Commitment,
    /// Ties the proof to the rest of its transaction: see `transaction::binding`.
    pub binding: Fr,
}

impl Statement for Merge {
    fn inputs(&self) -> Vec<Fr> {
        Inputs::default()
            .with(self.root.0)
            .with(self.nullifiers[0].0)
            .with(self.nullifiers[1].0)
            .with(self.record.0)
            .with(self.binding)
            .done()
    }
}

#[cfg(feature = "witness")]
pub use witness::{MergeInput, MergeWitness};

#[cfg(feature = "witness")]
mod witness {
    use super::*;
    use crate::record::balance::Balance;
    use crate::record::generation::Generation;
    use crate::relation::check::{in_bits, is_member, Broken, Check, Owner};
    use crate::tree::Path;

    /// One of the two records.
    #[derive(Clone)]
    pub struct MergeInput {
        /// Value: energy in Wh, or money in nano-currency.
        pub value: Fr,
        /// Blinding r.
        pub blinding: Fr,
        /// The record's path to the root.
        pub path: Path,
    }

    /// Witness of relation 8. Type, cycle and metering service are those of both records and of the
    /// merged one; for B they are 0.
    #[derive(Clone)]
    pub struct MergeWitness {
        /// The household's spending secret sk.
        pub owner: Owner,
        /// Whether the records are balances; else they are generation.
        pub is_balance: bool,
        /// Energy type of all three.
        pub energy_type: Fr,
        /// Cycle of all three.
        pub cycle: Fr,
        /// Number of the metering service of all three.
        pub meter: Fr,
        /// The two records.
        pub records: [MergeInput; 2],
        /// Blinding of the merged record.
        pub blinding: Fr,
    }

    impl MergeWitness {
        /// The commitment of a value and a blinding as a record of the witness's kind, type, cycle
        /// and owner.
        pub fn commitment(&self, value: Fr, blinding: Fr) -> Commitment {
            let owner = self.owner.address();
            if self.is_balance {
                Balance { amount: value, owner, blinding }.commitment()
            } else {
                let (energy_type, cycle, meter) = (self.energy_type, self.cycle, self.meter);
                Generation { volume: value, energy_type, cycle, owner, meter, blinding }.commitment()
            }
        }
    }

    impl Merge {
        /// Native check of relation 8. Kind, owner, type, cycle and metering service are equal by
        /// construction, since the witness has one of each. Error: the conditions that the witness breaks.
        pub fn check(&self, w: &MergeWitness) -> Result<(), Broken> {
            let mut c = Check::default();
            let names = [
                ["1.first-range", "1.first-membership", "1.first-nullifier"],
                ["1.second-range", "1.second-membership", "1.second-nullifier"],
            ];
            for ((record, published), [range, membership, nullifier]) in
                w.records.iter().zip(&self.nullifiers).zip(names)
            {
                let commitment = w.commitment(record.value, record.blinding);
                c.require(range, in_bits(record.value, 64));
                c.require(membership, is_member(commitment, &record.path, self.root));
                c.require(nullifier, *published == w.owner.nullifier(commitment, &record.path));
            }
            c.require("1.differ", self.nullifiers[0] != self.nullifiers[1]);
            let sum = w.records[0].value + w.records[1].value;
            c.require("1.range", in_bits(sum, if w.is_balance { 64 } else { 32 }));
            c.require("1.record", self.record == w.commitment(sum, w.blinding));
            c.verdict()
        }
    }
}
