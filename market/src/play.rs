//! Plays a scenario by one mechanism, cycle by cycle, and keeps the books of every cycle.
//!
//! The mechanism decides only who trades with whom, and at what prices. Everything else follows the
//! market rules (`docs/protocol/80-market-rules.md`), as in `simulate`: locks in list order,
//! delivery trade by trade in the order made, the tolerance, the grid for the rest, reputation, and
//! balances that carry over. With K-prototypes the outcome equals that of `simulate`, and the
//! experiment checks that.

mod rule;
pub mod shares;

pub use rule::Rule;

use crate::books::{CycleBooks, Row, Traded};
use crate::energy::loss_per_km;
use crate::mechanism::Mechanism;
use crate::order_book::{distance, OrderBook};
use crate::outcome::Outcome;
use crate::rules::{self, Account, Agreed, Beyond, Meter};
use crate::scenario::{CyclePlans, Scenario};
use protocol::units::{Energy, Money, Side};

/// Why a scenario could not be played by a mechanism.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A balance reaches its bound.
    #[error(transparent)]
    Rules(#[from] rules::Error),
    /// The mechanism made or lost energy or money.
    #[error("cycle {cycle} by {rule}: conservation is broken: {what}")]
    Conservation {
        /// The name of the mechanism.
        rule: &'static str,
        /// The cycle.
        cycle: u32,
        /// Which law is broken.
        what: &'static str,
    },
}

impl Error {
    /// A code that stays the same across versions, for machines.
    pub fn code(&self) -> &'static str {
        match self {
            Error::Rules(error) => error.code(),
            Error::Conservation { .. } => "conservation",
        }
    }
}

/// A scenario that a mechanism has played.
#[derive(Clone, Debug)]
pub struct Played {
    /// The mechanism's name.
    pub rule: &'static str,
    /// The books of each cycle, in order.
    pub cycles: Vec<CycleBooks>,
    /// Each household's account at the end.
    pub end: Vec<Account>,
}

/// Plays a scenario by a mechanism, and checks after every cycle that energy and money are
/// conserved. `observe` is called before each cycle. Errors: [`Error`].
pub fn play(scenario: &Scenario, rule: &dyn Mechanism, observe: &mut dyn FnMut()) -> Result<Played, Error> {
    over_cycles(scenario, rule.name(), observe, |cycle, accounts| play_cycle(scenario, cycle, rule, accounts))
}

/// Plays every cycle with the accounts that the one before leaves, and checks after each that
/// energy and money are conserved.
fn over_cycles(
    scenario: &Scenario,
    rule: &'static str,
    observe: &mut dyn FnMut(),
    mut play_cycle: impl FnMut(&CyclePlans, &mut [Account]) -> Result<CycleBooks, Error>,
) -> Result<Played, Error> {
    let start = scenario.households.iter();
    let mut accounts: Vec<Account> =
        start.map(|household| Account { balance: household.balance, reputation: household.reputation }).collect();
    let mut cycles = Vec::with_capacity(scenario.cycles.len());
    for cycle in &scenario.cycles {
        observe();
        let books = play_cycle(cycle, &mut accounts)?;
        let number = cycle.cycle.get();
        books.conserved(&scenario.terms, &accounts).map_err(|what| Error::Conservation {
            rule,
            cycle: number,
            what,
        })?;
        cycles.push(books);
    }
    Ok(Played { rule, cycles, end: accounts })
}

const BOUNDED: &str = "a plan's trades add up to its volume at most, and their prices are within its own";

fn play_cycle(
    scenario: &Scenario,
    cycle: &CyclePlans,
    rule: &dyn Mechanism,
    accounts: &mut [Account],
) -> Result<CycleBooks, Error> {
    let start = accounts.to_vec();
    let mut rejected = Vec::new();
    let locks = rules::lock(scenario, cycle, accounts, &mut rejected);
    let listed: Vec<usize> = (0..cycle.plans.len()).filter(|plan| locks[*plan].is_some()).collect();
    let reputations: Vec<_> = accounts.iter().map(|account| account.reputation).collect();
    let (market, plans) = OrderBook::of_cycle(scenario, cycle, &listed, &reputations, loss_per_km());
    let cleared = rule.clear(&market);

    let mut rows: Vec<Row> = rules::meters(cycle).into_iter().map(Row::new).collect();
    let mut trades = Vec::with_capacity(cleared.trades.len());
    for trade in &cleared.trades {
        let (seller, buyer) = (plans.sellers[trade.seller], plans.buyers[trade.buyer]);
        let (injected, consumed) = (rows[seller].left(), rows[buyer].left());
        let agreed = Agreed { volume: trade.sent, seller_price: trade.seller_price, buyer_price: trade.buyer_price };
        let delivery = agreed.deliver(scenario, injected, consumed);
        for (plan, left, money) in
            [(seller, injected, delivery.seller_gets()), (buyer, consumed, delivery.buyer_gives())]
        {
            rows[plan].count(delivery.delivered, delivery.settled, money);
            let reputation = &mut accounts[cycle.plans[plan].household].reputation;
            let fell_short = !delivery.within && left < trade.sent;
            *reputation = if fell_short { reputation.penalised() } else { reputation.rewarded() };
        }
        trades.push(Traded {
            round: trade.round,
            seller,
            buyer,
            matched: trade.sent,
            delivered: delivery.delivered,
            within: delivery.within,
            settled: delivery.settled,
            ask: market.offers()[trade.seller].offer.ask,
            limit: market.bids()[trade.buyer].bid.limit,
            seller_price: trade.seller_price,
            buyer_price: trade.buyer_price,
            paid: delivery.paid,
            earned: delivery.earned,
            seller_owes: delivery.seller_owes,
            buyer_owes: delivery.buyer_owes,
            metres: distance(market.offers()[trade.seller].offer.place, market.bids()[trade.buyer].place),
        });
    }
    settle(scenario, cycle, &locks, &mut rows, accounts)?;
    Ok(CycleBooks { cycle: cycle.cycle, tariff: scenario.tariff(cycle), start, trades, rows, rejected })
}

/// Books the money of the trades, the rest of the locks, and the settlement with the grid.
fn settle(
    scenario: &Scenario,
    cycle: &CyclePlans,
    locks: &[Option<Money>],
    rows: &mut [Row],
    accounts: &mut [Account],
) -> Result<(), Error> {
    let overflow = |household: usize| {
        move |_| {
            let household = scenario.households[household].id.clone();
            Error::Rules(rules::Error::BalanceOverflow { cycle: cycle.cycle.get(), household })
        }
    };
    // The first rows are those of the plans, in list order.
    for (row, lock) in rows.iter().zip(locks) {
        let money = row.traded;
        let credit = match row.meter.side {
            Some(Side::Buy) => lock.unwrap_or(Money::ZERO).minus(money).expect(BOUNDED),
            Some(Side::Sell) | None => money,
        };
        let balance = &mut accounts[row.meter.household].balance;
        *balance = balance.plus(credit).map_err(overflow(row.meter.household))?;
    }
    let tariff = scenario.tariff(cycle);
    for row in rows {
        let beyond = row.meter.beyond(row.settled, scenario.terms.imbalance);
        let balance = &mut accounts[row.meter.household].balance;
        let billed = beyond.settle(tariff, balance).map_err(overflow(row.meter.household))?;
        (row.beyond, row.grid, row.unpaid) = (beyond, billed.amount, billed.unpaid);
    }
    Ok(())
}

impl Played {
    /// The outcome of all cycles, in the form in which `simulate` reports it.
    pub fn outcome(&self, scenario: &Scenario) -> Outcome {
        let mut outcome = Outcome::default();
        for books in &self.cycles {
            books.report(scenario, &mut outcome);
        }
        outcome.households = households(scenario, &self.end);
        outcome
    }

    /// The outcome of one cycle alone, by its index.
    pub fn outcome_of(&self, scenario: &Scenario, index: usize) -> Outcome {
        let mut outcome = Outcome::default();
        self.cycles[index].report(scenario, &mut outcome);
        let end = self.cycles.get(index + 1).map_or(&self.end, |next| &next.start);
        outcome.households = households(scenario, end);
        outcome
    }
}

fn households(scenario: &Scenario, accounts: &[Account]) -> Vec<crate::outcome::HouseholdRow> {
    let row = |(household, account): (&crate::scenario::Household, &Account)| crate::outcome::HouseholdRow {
        id: household.id.clone(),
        balance: account.balance.get(),
        reputation: account.reputation.get(),
    };
    scenario.households.iter().zip(accounts).map(row).collect()
}

impl Row {
    /// An empty row of a household.
    fn new(meter: Meter) -> Row {
        Row {
            meter,
            delivered: Energy::ZERO,
            settled: Energy::ZERO,
            traded: Money::ZERO,
            beyond: Beyond { surplus: Energy::ZERO, shortfall: Energy::ZERO },
            grid: 0,
            unpaid: false,
        }
    }

    /// The metered energy that no trade has taken yet.
    fn left(&self) -> Energy {
        self.meter.traded_from().minus(self.delivered).expect("no more is delivered than is left")
    }

    fn count(&mut self, delivered: Energy, settled: Energy, money: Money) {
        self.delivered = self.delivered.plus(delivered).expect(BOUNDED);
        self.settled = self.settled.plus(settled).expect(BOUNDED);
        self.traded = self.traded.plus(money).expect(BOUNDED);
    }
}
