#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![deny(missing_docs)]

pub mod bench;
pub mod experiment;
pub mod findings;
pub mod output;
mod provenance;
pub mod real_market;
mod results;
