//! Many cycles, one after the other: readings, waiting, penalties, settlement. Pure: no files.

use super::folder::{Arrivals, Market, Reading};
use market::settlement::{settle, Amount, Flows, Party, Record};
use protocol::units::{Cycle, Energy, Money};
use std::collections::{BTreeMap, BTreeSet};

/// A cycle that is settled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// The cycle.
    pub cycle: Cycle,
    /// At the end of which cycle.
    pub at: Cycle,
    /// What the meters said in time.
    pub flows: Flows,
    /// Who had not reported.
    pub missing: Vec<String>,
    /// The records.
    pub records: Vec<Record>,
}

/// Why a reading was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The cycle is settled.
    TooLate,
    /// There is one already.
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
    /// The cycle in which it came.
    pub arrived: Cycle,
    /// The reading.
    pub reading: Reading,
    /// Why.
    pub why: Why,
}

/// A user who no longer takes part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frozen {
    /// The user.
    pub user: String,
    /// From the end of this cycle on.
    pub from: Cycle,
}

/// A penalty, paid to the grid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Penalty {
    /// Who pays.
    pub user: String,
    /// The cycle whose reading is missing.
    pub cycle: Cycle,
    /// How much.
    pub amount: Money,
}

/// What came of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// In the order in which they were settled.
    pub settled: Vec<Settled>,
    /// Readings that did not count, in the order of arrival.
    pub refused: Vec<Refusal>,
    /// Penalties, in the order in which they fell due.
    pub penalties: Vec<Penalty>,
    /// Who was frozen, in order.
    pub frozen: Vec<Frozen>,
    /// Cycles that still wait, and for whom.
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
        // The oldest first; a user frozen by one is awaited in none of the later ones.
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

    /// Who is awaited in an open cycle and has not reported.
    fn missing(&self, cycle: Cycle) -> Vec<String> {
        let readings = &self.open[&cycle];
        let awaited = self.market.users.iter().filter(|user| !readings.contains_key(*user) && !self.is_frozen(user));
        awaited.cloned().collect()
    }

    fn settle(&mut self, cycle: Cycle, now: Cycle, missing: Vec<String>) {
        let readings = self.open.remove(&cycle).unwrap_or_default();
        // The order of the users is the sellers' and the buyers'.
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

/// A party's sums. Bounds: 2^32 records of less than 2^64 each fit i128 with room to spare.
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
    /// Everybody's sums. Over all of them money comes to nothing, and as much is supplied as
    /// consumed.
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
