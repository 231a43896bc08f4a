//! Why an audit failed.

use crate::exit_code;
use terminal::{exit, Coded};
use wallets::ledger_access::AccessError;

/// Why an audit failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The folder is not that of a finished market.
    #[error("{0}: the folder has no finished market; run `veilgrid market --data-dir {0}` first")]
    NoMarket(String),
    /// The folder's keys do not open under the given seed.
    #[error("the folder's keys do not open under seed {0}: give the seed that the market was given, with --seed")]
    Seed(u64),
    /// The scenario has no household of this name.
    #[error("--household {0}: the scenario has no household of this name")]
    UnknownHousehold(String),
    /// The first or the last cycle is not a cycle of the ledger, or the first comes after the last.
    #[error("--from {from} --to {to}: {why}")]
    Range {
        /// First cycle.
        from: u32,
        /// Last cycle.
        to: u32,
        /// What is wrong.
        why: &'static str,
    },
    /// The text is not a handle.
    #[error("--plan {0}: not a handle of 64 hexadecimal digits")]
    Handle(String),
    /// The ledger has no plan with this handle.
    #[error("--plan {0}: no such plan is on the ledger (without --plan, they are listed)")]
    UnknownPlan(String),
    /// The ledger gives no proof that it accepted an entry.
    #[error("the ledger gives no proof that it accepted an entry")]
    NoProof,
    /// The ledger refused an entry.
    #[error("the ledger refused an entry: {0}")]
    Refused(AccessError),
    /// The ledger gave blocks or headers that do not verify.
    #[error("the ledger cannot be followed: {0}")]
    Follow(#[from] wallets::follower::Error),
    /// The regulator's service refused.
    #[error("the regulator's service refused: {0}")]
    Regulator(#[from] wallets::regulator::Error),
    /// An issuer refused.
    #[error("an issuer refused: {0}")]
    Issuer(#[from] wallets::issuer::Error),
    /// The ledger failed.
    #[error("the ledger failed: {0}")]
    Node(#[from] ledger::NodeError),
    /// The market's folder, or a file in it, is at fault.
    #[error(transparent)]
    Market(#[from] crate::demonstration::Error),
    /// The ledger cannot be read.
    #[error(transparent)]
    Reading(#[from] crate::reading::Error),
    /// A table could not be written.
    #[error("the statement could not be written: {0}")]
    Csv(#[from] csv::Error),
}

impl Coded for Error {
    fn code(&self) -> &'static str {
        match self {
            Error::NoMarket(_) => "no-market",
            Error::Seed(_) => "seed",
            Error::UnknownHousehold(_) => "unknown-household",
            Error::Range { .. } => "range",
            Error::Handle(_) => "handle",
            Error::UnknownPlan(_) => "unknown-plan",
            Error::NoProof => "missing-proof",
            Error::Refused(e) => e.code(),
            Error::Follow(e) => e.code(),
            Error::Regulator(e) => e.code(),
            Error::Issuer(e) => e.code(),
            Error::Node(e) => e.code(),
            Error::Market(e) => e.code(),
            Error::Reading(e) => e.code(),
            Error::Csv(_) => "csv",
        }
    }
    fn exit_code(&self) -> u8 {
        match self {
            Error::NoMarket(_) | Error::Seed(_) | Error::UnknownHousehold(_) => exit::NOT_DONE,
            Error::Range { .. } | Error::Handle(_) | Error::UnknownPlan(_) | Error::Csv(_) => exit::NOT_DONE,
            Error::Regulator(wallets::regulator::Error::NoCredential) => exit::NOT_DONE,
            Error::Node(e) => e.exit_code(),
            Error::Market(e) => e.exit_code(),
            Error::Reading(e) => e.exit_code(),
            Error::Refused(e) => exit_code::of_access(e),
            Error::NoProof | Error::Follow(_) | Error::Regulator(_) | Error::Issuer(_) => exit::DOES_NOT_HOLD,
        }
    }
}
