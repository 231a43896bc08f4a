//! Scenarios, `veilgrid-scenario/1` (`docs/protocol/80-market-rules.md`, `docs/scenario.md`): read
//! strictly, checked whole, and held in the market's own types, so that a user of a [`Scenario`]
//! need not check it again.

mod check;
mod described;
mod draws;
pub mod file;
pub(crate) mod format;
mod from_readings;
mod plans;
mod random;
mod refused;
mod terms;
mod written;

pub use draws::home;
pub use format::{FORMAT, MAX_BYTES};
pub use from_readings::{cycle_tariff, from_neighbourhood, from_readings, from_readings_by, Choice, NoScenario};
pub use plans::{Buy, Confirm, CyclePlans, Household, Intent, Scenario, ScenarioPlan, Sell, Unplanned};
pub use random::random;
pub use refused::{Problem, Refused};
pub(crate) use terms::GREATEST_ENERGY;
pub use terms::{Imbalance, Terms};

#[cfg(test)]
mod tests;
