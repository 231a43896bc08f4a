//! The books of a cycle, and what must balance in them.

use crate::outcome::{GridRow, Rejection, Trade};
use crate::outcome::{Outcome, SHORTFALL_UNPAID};
use crate::rules::Account;
use crate::scenario::{CyclePlans, Scenario};
use protocol::market_parameters::MarketParameters;
use protocol::units::{Cycle, Energy, Money, Price, Side};

/// A trade, delivered and settled. Plans by their index in the cycle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Traded {
    /// The round in which it was made.
    pub round: u8,
    /// The sell plan.
    pub seller: usize,
    /// The buy plan.
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
    /// What the buyer paid.
    pub paid: Money,
    /// What the seller got.
    pub earned: Money,
    /// The distance of the two households in a straight line, in metres.
    pub metres: u64,
}

/// The books of one plan in a cycle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// The household's index.
    pub household: usize,
    /// The plan's side.
    pub side: Side,
    /// The meter's reading: energy injected or consumed.
    pub metered: Energy,
    /// Sum of the delivered volumes v_a of its trades.
    pub delivered: Energy,
    /// Sum of the settled volumes v_f of its trades.
    pub settled: Energy,
    /// The money that the trades brought the seller, or cost the buyer.
    pub traded: Money,
    /// The surplus of a seller, or the shortfall of a buyer.
    pub beyond: Energy,
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
    /// Each household's account before it.
    pub start: Vec<Account>,
    /// The trades, in the order made.
    pub trades: Vec<Traded>,
    /// A row for each plan, in list order.
    pub rows: Vec<Row>,
    /// Plans whose buyer could not bear their lock.
    pub rejected: Vec<Rejection>,
}

impl Row {
    /// What the cycle brought the plan's household by trades and grid, in nano-currency.
    pub fn income(&self) -> i128 {
        match self.side {
            Side::Sell => self.grid + i128::from(self.traded.get()),
            Side::Buy => self.grid - i128::from(self.traded.get()),
        }
    }
}

/// The sums over the trades of one plan.
#[derive(Clone, Copy, Default)]
struct Sums {
    delivered: u64,
    settled: u64,
    money: u64,
}

impl CycleBooks {
    /// Checks that the cycle made or lost no energy and no money. `end` are the accounts after the
    /// cycle. The error says which law is broken.
    ///
    /// Energy, for every plan: the trades deliver at most the meter's reading. The settled energy
    /// and the energy of the grid add up to the reading. The only exception is a plan that settles
    /// more than its reading and leaves nothing to the grid: then the operator bears the excess,
    /// which is at most the energy that was settled and not delivered.
    ///
    /// Money: each household's balance changes by the sum of its trades and of its settlement with
    /// the grid. All balances together change by what the grid paid, less what it was paid, less
    /// what buyers paid and no seller got. The last of these is not below zero.
    pub fn conserved(&self, market: &MarketParameters, end: &[Account]) -> Result<(), &'static str> {
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
            for (plan, side, money) in [(trade.seller, Side::Sell, trade.earned), (trade.buyer, Side::Buy, trade.paid)]
            {
                if self.rows[plan].side != side {
                    return Err("a plan trades on the other side");
                }
                let sum = &mut sums[plan];
                sum.delivered += trade.delivered.get();
                sum.settled += trade.settled.get();
                sum.money += money.get();
            }
            kept += i128::from(trade.paid.get()) - i128::from(trade.earned.get());
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
            if (row.delivered.get(), row.settled.get(), row.traded.get()) != (sum.delivered, sum.settled, sum.money) {
                return Err("a plan's row is not the sum of its trades");
            }
            if row.delivered > row.metered {
                return Err("more is delivered than the meter shows");
            }
            let booked = row.settled.get() + row.beyond.get();
            let imbalance = booked.checked_sub(row.metered.get()).ok_or("metered energy is booked nowhere")?;
            let undelivered = row.settled.get() - row.delivered.get();
            if imbalance > undelivered || imbalance > 0 && row.beyond > Energy::ZERO {
                return Err("more energy is booked than was metered");
            }
            let price = if row.side == Side::Sell { market.feed_in } else { market.retail };
            let due = i128::from(row.beyond.at(price).get());
            let grid = match (row.side, row.unpaid) {
                (Side::Sell, _) => due,
                (Side::Buy, false) => -due,
                (Side::Buy, true) => 0,
            };
            if row.grid != grid {
                return Err("the grid's money is not its energy at its price");
            }
            change[row.household] -= row.income();
        }
        if change.iter().any(|change| *change != 0) {
            return Err("a household's money changed by another sum than its trades' and the grid's");
        }
        Ok(())
    }

    /// The operator's imbalance: energy that was settled and not delivered, in Wh.
    pub fn imbalance(&self) -> u64 {
        self.trades.iter().map(|trade| trade.settled.get() - trade.delivered.get()).sum()
    }

    /// Adds the cycle's trades, grid rows and rejections to an outcome.
    pub(super) fn report(&self, scenario: &Scenario, cycle: &CyclePlans, outcome: &mut Outcome) {
        let id = |plan: usize| scenario.households[cycle.plans[plan].household].id.clone();
        let number = self.cycle.get();
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
        }));
        for (plan, row) in self.rows.iter().enumerate() {
            if row.unpaid {
                let reason = SHORTFALL_UNPAID.into();
                outcome.rejected.push(Rejection { cycle: number, household: id(plan), reason });
            }
            if row.beyond > Energy::ZERO {
                let (surplus_wh, shortfall_wh) = match row.side {
                    Side::Sell => (row.beyond.get(), 0),
                    Side::Buy => (0, row.beyond.get()),
                };
                let household = id(plan);
                outcome.grid.push(GridRow { cycle: number, household, surplus_wh, shortfall_wh, amount: row.grid });
            }
        }
    }
}
