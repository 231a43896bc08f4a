//! The parts of the veilgrid command: scenarios, the market's rules in the clear, reports, and one module per
//! subcommand.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

pub mod audit;
pub mod bench;
pub mod experiment;
pub mod from_meters;
pub mod hexadecimal;
pub mod inclusion;
pub mod market;
pub mod plot;
pub mod random;
pub mod report;
pub mod settle;
pub mod setup;
pub mod simulate;
pub mod snapshot;
pub mod verify;
pub mod wallet;
