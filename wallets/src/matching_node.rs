//! The matching node: follows the order book, scores every pair on ciphertexts, and posts a digest
//! for each bid. In mode masked it commits to a round's seed instead, and sends the regulator
//! masked vectors. It holds a signing key, seeds and public data; it holds no key that decrypts,
//! and no secret of a household.

use crate::masked::{self, begin, mask_statement, taken};
use crate::order_book::{self, OrderBook};
use crate::regulator::{MaskedRequest, Pair};
use crate::seal::Signer;
use crate::serials::SerialCounter;
use crate::validator::MaskQuorum;
use crate::Blobs;
use fhe_matcher::mask::{MaskSeed, MaskedScores, Masker, RoundId};
use fhe_matcher::matching_node::score_round;
use protocol::encoding::Canonical;
#[cfg(feature = "deviation")]
use protocol::ids::BlobHash;
use protocol::ids::{ChainId, Height};
use protocol::light::VerifiedBlock;
use protocol::record::Handle;
#[cfg(feature = "deviation")]
use protocol::record::MatchId;
use protocol::signing::SigningKey;
use protocol::transaction::body::{Mask, Scores};
use protocol::transaction::masked_answer::SignedAnswer;
use protocol::transaction::{Body, Transaction};
use protocol::units::Cycle;
use rand_core::{CryptoRng, RngCore};
use std::collections::BTreeMap;

/// Why the matching node cannot post a round's scores.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The order book does not have the round, or one of its ciphertexts is not at hand.
    #[error(transparent)]
    Book(#[from] order_book::Error),
    /// The ciphertexts cannot be scored.
    #[error(transparent)]
    Matching(#[from] fhe_matcher::Error),
    /// A handle that is out of range.
    #[error(transparent)]
    Protocol(#[from] protocol::Error),
}

impl Error {
    /// A code that stays the same across versions, for machines.
    pub const fn code(&self) -> &'static str {
        match self {
            Error::Book(e) => e.code(),
            Error::Matching(e) => e.code(),
            Error::Protocol(e) => e.code(),
        }
    }
}

/// A matching node. Not printable: it holds its signing key and the seeds of its masks.
pub struct MatchingNode {
    signer: Signer,
    serials: SerialCounter,
    book: OrderBook,
    seeds: BTreeMap<(Cycle, u8), MaskSeed>,
}

impl MatchingNode {
    /// A matching node with this signing key, before its first block.
    pub fn new(signer: Signer) -> Self {
        MatchingNode { signer, serials: SerialCounter::default(), book: OrderBook::default(), seeds: BTreeMap::new() }
    }
    /// The public half of its signing key, which the genesis names.
    pub fn public(&self) -> SigningKey {
        self.signer.public()
    }
    /// Signs with another key from now on: the one that the regulator put in force in its place.
    pub fn replace_signer(&mut self, signer: Signer) {
        self.signer = signer;
    }
    /// The order book, as far as this node has scanned.
    pub fn book(&self) -> &OrderBook {
        &self.book
    }
    /// Follows the ledger: the order book, and which of its own transactions are on it. Errors,
    /// with nothing changed: [`order_book::Error::OtherChain`], [`order_book::Error::OutOfOrder`].
    pub fn scan(&mut self, block: &VerifiedBlock) -> Result<(), order_book::Error> {
        self.book.scan(block)?;
        for transaction in &block.transactions {
            match &transaction.body {
                Body::Scores(b) => self.serials.seen(b.serial),
                Body::Mask(b) => self.serials.seen(b.serial),
                Body::Deviation(b) => self.serials.seen(b.serial),
                _ => {}
            }
        }
        self.serials.passed(block.height);
        Ok(())
    }
    /// The serials of its transactions: to be stored before what it has sealed is sent.
    pub fn serials(&self) -> SerialCounter {
        self.serials
    }
    /// Puts back serials that were stored, before the first block is scanned.
    pub fn set_serials(&mut self, serials: SerialCounter) {
        self.serials = serials;
    }

    /// Draws a round's seed and commits to it. The node keeps the seed.
    pub fn commit<R: RngCore + CryptoRng>(&mut self, rng: &mut R, of: &RoundId, expiry: Height) -> Transaction {
        let RoundId { chain, cycle, round } = *of;
        let seed = MaskSeed::generate(rng);
        let body = Mask { serial: self.serials.take(expiry), cycle, round, commitment: seed.commitment(of) };
        self.seeds.insert((cycle, round), seed);
        self.signer.seal(chain, expiry, Body::Mask(body))
    }
    /// A round's seed, which validators get and the regulator never does. None before
    /// [`Self::commit`].
    pub fn seed(&self, cycle: Cycle, round: u8) -> Option<&MaskSeed> {
        self.seeds.get(&(cycle, round))
    }
    /// The transaction that names the ciphertext of a trade's deviation, which this node computed.
    #[cfg(feature = "deviation")]
    pub fn deviation(&mut self, chain: ChainId, match_id: MatchId, result: BlobHash, expiry: Height) -> Transaction {
        let body = protocol::transaction::body::Deviation { serial: self.serials.take(expiry), match_id, result };
        self.signer.seal(chain, expiry, Body::Deviation(body))
    }
    /// The scores of a round in mode open: one posting for each bid, no posting where there are no
    /// offers.
    pub fn post(
        &mut self,
        chain: ChainId,
        (cycle, round): (Cycle, u8),
        blobs: &impl Blobs,
        expiry: Height,
    ) -> Result<Vec<Transaction>, Error> {
        let loaded = self.book.load(cycle, round, blobs)?;
        if loaded.offers.is_empty() {
            return Ok(Vec::new());
        }
        let postings = score_round(&loaded.bids, &loaded.offers)?;
        postings
            .into_iter()
            .map(|posting| {
                let buy = Handle::from_bytes(&posting.bid)?;
                let body = Scores { serial: self.serials.take(expiry), cycle, round, buy, digest: posting.digest.0 };
                Ok(self.signer.seal(chain, expiry, Body::Scores(body)))
            })
            .collect()
    }

    /// Plays a round in mode masked to its end and gives its pairs, in the buyers' order. For each
    /// bid this node masks the scores, the validators recompute and certify them, and `ask` sends
    /// them to the regulator, which answers with the least slots. Validators take the answer by the
    /// regulator's signature. Vectors travel as bytes. At the
    /// end the validators check the pairs. Errors: those of [`masked::Error`], as `E`, and those of
    /// `ask`.
    pub fn mask_round<E: From<masked::Error>>(
        &self,
        quorum: &mut MaskQuorum,
        masker: &Masker,
        of: &RoundId,
        blobs: &impl Blobs,
        mut ask: impl FnMut(&MaskedRequest<'_>) -> Result<SignedAnswer, E>,
    ) -> Result<Vec<Pair>, E> {
        let RoundId { chain, cycle, round } = *of;
        let seed = self.seed(cycle, round).ok_or(masked::Error::NoMask)?;
        let loaded = self.book.load_masked(cycle, round, blobs).map_err(masked::Error::from)?;
        let mut own = begin(&self.book, chain, (cycle, round), seed, &loaded)?;
        let lists = quorum.load(cycle, round, blobs)?;
        let mut followed = quorum.begin(of, seed, &lists)?;
        while own.next().is_some() {
            let scores = own.mask(masker).map_err(masked::Error::from)?;
            let scores = MaskedScores::from_bytes(&scores.to_bytes()).map_err(masked::Error::from)?;
            let certificates = quorum.certify(&followed, masker, &scores)?;
            let asked = mask_statement(&own, &scores)?;
            let request =
                MaskedRequest { bid: asked.bid, free: asked.free, scores: &scores, certificates: &certificates };
            let told = ask(&request)?;
            own.answer(&taken(&told.answer)).map_err(masked::Error::from)?;
            quorum.take(&mut followed, &told)?;
        }
        followed.iter().try_for_each(|validator| validator.check_pairs(own.pairs()))?;
        let handle = |bytes: &[u8; 32]| Handle::from_bytes(bytes).map_err(masked::Error::from);
        own.pairs().iter().map(|pair| Ok(Pair { sell: handle(&pair.offer)?, buy: handle(&pair.bid)? })).collect()
    }
}
