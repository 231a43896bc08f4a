//! The readings of the experiment, and the scenario that is made of them.

use super::{simbench, Arguments};
use community::wide::{Source, Wide};
use figures::{Gross, Known};
use market::description::Shares;
use market::scenario::file::File;
use terminal::{output, Failure};

/// What the experiment plays.
pub(super) struct Input {
    /// The scenario.
    pub(super) file: File,
    /// What is known beside it: consumption and generation behind the meters, and with a market
    /// description the currency, fees and levies.
    pub(super) known: Known,
    /// How the rule `shares` divides.
    pub(super) shares: Shares,
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
    let of = &arguments.community;
    if !of.readings.is_empty() {
        let made = of.make()?;
        made.notes.iter().for_each(|note| output::note(note));
        let readings = &made.neighbourhood;
        let gross = Gross::of(readings);
        return Ok(Input {
            known: known(arguments, gross, &made.description),
            shares: made.description.shares.clone(),
            slots: (0..readings.slots()).map(|slot| readings.quarter_hour(slot).to_string()).collect(),
            at_fault: of.readings.iter().map(|path| output::name(path)).collect::<Vec<_>>().join(", "),
            title: title(made.scenario.households.len(), readings.slots()),
            file: made.scenario,
        });
    }
    if let Some(made) = arguments.wide.read(of, None)? {
        return from_wide(arguments, made);
    }
    let source = |text: &'static str| Source { name: "the week in the program".into(), bytes: text.as_bytes().into() };
    let made = arguments.wide.choose(&source(simbench::LOAD), &source(simbench::PV), of, None)?;
    let mut input = from_wide(arguments, made)?;
    input.at_fault = "the week in the program".into();
    if (input.file.households.len(), input.slots.len()) == (100, 672) {
        input.title = "A week of a hundred households, by every clearing rule".into();
    }
    Ok(input)
}

fn from_wide(arguments: &Arguments, made: Wide) -> Result<Input, Failure> {
    made.notes.iter().for_each(|note| output::note(note));
    let (choice, pair) = (&made.choice, &made.pair);
    let gross = Gross::from_readings(&pair.load, &pair.pv, choice.first, choice.cycles, choice.households);
    Ok(Input {
        file: made.scenario()?,
        known: known(arguments, gross, &made.description),
        shares: made.description.shares.clone(),
        slots: pair.load.slots[choice.first..choice.first + choice.cycles].to_vec(),
        at_fault: made.files,
        title: title(choice.households, choice.cycles),
    })
}

/// A market description that the user names has a currency, fees and levies. The default one has
/// none that mean anything.
fn known(arguments: &Arguments, gross: Gross, description: &market::description::Description) -> Known {
    let known = Known { gross: Some(gross), ..Known::default() };
    match arguments.community.market {
        Some(_) => known.described(description),
        None => known,
    }
}

/// The heading of a page about so many households and cycles.
fn title(households: usize, cycles: usize) -> String {
    let count = |n: usize, one: &str| if n == 1 { format!("1 {one}") } else { format!("{n} {one}s") };
    format!("{} in {}, by every clearing rule", count(households, "household"), count(cycles, "cycle"))
}
