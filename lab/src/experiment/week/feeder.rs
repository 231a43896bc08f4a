//! What each rule's trades do to a feeder, and what single sellers can do on it: `--feeder`.

mod effects;

pub(super) use effects::Effects;

use grid::check::{Load, Trade};
use grid::nodal::Nodal;
use grid::problem::MAX_BYTES;
use grid::week::Week;
use market::books::{CycleBooks, Traded};
use market::scenario::Scenario;
use std::path::Path;
use terminal::{output, Failure};

/// A feeder for the cycles of a scenario.
pub(super) struct Feeder {
    pub(super) week: Week,
    /// The clearing rule on it.
    pub(super) rule: Nodal,
    /// What flows in each cycle without the market.
    pub(super) bases: Vec<Vec<Load>>,
    /// The bus of each household, by its index in the scenario.
    buses: Vec<usize>,
}

impl Feeder {
    /// Reads a feeder file for a scenario whose cycles are these slots. Errors: a file that is
    /// refused, a slot without a base, a household without a place.
    pub(super) fn read(path: &Path, scenario: &Scenario, slots: &[String]) -> Result<Feeder, Failure> {
        let name = output::name(path);
        let bytes = output::read_limited(path, MAX_BYTES)?;
        let refused = |refused: grid::refused::Refused| Failure::refused(&name, refused.code(), refused);
        let week = Week::read(&bytes).map_err(refused)?;
        let bases = slots.iter().map(|slot| week.base(slot)).collect::<Result<Vec<&[Load]>, _>>().map_err(refused)?;
        let unfit = |unfit: grid::nodal::Unfit| Failure::refused(&name, unfit.code(), unfit);
        let rule = week.rule(scenario, &bases).map_err(unfit)?;
        let bases = bases.into_iter().map(<[Load]>::to_vec).collect();
        let place = |id: &String| week.places().of(id).expect("the rule has found each household's place");
        let buses = scenario.households.iter().map(|household| place(&household.id)).collect();
        Ok(Feeder { bases, buses, rule, week })
    }

    /// The bus of a household, by its index in the scenario.
    pub(super) fn bus(&self, household: usize) -> usize {
        self.buses[household]
    }

    /// A trade as the feeder sees it: between buses, at the volume agreed.
    pub(super) fn trade(&self, books: &CycleBooks, traded: &Traded) -> Trade {
        let bus = |row: usize| self.bus(books.rows[row].meter.household);
        Trade { seller: bus(traded.seller), buyer: bus(traded.buyer), energy: traded.matched }
    }
}
