//! The bill of one household in one period, in whole Wh and nano-currency.

use crate::fees::Fees;
use crate::gross::Reading;
use market::books::{Row, Traded};
use market::settlement::Tariff;
use protocol::units::Price;
use std::ops::AddAssign;

/// The bill of a household that has no market: the grid takes and gives everything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Alone {
    /// Price of the energy taken from the grid, nano-currency.
    pub paid: i128,
    /// What the grid pays for the energy given to it, nano-currency.
    pub earned: i128,
    /// Network fee, nano-currency.
    pub network: i128,
    /// Levies, nano-currency.
    pub levies: i128,
}

impl Alone {
    /// The bill of a consumption and an injection at a tariff, Wh.
    pub fn of(consumed: u64, injected: u64, tariff: Tariff, fees: &Fees) -> Alone {
        Alone {
            paid: at(tariff.retail, consumed),
            earned: at(tariff.feed_in, injected),
            network: fees.network_of(consumed, 0),
            levies: fees.levies_of(consumed, 0),
        }
    }

    /// What the household owes; negative when it earns.
    pub fn sum(&self) -> i128 {
        self.paid - self.earned + self.network + self.levies
    }
}

/// The price of an energy, nano-currency: 1 micro-currency per kWh is 1 nano-currency per Wh.
pub(crate) fn at(price: Price, wh: u64) -> i128 {
    i128::from(price.get()) * i128::from(wh)
}

/// The bill of a household in a period. Energy in Wh, money in nano-currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bill {
    /// Number of its plans, at most one in a cycle.
    pub plans: u64,
    /// Cycles in which the household has no reading.
    pub missing: u64,
    /// Energy that the household took from the network, by its meter.
    pub consumed: u64,
    /// Energy that the household gave to the network, by its meter.
    pub injected: u64,
    /// Energy settled with neighbours that it bought.
    pub bought: u64,
    /// Energy settled with neighbours that it sold.
    pub sold: u64,
    /// Energy settled with the grid that it took.
    pub from_grid: u64,
    /// Energy settled with the grid that it gave.
    pub to_grid: u64,
    /// Its whole consumption. None where it is not known of every cycle.
    pub load: Option<u64>,
    /// Its whole generation. None where it is not known of every cycle.
    pub generation: Option<u64>,
    /// Its generation that it used itself. None where it is not known of every cycle.
    pub own_use: Option<u64>,
    /// What it paid neighbours.
    pub paid: i128,
    /// What it earned from neighbours.
    pub earned: i128,
    /// What it owes the grid, paid or not.
    pub grid_paid: i128,
    /// What the grid paid it.
    pub grid_earned: i128,
    /// The part of `grid_paid` that its balance could not bear: it is owed still.
    pub unpaid: i128,
    /// Deviation penalties that it owes neighbours, less those that neighbours owe it.
    pub penalties: i128,
    /// Network fee.
    pub network: i128,
    /// Levies.
    pub levies: i128,
    /// The bill without a market.
    pub alone: Alone,
}

impl Bill {
    /// A bill of nothing. `gross`: whether consumption and generation behind the meter are known.
    pub fn nothing(gross: bool) -> Bill {
        let zero = gross.then_some(0);
        Bill {
            plans: 0,
            missing: 0,
            consumed: 0,
            injected: 0,
            bought: 0,
            sold: 0,
            from_grid: 0,
            to_grid: 0,
            load: zero,
            generation: zero,
            own_use: zero,
            paid: 0,
            earned: 0,
            grid_paid: 0,
            grid_earned: 0,
            unpaid: 0,
            penalties: 0,
            network: 0,
            levies: 0,
            alone: Alone::default(),
        }
    }

    /// What the household owes without a market; negative when it earns.
    pub fn without(&self) -> i128 {
        self.alone.sum()
    }

    /// What the household owes with the market; negative when it earns. A debt to the grid counts
    /// as if it were paid: a debt is no gain.
    pub fn with(&self) -> i128 {
        self.paid - self.earned + self.grid_paid - self.grid_earned + self.penalties + self.network + self.levies
    }

    /// What the household saves by the market: bill without less bill with.
    pub fn saved(&self) -> i128 {
        self.without() - self.with()
    }

    /// Adds a household's books in a cycle, at its tariff.
    pub(crate) fn add_row(&mut self, row: &Row, tariff: Tariff, fees: &Fees) {
        let (consumed, injected) = (row.meter.consumed.get(), row.meter.injected.get());
        let (surplus, shortfall) = (row.beyond.surplus.get(), row.beyond.shortfall.get());
        self.consumed += consumed;
        self.injected += injected;
        self.from_grid += shortfall;
        self.to_grid += surplus;
        let due = at(tariff.retail, shortfall);
        self.grid_paid += due;
        self.grid_earned += at(tariff.feed_in, surplus);
        if row.unpaid {
            self.unpaid += due;
        }
        // Fees follow the energy that went through the household's own meter.
        let grid = shortfall.min(consumed);
        self.network += fees.network_of(grid, consumed - grid);
        self.levies += fees.levies_of(grid, consumed - grid);
        self.alone += Alone::of(consumed, injected, tariff, fees);
    }

    /// Adds a trade in which the household is the buyer.
    pub(crate) fn add_bought(&mut self, trade: &Traded) {
        self.bought += trade.settled.get();
        self.paid += i128::from(trade.paid.get());
        self.penalties += i128::from(trade.buyer_owes.get()) - i128::from(trade.seller_owes.get());
    }

    /// Adds a trade in which the household is the seller.
    pub(crate) fn add_sold(&mut self, trade: &Traded) {
        self.sold += trade.settled.get();
        self.earned += i128::from(trade.earned.get());
        self.penalties += i128::from(trade.seller_owes.get()) - i128::from(trade.buyer_owes.get());
    }

    /// Adds what lies behind the household's meter.
    pub(crate) fn add_reading(&mut self, reading: Reading) {
        let add = |sum: Option<u64>, wh: u32| sum.map(|sum| sum + u64::from(wh));
        match reading {
            Reading::Missing => self.missing += 1,
            Reading::Unknown => (self.load, self.generation, self.own_use) = (None, None, None),
            Reading::Known { load, generation, own_use } => {
                self.load = add(self.load, load);
                self.generation = add(self.generation, generation);
                self.own_use = add(self.own_use, own_use);
            }
        }
    }
}

impl AddAssign for Alone {
    fn add_assign(&mut self, other: Alone) {
        self.paid += other.paid;
        self.earned += other.earned;
        self.network += other.network;
        self.levies += other.levies;
    }
}

impl AddAssign<&Bill> for Bill {
    fn add_assign(&mut self, other: &Bill) {
        let both = |one: Option<u64>, other: Option<u64>| Some(one? + other?);
        self.plans += other.plans;
        self.missing += other.missing;
        self.consumed += other.consumed;
        self.injected += other.injected;
        self.bought += other.bought;
        self.sold += other.sold;
        self.from_grid += other.from_grid;
        self.to_grid += other.to_grid;
        self.load = both(self.load, other.load);
        self.generation = both(self.generation, other.generation);
        self.own_use = both(self.own_use, other.own_use);
        self.paid += other.paid;
        self.earned += other.earned;
        self.grid_paid += other.grid_paid;
        self.grid_earned += other.grid_earned;
        self.unpaid += other.unpaid;
        self.penalties += other.penalties;
        self.network += other.network;
        self.levies += other.levies;
        self.alone += other.alone;
    }
}
