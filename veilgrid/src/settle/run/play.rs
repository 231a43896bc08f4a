//! Plays many cycles, one after another: readings, waiting, penalties, settlement. The code is
//! pure: it knows no files.

use super::folder::{Arrivals, Market, Reading};
use market::settlement::{settle, Amount, Flows, Party, Record};
use protocol::units::{Cycle, Energy, Money};
use std::collections::{BTreeMap, BTreeSet};

/// A cycle that is settled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// The cycle.
    pub cycle: Cycle,
    /// The cycle at whose end it was settled.
    pub at: Cycle,
    /// The readings that came in time.
    pub flows: Flows,
    /// The users that had not reported.
    pub missing: Vec<String>,
    /// The records.
    pub records: Vec<Record>,
}

/// Why a reading was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The cycle is settled.
    TooLate,
    /// The user has reported for this cycle already.
    Again,
    /// The user is frozen.
    Frozen,
}

impl Why {
    /// A code that stays the same across versions.
    pub const fn code(self) -> &'static str {
        match self {
            Why::TooLate => "too-late",
            Why::Again => "again",
            Why::Frozen => "frozen",
        }
    }
}

/// A reading that does not count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The cycle in which it arrived.
    pub arrived: Cycle,
    /// The reading.
    pub reading: Reading,
    /// Why it does not count.
    pub why: Why,
}

/// A user who no longer takes part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frozen {
    /// The user.
    pub user: String,
    /// The cycle at whose end the user was frozen.
    pub from: Cycle,
}

/// A penalty, paid to the grid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Penalty {
    /// The user that pays.
    pub user: String,
    /// The cycle whose reading is missing.
    pub cycle: Cycle,
    /// The amount, in nano-currency.
    pub amount: Money,
}

/// The outcome of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// The settled cycles, in the order in which they were settled.
    pub settled: Vec<Settled>,
    /// Readings that did not count, in the order of arrival.
    pub refused: Vec<Refusal>,
    /// Penalties, in the order in which they fell due.
    pub penalties: Vec<Penalty>,
    /// The frozen users, in the order in which they were frozen.
    pub frozen: Vec<Frozen>,
    /// The cycles that still wait, each with the users that it waits for.
    pub open: Vec<(Cycle, Vec<String>)>,
}

/// Plays all cycles.
pub fn play(market: &Market, arrivals: &[Arrivals]) -> Outcome {
    let mut play = Play { market, open: BTreeMap::new(), misses: BTreeMap::new(), outcome: Outcome::default() };
    for arrived in arrivals {
        play.cycle(arrived);
    }
    let open: Vec<_> = play.open.keys().map(|cycle| (*cycle, play.missing(*cycle))).collect();
    play.outcome.open = open;
    play.outcome
}

/// Readings by user: supply and consumption.
type Readings = BTreeMap<String, (Energy, Energy)>;

struct Play<'a> {
    market: &'a Market,
    open: BTreeMap<Cycle, Readings>,
    misses: BTreeMap<String, u32>,
    outcome: Outcome,
}

impl Play<'_> {
    fn cycle(&mut self, arrived: &Arrivals) {
        let now = arrived.cycle;
        self.open.insert(now, Readings::new());
        for reading in &arrived.readings {
            if let Err(why) = self.take(reading) {
                self.outcome.refused.push(Refusal { arrived: now, reading: reading.clone(), why });
            }
        }
        // The oldest cycle comes first: a user that it freezes is awaited in no later cycle.
        for cycle in self.open.keys().copied().collect::<Vec<_>>() {
            let due = u64::from(now.get()) >= u64::from(cycle.get()) + u64::from(self.market.wait);
            let missing = self.missing(cycle);
            if due || missing.is_empty() {
                self.settle(cycle, now, missing);
            }
        }
    }

    fn take(&mut self, reading: &Reading) -> Result<(), Why> {
        if self.is_frozen(&reading.user) {
            return Err(Why::Frozen);
        }
        let readings = self.open.get_mut(&reading.cycle).ok_or(Why::TooLate)?;
        if readings.contains_key(&reading.user) {
            return Err(Why::Again);
        }
        readings.insert(reading.user.clone(), (reading.supply, reading.consumption));
        Ok(())
    }

    fn is_frozen(&self, user: &str) -> bool {
        self.outcome.frozen.iter().any(|f| f.user == user)
    }

    /// The users that an open cycle waits for.
    fn missing(&self, cycle: Cycle) -> Vec<String> {
        let readings = &self.open[&cycle];
        let awaited = self.market.users.iter().filter(|user| !readings.contains_key(*user) && !self.is_frozen(user));
        awaited.cloned().collect()
    }

    fn settle(&mut self, cycle: Cycle, now: Cycle, missing: Vec<String>) {
        let readings = self.open.remove(&cycle).unwrap_or_default();
        // Sellers and buyers are in the order of the users.
        let amounts = |of: fn(&(Energy, Energy)) -> Energy| -> Vec<Amount> {
            let reported = self.market.users.iter().filter_map(|user| Some((user, of(readings.get(user)?))));
            let some = reported.filter(|(_, energy)| *energy > Energy::ZERO);
            some.map(|(user, energy)| Amount { user: user.clone(), energy }).collect()
        };
        let flows = Flows { supply: amounts(|r| r.0), consumption: amounts(|r| r.1) };
        let records = settle(&flows, &self.market.matrix, self.market.tariff);
        for user in &missing {
            self.miss(user, cycle, now);
        }
        self.outcome.settled.push(Settled { cycle, at: now, flows, missing, records });
    }

    fn miss(&mut self, user: &str, cycle: Cycle, now: Cycle) {
        let misses = self.misses.entry(user.to_owned()).or_default();
        *misses += 1;
        let freeze = *misses >= self.market.freeze_after;
        self.outcome.penalties.push(Penalty { user: user.to_owned(), cycle, amount: self.market.penalty });
        if freeze {
            self.outcome.frozen.push(Frozen { user: user.to_owned(), from: now });
        }
    }
}

/// The sums of a party. They cannot overflow: 2^32 records of less than 2^64 each are below 2^96.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// Wh supplied.
    pub supplied: u128,
    /// Wh consumed.
    pub consumed: u128,
    /// Nano-currency: earned less paid, penalties included.
    pub money: i128,
    /// Nano-currency of penalties: paid by a user, taken by the grid.
    pub penalties: u128,
}

impl Outcome {
    /// The sums of every party. Over all parties the money adds up to zero, and as much energy is
    /// supplied as consumed.
    pub fn accounts(&self, users: &[String]) -> BTreeMap<Party, Account> {
        let parties: BTreeSet<Party> = users.iter().cloned().map(Party::User).chain([Party::Grid]).collect();
        let mut accounts: BTreeMap<Party, Account> = parties.into_iter().map(|p| (p, Account::default())).collect();
        let mut add = |party: &Party, change: &dyn Fn(&mut Account)| change(accounts.entry(party.clone()).or_default());
        for record in self.settled.iter().flat_map(|s| &s.records) {
            let (energy, amount) = (u128::from(record.energy.get()), i128::from(record.amount().get()));
            add(&record.seller, &|a| (a.supplied, a.money) = (a.supplied + energy, a.money + amount));
            add(&record.buyer, &|a| (a.consumed, a.money) = (a.consumed + energy, a.money - amount));
        }
        for penalty in &self.penalties {
            let amount = penalty.amount.get();
            let (payer, taker) = (Party::User(penalty.user.clone()), Party::Grid);
            add(&payer, &|a| (a.penalties, a.money) = (a.penalties + u128::from(amount), a.money - i128::from(amount)));
            add(&taker, &|a| (a.penalties, a.money) = (a.penalties + u128::from(amount), a.money + i128::from(amount)));
        }
        accounts
    }
}
