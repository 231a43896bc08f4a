//! What metering services may issue, and what they have issued: serial keys, caps, counts of the
//! current epoch, and the serials of metered records.

use protocol::ids::Time;
use protocol::record::metered::{RecordSerial, SerialKey};
use protocol::transaction::body::{IssueCap, IssuerRole, RegisterIssuer};
use protocol::units::{Cycle, IssuerId};
use std::collections::{BTreeMap, BTreeSet};

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

/// The state about what metering services issue.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Issuing {
    /// The public serial keys of each service, each with the time from which it is in force; the
    /// oldest first.
    serial_keys: BTreeMap<IssuerId, Vec<(Time, SerialKey)>>,
    caps: BTreeMap<IssuerId, IssueCap>,
    counts: BTreeMap<IssuerId, IssueCount>,
    /// The serials of the metered records of each cycle of which records are taken.
    serials: BTreeMap<Cycle, BTreeSet<RecordSerial>>,
}

impl Issuing {
    /// Takes a newly registered issuer; of a desk nothing is kept.
    pub fn register(&mut self, issuer: &RegisterIssuer, now: Time) {
        if issuer.role == IssuerRole::MeteringService {
            self.serial_keys.entry(issuer.issuer).or_default().push((now, issuer.serial_key));
            self.caps.insert(issuer.issuer, issuer.cap);
        }
    }
    /// Whether a service has, or had, this serial key.
    pub fn has_serial_key(&self, key: &SerialKey) -> bool {
        self.serial_keys.values().flatten().any(|(_, other)| other == key)
    }
    /// The serial key of a service that was in force at a time; its first one if it had none yet.
    /// None for an issuer that is no metering service.
    pub fn serial_key(&self, issuer: IssuerId, at: Time) -> Option<SerialKey> {
        let keys = self.serial_keys.get(&issuer)?;
        keys.iter().rev().find(|(from, _)| *from <= at).or(keys.first()).map(|(_, key)| *key)
    }
    /// How many records a service may issue in an epoch; None for an issuer that is no metering
    /// service.
    pub fn cap(&self, issuer: IssuerId) -> Option<IssueCap> {
        self.caps.get(&issuer).copied()
    }
    pub fn set_cap(&mut self, issuer: IssuerId, cap: IssueCap) {
        self.caps.insert(issuer, cap);
    }
    /// How many records a service has issued in the current epoch.
    pub fn count(&self, issuer: IssuerId) -> IssueCount {
        self.counts.get(&issuer).copied().unwrap_or_default()
    }
    /// Whether a service may issue another record of this kind in the current epoch.
    pub fn may_issue(&self, issuer: IssuerId, kind: Counted) -> bool {
        let (count, cap) = (self.count(issuer), self.cap(issuer));
        cap.is_some_and(|cap| match kind {
            Counted::Generation => count.generation < cap.generation,
            Counted::Metered => count.metered < cap.metered,
        })
    }
    /// Counts a record that was issued. The cap was checked, so no count overflows.
    pub fn issued(&mut self, issuer: IssuerId, kind: Counted) {
        let count = self.counts.entry(issuer).or_default();
        match kind {
            Counted::Generation => count.generation += 1,
            Counted::Metered => count.metered += 1,
        }
    }
    /// Begins an epoch: every count starts anew.
    pub fn start_epoch(&mut self) {
        self.counts.clear();
    }
    /// Whether a record of this cycle has this serial.
    pub fn has_serial(&self, cycle: Cycle, serial: &RecordSerial) -> bool {
        self.serials.get(&cycle).is_some_and(|serials| serials.contains(serial))
    }
    pub fn add_serial(&mut self, cycle: Cycle, serial: RecordSerial) {
        self.serials.entry(cycle).or_default().insert(serial);
    }
    /// Forgets the serials of a cycle of which no more records are taken.
    pub fn settle_cycle(&mut self, cycle: Cycle) {
        self.serials.remove(&cycle);
    }
}
