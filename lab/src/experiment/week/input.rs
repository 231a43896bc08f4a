//! The readings of the experiment, and the scenario that is made of them.

use super::{simbench, Arguments};
use figures::Gross;
use market::readings::{self, Readings};
use market::scenario::file::File;
use market::scenario::{from_readings, Choice};
use std::path::Path;
use terminal::{output, Failure};

/// What the experiment plays.
pub(super) struct Input {
    /// The scenario.
    pub(super) file: File,
    /// Consumption and generation behind the meters.
    pub(super) gross: Gross,
    /// The names of the slots, one for each cycle.
    pub(super) slots: Vec<String>,
    /// Which readings are at fault when a balance overflows, for errors.
    pub(super) at_fault: String,
    /// The heading of the page.
    pub(super) title: String,
}

/// Reads what the arguments name, or the week in the program. Errors: a file that is refused, and a
/// period or a number of households that the readings do not have.
pub(super) fn read(arguments: &Arguments) -> Result<Input, Failure> {
    match arguments.data.as_slice() {
        [load, pv] => {
            let (consumed, generated) = (from_file(load)?, from_file(pv)?);
            let names = (load.display().to_string(), pv.display().to_string());
            make(arguments, consumed, generated, names)
        }
        _ => {
            let of = |name: &str, text: &str| Readings::parse(text.as_bytes()).map_err(|refused| named(name, refused));
            let name = "the week in the program";
            let (consumed, generated) = (of(name, simbench::LOAD)?, of(name, simbench::PV)?);
            let mut input = make(arguments, consumed, generated, (name.to_string(), name.to_string()))?;
            if input.file.households.len() == 100 && input.slots.len() == 672 {
                input.title = "A week of a hundred households, by every clearing rule".into();
            }
            Ok(input)
        }
    }
}

fn from_file(path: &Path) -> Result<Readings, Failure> {
    output::read_parsed(path, readings::MAX_BYTES, Readings::parse, readings::Refused::code)
}

/// The failure for readings that are refused.
fn named(file: &str, refused: readings::Refused) -> Failure {
    Failure::refused(file, refused.code(), refused)
}

/// Makes the scenario of consumption and generation, which must have the same households and slots.
/// `names` are those of the two files.
fn make(arguments: &Arguments, load: Readings, pv: Readings, names: (String, String)) -> Result<Input, Failure> {
    let in_load = |refused| named(&names.0, refused);
    pv.same_shape_as(&load, &names.0).map_err(|refused| named(&names.1, refused))?;
    let households = load.first_households(arguments.households.map(|n| n as usize)).map_err(in_load)?;
    let wanted = arguments.cycles.map(|n| n as usize);
    let first = match &arguments.start {
        Some(start) => load.slot(start, wanted.unwrap_or(1)).map_err(in_load)?,
        None => load.slot(&load.slots[0], wanted.unwrap_or(1)).map_err(in_load)?,
    };
    let cycles = wanted.unwrap_or(load.slots.len() - first);
    let choice = Choice { first, cycles, households, seed: arguments.seed };
    Ok(Input {
        file: from_readings(&load, &pv, &choice),
        gross: Gross::from_readings(&load, &pv, first, cycles, households),
        slots: load.slots[first..first + cycles].to_vec(),
        at_fault: names.1,
        title: title(households, cycles),
    })
}

/// The heading of a page about so many households and cycles.
pub(super) fn title(households: usize, cycles: usize) -> String {
    let count = |n: usize, one: &str| if n == 1 { format!("1 {one}") } else { format!("{n} {one}s") };
    format!("{} in {}, by every clearing rule", count(households, "household"), count(cycles, "cycle"))
}
