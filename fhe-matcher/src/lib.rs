//! Matching: the plaintext matcher and its twin on GLWE ciphertexts.
#![deny(missing_docs)]

pub mod plaintext;
