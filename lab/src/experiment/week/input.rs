//! The readings of the experiment, and the scenario that is made of them.

use super::{simbench, Arguments};
use community::wide::{Source, Wide};
use community::Community;
use figures::Gross;
use market::scenario::file::File;
use market::scenario::Choice;
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
/// period or households that the readings do not have.
pub(super) fn read(arguments: &Arguments) -> Result<Input, Failure> {
    let (community, wide) = (&arguments.community, &arguments.wide);
    if !community.readings.is_empty() {
        return community.make().map(of_community);
    }
    if let Some(made) = wide.read(community, None)? {
        return of_wide(&made);
    }
    let source = |text: &'static str| Source { name: "the week in the program".into(), bytes: text.as_bytes().into() };
    let mut input = of_wide(&wide.choose(&source(simbench::LOAD), &source(simbench::PV), community, None)?)?;
    if input.file.households.len() == 100 && input.slots.len() == 672 {
        input.title = "A week of a hundred households, by every clearing rule".into();
    }
    Ok(input)
}

/// The input of files in the normal form.
fn of_community(made: Community) -> Input {
    made.notes.iter().for_each(|note| output::note(note));
    let period = &made.neighbourhood;
    Input {
        gross: Gross::of(period),
        slots: (0..period.slots()).map(|slot| period.quarter_hour(slot).to_string()).collect(),
        at_fault: "the readings".into(),
        title: title(period.households().len(), period.slots()),
        file: made.scenario,
    }
}

/// The input of two files with a column for each household.
fn of_wide(made: &Wide) -> Result<Input, Failure> {
    made.notes.iter().for_each(|note| output::note(note));
    let Choice { first, cycles, households, .. } = made.choice;
    let (load, pv) = (&made.pair.load, &made.pair.pv);
    Ok(Input {
        file: made.scenario()?,
        gross: Gross::from_readings(load, pv, first, cycles, households),
        slots: load.slots[first..first + cycles].to_vec(),
        at_fault: made.files.clone(),
        title: title(households, cycles),
    })
}

/// The heading of a page about so many households and cycles.
pub(super) fn title(households: usize, cycles: usize) -> String {
    let count = |n: usize, one: &str| if n == 1 { format!("1 {one}") } else { format!("{n} {one}s") };
    format!("{} in {}, by every clearing rule", count(households, "household"), count(cycles, "cycle"))
}
