//! Meter data as people have it, brought into one normal form.
//!
//! [`formats`] read files and hand [`source::Series`] of [`source::Sample`]s to a
//! [`source::Sink`].
#![forbid(unsafe_code)]
#![deny(missing_docs)]

pub mod exact;
pub mod formats;
pub mod options;
pub mod refused;
pub mod said;
pub mod source;
mod text;

pub use exact::Exact;
pub use options::{Format, Options};
pub use refused::{Problem, Refused};
pub use said::Said;
