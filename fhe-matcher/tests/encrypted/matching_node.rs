//! The matching node posts one digest a bid, which the regulator's own recomputation confirms.

use crate::plans::{bid, offer};
use fhe_matcher::ciphertext::{encrypt_bid, encrypt_offer};
use fhe_matcher::decrypt::open_scores;
use fhe_matcher::key::MatchingSecretKey;
use fhe_matcher::matching_node::{score_round, ListedPlan};
use fhe_matcher::Error;
use market::score::score;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;

#[test]
fn postings_open_to_the_plaintext_scores() {
    let mut rng = ChaCha20Rng::seed_from_u64(30);
    let (secret, public) = MatchingSecretKey::generate(&mut rng);
    let (plain_offers, plain_bids): (Vec<_>, Vec<_>) = (0..66).map(|_| (offer(&mut rng), bid(&mut rng))).unzip();
    let plain_bids = &plain_bids[..4];
    let offers: Vec<_> = (0u8..)
        .zip(&plain_offers)
        .map(|(i, plan)| ListedPlan { handle: [i; 32], ciphertext: encrypt_offer(&public, plan, &mut rng).unwrap() })
        .collect();
    let bids: Vec<_> = (100u8..)
        .zip(plain_bids)
        .map(|(i, plan)| ListedPlan { handle: [i; 32], ciphertext: encrypt_bid(&public, plan, &mut rng).unwrap() })
        .collect();

    let postings = score_round(&bids, &offers).unwrap();
    assert_eq!(postings.iter().map(|posting| posting.bid[0]).collect::<Vec<_>>(), [100, 101, 102, 103]);
    for ((posting, bid), plain) in postings.iter().zip(&bids).zip(plain_bids) {
        let opened = open_scores(&secret, &offers, &bid.ciphertext, &posting.digest).unwrap();
        assert_eq!(opened, plain_offers.iter().map(|offer| score(plain, offer)).collect::<Vec<_>>());
    }
    // another bid's digest does not open this bid's scores
    let crossed = open_scores(&secret, &offers, &bids[0].ciphertext, &postings[1].digest);
    assert_eq!(crossed, Err(Error::DigestMismatch));

    assert_eq!(score_round(&[], &offers), Ok(vec![]));
    let alone = score_round(&bids[..1], &[]).unwrap();
    assert_eq!(open_scores(&secret, &offers[..0], &bids[0].ciphertext, &alone[0].digest), Ok(vec![]));
    let twice = [bids[0].clone(), bids[1].clone(), bids[0].clone()];
    assert_eq!(score_round(&twice, &offers), Err(Error::ListedTwice));
    let on_both_sides = [ListedPlan { handle: offers[0].handle, ..bids[0].clone() }];
    assert_eq!(score_round(&on_both_sides, &offers), Err(Error::ListedTwice));
}
