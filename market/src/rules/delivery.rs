//! The end of a cycle: delivery, payment, reputation, the grid.

use super::account::Account;
use super::error::Error;
use super::rounds::Rounds;
use crate::outcome::{GridRow, Outcome, Rejection, Trade, SHORTFALL_UNPAID};
use crate::scenario::{CyclePlans, Intent, Scenario};
use protocol::units::{Energy, Money, PerMille};

/// Whether delivery is within tolerance, and the volume to settle: `(within, v_f)`. `delivered` is
/// at most `matched`.
pub fn settled(tolerance: PerMille, matched: Energy, delivered: Energy) -> (bool, Energy) {
    let deviation = matched.get() - delivered.get();
    let within = deviation * 1000 <= u64::from(tolerance.get()) * matched.get();
    (within, if within { matched } else { delivered })
}

/// The sums over the trades of one plan.
#[derive(Clone, Copy, Default)]
struct Books {
    /// The metered energy that no trade has taken yet.
    metered_left: Energy,
    /// Sum of the settled volumes v_f of its trades.
    settled: Energy,
    /// Sum of the amounts of its trades, in nano-currency.
    amount: Money,
}

const COVERED: &str = "v_f is at most v_m, and p_m at most the limit: the lock covers it";
const BOUNDED: &str = "a plan's v_m add up to its volume at most";

/// Delivers and settles `trades`, then the grid; adds their rows to `outcome`.
pub(super) fn settle(
    scenario: &Scenario,
    cycle: &CyclePlans,
    locks: &[Option<Money>],
    trades: &Rounds,
    accounts: &mut [Account],
    outcome: &mut Outcome,
) -> Result<(), Error> {
    let number = cycle.cycle.get();
    let id = |plan: usize| scenario.households[cycle.plans[plan].household].id.clone();
    let overflow = |plan: usize| move |_| Error::BalanceOverflow { cycle: number, household: id(plan) };
    let metered = |intent: &Intent| match intent {
        Intent::Sell(sell) => sell.injected,
        Intent::Buy(buy) => buy.consumed,
    };
    let plans = cycle.plans.iter();
    let mut books: Vec<Books> =
        plans.map(|plan| Books { metered_left: metered(&plan.intent), ..Books::default() }).collect();

    for trade in trades {
        let (injected, consumed) = (books[trade.seller].metered_left, books[trade.buyer].metered_left);
        let delivered = trade.volume.min(injected).min(consumed);
        let (within, settled_volume) = settled(scenario.market.tolerance, trade.volume, delivered);
        let amount = settled_volume.at(trade.price);
        for plan in [trade.seller, trade.buyer] {
            let book = &mut books[plan];
            book.metered_left = book.metered_left.minus(delivered).expect("no more is delivered than is left");
            book.settled = book.settled.plus(settled_volume).expect(BOUNDED);
            book.amount = book.amount.plus(amount).expect("volume at the limit or last tick is below 2^64");
        }
        for (plan, left) in [(trade.seller, injected), (trade.buyer, consumed)] {
            let account = &mut accounts[cycle.plans[plan].household];
            let fell_short = !within && left < trade.volume;
            account.reputation =
                if fell_short { account.reputation.penalised() } else { account.reputation.rewarded() };
        }
        outcome.trades.push(Trade {
            cycle: number,
            round: trade.round,
            buyer: id(trade.buyer),
            seller: id(trade.seller),
            volume: trade.volume.get(),
            price: trade.price.get(),
            delivered: delivered.get(),
            within,
            settled_volume: settled_volume.get(),
            amount: amount.get(),
        });
    }

    for (plan, book) in books.iter().enumerate() {
        let account = &mut accounts[cycle.plans[plan].household];
        let credit = match &cycle.plans[plan].intent {
            Intent::Sell(_) => book.amount,
            Intent::Buy(_) => locks[plan].unwrap_or(Money::ZERO).minus(book.amount).expect(COVERED),
        };
        account.balance = account.balance.plus(credit).map_err(overflow(plan))?;
    }

    for (plan, book) in books.iter().enumerate() {
        let account = &mut accounts[cycle.plans[plan].household];
        let beyond = |metered: Energy| metered.minus(book.settled).unwrap_or(Energy::ZERO);
        let mut row = GridRow { cycle: number, household: id(plan), surplus_wh: 0, shortfall_wh: 0, amount: 0 };
        match &cycle.plans[plan].intent {
            Intent::Sell(sell) => {
                let surplus = beyond(sell.injected);
                let paid = surplus.at(scenario.market.feed_in);
                account.balance = account.balance.plus(paid).map_err(overflow(plan))?;
                (row.surplus_wh, row.amount) = (surplus.get(), paid.get().into());
            }
            Intent::Buy(buy) => {
                let shortfall = beyond(buy.consumed);
                let due = shortfall.at(scenario.market.retail);
                row.shortfall_wh = shortfall.get();
                match account.balance.minus(due) {
                    Ok(rest) => {
                        account.balance = rest;
                        row.amount = -i128::from(due.get());
                    }
                    // Nothing is paid, so the row's amount is zero.
                    Err(_) => outcome.rejected.push(Rejection {
                        cycle: number,
                        household: id(plan),
                        reason: SHORTFALL_UNPAID.into(),
                    }),
                }
            }
        }
        if row.surplus_wh > 0 || row.shortfall_wh > 0 {
            outcome.grid.push(row);
        }
    }
    Ok(())
}
