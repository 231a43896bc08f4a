//! Readers of the formats, one in a file of its name.
//!
//! A reader finds its columns by their names, says what it detected, and hands over series of
//! samples. It knows nothing of zones, clock changes, gaps, order and quarter hours.

mod ausgrid;
mod describe;
mod detect;
mod enedis;
mod fluvius;
mod green_button;
mod home_assistant;
mod low_carbon_london;
mod nem12;
mod octopus;
mod pecan_street;
mod reading;
mod registers;
mod simbench;
mod smart_star;
mod table;
mod wide;

pub use describe::{describe, Description};
pub use detect::detect;

use crate::source::Sink;
use crate::text::Input;
use crate::{Format, Options, Problem, Refused};
use reading::Reading;
use std::path::PathBuf;

/// Reads files or folders of one format. `progress` is told how many bytes of the files on disk
/// were read since it was called last, and may refuse to go on.
pub fn read(
    format: Format,
    inputs: &[PathBuf],
    options: &Options,
    sink: &mut dyn Sink,
    progress: &mut dyn FnMut(u64) -> Result<(), Refused>,
) -> Result<(), Refused> {
    check_options(format, options)?;
    let mut reading = Reading::new(format, options, sink, progress);
    for path in inputs {
        let input = Input::new(path, &options.limits)?;
        let read = match format {
            Format::Octopus => octopus::read(&input, &mut reading),
            Format::LowCarbonLondon => low_carbon_london::read(&input, &mut reading),
            Format::Fluvius => fluvius::read(&input, &mut reading),
            Format::Enedis => enedis::read(&input, &mut reading),
            Format::Ausgrid => ausgrid::read(&input, &mut reading),
            Format::Nem12 => nem12::read(&input, &mut reading),
            Format::SimBench => simbench::read(&input, &mut reading),
            Format::PecanStreet => pecan_street::read(&input, &mut reading),
            Format::SmartStar => smart_star::read(&input, &mut reading),
            Format::HomeAssistant => home_assistant::read(&input, &mut reading),
            Format::GreenButton => green_button::read(&input, &mut reading),
            Format::Wide => wide::read(&input, &mut reading),
            Format::Registers => registers::read(&input, &mut reading),
        };
        read.map_err(|refused| refused.in_file(input.name.clone()))?;
    }
    Ok(())
}

/// Refuses options that a format has no use for: a person who gives one expects it to do something.
fn check_options(format: Format, options: &Options) -> Result<(), Refused> {
    let unfit = |option, why: &str| {
        Err(Refused::new(Problem::OptionUnfit { option, format: format.name(), why: why.to_owned() }))
    };
    if options.quantity.is_some() && !matches!(format, Format::Octopus | Format::Wide) {
        return unfit("--quantity", "the format says what its values are");
    }
    if let Some((column, _)) = options.named.all().next() {
        if !matches!(format, Format::HomeAssistant | Format::Registers) {
            return unfit(reading::option(column), "the format says what its columns are");
        }
    }
    let free_stamps = [Format::Enedis, Format::LowCarbonLondon, Format::PecanStreet, Format::SmartStar, Format::Wide];
    if options.stamps.is_some() && !free_stamps.contains(&format) {
        return unfit("--stamps", "the format says what its times name");
    }
    let steps: &[u32] = match format {
        Format::Octopus | Format::LowCarbonLondon | Format::Ausgrid => &[1800],
        Format::Fluvius | Format::SimBench => &[900],
        Format::PecanStreet => &[60, 900],
        Format::HomeAssistant => &[3600],
        Format::Nem12 => &[300, 900, 1800],
        Format::Enedis | Format::GreenButton | Format::SmartStar | Format::Wide | Format::Registers => return Ok(()),
    };
    if options.step.is_some_and(|step| !steps.contains(&step.get())) {
        let minutes: Vec<String> = steps.iter().map(|step| (step / 60).to_string()).collect();
        return unfit("--step", &format!("its step is {} minutes", minutes.join(" or ")));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
