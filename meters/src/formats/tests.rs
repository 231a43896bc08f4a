//! Readers, each with small files in the true shape of its source.

mod australia;
mod bounds;
mod detect;
mod europe;
mod feed;
mod home;
mod recorder;
mod wide;
