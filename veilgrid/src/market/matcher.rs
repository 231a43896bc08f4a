//! The matching node: follows the order book, scores every pair on ciphertexts, posts a digest for each bid; in mode masked it
//! commits to a round's seed instead. It holds a signing key, seeds and public data; nothing that decrypts.

use super::error::Error;
use fhe_matcher::mask::{MaskSeed, Round};
use fhe_matcher::matching_node::score_round;
use protocol::compact::CompactBlock;
use protocol::encoding::Canonical;
#[cfg(feature = "deviation")]
use protocol::ids::BlobHash;
use protocol::ids::{ChainId, Height};
use protocol::record::Handle;
#[cfg(feature = "deviation")]
use protocol::record::MatchId;
use protocol::signing::SigningKey;
use protocol::transaction::body::{Mask, Scores};
use protocol::transaction::{Body, Transaction};
use protocol::units::Cycle;
use rand_chacha::ChaCha20Rng;
use std::collections::BTreeMap;
use wallets::order_book::OrderBook;
use wallets::seal::Signer;
use wallets::Blobs;

/// A matching node.
pub struct Matcher {
    signer: Signer,
    nonce: u64,
    book: OrderBook,
    seeds: BTreeMap<(Cycle, u8), MaskSeed>,
}

impl Matcher {
    /// With a fresh signing key.
    pub fn generate(rng: &mut ChaCha20Rng) -> Self {
        Matcher { signer: Signer::generate(rng), nonce: 0, book: OrderBook::default(), seeds: BTreeMap::new() }
    }
    /// Its public key.
    pub fn public(&self) -> SigningKey {
        self.signer.public()
    }
    /// The order book, which it follows without any key.
    pub fn book(&self) -> &OrderBook {
        &self.book
    }
    /// Draws a round's seed, and commits to it.
    pub fn commit(&mut self, rng: &mut ChaCha20Rng, of: &Round, expiry: Height) -> Transaction {
        let Round { chain, cycle, round } = *of;
        let seed = MaskSeed::generate(rng);
        self.nonce += 1;
        let body = Mask { nonce: self.nonce, cycle, round, commitment: seed.commitment(of) };
        self.seeds.insert((cycle, round), seed);
        self.signer.seal(chain, expiry, Body::Mask(body))
    }
    /// A round's seed, for validators; the regulator never gets it.
    pub fn seed(&self, cycle: Cycle, round: u8) -> Option<&MaskSeed> {
        self.seeds.get(&(cycle, round))
    }
    /// Follows the ledger.
    pub fn scan(&mut self, block: &CompactBlock) {
        self.book.scan(block);
    }
    /// Says what it computed of a trade's deviation.
    #[cfg(feature = "deviation")]
    pub fn deviation(&mut self, chain: ChainId, matching: MatchId, result: BlobHash, expiry: Height) -> Transaction {
        self.nonce += 1;
        let body = protocol::transaction::body::Deviation { nonce: self.nonce, matching, result };
        self.signer.seal(chain, expiry, Body::Deviation(body))
    }
    /// The scores of a round: one posting for each bid.
    pub fn post(
        &mut self,
        chain: ChainId,
        cycle: Cycle,
        round: u8,
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
                self.nonce += 1;
                let buy = Handle::from_bytes(&posting.bid)?;
                let body = Scores { nonce: self.nonce, cycle, round, buy, digest: posting.digest.0 };
                Ok(self.signer.seal(chain, expiry, Body::Scores(body)))
            })
            .collect()
    }
}
