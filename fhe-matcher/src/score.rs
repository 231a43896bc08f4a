//! Encrypted scores: one tensor product of GLWE ciphertexts scores a bid against 64 offers.
//!
//! Offer i of a pack is multiplied by X^(64 i) and the 64 are added up: since an offer's block
//! times a bid's has degree at most 126, coefficient 64 i + 63 of (pack x bid) is the score of
//! offer i and of no other. With pack `(A, B)` and bid `(a, b)`, the product of the phases
//! `B - A s` and `b - a s` is `c0 - c1 s + c2 s^2` with
//!
//! > c0 = B b, c1 = A b + B a, c2 = A a.
//!
//! There is no relinearisation and no server key: the three polynomials are the encrypted scores.
//! Of c0 only the coefficients that hold scores are kept: the others would hold cross terms of
//! several plans.

use crate::ciphertext::PlanCiphertext;
use crate::columns::{Columns, Scores};
use crate::packing::pack;
use crate::parameters::{BLOCK, DEGREE, PACK, PRIMES, RESIDUE_BITS};
use crate::ring::{reduce_once, Coefficients, Transformed};
use crate::{sampling, Error};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use rayon::prelude::*;

/// A pack of up to 64 offers in one ciphertext, transformed. It is built once for all bids.
pub struct Pack {
    a: Columns,
    b: Columns,
    offers: usize,
}

impl Pack {
    /// Packs the offers in this order. Error: [`Error::PackSize`] unless there are 1 to 64.
    pub fn new<C: AsRef<PlanCiphertext>>(offers: &[C]) -> Result<Pack, Error> {
        if offers.is_empty() || offers.len() > PACK {
            return Err(Error::PackSize(offers.len()));
        }
        Ok(Pack::placed(offers.iter().map(|offer| offer.as_ref()).enumerate(), offers.len()))
    }

    /// A pack with offers at the places given, each below `places`, which is at most 64. Other
    /// places stay empty.
    pub(crate) fn placed<'a>(offers: impl Iterator<Item = (usize, &'a PlanCiphertext)> + Clone, places: usize) -> Pack {
        let half = |polynomial: fn(&PlanCiphertext) -> &Coefficients| {
            let polynomials = offers.clone().map(|(place, offer)| (place, polynomial(offer)));
            Columns::new(&shifted_sum(polynomials).transform())
        };
        Pack { a: half(PlanCiphertext::a), b: half(PlanCiphertext::b), offers: places }
    }

    /// The encrypted scores of a bid with each offer of the pack.
    pub fn score(&self, bid: &PreparedBid) -> ScoreCiphertext {
        ScoreCiphertext {
            c0: self.at_scores(&self.b.fold_and_project([&bid.folding], []).0[0]),
            c1: Columns::sum_of_products([(&self.a, &bid.b), (&self.b, &bid.a)]),
            c2: Columns::sum_of_products([(&self.a, &bid.a)]),
        }
    }

    /// Appends what [`OfferBook::summarise`] makes of [`Self::score`], without making c1 and c2:
    /// `<w, A b + B a>` is `<A, w b> + <B, w a>`.
    fn summarise(&self, bid: &WeightedBid, bytes: &mut Vec<u8>) {
        let ([c0], [b_part]) = self.b.fold_and_project([&bid.prepared.folding], [&bid.first_a]);
        let [a_part, c2] = self.a.inner_products([&bid.first_b, &bid.second_a]);
        let c1: [u64; 2] = std::array::from_fn(|i| reduce_once(a_part[i] + b_part[i], PRIMES[i]));
        append_summary([0, 1].map(|i| &c0[i][..self.offers]), [c1, c2], bytes);
    }

    /// The polynomials A and B.
    pub(crate) fn halves(&self) -> [&Columns; 2] {
        [&self.a, &self.b]
    }

    /// Number of places.
    #[cfg(feature = "decrypt")]
    pub(crate) fn offers(&self) -> usize {
        self.offers
    }

    /// A pack that is not full has no score in the last coefficients.
    fn at_scores(&self, c0: &[Scores; 2]) -> [Vec<u64>; 2] {
        [0, 1].map(|i| c0[i][..self.offers].to_vec())
    }
}

/// Greatest number of bytes that [`append_summary`] appends.
const SUMMARY_BYTES: usize = 2 * (PACK + 2) * RESIDUE_BITS as usize / 8;

/// Appends c0 and the fingerprints of c1 and c2, residues in 52 bits.
fn append_summary(c0: [&[u64]; 2], fingerprints: [[u64; 2]; 2], bytes: &mut Vec<u8>) {
    pack(c0.into_iter().flatten().chain(fingerprints.iter().flatten()), bytes);
}

/// The sum of X^(64 i) times the polynomial of place i; places are below 64, and differ.
fn shifted_sum<'a>(polynomials: impl Iterator<Item = (usize, &'a Coefficients)>) -> Coefficients {
    let mut sum = Coefficients::zero();
    for (i, polynomial) in polynomials {
        let shift = BLOCK * i;
        for ((sum, residues), q) in sum.0.iter_mut().zip(&polynomial.0).zip(PRIMES) {
            // X^N = -1: what is shifted out comes back negated. 64 terms of at most 2^52 stay below
            // 2^59.
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

/// A bid's ciphertext, transformed for scoring.
pub struct PreparedBid {
    a: Columns,
    b: Columns,
    /// b, such that a product with it folds to the scores' coefficients.
    folding: Columns,
}

impl PreparedBid {
    /// Transforms a bid's ciphertext once for all packs.
    pub fn new(bid: &PlanCiphertext) -> PreparedBid {
        let mut prepared = PreparedBid::zero();
        prepared.fill(bid, &mut Transformed::zero());
        prepared
    }

    /// a, b, and b for folding.
    pub(crate) fn parts(&self) -> [&Columns; 3] {
        [&self.a, &self.b, &self.folding]
    }

    fn zero() -> PreparedBid {
        PreparedBid { a: Columns::zero(), b: Columns::zero(), folding: Columns::zero() }
    }

    fn fill(&mut self, bid: &PlanCiphertext, transformed: &mut Transformed) {
        for (half, coefficients) in [(&mut self.a, bid.a()), (&mut self.b, bid.b())] {
            transformed.fill(coefficients);
            half.fill(transformed);
        }
        self.folding.fill_for_folding(&self.b);
    }
}

/// A bid prepared for the digest of its scores with one book. Its memory is reused for one bid
/// after another.
pub(crate) struct WeightedBid {
    transformed: Transformed,
    pub(crate) prepared: PreparedBid,
    /// a and b times what c1's fingerprint multiplies by, and a times c2's.
    first_a: Columns,
    first_b: Columns,
    second_a: Columns,
}

impl WeightedBid {
    pub(crate) fn new() -> WeightedBid {
        let [first_a, first_b, second_a] = [0; 3].map(|_| Columns::zero());
        WeightedBid { transformed: Transformed::zero(), prepared: PreparedBid::zero(), first_a, first_b, second_a }
    }

    fn fill(&mut self, bid: &PlanCiphertext, [first, second]: &[Columns; 2]) {
        self.prepared.fill(bid, &mut self.transformed);
        self.first_a.fill_product(first, &self.prepared.a);
        self.first_b.fill_product(first, &self.prepared.b);
        self.second_a.fill_product(second, &self.prepared.a);
    }
}

/// The encrypted scores of one bid with the offers of one pack. It can only be computed, never
/// decoded, so every holder has computed it.
#[derive(PartialEq, Eq)]
pub struct ScoreCiphertext {
    /// Coefficients 64 i + 63 of c0 for the pack's offers, modulo each prime.
    pub(crate) c0: [Vec<u64>; 2],
    /// Transformed, modulo each prime.
    pub(crate) c1: Columns,
    /// Transformed, modulo each prime.
    pub(crate) c2: Columns,
}

impl ScoreCiphertext {
    /// Number of scores in the ciphertext.
    pub fn scores(&self) -> usize {
        self.c0[0].len()
    }

    /// The canonical bytes: the number of scores, then c0, c1, c2, each modulo the first and the
    /// second prime, every residue in 52 bits; c1 and c2 in the transform's order.
    pub fn to_bytes(&self) -> Vec<u8> {
        let residues = 2 * (self.scores() + 2 * DEGREE);
        let mut bytes = Vec::with_capacity(1 + residues * RESIDUE_BITS as usize / 8);
        bytes.push(self.scores() as u8);
        let [c1, c2] = [self.c1.values(), self.c2.values()];
        pack([&self.c0, &c1.0, &c2.0].into_iter().flatten().flatten(), &mut bytes);
        bytes
    }
}

/// The digest of all encrypted scores of one bid. A matching node posts it, and the regulator
/// compares it with that of its own recomputation before it opens anything.
///
/// BLAKE3 of a tag, the book's digest (it names every offer's ciphertext in order), the bid's
/// ciphertext's digest, and of each pack the canonical c0 and a fingerprint of c1 and of c2: their
/// inner products with polynomials drawn from the book's digest. Hashing c1 and c2 whole, 106,496
/// bytes a pack, would cost several times the product itself. Since inputs are named by a
/// collision-resistant hash and determine the product, equal digests mean equal scores; the
/// fingerprints also reveal a slip anywhere in c1 and c2, but for a chance of 2^-51
/// (docs/decisions/0005-score-digest.md).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ScoreDigest(pub [u8; 32]);

fn digest_of(digested: &[u8]) -> ScoreDigest {
    ScoreDigest(blake3::hash(digested).into())
}

/// The offers of a round in ledger order, packed. A book can only be computed from ciphertexts.
pub struct OfferBook {
    packs: Vec<Pack>,
    offers: usize,
    digest: [u8; 32],
    /// The polynomials whose inner products with c1 and c2 are the fingerprints.
    weights: [Columns; 2],
}

impl OfferBook {
    /// Packs the offers, 64 at a time, in the given order.
    pub fn new<C: AsRef<PlanCiphertext> + Sync>(offers: &[C]) -> OfferBook {
        let packs =
            offers.par_chunks(PACK).map(|chunk| Pack::new(chunk).expect("chunks hold 1 to 64 offers")).collect();
        let digests: Vec<_> = offers.par_iter().map(|offer| offer.as_ref().digest()).collect();
        let mut hash = blake3::Hasher::new();
        hash.update(b"veilgrid/offer-book/2").update(&(offers.len() as u64).to_le_bytes());
        for digest in &digests {
            hash.update(digest);
        }
        let digest = hash.finalize().into();
        let mut rng = ChaCha20Rng::from_seed(digest);
        let weights = [0; 2].map(|_| Columns::from_values(&sampling::uniform(&mut rng)));
        OfferBook { packs, offers: offers.len(), digest, weights }
    }

    /// Number of offers.
    pub fn offers(&self) -> usize {
        self.offers
    }

    /// The packs, 64 offers each but for the last.
    #[cfg(feature = "decrypt")]
    pub(crate) fn packs(&self) -> &[Pack] {
        &self.packs
    }

    /// The encrypted scores of a bid, pack by pack.
    pub fn score(&self, bid: &PlanCiphertext) -> ScoreVector {
        let prepared = PreparedBid::new(bid);
        let packs: Vec<_> = self.packs.par_iter().map(|pack| pack.score(&prepared)).collect();
        let mut summary = self.opening_of_digest(bid);
        packs.iter().for_each(|pack| self.summarise(pack, &mut summary));
        ScoreVector { digest: digest_of(&summary), packs }
    }

    /// The digest of [`Self::score`] without keeping the ciphertexts.
    pub fn score_digest(&self, bid: &PlanCiphertext) -> ScoreDigest {
        self.score_digest_with(bid, &mut WeightedBid::new())
    }

    /// [`Self::score_digest`] with the bid left in `weighted`.
    pub(crate) fn score_digest_with(&self, bid: &PlanCiphertext, weighted: &mut WeightedBid) -> ScoreDigest {
        digest_of(&self.digested(bid, weighted))
    }

    /// [`Self::score_digest`] of each bid, on all threads.
    pub fn score_digests<B: AsRef<PlanCiphertext> + Sync>(&self, bids: &[B]) -> Vec<ScoreDigest> {
        bids.par_iter()
            .map_init(WeightedBid::new, |weighted, bid| self.score_digest_with(bid.as_ref(), weighted))
            .collect()
    }

    /// The bytes that the digest of a bid's scores is the hash of.
    fn digested(&self, bid: &PlanCiphertext, weighted: &mut WeightedBid) -> Vec<u8> {
        weighted.fill(bid, &self.weights);
        let mut bytes = self.opening_of_digest(bid);
        self.packs.iter().for_each(|pack| pack.summarise(weighted, &mut bytes));
        bytes
    }

    fn opening_of_digest(&self, bid: &PlanCiphertext) -> Vec<u8> {
        let tag = b"veilgrid/score-vector/2".as_slice();
        let mut bytes = Vec::with_capacity(tag.len() + 64 + SUMMARY_BYTES * self.packs.len());
        [tag, &self.digest, &bid.digest()].into_iter().for_each(|part| bytes.extend_from_slice(part));
        bytes
    }

    /// Appends c0 and the fingerprints of c1 and c2, from the products themselves.
    fn summarise(&self, scores: &ScoreCiphertext, bytes: &mut Vec<u8>) {
        let [first, second] = &self.weights;
        let [[c1], [c2]] = [first.inner_products([&scores.c1]), second.inner_products([&scores.c2])];
        append_summary([&scores.c0[0], &scores.c0[1]], [c1, c2], bytes);
    }
}

/// The encrypted scores of one bid with every offer of a round. Like [`ScoreCiphertext`], it can
/// only be computed.
pub struct ScoreVector {
    packs: Vec<ScoreCiphertext>,
    digest: ScoreDigest,
}

impl ScoreVector {
    /// One ciphertext for each 64 offers.
    pub fn packs(&self) -> &[ScoreCiphertext] {
        &self.packs
    }

    /// The digest that a matching node posts for the bid.
    pub fn digest(&self) -> ScoreDigest {
        self.digest
    }
}

/// Scores every bid against every offer: the digest of each bid's scores, in the order of the bids.
/// The result does not depend on the number of threads.
pub fn score_vector<B, C>(bids: &[B], offers: &[C]) -> Vec<ScoreDigest>
where
    B: AsRef<PlanCiphertext> + Sync,
    C: AsRef<PlanCiphertext> + Sync,
{
    OfferBook::new(offers).score_digests(bids)
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
        let summary = |scores: &ScoreCiphertext| {
            let mut bytes = book.opening_of_digest(&bid);
            book.summarise(scores, &mut bytes);
            bytes
        };
        let honest = summary(&scores);
        assert_eq!(honest, book.digested(&bid, &mut WeightedBid::new()));
        assert_eq!(digest_of(&honest), book.score_digest(&bid));
        assert_eq!(score_vector(&[&bid], &offers), [book.score_digest(&bid)]);
        for (i, q) in PRIMES.into_iter().enumerate() {
            for k in [0, 1, 2048, DEGREE - 1] {
                for part in 0..3 {
                    let residue = |scores: &mut ScoreCiphertext, change: fn(u64, u64) -> u64| match part {
                        0 => scores.c0[i][k % 2] = change(scores.c0[i][k % 2], q),
                        1 => scores.c1.set(i, k, change(scores.c1.value(i, k), q)),
                        _ => scores.c2.set(i, k, change(scores.c2.value(i, k), q)),
                    };
                    residue(&mut scores, |x, q| (x + 1) % q);
                    assert_ne!(summary(&scores), honest);
                    residue(&mut scores, |x, q| (x + q - 1) % q);
                    assert_eq!(summary(&scores), honest);
                }
            }
        }
    }
}
