#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![deny(missing_docs)]

pub mod audit;
mod clear;
pub mod command_line;
pub mod demonstration;
pub mod exit_code;
pub mod from_meters;
mod grid_solve;
mod hardly_meant;
pub mod in_process;
pub mod inclusion;
pub mod ledger_folder;
pub mod market_command;
pub mod meters;
mod node_command;
mod proving_keys;
pub mod random;
pub mod reading;
#[cfg(feature = "lab")]
pub mod real_market;
pub mod report;
pub mod settle;
pub mod setup;
pub mod simulate;
pub mod snapshot;
mod verdict;
pub mod verify;
pub mod wallet;
