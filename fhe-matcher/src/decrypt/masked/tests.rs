//! The flood has the size that the specification states, and never makes a score wrong.

use super::*;
use crate::block::Block;
use crate::ciphertext::{encrypt_block, Randomness};
use crate::key::MatchingPublicKey;
use crate::mask::{MaskSeed, Masker, RoundId, Slots};
use crate::matching_node::ListedPlan;
use crate::parameters::{DEGREE, FLOOD_MAX, MODULUS, REFRESH_PHASE_MAX, SCORE_PHASE_MAX};
use market::score::{QuantisedBid, QuantisedOffer};
use protocol::ids::ChainId;
use protocol::units::{Cycle, Tick};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use rayon::prelude::*;

const ROUND: RoundId = RoundId { chain: ChainId([1; 32]), cycle: Cycle::ZERO, round: 2 };

fn tick(tick: u8) -> Tick {
    Tick::new(tick).unwrap()
}

/// Plans whose handles are their places; the randomness is what `randomness` gives.
fn listed(public: &MatchingPublicKey, blocks: &[Block], mut randomness: impl FnMut() -> Randomness) -> Vec<ListedPlan> {
    let plan = |(i, block): (u8, &Block)| ListedPlan {
        handle: [i; 32],
        ciphertext: encrypt_block(public, block, &randomness()),
    };
    (0..).zip(blocks).map(plan).collect()
}

/// 63 offers at one place and of many asks, some of them twice; the one of place 30 asks the limit
/// of [`bid`] and suits it best.
fn offers() -> Vec<Block> {
    let offer = |ask: u8| QuantisedOffer { volume: 9, reputation: 9, x: 9, y: 9, energy_type: 0, ask: tick(ask % 48) };
    (0..63).map(|i| Block::offer(&offer(i)).unwrap()).collect()
}

fn bid() -> Block {
    let (weights, types) = ([15; 4], [0; 5]);
    let bid = QuantisedBid { price: 63, volume: 9, reputation: 9, x: 9, y: 9, weights, types, limit: tick(30) };
    Block::bid(&bid).unwrap()
}

#[test]
fn the_flood_is_uniform_over_all_that_is_left_and_no_least_slot_is_wrong() {
    let mut rng = ChaCha20Rng::seed_from_u64(90);
    let (secret, public) = MatchingSecretKey::generate(&mut rng);
    let offers = listed(&public, &offers(), || Randomness::sample(&mut rng));
    let free: Vec<_> = offers.iter().collect();
    let bid = listed(&public, &[bid()], || Randomness::sample(&mut rng)).remove(0);
    let masker = Masker::new(&public);
    let floods: Vec<f64> = (0..400u32)
        .into_par_iter()
        .flat_map_iter(|k| {
            let mut seed = [0; 32];
            seed[..4].copy_from_slice(&k.to_le_bytes());
            let seed = MaskSeed::from_bytes(seed);
            let masked = masker.mask(&seed, &ROUND, &bid, &free).unwrap();
            // the bid wishes for the highest price, and one offer asks just its limit
            let least = least_slots(&secret, &masked).unwrap();
            let slots = Slots::of(&seed, &ROUND, &bid.handle, &free).unwrap();
            assert_eq!(slots.winner(&least), Ok(Some(30)));
            let phases = masked_phases(&secret, &masked);
            phases.iter().map(|phase| *phase as f64 / PLAINTEXT_MODULUS as f64).collect::<Vec<_>>()
        })
        .collect();
    // 25,600 values, uniform but for noise 2^33 times smaller: the mean of their squares is off by
    // 0.6 % by chance
    let greatest = FLOOD_MAX as f64;
    let mean_square = floods.iter().map(|x| (x / greatest).powi(2)).sum::<f64>() / floods.len() as f64;
    let largest = floods.iter().fold(0f64, |most, x| most.max(x.abs())) / greatest;
    println!("flooded: 3 mean squares {:.4}, largest {largest:.6}, of 2^{:.3}", 3.0 * mean_square, greatest.log2());
    assert!((3.0 * mean_square - 1.0).abs() < 0.03, "{mean_square}");
    assert!((0.999..1.0 + 1e-6).contains(&largest), "{largest}");
    let tenths = floods.iter().fold([0; 10], |mut tenths, x| {
        tenths[(((x / greatest + 1.0) * 5.0) as usize).min(9)] += 1;
        tenths
    });
    // 2,560 each, sigma 48
    assert!(tenths.iter().all(|count| (2320..2800).contains(count)), "{tenths:?}");
}

#[test]
fn re_randomisation_stays_within_its_bound_and_changes_every_part() {
    let mut rng = ChaCha20Rng::seed_from_u64(91);
    let (secret, public) = MatchingSecretKey::generate(&mut rng);
    let offers = listed(&public, &offers(), || Randomness::sample(&mut rng));
    let bid = listed(&public, &[bid()], || Randomness::sample(&mut rng)).remove(0);
    let masker = Masker::new(&public);
    let (a, b) = (&offers[..1], MaskSeed::from_bytes([0; 32]));
    let free: Vec<_> = a.iter().collect();
    // Under one seed two rounds share nothing: c1 and c2 are those of two fresh samples.
    let other = RoundId { round: 3, ..ROUND };
    let mut both = [&ROUND, &other].map(|round| masker.mask(&b, round, &bid, &free).unwrap());
    let differences = {
        let [first, second] = &mut both;
        let (first, second) = (first.first_mut(), second.first_mut());
        [(&first.c1, &second.c1), (&first.c2, &second.c2)].map(|(x, y)| {
            let (x, y) = (x.values(), y.values());
            (0..DEGREE).filter(|k| x.0[0][*k] != y.0[0][*k]).count()
        })
    };
    assert!(differences.iter().all(|count| *count > DEGREE - 8), "{differences:?}");
    // And the phase, of which the key's holder knows everything but flood and re-randomisation, is
    // within the bounds.
    for masked in &both {
        for phase in masked_phases(&secret, masked).iter() {
            let bound = PLAINTEXT_MODULUS as u128 * (FLOOD_MAX + 1) + SCORE_PHASE_MAX + REFRESH_PHASE_MAX;
            assert!(phase.unsigned_abs() <= bound && bound <= MODULUS / 2);
        }
    }
}

#[test]
fn colluding_wallets_cannot_make_a_masked_score_wrong() {
    let mut rng = ChaCha20Rng::seed_from_u64(92);
    let (secret, public) = MatchingSecretKey::generate(&mut rng);
    let codes = secret.to_bytes();
    let signs: Vec<i8> =
        codes.iter().flat_map(|byte| (0..4).map(move |k| [0, 1, -1][usize::from(byte >> (2 * k) & 3)])).collect();
    // errors aligned with the secret, as in the test of the bound of open scores
    let aligned: [i8; DEGREE] = std::array::from_fn(|k| if signs[DEGREE - 1 - k] < 0 { -31 } else { 31 });
    let worst = || Randomness::from_parts([1; DEGREE], aligned, [-127; DEGREE]);
    let offers = listed(&public, &offers(), worst);
    let free: Vec<_> = offers.iter().collect();
    let bid = listed(&public, &[bid()], worst).remove(0);
    let masker = Masker::new(&public);
    for seed in 0..20 {
        let seed = MaskSeed::from_bytes([seed; 32]);
        let least = least_slots(&secret, &masker.mask(&seed, &ROUND, &bid, &free).unwrap()).unwrap();
        assert_eq!(Slots::of(&seed, &ROUND, &bid.handle, &free).unwrap().winner(&least), Ok(Some(30)));
    }
}

/// A vector whose phases are these integers, whatever the key.
fn vector_of(phases: &[i128]) -> MaskedScores {
    let (c0, zero) =
        (PRIMES.map(|q| phases.iter().map(|x| x.rem_euclid(i128::from(q)) as u64).collect()), Columns::zero());
    MaskedScores::new(vec![crate::mask::MaskedPack { c0, c1: zero.clone(), c2: zero }])
}

#[test]
fn a_phase_at_its_bound_opens_right_on_either_side() {
    let (secret, _) = MatchingSecretKey::generate(&mut ChaCha20Rng::seed_from_u64(93));
    let t = i128::from(PLAINTEXT_MODULUS);
    let noise = FLOOD_MAX as i128 + ((SCORE_PHASE_MAX + REFRESH_PHASE_MAX) / PLAINTEXT_MODULUS as u128) as i128;
    let reference = i128::from(BIG + OFFSET_MAX);
    for [first, second] in [[noise, -noise], [-noise, noise], [noise, noise], [-noise, -noise]] {
        let masked = vector_of(&[reference + t * first, reference - 7 + t * second]);
        assert_eq!(least_slots(&secret, &masked), Ok(vec![1]));
        let masked = vector_of(&[reference + t * first, reference + t * second]);
        assert_eq!(least_slots(&secret, &masked), Ok(vec![0, 1]));
    }
}

#[test]
fn values_that_no_scores_have_are_refused_in_one_way() {
    let (apart, least_greatest) = (i64::from(INFEASIBLE_MAX), i64::from(FEASIBLE_MAX) + 1);
    let greatest_least = i64::from(BIG + OFFSET_MAX);
    let t = PLAINTEXT_MODULUS as i64;
    let opened = |values: &[i64]| least(Zeroizing::new(values.to_vec()));
    for shift in [0, 1, 12_345, i64::from(OFFSET_MAX)] {
        assert_eq!(opened(&[shift + apart, shift]), Ok(vec![1]));
        assert_eq!(opened(&[shift, shift + apart, shift]), Ok(vec![0, 2]));
        for wrong in [[shift, shift + apart + 1], [shift + apart + 1, shift]] {
            assert_eq!(opened(&wrong), Err(Error::NotAScore));
        }
    }
    assert_eq!(opened(&[0, least_greatest]), Ok(vec![0]));
    assert_eq!(opened(&[0, least_greatest - 1]), Err(Error::NotAScore));
    assert_eq!(opened(&[greatest_least, greatest_least]), Ok(vec![0, 1]));
    assert_eq!(opened(&[greatest_least + 1, t - 1]), Err(Error::NotAScore));
    assert_eq!(opened(&[0, t - 1]), Err(Error::NotAScore));
}
