//! Masked matching from the side of those who have a round's seed: the matching node, which masks, and validators, who
//! recompute what it made and certify it. Neither has a key that decrypts.

use crate::order_book::{LoadedRound, OrderBook};
use crate::seal::Signer;
use fhe_matcher::mask::{list_digest, HandlePair, MaskSeed, MaskedRound, MaskedScores, Masker, Round};
use protocol::encoding::{Canonical, Reader};
use protocol::ids::ChainId;
use protocol::record::Handle;
use protocol::signing::SigningKey;
use protocol::transaction::validators::{MaskCertificate, MaskStatement};
use protocol::units::Cycle;
use std::collections::BTreeMap;

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
    /// The vector is not what follows from the ledger's ciphertexts and the seed.
    #[error("the vector is not what follows from the ledger's ciphertexts and the seed")]
    WrongVector,
    /// A validator certifies one vector for each bid of a round.
    #[error("another vector of this bid has been certified in this round")]
    CertifiedOtherwise,
    /// The pairs are not those that follow from the answers.
    #[error("the pairs are not those that follow from the answers")]
    WrongPairs,
    /// Masking.
    #[error(transparent)]
    Matching(#[from] fhe_matcher::Error),
    /// Encodings.
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
            Error::WrongPairs => "pairs-mismatch",
            Error::Matching(e) => e.code(),
            Error::Protocol(e) => e.code(),
        }
    }
}

/// The ledger's commitment to a round's seed must be to this one. Errors: [`Error::NoMask`], [`Error::WrongSeed`].
fn require_committed(book: &OrderBook, of: &MaskedRound<'_>) -> Result<(), Error> {
    let Round { cycle, round, .. } = *of.round();
    match book.masked(cycle, round).ok_or(Error::NoMask)?.commitment == of.commitment() {
        true => Ok(()),
        false => Err(Error::WrongSeed),
    }
}

/// A round before its first bid, from one's own book and ciphertexts ([`OrderBook::load_masked`]). Errors: [`Error::NoMask`],
/// [`Error::WrongSeed`].
pub fn begin<'a>(
    book: &OrderBook,
    chain: ChainId,
    (cycle, round): (Cycle, u8),
    seed: &'a MaskSeed,
    loaded: &'a LoadedRound,
) -> Result<MaskedRound<'a>, Error> {
    let of = MaskedRound::new(seed, Round { chain, cycle, round }, &loaded.bids, &loaded.offers);
    require_committed(book, &of)?;
    Ok(of)
}

/// What is certified of a vector for the bid that is next. Errors: [`Error::Matching`] if there is none.
pub fn statement(of: &MaskedRound<'_>, scores: &MaskedScores) -> Result<MaskStatement, Error> {
    let Round { chain, cycle, round } = *of.round();
    let bid = of.next().ok_or(fhe_matcher::Error::Slots("no bid is left"))?;
    let bid = Handle::from_bytes(&bid.handle)?;
    Ok(MaskStatement { chain, cycle, round, bid, free: list_digest(of.free()), scores: scores.digest() })
}

/// What a validator has certified: by cycle, round and bid the digest of the vector. It certifies one; one that forgot that
/// when it is started again would certify another, so this is stored before a certificate leaves it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Certified(BTreeMap<(Cycle, u8, [u8; 32]), [u8; 32]>);

impl Certified {
    /// Everything, to be stored.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.0.len() * 69);
        for ((cycle, round, bid), scores) in &self.0 {
            cycle.write(&mut out);
            round.write(&mut out);
            bid.write(&mut out);
            scores.write(&mut out);
        }
        out
    }
    /// From what [`Self::to_bytes`] gave. Error: [`Error::Protocol`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let (mut input, mut certified) = (Reader(bytes), Certified::default());
        while !input.0.is_empty() {
            let of = (Cycle::read(&mut input)?, u8::read(&mut input)?, <[u8; 32]>::read(&mut input)?);
            certified.0.insert(of, <[u8; 32]>::read(&mut input)?);
        }
        match certified.to_bytes() == bytes {
            true => Ok(certified),
            false => Err(protocol::Error::Encoding("not what a validator has certified").into()),
        }
    }
}

/// A validator: its signing key, the order book, and what it has certified. Not printable: it holds its key.
pub struct Validator {
    signer: Signer,
    chain: ChainId,
    book: OrderBook,
    certified: Certified,
}

impl Validator {
    /// Of a chain whose genesis names its key.
    pub fn new(signer: Signer, chain: ChainId) -> Self {
        Validator { signer, chain, book: OrderBook::default(), certified: Certified::default() }
    }
    /// Its public key.
    pub fn public(&self) -> SigningKey {
        self.signer.public()
    }
    /// What it has certified: to be stored before a certificate is sent.
    pub fn certified(&self) -> &Certified {
        &self.certified
    }
    /// Puts back what was stored.
    pub fn set_certified(&mut self, certified: Certified) {
        self.certified = certified;
    }
    /// The order book, to be followed with every block.
    pub fn book(&self) -> &OrderBook {
        &self.book
    }
    /// The same, to be changed by blocks.
    pub fn book_mut(&mut self) -> &mut OrderBook {
        &mut self.book
    }

    /// Certifies the vector of the bid that is next in a round that this validator follows by itself: made by [`begin`] from its
    /// book, and told the regulator's answers. It recomputes product and masking bit for bit. Errors: [`Error::WrongChain`],
    /// [`Error::NoMask`], [`Error::WrongSeed`], [`Error::WrongVector`], [`Error::CertifiedOtherwise`], [`Error::Matching`].
    pub fn certify(
        &mut self,
        of: &MaskedRound<'_>,
        masker: &Masker,
        scores: &MaskedScores,
    ) -> Result<MaskCertificate, Error> {
        if of.round().chain != self.chain {
            return Err(Error::WrongChain);
        }
        require_committed(&self.book, of)?;
        let statement = statement(of, scores)?;
        let Round { cycle, round, .. } = *of.round();
        let key = (cycle, round, crate::order_book::handle_bytes(statement.bid));
        if self.certified.0.get(&key).is_some_and(|earlier| *earlier != statement.scores) {
            return Err(Error::CertifiedOtherwise);
        }
        if of.mask(masker)? != *scores {
            return Err(Error::WrongVector);
        }
        self.certified.0.insert(key, statement.scores);
        Ok(self.signer.certify(&statement))
    }
}

/// Whether the pairs that the matching node told are those of a round that was followed to its end. Error:
/// [`Error::WrongPairs`].
pub fn check_pairs(of: &MaskedRound<'_>, told: &[HandlePair]) -> Result<(), Error> {
    match of.next().is_none() && of.pairs() == told {
        true => Ok(()),
        false => Err(Error::WrongPairs),
    }
}
