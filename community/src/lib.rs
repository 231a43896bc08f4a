#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod arguments;
pub mod clocks;
pub mod described;
pub mod devices;
mod forecast;
mod gather;
mod period;
pub mod wide;

pub use arguments::{Arguments, Community, PolicyChoice};
