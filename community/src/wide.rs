//! Two CSV files, consumption and generation, with a column for each household.

use crate::clocks::Clocks;
use crate::described;
use market::description::Description;
use market::neighbourhood::Households;
use market::readings::{self, Asked, Gaps, Pair, Readings, Unit, Which};
use market::scenario::file::File;
use market::scenario::{from_readings_by, Choice, NoScenario};
use protocol::units::Energy;
use std::path::{Path, PathBuf};
use terminal::output::{self, read_limited};
use terminal::Failure;

/// Options of two files with a column for each household.
#[derive(Clone, Debug, clap::Args)]
#[group(skip)]
pub struct Arguments {
    /// Consumption: CSV, energy per slot and household; `-` is standard input
    #[arg(long, value_name = "FILE", requires = "pv", conflicts_with = "readings")]
    load: Option<PathBuf>,
    /// Generation: CSV, energy per slot and household; `-` is standard input
    #[arg(long, value_name = "FILE", requires = "load")]
    pub pv: Option<PathBuf>,
    /// The unit of the cells of --load and --pv: Wh (the default), kWh, W or kW
    #[arg(long, value_name = "UNIT", value_parser = unit, conflicts_with = "readings")]
    unit: Option<Unit>,
    /// The time zone of the slots of --load and --pv, as the tz database calls it; without it, a
    /// change of clocks is accepted where some zone has one
    #[arg(long, value_name = "ZONE", conflicts_with = "readings")]
    zone: Option<String>,
    /// What becomes of slots that are missing in --load and --pv
    #[arg(long, value_enum, default_value = "refuse", conflicts_with = "readings")]
    gaps: GapsChoice,
    /// The greatest energy of a household in a slot, in Wh; without it, what the market says (12500,
    /// 50 kW)
    #[arg(long, value_name = "WH", value_parser = clap::value_parser!(u32).range(1..), conflicts_with = "readings")]
    greatest_energy: Option<u32>,
}

/// What becomes of slots that are missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum GapsChoice {
    /// A file with a gap is refused
    Refuse,
    /// The missing slots have no cycles, and the others keep their numbers
    Skip,
}

impl From<GapsChoice> for Gaps {
    fn from(choice: GapsChoice) -> Gaps {
        match choice {
            GapsChoice::Refuse => Gaps::Refuse,
            GapsChoice::Skip => Gaps::Skip,
        }
    }
}

fn unit(text: &str) -> Result<Unit, String> {
    Unit::named(text).ok_or_else(|| format!("the units are {}", Unit::ALL.map(Unit::name).join(", ")))
}

/// Two files, what was chosen of them, and the market.
pub struct Wide {
    /// Consumption and generation.
    pub pair: Pair,
    /// The slots and households that were asked for.
    pub choice: Choice,
    /// The market.
    pub description: Description,
    /// What a person should know.
    pub notes: Vec<String>,
    /// The names of the files, for messages.
    pub files: String,
}

/// Households by name, where they are counted.
#[derive(Debug, thiserror::Error)]
#[error("--households must be a number with --load and --pv: the first so many columns")]
struct NotACount;

/// Where the two files come from.
pub struct Source<'a> {
    /// The name of the file, for messages.
    pub name: String,
    /// Its bytes.
    pub bytes: std::borrow::Cow<'a, [u8]>,
}

impl Arguments {
    /// The files that these arguments name.
    pub fn inputs(&self) -> Vec<&Path> {
        self.load.iter().chain(&self.pv).map(PathBuf::as_path).collect()
    }

    /// Reads the two files, if they are named, and chooses what `of` asks for. `cycles` is how many
    /// cycles there are where `of` does not say it; none is all of them. Errors: a file that is
    /// refused; slots or households that are not there.
    pub fn read(&self, of: &crate::Arguments, cycles: Option<u32>) -> Result<Option<Wide>, Failure> {
        let (Some(load), Some(pv)) = (&self.load, &self.pv) else { return Ok(None) };
        let source = |path: &Path| -> Result<Source<'static>, Failure> {
            let bytes = read_limited(path, readings::MAX_BYTES)?.into();
            Ok(Source { name: output::name(path), bytes })
        };
        self.choose(&source(load)?, &source(pv)?, of, cycles).map(Some)
    }

    /// The same of files that were read.
    pub fn choose(
        &self,
        load: &Source<'_>,
        pv: &Source<'_>,
        of: &crate::Arguments,
        cycles: Option<u32>,
    ) -> Result<Wide, Failure> {
        let cycles = of.cycles.or(cycles).map(|cycles| cycles as usize);
        let mut described = described::read(of.market.as_deref())?;
        if let Some(greatest) = self.greatest_energy {
            let greatest = Energy::new(greatest.into()).expect("every u32 is an amount of energy");
            described.description.market.terms.greatest_energy = greatest;
        }
        let households = match of.chosen_households() {
            Households::All => None,
            Households::First(count) => Some(count),
            Households::Named(_) => return Err(Failure::refused("command line", "households", NotACount)),
        };
        let options = readings::Options {
            unit: self.unit,
            gaps: self.gaps.into(),
            greatest: described.description.market.terms.greatest_energy.get(),
            clock: &Clocks::of(self.zone.as_deref())?,
        };
        let refused =
            |source: &Source<'_>, refused: readings::Refused| Failure::refused(&source.name, refused.code(), refused);
        let of_which = |(which, error): (Which, readings::Refused)| match which {
            Which::Load => refused(load, error),
            Which::Pv => refused(pv, error),
        };
        let read =
            |source: &Source<'_>| Readings::read(&source.bytes, &options).map_err(|error| refused(source, error));
        let pair = Pair::new(read(load)?, read(pv)?, &load.name).map_err(of_which)?;
        let asked = Asked { start: of.start.as_deref(), cycles, households, seed: of.seed };
        let choice = pair.choose(&asked).map_err(of_which)?;
        let mut notes = Vec::new();
        for (source, which) in [(load, Which::Load), (pv, Which::Pv)] {
            notes.extend(pair.notes(which).iter().map(|note| format!("{}: {note}", source.name)));
            let faults = pair.faults(which);
            if faults > 0 {
                notes.push(format!("{}: {faults} cells that are not asked for are no readings", source.name));
            }
        }
        let warnings = described.description.warnings();
        notes.extend(warnings.iter().map(|warning| format!("warning: {}: {warning}", described.name())));
        let files = format!("{}, {}", load.name, pv.name);
        Ok(Wide { pair, choice, description: described.description, notes, files })
    }
}

impl Wide {
    /// The scenario with drawn plans. Error: [`NoScenario`].
    pub fn scenario(&self) -> Result<File, Failure> {
        let made = from_readings_by(&self.pair.load, &self.pair.pv, &self.choice, &self.description);
        made.map_err(|error: NoScenario| Failure::refused(&self.files, error.code(), error))
    }
}
