//! Why a wallet does not do what it is asked; each with a stable code.

use super::plan::Stage;
use crate::opening::BadMatch;
use crate::phrase::PhraseError;
use crate::prover::ProofError;
use crate::trusted_keys::UntrustedKeys;
use protocol::ids::Height;
use protocol::record::Handle;
use protocol::relation::check::Broken;
use protocol::units::{Cycle, Energy, Epoch, IssuerId, Money};

/// Why a wallet refuses.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not a BIP-39 phrase.
    #[error(transparent)]
    Phrase(#[from] PhraseError),
    /// The matching key given is not the one that the genesis names.
    #[error("the matching key is not the one that the genesis names")]
    MatchingKey,
    /// A verifying key of the chain cannot be trusted.
    #[error(transparent)]
    Keys(#[from] UntrustedKeys),
    /// A value of the protocol is out of bounds, off the grid, or badly encoded.
    #[error(transparent)]
    Protocol(#[from] protocol::Error),
    /// The plan cannot be encrypted for matching.
    #[error("cannot encrypt the plan: {0}")]
    Encryption(fhe_matcher::Error),
    /// The transaction would break conditions of its relation, which the error names. Nothing was
    /// sent.
    #[error(transparent)]
    Broken(#[from] Broken),
    /// The prover failed.
    #[error(transparent)]
    Proof(#[from] ProofError),
    /// A block out of order.
    #[error("block {found:?} given where {expected:?} is next")]
    OutOfOrder {
        /// The block that is next.
        expected: Height,
        /// The block given.
        found: Height,
    },
    /// A block of another chain.
    #[error("a block of another chain")]
    OtherChain,
    /// A block whose leaves do not lead to its record root: the orderers certified a root that does not
    /// follow.
    #[error("the block's leaves do not lead to its record root")]
    RootMismatch,
    /// The cycle has not started, as far as this wallet has scanned.
    #[error("cycle {0:?} has not started")]
    UnknownCycle(Cycle),
    /// No epoch has started, as far as this wallet has scanned.
    #[error("no epoch has started")]
    NoEpoch,
    /// The household has no credential of this epoch.
    #[error("no credential for epoch {0:?}")]
    NoCredential(Epoch),
    /// A metering service that is not registered.
    #[error("metering service {0:?} is not registered")]
    UnknownIssuer(IssuerId),
    /// The free records do not hold enough money.
    #[error("{} needed and only {} free", .needed.get(), .available.get())]
    InsufficientFunds {
        /// The amount that is needed.
        needed: Money,
        /// The amount in free records.
        available: Money,
    },
    /// The free records do not hold enough energy of this type and cycle.
    #[error("{} Wh needed and only {} Wh free", .needed.get(), .available.get())]
    InsufficientEnergy {
        /// The amount that is needed.
        needed: Energy,
        /// The amount in free records.
        available: Energy,
    },
    /// The cycle takes no plan of this volume.
    #[error("{} Wh is not between {} Wh and {} Wh, the least and the greatest volume of a plan in this cycle",
        .volume.get(), .least_lot.get(), .greatest_energy.get())]
    OutsideLots {
        /// The plan's volume, or that of its remainder.
        volume: Energy,
        /// The cycle's least lot.
        least_lot: Energy,
        /// The chain's greatest energy.
        greatest_energy: Energy,
    },
    /// All records together hold enough, but no single one does: gather first
    /// ([`super::Wallet::gather`]).
    #[error("all records together hold enough, but no single one does: gather first")]
    Fragmented,
    /// All trace tags of this kind and cycle are used: 16 for plans, 256 for withdrawals.
    #[error("all trace tags of this kind and cycle are used")]
    NoTagLeft,
    /// Not a plan of this household.
    #[error("not a plan of this household")]
    UnknownPlan,
    /// Not the match that this plan is in.
    #[error("not a match of this household's plans")]
    UnknownMatch,
    /// Not a metered remainder of this household that is still open.
    #[error("not an open metered record of this household")]
    UnknownMetered,
    /// Another transaction about this is under way.
    #[error("another transaction about this is under way")]
    InFlight,
    /// The plan or its trade is not at the stage that this needs.
    #[error("not possible at stage {}", .0.name())]
    Stage(Stage),
    /// The match does not open for this plan.
    #[error(transparent)]
    MatchNotOpen(BadMatch),
    /// The match is outside the plan: refuse it.
    #[error("the match's terms are outside the plan")]
    TermsOutside,
    /// The match opens. A complaint would publish its terms, and the ledger would refuse it.
    #[error("the match opens: there is nothing to complain of; refuse it if it is outside the plan")]
    NothingWrong,
    /// The plan was matched in full.
    #[error("the plan was matched in full: nothing is left to list")]
    NothingLeft,
    /// The plan's remainder is listed already, and on the book or in a trade.
    #[error("the rest of this plan is listed already, as {0}")]
    Relisted(Handle),
    /// A delivery half does not open for this plan, which no ledger accepts.
    #[error("the opening of a delivery half is missing")]
    MissingOpening,
    /// The account outside is empty or too long, or the withdrawal was made to another one.
    #[error("not an account of this withdrawal: 1 to 128 bytes, those that it was made with")]
    Account,
    /// The stored state is damaged, or another wallet's.
    #[error("not the stored state of a wallet of this chain: {0}")]
    State(&'static str),
}

impl Error {
    /// A code that stays the same across versions, for machines.
    pub const fn code(&self) -> &'static str {
        match self {
            Error::Phrase(_) => "phrase",
            Error::MatchingKey => "matching-key",
            Error::Keys(e) => e.code(),
            Error::Protocol(e) => e.code(),
            Error::Encryption(e) => e.code(),
            Error::Broken(_) => "broken-condition",
            Error::Proof(e) => e.code(),
            Error::OutOfOrder { .. } => "block-out-of-order",
            Error::OtherChain => "other-chain",
            Error::RootMismatch => "root-mismatch",
            Error::UnknownCycle(_) => "unknown-cycle",
            Error::NoEpoch => "no-epoch",
            Error::NoCredential(_) => "no-credential",
            Error::UnknownIssuer(_) => "unknown-issuer",
            Error::InsufficientFunds { .. } => "insufficient-funds",
            Error::InsufficientEnergy { .. } => "insufficient-energy",
            Error::OutsideLots { .. } => "outside-lots",
            Error::Fragmented => "fragmented",
            Error::NoTagLeft => "no-tag-left",
            Error::UnknownPlan => "unknown-plan",
            Error::UnknownMatch => "unknown-match",
            Error::UnknownMetered => "unknown-metered",
            Error::InFlight => "in-flight",
            Error::Stage(_) => "wrong-stage",
            Error::MatchNotOpen(e) => e.code(),
            Error::TermsOutside => "terms-outside",
            Error::NothingWrong => "nothing-wrong",
            Error::NothingLeft => "nothing-left",
            Error::Relisted(_) => "relisted",
            Error::MissingOpening => "missing-opening",
            Error::Account => "account",
            Error::State(_) => "wallet-state",
        }
    }
}
