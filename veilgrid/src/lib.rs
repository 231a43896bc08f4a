#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![deny(missing_docs)]

pub mod audit;
pub mod demonstration;
pub mod from_meters;
pub mod hexadecimal;
pub mod in_process;
pub mod inclusion;
pub mod market_command;
pub mod meters;
pub mod random;
#[cfg(feature = "lab")]
pub mod real_market;
pub mod report;
pub mod settle;
pub mod setup;
pub mod simulate;
pub mod snapshot;
pub mod verify;
pub mod wallet;
