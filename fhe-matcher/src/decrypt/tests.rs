//! The noise of scores: measured against theory for honest wallets, and within its proved bound for colluding ones.

use super::*;
use crate::block::Block;
use crate::ciphertext::{encrypt_block, Randomness};
use crate::key::MatchingPublicKey;
use crate::parameters::{DEGREE, ERROR_SUM_MAX, MODULUS, PACK, PLAINTEXT_MODULUS, SCORE_PHASE_MAX};
use crate::plaintext::score::{score, QuantisedBid, QuantisedOffer};
use protocol::units::Tick;
use rand_chacha::ChaCha20Rng;
use rand_core::{RngCore, SeedableRng};

fn offer(rng: &mut ChaCha20Rng) -> QuantisedOffer {
    let [volume, reputation, x, y] = [0; 4].map(|_| (rng.next_u32() % 64) as u8);
    let ask = Tick::new((rng.next_u32() % 48) as u8).unwrap();
    QuantisedOffer { volume, reputation, x, y, energy_type: (rng.next_u32() % 5) as u8, ask }
}

/// Every wish 63, every weight 15: the largest coefficients.
fn bid() -> QuantisedBid {
    let limit = Tick::new(30).unwrap();
    let (weights, types) = ([15; 4], [15; 5]);
    QuantisedBid { price: 63, volume: 63, reputation: 63, x: 63, y: 63, weights, types, limit }
}

fn key() -> (MatchingSecretKey, MatchingPublicKey, ChaCha20Rng) {
    let mut rng = ChaCha20Rng::seed_from_u64(40);
    let (secret, public) = MatchingSecretKey::generate(&mut rng);
    (secret, public, rng)
}

/// Checks the scores of a pack and gives their phases, less the scores.
fn noises(
    secret: &MatchingSecretKey,
    public: &MatchingPublicKey,
    offers: &[(QuantisedOffer, Randomness)],
    bid: (&QuantisedBid, Randomness),
) -> Vec<i128> {
    let encrypted: Vec<_> =
        offers.iter().map(|(plan, random)| encrypt_block(public, &Block::offer(plan).unwrap(), random)).collect();
    let encrypted_bid = encrypt_block(public, &Block::bid(bid.0).unwrap(), &bid.1);
    let (pack, prepared) = (Pack::new(&encrypted).unwrap(), PreparedBid::new(&encrypted_bid));
    let opener = Opener::new(secret);
    let values = opener.decrypt(&pack, &prepared);
    for (value, (plan, _)) in values.iter().zip(offers) {
        match score(bid.0, plan) {
            Some(expected) => assert_eq!(*value, i64::from(expected)),
            None => assert!(*value >= i64::from(BIG) && outside_of_scores(*value) == 0),
        }
    }
    opener.phases(&pack, &prepared).iter().zip(values).map(|(phase, value)| phase - i128::from(value)).collect()
}

#[test]
fn honest_noise_is_as_predicted_and_far_from_wrapping() {
    let (secret, public, mut rng) = key();
    let mut all = Vec::new();
    for _ in 0..16 {
        let offers: Vec<_> = (0..PACK).map(|_| (offer(&mut rng), Randomness::sample(&mut rng))).collect();
        let randomness = Randomness::sample(&mut rng);
        all.extend(noises(&secret, &public, &offers, (&bid(), randomness)));
    }
    // the documented formula and figure
    let (t, n) = (PLAINTEXT_MODULUS as f64, DEGREE as f64);
    let plan_variance = 10.5 * (1.0 + 4.0 / 3.0 * n);
    let predicted = t * t * (1.5 * PACK as f64 * n).sqrt() * plan_variance;
    assert!((predicted.log2() - 69.1).abs() < 0.05);
    let measured = (all.iter().map(|noise| (*noise as f64).powi(2)).sum::<f64>() / all.len() as f64).sqrt();
    println!("sigma: predicted 2^{:.2}, measured 2^{:.2} over {}", predicted.log2(), measured.log2(), all.len());
    assert!(measured > predicted / 1.4 && measured < predicted * 1.4);
    let greatest = all.iter().map(|noise| noise.unsigned_abs()).max().unwrap();
    println!("greatest: 2^{:.2}, half of Q: 2^{:.2}", (greatest as f64).log2(), (MODULUS as f64 / 2.0).log2());
    assert!(greatest << 20 < MODULUS / 2);
    assert!(all.iter().all(|noise| noise % i128::from(PLAINTEXT_MODULUS) == 0));
}

#[test]
fn colluding_wallets_at_their_bounds_cannot_make_a_score_wrong() {
    let (secret, public, mut rng) = key();
    // the worst that a wallet that has stolen the secret could do: errors aligned with s, r constant, all 64 alike
    let codes = secret.to_bytes();
    let signs: Vec<i8> =
        codes.iter().flat_map(|byte| (0..4).map(move |k| [0, 1, -1][usize::from(byte >> (2 * k) & 3)])).collect();
    // (e1 s)[N - 1] = sum of e1[N - 1 - k] s[k]
    let aligned: [i8; DEGREE] = std::array::from_fn(|k| if signs[DEGREE - 1 - k] < 0 { -31 } else { 31 });
    assert!(aligned.iter().map(|e| u64::from(e.unsigned_abs())).sum::<u64>() <= ERROR_SUM_MAX);
    let worst = || Randomness::from_parts([1; DEGREE], aligned, [-127; DEGREE]);
    let plans: Vec<_> = (0..PACK).map(|_| (offer(&mut rng), worst())).collect();
    let greatest = noises(&secret, &public, &plans, (&bid(), worst())).iter().map(|n| n.unsigned_abs()).max().unwrap();
    println!("greatest: 2^{:.2}, bound 2^{:.2}", (greatest as f64).log2(), (SCORE_PHASE_MAX as f64).log2());
    assert!(greatest <= SCORE_PHASE_MAX);
    // it is an attack: far above honest noise
    assert!(greatest > 1 << 78);
}

#[test]
fn every_value_but_a_score_is_refused_in_the_same_way_wherever_it_stands() {
    let legal = |value: i64| {
        (0..=i64::from(FEASIBLE_MAX)).contains(&value) || (i64::from(BIG)..=i64::from(INFEASIBLE_MAX)).contains(&value)
    };
    // every remainder modulo t
    let half = PLAINTEXT_MODULUS as i64 / 2;
    let mut scores = 0;
    for value in -half..half {
        assert_eq!(outside_of_scores(value), u64::from(!legal(value)), "{value}");
        scores += u64::from(legal(value));
    }
    assert_eq!(scores, u64::from(FEASIBLE_MAX) + 1 + u64::from(INFEASIBLE_MAX - BIG) + 1);
    let ends = [i64::MIN, i64::MAX, -1, i64::from(FEASIBLE_MAX) + 1, i64::from(BIG) - 1, i64::from(INFEASIBLE_MAX) + 1];
    for value in ends {
        for place in [0, 1, 63, 64, 127] {
            let mut values = Zeroizing::new(vec![0; 128]);
            assert!(all_scores(values.clone()).is_ok());
            values[place] = value;
            assert_eq!(all_scores(values.clone()), Err(Error::NotAScore), "{value} at {place}");
            values.fill(value);
            assert_eq!(all_scores(values), Err(Error::NotAScore));
        }
    }
}
