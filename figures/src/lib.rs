//! What a played market shows: bills, measures, tables, pages and plots.
//!
//! [`Figures`] takes a scenario, the books of it by one or more clearing rules, and what else is
//! [`Known`]. It has every figure as exact integers (Wh, nano-currency), and [`files::each`] writes
//! them as CSV, JSON, Markdown and one page.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod bill;
mod bills;
mod chart;
mod columns;
mod comparison;
mod csv_table;
mod currency;
mod decimal;
pub mod devices;
mod energy_types;
mod escape;
mod fees;
mod file_names;
pub mod files;
mod gross;
mod indices;
mod interval;
mod json;
mod known;
mod lines;
mod markdown;
pub mod measures;
pub mod moved;
pub mod not_played;
mod notes;
mod page;
mod pivotal;
pub mod plot;
mod shown;
mod table;

pub use bill::{Alone, Bill};
pub use bills::{Bills, Kind, Period};
pub use comparison::Figures;
pub use currency::Currency;
pub use fees::Fees;
pub use gross::{Gross, Reading};
pub use indices::{cournot_lerner, evenness, lerner, markup, price, ratio};
pub use interval::Interval;
pub use known::Known;
pub use lines::{left_out, lines, LeftOut, Line, Unit};
pub use pivotal::Pivotal;
