//! What a household's meter showed, by quarter hour of the day.

use crate::reading::{Quality, Reading};
use crate::slot::{Slot, SLOTS_OF_DAY};
use std::collections::VecDeque;

/// A past reading of a quarter hour.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    day: u32,
    net_wh: i64,
    weekend: bool,
    estimated: bool,
}

/// For each quarter hour of a day its readings within the lookback, the oldest first.
#[derive(Clone, Debug)]
pub(super) struct Past(Vec<VecDeque<Entry>>);

impl Past {
    pub(super) fn new() -> Past {
        Past(vec![VecDeque::new(); usize::from(SLOTS_OF_DAY)])
    }

    /// Adds a reading, and forgets what no forecast of a later day looks back to.
    pub(super) fn add(&mut self, slot: Slot, reading: Reading, days: u16) {
        let entries = &mut self.0[usize::from(slot.of_day())];
        entries.push_back(Entry {
            day: slot.day(),
            net_wh: reading.net.get(),
            weekend: slot.weekday().is_weekend(),
            estimated: reading.quality == Quality::Estimated,
        });
        while entries.front().is_some_and(|entry| entry.day.saturating_add(days.into()) <= slot.day()) {
            entries.pop_front();
        }
    }

    /// The readings of the slot's quarter hour on the `days` days before its day, the oldest first.
    pub(super) fn before(&self, slot: Slot, days: u16) -> impl Iterator<Item = &Entry> {
        let within =
            move |entry: &&Entry| entry.day < slot.day() && entry.day.saturating_add(days.into()) >= slot.day();
        self.0[usize::from(slot.of_day())].iter().filter(within)
    }
}

/// Readings, added up.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sum {
    pub(super) net_wh: i64,
    pub(super) readings: u16,
    pub(super) estimated: u16,
}

impl Sum {
    fn add(&mut self, entry: &Entry) {
        self.net_wh += entry.net_wh;
        self.readings = self.readings.saturating_add(1);
        self.estimated = self.estimated.saturating_add(entry.estimated.into());
    }
}

/// What a forecast sees of the past: the sums that its methods need.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Window {
    /// Over all days.
    pub(super) all: Sum,
    /// Over the days of the same kind as the slot's.
    pub(super) same_kind: Sum,
    /// Of the last reading alone.
    pub(super) last: Sum,
}

impl Window {
    /// Adds a reading that is later than those before it. `weekend`: the kind of the slot's day.
    pub(super) fn add(&mut self, entry: &Entry, weekend: bool) {
        self.all.add(entry);
        if entry.weekend == weekend {
            self.same_kind.add(entry);
        }
        self.last = Sum::default();
        self.last.add(entry);
    }
}
