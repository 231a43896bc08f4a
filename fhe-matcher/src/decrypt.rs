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
use crate::score::{OfferBook, Pack, PreparedBid, ScoreDigest};
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
    if book.score_digest(bid) != *posted {
        return Err(Error::DigestMismatch);
    }
    let (opener, bid) = (Opener::new(key), PreparedBid::new(bid));
    let values: Vec<i64> = book.packs().iter().flat_map(|pack| opener.decrypt(pack, &bid)).collect();
    let legal = values.iter().fold(true, |legal, value| legal & is_score(*value));
    if !legal {
        return Err(Error::NotAScore);
    }
    Ok(values.into_iter().map(|value| u32::try_from(value).ok().filter(|score| *score <= FEASIBLE_MAX)).collect())
}

/// Whether some pair of plans has this score: feasible, or BIG and more.
fn is_score(value: i64) -> bool {
    (0..=i64::from(FEASIBLE_MAX)).contains(&value) | (i64::from(BIG)..=i64::from(INFEASIBLE_MAX)).contains(&value)
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
