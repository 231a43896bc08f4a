//! A community: the scenario of its meter readings and its market description, as `simulate` and
//! `scenario from-meters` make it.

use crate::described::{self, Described};
use crate::devices::Compared;
use crate::{forecast, gather, period};
use market::description::Description;
use market::neighbourhood::{Households, Neighbourhood, Wanted};
use market::scenario::file::File;
use market::scenario::{from_neighbourhood, NoScenario};
use std::path::{Path, PathBuf};
use terminal::output::name;
use terminal::Failure;

/// By what households list their plans.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum PolicyChoice {
    /// Plans are drawn from the seed around what the meters show, as `experiment week` does it
    #[default]
    Draws,
    /// Each household forecasts from its past readings, and lists what its policy says
    Forecast,
}

/// Arguments from which a community is made.
#[derive(Clone, Debug, Default, clap::Args)]
#[group(skip)]
pub struct Arguments {
    /// Meter readings in the normal form, as `veilgrid meters import` writes them; several files are
    /// merged by meter, quarter hour and column
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub readings: Vec<PathBuf>,
    /// The market description, as `veilgrid market init` writes it; without it, the default one
    #[arg(long, value_name = "FILE")]
    pub market: Option<PathBuf>,
    /// By what households list their plans
    #[arg(long, value_enum, default_value = "draws", requires = "readings")]
    pub policy: PolicyChoice,
    /// The first quarter hour: a time with offset, or a date or a time in the market's zone; without
    /// it, the first of the readings
    #[arg(long, value_name = "TIME")]
    pub start: Option<String>,
    /// The time at which the period ends; without it, the end of the readings
    #[arg(long, value_name = "TIME", conflicts_with = "cycles", requires = "readings")]
    pub end: Option<String>,
    /// How many quarter hours, each a cycle
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub cycles: Option<u32>,
    /// Which households: how many, from the first on, or their names, separated by commas; without
    /// it, all of them
    #[arg(long, value_name = "N|NAMES")]
    pub households: Option<String>,
    /// Seed of all that is drawn
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub seed: u64,
}

/// A community that is ready to be played.
pub struct Community {
    /// Its scenario.
    pub scenario: File,
    /// Its readings in the period.
    pub neighbourhood: Neighbourhood,
    /// Its market.
    pub description: Description,
    /// What a person should know: warnings, and what is missing.
    pub notes: Vec<String>,
    /// What it is compared with, where households have devices.
    pub compared: Option<Compared>,
}

impl Arguments {
    /// Every file that these arguments name.
    pub fn inputs(&self) -> Vec<&Path> {
        self.readings.iter().chain(&self.market).map(PathBuf::as_path).collect()
    }

    /// Which households are asked for.
    pub fn chosen_households(&self) -> Households {
        match &self.households {
            None => Households::All,
            Some(text) => match text.parse() {
                Ok(count) => Households::First(count),
                Err(_) => Households::Named(text.split(',').map(|name| name.trim().to_string()).collect()),
            },
        }
    }

    /// Reads the files and makes the scenario. There is at least one file of readings. Errors: a
    /// file that is refused, and a period or a household that the readings do not have.
    pub fn make(&self) -> Result<Community, Failure> {
        let described = described::read(self.market.as_deref())?;
        let gathered = gather::read(&self.readings)?;
        let time = |text: &Option<String>| text.as_deref().map(|text| period::time(text, &described.clock)).transpose();
        let wanted = Wanted {
            start: time(&self.start)?,
            end: time(&self.end)?,
            cycles: self.cycles,
            households: self.chosen_households(),
        };
        let files = self.readings.iter().map(|path| name(path)).collect::<Vec<_>>().join(", ");
        let refused = |refused: market::neighbourhood::Refused| Failure::refused(&files, refused.code(), refused);
        let neighbourhood = gathered.finish(&wanted).map_err(refused)?;
        let mut notes = notes(&neighbourhood, &described);
        let no_scenario = |error: NoScenario| {
            let file = if matches!(error, NoScenario::AboveGreatest(_)) { &files } else { described.name() };
            Failure::refused(file, error.code(), error)
        };
        let mut compared = None;
        let scenario = match self.policy {
            PolicyChoice::Draws => {
                let local = |slot| described.local(slot);
                from_neighbourhood(&neighbourhood, &described.description, self.seed, &local).map_err(no_scenario)?
            }
            PolicyChoice::Forecast => {
                // What lies before the period is what households forecast from.
                let end = neighbourhood.quarter_hour(neighbourhood.slots() - 1).plus(1);
                let past = Wanted { start: None, end, cycles: None, households: wanted.households.clone() };
                let whole = gathered.finish(&past).map_err(refused)?;
                let made = forecast::scenario(&whole, &neighbourhood, &described, self.seed)?;
                notes.extend(made.notes);
                compared = made.compared;
                made.file.map_err(no_scenario)?
            }
        };
        Ok(Community { scenario, neighbourhood, description: described.description, notes, compared })
    }
}

/// What a person should know of the readings and the market.
fn notes(neighbourhood: &Neighbourhood, described: &Described) -> Vec<String> {
    let slots = neighbourhood.slots();
    let at = |slot: usize| neighbourhood.quarter_hour(slot);
    let end = at(slots - 1).plus(1).unwrap_or(at(slots - 1));
    let of = neighbourhood.households().len();
    let mut notes = vec![format!("readings of {of} households, {} to {end}, {slots} cycles", at(0))];
    let warnings = described.warnings((0..slots).map(at));
    notes.extend(warnings.into_iter().map(|warning| format!("warning: {}: {warning}", described.name())));
    let missing = neighbourhood.missing();
    if missing > 0 {
        let all = slots * of;
        notes.push(format!(
            "{missing} of {all} readings are missing; there a household has no plan, and nothing is on its bill"
        ));
    }
    if neighbourhood.estimated() > 0 {
        notes.push(format!("{} readings are estimated", neighbourhood.estimated()));
    }
    let description = &described.description;
    notes.extend(unknown(neighbourhood, "places.given", description.places.given.keys()));
    notes.extend(unknown(neighbourhood, "policies", description.policies.keys()));
    notes
}

/// A warning of names in the description that no household has.
fn unknown<'a>(neighbourhood: &Neighbourhood, key: &str, names: impl Iterator<Item = &'a String>) -> Option<String> {
    let known = |name: &&String| neighbourhood.households().iter().any(|of| of.name() == name.as_str());
    let unknown: Vec<&str> = names.filter(|name| !known(name)).map(String::as_str).collect();
    (!unknown.is_empty()).then(|| format!("warning: {key} names nobody of these: {}", unknown.join(", ")))
}
