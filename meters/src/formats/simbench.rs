//! The SimBench grids: a folder with loads, generators and their profiles.

use super::reading::Reading;
use super::table::{check_count, name, text, Table};
use crate::exact::Exact;
use crate::options::{DateOrder, Decimal};
use crate::refused::shown;
use crate::source::{Column, Habits, Kind, Mark, Sample, Series, SeriesId, Sink, Stamps, Step, Target};
use crate::text::header::Wanted;
use crate::text::Input;
use crate::{Problem, Refused, Said};
use std::collections::BTreeMap;
use std::num::NonZeroU32;

const LOADS: [Wanted; 4] = [
    Wanted { names: &["id"], shown: "id", required: true },
    Wanted { names: &["node"], shown: "node", required: true },
    Wanted { names: &["profile"], shown: "profile", required: true },
    Wanted { names: &["pload"], shown: "pLoad", required: true },
];

const GENERATORS: [Wanted; 4] = [
    Wanted { names: &["id"], shown: "id", required: true },
    Wanted { names: &["node"], shown: "node", required: true },
    Wanted { names: &["profile"], shown: "profile", required: true },
    Wanted { names: &["pres"], shown: "pRES", required: true },
];

const PROFILES: [Wanted; 1] = [Wanted { names: &["time"], shown: "time", required: true }];

const QUARTER: NonZeroU32 = NonZeroU32::new(900).unwrap();

/// The files of the folder that are read.
pub(super) const FILES: [&str; 4] = ["Load.csv", "LoadProfile.csv", "RES.csv", "RESProfile.csv"];

/// A load or a generator.
struct Unit {
    id: String,
    node: String,
    profile: String,
    /// Its power at a profile's value of 1, in W.
    power: Exact,
    row: u64,
}

pub(super) fn read(folder: &Input, reading: &mut Reading) -> Result<(), Refused> {
    if !folder.is_folder() {
        let why =
            "it is a file; simbench is a folder with Load.csv, LoadProfile.csv, RES.csv and RESProfile.csv".into();
        return Err(folder.refuse(Problem::NotThisFormat { format: "simbench", why }));
    }
    let [loads_file, load_profiles, generators_file, generator_profiles] = FILES.map(|file| folder.inside(file));
    for file in [&loads_file, &load_profiles, &generators_file, &generator_profiles] {
        if !file.is_there() {
            return Err(file.refuse(Problem::Unreadable("simbench needs this file, and it is not there".into())));
        }
    }
    let loads = units(&loads_file, reading, &LOADS)?;
    let mut at_node: BTreeMap<&str, &str> = BTreeMap::new();
    for load in &loads {
        if let Some(first) = at_node.get(load.node.as_str()) {
            let said = format!(
                "what is generated at node {} is that of {}, the first of its loads",
                shown(&load.node),
                shown(first)
            );
            reading.say(&loads_file, Said::assumed(said));
        } else {
            at_node.insert(&load.node, &load.id);
        }
    }
    let series = |unit: &Unit, meter: &str, column| Series {
        meter: meter.to_owned(),
        register: unit.id.clone(),
        target: Target::Column(column),
        kind: Kind::Power,
        step: Step::Fixed(QUARTER),
        stamps: Stamps::Start,
        habits: Habits::default(),
    };
    let announced = |unit: &Unit| series(unit, &unit.id, Column::Consumption);
    profiles(&load_profiles, &loads_file, reading, &loads, "_pload", &announced)?;
    let generators = units(&generators_file, reading, &GENERATORS)?;
    let announced = |unit: &Unit| {
        let meter = at_node.get(unit.node.as_str()).copied().unwrap_or(&unit.id);
        series(unit, meter, Column::Generation)
    };
    profiles(&generator_profiles, &generators_file, reading, &generators, "", &announced)
}

/// The loads or generators that a file lists.
fn units(input: &Input, reading: &mut Reading, wanted: &[Wanted; 4]) -> Result<Vec<Unit>, Refused> {
    let table = Table::open(input, reading, wanted, 1)?;
    let [id, node, profile, power] = [0, 1, 2, 3].map(|column| table.place(column));
    let evidence = table.evidence(reading).with_mark(Decimal::Point, reading.options);
    let fields = table.survey(input, reading, evidence, &mut |record, evidence| {
        evidence.number(record.row, record.get(power));
    })?;
    let (columns, last) = (table.header.names().len(), id.max(node).max(profile).max(power));
    let mut units: Vec<Unit> = Vec::new();
    let most = reading.options.limits.most_meters;
    let mut rows: BTreeMap<String, u64> = BTreeMap::new();
    table.each(reading, &mut |record, _| {
        check_count(record, columns, last)?;
        let Some(megawatts) = fields.scaled(record.get(power), 6)? else {
            let text = String::from_utf8_lossy(record.get(power)).into_owned();
            return Err(Problem::BadNumber { text, why: "a power in MW is needed".into() }.into());
        };
        let unit = Unit {
            id: name(record.get(id))?,
            node: text(record.get(node))?.to_owned(),
            profile: text(record.get(profile))?.to_owned(),
            power: megawatts,
            row: record.row,
        };
        if let Some(before) = rows.insert(unit.id.clone(), record.row) {
            let what = format!("{} is there twice, in rows {before} and {}", shown(&unit.id), record.row);
            return Err(Problem::Structure(what).into());
        }
        if units.len() >= most {
            return Err(Problem::TooManyMeters(most).into());
        }
        units.push(unit);
        Ok(())
    })?;
    Ok(units)
}

/// Reads the profiles of the units, row by row.
fn profiles(
    input: &Input,
    units_file: &Input,
    reading: &mut Reading,
    units: &[Unit],
    suffix: &str,
    announce: &dyn Fn(&Unit) -> Series,
) -> Result<(), Refused> {
    if units.is_empty() {
        return Ok(());
    }
    let table = Table::open(input, reading, &PROFILES, 1)?;
    let time = table.place(0);
    // For each profile that is used: its place, and the series with their powers.
    let mut used: BTreeMap<usize, Vec<(SeriesId, Exact)>> = BTreeMap::new();
    for unit in units {
        let wanted = format!("{}{suffix}", unit.profile);
        let Some(place) = table.header.names().iter().position(|name| *name == wanted) else {
            let problem = Problem::NoColumn { wanted, found: table.header.listed() };
            return Err(Refused::new(problem).in_file(input.name.clone()).of_meter(unit.id.clone()));
        };
        let series = reading.sink.series(announce(unit));
        let series = series.map_err(|refused| refused.in_file(units_file.name.clone()).at_row(unit.row))?;
        used.entry(place).or_default().push((series, unit.power));
    }
    let evidence = table.evidence(reading).with_order(DateOrder::DayMonthYear, reading.options);
    let evidence = evidence.with_mark(Decimal::Point, reading.options);
    let places: Vec<usize> = used.keys().copied().collect();
    let fields = table.survey(input, reading, evidence, &mut |record, evidence| {
        evidence.date(record.row, record.get(time));
        places.iter().for_each(|place| evidence.number(record.row, record.get(*place)));
    })?;
    let names = table.header.names().to_vec();
    let last = places.iter().copied().max().unwrap_or_default().max(time);
    table.each(reading, &mut |record, sink| {
        check_count(record, names.len(), last)?;
        let when = fields.stamp(record.get(time))?.when();
        for (place, series) in &used {
            let value =
                fields.number(record.get(*place)).map_err(|refused| refused.in_column(names[*place].clone()))?;
            push(record.row, when, value, series, sink)?;
        }
        Ok(())
    })
}

/// Hands over a profile's value for each of its units.
fn push(
    row: u64,
    when: crate::source::When,
    value: Option<Exact>,
    series: &[(SeriesId, Exact)],
    sink: &mut dyn Sink,
) -> Result<(), Refused> {
    for (series, power) in series {
        let value = value.map(|value| value.times(*power)).transpose().map_err(Problem::from)?;
        sink.push(*series, Sample { row, when, seconds: None, value, mark: Mark::Measured, device: 0 })?;
    }
    Ok(())
}
