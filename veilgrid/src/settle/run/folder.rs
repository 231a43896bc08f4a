//! The folder of cycles: `market.json`, then `cycle-0001.json`, `cycle-0002.json` and so on,
//! without gaps.

use crate::settle::file::{energy, format, matrix, name, tariff, FileMatrix};
use crate::settle::refused::{Problem, Refused};
use crate::settle::{named, MAX_BYTES};
use market::json::read as read_json;
use market::settlement::{Matrix, Tariff};
use protocol::units::{Cycle, Energy, Money};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::path::Path;
use terminal::output::{read_limited, read_parsed};
use terminal::Failure;

const MARKET_FORMAT: &str = "veilgrid-async-market/1";
const CYCLE_FORMAT: &str = "veilgrid-async-cycle/1";

/// The parameters of all cycles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Market {
    /// All users; their order is the sellers' and the buyers'.
    pub users: Vec<String>,
    /// The prices and priorities that they have agreed.
    pub matrix: Matrix,
    /// The grid's prices.
    pub tariff: Tariff,
    /// For how many more cycles a cycle waits for missing readings.
    pub wait: u32,
    /// The penalty for a missing reading, in nano-currency.
    pub penalty: Money,
    /// After how many missing readings a user is frozen; at least 1.
    pub freeze_after: u32,
}

/// The reading of a user's meter in a cycle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// The cycle.
    pub cycle: Cycle,
    /// The user.
    pub user: String,
    /// The energy supplied.
    pub supply: Energy,
    /// The energy consumed.
    pub consumption: Energy,
}

/// The readings that arrive in a cycle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrivals {
    /// The cycle in which they arrive.
    pub cycle: Cycle,
    /// The readings, of this cycle or of earlier ones, in the order of arrival.
    pub readings: Vec<Reading>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MarketFile {
    format: String,
    feed_in: u64,
    retail: u64,
    wait: u32,
    penalty: u64,
    freeze_after: u32,
    users: Vec<String>,
    matrix: FileMatrix,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CycleFile {
    format: String,
    cycle: u32,
    readings: Vec<ReadingFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReadingFile {
    cycle: u32,
    user: String,
    supply: u64,
    consumption: u64,
}

impl Market {
    /// Reads and checks `market.json`.
    pub fn parse(bytes: &[u8]) -> Result<Market, Refused> {
        let file: MarketFile = read_json(bytes)?;
        format(&file.format, MARKET_FORMAT)?;
        let mut seen = BTreeSet::new();
        for (i, user) in file.users.iter().enumerate() {
            name(format!("users[{i}]"), user)?;
            if !seen.insert(user) {
                return Err(Refused::at(format!("users[{i}]"), Problem::Twice(user.clone())));
            }
        }
        if file.freeze_after == 0 {
            let problem = Problem::Shape("at least 1: a user is frozen after a reading is missing, not before".into());
            return Err(Refused::at("freeze_after", problem));
        }
        let matrix = matrix(file.matrix)?;
        for (seller, row) in &matrix {
            if let Some(unknown) = [seller].into_iter().chain(row.keys()).find(|user| !seen.contains(user)) {
                return Err(Refused::at(format!("matrix.{seller}"), Problem::Unknown(unknown.clone())));
            }
        }
        Ok(Market {
            tariff: tariff(file.feed_in, file.retail)?,
            wait: file.wait,
            penalty: Money::new(file.penalty).map_err(|e| Refused::at("penalty", Problem::Bound(e)))?,
            freeze_after: file.freeze_after,
            users: file.users,
            matrix,
        })
    }
}

impl Arrivals {
    /// Reads and checks the file of the cycle with this number.
    pub fn parse(bytes: &[u8], expected: u32, market: &Market) -> Result<Arrivals, Refused> {
        let file: CycleFile = read_json(bytes)?;
        format(&file.format, CYCLE_FORMAT)?;
        if file.cycle != expected {
            return Err(Refused::at("cycle", Problem::Order { found: file.cycle, expected }));
        }
        let cycle = |path: String, n: u32| Cycle::new(n).map_err(|e| Refused::at(path, Problem::Bound(e)));
        let users: BTreeSet<&String> = market.users.iter().collect();
        let reading = |(i, r): (usize, ReadingFile)| {
            let at = |field: &str| format!("readings[{i}].{field}");
            if !users.contains(&r.user) {
                return Err(Refused::at(at("user"), Problem::Unknown(r.user)));
            }
            if r.cycle > expected || r.cycle == 0 {
                return Err(Refused::at(at("cycle"), Problem::Future(r.cycle)));
            }
            Ok(Reading {
                cycle: cycle(at("cycle"), r.cycle)?,
                supply: energy(at("supply"), r.supply)?,
                consumption: energy(at("consumption"), r.consumption)?,
                user: r.user,
            })
        };
        let readings = file.readings.into_iter().enumerate().map(reading).collect::<Result<_, _>>()?;
        Ok(Arrivals { cycle: cycle("cycle".into(), file.cycle)?, readings })
    }
}

/// Reads a folder. The files `cycle-*.json` in it must be numbered from 1 on without gaps. Error: a
/// [`Failure`] that names the file.
pub fn read(directory: &Path) -> Result<(Market, Vec<Arrivals>), Failure> {
    let path = directory.join("market.json");
    let market = read_parsed(&path, MAX_BYTES, Market::parse, Refused::code)?;
    let failed = |error| Failure::Read { file: directory.display().to_string(), error };
    let mut names = Vec::new();
    for entry in std::fs::read_dir(directory).map_err(failed)? {
        let name = entry.map_err(failed)?.file_name().to_string_lossy().into_owned();
        if name.starts_with("cycle-") && name.ends_with(".json") {
            names.push(name);
        }
    }
    names.sort();
    let arrivals = names.iter().zip(1u32..).map(|(name, number)| {
        let path = directory.join(name);
        let said = name["cycle-".len()..name.len() - ".json".len()].parse::<u32>();
        let refused = match said {
            Ok(said) if said == number => {
                return Arrivals::parse(&read_limited(&path, MAX_BYTES)?, number, &market)
                    .map_err(|refused| named(&path, refused))
            }
            Ok(said) => Refused::at("", Problem::Order { found: said, expected: number }),
            Err(_) => Refused::at("", Problem::Shape("a cycle's file is called cycle-NUMBER.json".into())),
        };
        Err(named(&path, refused))
    });
    let arrivals = arrivals.collect::<Result<Vec<_>, Failure>>()?;
    Ok((market, arrivals))
}
