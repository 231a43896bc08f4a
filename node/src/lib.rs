#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![deny(missing_docs)]

pub mod api;
pub mod client;
pub mod clock;
pub mod config;
pub mod embedded;
pub mod health;
pub mod home;
pub mod logging;
pub mod metrics;
pub mod nodes;
pub mod running;
pub mod server;
pub mod service;
pub mod wire;
