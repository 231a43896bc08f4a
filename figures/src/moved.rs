//! What is known of the devices of households beside the scenario.

use crate::bill::Bill;
use std::ops::AddAssign;

/// What is known of the devices of a scenario's households. The scenario itself is the one with
/// devices.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Devices {
    /// What the devices of each household moved, in the scenario's order; `None` where it has none.
    pub moved: Vec<Option<Moved>>,
    /// The bill of each household over the whole period, by the first rule, when its loads run and its
    /// cars charge at once, and it has no battery.
    pub without: Vec<Bill>,
}

/// What devices moved, in Wh.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moved {
    /// What went into stores.
    pub charged: u64,
    /// What came out of stores.
    pub discharged: u64,
    /// What flexible loads took.
    pub flexible: u64,
    /// What cars used on the road.
    pub driven: u64,
    /// What cars lacked when they left.
    pub short: u64,
    /// The capacity of all stores.
    pub capacity: u64,
    /// What all stores held at first.
    pub first: u64,
    /// What all stores held in the end.
    pub last: u64,
}

impl Moved {
    /// How often the stores were filled and emptied, in thousandths: what was taken from them over
    /// their capacity. Zero without a store.
    pub(crate) fn cycles(&self) -> u64 {
        (1000 * (self.discharged + self.driven)).checked_div(self.capacity).unwrap_or(0)
    }

    /// The energy that was used at another time than it was taken: what came out of stores, and what
    /// flexible loads took.
    pub(crate) fn shifted(&self) -> u64 {
        self.discharged + self.flexible
    }
}

impl AddAssign for Moved {
    fn add_assign(&mut self, other: Moved) {
        self.charged += other.charged;
        self.discharged += other.discharged;
        self.flexible += other.flexible;
        self.driven += other.driven;
        self.short += other.short;
        self.capacity += other.capacity;
        self.first += other.first;
        self.last += other.last;
    }
}
