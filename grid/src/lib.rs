#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![deny(missing_docs)]

pub mod check;
pub mod dcopf;
pub mod feeder;
mod horizon_fault;
mod measure;
pub mod network;
pub mod nodal;
pub mod plans;
pub mod problem;
pub mod program;
pub mod refused;
pub mod schedule;
mod span;
pub mod units;
pub mod week;
mod whole;
