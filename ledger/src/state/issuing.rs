//! What metering services may issue, and what they have issued: serial keys, caps, counts of the
//! current epoch, and the serials of metered records.

use super::State;
use protocol::ids::Time;
use protocol::record::metered::{RecordSerial, SerialKey};
use protocol::transaction::body::{IssueCap, IssuerRole, RegisterIssuer};
use protocol::units::{Cycle, IssuerId};
use protocol::Fr;

/// How many records a metering service has issued in the current epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct IssueCount {
    /// Generation records.
    pub generation: u32,
    /// Metered records of all signs.
    pub metered: u32,
}

/// The kind of record that a metering service issues.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Counted {
    Generation,
    Metered,
}

impl State {
    /// How many records a metering service may issue in an epoch; None for another issuer.
    pub fn issue_cap(&self, issuer: IssuerId) -> Option<IssueCap> {
        self.issue_caps.get(&issuer).copied()
    }
    /// How many records a metering service has issued in the current epoch.
    pub fn issue_count(&self, issuer: IssuerId) -> IssueCount {
        self.issue_counts.get(&issuer).copied().unwrap_or_default()
    }
    /// The serial key under which a service's metered records of a cycle are: the newest one that
    /// reaches back to the cycle, or was in force when the cycle's gate closed; the service's first one
    /// if it had none yet. None for another issuer, and for a cycle that has not started.
    pub fn serial_key(&self, issuer: IssuerId, cycle: Cycle) -> Option<SerialKey> {
        let (keys, closed) = (self.serial_keys.get(&issuer)?, self.cycle(cycle)?.start.schedule.closes);
        let counts =
            |(from, back, _): &&(Time, Cycle, SerialKey)| *from <= closed || (*back != Cycle::ZERO && *back <= cycle);
        keys.iter().rev().find(counts).or(keys.first()).map(|(.., key)| *key)
    }
    /// Whether a metered record of the cycle has this serial, while such records are taken.
    pub fn has_serial(&self, cycle: Cycle, serial: &RecordSerial) -> bool {
        self.record_serials.contains(&(cycle, *serial))
    }
    /// Whether some service has, or had, this serial key.
    pub(crate) fn has_serial_key(&self, key: &SerialKey) -> bool {
        self.serial_keys.values().flatten().any(|(.., other)| other == key)
    }
    /// Whether a service may issue another record of this kind in the current epoch.
    pub(crate) fn may_issue(&self, issuer: IssuerId, kind: Counted) -> bool {
        let count = self.issue_count(issuer);
        self.issue_cap(issuer).is_some_and(|cap| match kind {
            Counted::Generation => count.generation < cap.generation,
            Counted::Metered => count.metered < cap.metered,
        })
    }
    /// Takes a newly registered issuer; of a desk nothing is kept.
    pub(crate) fn register_service(&mut self, issuer: &RegisterIssuer, now: Time) {
        if issuer.role == IssuerRole::MeteringService {
            self.serial_keys.or_default(issuer.issuer).push((now, Cycle::ZERO, issuer.serial_key));
            self.issue_caps.insert(issuer.issuer, issuer.cap);
        }
    }
    /// Counts a record that was issued. The cap was checked, so no count overflows.
    pub(crate) fn count_issued(&mut self, issuer: IssuerId, kind: Counted) {
        let count = self.issue_counts.or_default(issuer);
        match kind {
            Counted::Generation => count.generation += 1,
            Counted::Metered => count.metered += 1,
        }
    }
    /// Begins an epoch: every count starts anew.
    pub(crate) fn restart_counts(&mut self) {
        let counted: Vec<IssuerId> = self.issue_counts.keys().copied().collect();
        counted.iter().for_each(|issuer| self.issue_counts.remove(issuer));
    }
    /// Forgets the serials of a cycle of which no more records are taken.
    pub(crate) fn forget_serials(&mut self, cycle: Cycle) {
        let first = (cycle, RecordSerial(Fr::from(0u64)));
        self.record_serials.remove_run(first, |(of, _)| *of == cycle);
    }
}
