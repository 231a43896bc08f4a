//! Opening scores: the regulator's part, only under the cargo feature `decrypt`.
//!
//! Whoever answers decryption queries on ciphertexts of other people's making gives its key away. So nothing here
//! decrypts a ciphertext that came from outside: [`open_scores`] computes the encrypted scores itself, from the plans'
//! ciphertexts as the ledger has them, compares their digest with the one that the matching node posted, and only then
//! decrypts. Score ciphertexts cannot be decoded from bytes, and plans cannot be decrypted at all.
//!
//! A vector with anything in it that is no score is refused whole, without a word on where or what.

use crate::ciphertext::PlanCiphertext;
use crate::columns::Columns;
use crate::key::MatchingSecretKey;
use crate::parameters::{FEASIBLE_MAX, INFEASIBLE_MAX, PLAINTEXT_BITS};
use crate::plaintext::score::BIG;
use crate::ring::lift_centred;
use crate::score::{OfferBook, Pack, PreparedBid, ScoreDigest, WeightedBid};
use crate::Error;
use zeroize::Zeroizing;

/// The scores of a bid with each offer, in their order: `None` where the ask is above the limit, else as
/// [`crate::plaintext::score::score`] has it. Everything is recomputed from the plans' ciphertexts; `posted` is the
/// matching node's digest. Errors: [`Error::DigestMismatch`] before anything is decrypted, [`Error::NotAScore`].
pub fn open_scores<C: AsRef<PlanCiphertext> + Sync>(
    key: &MatchingSecretKey,
    offers: &[C],
    bid: &PlanCiphertext,
    posted: &ScoreDigest,
) -> Result<Vec<Option<u32>>, Error> {
    open_scores_in(key, &OfferBook::new(offers), bid, posted)
}

/// [`open_scores`] for a book of offers that serves several bids. A book, too, can only be computed from ciphertexts.
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
    let opener = Opener::new(key);
    let values = book.packs().iter().flat_map(|pack| opener.decrypt(pack, &weighted.prepared)).collect();
    all_scores(Zeroizing::new(values))
}

/// The values as scores, if they all are. Which is no score, and how many are none, shows neither in what is returned
/// nor in what is done: every value is looked at, without a branch, before there is one branch for all.
fn all_scores(values: Zeroizing<Vec<i64>>) -> Result<Vec<Option<u32>>, Error> {
    if values.iter().fold(0, |outside, value| outside | outside_of_scores(*value)) != 0 {
        return Err(Error::NotAScore);
    }
    Ok(values.iter().map(|value| u32::try_from(*value).ok().filter(|score| *score <= FEASIBLE_MAX)).collect())
}

/// 0 if some pair of plans has this score: feasible, or BIG and more; else 1. Without a branch.
fn outside_of_scores(value: i64) -> u64 {
    // a difference below zero has its uppermost bit set; values are far from where differences would wrap
    let outside = |least: u32, greatest: u32| {
        ((value.wrapping_sub(i64::from(least)) | i64::from(greatest).wrapping_sub(value)) as u64) >> 63
    };
    outside(0, FEASIBLE_MAX) & outside(BIG, INFEASIBLE_MAX)
}

/// The secret as opening multiplies by it.
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

    /// The scores of a bid with a pack, modulo t, in `-t/2..t/2`.
    fn decrypt(&self, pack: &Pack, bid: &PreparedBid) -> Vec<i64> {
        let fraction = 64 - PLAINTEXT_BITS;
        // shifting the low bits up and, as a signed number, down again takes the remainder modulo t nearest to zero
        self.phases(pack, bid).iter().map(|phase| ((*phase as i64) << fraction) >> fraction).collect()
    }

    /// `c0 - (c1 - c2 s) s` at the score coefficients, in `-Q/2..Q/2`: the score plus t times noise.
    fn phases(&self, pack: &Pack, bid: &PreparedBid) -> Zeroizing<Vec<i128>> {
        let [first, second] = pack.phases(bid, &self.s, &self.folding);
        Zeroizing::new((0..pack.offers()).map(|offer| lift_centred(first[offer], second[offer])).collect())
    }
}

#[cfg(test)]
mod tests;
