//! Plays a scenario, cycle by cycle.

use super::account::{lock, Account};
use super::delivery;
use super::error::Error;
use super::rounds::rounds;
use crate::outcome::{HouseholdRow, Outcome};
use crate::scenario::{CyclePlans, Scenario};
use protocol::units::Reputation;

/// How much of a scenario has been played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Number of plans in the cycles that are done.
    pub plans_done: usize,
    /// The cycle being played.
    pub cycle: u32,
    /// The round being played.
    pub round: u8,
}

/// Plays a scenario to its end. `observe` is called at the start of each round. Error:
/// [`Error::BalanceOverflow`].
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
    delivery::settle(scenario, cycle, &locks, &trades, accounts, outcome)
}
