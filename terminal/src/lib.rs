#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod coded;
pub mod exit;
mod failure;
pub mod interrupt;
mod memory;
pub mod output;
mod progress;
pub mod table;
pub mod time;

pub use coded::Coded;
pub use failure::Failure;
pub use memory::peak_kib;
pub use progress::{Pace, Progress};
