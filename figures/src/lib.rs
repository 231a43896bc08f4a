//! What a played market shows: bills, measures, tables, pages and plots.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

pub mod measures;
pub mod not_played;
pub mod plot;
