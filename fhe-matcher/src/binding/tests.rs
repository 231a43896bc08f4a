//! The verifier's and the wallet's parts against each other and their definitions; attacks.

mod attacks;

use super::projection::Projection;
use super::*;
use crate::block::Block;
use crate::ciphertext::{encrypt_with_randomness, Randomness};
use crate::sampling;
use market::score::{QuantisedBid, QuantisedOffer};
use protocol::market_parameters::Range;
use protocol::relation::plan_ciphertext::{Encryption, ROWS};
use protocol::units::{Price, Tick};
use rand_chacha::ChaCha20Rng;
use rand_core::{RngCore, SeedableRng};

fn rng(seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed)
}

fn key(rng: &mut ChaCha20Rng) -> MatchingPublicKey {
    MatchingPublicKey::new(sampling::uniform(rng), sampling::uniform(rng))
}

fn context<'a>(key: &'a MatchingPublicKey, side: Side) -> Context<'a> {
    let range = |hi| Range::new(0, hi).unwrap();
    let scale = Scale {
        first: Price::new(300_000).unwrap(),
        step: Price::new(7_500).unwrap(),
        ranges: [range(5000), range(100), range(10_000)],
    };
    Context { verifying_key: [3; 32], key, scale, binding: Fr::from(5u64), handle: Handle(Fr::from(6u64)), side }
}

fn offer() -> QuantisedOffer {
    QuantisedOffer { volume: 15, reputation: 54, x: 7, y: 51, energy_type: 0, ask: Tick::new(20).unwrap() }
}

fn block(side: Side) -> Block {
    let bid = QuantisedBid {
        price: 21,
        volume: 11,
        reputation: 54,
        x: 7,
        y: 51,
        weights: [12, 3, 2, 8],
        types: [0, 0, 15, 0, 4],
        limit: Tick::new(40).unwrap(),
    };
    match side {
        Side::Sell => Block::offer(&offer()).unwrap(),
        Side::Buy => Block::bid(&bid).unwrap(),
    }
}

fn holds(c: &Challenge, proved: &Encryption, block: &[Fr]) -> bool {
    c.left_side(proved, block) == c.constant
}

fn field(block: &Block, side: Side) -> Vec<Fr> {
    let m = block.coefficients();
    (0..USED).map(|k| correlate::signed(i128::from(m[if side == Side::Sell { k } else { 63 - k }]))).collect()
}

#[test]
fn an_honest_encryption_satisfies_the_equation_that_the_verifier_computes() {
    let mut rng = rng(1);
    let key = key(&mut rng);
    for side in [Side::Sell, Side::Buy] {
        let (context, block) = (context(&key, side), block(side));
        let (ciphertext, randomness) = encrypt_with_randomness(&key, &block, &mut rng);
        let proved = prove(&context, &ciphertext, &block, &randomness, [Fr::from(7u64), Fr::from(8u64)]).unwrap();
        let found = challenge(&context, &ciphertext, proved.commitments);
        assert!(found == proved.challenge);
        assert!(holds(&found, &proved.encryption, &field(&block, side)));
        // Another block or other randomness does not satisfy the equation.
        let mut other = field(&block, side);
        other[3] += Fr::from(1u64);
        assert!(!holds(&found, &proved.encryption, &other));
        let mut other = proved.encryption.clone();
        other.digits[4095] += Fr::from(1u64);
        assert!(!holds(&found, &other, &field(&block, side)));
    }
}

/// The sum of a batch equals the sum of the statements' inputs when they are written out, and each
/// statement has a name of its own.
#[test]
fn folded_inputs_add_up_to_the_listed_ones() {
    let mut rng = rng(5);
    let key = key(&mut rng);
    for side in [Side::Sell, Side::Buy] {
        let (context, block) = (context(&key, side), block(side));
        let mut expected = vec![Fr::from(0u64); protocol::relation::plan_ciphertext::INPUTS];
        let (mut sums, mut names) = (Vec::new(), Vec::new());
        for (i, factor) in [1, u128::MAX, 1 << 127, 12_345].into_iter().enumerate() {
            let (ciphertext, _) = encrypt_with_randomness(&key, &block, &mut rng);
            let context = Context { binding: Fr::from(i as u64), handle: Handle(Fr::from(50 + i as u64)), ..context };
            let commitments = [3, 4].map(|c| Fr::from(c * (i + 1) as u64));
            let Context { scale, binding, handle, .. } = context;
            let challenge = challenge(&context, &ciphertext, commitments);
            let statement =
                protocol::relation::plan_ciphertext::PlanCiphertext { handle, scale, commitments, challenge, binding };
            let listed = protocol::relation::Statement::inputs(&statement);
            expected.iter_mut().zip(listed).for_each(|(sum, x)| *sum += Fr::from(factor) * x);
            let folded = FoldedInputs::new(&context, &ciphertext, &commitments);
            names.push(folded.name());
            let mut sum = folded.none();
            folded.add(&mut sum, factor);
            sums.push(sum);
        }
        let total = sums.into_iter().reduce(|mut a, b| {
            a.join(&b);
            a
        });
        assert!(total.unwrap().list(&key) == expected);
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), 4);
    }
}

#[test]
fn every_part_of_the_context_changes_the_challenges() {
    let mut rng = rng(2);
    let key = key(&mut rng);
    let good = context(&key, Side::Sell);
    let (ciphertext, _) = encrypt_with_randomness(&key, &Block::offer(&offer()).unwrap(), &mut rng);
    let (second, _) = encrypt_with_randomness(&key, &Block::offer(&offer()).unwrap(), &mut rng);
    let other_key = MatchingPublicKey::new(sampling::uniform(&mut rng), sampling::uniform(&mut rng));
    let commitment = Fr::from(9u64);
    let seed = first_seed(&good, &ciphertext, commitment);
    let mut seeds = vec![seed, first_seed(&good, &ciphertext, Fr::from(10u64)), first_seed(&good, &second, commitment)];
    let mut changed = |change: &dyn Fn(&mut Context<'_>)| {
        let mut context = good;
        change(&mut context);
        seeds.push(first_seed(&context, &ciphertext, commitment));
    };
    changed(&|c| c.verifying_key[31] ^= 1);
    changed(&|c| c.binding += Fr::from(1u64));
    changed(&|c| c.handle.0 += Fr::from(1u64));
    changed(&|c| c.side = Side::Buy);
    changed(&|c| c.scale.first = Price::new(300_001).unwrap());
    changed(&|c| c.scale.step = Price::new(7_501).unwrap());
    for i in 0..3 {
        changed(&|c| c.scale.ranges[i] = Range::new(1, c.scale.ranges[i].hi()).unwrap());
        changed(&|c| c.scale.ranges[i] = Range::new(0, c.scale.ranges[i].hi() + 1).unwrap());
    }
    seeds.push(first_seed(&Context { key: &other_key, ..good }, &ciphertext, commitment));
    assert_ne!(second_seed(seed, commitment), second_seed(seed, Fr::from(10u64)));
    assert_ne!(second_seed(seed, commitment), second_seed(seeds[1], commitment));
    let count = seeds.len();
    seeds.sort_unstable();
    seeds.dedup();
    assert_eq!(seeds.len(), count);
}

/// Pi's entries are -1, 0, 1 with 1/4, 1/2, 1/4, and folding is multiplication by the weights.
#[test]
fn folding_is_the_definition() {
    let projection = Projection::from_seed([7; 32]);
    let entry = |i: usize, j: usize| {
        let bit = |columns: &[[u8; 32]]| i128::from(columns[j][i / 8] >> (i % 8) & 1);
        bit(&projection.plus) - bit(&projection.minus)
    };
    let Folded { weights, rows } = Folded::from_seeds([7; 32], [8; 32]);
    assert_eq!((weights.len(), rows.len()), (2 * N, ROWS));
    assert!(rows.iter().all(|g| g >> 119 == 0) && rows.iter().any(|g| g >> 118 == 1));
    for j in [0, 1, 100, 255, 256, N, 2 * N - 1] {
        let expected: i128 = (0..ROWS).map(|i| entry(i, j) * rows[i] as i128).sum();
        assert_eq!(weights[j], expected);
    }
    let all = 2 * N * ROWS;
    let zeros = (0..2 * N).flat_map(|j| (0..ROWS).map(move |i| (i, j))).filter(|(i, j)| entry(*i, *j) == 0).count();
    // Five sigmas of a fair coin.
    assert!(zeros.abs_diff(all / 2) < 5 * 724, "{zeros} of {all}");
}

/// The length of honest projections: the bound of 2^24 is six sigmas above the mean.
#[test]
fn honest_errors_are_short_enough() {
    let mut rng = rng(4);
    let mut norms = Vec::new();
    for _ in 0..20 {
        let w = Randomness::sample(&mut rng);
        let mut seed = [0; 32];
        rng.fill_bytes(&mut seed);
        let projection = Projection::from_seed(seed);
        let norm: i64 = (0..ROWS)
            .map(|i| {
                let bit = |columns: &[[u8; 32]], j: usize| i64::from(columns[j][i / 8] >> (i % 8) & 1);
                let e = |j: usize| i64::from(if j < N { w.e1()[j] } else { w.e2()[j - N] });
                (0..2 * N).map(|j| e(j) * (bit(&projection.plus, j) - bit(&projection.minus, j))).sum::<i64>().pow(2)
            })
            .sum();
        norms.push(norm);
    }
    let mean = norms.iter().sum::<i64>() / 20;
    // 256 rows, 2N entries of variance 1/2, errors of variance 21/2: 11,010,048.
    assert!((mean - 11_010_048).abs() < 1_000_000, "{mean}");
    assert!(norms.iter().all(|n| *n <= 1 << 24), "{norms:?}");
}

/// The figures of docs/protocol/31-matching-proof.md.
#[test]
fn the_soundness_bounds_are_as_documented() {
    // At most 30 of 256 fair coins.
    let mut coefficient = 1f64;
    let mut few = 0f64;
    for k in 0..=30 {
        few += coefficient;
        coefficient *= f64::from(256 - k) / f64::from(k + 1);
    }
    assert!(few.log2() - 256.0 < -126.0);
    // exp(2 u rho) Theta(u)^256 at u = 1.2, rho = 2^24 / 1024^2 = 16.
    let (u, rho) = (1.2f64, 16.0);
    let theta = (1.0 + 2.0 * (1..9).map(|n| (-f64::from(n * n) * (1.0 + 2.0 * u)).exp()).sum::<f64>())
        / std::f64::consts::PI.sqrt();
    assert!((2.0 * u * rho + 256.0 * theta.ln()) / std::f64::consts::LN_2 < -132.0);
    assert_eq!(crate::parameters::ERROR_MAX.pow(2) * 16, 1 << protocol::relation::plan_ciphertext::NORM_BITS);
}
