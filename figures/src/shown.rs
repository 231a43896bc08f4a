//! Tables as people read them, for the page and for Markdown: the same rows, rounded once.

use crate::bill::Bill;
use crate::bills::Period;
use crate::columns::{per_kwh, ALL};
use crate::comparison::Figures;
use crate::currency::Currency;
use crate::decimal::decimal;
use terminal::table::{money, price};

/// Most households of a table for people; bills.csv has all.
const ROWS: usize = 200;

/// A cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Shown {
    /// Text or a number of the program's own.
    Own(String),
    /// Text that others chose.
    Given(String),
}

impl Shown {
    /// The text, not escaped.
    pub(crate) fn text(&self) -> &str {
        match self {
            Shown::Own(text) | Shown::Given(text) => text,
        }
    }
}

/// A table for people. The first column names the row; the others are numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ShownTable {
    pub(crate) head: Vec<String>,
    pub(crate) rows: Vec<Vec<Shown>>,
    /// The sum, or nothing.
    pub(crate) foot: Vec<Shown>,
    /// How many rows there are beyond those shown.
    pub(crate) more: usize,
}

pub(crate) fn own(text: impl Into<String>) -> Shown {
    Shown::Own(text.into())
}

/// How the numbers of a table of bills are written.
struct Style<'a> {
    currency: &'a Currency,
    /// Decimals of kWh.
    energy: u32,
    own_use: bool,
    fees: bool,
    penalties: bool,
}

impl<'a> Style<'a> {
    fn of(figures: &'a Figures<'_>, bills: &[&Bill]) -> Style<'a> {
        let currency = &figures.known.currency;
        let most = bills.iter().map(|bill| bill.consumed.max(bill.injected)).max().unwrap_or(0);
        Style {
            currency,
            energy: energy_decimals(most),
            own_use: figures.known.gross.is_some(),
            fees: !figures.known.fees.none(),
            penalties: bills.iter().any(|bill| bill.penalties != 0),
        }
    }

    fn head(&self, first: &str) -> Vec<String> {
        let money = &self.currency.name;
        let mut head = vec![
            first.into(),
            format!("without, {money}"),
            format!("with, {money}"),
            format!("saved, {money}"),
            "bought, kWh".into(),
            "sold, kWh".into(),
        ];
        if self.own_use {
            head.push("own use, kWh".into());
        }
        head.extend(["from grid, kWh".into(), "to grid, kWh".into()]);
        head.extend([format!("paid, {money}/kWh"), format!("earned, {money}/kWh")]);
        if self.fees {
            head.extend([
                format!("network fee without, {money}"),
                format!("network fee with, {money}"),
                format!("levies without, {money}"),
                format!("levies with, {money}"),
            ]);
        }
        if self.penalties {
            head.push(format!("penalties, {money}"));
        }
        head
    }

    fn row(&self, name: Shown, bill: &Bill) -> Vec<Shown> {
        let amount = |nano: i128| own(money(nano));
        let kwh = |wh: u64| own(decimal(wh.into(), 3, self.energy));
        let price = |nano: Option<i128>| own(nano.map_or("-".into(), money));
        let mut row = vec![
            name,
            amount(bill.without()),
            amount(bill.with()),
            amount(bill.saved()),
            kwh(bill.bought),
            kwh(bill.sold),
        ];
        if self.own_use {
            row.push(bill.own_use.map_or(own("-"), kwh));
        }
        row.extend([kwh(bill.from_grid), kwh(bill.to_grid)]);
        row.extend([price(per_kwh(bill.paid, bill.bought)), price(per_kwh(bill.earned, bill.sold))]);
        if self.fees {
            row.extend([
                amount(bill.alone.network),
                amount(bill.network),
                amount(bill.alone.levies),
                amount(bill.levies),
            ]);
        }
        if self.penalties {
            row.push(amount(bill.penalties));
        }
        row
    }
}

/// Decimals of kWh in a table whose greatest energy is so many Wh.
pub(crate) fn energy_decimals(wh: u64) -> u32 {
    match wh {
        0..100_000 => 3,
        100_000..1_000_000 => 2,
        _ => 1,
    }
}

/// The measures: a row for each, with a column without a market and one for each rule.
pub(crate) fn measures(figures: &Figures<'_>) -> ShownTable {
    let rules = figures.played.iter().map(|played| played.rule.to_string());
    let mut rows: Vec<Vec<Shown>> = (figures.lines().iter())
        .map(|line| line.cells(&figures.known.currency).into_iter().map(Shown::Own).collect())
        .collect();
    let worst = figures.worst_off();
    if !worst.is_empty() {
        let named = |label: &str, name: &dyn Fn(&crate::comparison::WorstOff<'_>) -> Shown| {
            [own(label), own("-")].into_iter().chain(worst.iter().map(name)).collect()
        };
        rows.push(named("the worst-off household", &|of| Shown::Given(of.household.into())));
        rows.push(named("the household with the least gain per kWh", &|of| {
            of.household_per_kwh.map_or(own("-"), |name| Shown::Given(name.into()))
        }));
    }
    ShownTable {
        head: ["measure".into(), "no market".into()].into_iter().chain(rules).collect(),
        rows,
        ..ShownTable::default()
    }
}

/// The bills of the whole period by a rule: a row for each household, and their sum.
pub(crate) fn households(figures: &Figures<'_>, rule: usize) -> ShownTable {
    let whole = &figures.bills[rule].whole;
    let shown = whole.bills.len().min(ROWS);
    let style = Style::of(figures, &whole.bills[..shown].iter().chain([&whole.all]).collect::<Vec<_>>());
    let names = figures.scenario.households.iter().map(|household| Shown::Given(household.id.clone()));
    ShownTable {
        head: style.head("household"),
        rows: names.zip(&whole.bills[..shown]).map(|(name, bill)| style.row(name, bill)).collect(),
        foot: style.row(own(ALL), &whole.all),
        more: whole.bills.len() - shown,
    }
}

/// The sums of all households by period, for a rule: a row for each month or day.
pub(crate) fn periods(figures: &Figures<'_>, rule: usize, first: &str, periods: &[Period]) -> ShownTable {
    let whole = &figures.bills[rule].whole.all;
    let style = Style::of(figures, &periods.iter().map(|period| &period.all).chain([whole]).collect::<Vec<_>>());
    let shown = periods.len().min(2 * ROWS);
    ShownTable {
        head: style.head(first),
        rows: periods[..shown].iter().map(|period| style.row(own(&period.name), &period.all)).collect(),
        foot: style.row(own("sum"), whole),
        more: periods.len() - shown,
    }
}

impl Figures<'_> {
    /// How things are, in a sentence.
    pub(crate) fn headline(&self) -> String {
        let (all, households) = (&self.bills[0].whole.all, self.scenario.households.len());
        let currency = &self.known.currency;
        let amount = |nano: i128| format!("{} {}", money(nano.abs()), currency.name);
        let owes = |nano: i128| format!("{} {}", if nano < 0 { "earn" } else { "owe" }, amount(nano));
        let saved = match all.saved() {
            0 => "they save nothing".into(),
            saved if saved < 0 => format!("they lose {}", amount(saved)),
            saved => format!("they save {}", amount(saved)),
        };
        let word = if households == 1 { "household" } else { "households" };
        format!(
            "Together, {households} {word} {} by {} and {} without a market: {saved}.",
            owes(all.with()),
            self.played[0].rule,
            owes(all.without()),
        )
    }

    /// What was played: numbers, dates and the tariff.
    pub(crate) fn facts(&self) -> Vec<(&'static str, String)> {
        let scenario = self.scenario;
        let mut facts = vec![
            ("households", scenario.households.len().to_string()),
            ("cycles", scenario.cycles.len().to_string()),
            ("plans", scenario.plans().to_string()),
        ];
        if let (Some(first), Some(last)) = (self.known.starts.first(), self.known.starts.last()) {
            facts.push(("first and last cycle", format!("{first} and {last} ({})", self.known.clock)));
        }
        let name = &self.known.currency.name;
        let range = |of: &dyn Fn(market::settlement::Tariff) -> protocol::units::Price, market| {
            let prices = || self.bills[0].intervals.iter().map(|interval| of(interval.tariff));
            let (low, high) = prices().min().zip(prices().max()).unwrap_or((market, market));
            let text = |of: protocol::units::Price| price(of.get());
            match low == high {
                true => format!("{} {name}/kWh", text(low)),
                false => format!("{} to {} {name}/kWh", text(low), text(high)),
            }
        };
        facts.push(("the grid takes", range(&|tariff| tariff.retail, scenario.market.retail)));
        facts.push(("the grid gives", range(&|tariff| tariff.feed_in, scenario.market.feed_in)));
        let fees = &self.known.fees;
        if !fees.none() {
            let pair = |grid: protocol::units::Price, local: protocol::units::Price| {
                let text = |of: protocol::units::Price| price(of.get());
                format!("{} from the grid, {} from neighbours, {name}/kWh", text(grid), text(local))
            };
            facts.push(("network fee", pair(fees.network, fees.network_local)));
            facts.push(("levies", pair(fees.levies, fees.levies_local)));
        }
        facts
    }
}
