//! Credentials and trace tags: the epochs that count, and what was used once
//! (docs/decisions/0029-credentials-and-exits.md).

use super::State;
use protocol::keys::{TraceCommitment, TraceTag};
use protocol::units::{Cycle, Epoch};
use protocol::Fr;

impl State {
    /// Whether an epoch is the current one or the next. Before the first epoch that is epoch 1.
    pub(crate) fn is_current_or_next(&self, epoch: Epoch) -> bool {
        let current = self.epoch.map_or(0, Epoch::get);
        epoch.get().checked_sub(current).is_some_and(|ahead| ahead == 1 || (ahead == 0 && current > 0))
    }
    /// Whether a credential of the epoch `shown` counts for taking out what belongs to the epoch `of`:
    /// it is not newer, and it is at most `exit_epochs` older than the current one.
    pub(crate) fn may_exit(&self, shown: Epoch, of: Epoch) -> bool {
        self.epoch.is_some() && (self.oldest_shown()..=of.get()).contains(&shown.get())
    }
    /// The number of the oldest epoch whose credentials may still be shown.
    fn oldest_shown(&self) -> u32 {
        self.epoch.map_or(0, Epoch::get).saturating_sub(self.genesis.limits.exit_epochs).max(1)
    }
    /// Whether a credential that may still be shown, or one of the next epoch, names this trace key.
    pub fn has_trace_key(&self, kappa: &TraceCommitment) -> bool {
        let next = self.epoch.map_or(0, Epoch::get).saturating_add(1);
        let epochs = (self.oldest_shown()..=next).filter_map(|epoch| Epoch::new(epoch).ok());
        epochs.into_iter().any(|epoch| self.trace_keys.contains(&(epoch, *kappa)))
    }
    /// Whether the trace keys of an epoch may have been forgotten.
    pub(crate) fn has_forgotten_trace_keys(&self) -> bool {
        self.oldest_shown() > 1
    }
    /// Whether a plan of the cycle has this trace tag, while the cycle takes listings.
    pub fn has_plan_tag(&self, cycle: Cycle, tag: &TraceTag) -> bool {
        self.plan_tags.contains(&(cycle, *tag))
    }
    /// Whether a withdrawal of the current epoch has this trace tag.
    pub fn has_withdrawal_tag(&self, tag: &TraceTag) -> bool {
        self.withdrawal_tags.contains(tag)
    }
    /// Forgets the tags of a cycle that takes no more listings.
    pub(crate) fn forget_plan_tags(&mut self, cycle: Cycle) {
        self.plan_tags.remove_run((cycle, TraceTag(Fr::from(0u64))), |(of, _)| *of == cycle);
    }
    /// Begins an epoch: forgets the tags of the last one's withdrawals, and the trace keys of
    /// credentials that may no longer be shown.
    pub(crate) fn forget_credentials(&mut self) {
        self.withdrawal_tags.remove_run(TraceTag(Fr::from(0u64)), |_| true);
        let (oldest, first) = (self.oldest_shown(), (Epoch::ZERO, TraceCommitment(Fr::from(0u64))));
        self.trace_keys.remove_run(first, |(epoch, _)| epoch.get() < oldest);
    }
}
