//! The bodies of transactions, one file for each sender. Each kind has a struct; two kinds with the
//! same fields share one. docs/protocol/40-ledger.md says what the ledger does with each.

mod challenger;
mod household;
mod issuer;
mod matching_node;
mod note;
mod regulator;
mod rotation;
mod turn;

pub use challenger::*;
pub use household::*;
pub use issuer::*;
pub use matching_node::*;
pub use note::*;
pub use regulator::*;
pub use rotation::*;
pub use turn::*;
