//! What devices should do in a slot, and the slots for which that is planned.

use crate::net_energy::NetEnergy;
use crate::slot::Slot;
use protocol::units::Price;

/// A slot ahead, with its tariff and what the household expects of it without its devices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ahead {
    /// The slot.
    pub slot: Slot,
    /// What the grid takes for a kWh.
    pub retail: Price,
    /// What the grid gives for a kWh.
    pub feed_in: Price,
}

/// What the devices should do in a slot, in whole Wh.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetPoint {
    /// What was expected of the slot without the devices.
    pub expected: NetEnergy,
    /// What goes into each store; below zero, what comes out.
    pub stores: Vec<i64>,
    /// What each flexible load takes.
    pub flexible: Vec<u64>,
    /// The least price at which a Wh is worth selling.
    pub low: Price,
    /// The greatest price at which a Wh is worth buying.
    pub high: Price,
}

impl SetPoint {
    /// What the slot is expected to leave over or lack with the devices.
    pub fn net(&self) -> NetEnergy {
        let moved = self.stores.iter().sum::<i64>() + self.flexible.iter().map(|wh| *wh as i64).sum::<i64>();
        self.expected.less(moved)
    }

    /// The same, without the part of a surplus that a store gives: what a store gives is not made from
    /// the roof's energy in this slot, and is not sold as if it were.
    pub fn for_sale(&self) -> NetEnergy {
        let from_stores: i64 = self.stores.iter().map(|wh| (-wh).max(0)).sum();
        match self.net().get() {
            net @ 1.. => self.net().less(from_stores.min(net)),
            _ => self.net(),
        }
    }
}
