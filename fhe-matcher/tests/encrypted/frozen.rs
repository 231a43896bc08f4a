//! Ciphertexts and score digests are frozen: the transform has several code paths (AVX-512 IFMA,
//! AVX-512, AVX2, scalar), the machine and the build choose, and the bits are the same on each.
//! `--no-default-features` leaves AVX-512 out.

use crate::plans::{bid, offer};
use fhe_matcher::ciphertext::{encrypt_bid, encrypt_offer};
use fhe_matcher::key::MatchingSecretKey;
use fhe_matcher::matching_node::{score_round, ListedPlan};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use sha2::{Digest, Sha256};

#[test]
fn ciphertexts_and_digests_are_the_same_on_every_path() {
    let mut rng = ChaCha20Rng::seed_from_u64(77);
    let (_, public) = MatchingSecretKey::generate(&mut rng);
    let offers: Vec<_> = (0u8..70)
        .map(|i| {
            let plan = offer(&mut rng);
            ListedPlan { handle: [i; 32], ciphertext: encrypt_offer(&public, &plan, &mut rng).unwrap() }
        })
        .collect();
    let bids: Vec<_> = (100u8..103)
        .map(|i| {
            let plan = bid(&mut rng);
            ListedPlan { handle: [i; 32], ciphertext: encrypt_bid(&public, &plan, &mut rng).unwrap() }
        })
        .collect();
    let mut all = Sha256::new();
    all.update(public.to_bytes());
    bids.iter().chain(&offers).for_each(|plan| all.update(plan.ciphertext.to_bytes()));
    score_round(&bids, &offers).unwrap().iter().for_each(|posting| all.update(posting.digest.0));
    let found: String = all.finalize().iter().map(|b| format!("{b:02x}")).collect();
    println!("built with avx512: {}", cfg!(feature = "avx512"));
    assert_eq!(found, "6a388dbeaa59883ff3c43e3e7c8a9706850c6f61fa3ec3d08410424f7912b3ae");
}
