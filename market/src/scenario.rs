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
mod written;

pub use crate::readings::Choice;
pub use draws::home;
pub use format::{FORMAT, MAX_BYTES};
pub use from_readings::{cycle_tariff, from_neighbourhood, from_readings, from_readings_by, NoScenario};
pub use plans::{Buy, Confirm, CyclePlans, Household, Intent, Scenario, ScenarioPlan, Sell, Unplanned};
pub use protocol::terms::{Imbalance, Terms};
pub use random::random;
pub use refused::{Problem, Refused};

#[cfg(test)]
mod tests;
