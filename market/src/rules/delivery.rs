//! The end of a cycle: delivery, payment, reputation, the grid.

use super::account::Account;
use super::agreed::Agreed;
use super::error::Error;
use super::meters::meters;
use super::rounds::Rounds;
use crate::outcome::{GridRow, Outcome, Rejection, Trade, SHORTFALL_UNPAID};
use crate::scenario::{CyclePlans, Intent, Scenario};
use protocol::units::{Energy, Money, Price};

/// The sums over the trades of one household.
#[derive(Clone, Copy, Default)]
struct Books {
    /// The metered energy that no trade has taken yet.
    left: Energy,
    /// Sum of the settled volumes v_f of its trades.
    settled: Energy,
    /// Sum of the money that its trades move, penalties included, in nano-currency.
    money: Money,
}

const COVERED: &str = "a trade costs v_m at the limit at most: the lock covers it";
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
    let name = |household: usize| scenario.households[household].id.clone();
    let id = |plan: usize| name(cycle.plans[plan].household);
    let overflow = |household: usize| move |_| Error::BalanceOverflow { cycle: number, household: name(household) };
    // The first meters are those of the plans, in list order.
    let meters = meters(cycle);
    let mut books: Vec<Books> =
        meters.iter().map(|meter| Books { left: meter.traded_from(), ..Books::default() }).collect();

    for trade in trades {
        let (injected, consumed) = (books[trade.seller].left, books[trade.buyer].left);
        let agreed = Agreed { volume: trade.volume, seller_price: trade.price, buyer_price: trade.price };
        let delivery = agreed.deliver(scenario, injected, consumed);
        for (plan, left, money) in
            [(trade.seller, injected, delivery.seller_gets()), (trade.buyer, consumed, delivery.buyer_gives())]
        {
            let book = &mut books[plan];
            book.left = left.minus(delivery.delivered).expect("no more is delivered than is left");
            book.settled = book.settled.plus(delivery.settled).expect(BOUNDED);
            book.money = book.money.plus(money).expect("volume at the limit or last tick is below 2^64");
            let account = &mut accounts[cycle.plans[plan].household];
            let fell_short = !delivery.within && left < trade.volume;
            account.reputation =
                if fell_short { account.reputation.penalised() } else { account.reputation.rewarded() };
        }
        let owes = |money: Money| (scenario.terms.penalty > Price::ZERO).then_some(money.get());
        outcome.trades.push(Trade {
            cycle: number,
            round: trade.round,
            buyer: id(trade.buyer),
            seller: id(trade.seller),
            volume: trade.volume.get(),
            price: trade.price.get(),
            delivered: delivery.delivered.get(),
            within: delivery.within,
            settled_volume: delivery.settled.get(),
            amount: delivery.paid.get(),
            seller_owes: owes(delivery.seller_owes),
            buyer_owes: owes(delivery.buyer_owes),
        });
    }

    for (plan, lock) in locks.iter().enumerate() {
        let household = cycle.plans[plan].household;
        let credit = match &cycle.plans[plan].intent {
            Intent::Sell(_) => books[plan].money,
            Intent::Buy(_) => lock.unwrap_or(Money::ZERO).minus(books[plan].money).expect(COVERED),
        };
        let balance = &mut accounts[household].balance;
        *balance = balance.plus(credit).map_err(overflow(household))?;
    }

    let tariff = scenario.tariff(cycle);
    for (meter, book) in meters.iter().zip(&books) {
        let beyond = meter.beyond(book.settled, scenario.terms.imbalance);
        let balance = &mut accounts[meter.household].balance;
        let billed = beyond.settle(tariff, balance).map_err(overflow(meter.household))?;
        let household = name(meter.household);
        if billed.unpaid {
            let (household, reason) = (household.clone(), SHORTFALL_UNPAID.into());
            outcome.rejected.push(Rejection { cycle: number, household, reason });
        }
        if beyond.is_some() {
            outcome.grid.push(GridRow {
                cycle: number,
                household,
                surplus_wh: beyond.surplus.get(),
                shortfall_wh: beyond.shortfall.get(),
                amount: billed.amount,
            });
        }
    }
    Ok(())
}
