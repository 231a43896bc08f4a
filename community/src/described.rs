//! A market description from its file, with the files that it names.

use crate::clocks;
use market::description::{self, series, Description, LocalTime, PolicySource};
use market::quarter_hour::QuarterHour;
use meters::clock::Clock;
use policy::policy::Policy;
use std::collections::BTreeMap;
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

/// The policies of a community's households.
#[derive(Clone, Debug)]
pub struct Policies {
    /// The policy of all households that have none of their own.
    pub all: Policy,
    /// The policies of single households.
    pub single: BTreeMap<String, Policy>,
}

impl Policies {
    /// The policy of a household.
    pub fn of(&self, household: &str) -> &Policy {
        self.single.get(household).unwrap_or(&self.all)
    }
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

    /// The policies by which households list their plans. Errors: a file that cannot be read, or that
    /// is refused.
    pub fn policies(&self) -> Result<Policies, Failure> {
        let of = |(household, source): (&String, &PolicySource)| {
            Ok((household.clone(), self.policy(source, &format!("policies.{household}"))?))
        };
        Ok(Policies {
            all: self.policy(&self.description.policy, "policy")?,
            single: self.description.policies.iter().map(of).collect::<Result<_, Failure>>()?,
        })
    }

    fn policy(&self, source: &PolicySource, key: &str) -> Result<Policy, Failure> {
        let (name, text) = match source {
            PolicySource::Default => return Ok(Policy::default()),
            PolicySource::Text(text) => (format!("{}: {key}", self.file), text.clone()),
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
