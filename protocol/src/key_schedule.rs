//! The verifying key that a relation has in each cycle (docs/protocol/20-relations.md, "Versions of
//! a circuit"). Ledger and wallets each keep a schedule of the same changes in the same order. So a
//! wallet proves under the key that the ledger will ask for.
//!
//! A change counts from a cycle on that has not started when the change is made. So a cycle's
//! version is fixed at its start, and a plan has the version of its cycle.

use crate::encoding::digest;
use crate::ids::VerifyingKeyId;
use crate::relation::RelationKind;
use crate::transaction::body::ActivateKey;
use crate::units::Cycle;

/// The digest that a genesis pins, of all verifying keys' ids in the order of their relations'
/// numbers. `key` is called once for each relation, in that order.
pub fn genesis_keys_digest(key: impl FnMut(RelationKind) -> VerifyingKeyId) -> [u8; 32] {
    let ids: Vec<u8> = RelationKind::ALL.into_iter().map(key).flat_map(|id| id.0).collect();
    digest("veilgrid/verifying-keys/1", &ids)
}

/// The number of changes of keys in force. 0 stands for the genesis's keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CircuitVersion(pub u32);

/// The changes of keys so far, in the order in which they count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeySchedule(Vec<ActivateKey>);

impl KeySchedule {
    /// All changes so far, in order.
    pub fn changes(&self) -> &[ActivateKey] {
        &self.0
    }
    /// Whether a change that counts from the cycle `from` may be added, when `newest` is the newest
    /// cycle that has started.
    pub fn takes(&self, from: Cycle, newest: Option<Cycle>) -> bool {
        newest.is_none_or(|newest| from > newest) && self.0.last().is_none_or(|last| from >= last.from)
    }
    /// Whether any change, in force or not, names this key for this relation.
    pub fn names(&self, relation: RelationKind, key: VerifyingKeyId) -> bool {
        self.0.iter().any(|change| (change.relation, change.key) == (relation, key))
    }
    /// Adds a change. The caller has checked it with [`Self::takes`].
    pub fn add(&mut self, change: ActivateKey) {
        self.0.push(change);
    }
    /// The version in force in a cycle; without a cycle, which is before the first, the genesis's.
    pub fn version(&self, cycle: Option<Cycle>) -> CircuitVersion {
        let count = cycle.map_or(0, |cycle| self.0.partition_point(|change| change.from <= cycle));
        // Each change is a transaction of the regulator, so their number fits 32 bits.
        CircuitVersion(u32::try_from(count).unwrap_or(u32::MAX))
    }
    /// A relation's key in a version; None when the genesis's key counts.
    pub fn key(&self, relation: RelationKind, version: CircuitVersion) -> Option<VerifyingKeyId> {
        let in_force = self.0.iter().take(version.0 as usize);
        in_force.rev().find(|change| change.relation == relation).map(|change| change.key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::Serial;

    fn cycle(n: u32) -> Cycle {
        Cycle::new(n).unwrap()
    }

    fn change(relation: RelationKind, key: u8, from: u32) -> ActivateKey {
        ActivateKey { serial: Serial(1), relation, key: VerifyingKeyId([key; 32]), from: cycle(from) }
    }

    #[test]
    fn changes_count_from_their_cycle_on_and_only_for_their_relation() {
        let (merge, release) = (RelationKind::Merge, RelationKind::Release);
        let mut keys = KeySchedule::default();
        assert_eq!(keys.version(Some(cycle(9))), CircuitVersion(0));
        for (relation, key, from) in [(merge, 1, 3), (release, 2, 3), (merge, 3, 5)] {
            assert!(keys.takes(cycle(from), Some(cycle(2))));
            keys.add(change(relation, key, from));
        }
        let key = |relation, at| keys.key(relation, keys.version(at)).map(|key| key.0[0]);
        for (at, of_merge, of_release) in [
            (None, None, None),
            (Some(2), None, None),
            (Some(3), Some(1), Some(2)),
            (Some(4), Some(1), Some(2)),
            (Some(5), Some(3), Some(2)),
        ] {
            assert_eq!((key(merge, at.map(cycle)), key(release, at.map(cycle))), (of_merge, of_release), "{at:?}");
        }
        assert_eq!(key(RelationKind::Void, Some(cycle(9))), None);
        assert!(keys.names(merge, VerifyingKeyId([1; 32])) && !keys.names(merge, VerifyingKeyId([2; 32])));
        assert!(!keys.takes(cycle(4), None), "before an earlier change");
        assert!(!keys.takes(cycle(6), Some(cycle(6))), "a cycle that has started");
        assert!(keys.takes(cycle(5), Some(cycle(4))) && keys.takes(cycle(7), Some(cycle(6))));
    }
}
