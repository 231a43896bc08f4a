#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![deny(missing_docs)]

pub mod dcopf;
pub mod feeder;
mod measure;
pub mod network;
pub mod plans;
pub mod problem;
pub mod program;
pub mod refused;
mod span;
pub mod units;
