//! All measures as lines of a table: a value without a market where there is one, and a value by
//! each rule.

use crate::currency::Currency;
use crate::indices::{price, ratio};
use crate::measures::{Baseline, Measures};
use terminal::table::money;

/// What a measure is counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// An amount of money, in currency.
    Money,
    /// A price, in currency per kWh.
    Price,
    /// Energy, in kWh.
    Energy,
    /// A share from 0 to 1; tables show it in per cent.
    Share,
    /// An index without a unit.
    Index,
    /// A number of things.
    Count,
}

impl Unit {
    /// The unit as tables name it. Empty for a number of things and for an index.
    pub fn name(self, currency: &Currency) -> String {
        match self {
            Unit::Money => currency.name.clone(),
            Unit::Price => format!("{}/kWh", currency.name),
            Unit::Energy => "kWh".into(),
            Unit::Share => "%".into(),
            Unit::Index | Unit::Count => String::new(),
        }
    }
}

/// A measure: its values without a market and by each rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Its key in JSON and CSV.
    pub key: &'static str,
    /// Its name in tables.
    pub label: &'static str,
    /// What it is counted in.
    pub unit: Unit,
    /// Decimals in tables, of what is no money and no price.
    pub decimals: usize,
    /// How it is computed, in words.
    pub formula: &'static str,
    /// Its value without a market. None where it has none.
    pub alone: Option<f64>,
    /// Its value by each rule. None where the whole of a ratio is zero.
    pub by_rule: Vec<Option<f64>>,
}

/// A measure that cannot be computed from what is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// Its key.
    pub key: &'static str,
    /// Its name.
    pub label: &'static str,
}

impl Line {
    /// A value as tables show it, without its unit. A value that rounds to zero has no sign.
    pub fn cell(&self, value: Option<f64>) -> String {
        let Some(value) = value else { return "-".into() };
        if self.unit == Unit::Money || self.unit == Unit::Price {
            return money((value * 1e9).round() as i128);
        }
        let text = format!("{:.*}", self.decimals, if self.unit == Unit::Share { 100.0 * value } else { value });
        match text.trim_start_matches(['-', '0', '.']).is_empty() {
            true => text.trim_start_matches('-').into(),
            false => text,
        }
    }

    /// The name with the unit: "mean price paid, EUR/kWh".
    pub fn name(&self, currency: &Currency) -> String {
        let unit = self.unit.name(currency);
        match unit.is_empty() {
            true => self.label.into(),
            false => format!("{}, {unit}", self.label),
        }
    }

    /// The row of a table: name, value without a market, value by each rule.
    pub fn cells(&self, currency: &Currency) -> Vec<String> {
        let values = std::iter::once(self.alone).chain(self.by_rule.iter().copied());
        std::iter::once(self.name(currency)).chain(values.map(|value| self.cell(value))).collect()
    }
}

/// The measures that need to know what lies behind the meters.
const NEED_GROSS: [LeftOut; 3] = [
    LeftOut { key: "self_consumption", label: "self-consumption" },
    LeftOut { key: "local_share", label: "local share of consumption (self-sufficiency)" },
    LeftOut { key: "clean_share", label: "clean share of consumption, at least" },
];

/// The measures that are left out of [`lines`] because consumption and generation behind the meters
/// are not known of every household and cycle.
pub fn left_out(base: &Baseline) -> &'static [LeftOut] {
    match base.gross {
        Some(_) => &[],
        None => &NEED_GROSS,
    }
}

/// All measures that can be computed, in the order of the tables and of docs/market.md.
pub fn lines(base: &Baseline, measures: &[Measures]) -> Vec<Line> {
    let mut lines = of_money(base, measures);
    lines.extend(energy(base, measures));
    lines.extend(shares(base, measures));
    lines.extend(fairness(base, measures));
    lines
}

/// Makes lines over the same measures.
struct Maker<'a>(&'a [Measures]);

impl Maker<'_> {
    fn line(
        &self,
        (key, label, formula): (&'static str, &'static str, &'static str),
        unit: Unit,
        decimals: usize,
        alone: Option<f64>,
        of: impl Fn(&Measures) -> Option<f64>,
    ) -> Line {
        Line { key, label, unit, decimals, formula, alone, by_rule: self.0.iter().map(of).collect() }
    }
}

fn kwh(wh: u64) -> Option<f64> {
    Some(wh as f64 / 1000.0)
}

fn currency(nano: i128) -> Option<f64> {
    Some(nano as f64 / 1e9)
}

fn count(n: u64) -> Option<f64> {
    Some(n as f64)
}

fn of_money(base: &Baseline, measures: &[Measures]) -> Vec<Line> {
    let make = Maker(measures);
    let mut lines = vec![
        make.line(
            ("bill", "bills of all households", "sum of what every household owes; below zero they earn together"),
            Unit::Money,
            2,
            currency(base.bills.iter().sum()),
            |m| currency(m.bill()),
        ),
        make.line(
            ("gain", "gain of all households", "bills without a market less bills with it"),
            Unit::Money,
            2,
            None,
            |m| currency(m.gain()),
        ),
        make.line(
            ("gain_buying", "of it while buying", "the part gained in cycles in which a household buys"),
            Unit::Money,
            2,
            None,
            |m| currency(m.buyers_gain()),
        ),
        make.line(
            ("gain_selling", "of it while selling", "the part gained in cycles in which a household sells"),
            Unit::Money,
            2,
            None,
            |m| currency(m.sellers_gain),
        ),
        make.line(
            ("operator", "kept by the operator", "what buyers pay less what sellers earn"),
            Unit::Money,
            2,
            None,
            |m| currency(m.operator()),
        ),
        make.line(
            (
                "declared_surplus",
                "limits less asks of what is traded",
                "settled energy times (buyer's limit less seller's ask)",
            ),
            Unit::Money,
            2,
            None,
            |m| currency(m.declared_surplus),
        ),
    ];
    if measures.iter().any(|m| m.network != 0) {
        let network = ("network_fees", "network fees", "energy taken from the network times the network fee");
        lines.push(make.line(network, Unit::Money, 2, None, |m| currency(m.network)));
    }
    if measures.iter().any(|m| m.levies != 0) {
        let levies = ("levies", "levies", "energy taken from the network times the levies");
        lines.push(make.line(levies, Unit::Money, 2, None, |m| currency(m.levies)));
    }
    lines
}

fn energy(base: &Baseline, measures: &[Measures]) -> Vec<Line> {
    let make = Maker(measures);
    vec![
        make.line(("trades", "trades", "number of trades"), Unit::Count, 0, None, |m| count(m.trades)),
        make.line(
            ("within", "trades delivered within tolerance", "trades delivered within tolerance, of all trades"),
            Unit::Share,
            1,
            None,
            |m| ratio(m.within, m.trades),
        ),
        make.line(
            ("cycles_with_trades", "cycles with trades", "number of cycles with a trade"),
            Unit::Count,
            0,
            None,
            |m| count(m.cycles_with_trades),
        ),
        make.line(
            ("delivered_kwh", "delivered between neighbours", "energy that trades delivered"),
            Unit::Energy,
            1,
            kwh(0),
            |m| kwh(m.delivered),
        ),
        make.line(
            (
                "delivered_of_possible",
                "of what was possible",
                "delivered energy, of the sum over cycles of the lesser of injected and consumed",
            ),
            Unit::Share,
            1,
            None,
            |m| ratio(m.delivered, base.possible),
        ),
        make.line(
            (
                "imbalance_kwh",
                "settled and not delivered",
                "settled energy less delivered energy, where the operator bears it",
            ),
            Unit::Energy,
            2,
            None,
            |m| kwh(m.imbalance),
        ),
        make.line(
            ("from_grid_kwh", "taken from the grid", "energy that households settle with the grid as taken"),
            Unit::Energy,
            1,
            kwh(base.consumed),
            |m| kwh(m.from_grid),
        ),
        make.line(
            ("to_grid_kwh", "given to the grid", "energy that households settle with the grid as given"),
            Unit::Energy,
            1,
            kwh(base.injected),
            |m| kwh(m.to_grid),
        ),
        make.line(("price_paid", "mean price paid", "what buyers pay, by settled energy"), Unit::Price, 4, None, |m| {
            price(m.paid as i128, m.settled)
        }),
        make.line(
            ("price_received", "paid for what arrives", "what buyers pay, by delivered energy less estimated losses"),
            Unit::Price,
            4,
            None,
            per_received,
        ),
    ]
}

fn shares(base: &Baseline, measures: &[Measures]) -> Vec<Line> {
    let make = Maker(measures);
    let mut lines = vec![];
    if let Some(gross) = base.gross {
        let [consumption, local, clean] = NEED_GROSS;
        lines.push(make.line(
            (consumption.key, consumption.label, "(own use + delivered energy), of the generation"),
            Unit::Share,
            2,
            ratio(gross.own_use, gross.generation),
            |m| ratio(gross.own_use + m.delivered, gross.generation),
        ));
        lines.push(make.line(
            (local.key, local.label, "(own use + delivered energy), of the consumption"),
            Unit::Share,
            2,
            ratio(gross.own_use, gross.load),
            |m| ratio(gross.own_use + m.delivered, gross.load),
        ));
        lines.push(make.line(
            (clean.key, clean.label, "own use and delivered energy that is not fossil, of the consumption"),
            Unit::Share,
            2,
            ratio(gross.clean_own_use, gross.load),
            |m| ratio(gross.clean_own_use + m.clean, gross.load),
        ));
    }
    lines.push(make.line(
        (
            "neighbours_share",
            "from neighbours, of what is taken from the network",
            "delivered energy, of the energy that households take through their meters",
        ),
        Unit::Share,
        2,
        ratio(0, base.consumed),
        |m| ratio(m.delivered, base.consumed),
    ));
    lines.push(make.line(
        (
            "clean_share_traded",
            "clean share of what is traded",
            "delivered energy that is not fossil, of all delivered",
        ),
        Unit::Share,
        1,
        None,
        |m| ratio(m.clean, m.delivered),
    ));
    lines.push(make.line(
        ("lost_kwh", "estimated losses of trades", "1 % of the delivered energy for each kilometre of distance"),
        Unit::Energy,
        1,
        None,
        |m| Some(m.lost() / 1000.0),
    ));
    lines.push(make.line(
        ("lost_share", "of what is traded", "estimated losses, of the delivered energy"),
        Unit::Share,
        2,
        None,
        |m| (m.delivered > 0).then(|| m.lost() / m.delivered as f64),
    ));
    lines
}

fn fairness(base: &Baseline, measures: &[Measures]) -> Vec<Line> {
    let make = Maker(measures);
    let index = |key, label, formula, alone, of: fn(&Measures) -> Option<f64>| {
        make.line((key, label, formula), Unit::Index, 4, alone, of)
    };
    vec![
        index(
            "hhi",
            "HHI of sellers, whole period",
            "sum of the squared shares of sellers in the delivered energy; without a market, in the injected",
            base.hhi,
            |m| m.hhi,
        ),
        index(
            "hhi_cycles",
            "HHI of sellers, mean of cycles",
            "the same in each cycle, weighted by its delivered energy",
            None,
            |m| m.hhi_cycles,
        ),
        index(
            "lerner_feed_in",
            "Lerner index against feed-in",
            "(price earned less feed-in) / price earned, weighted by settled energy",
            None,
            |m| m.lerner_feed_in,
        ),
        index(
            "lerner_ask",
            "Lerner index against the ask",
            "(price earned less ask) / price earned, weighted by settled energy",
            None,
            |m| m.lerner_ask,
        ),
        index(
            "jain",
            "Jain's index of gains",
            "(sum of gains)^2 / (households x sum of squared gains); a loss counts as zero",
            None,
            |m| m.jain(),
        ),
        make.line(
            ("jain_per_kwh", "Jain's index of gains per kWh", "the same of gains by metered kWh"),
            Unit::Index,
            4,
            None,
            |m| m.jain_per_kwh(base),
        ),
        make.line(("worst_gain", "gain of the worst-off household", "the least gain"), Unit::Money, 4, None, |m| {
            currency(m.worst_off()?.1)
        }),
        make.line(
            ("worst_gain_per_kwh", "least gain per kWh", "the least gain by metered kWh"),
            Unit::Price,
            4,
            None,
            |m| Some(m.worst_off_per_kwh(base)?.1),
        ),
        make.line(
            ("losing", "households worse off", "number of households with a gain below zero"),
            Unit::Count,
            0,
            None,
            |m| count(m.losing() as u64),
        ),
        make.line(
            ("rejected", "rejected for lack of money", "plans and shortfalls that a balance could not bear"),
            Unit::Count,
            0,
            None,
            |m| count(m.rejected),
        ),
    ]
}

/// The price paid for each kWh that reaches the buyer, after the estimated losses.
fn per_received(of: &Measures) -> Option<f64> {
    let received = of.delivered as f64 - of.lost();
    (received > 0.0).then(|| of.paid as f64 / received / 1e6)
}
