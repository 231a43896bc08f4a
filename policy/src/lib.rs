#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![deny(missing_docs)]

pub mod confirm;
pub mod decide;
mod decimal;
pub mod devices;
pub mod diary;
pub mod forecast;
pub mod net_energy;
pub mod planner;
pub mod policy;
pub mod reading;
mod rules;
pub mod share;
pub mod shortfall;
pub mod slot;
pub mod terms;
