//! A validator's part in mode masked: it recomputes the matching node's masked vectors, and
//! certifies one vector for each bid of a round. It holds a signing key and public data. It gets a
//! round's seed from the matching node.

use crate::masked::{begin, mask_statement, require_committed, Error};
use crate::order_book::{self, handle_bytes, LoadedRound, OrderBook};
use crate::seal::Signer;
use crate::Blobs;
use fhe_matcher::mask::{MaskSeed, MaskedRound, MaskedScores, Masker, RoundId};
use protocol::encoding::{Canonical, Reader};
use protocol::ids::ChainId;
use protocol::light::VerifiedBlock;
use protocol::signing::SigningKey;
use protocol::transaction::validators::MaskCertificate;
use protocol::units::Cycle;
use std::collections::BTreeMap;

/// The vectors that a validator has certified: the digest by cycle, round and bid. A validator
/// certifies one vector for each bid. One that lost this record would certify a second vector after
/// a restart, so it stores the record before it sends a certificate.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Certified(BTreeMap<(Cycle, u8, [u8; 32]), [u8; 32]>);

impl Certified {
    /// The whole record, to be stored.
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
    /// The record from the bytes that [`Self::to_bytes`] gave. Error: [`Error::Protocol`].
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

/// A validator: its signing key, the order book, and what it has certified. Not printable: it holds
/// its key.
pub struct Validator {
    signer: Signer,
    chain: ChainId,
    book: OrderBook,
    certified: Certified,
}

impl Validator {
    /// A validator of a chain whose genesis names its key.
    pub fn new(signer: Signer, chain: ChainId) -> Self {
        Validator { signer, chain, book: OrderBook::default(), certified: Certified::default() }
    }
    /// The public half of its signing key.
    pub fn public(&self) -> SigningKey {
        self.signer.public()
    }
    /// The record of certified vectors: to be stored before a certificate is sent.
    pub fn certified(&self) -> &Certified {
        &self.certified
    }
    /// Puts back a stored record.
    pub fn set_certified(&mut self, certified: Certified) {
        self.certified = certified;
    }
    /// The order book, as far as this validator has scanned.
    pub fn book(&self) -> &OrderBook {
        &self.book
    }
    /// Follows the ledger. Errors, with nothing changed: [`order_book::Error::OtherChain`],
    /// [`order_book::Error::OutOfOrder`].
    pub fn scan(&mut self, block: &VerifiedBlock) -> Result<(), order_book::Error> {
        self.book.scan(block)
    }

    /// Certifies the vector of the bid that is next in a round that this validator follows by
    /// itself: [`begin`] makes the round from the validator's book, and it is told the regulator's
    /// answers. The validator recomputes product and masking bit for bit. Errors:
    /// [`Error::WrongChain`], [`Error::NoMask`], [`Error::WrongSeed`], [`Error::WrongVector`],
    /// [`Error::CertifiedOtherwise`], [`Error::Matching`].
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
        let statement = mask_statement(of, scores)?;
        let RoundId { cycle, round, .. } = *of.round();
        let key = (cycle, round, handle_bytes(statement.bid));
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

/// The validators that certify a chain's masks, where one process plays them all. Each follows the
/// ledger and the round by itself.
pub struct MaskQuorum(Vec<Validator>);

impl MaskQuorum {
    /// One validator for each key, all of one chain.
    pub fn new(signers: Vec<Signer>, chain: ChainId) -> Self {
        MaskQuorum(signers.into_iter().map(|signer| Validator::new(signer, chain)).collect())
    }
    /// The validators.
    pub fn validators(&self) -> impl Iterator<Item = &Validator> {
        self.0.iter()
    }
    /// Lets every validator follow the ledger. Errors: those of [`Validator::scan`].
    pub fn scan(&mut self, block: &VerifiedBlock) -> Result<(), order_book::Error> {
        self.0.iter_mut().try_for_each(|validator| validator.scan(block))
    }
    /// A round's ciphertexts as each validator's own order book lists them. Error: [`Error::Book`].
    pub fn load(&self, cycle: Cycle, round: u8, blobs: &impl Blobs) -> Result<Vec<LoadedRound>, Error> {
        self.0.iter().map(|validator| Ok(validator.book.load_masked(cycle, round, blobs)?)).collect()
    }
    /// The round as each validator follows it. `lists` is what [`Self::load`] gave. Errors:
    /// [`Error::NoMask`], [`Error::WrongSeed`].
    pub fn begin<'a>(
        &self,
        of: &RoundId,
        seed: &'a MaskSeed,
        lists: &'a [LoadedRound],
    ) -> Result<Vec<MaskedRound<'a>>, Error> {
        let RoundId { chain, cycle, round } = *of;
        let each = self.0.iter().zip(lists);
        each.map(|(validator, list)| begin(&validator.book, chain, (cycle, round), seed, list)).collect()
    }
    /// Every validator's certificate of a vector for the bid that is next. `followed` is what
    /// [`Self::begin`] gave, told every answer so far. Errors: those of [`Validator::certify`].
    pub fn certify(
        &mut self,
        followed: &[MaskedRound<'_>],
        masker: &Masker,
        scores: &MaskedScores,
    ) -> Result<Vec<MaskCertificate>, Error> {
        let each = self.0.iter_mut().zip(followed);
        each.map(|(validator, of)| validator.certify(of, masker, scores)).collect()
    }
}
