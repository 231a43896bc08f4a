//! Fuzz targets for every decoder and for `execute`, and the corpora that they start from.
//!
//! A target is a function of bytes that panics when something is wrong ([`target`]). libFuzzer
//! drives it (`cargo fuzz run transaction --features libfuzzer`, see docs/testing.md). A test of
//! this crate replays the kept corpora through all targets with the stable compiler. [`seeds`]
//! makes the first inputs, so that the fuzzer starts behind the length checks.
#![forbid(unsafe_code)]

mod files;
pub mod history;
pub mod seeds;
pub mod target;

use testkit::world;
