//! Which method had the least error of late.

use super::Method;
use crate::net_energy::NetEnergy;
use std::collections::VecDeque;

/// As many slots must have been measured before their errors choose the method: a day's.
const LEAST_SLOTS: u64 = 96;

/// Sets of methods as bits, by the order of [`Method::ALL`].
const SETS: usize = 1 << Method::COUNT;

/// The errors of a day, kept apart by the set of methods that could forecast a slot, so that
/// methods are compared over the same slots.
#[derive(Clone, Debug)]
struct Day {
    day: u32,
    slots: [u64; SETS],
    absolute_wh: [[u64; Method::COUNT]; SETS],
}

/// The errors of the days within the lookback, the oldest first.
#[derive(Clone, Debug, Default)]
pub(super) struct Trials(VecDeque<Day>);

impl Trials {
    /// Adds what each method said of a measured slot.
    pub(super) fn add(&mut self, day: u32, nets: &[Option<NetEnergy>; Method::COUNT], actual: NetEnergy, days: u16) {
        let set = set_of(&nets.map(|net| net.is_some()));
        if set == 0 {
            return;
        }
        if self.0.back().is_none_or(|last| last.day != day) {
            self.0.push_back(Day { day, slots: [0; SETS], absolute_wh: [[0; Method::COUNT]; SETS] });
        }
        while self.0.front().is_some_and(|first| first.day.saturating_add(days.into()) <= day) {
            self.0.pop_front();
        }
        let Some(last) = self.0.back_mut() else { return };
        last.slots[set] += 1;
        for (sum, net) in last.absolute_wh[set].iter_mut().zip(nets) {
            *sum += net.map_or(0, |net| net.get().abs_diff(actual.get()));
        }
    }

    /// The index of the method to take, of those that can forecast a slot. It is the one with the
    /// least error over the slots that all of these could forecast. It is the first of them until a
    /// day's slots are measured. None without any method.
    pub(super) fn best(&self, available: &[bool; Method::COUNT]) -> Option<usize> {
        let wanted = set_of(available);
        let (mut slots, mut absolute) = (0, [0u64; Method::COUNT]);
        for day in &self.0 {
            for set in (0..SETS).filter(|set| set & wanted == wanted) {
                slots += day.slots[set];
                for (sum, error) in absolute.iter_mut().zip(&day.absolute_wh[set]) {
                    *sum += error;
                }
            }
        }
        let methods = (0..Method::COUNT).filter(|method| available[*method]);
        if slots < LEAST_SLOTS {
            return methods.min();
        }
        methods.min_by_key(|method| (absolute[*method], *method))
    }
}

fn set_of(methods: &[bool; Method::COUNT]) -> usize {
    methods.iter().enumerate().map(|(bit, is_in)| usize::from(*is_in) << bit).sum()
}
