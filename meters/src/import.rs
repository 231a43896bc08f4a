//! The whole import: reads files, assembles meters, writes the normal form.

mod alike;
mod output;
mod summary;

pub use output::Output;
pub use summary::Summary;

use crate::assemble::{assemble, Assembled, Rules};
use crate::clock::Clock;
use crate::normal::HEADER;
use crate::refused::shown;
use crate::said::Notes;
use crate::store::{Store, Stored};
use crate::{formats, Options, Problem, Refused, Said};
use output::{Packing, Written};
use rayon::prelude::*;
use std::path::PathBuf;
use std::sync::mpsc;

/// How far an import is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Files are being read.
    Reading {
        /// Bytes read from the disk.
        bytes: u64,
        /// Bytes of all files.
        total: u64,
    },
    /// Meters are being written.
    Writing {
        /// Meters written.
        meters: u64,
        /// All meters.
        total: u64,
    },
}

/// Told how far an import is. A refusal ends it, and nothing is written.
pub type Tell<'a> = &'a mut dyn FnMut(Progress) -> Result<(), Refused>;

/// Packed bytes of the meters that one thread assembles at a time: some 16 meters of a month, or
/// one of a year.
const AT_A_TIME: usize = 1 << 16;

/// Imports files or folders into one file of the normal form.
///
/// The output appears whole under its name or not at all.
pub fn import(inputs: &[PathBuf], output: &Output, options: &Options, tell: Tell) -> Result<Summary, Refused> {
    output.check(inputs)?;
    let mut notes = Notes::default();
    let format = match options.format {
        Some(format) => format,
        None => {
            let format = formats::detect(inputs, options)?;
            notes.add(Said::detected(format!("format {format}; --format names another")));
            format
        }
    };
    let clock = match (&options.zone, formats::describe(format).zone) {
        (Some(zone), _) => Some(Clock::of_zone(zone)?),
        // A format may say more than the zone's name.
        (None, Some(zone)) => Some(Clock::of_zone(zone.split(' ').next().unwrap_or(zone))?),
        (None, None) => None,
    };
    let total = inputs.iter().map(|input| output::size_of(input)).sum();
    let mut store = Store::new(&options.limits);
    let mut bytes = 0u64;
    formats::read(format, inputs, options, &mut store, &mut |more| {
        bytes = bytes.saturating_add(more);
        tell(Progress::Reading { bytes: bytes.min(total), total })
    })?;
    let mut stored = store.finish();
    notes.append(std::mem::take(&mut stored.notes));
    let uses_clock = options.zone.is_none() && stored.local > 0;
    if let (true, Some(clock)) = (uses_clock, &clock) {
        let text = format!("stamps without offset are in {}, the format's zone; --zone names another", clock.name());
        notes.add(Said::assumed(text));
    }
    for file in &stored.files {
        let (later, earlier) = (file.direction.later, file.direction.earlier);
        let text = match (later, earlier) {
            (_, 0) => continue,
            (0, _) => "the file runs newest first; rows were put into the order of time",
            _ => "rows do not follow each other in time; they were put into order",
        };
        notes.add(Said::ordered(text).in_file(&file.name));
    }
    if stored.samples == 0 {
        let problem = Problem::Empty("no row with a value was found".into());
        return Err(inputs.first().map_or_else(
            || Refused::new(problem.clone()),
            |input| Refused::new(problem.clone()).in_file(input.display().to_string()),
        ));
    }
    let rules = Rules { options, clock: clock.as_ref(), files: &stored.files };
    let mut summary = Summary::new(format, options);
    let written = write_all(&stored, rules, output, &mut summary, &mut notes, tell)?;
    if summary.rows == 0 {
        let problem = Problem::Empty("no meter has a whole quarter hour with a value".into());
        return Err(Refused::new(problem));
    }
    written.keep()?;
    if let Some(name) = options.meter.as_ref().filter(|name| !stored.meters.iter().any(|(meter, _)| meter == *name)) {
        notes.add(Said::warned(format!("--meter {} is not used: the files name their meters", shown(name))));
    }
    summary.look_alike = alike::groups(stored.meters.iter().map(|(name, _)| name.as_str()));
    summary.said = notes.into_vec();
    Ok(summary)
}

/// The meters that one thread assembles at a time, as numbers.
fn groups(stored: &Stored) -> Vec<std::ops::Range<usize>> {
    let mut groups = Vec::new();
    let (mut from, mut size) = (0, 0);
    for (at, (_, ids)) in stored.meters.iter().enumerate() {
        size += ids.iter().map(|id| stored.packed_len(*id)).sum::<usize>();
        if size >= AT_A_TIME || at + 1 == stored.meters.len() {
            groups.push(from..at + 1);
            (from, size) = (at + 1, 0);
        }
    }
    groups
}

/// What one thread made: packed bytes of the output, and the meters without their text.
struct Made {
    bytes: Vec<u8>,
    meters: Vec<Assembled>,
}

fn make(stored: &Stored, meters: std::ops::Range<usize>, rules: Rules, packing: Packing) -> Result<Made, Refused> {
    let mut text = Vec::new();
    let mut made = Vec::with_capacity(meters.len());
    for meter in meters {
        let mut assembled = assemble(stored, meter, rules)?;
        if text.is_empty() {
            text = std::mem::take(&mut assembled.text);
        } else {
            text.append(&mut assembled.text);
        }
        assembled.text = Vec::new();
        made.push(assembled);
    }
    let bytes = packing.pack(text).map_err(|error| output::unwritable(&error))?;
    Ok(Made { bytes, meters: made })
}

/// Assembles and writes all meters: as many groups at a time as there are threads, while another
/// thread writes those before. The first refusal in the order of meters ends it.
fn write_all(
    stored: &Stored,
    rules: Rules,
    output: &Output,
    summary: &mut Summary,
    notes: &mut Notes,
    tell: Tell,
) -> Result<Written, Refused> {
    let mut written = output.begin()?;
    let packing = output.packing();
    let head = packing.pack(format!("{HEADER}\n").into_bytes()).map_err(|error| output::unwritable(&error))?;
    written.write(&head)?;
    let total = stored.meters.len() as u64;
    let mut done = 0;
    std::thread::scope(|scope| {
        let (send, receive) = mpsc::sync_channel::<Vec<u8>>(1);
        let writer = scope.spawn(move || {
            for bytes in receive {
                written.write(&bytes)?;
            }
            Ok(written)
        });
        let mut ended = Ok(());
        'all: for wave in groups(stored).chunks(rayon::current_num_threads().max(1)) {
            let made: Vec<Result<Made, Refused>> =
                wave.par_iter().map(|group| make(stored, group.clone(), rules, packing)).collect();
            for made in made {
                let made = match made {
                    Ok(made) => made,
                    Err(refused) => {
                        ended = Err(refused);
                        break 'all;
                    }
                };
                for meter in made.meters {
                    done += 1;
                    summary.add(meter, notes);
                }
                // The writer has failed if it no longer takes bytes: its own refusal is returned.
                if send.send(made.bytes).is_err() {
                    break 'all;
                }
            }
            if let Err(refused) = tell(Progress::Writing { meters: done, total }) {
                ended = Err(refused);
                break;
            }
        }
        drop(send);
        let failed = || Refused::new(Problem::Unwritable("the thread that writes failed".into()));
        let written = writer.join().map_err(|_| failed())?;
        ended?;
        written
    })
}

#[cfg(test)]
mod tests;
