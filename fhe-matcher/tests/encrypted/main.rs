//! Encrypted matching from outside: what wallets, the matching node and the regulator call.

mod encodings;
mod frozen;
mod masked;
mod matching_node;
mod plans;
mod scores;
