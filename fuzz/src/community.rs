//! The targets for what a community brings: files of meter readings, the normal form, the market
//! description, and a household's policy.

use crate::failure::one_line;
use market::description::{Description, Series};
use meters::normal::{Reader, Source};
use meters::options::{Format, Limits, Options};
use policy::policy::Policy;
use std::io::Cursor;
use terminal::Failure;

fn refused(refused: meters::Refused) {
    one_line(&Failure::refused("a file", refused.code(), refused));
}

/// A file of meter readings in each of the formats: the first byte chooses one. What is accepted
/// gives a file of the normal form, and that is read again.
pub fn meter_files(bytes: &[u8]) {
    let Some((first, bytes)) = bytes.split_first() else { return };
    let format = Format::ALL[usize::from(*first) % Format::ALL.len()];
    let folder = tempfile::tempdir().expect("a folder for temporary files is there");
    let (input, output) = (folder.path().join("input.csv"), folder.path().join("rows.csv"));
    std::fs::write(&input, bytes).expect("the folder was just made");
    let options = Options { format: Some(format), meter: Some("meter".into()), ..Options::default() };
    match meters::import(&[input], &meters::Output::new(&output, false), &options, &mut |_| Ok(())) {
        Ok(summary) => {
            let rows = Reader::open(&output, Limits::default()).expect("the import wrote the header");
            let count = rows.inspect(|row| assert!(row.is_ok(), "the import writes the normal form")).count();
            assert_eq!(count as u64, summary.rows);
        }
        Err(error) => refused(error),
    }
}

/// A file in the normal form. Rows that are accepted are written as they were read.
pub fn normal_form(bytes: &[u8]) {
    let source = Source::new("a file", Box::new(Cursor::new(bytes.to_vec())));
    let reader = match Reader::new(source, Limits::default()) {
        Ok(reader) => reader,
        Err(error) => return refused(error),
    };
    for row in reader {
        if let Err(error) = row {
            return refused(error);
        }
    }
}

/// A market description, or a series of prices that one names. Refusals are one line.
pub fn description(bytes: &[u8]) {
    if let Err(error) = Description::parse(bytes) {
        one_line(&Failure::refused("market.toml", error.code(), error));
    }
    if let Err(error) = Series::parse(bytes, None) {
        one_line(&Failure::refused("prices.csv", error.code(), error));
    }
}

/// A household's policy. Refusals are one line.
pub fn household_policy(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Err(error) = Policy::parse(text) {
        one_line(&Failure::refused("policy.toml", error.code(), error));
    }
}

/// A problem of the grid, small enough to be solved at once. Refusals are one line.
pub fn grid(bytes: &[u8]) {
    if bytes.len() > 1 << 12 {
        return;
    }
    if let Err(error) = ::grid::problem::solve(bytes) {
        one_line(&Failure::refused("problem.json", error.code(), error));
    }
}
