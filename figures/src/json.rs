//! `veilgrid-figures/1`: every figure for machines, in whole numbers. Keys carry the unit: `_wh`,
//! `_nano` (nano-currency), `_nano_per_kwh`, `_m`.

use crate::bill::Bill;
use crate::bills::Period;
use crate::columns;
use crate::comparison::Figures;
use crate::devices;
use crate::table::{Cell, Column, Holds};
use serde_json::{json, Value};

/// The format's name, in its first field.
pub(crate) const FORMAT: &str = "veilgrid-figures/1";

/// All figures as JSON: one line for each row of bills, cycles and trades.
pub(crate) fn of(figures: &Figures<'_>) -> Vec<u8> {
    let mut out = String::from("{\n");
    let mut head = |key: &str, value: Value| out.push_str(&format!("\"{key}\": {value},\n"));
    let (known, scenario) = (figures.known, figures.scenario);
    head("format", FORMAT.into());
    head("program", figures.program.into());
    head("source", figures.source.into());
    let currency = &known.currency;
    head(
        "currency",
        json!({ "name": currency.name, "symbol": currency.symbol, "decimals": currency.decimals,
                "nano": "10^-9 of the currency" }),
    );
    let fees = &known.fees;
    head(
        "fees_nano_per_kwh",
        json!({ "network": fees.network.get() * 1000, "network_local": fees.network_local.get() * 1000,
                "levies": fees.levies.get() * 1000, "levies_local": fees.levies_local.get() * 1000 }),
    );
    head("households", scenario.households.len().into());
    head("cycles", scenario.cycles.len().into());
    head("plans", scenario.plans().into());
    head("first_cycle_starts", known.starts.first().cloned().into());
    head("last_cycle_starts", known.starts.last().cloned().into());
    head("clock", if known.starts.is_empty() { Value::Null } else { known.clock.clone().into() });
    head("notes", figures.notes().into());
    let left_out = figures.left_out().iter().map(|left| json!({ "measure": left.key, "name": left.label }));
    head("left_out", left_out.collect());
    head("measures", measures(figures));
    head("worst_off", figures.worst_off().iter().map(worst).collect());
    head("devices", devices::json(figures));
    out.push_str("\"rules\": [");
    for (rule, bills) in figures.bills.iter().enumerate() {
        let name = figures.played[rule].rule;
        out.push_str(if rule == 0 { "\n{" } else { ",\n{" });
        out.push_str(&format!("\"rule\": {},\n\"totals\": [", Value::from(name)));
        let mut rows = Rows::new(&mut out, &columns::BILL, &["rule", "household"]);
        for period in bills.periods() {
            rows.row(&columns::bill(name, period, columns::ALL, &period.all));
        }
        out.push_str("\n],\n\"bills\": [");
        let mut rows = Rows::new(&mut out, &columns::BILL, &["rule"]);
        each_bill(figures, rule, |period, household, bill| rows.row(&columns::bill(name, period, household, bill)));
        out.push_str("\n],\n\"cycles\": [");
        let mut rows = Rows::new(&mut out, &columns::INTERVAL, &["rule"]);
        for (index, interval) in bills.intervals.iter().enumerate() {
            rows.row(&columns::interval(name, figures.start(index), interval));
        }
        out.push_str("\n],\n\"trades\": [");
        let mut rows = Rows::new(&mut out, &columns::TRADE, &["rule"]);
        figures.each_trade(rule, |cells| rows.row(cells));
        out.push_str("\n]}");
    }
    out.push_str("\n]\n}\n");
    out.into_bytes()
}

/// Calls `of` for each household's bill in each period.
pub(crate) fn each_bill(figures: &Figures<'_>, rule: usize, mut of: impl FnMut(&Period, &str, &Bill)) {
    for period in figures.bills[rule].periods() {
        for (household, bill) in figures.scenario.households.iter().zip(&period.bills) {
            of(period, &household.id, bill);
        }
    }
}

/// A measure's number, rounded to 9 decimals, so that the last bits of floats do not show.
fn number(value: Option<f64>) -> Value {
    value.map_or(Value::Null, |value| ((value * 1e9).round() / 1e9).into())
}

fn measures(figures: &Figures<'_>) -> Value {
    let rules = || figures.played.iter().map(|played| played.rule);
    let line = |line: &crate::lines::Line| {
        let by_rule = rules().zip(&line.by_rule).map(|(rule, value)| (rule.to_string(), number(*value)));
        json!({ "measure": line.key, "name": line.label,
                "unit": if line.unit == crate::lines::Unit::Share { "share from 0 to 1".into() } else { line.unit.name(&figures.known.currency) },
                "formula": line.formula, "no_market": number(line.alone),
                "by_rule": by_rule.collect::<serde_json::Map<_, _>>() })
    };
    figures.lines().iter().map(line).collect()
}

fn worst(of: &crate::comparison::WorstOff<'_>) -> Value {
    json!({ "rule": of.rule, "household": of.household, "gain": number(Some(of.gain as f64 / 1e9)),
            "household_per_kwh": of.household_per_kwh, "gain_per_kwh": number(of.gain_per_kwh) })
}

/// Rows of a table as objects.
struct Rows<'a> {
    out: &'a mut String,
    columns: &'a [Column],
    without: &'a [&'a str],
    begun: bool,
}

impl<'a> Rows<'a> {
    fn new(out: &'a mut String, columns: &'a [Column], without: &'a [&'a str]) -> Rows<'a> {
        Rows { out, columns, without, begun: false }
    }

    fn row(&mut self, cells: &[Cell<'_>]) {
        self.out.push_str(if self.begun { ",\n{" } else { "\n{" });
        self.begun = true;
        let mut first = true;
        for (column, cell) in self.columns.iter().zip(cells) {
            if self.without.contains(&column.key) {
                continue;
            }
            if !first {
                self.out.push(',');
            }
            first = false;
            self.out.push('"');
            self.out.push_str(column.key);
            self.out.push_str(unit(column.holds));
            self.out.push_str("\":");
            match cell {
                Cell::Text("") if column.holds == Holds::Word => self.out.push_str("null"),
                Cell::Text(text) => self.out.push_str(&Value::from(*text).to_string()),
                Cell::Number(number) => self.out.push_str(&number.to_string()),
                Cell::Flag(flag) => self.out.push_str(if *flag { "true" } else { "false" }),
                Cell::Nothing => self.out.push_str("null"),
            }
        }
        self.out.push('}');
    }
}

/// What a key has behind it.
fn unit(holds: Holds) -> &'static str {
    match holds {
        Holds::Word | Holds::Name | Holds::Count | Holds::Flag => "",
        Holds::Wh => "_wh",
        Holds::Money => "_nano",
        Holds::Price => "_nano_per_kwh",
        Holds::Metres => "_m",
    }
}
