//! Matching in the clear: the oracle of every test and the engine of `simulate`.

pub mod matching;
pub mod score;
