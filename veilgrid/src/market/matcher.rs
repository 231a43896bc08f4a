//! The matching node: follows the order book, scores every pair on ciphertexts, posts a digest for each bid. It holds a
//! signing key and public data; nothing that decrypts.

use super::Error;
use deviation::key::DeviationServerKey;
use fhe_matcher::matching_node::score_round;
use protocol::compact::CompactBlock;
use protocol::encoding::Canonical;
use protocol::record::{Handle, MatchId};
use protocol::transaction::body::{Deviation, Scores};
use protocol::transaction::{BlobHash, Body, ChainId, Height, SigningKey, Transaction};
use protocol::units::Cycle;
use rand_chacha::ChaCha20Rng;
use wallets::regulator::book::Book;
use wallets::regulator::Ciphered;
use wallets::seal::Signer;
use wallets::Blobs;

/// A matching node.
pub struct Matcher {
    signer: Signer,
    nonce: u64,
    book: Book,
}

impl Matcher {
    /// With a fresh signing key.
    pub fn generate(rng: &mut ChaCha20Rng) -> Self {
        Matcher { signer: Signer::generate(rng), nonce: 0, book: Book::default() }
    }
    /// Its public key.
    pub fn public(&self) -> SigningKey {
        self.signer.public()
    }
    /// Follows the ledger.
    pub fn scan(&mut self, block: &CompactBlock) {
        self.book.scan(block);
    }
    /// The encrypted bit of a trade: what it posted before, or computed from the ledger's ciphertexts.
    pub fn deviation(
        &mut self,
        chain: ChainId,
        matching: MatchId,
        posted: Option<BlobHash>,
        server: &DeviationServerKey,
        blobs: &impl Blobs,
        expiry: Height,
    ) -> Result<Ciphered, Error> {
        let blob = match posted {
            Some(hash) => blobs.blob(hash).ok_or(Error::AnotherRun)?,
            None => {
                let (amounts, sold, bought) = self.book.deviation(matching).load(blobs)?;
                server.evaluate(&amounts, &sold, &bought)?.to_bytes()
            }
        };
        self.nonce += 1;
        let body = Deviation { nonce: self.nonce, matching, result: BlobHash::of(&blob) };
        Ok(Ciphered { transaction: self.signer.seal(chain, expiry, Body::Deviation(body)), blob })
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
