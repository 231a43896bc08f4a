#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![deny(missing_docs)]

pub mod dcopf;
mod measure;
pub mod network;
pub mod plans;
pub mod problem;
pub mod program;
pub mod refused;
pub mod schedule;
mod span;
pub mod units;
