//! Meter data as people have it, brought into one normal form.
#![forbid(unsafe_code)]
#![deny(missing_docs)]
