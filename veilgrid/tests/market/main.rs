//! `market` as a user runs it: the real command, real proofs, a ledger on disk.
//!
//! By default the smaller cases are played. `VEILGRID_THOROUGH=1 cargo test --release -p veilgrid
//! --test market` plays all of them, which takes many minutes. Each run prints the cases that it
//! played (`-- --nocapture` shows them). Proving keys come from `$VEILGRID_KEYS` or the user's
//! cache folder, and are made there once.

mod audit;
mod cases;
mod crash;
#[cfg(feature = "deviation")]
mod deviation;
mod inclusion;
mod interrupt;
mod keeping;
mod lying;
mod privacy;
mod reading;
mod refusals;
mod restoring;
mod support;
mod threads;
mod week;
