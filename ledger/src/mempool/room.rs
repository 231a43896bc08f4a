//! The places of the pool: how many there are, for whom, and who has to give way.

use super::held::{Held, Standing};
use super::{Mempool, Source};
use crate::block::MAX_TRANSACTIONS;
use crate::Refusal;
use std::collections::BTreeMap;

/// Places that only operators' transactions can take.
pub(super) const FOR_OPERATORS: usize = 1024;
/// How many transactions a suspect source can have held.
pub(super) const FROM_SUSPECT: usize = 16;
/// How many of another source's transactions can wait for an earlier step or for a blob.
pub(super) const UNREADY: usize = 64;

impl Mempool {
    /// Makes room for one more from this source. A suspect source loses its oldest transaction to
    /// any that is not; otherwise the source that has most held loses it, if it has more than this
    /// one. What another source sent too stays, and is that one's from then on. The node's own
    /// process loses nothing. Error: [`Refusal::Busy`].
    pub(super) fn make_room(&mut self, source: Source, by_operator: bool) -> Result<(), Refusal> {
        let suspect = self.is_suspect(source);
        if suspect && self.held.values().filter(|held| held.source() == source).count() >= FROM_SUSPECT {
            return Err(Refusal::Busy);
        }
        while self.is_full(by_operator) {
            let mut counts: BTreeMap<Source, usize> = BTreeMap::new();
            let evictable = |held: &Held| by_operator || !held.by_operator;
            let held = self.held.values().filter(|held| evictable(held));
            held.for_each(|held| *counts.entry(held.source()).or_default() += 1);
            let own = counts.get(&source).copied().unwrap_or_default();
            let others = counts.into_iter().filter(|(of, _)| *of != Source::OWN);
            let loser = others.max_by_key(|(of, count)| (self.is_suspect(*of), *count));
            let (loser, _) = loser
                .filter(|(of, count)| !suspect && self.is_suspect(*of) || *count > own + 1)
                .ok_or(Refusal::Busy)?;
            let mut theirs = self.held.iter_mut().filter(|(_, held)| evictable(held) && held.source() == loser);
            let (place, held) = theirs.next().ok_or(Refusal::Busy)?;
            let place = *place;
            if !held.hand_over() {
                self.remove(place);
            }
        }
        Ok(())
    }

    fn is_full(&self, by_operator: bool) -> bool {
        match by_operator {
            true => self.held.len() >= MAX_TRANSACTIONS + FOR_OPERATORS,
            false => self.held.values().filter(|held| !held.by_operator).count() >= MAX_TRANSACTIONS,
        }
    }

    /// Whether a transaction may begin to wait for an earlier step or for its blob. Whoever sends a
    /// node such transactions pays with no proof that holds, so each source has few at a time.
    pub(super) fn may_wait(&self, place: u64) -> bool {
        let unready = |standing| matches!(standing, Standing::Early | Standing::WithoutBlob);
        let Some(of) = self.held.get(&place) else { return false };
        let own = |held: &&Held| held.source() == of.source() && unready(held.standing);
        let free = of.source() == Source::OWN || of.by_operator || unready(of.standing);
        free || self.held.values().filter(own).count() < UNREADY
    }
}
