//! A household's devices that can use energy at one time or another: batteries, cars, flexible loads.
//!
//! Before each slot the household plans the next [`SLOTS_AHEAD`] slots (the crate `grid`, module
//! `schedule`): its forecast is what the roof leaves over or the household lacks, and energy costs the
//! retail tariff and earns the feed-in tariff. It lists the first slot of that schedule only. In the
//! slot the devices follow the schedule, and the battery makes up for what the forecast missed.

mod ahead;
mod run;
mod set_point;

pub use run::{Run, Use};
pub use set_point::{Ahead, SetPoint};

use grid::schedule::Efficiency;
use grid::units::Power;
use protocol::units::{Energy, Price};

/// How many slots a schedule looks ahead: until the same time tomorrow.
pub const SLOTS_AHEAD: usize = 96;

/// The most flexible loads of a household.
pub const MOST_FLEXIBLE: usize = 8;

/// The devices of a household.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Devices {
    /// Its battery and its car.
    pub stores: Vec<Store>,
    /// Its flexible loads.
    pub flexible: Vec<Flexible>,
}

impl Devices {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.stores.is_empty() && self.flexible.is_empty()
    }
}

/// A battery, at home or in a car.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Store {
    /// The most energy that it stores.
    pub capacity: Energy,
    /// The least energy that stays in it.
    pub minimum: Energy,
    /// What it stores at first, from `minimum` to `capacity`.
    pub start: Energy,
    /// The most that goes in, before losses.
    pub charge: Power,
    /// The most that comes out, after losses.
    pub discharge: Power,
    /// How much of what goes in is stored.
    pub charge_efficiency: Efficiency,
    /// How much of what is taken from the store comes out.
    pub discharge_efficiency: Efficiency,
    /// What a kWh in or out costs in wear.
    pub wear: Price,
    /// When it is on the road. None: it never leaves the house.
    pub trips: Option<Trips>,
}

/// When a car is away, by the local clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trips {
    /// The quarter hour of the day in which it leaves.
    pub leaves: u8,
    /// The quarter hour of the day in which it is back, after `leaves`.
    pub returns: u8,
    /// What it uses on the road, taken when it leaves.
    pub drive: Energy,
    /// Whether it leaves on Saturdays and Sundays, too.
    pub weekends: bool,
}

/// A load that takes its energy once a day, within a window of the local day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flexible {
    /// What it takes a day.
    pub energy: Energy,
    /// The first quarter hour of its window.
    pub from: u8,
    /// The quarter hour before which its window ends, up to 96.
    pub until: u8,
    /// The most that it takes at once.
    pub most: Power,
}

/// Whole Wh that a power is in a quarter hour.
fn quarter(power: Power) -> u64 {
    power.get().max(0) as u64 / 4
}

impl Trips {
    /// Whether the car is away in a slot.
    fn away(&self, slot: &crate::slot::Slot) -> bool {
        (self.leaves..self.returns).contains(&slot.of_day()) && (self.weekends || !slot.weekday().is_weekend())
    }

    /// What it uses in a slot: everything when it leaves.
    fn drive(&self, slot: &crate::slot::Slot) -> u64 {
        match self.away(slot) && slot.of_day() == self.leaves {
            true => self.drive.get(),
            false => 0,
        }
    }
}

impl Flexible {
    /// Whether a slot is in the window.
    fn open(&self, slot: &crate::slot::Slot) -> bool {
        (self.from..self.until).contains(&slot.of_day())
    }
}

#[cfg(test)]
mod tests;
