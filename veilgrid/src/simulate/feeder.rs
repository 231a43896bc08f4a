//! The rule `nodal` for what `simulate` plays: a feeder and the places of the households on it come
//! from a file.

use grid::nodal::Nodal;
use grid::refused::Refused;
use grid::week::Week;
use market::scenario::Scenario;
use std::path::Path;
use terminal::{output, Failure};

/// Reads the feeder, and makes the rule for the scenario. A cycle whose start is known takes the base
/// that holds then; other cycles take the first base. Errors: a file that is refused, a cycle before
/// the first base, a household without a place.
pub fn rule(path: &Path, scenario: &Scenario) -> Result<Nodal, Failure> {
    let week = output::read_parsed(path, grid::problem::MAX_BYTES, Week::read, Refused::code)?;
    let refused = |refused: Refused| Failure::refused(output::name(path), refused.code(), refused);
    let base = |starts: Option<market::utc::Utc>| match starts {
        Some(starts) => week.base(&starts.to_string()),
        None => week.first_base(),
    };
    let bases: Vec<_> =
        scenario.cycles.iter().map(|cycle| base(cycle.starts)).collect::<Result<_, _>>().map_err(refused)?;
    week.rule(scenario, &bases).map_err(|unfit| Failure::refused(output::name(path), unfit.code(), unfit))
}
