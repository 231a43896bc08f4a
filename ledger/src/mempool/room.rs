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
    /// Makes room for one more from this source. The source that has most held loses its oldest
    /// transaction if it has more than this one. Error: [`Refusal::Busy`].
    pub(super) fn make_room(&mut self, source: Source, by_operator: bool) -> Result<(), Refusal> {
        let of_source = || self.held.values().filter(|held| held.source() == source).count();
        if self.suspects.contains_key(&source) && of_source() >= FROM_SUSPECT {
            return Err(Refusal::Busy);
        }
        let full = match by_operator {
            true => self.held.len() >= MAX_TRANSACTIONS + FOR_OPERATORS,
            false => self.held.values().filter(|held| !held.by_operator).count() >= MAX_TRANSACTIONS,
        };
        if !full {
            return Ok(());
        }
        let mut counts: BTreeMap<Source, usize> = BTreeMap::new();
        let evictable = || self.held.iter().filter(|(_, held)| by_operator || !held.by_operator);
        evictable().for_each(|(_, held)| *counts.entry(held.source()).or_default() += 1);
        let own = counts.get(&source).copied().unwrap_or_default();
        let (greediest, count) = counts.into_iter().max_by_key(|(_, count)| *count).ok_or(Refusal::Busy)?;
        if count <= own + 1 {
            return Err(Refusal::Busy);
        }
        let oldest = evictable().find(|(_, held)| held.source() == greediest).map(|(place, _)| *place);
        self.remove(oldest.ok_or(Refusal::Busy)?);
        Ok(())
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
