//! The bills of all households by one clearing rule: over the whole period, by month and by day.

use crate::bill::Bill;
use crate::interval::Interval;
use crate::known::Known;
use market::books::CycleBooks;
use market::play::Played;
use market::scenario::{CyclePlans, Scenario};
use protocol::units::Side;

/// How long a period is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// All cycles.
    Whole,
    /// A month.
    Month,
    /// A day.
    Day,
}

impl Kind {
    /// Its name in tables: `whole`, `month`, `day`.
    pub const fn name(self) -> &'static str {
        match self {
            Kind::Whole => "whole",
            Kind::Month => "month",
            Kind::Day => "day",
        }
    }
}

/// The bills of all households in one period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Period {
    /// How long it is.
    pub kind: Kind,
    /// Its name: the first and the last day for the whole, `2026-05` for a month, `2026-05-31` for
    /// a day. The whole is `all cycles` where cycles have no dates.
    pub name: String,
    /// A bill for each household, in the scenario's order.
    pub bills: Vec<Bill>,
    /// The sum of them.
    pub all: Bill,
}

/// The bills by one clearing rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bills {
    /// The whole period.
    pub whole: Period,
    /// The months, in order. Empty where cycles have no dates.
    pub months: Vec<Period>,
    /// The days, in order. Empty where cycles have no dates.
    pub days: Vec<Period>,
    /// The cycles, in order.
    pub intervals: Vec<Interval>,
    /// What households save in cycles in which they sell, nano-currency.
    pub saved_selling: i128,
}

impl Period {
    fn new(kind: Kind, name: String, households: usize, gross: bool) -> Period {
        Period { kind, name, bills: vec![Bill::nothing(gross); households], all: Bill::nothing(gross) }
    }

    fn add(&mut self, household: usize, bill: &Bill) {
        self.bills[household] += bill;
    }
}

/// The first characters of a cycle's start that name its month and its day.
const MONTH: usize = 7;
const DAY: usize = 10;

impl Bills {
    /// The bills of a scenario that a rule has played.
    pub fn new(scenario: &Scenario, played: &Played, known: &Known) -> Bills {
        let (households, gross) = (scenario.households.len(), known.gross.is_some());
        let mut bills = Bills {
            whole: Period::new(Kind::Whole, whole_name(known), households, gross),
            months: vec![],
            days: vec![],
            intervals: Vec::with_capacity(scenario.cycles.len()),
            saved_selling: 0,
        };
        let mut of_cycle = OfCycle { bills: vec![Bill::nothing(gross); households], touched: vec![], gross };
        for (index, (cycle, books)) in scenario.cycles.iter().zip(&played.cycles).enumerate() {
            of_cycle.fill((index, cycle), books, known);
            if let Some(start) = known.starts.get(index) {
                later(&mut bills.months, Kind::Month, start.get(..MONTH).unwrap_or(start), households, gross);
                later(&mut bills.days, Kind::Day, start.get(..DAY).unwrap_or(start), households, gross);
            }
            let sellers = books.rows.iter().filter(|row| row.meter.side == Some(Side::Sell));
            bills.saved_selling += sellers.map(|row| of_cycle.bills[row.meter.household].saved()).sum::<i128>();
            let all = of_cycle.hand_over(&mut bills);
            bills.intervals.push(interval(books, all));
        }
        bills
    }

    /// All periods: the whole, then months, then days.
    pub fn periods(&self) -> impl Iterator<Item = &Period> {
        std::iter::once(&self.whole).chain(&self.months).chain(&self.days)
    }
}

fn whole_name(known: &Known) -> String {
    let day = |start: &String| start.get(..DAY).unwrap_or(start).to_string();
    match (known.starts.first().map(day), known.starts.last().map(day)) {
        (Some(first), Some(last)) if first == last => first,
        (Some(first), Some(last)) => format!("{first} to {last}"),
        _ => "all cycles".into(),
    }
}

/// Begins a period unless the last one has this name. Cycles are in order, so a day or a month does
/// not come back.
fn later(periods: &mut Vec<Period>, kind: Kind, name: &str, households: usize, gross: bool) {
    if periods.last().is_none_or(|last| last.name != name) {
        periods.push(Period::new(kind, name.to_string(), households, gross));
    }
}

/// The bills of one cycle, kept from cycle to cycle so that only those households cost time that
/// have something in it.
struct OfCycle {
    bills: Vec<Bill>,
    touched: Vec<usize>,
    gross: bool,
}

impl OfCycle {
    fn fill(&mut self, (index, cycle): (usize, &CyclePlans), books: &CycleBooks, known: &Known) {
        for plan in &cycle.plans {
            self.touched.push(plan.household);
            self.bills[plan.household].plans += 1;
        }
        for row in &books.rows {
            self.touched.push(row.meter.household);
            self.bills[row.meter.household].add_row(row, books.tariff, &known.fees);
        }
        for trade in &books.trades {
            self.bills[books.rows[trade.seller].meter.household].add_sold(trade);
            self.bills[books.rows[trade.buyer].meter.household].add_bought(trade);
        }
        if let Some(gross) = &known.gross {
            self.touched = (0..self.bills.len()).collect();
            for (household, bill) in self.bills.iter_mut().enumerate() {
                bill.add_reading(gross.reading(index, household));
            }
        }
    }

    /// Adds the bills to their periods, empties them, and gives their sum.
    fn hand_over(&mut self, bills: &mut Bills) -> Bill {
        let mut all = Bill::nothing(self.gross);
        for household in self.touched.drain(..) {
            let bill = std::mem::replace(&mut self.bills[household], Bill::nothing(self.gross));
            all += &bill;
            for period in std::iter::once(&mut bills.whole).chain(bills.months.last_mut()).chain(bills.days.last_mut())
            {
                period.add(household, &bill);
            }
        }
        for period in std::iter::once(&mut bills.whole).chain(bills.months.last_mut()).chain(bills.days.last_mut()) {
            period.all += &all;
        }
        all
    }
}

fn interval(books: &CycleBooks, all: Bill) -> Interval {
    let paid = || books.trades.iter().map(|trade| trade.buyer_price);
    Interval {
        cycle: books.cycle.get(),
        tariff: books.tariff,
        trades: books.trades.len() as u64,
        delivered: books.trades.iter().map(|trade| trade.delivered.get()).sum(),
        prices: paid().min().zip(paid().max()),
        all,
    }
}
