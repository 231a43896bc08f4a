//! The obvious way: high-level integers of the `tfhe` crate. Each of the 61 coefficients is a ciphertext of its own, or an
//! encrypted bit where it is one of a one-hot; products, and one sum. A bit times a value is a selection, which is cheaper
//! than a multiplication.

use crate::{timed, Done, Plans};
use fhe_matcher::block::{Block, TYPES, USED};
use fhe_matcher::parameters::BLOCK;
use tfhe::prelude::*;
use tfhe::{set_server_key, ClientKey, ConfigBuilder, FheBool, FheInt24};

/// Name and version.
pub const NAME: &str = "tfhe 1.8.2 (FheInt24)";

/// An offer's block: numbers, then the one-hots.
struct Offer {
    numbers: Vec<FheInt24>,
    hots: Vec<FheBool>,
}

impl Offer {
    fn encrypt(block: &Block, key: &ClientKey) -> Offer {
        let (numbers, hots) = block.coefficients()[..USED].split_at(TYPES);
        Offer {
            numbers: numbers.iter().map(|x| FheInt24::encrypt(*x, key)).collect(),
            hots: hots.iter().map(|x| FheBool::encrypt(*x == 1, key)).collect(),
        }
    }

    /// The 61 products with a bid's block in the offer's order, added up.
    fn score(&self, bid: &[FheInt24], zero: &FheInt24) -> FheInt24 {
        let (numbers, costs) = bid.split_at(TYPES);
        let products = self.numbers.iter().zip(numbers).map(|(x, y)| x * y);
        let chosen = self.hots.iter().zip(costs).map(|(hot, cost)| hot.if_then_else(cost, zero));
        products.chain(chosen).sum()
    }
}

/// A bid's block in the order of an offer's.
fn encrypt_bid(block: &Block, key: &ClientKey) -> Vec<FheInt24> {
    let coefficients = block.coefficients();
    (0..USED).map(|p| FheInt24::encrypt(coefficients[BLOCK - 1 - p], key)).collect()
}

/// Scores the first bid with so many offers.
pub fn measure(plans: &Plans, pairs: usize) -> Done {
    let (client, server) = tfhe::generate_keys(ConfigBuilder::default());
    set_server_key(server);
    let zero = FheInt24::encrypt_trivial(0);
    let bid = encrypt_bid(&plans.bid_blocks()[0], &client);
    let offers: Vec<Offer> =
        plans.offer_blocks().iter().take(pairs).map(|block| Offer::encrypt(block, &client)).collect();
    let (seconds, scores) = timed(|| offers.iter().map(|offer| offer.score(&bid, &zero)).collect::<Vec<_>>());
    for (offer, score) in scores.iter().enumerate() {
        let value: i32 = score.decrypt(&client);
        plans.check(NAME, 0, offer, value.into());
    }
    Done { pairs: offers.len(), seconds }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fhe_matcher::plaintext::score::score;

    /// The slow oracle: nothing of ours in it but the blocks.
    #[test]
    fn integers_of_another_library_agree_with_the_scores_in_the_clear() {
        let mut plans = Plans::draw(1, 64);
        // One pair of each kind.
        let feasible = |offer: &_| score(&plans.bids[0], offer).is_some();
        let (with, without): (Vec<_>, Vec<_>) = plans.offers.iter().copied().partition(feasible);
        plans.offers = vec![with[0], without[0]];
        assert_eq!(measure(&plans, 2).pairs, 2);
    }
}
