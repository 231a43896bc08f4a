//! Encrypted scores: one tensor product of GLWE ciphertexts scores a bid against 64 offers.
//!
//! Offer i of a pack is multiplied by X^(64 i) and the 64 are added up: since an offer's block times a bid's has degree
//! at most 126, coefficient 64 i + 63 of (pack x bid) is the score of offer i and of no other. With pack `(A, B)` and bid
//! `(a, b)`, the product of the phases `B - A s` and `b - a s` is `c0 - c1 s + c2 s^2` with
//!
//! > c0 = B b, c1 = A b + B a, c2 = A a.
//!
//! There is no relinearisation and no server key: the three polynomials are the encrypted scores. Of c0 only the
//! coefficients that hold scores are kept: the others would hold cross terms of several plans.

use crate::ciphertext::PlanCiphertext;
use crate::packing::pack;
use crate::parameters::{BLOCK, DEGREE, PACK, PRIMES};
use crate::ring::{Coefficients, Transformed};
use crate::{sampling, Error};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use rayon::prelude::*;
use sha2::{Digest, Sha256};

/// Up to 64 offers in one ciphertext, transformed. Built once for all bids.
pub struct Pack {
    a: Transformed,
    b: Transformed,
    offers: usize,
}

impl Pack {
    /// Error: [`Error::PackSize`] unless there are 1 to 64 offers.
    pub fn new<C: AsRef<PlanCiphertext>>(offers: &[C]) -> Result<Pack, Error> {
        if offers.is_empty() || offers.len() > PACK {
            return Err(Error::PackSize(offers.len()));
        }
        Ok(Pack {
            a: shifted_sum(offers.iter().map(|offer| offer.as_ref().a())).transform(),
            b: shifted_sum(offers.iter().map(|offer| offer.as_ref().b())).transform(),
            offers: offers.len(),
        })
    }

    /// The encrypted scores of a bid with each offer of the pack.
    pub fn score(&self, bid: &PreparedBid) -> ScoreCiphertext {
        let c0 = Transformed::product(&self.b, &bid.b).inverse();
        let mut c1 = Transformed::product(&self.a, &bid.b);
        c1.add_product(&self.b, &bid.a);
        let c2 = Transformed::product(&self.a, &bid.a);
        let at_scores = |i: usize| (0..self.offers).map(|offer| c0.residues(i)[score_position(offer)]).collect();
        ScoreCiphertext { c0: [at_scores(0), at_scores(1)], c1, c2 }
    }
}

/// The coefficient that holds the score of a pack's offer.
pub(crate) fn score_position(offer: usize) -> usize {
    BLOCK * offer + BLOCK - 1
}

/// The sum of X^(64 i) times the i-th polynomial, i below 64.
fn shifted_sum<'a>(polynomials: impl Iterator<Item = &'a Coefficients>) -> Coefficients {
    let mut sum = Coefficients::zero();
    for (i, polynomial) in polynomials.enumerate() {
        let shift = BLOCK * i;
        for ((sum, residues), q) in sum.0.iter_mut().zip(&polynomial.0).zip(PRIMES) {
            // X^N = -1: what is shifted out comes back negated. 64 terms of at most 2^50 stay below 2^56.
            let (stay, wrap) = residues.split_at(DEGREE - shift);
            sum[shift..].iter_mut().zip(stay).for_each(|(sum, x)| *sum += x);
            sum[..shift].iter_mut().zip(wrap).for_each(|(sum, x)| *sum += q - x);
        }
    }
    for (sum, q) in sum.0.iter_mut().zip(PRIMES) {
        sum.iter_mut().for_each(|x| *x %= q);
    }
    sum
}

/// A bid's ciphertext, transformed.
pub struct PreparedBid {
    a: Transformed,
    b: Transformed,
}

impl PreparedBid {
    /// Transforms a bid's ciphertext once for all packs.
    pub fn new(bid: &PlanCiphertext) -> PreparedBid {
        PreparedBid { a: bid.a().clone().transform(), b: bid.b().clone().transform() }
    }
}

/// The encrypted scores of one bid with the offers of one pack. It can only be computed, never decoded: whoever holds
/// one has computed it.
#[derive(PartialEq, Eq)]
pub struct ScoreCiphertext {
    /// Coefficients 64 i + 63 of c0 for the pack's offers, modulo each prime.
    pub(crate) c0: [Vec<u64>; 2],
    /// Transformed.
    pub(crate) c1: Transformed,
    /// Transformed.
    pub(crate) c2: Transformed,
}

impl ScoreCiphertext {
    /// Number of scores in it.
    pub fn scores(&self) -> usize {
        self.c0[0].len()
    }

    /// The canonical bytes: the number of scores, then c0, c1, c2, each modulo the first and the second prime, every
    /// residue in 50 bits; c1 and c2 in the transform's order.
    pub fn to_bytes(&self) -> Vec<u8> {
        let residues = 2 * (self.scores() + 2 * DEGREE);
        let mut bytes = Vec::with_capacity(1 + (residues * 50).div_ceil(8));
        bytes.push(self.scores() as u8);
        pack(self.c0.iter().chain(&self.c1.0).chain(&self.c2.0).flatten(), &mut bytes);
        bytes
    }
}

/// Digest of all encrypted scores of one bid: what a matching node posts, and what the regulator checks against its own
/// recomputation before it opens anything.
///
/// SHA-256 of a tag, the book's digest (it names every offer's ciphertext in order), the bid's ciphertext's digest, and
/// of each pack the canonical c0 and a fingerprint of c1 and of c2: their inner products with polynomials drawn from the
/// book's digest. Hashing c1 and c2 whole, 102,400 bytes a pack, would cost several times the product itself. Since
/// inputs are named by a collision-resistant hash and determine the product, equal digests mean equal scores; the
/// fingerprints are there so that a slip anywhere in a product, c1 and c2 included, shows (but for a chance of 2^-49).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ScoreDigest(pub [u8; 32]);

/// The offers of a round in ledger order, packed; computed from their ciphertexts and from nothing else.
pub struct OfferBook {
    packs: Vec<Pack>,
    offers: usize,
    digest: [u8; 32],
    /// What the fingerprints of c1 and c2 multiply by.
    weights: [Coefficients; 2],
}

impl OfferBook {
    /// Packs the offers, 64 at a time, in the given order.
    pub fn new<C: AsRef<PlanCiphertext> + Sync>(offers: &[C]) -> OfferBook {
        let packs =
            offers.par_chunks(PACK).map(|chunk| Pack::new(chunk).expect("chunks hold 1 to 64 offers")).collect();
        let digests: Vec<_> = offers.par_iter().map(|offer| offer.as_ref().digest()).collect();
        let start =
            Sha256::new().chain_update(b"veilgrid/offer-book/1").chain_update((offers.len() as u64).to_le_bytes());
        let digest = digests.iter().fold(start, |hash, offer| hash.chain_update(offer)).finalize().into();
        let mut rng = ChaCha20Rng::from_seed(digest);
        let weights = [sampling::uniform(&mut rng), sampling::uniform(&mut rng)];
        OfferBook { packs, offers: offers.len(), digest, weights }
    }

    /// Number of offers.
    pub fn offers(&self) -> usize {
        self.offers
    }

    /// The encrypted scores of a bid, pack by pack.
    pub fn score(&self, bid: &PlanCiphertext) -> ScoreVector {
        let prepared = PreparedBid::new(bid);
        let packs: Vec<_> = self.packs.par_iter().map(|pack| pack.score(&prepared)).collect();
        let summaries: Vec<_> = packs.par_iter().map(|pack| self.summary(pack)).collect();
        ScoreVector { digest: self.digest_of(bid, &summaries), packs }
    }

    /// The digest of [`Self::score`] without keeping the ciphertexts.
    pub fn score_digest(&self, bid: &PlanCiphertext) -> ScoreDigest {
        let prepared = PreparedBid::new(bid);
        let summaries: Vec<_> = self.packs.par_iter().map(|pack| self.summary(&pack.score(&prepared))).collect();
        self.digest_of(bid, &summaries)
    }

    /// c0 and the fingerprints of c1 and c2, residues in 50 bits.
    fn summary(&self, scores: &ScoreCiphertext) -> Vec<u8> {
        let fingerprint = |which: usize, i: usize| {
            let (weights, values) = (&self.weights[which].0[i], &[&scores.c1, &scores.c2][which].0[i]);
            // 4096 products below 2^100 stay below 2^112
            let sum: u128 = weights.iter().zip(values).map(|(w, x)| u128::from(*w) * u128::from(*x)).sum();
            (sum % u128::from(PRIMES[i])) as u64
        };
        let fingerprints = [fingerprint(0, 0), fingerprint(0, 1), fingerprint(1, 0), fingerprint(1, 1)];
        let mut bytes = Vec::new();
        pack(scores.c0.iter().flatten().chain(&fingerprints), &mut bytes);
        bytes
    }

    fn digest_of(&self, bid: &PlanCiphertext, summaries: &[Vec<u8>]) -> ScoreDigest {
        let start =
            Sha256::new().chain_update(b"veilgrid/score-vector/1").chain_update(self.digest).chain_update(bid.digest());
        ScoreDigest(summaries.iter().fold(start, |hash, summary| hash.chain_update(summary)).finalize().into())
    }
}

/// The encrypted scores of one bid with every offer of a round. Like [`ScoreCiphertext`], it can only be computed.
pub struct ScoreVector {
    packs: Vec<ScoreCiphertext>,
    digest: ScoreDigest,
}

impl ScoreVector {
    /// One ciphertext for each 64 offers.
    pub fn packs(&self) -> &[ScoreCiphertext] {
        &self.packs
    }

    /// What a matching node posts for the bid.
    pub fn digest(&self) -> ScoreDigest {
        self.digest
    }
}

/// Scores every bid against every offer: the digest of each bid's scores, in the order of the bids. Neither the order
/// nor a bit of it depends on the number of threads.
pub fn score_vector<B, C>(bids: &[B], offers: &[C]) -> Vec<ScoreDigest>
where
    B: AsRef<PlanCiphertext> + Sync,
    C: AsRef<PlanCiphertext> + Sync,
{
    let book = OfferBook::new(offers);
    bids.par_iter().map(|bid| book.score_digest(bid.as_ref())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_anywhere_in_a_product_changes_the_digest() {
        let mut rng = ChaCha20Rng::seed_from_u64(50);
        let mut plan = || PlanCiphertext::from_halves(sampling::uniform(&mut rng), sampling::uniform(&mut rng));
        let (offers, bid) = ([plan(), plan()], plan());
        let book = OfferBook::new(&offers);
        let mut scores = book.packs[0].score(&PreparedBid::new(&bid));
        let honest = book.summary(&scores);
        assert_eq!(book.digest_of(&bid, std::slice::from_ref(&honest)), book.score_digest(&bid));
        for (i, q) in PRIMES.into_iter().enumerate() {
            for k in [0, 1, 2048, DEGREE - 1] {
                for part in 0..3 {
                    let residue = |scores: &mut ScoreCiphertext, change: fn(u64, u64) -> u64| {
                        let residue = match part {
                            0 => &mut scores.c0[i][k % 2],
                            1 => &mut scores.c1.0[i][k],
                            _ => &mut scores.c2.0[i][k],
                        };
                        *residue = change(*residue, q);
                    };
                    residue(&mut scores, |x, q| (x + 1) % q);
                    assert_ne!(book.summary(&scores), honest);
                    residue(&mut scores, |x, q| (x + q - 1) % q);
                    assert_eq!(book.summary(&scores), honest);
                }
            }
        }
    }
}
