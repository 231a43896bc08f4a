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
use crate::Error;
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

    /// SHA-256 of a tag and the canonical bytes.
    pub fn digest(&self) -> [u8; 32] {
        Sha256::new().chain_update(b"veilgrid/score-ciphertext/1").chain_update(self.to_bytes()).finalize().into()
    }
}

/// Digest of all encrypted scores of one bid: what a matching node posts, and what the regulator checks against its own
/// recomputation before it opens anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ScoreDigest(pub [u8; 32]);

/// The offers of a round in ledger order, packed; computed from their ciphertexts and from nothing else.
pub struct OfferBook {
    packs: Vec<Pack>,
    offers: usize,
}

impl OfferBook {
    /// Packs the offers, 64 at a time, in the given order.
    pub fn new<C: AsRef<PlanCiphertext> + Sync>(offers: &[C]) -> OfferBook {
        let packs =
            offers.par_chunks(PACK).map(|chunk| Pack::new(chunk).expect("chunks hold 1 to 64 offers")).collect();
        OfferBook { packs, offers: offers.len() }
    }

    /// Number of offers.
    pub fn offers(&self) -> usize {
        self.offers
    }

    /// The encrypted scores of a bid, pack by pack.
    pub fn score(&self, bid: &PlanCiphertext) -> ScoreVector {
        let bid = PreparedBid::new(bid);
        ScoreVector { packs: self.packs.par_iter().map(|pack| pack.score(&bid)).collect() }
    }

    /// The digest of [`Self::score`] without keeping the ciphertexts.
    pub fn score_digest(&self, bid: &PlanCiphertext) -> ScoreDigest {
        let bid = PreparedBid::new(bid);
        let digests: Vec<_> = self.packs.par_iter().map(|pack| pack.score(&bid).digest()).collect();
        combine(self.offers, &digests)
    }
}

/// The encrypted scores of one bid with every offer of a round. Like [`ScoreCiphertext`], it can only be computed.
pub struct ScoreVector {
    packs: Vec<ScoreCiphertext>,
}

impl ScoreVector {
    /// One ciphertext for each 64 offers.
    pub fn packs(&self) -> &[ScoreCiphertext] {
        &self.packs
    }

    /// What a matching node posts for the bid.
    pub fn digest(&self) -> ScoreDigest {
        let digests: Vec<_> = self.packs.par_iter().map(ScoreCiphertext::digest).collect();
        combine(self.packs.iter().map(ScoreCiphertext::scores).sum(), &digests)
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

fn combine(offers: usize, packs: &[[u8; 32]]) -> ScoreDigest {
    let start = Sha256::new().chain_update(b"veilgrid/score-vector/1").chain_update((offers as u64).to_le_bytes());
    ScoreDigest(packs.iter().fold(start, |hash, pack| hash.chain_update(pack)).finalize().into())
}
