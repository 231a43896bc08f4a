//! `veilgrid-async/1`: the input of one cycle as JSON, read strictly, and its records as JSON.

use super::refused::{Problem, Refused};
use market::json::read;
use market::settlement::{Amount, Cell, Flows, Matrix, Record, Tariff};
use protocol::units::{Energy, Price};
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeSet;
use std::fmt;
use std::marker::PhantomData;

/// The format's name.
pub const FORMAT: &str = "veilgrid-async/1";

/// A cycle to settle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// What the meters report.
    pub cycle: Flows,
    /// The prices and priorities that sellers and buyers have agreed.
    pub matrix: Matrix,
    /// The grid's prices.
    pub tariff: Tariff,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    format: String,
    feed_in: u64,
    retail: u64,
    supply: Vec<FileAmount>,
    consumption: Vec<FileAmount>,
    matrix: FileMatrix,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileAmount {
    user: String,
    wh: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FileCell {
    priority: i64,
    price: u64,
}

/// The entries of a JSON object, in their order. A key that occurs twice is refused; a map would
/// silently keep the last one.
pub(super) struct Entries<T>(Vec<(String, T)>);
pub(super) type FileMatrix = Entries<Entries<FileCell>>;

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Entries<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Reader<T> {
            type Value = Entries<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries<T>, A::Error> {
                let (mut entries, mut keys) = (Vec::new(), BTreeSet::new());
                while let Some((key, value)) = map.next_entry::<String, T>()? {
                    if !keys.insert(key.clone()) {
                        return Err(A::Error::custom(format!("duplicate field `{key}`")));
                    }
                    entries.push((key, value));
                }
                Ok(Entries(entries))
            }
        }
        deserializer.deserialize_map(Reader(PhantomData))
    }
}

impl Input {
    /// Reads and checks the JSON.
    pub fn parse(bytes: &[u8]) -> Result<Input, Refused> {
        let file: File = read(bytes)?;
        format(&file.format, FORMAT)?;
        Ok(Input {
            tariff: tariff(file.feed_in, file.retail)?,
            cycle: Flows {
                supply: amounts("supply", file.supply)?,
                consumption: amounts("consumption", file.consumption)?,
            },
            matrix: matrix(file.matrix)?,
        })
    }
}

pub(super) fn format(found: &str, expected: &'static str) -> Result<(), Refused> {
    match found == expected {
        true => Ok(()),
        false => Err(Refused::at("format", Problem::Format { found: found.to_owned(), expected })),
    }
}

pub(super) fn price(path: &str, price: u64) -> Result<Price, Refused> {
    Price::new(price).map_err(|error| Refused::at(path, Problem::Bound(error)))
}

pub(super) fn energy(path: String, wh: u64) -> Result<Energy, Refused> {
    Energy::new(wh).map_err(|error| Refused::at(path, Problem::Bound(error)))
}

pub(super) fn tariff(feed_in: u64, retail: u64) -> Result<Tariff, Refused> {
    Ok(Tariff { feed_in: price("feed_in", feed_in)?, retail: price("retail", retail)? })
}

pub(super) fn name(path: String, name: &str) -> Result<(), Refused> {
    match name.is_empty() || name == "grid" {
        true => Err(Refused::at(path, Problem::Name(name.to_owned()))),
        false => Ok(()),
    }
}

fn amounts(list: &str, file: Vec<FileAmount>) -> Result<Vec<Amount>, Refused> {
    let mut seen = BTreeSet::new();
    let amount = |(i, amount): (usize, FileAmount)| {
        name(format!("{list}[{i}].user"), &amount.user)?;
        if !seen.insert(amount.user.clone()) {
            return Err(Refused::at(format!("{list}[{i}].user"), Problem::Twice(amount.user)));
        }
        Ok(Amount { energy: energy(format!("{list}[{i}].wh"), amount.wh)?, user: amount.user })
    };
    file.into_iter().enumerate().map(amount).collect()
}

pub(super) fn matrix(file: FileMatrix) -> Result<Matrix, Refused> {
    let cell = |seller: &str, buyer: &str, cell: FileCell| {
        let price = price(&format!("matrix.{seller}.{buyer}.price"), cell.price)?;
        Ok::<Cell, Refused>(Cell { priority: cell.priority, price })
    };
    let row = |(seller, row): (String, Entries<FileCell>)| {
        let row = row.0.into_iter().map(|(buyer, c)| Ok((buyer.clone(), cell(&seller, &buyer, c)?)));
        let row = row.collect::<Result<_, Refused>>()?;
        Ok((seller, row))
    };
    file.0.into_iter().map(row).collect()
}

/// A record in a file.
#[derive(Serialize)]
pub(super) struct FileRecord<'a> {
    seller: &'a str,
    buyer: &'a str,
    wh: u64,
    price: u64,
    amount: u64,
}

pub(super) fn file_records(records: &[Record]) -> Vec<FileRecord<'_>> {
    fn record(r: &Record) -> FileRecord<'_> {
        let (wh, price, amount) = (r.energy.get(), r.price.get(), r.amount().get());
        FileRecord { seller: r.seller.name(), buyer: r.buyer.name(), wh, price, amount }
    }
    records.iter().map(record).collect()
}

/// The output of `settle async`.
pub fn records_json(records: &[Record]) -> String {
    #[derive(Serialize)]
    struct Output<'a> {
        records: Vec<FileRecord<'a>>,
    }
    let output = Output { records: file_records(records) };
    serde_json::to_string_pretty(&output).expect("structs of strings and integers are JSON") + "\n"
}
