//! The market's rules in the clear (spec 80, "Rules"): what `simulate` plays and what `market` is compared with. Pure: a
//! scenario goes in, its outcome comes out.
//!
//! A household's money over a cycle: at its start, in list order, each buy plan takes its lock (volume x limit) from the
//! balance or is rejected. Rounds move no money, since a plan that is listed again is backed by what came back to it.
//! Then each trade pays its amount out of the lock to the seller, and what is left of the lock returns. The grid comes
//! last.

mod rounds;
mod settlement;

use crate::report::{GridRow, HouseholdRow, Rejection, Trade};
use crate::scenario::{CyclePlans, Intent, Scenario};
use protocol::units::{Energy, Money, PerMille, Reputation};

pub use crate::clearing::kprototypes::match_price;
pub use rounds::{rounds, Matched, Rounds};

/// Reason of a plan whose buyer cannot bear its lock.
pub const LOCK_EXCEEDS_BALANCE: &str = "lock-exceeds-balance";
/// Reason of a grid shortfall that the balance cannot bear.
pub const SHORTFALL_UNPAID: &str = "shortfall-unpaid";

/// Why a scenario cannot be played to its end.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Money above its bound.
    #[error("in cycle {cycle} the balance of household {household:?} reaches 2^64 nano-currency")]
    BalanceOverflow {
        /// The cycle.
        cycle: u32,
        /// The household.
        household: String,
    },
}

impl Error {
    /// A code that stays the same across versions, for machines.
    pub const fn code(&self) -> &'static str {
        match self {
            Error::BalanceOverflow { .. } => "balance-overflow",
        }
    }
}

/// What comes of a scenario: the parts of a report that do not depend on how it was played.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// The trades, in the order made.
    pub trades: Vec<Trade>,
    /// What households settled with the grid, cycle by cycle in plan order.
    pub grid: Vec<GridRow>,
    /// The households at the end, in the scenario's order.
    pub households: Vec<HouseholdRow>,
    /// What was refused or stayed unpaid, cycle by cycle.
    pub rejected: Vec<Rejection>,
}

/// A household's account as cycles go by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its money that is not locked.
    pub balance: Money,
    /// Its reputation in force.
    pub reputation: Reputation,
}

/// How far a play has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Plans of the cycles done.
    pub plans_done: usize,
    /// The cycle being played.
    pub cycle: u32,
    /// Its round.
    pub round: u8,
}

/// Whether delivery is within tolerance, and the volume to settle: `(within, v_f)`. `delivered` is at most `matched`.
pub fn settled(tolerance: PerMille, matched: Energy, delivered: Energy) -> (bool, Energy) {
    let deviation = matched.get() - delivered.get();
    let within = deviation * 1000 <= u64::from(tolerance.get()) * matched.get();
    (within, if within { matched } else { delivered })
}

/// Plays a scenario to its end. `observe` is called at the start of each round.
pub fn play(scenario: &Scenario, observe: &mut dyn FnMut(Progress)) -> Result<Outcome, Error> {
    let start = scenario.households.iter();
    let mut accounts: Vec<Account> =
        start.map(|household| Account { balance: household.balance, reputation: household.reputation }).collect();
    let mut outcome = Outcome::default();
    let mut plans_done = 0;
    for cycle in &scenario.cycles {
        let mut observe_round = |round| observe(Progress { plans_done, cycle: cycle.cycle.get(), round });
        play_cycle(scenario, cycle, &mut accounts, &mut outcome, &mut observe_round)?;
        plans_done += cycle.plans.len();
    }
    let end = scenario.households.iter().zip(&accounts);
    outcome.households = end
        .map(|(household, account)| HouseholdRow {
            id: household.id.clone(),
            balance: account.balance.get(),
            reputation: account.reputation.get(),
        })
        .collect();
    Ok(outcome)
}

fn play_cycle(
    scenario: &Scenario,
    cycle: &CyclePlans,
    accounts: &mut [Account],
    outcome: &mut Outcome,
    observe: &mut dyn FnMut(u8),
) -> Result<(), Error> {
    let locks = lock(scenario, cycle, accounts, &mut outcome.rejected);
    let listed: Vec<usize> = (0..cycle.plans.len()).filter(|plan| locks[*plan].is_some()).collect();
    let reputations: Vec<Reputation> = accounts.iter().map(|account| account.reputation).collect();
    let trades = rounds(scenario, cycle, &listed, &reputations, observe);
    settlement::settle(scenario, cycle, &locks, &trades, accounts, outcome)
}

/// Takes each buy plan's lock, in list order. None marks a rejected plan; a sell plan's lock is zero money.
pub(crate) fn lock(
    scenario: &Scenario,
    cycle: &CyclePlans,
    accounts: &mut [Account],
    rejected: &mut Vec<Rejection>,
) -> Vec<Option<Money>> {
    let take = |plan: &crate::scenario::Plan| match &plan.intent {
        Intent::Sell(_) => Some(Money::ZERO),
        Intent::Buy(buy) => {
            let account = &mut accounts[plan.household];
            match account.balance.minus(buy.lock()) {
                Ok(rest) => {
                    account.balance = rest;
                    Some(buy.lock())
                }
                Err(_) => {
                    rejected.push(Rejection {
                        cycle: cycle.cycle.get(),
                        household: scenario.households[plan.household].id.clone(),
                        reason: LOCK_EXCEEDS_BALANCE.into(),
                    });
                    None
                }
            }
        }
    };
    cycle.plans.iter().map(take).collect()
}

#[cfg(test)]
mod tests;
