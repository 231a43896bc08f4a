//! A household's next cycles: what it needs, what energy costs, and which devices can shift energy.

use crate::units::{CycleSeconds, Power};
use protocol::market_parameters::PriceGrid;
use protocol::units::{Energy, Price};

/// The most cycles of a horizon: the quarter hours of a leap year.
pub const MOST_CYCLES: usize = 366 * 96;
/// The most batteries of a horizon, and the most flexible loads.
pub const MOST_DEVICES: usize = 1000;

/// A household's next cycles. [`super::plan`] checks it before it plans.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Horizon {
    /// How long a cycle is.
    pub cycle: CycleSeconds,
    /// The prices that a plan may have.
    pub price_grid: PriceGrid,
    /// What the household takes in each cycle without its devices.
    pub load: Vec<Energy>,
    /// What a kWh from the network is expected to cost in each cycle.
    pub buy: Vec<Price>,
    /// What a kWh into the network is expected to earn in each cycle, at most the price to buy.
    pub sell: Vec<Price>,
    /// The most that the household may take from the network. None: no limit.
    pub import: Option<Power>,
    /// The most that the household may give to the network. None: no limit.
    pub export: Option<Power>,
    /// Its batteries, cars among them.
    pub batteries: Vec<Battery>,
    /// Its generator, the roof among them.
    pub generator: Option<Generator>,
    /// Loads that may run at one time or another.
    pub flexible: Vec<Flexible>,
}

/// A battery; with `away` and `drive`, that of a car.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Battery {
    /// The most energy that it stores.
    pub capacity: Energy,
    /// The least energy that stays in it at the end of every cycle.
    pub minimum: Energy,
    /// What it stores when the horizon begins.
    pub initial: Energy,
    /// The least energy that it stores when the horizon ends.
    pub r#final: Energy,
    /// The most that goes in, before losses.
    pub charge: Power,
    /// The most that comes out, after losses.
    pub discharge: Power,
    /// How much of what goes in is stored.
    pub charge_efficiency: Efficiency,
    /// How much of what is taken from the store comes out.
    pub discharge_efficiency: Efficiency,
    /// What use of the battery costs, for each kWh that goes in and for each that comes out.
    pub wear: Price,
    /// The cycles in which it is not plugged in.
    pub away: Vec<usize>,
    /// What it uses on the road in each cycle. None: nothing.
    pub drive: Option<Vec<Energy>>,
}

/// A generator whose output may be curtailed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Generator {
    /// The most that it generates in each cycle, before conversion.
    pub available: Vec<Energy>,
    /// How far its power may change from one cycle to the next. None: it may change at will.
    pub ramp: Option<Power>,
    /// What it generated in the cycle before the first, before conversion.
    pub before: Energy,
    /// How much is left after conversion.
    pub efficiency: Efficiency,
    /// What a generated kWh costs, before conversion.
    pub cost: Price,
}

/// A load that takes exactly its energy within its window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flexible {
    /// What it takes in all.
    pub energy: Energy,
    /// The first cycle of its window.
    pub from: usize,
    /// The cycle before which its window ends.
    pub until: usize,
    /// The most that it takes at once.
    pub most: Power,
}

/// A part of a whole above nothing: 1 to 1000 per mille.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Efficiency(u16);

impl Efficiency {
    /// Nothing is lost.
    pub const WHOLE: Efficiency = Efficiency(1000);

    /// The efficiency of that many per mille. None unless it is in 1..=1000.
    pub const fn new(permille: u16) -> Option<Efficiency> {
        match permille {
            1..=1000 => Some(Efficiency(permille)),
            _ => None,
        }
    }

    /// In per mille.
    pub const fn permille(self) -> u16 {
        self.0
    }

    /// As a part of 1.
    pub fn share(self) -> f64 {
        f64::from(self.0) / 1000.0
    }
}

impl Battery {
    /// What it uses on the road in a cycle.
    pub fn drive(&self, cycle: usize) -> Energy {
        self.drive.as_ref().and_then(|drive| drive.get(cycle)).copied().unwrap_or(Energy::ZERO)
    }
}

impl Horizon {
    /// How many cycles it has.
    pub fn cycles(&self) -> usize {
        self.load.len()
    }

    /// What a power is in energy over a cycle, in Wh.
    pub fn energy(&self, power: Power) -> f64 {
        power.get() as f64 / self.cycle.watts_per_wh() as f64
    }
}
