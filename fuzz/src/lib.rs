#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod canonical;
pub mod community;
mod failure;
mod files;
pub mod history;
pub mod light;
pub mod seeds;
pub mod target;

use testkit::world;
