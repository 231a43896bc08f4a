//! A market description from its file, with the files that it names.

use crate::clocks;
use market::description::{self, series, Description, LocalTime, PolicySource};
use market::quarter_hour::QuarterHour;
use meters::clock::Clock;
use policy::policy::Policy;
use std::path::{Path, PathBuf};
use terminal::output::read_limited;
use terminal::Failure;

/// A market description, with the clock of its zone and its series of prices.
pub struct Described {
    /// The description.
    pub description: Description,
    /// The clock of its zone.
    pub clock: Clock,
    /// The file, for messages.
    file: String,
    /// The folder of the file, from which the files that it names are found.
    folder: PathBuf,
}

/// Reads a market description; without a file, the default one. Errors: a file that cannot be read,
/// or that is refused; a zone that does not exist.
pub fn read(path: Option<&Path>) -> Result<Described, Failure> {
    let file = path.map_or("the default market".to_string(), terminal::output::name);
    let mut description = match path {
        Some(path) => {
            let bytes = read_limited(path, description::MAX_BYTES)?;
            Description::parse(&bytes).map_err(|refused| Failure::refused(&file, refused.code(), refused))?
        }
        None => Description::default(),
    };
    let folder = path.and_then(Path::parent).unwrap_or(Path::new("")).to_path_buf();
    let names: Vec<String> = description.series_files().into_iter().map(|of| of.file.clone()).collect();
    for name in names {
        let path = folder.join(&name);
        let bytes = read_limited(&path, series::MAX_BYTES)?;
        description
            .read_series(&name, &bytes)
            .map_err(|refused| Failure::refused(path.display(), refused.refused.code(), refused))?;
    }
    let clock = Clock::of_zone(&description.zone)
        .map_err(|refused| Failure::refused(format!("{file}: zone"), refused.code(), refused))?;
    Ok(Described { description, clock, file, folder })
}

impl Described {
    /// The time of a quarter hour in the market's zone.
    pub fn local(&self, slot: QuarterHour) -> LocalTime {
        clocks::local_time(&self.clock, slot)
    }

    /// The name of the file, for messages.
    pub fn name(&self) -> &str {
        &self.file
    }

    /// The policy by which households list their plans. Errors: a file that cannot be read, or that
    /// is refused.
    pub fn policy(&self) -> Result<Policy, Failure> {
        let (name, text) = match &self.description.policy {
            PolicySource::Default => return Ok(Policy::default()),
            PolicySource::Text(text) => (format!("{}: policy", self.file), text.clone()),
            PolicySource::File(name) => {
                let path = self.folder.join(name);
                let bytes = read_limited(&path, policy::policy::MAX_BYTES as u64)?;
                (path.display().to_string(), String::from_utf8_lossy(&bytes).into_owned())
            }
        };
        Policy::parse(&text).map_err(|refused| Failure::refused(name, refused.code(), refused))
    }

    /// Warnings of the description. Those of a series of prices are over the quarter hours of a
    /// period.
    pub fn warnings(&self, period: impl Iterator<Item = QuarterHour>) -> Vec<String> {
        if self.description.series_files().is_empty() {
            return self.description.warnings();
        }
        let at = period.filter_map(|slot| {
            let tariff = self.description.tariff_at(slot, self.local(slot)).ok()?;
            Some((format!("for example at {slot}"), tariff))
        });
        self.description.warnings_over(at)
    }
}
