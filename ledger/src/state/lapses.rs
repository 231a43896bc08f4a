//! Lapses: the plans that let their confirmation deadline pass, or refused their match, by the epoch in
//! which they did. When they are more than the epoch's alarm allows, the regulator may open them
//! (docs/protocol/50-settlement-and-grid.md, "Lapses").

use super::State;
use protocol::record::Handle;
use protocol::units::Epoch;
use protocol::Fr;

/// How many plans have lapsed or refused a match in an epoch, and how many may.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LapseCount {
    /// The epoch's alarm: so many may.
    pub alarm: u32,
    /// So many have.
    pub lapses: u32,
}

impl LapseCount {
    /// Whether more plans have lapsed or refused a match than may.
    pub fn is_alarming(&self) -> bool {
        self.lapses > self.alarm
    }
}

impl State {
    /// How many plans have lapsed or refused a match in an epoch. None but for the current epoch and
    /// the one before.
    pub fn lapse_count(&self, epoch: Epoch) -> Option<LapseCount> {
        self.lapse_counts.get(&epoch).copied()
    }
    /// Whether a plan lapsed or refused its match in this epoch: the current one or the one before.
    pub fn has_lapsed(&self, epoch: Epoch, handle: &Handle) -> bool {
        self.lapses.contains(&(epoch, *handle))
    }
    /// Begins an epoch: nothing has lapsed in it. Forgets the epochs before the last, since a lapse
    /// counts towards the credential of the epoch after it.
    pub(crate) fn begin_lapses(&mut self, epoch: Epoch, alarm: u32) {
        self.lapse_counts.insert(epoch, LapseCount { alarm, lapses: 0 });
        let is_past = |of: &Epoch| of.get().saturating_add(1) < epoch.get();
        self.lapse_counts.remove_run(Epoch::ZERO, is_past);
        self.lapses.remove_run((Epoch::ZERO, Handle(Fr::from(0u64))), |(of, _)| is_past(of));
    }
    /// Counts a plan that lapsed or refused its match in the current epoch. Before the first epoch
    /// nothing is counted. Gives the epoch if this plan is the one that is too many, which raises the
    /// alarm.
    pub(crate) fn count_lapse(&mut self, handle: Handle) -> Option<Epoch> {
        let epoch = (*self.epoch)?;
        self.lapses.add((epoch, handle));
        let count = self.lapse_counts.or_default(epoch);
        let before = count.is_alarming();
        count.lapses = count.lapses.saturating_add(1);
        (!before && count.is_alarming()).then_some(epoch)
    }
}
