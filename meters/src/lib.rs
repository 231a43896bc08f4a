//! Meter data as people have it, brought into one normal form.
//!
//! [`formats`] read files and hand [`source::Series`] of [`source::Sample`]s to a
//! [`source::Sink`].
#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod assemble;
pub mod clock;
pub mod exact;
pub mod formats;
pub mod import;
pub mod normal;
pub mod options;
mod ratio;
pub mod refused;
pub mod said;
pub mod source;
mod store;
mod text;
mod unit;

pub use exact::Exact;
pub use import::{import, Output, Progress, Summary};
pub use options::{Format, Options};
pub use refused::{Problem, Refused};
pub use said::Said;
