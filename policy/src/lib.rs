//! A household's policy and its forecast: which plans it lists in a cycle.
#![forbid(unsafe_code)]
#![deny(missing_docs)]
