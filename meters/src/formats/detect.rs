//! Which format files are of, where that is certain.

use super::{
    ausgrid, enedis, fluvius, home_assistant, low_carbon_london, octopus, pecan_street, registers, simbench, smart_star,
};
use crate::text::header::{self, Wanted};
use crate::text::{Input, Text, Unpacked};
use crate::{Format, Options, Problem, Refused};
use std::path::PathBuf;

/// The formats that are known by their columns, and in how many records these are looked for.
const BY_COLUMNS: [(Format, &[Wanted], usize); 9] = [
    (Format::Octopus, octopus::COLUMNS, 1),
    (Format::LowCarbonLondon, low_carbon_london::COLUMNS, 1),
    (Format::Fluvius, fluvius::COLUMNS, 1),
    (Format::Enedis, enedis::COLUMNS, 3),
    (Format::Ausgrid, ausgrid::COLUMNS, 5),
    (Format::PecanStreet, pecan_street::COLUMNS, 1),
    (Format::SmartStar, smart_star::COLUMNS, 1),
    (Format::HomeAssistant, home_assistant::COLUMNS, 1),
    (Format::Registers, registers::COLUMNS, 1),
];

/// The format of these inputs, if it is certain.
pub fn detect(inputs: &[PathBuf], options: &Options) -> Result<Format, Refused> {
    let mut found: Option<(Format, String)> = None;
    for path in inputs {
        if path.as_os_str() == "-" {
            let why = "standard input can be read only once".into();
            return Err(Problem::OptionNeeded { option: "--format", why }.into());
        }
        let input = Input::new(path, &options.limits)?;
        let format = of_one(&input, options)?;
        match &found {
            Some((other, file)) if *other != format => {
                let why = format!("{file} looks like {other}, {} like {format}", input.name);
                return Err(input.refuse(Problem::Uncertain { what: "the format", why, option: "--format" }));
            }
            Some(_) => {}
            None => found = Some((format, input.name.clone())),
        }
    }
    match found {
        Some((format, _)) => Ok(format),
        None => Err(Problem::Empty("no input is named".into()).into()),
    }
}

/// The format of one input.
fn of_one(input: &Input, options: &Options) -> Result<Format, Refused> {
    if input.is_folder() {
        return match simbench::FILES.iter().all(|file| input.inside(file).is_there()) {
            true => Ok(Format::SimBench),
            false => Err(uncertain(input, "it is a folder without the files of simbench")),
        };
    }
    let text = input.open(options, &Unpacked::new(options.limits.most_unpacked.into()))?;
    let start = text.sample.trim_ascii_start();
    if start.starts_with(b"<") {
        return match start.windows(11).any(|window| window == b"naesb.org/e") {
            true => Ok(Format::GreenButton),
            false => Err(uncertain(input, "it is XML, and no Green Button feed")),
        };
    }
    if start.starts_with(b"100,NEM12") {
        return Ok(Format::Nem12);
    }
    let fits: Vec<Format> =
        BY_COLUMNS.iter().filter(|known| has_columns(&text, options, known)).map(|(format, ..)| *format).collect();
    match fits[..] {
        [format] => Ok(format),
        [] => Err(uncertain(input, "its columns are those of no format that names them")),
        _ => {
            let names: Vec<&str> = fits.iter().map(|format| format.name()).collect();
            Err(uncertain(input, &format!("its columns are those of {}", names.join(" and "))))
        }
    }
}

fn has_columns(text: &Text, options: &Options, (format, wanted, rows): &(Format, &[Wanted], usize)) -> bool {
    header::find(text, options, format.name(), wanted, *rows).is_ok()
}

fn uncertain(input: &Input, why: &str) -> Refused {
    input.refuse(Problem::Uncertain { what: "the format", why: why.to_owned(), option: "--format" })
}
