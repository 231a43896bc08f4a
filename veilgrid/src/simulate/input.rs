//! What `simulate` plays: a scenario of a file, or one that is made of meter readings.

use super::Arguments;
use community::described::{self, Described};
use figures::{Gross, Known};
use market::description::Shares;
use market::play::shares;
use market::quarter_hour::QuarterHour;
use market::scenario::{Refused, Scenario, MAX_BYTES};
use terminal::{output, Failure};

/// A scenario, and what is known beside it.
pub struct Input {
    /// The scenario.
    pub scenario: Scenario,
    /// What is known beside it, for figures.
    pub known: Known,
    /// How the rule `shares` divides.
    pub shares: Shares,
    /// The same households without schedules and batteries, where any has devices.
    pub without: Option<Without>,
    /// The files, for errors and the summary.
    pub name: String,
    /// The names of the files without their folders, for figures: they are the same wherever the
    /// files lie.
    pub source: String,
}

/// A scenario without the devices of its households.
pub struct Without {
    /// The scenario.
    pub scenario: Scenario,
    /// What is known beside it.
    pub known: Known,
}

/// Reads the scenario, or makes it. Errors: a file that is refused; a period or a household that the
/// readings do not have.
pub fn read(arguments: &Arguments) -> Result<Input, Failure> {
    let of = &arguments.community;
    let described = of.market.as_deref().map(|market| described::read(Some(market))).transpose()?;
    let bare = |path: &std::path::PathBuf| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let (mut devices, mut without) = (None, None);
    let (scenario, gross, name, source) = match &arguments.scenario {
        Some(path) => {
            let scenario = output::read_parsed(path, MAX_BYTES, Scenario::parse, Refused::code)?;
            crate::hardly_meant::warn(&scenario);
            (scenario, None, output::name(path), bare(path))
        }
        None => {
            let made = of.make()?;
            made.notes.iter().for_each(|note| output::note(note));
            let name = of.readings.iter().map(|path| output::name(path)).collect::<Vec<_>>().join(", ");
            let refused = |refused: Refused| Failure::refused(&name, refused.code(), refused);
            let scenario = Scenario::checked(made.scenario).map_err(refused)?;
            let source = of.readings.iter().map(bare).collect::<Vec<_>>().join(", ");
            let mut gross = Gross::of(&made.neighbourhood);
            if let Some(compared) = made.compared {
                let scenario = Scenario::checked(compared.without).map_err(refused)?;
                without = Some((scenario, with_devices(gross.clone(), &compared.at_once)));
                gross = with_devices(gross, &compared.moved);
                devices = Some(figures::moved::Devices { moved: moved(&compared.moved), without: Vec::new() });
            }
            (scenario, Some(gross), name, source)
        }
    };
    let mut known = Known { gross, devices, ..Known::of(&scenario) };
    let mut shares = Shares::default();
    if let Some(described) = &described {
        known = local(known.described(&described.description), &scenario, described);
        shares = described.description.shares.clone();
    }
    let unknown = shares::unknown(&scenario, &shares);
    if !unknown.is_empty() {
        output::note(&format!("warning: shares names nobody of these households: {}", unknown.join(", ")));
    }
    let without = without.map(|(scenario, gross)| {
        let known = Known { gross: Some(gross), devices: None, ..known.clone() };
        Without { scenario, known }
    });
    Ok(Input { scenario, known, shares, without, name, source })
}

/// The readings behind the meters, with what devices make of them.
fn with_devices(gross: Gross, devices: &[Option<community::devices::Moved>]) -> Gross {
    let with = devices.iter().enumerate().filter_map(|(household, of)| Some((household, of.as_ref()?)));
    with.fold(gross, |gross, (household, of)| gross.with_devices(household, &of.net))
}

/// What devices moved, for figures.
fn moved(of: &[Option<community::devices::Moved>]) -> Vec<Option<figures::moved::Moved>> {
    let of_household = |of: &community::devices::Moved| {
        let used = of.used;
        figures::moved::Moved {
            charged: used.charged,
            discharged: used.discharged,
            flexible: used.flexible,
            driven: used.driven,
            short: used.short,
            capacity: used.capacity,
            first: used.stored[0],
            last: used.stored[1],
        }
    };
    of.iter().map(|of| of.as_ref().map(of_household)).collect()
}

/// The starts of cycles in the market's zone, so that days are those of its people.
fn local(known: Known, scenario: &Scenario, described: &Described) -> Known {
    let start = |cycle: &market::scenario::CyclePlans| {
        let slot = QuarterHour::starting_at(cycle.starts?.seconds()).ok()?;
        community::clocks::written(&described.clock, slot)
    };
    match scenario.cycles.iter().map(start).collect::<Option<Vec<String>>>() {
        Some(starts) if !starts.is_empty() => Known { starts, clock: described.clock.name().to_string(), ..known },
        _ => known,
    }
}
