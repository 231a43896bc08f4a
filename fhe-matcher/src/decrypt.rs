//! The opening of scores, which is the regulator's part. It exists only under the cargo feature
//! `decrypt`.
//!
//! A key holder that answers decryption queries on ciphertexts of others gives its key away. So
//! nothing here decrypts a ciphertext from outside. [`open_scores`] computes the encrypted scores
//! itself from the ledger's ciphertexts, compares their digest with the one that the matching node
//! posted, and only then decrypts. Score ciphertexts cannot be decoded from bytes, and plans cannot
//! be decrypted at all.
//!
//! Masked scores do come from outside ([`least_slots`]). Their opener has no seed to recompute them
//! with and relies on validators' certificates, which the wallet demands first.
//!
//! A vector that holds any value that is no score is refused as a whole. The error does not say
//! which value, or where.

mod masked;

pub use masked::least_slots;

use crate::ciphertext::PlanCiphertext;
use crate::columns::{fold_difference, Columns};
use crate::key::MatchingSecretKey;
use crate::parameters::{FEASIBLE_MAX, INFEASIBLE_MAX, PLAINTEXT_BITS};
use crate::ring::lift_centred;
use crate::score::{OfferBook, Pack, PreparedBid, ScoreDigest, WeightedBid};
use crate::Error;
use market::score::BIG;
use zeroize::Zeroizing;

/// The scores of a bid with each offer, in their order: `None` where the ask is above the limit,
/// else as [`market::score::score`] has it. Everything is recomputed from the plans'
/// ciphertexts; `posted` is the matching node's digest. Errors: [`Error::DigestMismatch`] before
/// anything is decrypted, [`Error::NotAScore`].
pub fn open_scores<C: AsRef<PlanCiphertext> + Sync>(
    key: &MatchingSecretKey,
    offers: &[C],
    bid: &PlanCiphertext,
    posted: &ScoreDigest,
) -> Result<Vec<Option<u32>>, Error> {
    open_scores_in(key, &OfferBook::new(offers), bid, posted)
}

/// [`open_scores`] for a book of offers that serves several bids. A book, too, can only be computed
/// from ciphertexts.
pub fn open_scores_in(
    key: &MatchingSecretKey,
    book: &OfferBook,
    bid: &PlanCiphertext,
    posted: &ScoreDigest,
) -> Result<Vec<Option<u32>>, Error> {
    let mut weighted = WeightedBid::new();
    if book.score_digest_with(bid, &mut weighted) != *posted {
        return Err(Error::DigestMismatch);
    }
    let opener = Opener::new(key).for_bid(&weighted.prepared);
    let values = book.packs().iter().flat_map(|pack| opener.decrypt(pack)).collect();
    all_scores(Zeroizing::new(values))
}

/// Returns the values as scores if all are scores. Neither the result nor the running time shows
/// which values are none, or how many: the code looks at every value without a branch, and then
/// takes one branch for all.
fn all_scores(values: Zeroizing<Vec<i64>>) -> Result<Vec<Option<u32>>, Error> {
    if values.iter().fold(0, |outside, value| outside | outside_of_scores(*value)) != 0 {
        return Err(Error::NotAScore);
    }
    Ok(values.iter().map(|value| u32::try_from(*value).ok().filter(|score| *score <= FEASIBLE_MAX)).collect())
}

/// 0 if some pair of plans can have this score, feasible or not; else 1. It has no branch.
fn outside_of_scores(value: i64) -> u64 {
    // A negative difference has its uppermost bit set. The values are far too small for a
    // difference to wrap.
    let outside = |least: u32, greatest: u32| {
        ((value.wrapping_sub(i64::from(least)) | i64::from(greatest).wrapping_sub(value)) as u64) >> 63
    };
    outside(0, FEASIBLE_MAX) & outside(BIG, INFEASIBLE_MAX)
}

/// The secret in the forms that an opening multiplies by.
struct Opener {
    s: Zeroizing<Columns>,
    /// s, such that a product with it folds to the scores' coefficients.
    folding: Zeroizing<Columns>,
}

impl Opener {
    fn new(key: &MatchingSecretKey) -> Opener {
        let s = Zeroizing::new(Columns::new(key.transformed()));
        Opener { folding: Zeroizing::new(s.for_folding()), s }
    }

    fn for_bid<'a>(&self, bid: &'a PreparedBid) -> BidOpener<'a> {
        let [a, b, b_folding] = bid.parts();
        let product = |x: &Columns, y: &Columns| Zeroizing::new(Columns::sum_of_products([(x, y)]));
        let a_s = product(a, &self.folding);
        BidOpener { b: b_folding, b_s: product(b, &self.folding), a_s_s: product(&a_s, &self.s), a_s }
    }
}

/// The factors of a pack's halves that give the phases `c0 - c1 s + c2 s^2` of its scores with one
/// bid, without computing c1 and c2: `B b - A (b s) - B (a s) + A (a s^2)`, each for folding. The
/// bid's own phase, b - a s, is never computed.
struct BidOpener<'a> {
    b: &'a Columns,
    b_s: Zeroizing<Columns>,
    a_s: Zeroizing<Columns>,
    a_s_s: Zeroizing<Columns>,
}

impl BidOpener<'_> {
    /// The scores of the bid with a pack, modulo t, in `-t/2..t/2`.
    fn decrypt(&self, pack: &Pack) -> Vec<i64> {
        let fraction = 64 - PLAINTEXT_BITS;
        // Shifting the low bits up and, as a signed number, down again gives the remainder modulo t
        // nearest to zero.
        self.phases(pack).iter().map(|phase| ((*phase as i64) << fraction) >> fraction).collect()
    }

    /// The phases, in `-Q/2..Q/2`: the score plus t times noise.
    fn phases(&self, pack: &Pack) -> Zeroizing<Vec<i128>> {
        let [a, b] = pack.halves();
        let [first, second] = fold_difference([(b, self.b), (a, &self.a_s_s)], [(a, &self.b_s), (b, &self.a_s)]);
        Zeroizing::new((0..pack.offers()).map(|offer| lift_centred(first[offer], second[offer])).collect())
    }
}

#[cfg(test)]
mod tests;
