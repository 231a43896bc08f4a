#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![deny(missing_docs)]

pub mod check;
pub mod network;
pub mod nodal;
pub mod problem;
pub mod refused;
pub mod units;
pub mod week;
mod whole;
