#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

pub mod adversary;
#[cfg(feature = "circuits")]
pub mod arkworks;
pub mod fixture;
pub mod keys;
#[cfg(feature = "wallets")]
pub mod native;
pub mod proof;
pub mod units;
#[cfg(feature = "ledger")]
pub mod world;
