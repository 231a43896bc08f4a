//! Why a market could not be played to its end; each reason with a stable code.

use crate::exit_code;
use std::path::Path;
use terminal::{exit, Coded};
use wallets::ledger_access::AccessError;

/// Why a market could not be played to its end.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The ledger refused what a role posted.
    #[error("the ledger refused a transaction of kind {}: {refusal}", kind.name())]
    Refused {
        /// The transaction's kind.
        kind: protocol::transaction::Kind,
        /// The refusal.
        refusal: AccessError,
    },
    /// The ledger did not answer.
    #[error("the ledger failed: {0}")]
    Access(#[from] AccessError),
    /// The ledger served blocks or headers that do not hold.
    #[error("the ledger cannot be followed: {0}")]
    Follow(#[from] wallets::follower::Error),
    /// A household's wallet refused.
    #[error("a wallet refused: {0}")]
    Wallet(#[from] wallets::household::Error),
    /// An issuer refused.
    #[error("an issuer refused: {0}")]
    Issuer(#[from] wallets::issuer::Error),
    /// The regulator's service refused.
    #[error("the regulator's service refused: {0}")]
    Regulator(#[from] wallets::regulator::Error),
    /// The regulator's service met an incident, which no honest run has.
    #[error("an incident in matching: {0}")]
    Incident(wallets::regulator::Incident),
    /// The regulator did not pair as its transcript says.
    #[error("the pairing is at fault: {0}")]
    Pairing(fhe_matcher::pairing::Fault),
    /// Masking failed, or validators did not certify.
    #[error("masked matching failed: {0}")]
    Masked(#[from] wallets::masked::Error),
    /// The matching node failed.
    #[error("the matching node failed: {0}")]
    MatchingNode(#[from] wallets::matching_node::Error),
    /// The order book refused a block.
    #[error("the order book: {0}")]
    Book(#[from] wallets::order_book::Error),
    /// A key or a ciphertext of encrypted deviations.
    #[cfg(feature = "deviation")]
    #[error("encrypted deviations: {0}")]
    Deviation(#[from] ::deviation::Error),
    /// The program was built without encrypted deviations.
    #[error("this program was built without encrypted deviations: build it with `--features deviation`, or leave --deviation out")]
    NoDeviation,
    /// The ledger failed.
    #[error("the ledger failed: {0}")]
    Node(#[from] ledger::NodeError),
    /// A wallet's file could not be read or written.
    #[error("{path}: a wallet could not be stored: {error}")]
    Storage {
        /// Its file.
        path: String,
        /// Why.
        error: wallets::storage::Error,
    },
    /// A verifying key is not the pinned one.
    #[error("{0}")]
    Pin(#[from] circuits::PinError),
    /// The proving keys.
    #[error("proving keys: {0}")]
    Keys(#[from] wallets::prover::ProofError),
    /// A value of the protocol.
    #[error("{0}")]
    Protocol(#[from] protocol::Error),
    /// The folder holds another run, or files of something else.
    #[error("{path}: holds another run, or other files: give the scenario, the seed and the mode that it was made with, or another folder")]
    Occupied {
        /// The folder.
        path: String,
    },
    /// The folder's ledger is of network `main`.
    #[error("{path}: the ledger here is of network main: keys from the public seed, and demonstrations, are for network test")]
    MainNetwork {
        /// The folder.
        path: String,
    },
    /// The stored ledger does not fit the run.
    #[error("this folder holds another run: give the scenario, the seed and the mode that it was made with, or another folder")]
    AnotherRun,
    /// Money or energy appeared from nowhere, or vanished.
    #[error("conservation is broken: {0}")]
    Conservation(#[from] wallets::household::conservation::Imbalance),
    /// The market's outcome is not that of its rules in the clear.
    #[error("the market's {0} are not those of its rules in the clear")]
    Disagrees(&'static str),
    /// Another process plays in this folder.
    #[error("{path}: another process is playing in this folder: wait until it is done, or stop it")]
    InUse {
        /// The folder.
        path: String,
    },
    /// The disk is full.
    #[error("{path}: the disk is full; nothing is lost: make room, then give the same command again")]
    DiskFull {
        /// What could not be written.
        path: String,
    },
    /// The folder's file system.
    #[error("{path}: {error}")]
    Io {
        /// The file.
        path: String,
        /// Why.
        error: std::io::Error,
    },
}

impl Coded for Error {
    fn code(&self) -> &'static str {
        match self {
            Error::Refused { refusal, .. } => refusal.code(),
            Error::Access(e) => e.code(),
            Error::Follow(e) => e.code(),
            Error::Wallet(e) => e.code(),
            Error::Issuer(e) => e.code(),
            Error::Regulator(e) => e.code(),
            Error::Incident(e) => e.code(),
            Error::Pairing(e) => e.code(),
            Error::Masked(e) => e.code(),
            Error::MatchingNode(e) => e.code(),
            Error::Book(e) => e.code(),
            #[cfg(feature = "deviation")]
            Error::Deviation(e) => e.code(),
            Error::NoDeviation => "no-deviation",
            Error::Node(e) => e.code(),
            Error::Storage { error, .. } => error.code(),
            Error::Pin(_) => "pin",
            Error::Keys(e) => e.code(),
            Error::Protocol(e) => e.code(),
            Error::Occupied { .. } | Error::AnotherRun => "another-run",
            Error::MainNetwork { .. } => "main-network",
            Error::Conservation(e) => e.code(),
            Error::Disagrees(_) => "disagrees",
            Error::InUse { .. } => "in-use",
            Error::DiskFull { .. } => "disk-full",
            Error::Io { .. } => "io",
        }
    }
    fn exit_code(&self) -> u8 {
        match self {
            Error::Occupied { .. } | Error::AnotherRun | Error::InUse { .. } | Error::NoDeviation => exit::NOT_DONE,
            Error::DiskFull { .. } | Error::Io { .. } | Error::Pin(_) => exit::NOT_DONE,
            Error::MainNetwork { .. } => exit::NOT_DONE,
            Error::Node(e) => e.exit_code(),
            Error::Access(e) => exit_code::of_access(e),
            Error::Storage { error, .. } => exit_code::of_storage(error),
            Error::Keys(e) => exit_code::of_prover(e),
            _ => exit::DOES_NOT_HOLD,
        }
    }
}

/// An error of the file system at `path`.
pub(super) fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Error + '_ {
    move |error| match disk::is_full(&error) {
        true => Error::DiskFull { path: path.display().to_string() },
        false => Error::Io { path: path.display().to_string(), error },
    }
}
