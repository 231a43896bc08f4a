//! The books of a cycle, and what must balance in them.

use crate::outcome::{GridRow, Rejection, Trade};
use crate::outcome::{Outcome, SHORTFALL_UNPAID};
use crate::rules::{Account, Beyond, Meter};
use crate::scenario::{Imbalance, Scenario, Terms};
use crate::settlement::Tariff;
use protocol::units::{Cycle, Energy, Money, Price, Side};
use std::cmp::Ordering;

/// A trade, delivered and settled. Both sides are rows of the cycle's books, by their index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Traded {
    /// The round in which it was made.
    pub round: u8,
    /// The seller's row. By a mechanism it has the index of the sell plan.
    pub seller: usize,
    /// The buyer's row. By a mechanism it has the index of the buy plan.
    pub buyer: usize,
    /// The matched volume v_m.
    pub matched: Energy,
    /// The delivered volume v_a.
    pub delivered: Energy,
    /// Whether delivery was within tolerance.
    pub within: bool,
    /// The settled volume v_f.
    pub settled: Energy,
    /// The seller's ask.
    pub ask: Price,
    /// The buyer's limit.
    pub limit: Price,
    /// What the seller gets per kWh.
    pub seller_price: Price,
    /// What the buyer pays per kWh.
    pub buyer_price: Price,
    /// What the settled volume costs the buyer, before penalties.
    pub paid: Money,
    /// What the settled volume brings the seller, before penalties.
    pub earned: Money,
    /// The deviation penalty that the seller owes the buyer.
    pub seller_owes: Money,
    /// The deviation penalty that the buyer owes the seller.
    pub buyer_owes: Money,
    /// The distance of the two households in a straight line, in metres.
    pub metres: u64,
}

/// The books of one household in a cycle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// The household, the side of its plan, and what its meter shows.
    pub meter: Meter,
    /// Sum of the delivered volumes v_a of its trades.
    pub delivered: Energy,
    /// Sum of the settled volumes v_f of its trades.
    pub settled: Energy,
    /// The money that the trades brought the seller, or cost the buyer, penalties included.
    pub traded: Money,
    /// What the grid settles.
    pub beyond: Beyond,
    /// What the grid paid (positive) or was paid (negative), in nano-currency.
    pub grid: i128,
    /// Whether it has a shortfall that the balance could not bear.
    pub unpaid: bool,
}

/// The books of a cycle that one mechanism cleared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CycleBooks {
    /// The cycle.
    pub cycle: Cycle,
    /// The grid's prices in it.
    pub tariff: Tariff,
    /// Each household's account before it.
    pub start: Vec<Account>,
    /// The trades, in the order made.
    pub trades: Vec<Traded>,
    /// By a mechanism a row for each plan, in list order, then one for each household that has
    /// unplanned energy and no plan. By shares a row for each side of a household that its meter
    /// shows.
    pub rows: Vec<Row>,
    /// Plans whose buyer could not bear their lock.
    pub rejected: Vec<Rejection>,
}

impl Traded {
    /// The money that the seller got, penalties included, in nano-currency.
    pub fn seller_got(&self) -> i128 {
        i128::from(self.earned.get()) + i128::from(self.buyer_owes.get()) - i128::from(self.seller_owes.get())
    }

    /// The money that the buyer gave, penalties included, in nano-currency.
    pub fn buyer_gave(&self) -> i128 {
        i128::from(self.paid.get()) + i128::from(self.buyer_owes.get()) - i128::from(self.seller_owes.get())
    }
}

impl Row {
    /// What the cycle brought the household by trades and grid, in nano-currency.
    pub fn income(&self) -> i128 {
        match self.meter.side {
            Some(Side::Sell) => self.grid + i128::from(self.traded.get()),
            Some(Side::Buy) => self.grid - i128::from(self.traded.get()),
            None => self.grid,
        }
    }
}

/// The sums over the trades of one plan.
#[derive(Clone, Copy, Default)]
struct Sums {
    delivered: u64,
    settled: u64,
    money: i128,
}

impl CycleBooks {
    /// Checks that the cycle made or lost no energy and no money. `end` are the accounts after the
    /// cycle. The error says which law is broken.
    ///
    /// Energy, for every household: its trades deliver at most its meter's reading. What it
    /// injected and did not sell goes to the grid, and what it consumed and did not buy comes from
    /// there, Wh by Wh. Where trades settle more than the reading, the excess is energy that was
    /// settled and not delivered. It is settled with the grid in the other direction where
    /// households bear their imbalance. Otherwise it is booked nowhere: the operator bears it.
    ///
    /// Money: a trade moves nothing but its energy at its price, and the penalties that its two
    /// sides owe each other for energy that they lacked. No penalty is above what the trade brings
    /// the seller, or above what the buyer has locked for it and does not pay. Each household's
    /// balance changes by the sum of its trades and of its settlement with the grid. All balances
    /// together change by what the grid paid, less what it was paid, less what buyers paid and no
    /// seller got. The last of these is not below zero.
    pub fn conserved(&self, terms: &Terms, end: &[Account]) -> Result<(), &'static str> {
        let mut sums = vec![Sums::default(); self.rows.len()];
        let mut kept = 0i128;
        for trade in &self.trades {
            let settled_as = if trade.within { trade.matched } else { trade.delivered };
            if trade.delivered > trade.matched || trade.settled != settled_as {
                return Err("a trade settles what was neither agreed nor delivered");
            }
            if trade.paid != trade.settled.at(trade.buyer_price) || trade.earned != trade.settled.at(trade.seller_price)
            {
                return Err("a trade's money is not its energy at its price");
            }
            let sides = [
                (trade.seller, Side::Sell, trade.seller_owes, trade.earned.get(), trade.seller_got()),
                (trade.buyer, Side::Buy, trade.buyer_owes, unspent(trade), trade.buyer_gave()),
            ];
            for (plan, side, owes, most, money) in sides {
                let row = &self.rows[plan];
                if row.meter.side != Some(side) {
                    return Err("a plan trades on the other side");
                }
                let sum = &mut sums[plan];
                let left = row.meter.traded_from().get().checked_sub(sum.delivered);
                let lacked = trade.matched.get().saturating_sub(left.ok_or("more is delivered than the meter shows")?);
                let penalty = if trade.within { 0 } else { (lacked * terms.penalty.get()).min(most) };
                if owes.get() != penalty {
                    return Err("a penalty is not the energy that its side lacked at the penalty's price");
                }
                sum.delivered += trade.delivered.get();
                sum.settled += trade.settled.get();
                sum.money += money;
            }
            kept += trade.buyer_gave() - trade.seller_got();
        }
        if kept < 0 {
            return Err("sellers get more than buyers pay");
        }
        let mut change: Vec<i128> = self.start.iter().map(|account| -i128::from(account.balance.get())).collect();
        for (change, account) in change.iter_mut().zip(end) {
            *change += i128::from(account.balance.get());
        }
        if change.iter().sum::<i128>() != self.rows.iter().map(|row| row.grid).sum::<i128>() - kept {
            return Err("the households' money changed by another sum than the grid's and the operator's");
        }
        for (row, sum) in self.rows.iter().zip(&sums) {
            let of = (row.delivered.get(), row.settled.get(), i128::from(row.traded.get()));
            if of != (sum.delivered, sum.settled, sum.money) {
                return Err("a plan's row is not the sum of its trades");
            }
            row.energy_is_booked(terms.imbalance)?;
            let paid = i128::from(row.beyond.surplus.at(self.tariff.feed_in).get());
            let due = i128::from(row.beyond.shortfall.at(self.tariff.retail).get());
            if row.grid != paid - if row.unpaid { 0 } else { due } {
                return Err("the grid's money is not its energy at its price");
            }
            change[row.meter.household] -= row.income();
        }
        if change.iter().any(|change| *change != 0) {
            return Err("a household's money changed by another sum than its trades' and the grid's");
        }
        Ok(())
    }

    /// The operator's imbalance: energy that was settled and not delivered, in Wh. It is zero where
    /// households bear their imbalance.
    pub fn imbalance(&self, bears: Imbalance) -> u64 {
        match bears {
            Imbalance::Household => 0,
            Imbalance::Operator => self.trades.iter().map(|trade| trade.settled.get() - trade.delivered.get()).sum(),
        }
    }

    /// Adds the cycle's trades, grid rows and rejections to an outcome.
    pub(super) fn report(&self, scenario: &Scenario, outcome: &mut Outcome) {
        let id = |row: usize| scenario.households[self.rows[row].meter.household].id.clone();
        let number = self.cycle.get();
        let owes = |money: Money| (scenario.terms.penalty > Price::ZERO).then_some(money.get());
        outcome.rejected.extend(self.rejected.iter().cloned());
        outcome.trades.extend(self.trades.iter().map(|trade| Trade {
            cycle: number,
            round: trade.round,
            buyer: id(trade.buyer),
            seller: id(trade.seller),
            volume: trade.matched.get(),
            price: trade.buyer_price.get(),
            delivered: trade.delivered.get(),
            within: trade.within,
            settled_volume: trade.settled.get(),
            amount: trade.paid.get(),
            seller_owes: owes(trade.seller_owes),
            buyer_owes: owes(trade.buyer_owes),
        }));
        for row in &self.rows {
            let household = || scenario.households[row.meter.household].id.clone();
            if row.unpaid {
                let reason = SHORTFALL_UNPAID.into();
                outcome.rejected.push(Rejection { cycle: number, household: household(), reason });
            }
            if row.beyond.is_some() {
                outcome.grid.push(GridRow {
                    cycle: number,
                    household: household(),
                    surplus_wh: row.beyond.surplus.get(),
                    shortfall_wh: row.beyond.shortfall.get(),
                    amount: row.grid,
                });
            }
        }
    }
}

/// What the buyer has locked for a trade and does not pay for its energy, in nano-currency.
fn unspent(trade: &Traded) -> u64 {
    trade.matched.at(trade.buyer_price).get() - trade.paid.get()
}

impl Row {
    /// Checks that every Wh of the meter is in a trade or with the grid, and no Wh in both.
    fn energy_is_booked(&self, imbalance: Imbalance) -> Result<(), &'static str> {
        if self.delivered > self.meter.traded_from() {
            return Err("more is delivered than the meter shows");
        }
        let (injected, consumed) = (self.meter.injected.get(), self.meter.consumed.get());
        let settled = self.settled.get();
        let (sold, bought) = if self.meter.side == Some(Side::Sell) { (settled, 0) } else { (0, settled) };
        // What trades settle beyond the reading.
        let (sold_beyond, bought_beyond) = (sold.saturating_sub(injected), bought.saturating_sub(consumed));
        if sold_beyond + bought_beyond > settled - self.delivered.get() {
            return Err("more energy is booked than was metered");
        }
        let (gives, takes) = match imbalance {
            Imbalance::Operator => (0, 0),
            Imbalance::Household => (bought_beyond, sold_beyond),
        };
        let to_grid = (sold + self.beyond.surplus.get(), injected + sold_beyond + gives);
        let from_grid = (bought + self.beyond.shortfall.get(), consumed + bought_beyond + takes);
        for (booked, metered) in [to_grid, from_grid] {
            match booked.cmp(&metered) {
                Ordering::Less => return Err("metered energy is booked nowhere"),
                Ordering::Greater => return Err("more energy is booked than was metered"),
                Ordering::Equal => {}
            }
        }
        Ok(())
    }
}
