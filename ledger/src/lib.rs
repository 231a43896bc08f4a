#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod admission;
mod archive;
pub mod blobs;
pub mod block;
mod chain;
mod changes;
mod error;
mod execute;
mod forget;
mod mempool;
mod node;
mod orderer;
mod proofs;
mod public_inputs;
mod receipt;
mod refusal;
mod replay;
mod score_audit;
mod snapshot;
pub mod stage;
pub mod state;
mod store;
mod verifier;
mod verify;

pub use archive::{genesis_of, read, Archive, Ledger};
pub use block::BadBlock;
pub use chain::{Chain, Judgement, Proposal, Sealed};
pub use error::NodeError;
pub use execute::{execute, BlockInput, ExecuteError, Executed};
pub use mempool::{Mempool, Source, ThrownOut};
pub use node::Node;
pub use orderer::{Orderer, OrdererKey, SingleNodeOrderer};
pub use receipt::{LeftOut, Receipt, TransactionDigest};
pub use refusal::Refusal;
pub use score_audit::{wrong_scores, WrongScores};
pub use snapshot::{is_snapshot, restore, snapshot, SnapshotError, SnapshotHeader};
pub use state::{State, StateRoot};
pub use store::{Head, StoreError};
pub use verifier::{
    verifying_keys_digest, Blobs, CiphertextInputs, CiphertextStatus, Groth16Verifier, ProofClaim, ProofVerifier,
    PublicInputs, ScoreClaim,
};
pub use verify::{verify, verify_on, Checked, Summary, VerifyError};
