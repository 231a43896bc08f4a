//! Errors of the regulator's service, each with a stable code.

#[cfg(feature = "deviation")]
use crate::deviation;
use crate::prover::ProofError;
use crate::trusted_keys::UntrustedKeys;
use crate::{announcement, order_book};
use protocol::ids::BlobHash;

/// Why the regulator's service refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A verifying key of the chain cannot be trusted.
    #[error(transparent)]
    Keys(#[from] UntrustedKeys),
    /// Blocks are scanned in order, from the first, each once.
    #[error("expected block {expected}, got {got}")]
    OutOfOrder {
        /// The next height.
        expected: u64,
        /// The height of the block given.
        got: u64,
    },
    /// A block of another chain.
    #[error("a block of another chain")]
    OtherChain,
    /// The genesis names other keys than this regulator's.
    #[error("these are not the keys of the genesis")]
    NotOurGenesis,
    /// The decryption asked for is not announced on the ledger.
    #[error("no Open for this on the ledger: {0}")]
    NotOpened(String),
    /// No such plan on the ledger.
    #[error("unknown plan")]
    UnknownPlan,
    /// The round's cut-off has not come.
    #[error("the round has not begun")]
    UnknownRound,
    /// A later round has begun, or its matches are made.
    #[error("the round is over")]
    RoundOver,
    /// The round has no chosen pairs yet.
    #[error("no pairs have been chosen in this round")]
    NotChosen,
    /// The round's transcript, from which pairs follow, is not on the ledger.
    #[error("no transcript of this round is on the ledger")]
    NoTranscript,
    /// The posted transcript is the digest of another document.
    #[error("the transcript on the ledger is not that of these scores")]
    OtherTranscript,
    /// The chain matches in the other mode.
    #[error("the chain matches in the other mode")]
    WrongMode,
    /// The round's mask is not on the ledger.
    #[error("no mask of this round on the ledger")]
    NoMask,
    /// Too few validators certify the masked vector: it is not opened.
    #[error("too few validators certify this vector")]
    NotCertified,
    /// Another vector of this bid has its answer: a bid of a round gets one.
    #[error("another vector of this bid has been answered in this round")]
    AnsweredOtherwise,
    /// The pairs that the matching node told contradict the answers given.
    #[error("the pairs do not go with the answers: {0}")]
    WrongPairs(&'static str),
    /// A ciphertext is not at hand, or its bytes have another hash.
    #[error("blob {0} is missing")]
    MissingBlob(BlobHash),
    /// An epoch or cycle that is not above every earlier one, or not the current one.
    #[error("wrong epoch or cycle: {0}")]
    WrongPeriod(&'static str),
    /// The terms of a cycle do not fit the chain: the greatest energy is the genesis's, and the least
    /// lot is between 1 Wh and it.
    #[error("the greatest energy is the genesis's, and the least lot is between 1 Wh and it")]
    MisfitTerms,
    /// An issuer's number that is taken.
    #[error("this issuer is registered already")]
    IssuerTaken,
    /// No metering service has this number.
    #[error("unknown metering service")]
    UnknownIssuer,
    /// No credential on the ledger names this trace key.
    #[error("no credential on the ledger names this trace key")]
    UnknownTraceKey,
    /// The household has another request key, or another household has this one.
    #[error("the household is enrolled with another request key, or the key is another's")]
    Enrolled,
    /// A request that is not signed by the household's request key.
    #[error("the request is not under the household's request key: enrol the household first")]
    NotEnrolled,
    /// The proof of a deposit does not hold, or is under another key than the one in force.
    #[error("the request does not show that the trace key is deposited: have the household make it again")]
    BadDeposit,
    /// A kappa serves one credential.
    #[error("another credential names this trace key")]
    KappaUsed,
    /// A household has one credential an epoch.
    #[error("the household has a credential of this epoch")]
    HasCredential,
    /// The ledger has a credential that the register does not know: a register from before it was
    /// put back.
    #[error("the register is older than the ledger: put back the one that was stored last")]
    RegisterBehind,
    /// No such payment on the ledger.
    #[error("unknown payment")]
    UnknownPayment,
    /// No such match on the ledger.
    #[error("unknown match")]
    UnknownMatch,
    /// No such obligation, or it is paid.
    #[error("no unpaid obligation of this commitment")]
    UnknownObligation,
    /// A household with an unpaid obligation gets no credential.
    #[error("the household owes for a shortfall")]
    Indebted,
    /// A household disputes an obligation once.
    #[error("the household has disputed this obligation: rule about it")]
    Disputed,
    /// Only an obligation that its household disputes is upheld.
    #[error("the household does not dispute this obligation")]
    NotDisputed,
    /// The regulator has ruled about the obligation.
    #[error("the regulator has ruled about this obligation: there is only one ruling")]
    Ruled,
    /// No more plans lapsed or refused a match in the epoch than its alarm allows.
    #[error("the epoch's alarm was not raised: none of its lapses is opened")]
    NoAlarm,
    /// Too many plans of the household lapsed or refused their match.
    #[error("too many plans of the household lapsed: it gets no credential of this epoch")]
    Lapsed,
    /// The household had no credential in any epoch of the range.
    #[error("the household had no credential in these cycles")]
    NoCredential,
    /// The transaction has no ciphertext for audits.
    #[error("nothing in this transaction is for an audit")]
    NotAuditable,
    /// A proof of what is on the ledger is not at hand.
    #[error("no proof that this is on the ledger: {0}")]
    MissingProof(String),
    /// A proof does not hold.
    #[error(transparent)]
    Light(#[from] protocol::light::Error),
    /// The terms in a Match's ciphertext do not open its record.
    #[error("the terms of a match do not open its record")]
    WrongTerms,
    /// The regulator's ciphertext of a delivery does not open its record, though that is proved.
    #[error("a delivery does not open its record")]
    WrongDelivery,
    /// An issuer's disclosure contradicts the ledger.
    #[error("a disclosure is false: {0}")]
    BadDisclosure(&'static str),
    /// The audit's findings do not explain the ledger.
    #[error("the audit is incomplete: {0}")]
    Incomplete(String),
    /// The audit has no reason: every audit names one.
    #[error("an audit needs a reason")]
    NoReason,
    /// Fewer holders gave parts than the audit key's threshold.
    #[error("too few holders gave their parts")]
    BadShares,
    /// These holders gave parts that are not by their shares, and too few others gave theirs.
    #[error("holders {0:?} of the audit key gave parts that are not by their shares, and too few others gave theirs")]
    BadParts(Vec<u8>),
    /// The public halves of the audit key's shares were not put in.
    #[error("the public halves of the audit key's shares are not here, so no part can be checked")]
    NoPublicShares,
    /// What a ciphertext says is out of the bounds that its proof shows.
    #[error("a ciphertext says something that its proof excludes")]
    OutOfBounds,
    /// A quorum has 1 <= t <= n <= 255.
    #[error("not a threshold")]
    Threshold,
    /// A ciphertext of the trade's deviation is not on the ledger yet, or the market has none.
    #[cfg(feature = "deviation")]
    #[error("the trade's encrypted deviation is not on the ledger yet")]
    NoDeviation,
    /// A ciphertext or key of an encrypted deviation is damaged.
    #[cfg(feature = "deviation")]
    #[error(transparent)]
    Deviation(#[from] ::deviation::Error),
    /// The prover failed. Nothing was issued.
    #[error("{0}")]
    Prover(String),
    /// A key, a signature or an encoding is bad.
    #[error(transparent)]
    Protocol(#[from] protocol::Error),
}

impl From<order_book::Error> for Error {
    fn from(error: order_book::Error) -> Self {
        match error {
            order_book::Error::OtherChain => Error::OtherChain,
            order_book::Error::OutOfOrder { expected, found } => {
                Error::OutOfOrder { expected: expected.0, got: found.0 }
            }
            order_book::Error::UnknownRound => Error::UnknownRound,
            order_book::Error::NoMask => Error::NoMask,
            order_book::Error::UnknownPlan => Error::UnknownPlan,
            order_book::Error::MissingBlob(hash) => Error::MissingBlob(hash),
        }
    }
}

impl From<announcement::Error> for Error {
    fn from(error: announcement::Error) -> Self {
        match error {
            announcement::Error::Light(error) => Error::Light(error),
            announcement::Error::OtherTransaction => Error::NotOpened("the proof shows another transaction".into()),
        }
    }
}

#[cfg(feature = "deviation")]
impl From<deviation::Error> for Error {
    fn from(error: deviation::Error) -> Self {
        match error {
            deviation::Error::NotPosted => Error::NoDeviation,
            deviation::Error::MissingBlob(hash) => Error::MissingBlob(hash),
            deviation::Error::Ciphertext(error) => Error::Deviation(error),
        }
    }
}

impl From<ProofError> for Error {
    fn from(error: ProofError) -> Self {
        Error::Prover(error.to_string())
    }
}

impl Error {
    /// A code that stays the same across versions, for machines.
    pub const fn code(&self) -> &'static str {
        match self {
            Error::Keys(e) => e.code(),
            Error::OutOfOrder { .. } => "out-of-order",
            Error::OtherChain => "other-chain",
            Error::NotOurGenesis => "not-our-genesis",
            Error::NotOpened(_) => "not-opened",
            Error::UnknownPlan => "unknown-plan",
            Error::UnknownRound => "unknown-round",
            Error::RoundOver => "round-over",
            Error::NotChosen => "not-chosen",
            Error::NoTranscript => "no-transcript",
            Error::OtherTranscript => "other-transcript",
            Error::WrongMode => "wrong-mode",
            Error::NoMask => "no-mask",
            Error::NotCertified => "not-certified",
            Error::AnsweredOtherwise => "answered-otherwise",
            Error::WrongPairs(_) => "wrong-pairs",
            Error::MissingBlob(_) => "missing-blob",
            Error::WrongPeriod(_) => "wrong-period",
            Error::MisfitTerms => "misfit-terms",
            Error::IssuerTaken => "issuer-taken",
            Error::UnknownIssuer => "unknown-issuer",
            Error::UnknownTraceKey => "unknown-trace-key",
            Error::Enrolled => "enrolled",
            Error::NotEnrolled => "not-enrolled",
            Error::BadDeposit => "bad-deposit",
            Error::KappaUsed => "kappa-used",
            Error::HasCredential => "has-credential",
            Error::RegisterBehind => "register-behind",
            Error::UnknownPayment => "unknown-payment",
            Error::UnknownMatch => "unknown-match",
            Error::UnknownObligation => "unknown-obligation",
            Error::Indebted => "indebted",
            Error::Disputed => "disputed",
            Error::NotDisputed => "not-disputed",
            Error::Ruled => "ruled",
            Error::NoAlarm => "no-alarm",
            Error::Lapsed => "lapsed",
            Error::NoCredential => "no-credential",
            Error::NotAuditable => "not-auditable",
            Error::MissingProof(_) => "missing-proof",
            Error::Light(e) => e.code(),
            Error::WrongTerms => "wrong-terms",
            Error::WrongDelivery => "wrong-delivery",
            Error::BadDisclosure(_) => "bad-disclosure",
            Error::Incomplete(_) => "incomplete",
            Error::NoReason => "no-reason",
            Error::BadShares => "bad-shares",
            Error::BadParts(_) => "bad-parts",
            Error::NoPublicShares => "no-public-shares",
            Error::OutOfBounds => "out-of-bounds",
            Error::Threshold => "threshold",
            #[cfg(feature = "deviation")]
            Error::NoDeviation => "no-deviation",
            #[cfg(feature = "deviation")]
            Error::Deviation(e) => e.code(),
            Error::Prover(_) => "prover",
            Error::Protocol(e) => e.code(),
        }
    }
}
