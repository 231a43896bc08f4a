#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod files;
pub mod history;
pub mod seeds;
pub mod target;

use testkit::world;
