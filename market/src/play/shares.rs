//! Shares by coefficients: how most energy communities divide their energy by law. There are no
//! orders. In each cycle the energy that members inject is divided among those who consume, and
//! everything else is settled with the grid.
//!
//! What each member gets is at most what it consumes. By **fixed** coefficients each member is
//! entitled to its part of what was injected; what it cannot use goes to the grid, even where
//! another member could use it. **In proportion** to consumption, all of it is used by members as
//! long as they consume enough. Each seller gives a part in proportion to what it injected. Parts
//! are whole Wh: what rounding leaves over goes by the largest remainders, equal ones in the order
//! of the households, so that parts sum exactly.
//!
//! All trades of a cycle are at one price. A member that cannot pay for its part from its balance
//! gets as much as it can pay for. Nobody promises anything, so nothing is out of tolerance, no
//! penalty is due, and reputations stay as they are.

mod parts;

use super::{over_cycles, Error, Played};
use crate::books::{CycleBooks, Row, Traded};
use crate::description::{Division, Shares};
use crate::mechanism::properties::{no, yes};
use crate::mechanism::Properties;
use crate::order_book::distance;
use crate::rules::{meters, Account, Meter};
use crate::scenario::{CyclePlans, Intent, Scenario};
use crate::settlement::Tariff;
use parts::{by_coefficients, in_proportion, pairs};
use protocol::market_parameters::PriceGrid;
use protocol::units::{Energy, Money, Price, Side, Tick, TICKS};
use std::collections::BTreeMap;

/// The rule's name in tables and JSON.
pub const NAME: &str = "shares";

/// What is known of the rule.
pub fn properties(division: &Division) -> Properties {
    let efficiency = match division {
        Division::Fixed(_) => "what a member cannot use goes to the grid, even where another member could use it",
        Division::Proportional => "parts follow consumption, and not what the energy is worth to whom",
    };
    Properties {
        individual_rationality: no("nobody is asked: the price may be above a buyer's limit or below a seller's ask"),
        strong_budget_balance: yes("all trades of a cycle are at one price, which the buyer pays and the seller earns"),
        weak_budget_balance: yes("it is strongly balanced"),
        incentive_compatibility: yes("no plan changes anything: only meters and coefficients count"),
        efficiency: no(efficiency),
    }
}

/// The households that have a coefficient and are not in the scenario. Their parts go to the grid.
pub fn unknown<'a>(scenario: &Scenario, shares: &'a Shares) -> Vec<&'a str> {
    let Division::Fixed(coefficients) = &shares.division else { return Vec::new() };
    let known = |name: &&String| scenario.households.iter().any(|household| household.id == **name);
    coefficients.keys().filter(|name| !known(name)).map(String::as_str).collect()
}

/// Plays a scenario by shares, and checks after every cycle that energy and money are conserved.
/// `observe` is called before each cycle. Errors: [`Error`].
pub fn play(scenario: &Scenario, shares: &Shares, observe: &mut dyn FnMut()) -> Result<Played, Error> {
    over_cycles(scenario, NAME, observe, |cycle, accounts| play_cycle(scenario, cycle, shares, accounts))
}

/// The price of a cycle: the given one, or the middle of the grid's two prices, rounded down to the
/// price grid and within it.
pub fn price(shares: &Shares, grid: &PriceGrid, tariff: Tariff) -> Price {
    if let Some(price) = shares.price {
        return price;
    }
    let middle = (tariff.feed_in.get() + tariff.retail.get()) / 2;
    let ticks = middle.saturating_sub(grid.first().get()) / grid.step().get();
    grid.price(Tick::new(ticks.min(TICKS as u64 - 1) as u8).expect("at most the last tick"))
}

const FITS: &str = "parts sum to at most what was injected or consumed";

fn play_cycle(
    scenario: &Scenario,
    cycle: &CyclePlans,
    shares: &Shares,
    accounts: &mut [Account],
) -> Result<CycleBooks, Error> {
    let start = accounts.to_vec();
    let tariff = scenario.tariff(cycle);
    let price = price(shares, &scenario.market.grid, tariff);
    let mut rows = sides(cycle);
    let of_side = |side| (0..rows.len()).filter(|row| rows[*row].meter.side == Some(side)).collect::<Vec<_>>();
    let (sellers, buyers) = (of_side(Side::Sell), of_side(Side::Buy));
    let injected: Vec<u64> = sellers.iter().map(|row| rows[*row].meter.injected.get()).collect();
    let usable = |row: &usize| {
        let meter = &rows[*row].meter;
        let affordable = start[meter.household].balance.get().checked_div(price.get()).unwrap_or(u64::MAX);
        meter.consumed.get().min(affordable)
    };
    let usable: Vec<u64> = buyers.iter().map(usable).collect();
    let bought = divide(scenario, shares, &rows, &buyers, injected.iter().sum(), &usable);
    let sold = in_proportion(bought.iter().sum(), &injected);

    let plans = cycle.plans.iter().map(|plan| (plan.household, &plan.intent)).collect();
    let mut trades = Vec::new();
    for (seller, buyer, energy) in pairs(&sold, &bought) {
        let trade = traded(scenario, &plans, (sellers[seller], buyers[buyer]), &rows, energy, price);
        for row in [trade.seller, trade.buyer] {
            let row = &mut rows[row];
            row.delivered = row.delivered.plus(trade.settled).expect(FITS);
            row.settled = row.settled.plus(trade.settled).expect(FITS);
            row.traded = row.traded.plus(trade.paid).expect(FITS);
        }
        trades.push(trade);
    }
    settle(scenario, cycle, tariff, &mut rows, accounts)?;
    Ok(CycleBooks { cycle: cycle.cycle, tariff, start, trades, rows, rejected: Vec::new() })
}

/// A row for each side of a household that its meter shows: what it injected, and what it consumed.
fn sides(cycle: &CyclePlans) -> Vec<Row> {
    let mut rows = Vec::new();
    for meter in meters(cycle) {
        if meter.injected > Energy::ZERO {
            rows.push(Row::new(Meter { side: Some(Side::Sell), consumed: Energy::ZERO, ..meter }));
        }
        if meter.consumed > Energy::ZERO {
            rows.push(Row::new(Meter { side: Some(Side::Buy), injected: Energy::ZERO, ..meter }));
        }
    }
    // In the order of the households, whatever the order of plans: rounding follows it.
    rows.sort_by_key(|row| row.meter.household);
    rows
}

/// What each buyer gets of the energy that was injected.
fn divide(
    scenario: &Scenario,
    shares: &Shares,
    rows: &[Row],
    buyers: &[usize],
    injected: u64,
    usable: &[u64],
) -> Vec<u64> {
    match &shares.division {
        Division::Proportional => in_proportion(injected.min(usable.iter().sum()), usable),
        Division::Fixed(coefficients) => {
            let of = |row: &usize| {
                let id = &scenario.households[rows[*row].meter.household].id;
                coefficients.get(id).map_or(0, |coefficient| u64::from(coefficient.millionths()))
            };
            let coefficients: Vec<u64> = buyers.iter().map(of).collect();
            let entitled = by_coefficients(injected, &coefficients);
            entitled.into_iter().zip(usable).map(|(entitled, usable)| entitled.min(*usable)).collect()
        }
    }
}

fn traded(
    scenario: &Scenario,
    plans: &BTreeMap<usize, &Intent>,
    (seller, buyer): (usize, usize),
    rows: &[Row],
    energy: u64,
    price: Price,
) -> Traded {
    let household = |row: usize| rows[row].meter.household;
    let plan = |row: usize| plans.get(&household(row)).copied();
    let ask = match plan(seller) {
        Some(Intent::Sell(sell)) => sell.ask,
        _ => price,
    };
    let limit = match plan(buyer) {
        Some(Intent::Buy(buy)) => buy.bid.limit,
        _ => price,
    };
    let energy = Energy::new(energy).expect(FITS);
    let place = |row: usize| scenario.households[household(row)].place;
    Traded {
        round: 0,
        seller,
        buyer,
        matched: energy,
        delivered: energy,
        within: true,
        settled: energy,
        ask,
        limit,
        seller_price: price,
        buyer_price: price,
        paid: energy.at(price),
        earned: energy.at(price),
        seller_owes: Money::ZERO,
        buyer_owes: Money::ZERO,
        metres: distance(place(seller), place(buyer)),
    }
}

/// Books the money of the trades, and the settlement with the grid.
fn settle(
    scenario: &Scenario,
    cycle: &CyclePlans,
    tariff: Tariff,
    rows: &mut [Row],
    accounts: &mut [Account],
) -> Result<(), Error> {
    let overflow = |household: usize| {
        move |_| {
            let household = scenario.households[household].id.clone();
            Error::Rules(crate::rules::Error::BalanceOverflow { cycle: cycle.cycle.get(), household })
        }
    };
    for row in rows.iter() {
        let household = row.meter.household;
        let balance = &mut accounts[household].balance;
        *balance = match row.meter.side {
            Some(Side::Buy) => balance.minus(row.traded).expect("a part is at most what the balance pays for"),
            _ => balance.plus(row.traded).map_err(overflow(household))?,
        };
    }
    for row in rows {
        let household = row.meter.household;
        let beyond = row.meter.beyond(row.settled, scenario.terms.imbalance);
        let billed = beyond.settle(tariff, &mut accounts[household].balance).map_err(overflow(household))?;
        (row.beyond, row.grid, row.unpaid) = (beyond, billed.amount, billed.unpaid);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
