//! The bodies of transactions, by who sends them: one struct for each kind, or for two kinds that say the
//! same. Docs: docs/protocol/40-ledger.md.

mod challenger;
mod household;
mod issuer;
mod matching_node;
mod note;
mod regulator;

pub use challenger::*;
pub use household::*;
pub use issuer::*;
pub use matching_node::*;
pub use note::*;
pub use regulator::*;
