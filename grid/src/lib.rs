#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![deny(missing_docs)]

pub mod network;
pub mod problem;
pub mod program;
pub mod refused;
pub mod schedule;
pub mod units;
