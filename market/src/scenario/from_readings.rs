//! A scenario from meter readings, by a market description.

use super::draws::{draw, Drawn};
use super::file::{File, Tariff};
use crate::description::{Description, LocalTime, NoPrice};
use crate::neighbourhood::{AboveGreatest, Neighbourhood};
use crate::quarter_hour::QuarterHour;
use crate::readings::{Choice, Readings};

/// Why readings make no scenario.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoScenario {
    /// A reading is above the greatest energy.
    #[error(transparent)]
    AboveGreatest(#[from] AboveGreatest),
    /// A quarter hour has no price.
    #[error(transparent)]
    NoPrice(#[from] NoPrice),
    /// Prices by time, for slots whose times are not known.
    #[error(
        "tariff.retail or tariff.feed_in goes by time, and the slots of --load and --pv have no zone; \
         `veilgrid meters import` makes readings with times, for --readings"
    )]
    NoTimes,
}

impl NoScenario {
    /// A code that stays the same across versions, for machines.
    pub const fn code(&self) -> &'static str {
        match self {
            NoScenario::AboveGreatest(_) => "readings-above-greatest",
            NoScenario::NoPrice(_) => "market-series",
            NoScenario::NoTimes => "market-value",
        }
    }
}

/// Makes the scenario of the chosen slots and households by the default description. `load`
/// (consumption) and `pv` (generation) must have the same households and slots, and the choice must
/// lie within them, with no reading above the default greatest energy.
pub fn from_readings(load: &Readings, pv: &Readings, choice: &Choice) -> File {
    from_readings_by(load, pv, choice, &Description::default())
        .expect("readings of a file are below the greatest energy")
}

/// The same by any description whose prices do not go by time. Error: [`NoScenario`].
pub fn from_readings_by(
    load: &Readings,
    pv: &Readings,
    choice: &Choice,
    description: &Description,
) -> Result<File, NoScenario> {
    if description.goes_by_time() {
        return Err(NoScenario::NoTimes);
    }
    let households = &load.households[..choice.households];
    let cycles = (choice.first..choice.first + choice.cycles).map(|slot| {
        let net = |h: usize| i64::from(load.energy[slot][h]) - i64::from(pv.energy[slot][h]);
        let net = (0..choice.households).map(|h| Some(net(h))).collect();
        Drawn { number: load.number(slot), starts: None, tariff: None, net }
    });
    Ok(draw(households, cycles, choice.cycles, description, choice.seed)?)
}

/// Makes a scenario of a neighbourhood's readings with plans that are drawn from a seed. `local`
/// gives the time of a quarter hour in the description's zone. Errors: [`NoScenario`].
pub fn from_neighbourhood(
    neighbourhood: &Neighbourhood,
    description: &Description,
    seed: u64,
    local: &dyn Fn(QuarterHour) -> LocalTime,
) -> Result<File, NoScenario> {
    let households: Vec<String> = neighbourhood.households().iter().map(|of| of.name().to_string()).collect();
    let mut tariffs = Vec::with_capacity(neighbourhood.slots());
    for slot in 0..neighbourhood.slots() {
        tariffs.push(cycle_tariff(description, neighbourhood.quarter_hour(slot), local)?);
    }
    let cycles = tariffs.into_iter().enumerate().map(|(slot, tariff)| Drawn {
        number: neighbourhood.cycle(slot),
        starts: Some(neighbourhood.quarter_hour(slot).to_string()),
        tariff,
        net: neighbourhood.households().iter().map(|of| of.net(slot)).collect(),
    });
    Ok(draw(&households, cycles, neighbourhood.slots(), description, seed)?)
}

/// The tariff of a cycle, where it is not the market's.
pub fn cycle_tariff(
    description: &Description,
    slot: QuarterHour,
    local: &dyn Fn(QuarterHour) -> LocalTime,
) -> Result<Option<Tariff>, NoPrice> {
    if !description.goes_by_time() {
        return Ok(None);
    }
    let tariff = description.tariff_at(slot, local(slot))?;
    let base = (description.tariff.feed_in.base(), description.tariff.retail.base());
    let same = base == (Some(tariff.feed_in), Some(tariff.retail));
    Ok((!same).then(|| Tariff { feed_in: tariff.feed_in.get(), retail: tariff.retail.get() }))
}
