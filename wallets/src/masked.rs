//! A round in mode masked, as the holders of its seed follow it: the matching node masks, and the
//! validators recompute its vectors and certify them. Neither has a key that decrypts.

use crate::order_book::{self, handle_bytes, LoadedRound, OrderBook};
use fhe_matcher::mask::{list_digest, Answer, HandlePair, MaskSeed, MaskedRound, MaskedScores, RoundId};
use protocol::encoding::Canonical;
use protocol::ids::ChainId;
use protocol::record::Handle;
use protocol::transaction::masked_answer::{MaskedAnswer, SignedAnswer};
use protocol::transaction::validators::MaskStatement;
use protocol::units::Cycle;

/// Why a round cannot be masked, or a vector is not certified.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The round's mask is not on the ledger.
    #[error("no mask of this round on the ledger")]
    NoMask,
    /// The ledger has another seed's commitment.
    #[error("the seed is not the one committed on the ledger")]
    WrongSeed,
    /// The round's replay is of another chain.
    #[error("a round of another chain")]
    WrongChain,
    /// The vector does not follow from the ledger's ciphertexts and the seed.
    #[error("the vector is not what follows from the ledger's ciphertexts and the seed")]
    WrongVector,
    /// A validator certifies one vector for each bid of a round.
    #[error("another vector of this bid has been certified in this round")]
    CertifiedOtherwise,
    /// Validators take answers from the regulator alone, whoever passes them on.
    #[error("the answer is not signed by the regulator")]
    UnsignedAnswer,
    /// The answer is of another round, or to another vector than the one that was certified.
    #[error("the answer is not to the vector that this validator certified")]
    OtherVector,
    /// The regulator signed two answers that cannot both be right. They are the evidence.
    #[error("the regulator signed two different answers for one bid")]
    Convicted(Box<[SignedAnswer; 2]>),
    /// The round's transcript is not on the ledger.
    #[error("no transcript of this round on the ledger")]
    NoTranscript,
    /// The transcript names the digest of other answers than those that this validator was told.
    #[error("the transcript names other answers than those that were told")]
    OtherAnswers,
    /// The pairs are not those that follow from the answers.
    #[error("the pairs are not those that follow from the answers")]
    WrongPairs,
    /// The order book does not have the round, or one of its ciphertexts is not at hand.
    #[error(transparent)]
    Book(#[from] order_book::Error),
    /// The ciphertexts cannot be masked.
    #[error(transparent)]
    Matching(#[from] fhe_matcher::Error),
    /// A handle that is out of range, or a damaged encoding.
    #[error(transparent)]
    Protocol(#[from] protocol::Error),
}

impl Error {
    /// A code that stays the same across versions, for machines.
    pub const fn code(&self) -> &'static str {
        match self {
            Error::NoMask => "no-mask",
            Error::WrongSeed => "wrong-seed",
            Error::WrongChain => "wrong-chain",
            Error::WrongVector => "wrong-vector",
            Error::CertifiedOtherwise => "certified-otherwise",
            Error::UnsignedAnswer => "unsigned-answer",
            Error::OtherVector => "other-vector",
            Error::Convicted(_) => "answered-otherwise",
            Error::NoTranscript => "no-transcript",
            Error::OtherAnswers => "other-answers",
            Error::WrongPairs => "pairs-mismatch",
            Error::Book(e) => e.code(),
            Error::Matching(e) => e.code(),
            Error::Protocol(e) => e.code(),
        }
    }
}

/// Checks that the ledger's commitment to a round's seed is to this seed. Errors:
/// [`Error::NoMask`], [`Error::WrongSeed`].
pub(crate) fn require_committed(book: &OrderBook, of: &MaskedRound<'_>) -> Result<(), Error> {
    let RoundId { cycle, round, .. } = *of.round();
    match book.masked(cycle, round).ok_or(Error::NoMask)?.commitment == of.commitment() {
        true => Ok(()),
        false => Err(Error::WrongSeed),
    }
}

/// A round before its first bid, from the caller's own book and ciphertexts
/// ([`OrderBook::load_masked`]). Errors: [`Error::NoMask`], [`Error::WrongSeed`].
pub fn begin<'a>(
    book: &OrderBook,
    chain: ChainId,
    (cycle, round): (Cycle, u8),
    seed: &'a MaskSeed,
    loaded: &'a LoadedRound,
) -> Result<MaskedRound<'a>, Error> {
    let of = MaskedRound::new(seed, RoundId { chain, cycle, round }, &loaded.bids, &loaded.offers);
    require_committed(book, &of)?;
    Ok(of)
}

/// The statement that validators certify of the next bid's vector. Errors: [`Error::Matching`] if
/// no bid is left.
pub fn mask_statement(of: &MaskedRound<'_>, scores: &MaskedScores) -> Result<MaskStatement, Error> {
    let RoundId { chain, cycle, round } = *of.round();
    let bid = of.next().ok_or(fhe_matcher::Error::Slots("no bid is left"))?;
    let bid = Handle::from_bytes(&bid.handle)?;
    Ok(MaskStatement { chain, cycle, round, bid, free: list_digest(of.free()), scores: scores.digest() })
}

/// Checks that the pairs that the matching node told follow from a round that was followed to its
/// end. Error: [`Error::WrongPairs`].
pub fn check_pairs(of: &MaskedRound<'_>, told: &[HandlePair]) -> Result<(), Error> {
    match of.next().is_none() && of.pairs() == told {
        true => Ok(()),
        false => Err(Error::WrongPairs),
    }
}

/// An answer as a round takes it.
pub(crate) fn taken(told: &MaskedAnswer) -> Answer {
    Answer { bid: handle_bytes(told.bid), least: told.least.clone() }
}
