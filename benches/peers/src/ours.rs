//! Ours: one tensor product for 64 scores, digest included.

use crate::{timed, Done, Plans};
use fhe_matcher::ciphertext::{encrypt_bid, encrypt_offer};
use fhe_matcher::decrypt::open_scores_in;
use fhe_matcher::key::MatchingSecretKey;
use fhe_matcher::score::OfferBook;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;

/// Name and version.
pub const NAME: &str = "veilgrid 0.1.0";

/// Scores every bid with every offer.
pub fn measure(plans: &Plans) -> Done {
    let mut rng = ChaCha20Rng::seed_from_u64(8);
    let (secret, public) = MatchingSecretKey::generate(&mut rng);
    let offers: Vec<_> =
        plans.offers.iter().map(|offer| encrypt_offer(&public, offer, &mut rng).expect("in range")).collect();
    let bids: Vec<_> = plans.bids.iter().map(|bid| encrypt_bid(&public, bid, &mut rng).expect("in range")).collect();
    let book = OfferBook::new(&offers);
    // A validator has hashed a ciphertext before it scores it.
    for bid in &bids {
        bid.digest();
    }
    let (seconds, posted) = timed(|| book.score_digests(&bids));
    for (n, (bid, posted)) in bids.iter().zip(&posted).enumerate() {
        let opened = open_scores_in(&secret, &book, bid, posted).expect("honest plans");
        for (offer, found) in opened.iter().enumerate() {
            plans.check(NAME, n, offer, found.map_or(i64::MAX, i64::from));
        }
    }
    Done { pairs: plans.bids.len() * plans.offers.len(), seconds }
}
