//! The questions that a role asks a ledger, and the bytes that it hands over. A role never believes
//! an answer: [`crate::follower::Follower`] checks headers and blocks, [`Served`] checks blobs
//! against their hashes, and a proof is checked against the headers by those who use it.
//!
//! A role asks for whole ranges of blocks and looks through them at home, so that its requests do
//! not say what it owns.

use crate::regulator::Proofs;
use crate::Blobs;
use protocol::certificate::Certificate;
use protocol::compact::CompactBlock;
use protocol::header::Header;
use protocol::ids::{BlobHash, Height, TransactionId};
use protocol::light::{AcceptanceProof, RecordProof, StateOpening};
use protocol::tree::Position;
use std::ops::RangeInclusive;

/// Why a ledger does not answer, or does not accept what a role hands over.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AccessError {
    /// The ledger refused a transaction.
    #[error("{message}")]
    Refused {
        /// The refusal's stable code. A client that does not know the code puts `refused` in its
        /// place.
        code: &'static str,
        /// The refusal in words.
        message: String,
    },
    /// The ledger fails, or cannot be reached.
    #[error("{message}")]
    Failed {
        /// A stable code of the failure.
        code: &'static str,
        /// The failure in words.
        message: String,
    },
    /// This ledger is only read: it takes no transactions and no blobs.
    #[error("this ledger is only read: it takes nothing")]
    ReadOnly,
}

impl AccessError {
    /// A code that stays the same across versions, for machines.
    pub const fn code(&self) -> &'static str {
        match self {
            AccessError::Refused { code, .. } | AccessError::Failed { code, .. } => code,
            AccessError::ReadOnly => "read-only",
        }
    }
}

/// A header as its block's orderers certified it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertifiedHeader {
    /// The header.
    pub header: Header,
    /// What certifies the header's hash.
    pub certificate: Certificate,
}

/// A compact block, with what the header after it is checked against.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenedBlock {
    /// The block as the ledger serves it.
    pub block: CompactBlock,
    /// The parts of the state root after the block.
    pub state: StateOpening,
}

/// A ledger, in this process or behind a network. Its answers are claims.
pub trait LedgerAccess {
    /// The headers of a range of blocks, in order. A ledger may give fewer than it is asked for,
    /// from the range's start on; it gives none where the range begins beyond its last block.
    fn headers(&self, range: RangeInclusive<u64>) -> Result<Vec<CertifiedHeader>, AccessError>;
    /// The compact blocks of a range, in order. A ledger may give fewer than it is asked for, from
    /// the range's start on.
    fn compact_blocks(&self, range: RangeInclusive<u64>) -> Result<Vec<OpenedBlock>, AccessError>;
    /// The blob with this hash. None if the ledger does not have it.
    fn blob(&self, hash: BlobHash) -> Result<Option<Vec<u8>>, AccessError>;
    /// Hands over a blob, so that a transaction can name it. The blob is durable when this returns.
    fn put_blob(&self, bytes: &[u8]) -> Result<BlobHash, AccessError>;
    /// Proof that a transaction was accepted. None if it was not. The proof can be checked once the
    /// header of the block after the transaction's own is known.
    fn acceptance_proof(&self, id: &TransactionId) -> Result<Option<AcceptanceProof>, AccessError>;
    /// Proof that the record at a position is in the tree as it was after a block. None if it was
    /// not there yet.
    fn record_proof(&self, position: Position, height: Height) -> Result<Option<RecordProof>, AccessError>;
    /// Hands over a transaction's full bytes for one of the next blocks. Whether it was accepted
    /// only its acceptance proof shows. Handing over the same bytes again changes nothing. Error:
    /// [`AccessError::Refused`] for a transaction that no later block could accept.
    fn submit(&self, transaction: &[u8]) -> Result<TransactionId, AccessError>;
}

/// A ledger's blobs and proofs for the roles that read them. It passes on no blob that does not
/// have its hash. A ledger that fails counts as one that does not have what is asked for.
pub struct Served<'a, L: LedgerAccess + ?Sized>(pub &'a L);

impl<L: LedgerAccess + ?Sized> Blobs for Served<'_, L> {
    fn blob(&self, hash: BlobHash) -> Option<Vec<u8>> {
        self.0.blob(hash).ok().flatten().filter(|bytes| BlobHash::of(bytes) == hash)
    }
}

impl<L: LedgerAccess + ?Sized> Proofs for Served<'_, L> {
    fn acceptance(&self, id: &TransactionId) -> Option<AcceptanceProof> {
        self.0.acceptance_proof(id).ok().flatten()
    }
}
