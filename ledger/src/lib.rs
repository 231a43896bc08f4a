//! The Veilgrid ledger (spec 40, 50): a deterministic state machine, [`execute`], its store, and a single-node orderer.
//!
//! `execute` is pure: no clock, no randomness, no I/O. Everything that depends on time is a function of the block
//! header's time. What a transaction may do in which stage is one table, [`stage`]; why one is refused is one list,
//! [`Refusal`].
#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod admission;
mod archive;
pub mod blobs;
pub mod block;
mod changes;
mod execute;
mod node;
mod proofs;
mod receipt;
mod refusal;
mod replay;
mod snapshot;
pub mod stage;
pub mod state;
mod statement;
mod store;
mod verifier;
mod verify;
mod watch;

pub use archive::{read, Archive, Ledger};
pub use execute::{execute, BlockInput, ExecuteError, Executed};
pub use node::{Node, NodeError, OrdererKey, Sealed};
pub use receipt::{Receipt, TransactionDigest};
pub use refusal::Refusal;
pub use snapshot::{restore, snapshot, SnapshotError, SnapshotHeader};
pub use state::{State, StateRoot};
pub use store::StoreError;
pub use verifier::{
    verifying_keys_digest, Blobs, CiphertextInputs, CiphertextStatus, Groth16Verifier, ProofClaim, ProofVerifier,
    PublicInputs, ScoreClaim,
};
pub use verify::{verify, verify_on, Summary, VerifyError};
pub use watch::{wrong_scores, WrongScores};
