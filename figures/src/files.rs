//! The files that figures are written to.

use crate::columns;
use crate::comparison::Figures;
use crate::csv_table::CsvTable;
use crate::lines::Unit;
use crate::{json, markdown, page};

pub use crate::file_names::NAMES;

/// Writes all files, one after another: `write` gets a name of [`NAMES`] and the file's bytes. The
/// same figures give the same bytes. Error: that of `write`, at once.
pub fn each<E>(figures: &Figures<'_>, mut write: impl FnMut(&str, &[u8]) -> Result<(), E>) -> Result<(), E> {
    let make: [fn(&Figures<'_>) -> Vec<u8>; 7] = [bills, measures, trades, intervals, json::of, markdown::of, page::of];
    NAMES.iter().zip(make).try_for_each(|(name, make)| write(name, &make(figures)))
}

/// figures.json, as [`each`] writes it.
pub fn json(figures: &Figures<'_>) -> Vec<u8> {
    json::of(figures)
}

fn bills(figures: &Figures<'_>) -> Vec<u8> {
    let mut table = CsvTable::new(&columns::BILL, &figures.known.currency);
    for (rule, played) in figures.played.iter().enumerate() {
        json::each_bill(figures, rule, |period, household, bill| {
            table.row(&columns::bill(played.rule, period, household, bill));
        });
    }
    table.finish()
}

fn intervals(figures: &Figures<'_>) -> Vec<u8> {
    let mut table = CsvTable::new(&columns::INTERVAL, &figures.known.currency);
    for (bills, played) in figures.bills.iter().zip(figures.played) {
        for (index, interval) in bills.intervals.iter().enumerate() {
            table.row(&columns::interval(played.rule, figures.start(index), interval));
        }
    }
    table.finish()
}

fn trades(figures: &Figures<'_>) -> Vec<u8> {
    let mut table = CsvTable::new(&columns::TRADE, &figures.known.currency);
    for rule in 0..figures.played.len() {
        figures.each_trade(rule, |cells| table.row(cells));
    }
    table.finish()
}

/// A row for each measure. Its unit has a column of its own, since every measure has another.
fn measures(figures: &Figures<'_>) -> Vec<u8> {
    const IN_MEMORY: &str = "writing to memory does not fail";
    let mut writer = csv::Writer::from_writer(Vec::new());
    let rules = figures.played.iter().map(|played| played.rule);
    let head: Vec<&str> = ["measure", "name", "unit", "no_market"].into_iter().chain(rules).collect();
    writer.write_record(&head).expect(IN_MEMORY);
    let number =
        |value: Option<f64>| value.map_or(String::new(), |value| format!("{:.9}", (value * 1e9).round() / 1e9 + 0.0));
    for line in figures.lines() {
        let unit = match line.unit {
            Unit::Share => "share from 0 to 1".into(),
            Unit::Index => "index".into(),
            Unit::Count => "number".into(),
            unit => unit.name(&figures.known.currency),
        };
        let mut row = vec![line.key.to_string(), line.label.to_string(), unit, number(line.alone)];
        row.extend(line.by_rule.iter().map(|value| number(*value)));
        writer.write_record(&row).expect(IN_MEMORY);
    }
    let worst = figures.worst_off();
    let named = |key: &str, name: &str, of: &dyn Fn(&crate::comparison::WorstOff<'_>) -> String| {
        let mut row = vec![key.to_string(), name.to_string(), "household".into(), String::new()];
        row.extend(worst.iter().map(of));
        row
    };
    if !worst.is_empty() {
        let name = |name: &str| crate::escape::for_spreadsheet(name);
        let rows = [
            named("worst_off", "the worst-off household", &|of| name(of.household)),
            named("worst_off_per_kwh", "the household with the least gain per kWh", &|of| {
                of.household_per_kwh.map_or(String::new(), name)
            }),
        ];
        rows.iter().for_each(|row| writer.write_record(row).expect(IN_MEMORY));
    }
    writer.into_inner().expect(IN_MEMORY)
}
