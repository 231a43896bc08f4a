//! Runs the devices slot by slot, in whole Wh; what is stored counts in mWh, so that losses of whole
//! per mille are exact.

use super::set_point::SetPoint;
use super::{quarter, Devices, Store};
use crate::net_energy::NetEnergy;
use crate::slot::Slot;
use protocol::units::Energy;

/// The devices of a household, and what they have done so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    devices: Devices,
    /// What each store holds, in mWh.
    stored: Vec<u64>,
    /// The last day on which each flexible load ran, and what it still has to take on it.
    left: Vec<(u32, u64)>,
    used: Use,
}

/// What devices have done so far, in Wh.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Use {
    /// What went into stores, before losses.
    pub charged: u64,
    /// What came out of stores, after losses.
    pub discharged: u64,
    /// What flexible loads took.
    pub flexible: u64,
    /// What cars used on the road.
    pub driven: u64,
    /// What cars lacked when they left.
    pub short: u64,
    /// The capacity of all stores.
    pub capacity: u64,
    /// What all stores held at first, and in the end.
    pub stored: [u64; 2],
}

impl Run {
    /// Devices that have done nothing yet.
    pub fn new(devices: Devices) -> Run {
        let stored: Vec<u64> = devices.stores.iter().map(|of| of.start.get() * 1000).collect();
        let left = devices.flexible.iter().map(|of| (u32::MAX, of.energy.get())).collect();
        let held = stored.iter().sum::<u64>() / 1000;
        let capacity = devices.stores.iter().map(|of| of.capacity.get()).sum();
        Run { devices, stored, left, used: Use { capacity, stored: [held, held], ..Use::default() } }
    }

    /// What they have done so far.
    pub fn used(&self) -> Use {
        let stored = [self.used.stored[0], self.stored.iter().sum::<u64>() / 1000];
        Use { stored, ..self.used }
    }

    /// What a store holds, in whole Wh.
    pub(super) fn stored(&self, index: usize) -> Energy {
        Energy::new(self.stored[index] / 1000).unwrap_or(Energy::MAX)
    }

    /// What a flexible load still has to take on a day.
    pub(super) fn left(&self, index: usize, day: u32) -> u64 {
        match self.left[index] {
            (last, left) if last == day => left,
            _ => self.devices.flexible[index].energy.get(),
        }
    }

    /// The devices.
    pub(super) fn devices(&self) -> &Devices {
        &self.devices
    }

    /// Runs the devices through a slot that leaves over or lacks `actual` without them, and says what
    /// it leaves over or lacks with them.
    ///
    /// Flexible loads and cars do what the schedule says. The first battery that stays at home makes
    /// up for what the forecast missed, as far as its limits allow; beyond the schedule it takes no
    /// more than the household's surplus and gives no more than the household lacks. Without a
    /// schedule loads run at once, cars charge at once to what they held at first, and the battery takes
    /// the surplus and gives the lack.
    pub fn through(&mut self, slot: Slot, actual: NetEnergy, set: Option<&SetPoint>) -> NetEnergy {
        let mut rest = actual;
        for index in 0..self.devices.flexible.len() {
            rest = rest.less(self.flexible(index, slot, set) as i64);
        }
        let home = self.devices.stores.iter().position(|of| of.trips.is_none());
        let others = (0..self.devices.stores.len()).filter(|index| Some(*index) != home);
        for index in others.chain(home).collect::<Vec<_>>() {
            let store = self.devices.stores[index];
            let planned = set.map(|set| set.stores[index]);
            let wanted = match (planned, set) {
                (Some(planned), Some(set)) if Some(index) == home => {
                    let missed = actual.get() - set.expected.get();
                    let (most, least) = (planned.max(rest.get()).max(0), planned.min(rest.get()).min(0));
                    (planned + missed).clamp(least, most)
                }
                (Some(planned), _) => planned,
                (None, _) if store.trips.is_none() => rest.get(),
                // Up to what it held at first: what a car stores beyond that it need not have.
                (None, _) => self.missing(index, &store),
            };
            rest = rest.less(self.store(index, &store, slot, wanted));
        }
        rest
    }

    /// What a car charges at once: all that it lacks of what it held at first.
    fn missing(&self, index: usize, store: &Store) -> i64 {
        let lacks = (store.start.get() * 1000).saturating_sub(self.stored[index]);
        lacks.div_ceil(u64::from(store.charge_efficiency.permille())).min(quarter(store.charge)) as i64
    }

    /// What a flexible load takes in a slot.
    fn flexible(&mut self, index: usize, slot: Slot, set: Option<&SetPoint>) -> u64 {
        let load = self.devices.flexible[index];
        if !load.open(&slot) {
            return 0;
        }
        let left = self.left(index, slot.day());
        let most = quarter(load.most);
        // What does not fit into the rest of the window has to run now.
        let later = most * u64::from(load.until - slot.of_day() - 1);
        let wanted = set.map_or(most, |set| set.flexible[index]).max(left.saturating_sub(later));
        let takes = wanted.min(most).min(left);
        self.left[index] = (slot.day(), left - takes);
        self.used.flexible += takes;
        takes
    }

    /// Charges a store, or discharges it where `wanted` is below zero, as far as its limits allow, and
    /// says by how much.
    fn store(&mut self, index: usize, store: &Store, slot: Slot, wanted: i64) -> i64 {
        let held = &mut self.stored[index];
        let (minimum, capacity) = (store.minimum.get() * 1000, store.capacity.get() * 1000);
        if let Some(trips) = store.trips.filter(|trips| trips.away(&slot)) {
            let needs = trips.drive(&slot);
            let drives = needs.min((*held - minimum) / 1000);
            *held -= drives * 1000;
            self.used.driven += drives;
            self.used.short += needs - drives;
            return 0;
        }
        let (into, out) = (store.charge_efficiency.permille(), store.discharge_efficiency.permille());
        match wanted {
            0.. => {
                let room = (capacity - *held) / u64::from(into);
                let charge = (wanted as u64).min(quarter(store.charge)).min(room);
                *held += charge * u64::from(into);
                self.used.charged += charge;
                charge as i64
            }
            _ => {
                let most = (*held - minimum) * u64::from(out) / 1_000_000;
                let discharge = wanted.unsigned_abs().min(quarter(store.discharge)).min(most);
                *held -= (discharge * 1_000_000).div_ceil(u64::from(out));
                self.used.discharged += discharge;
                -(discharge as i64)
            }
        }
    }
}
