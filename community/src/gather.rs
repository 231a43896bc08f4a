//! Reads files of meter readings in the normal form.

use market::neighbourhood::{Gatherer, Quality, Refused, Row};
use market::quarter_hour::QuarterHour;
use meters::normal::{self, Reader};
use meters::options::Limits;
use std::path::{Path, PathBuf};
use terminal::output::name;
use terminal::{Failure, Progress};

/// Rows between two looks at the progress.
const ROWS_AT_A_TIME: usize = 1 << 14;

/// A refusal at a row.
#[derive(Debug, thiserror::Error)]
#[error("row {row}, {refused}")]
struct AtRow {
    row: u64,
    refused: Refused,
}

/// Reads all files into one gatherer. Errors: a file that cannot be read, or that is refused.
pub fn read(files: &[PathBuf]) -> Result<Gatherer, Failure> {
    let mut gatherer = Gatherer::new();
    let progress = Progress::new("rows");
    let mut rows = 0;
    for file in files {
        let mut reader = Reader::open(file, Limits::default()).map_err(|refused| refused_by_meters(file, refused))?;
        while let Some(row) = reader.next() {
            let row = row.map_err(|refused| refused_by_meters(file, refused))?;
            put(&mut gatherer, &row).map_err(|refused| {
                let (code, row) = (refused.code(), reader.row());
                Failure::refused(name(file), code, AtRow { row, refused })
            })?;
            rows += 1;
            if rows % ROWS_AT_A_TIME == 0 {
                progress.now(format!("rows of {} read, {rows} in all", name(file)));
                progress.reach(rows);
            }
        }
    }
    progress.done();
    Ok(gatherer)
}

fn put(gatherer: &mut Gatherer, row: &normal::Row) -> Result<(), Refused> {
    let start = QuarterHour::starting_at(row.quarter.start()).map_err(|_| Refused::Empty)?;
    // What is above 2^32 is refused as a reading by the gatherer.
    let energy = row.energies.columns().map(|of| of.map(|wh| u32::try_from(wh.0).unwrap_or(u32::MAX)));
    let quality = match row.quality {
        normal::Quality::Measured => Quality::Measured,
        normal::Quality::Split => Quality::Split,
        normal::Quality::Estimated => Quality::Estimated,
        normal::Quality::Missing => Quality::Missing,
    };
    gatherer.put(&Row { meter: &row.meter, start, energy, quality })
}

/// The failure for a file that the reader of meter data refuses. The refusal names the file itself.
fn refused_by_meters(file: &Path, mut refused: meters::Refused) -> Failure {
    let code = refused.code();
    refused.file = None;
    Failure::refused(name(file), code, refused)
}
