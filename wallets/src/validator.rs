//! A validator's part in mode masked: it recomputes the matching node's masked vectors, and
//! certifies one vector for each bid of a round. It holds a signing key and public data. It gets a
//! round's seed from the matching node, and the regulator's answers with the regulator's signature.

use crate::masked::{begin, check_pairs, mask_statement, require_committed, taken, Error};
use crate::order_book::{self, handle_bytes, LoadedRound, OrderBook};
use crate::seal::Signer;
use crate::Blobs;
use fhe_matcher::mask::{HandlePair, MaskSeed, MaskedRound, MaskedScores, Masker, RoundId};
use protocol::encoding::{Canonical, Reader};
use protocol::ids::ChainId;
use protocol::light::VerifiedBlock;
use protocol::signing::SigningKey;
use protocol::transaction::body::{NewKeys, RotateKey};
use protocol::transaction::genesis::Genesis;
use protocol::transaction::masked_answer::{answers_digest, SignedAnswer};
use protocol::transaction::validators::MaskCertificate;
use protocol::transaction::Body;
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

/// A round as a validator follows it. It goes on by answers that the regulator signed, and by no
/// others ([`Validator::take`]).
pub struct FollowedRound<'a>(pub(crate) MaskedRound<'a>);

impl FollowedRound<'_> {
    /// Checks that the pairs that the matching node told follow from this round, which was followed to
    /// its end. Error: [`Error::WrongPairs`].
    pub fn check_pairs(&self, told: &[HandlePair]) -> Result<(), Error> {
        check_pairs(&self.0, told)
    }
}

/// A validator: its signing key, the order book, what it has certified, and what it was told. Not
/// printable: it holds its key.
pub struct Validator {
    signer: Signer,
    chain: ChainId,
    /// The key that answers are signed with: the regulator's as of the last block scanned.
    regulator: SigningKey,
    book: OrderBook,
    certified: Certified,
    /// The regulator's answers by cycle and round, in the order in which they came.
    told: BTreeMap<(Cycle, u8), Vec<SignedAnswer>>,
}

impl Validator {
    /// A validator of the chain of this genesis, which names its key and the regulator's.
    pub fn new(signer: Signer, genesis: &Genesis) -> Self {
        let (chain, regulator) = (genesis.chain(), genesis.regulator);
        let (certified, told) = (Certified::default(), BTreeMap::new());
        Validator { signer, chain, regulator, book: OrderBook::default(), certified, told }
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
        self.book.scan(block)?;
        for transaction in &block.transactions {
            if let Body::RotateKey(RotateKey { of: NewKeys::Regulator, key, .. }) = &transaction.body {
                self.regulator = *key;
            }
        }
        Ok(())
    }

    /// A round before its first bid, from this validator's own book. `loaded` is what its book lists.
    /// Errors: [`Error::NoMask`], [`Error::WrongSeed`].
    pub fn begin<'a>(
        &self,
        round: (Cycle, u8),
        seed: &'a MaskSeed,
        loaded: &'a LoadedRound,
    ) -> Result<FollowedRound<'a>, Error> {
        Ok(FollowedRound(begin(&self.book, self.chain, round, seed, loaded)?))
    }

    /// Certifies the vector of the bid that is next in a round that this validator follows by
    /// itself: [`Self::begin`] makes the round, and [`Self::take`] tells it the regulator's answers.
    /// The validator recomputes product and masking bit for bit. Errors: [`Error::WrongChain`],
    /// [`Error::NoMask`], [`Error::WrongSeed`], [`Error::WrongVector`],
    /// [`Error::CertifiedOtherwise`], [`Error::Matching`].
    pub fn certify(
        &mut self,
        FollowedRound(of): &FollowedRound<'_>,
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

    /// Takes the regulator's answer to the vector that this validator certified, whoever passes it on.
    /// The answers are kept: two that cannot both be right convict the regulator. Errors, with nothing
    /// changed: [`Error::UnsignedAnswer`]; [`Error::OtherVector`] for an answer of another round or
    /// vector; [`Error::Convicted`] with the evidence; [`Error::Matching`] for one out of turn, or
    /// with slots that the vector does not have.
    pub fn take(&mut self, FollowedRound(of): &mut FollowedRound<'_>, told: &SignedAnswer) -> Result<(), Error> {
        told.verify(&self.regulator).map_err(|_| Error::UnsignedAnswer)?;
        let RoundId { chain, cycle, round } = *of.round();
        if (told.chain, told.cycle, told.round) != (chain, cycle, round) {
            return Err(Error::OtherVector);
        }
        let kept = self.told.get(&(cycle, round)).into_iter().flatten();
        let earlier = kept.into_iter().find(|earlier| earlier.answer.bid == told.answer.bid);
        if let Some(earlier) = earlier.filter(|earlier| earlier.answer != told.answer) {
            return Err(Error::Convicted(Box::new([earlier.clone(), told.clone()])));
        }
        let (known, key) = (earlier.is_some(), (cycle, round, handle_bytes(told.answer.bid)));
        if self.certified.0.get(&key) != Some(&told.answer.scores) {
            return Err(Error::OtherVector);
        }
        of.answer(&taken(&told.answer))?;
        if !known {
            self.told.entry((cycle, round)).or_default().push(told.clone());
        }
        Ok(())
    }
    /// The regulator's answers in a round, as far as this validator was told them since it was started.
    pub fn told(&self, cycle: Cycle, round: u8) -> &[SignedAnswer] {
        self.told.get(&(cycle, round)).map_or(&[], Vec::as_slice)
    }
    /// Checks that the round's transcript names the answers that this validator was told. Where it does
    /// not, somebody kept answers back, or the regulator told others something else. A validator that
    /// was started again during the round takes the answers again first. Errors:
    /// [`Error::NoTranscript`], [`Error::OtherAnswers`].
    pub fn check_answers(&self, cycle: Cycle, round: u8) -> Result<(), Error> {
        let posted = self.book.masked(cycle, round).and_then(|masked| masked.answers).ok_or(Error::NoTranscript)?;
        let told = self.told(cycle, round).iter().map(|told| &told.answer);
        match answers_digest((self.chain, cycle, round), told) == posted {
            true => Ok(()),
            false => Err(Error::OtherAnswers),
        }
    }
}

/// The validators that certify a chain's masks, where one process plays them all. Each follows the
/// ledger and the round by itself.
pub struct MaskQuorum(Vec<Validator>);

impl MaskQuorum {
    /// One validator for each key, all of the chain of this genesis.
    pub fn new(signers: Vec<Signer>, genesis: &Genesis) -> Self {
        MaskQuorum(signers.into_iter().map(|signer| Validator::new(signer, genesis)).collect())
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
    /// [`Error::WrongChain`], [`Error::NoMask`], [`Error::WrongSeed`].
    pub fn begin<'a>(
        &self,
        of: &RoundId,
        seed: &'a MaskSeed,
        lists: &'a [LoadedRound],
    ) -> Result<Vec<FollowedRound<'a>>, Error> {
        let RoundId { chain, cycle, round } = *of;
        let each = self.0.iter().zip(lists);
        each.map(|(validator, list)| match validator.chain == chain {
            true => validator.begin((cycle, round), seed, list),
            false => Err(Error::WrongChain),
        })
        .collect()
    }
    /// Every validator's certificate of a vector for the bid that is next. `followed` is what
    /// [`Self::begin`] gave, told every answer so far. Errors: those of [`Validator::certify`].
    pub fn certify(
        &mut self,
        followed: &[FollowedRound<'_>],
        masker: &Masker,
        scores: &MaskedScores,
    ) -> Result<Vec<MaskCertificate>, Error> {
        let each = self.0.iter_mut().zip(followed);
        each.map(|(validator, of)| validator.certify(of, masker, scores)).collect()
    }
    /// Tells every validator the regulator's answer. Errors: those of [`Validator::take`].
    pub fn take(&mut self, followed: &mut [FollowedRound<'_>], told: &SignedAnswer) -> Result<(), Error> {
        self.0.iter_mut().zip(followed).try_for_each(|(validator, of)| validator.take(of, told))
    }
    /// Lets every validator check a round's transcript. Errors: those of [`Validator::check_answers`].
    pub fn check_answers(&self, cycle: Cycle, round: u8) -> Result<(), Error> {
        self.0.iter().try_for_each(|validator| validator.check_answers(cycle, round))
    }
}
