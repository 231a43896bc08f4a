#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod coded;
mod failure;
mod memory;
pub mod output;
mod progress;
pub mod table;

pub use coded::Coded;
pub use failure::Failure;
pub use memory::peak_kib;
pub use progress::Progress;
