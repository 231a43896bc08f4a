//! The draws of a mask.

use super::*;

const ROUND: RoundId = RoundId { chain: ChainId([1; 32]), cycle: Cycle::ZERO, round: 0 };

#[test]
fn draws_below_a_bound_are_uniform_and_reach_its_ends() {
    let mut rng = ChaCha20Rng::seed_from_u64(80);
    assert!((0..100).all(|_| below(&mut rng, 1) == 0));
    for bound in [2u128, 3, 5, 64, 65] {
        let mut counts = vec![0i64; bound as usize];
        let draws = 4000 * bound as i64;
        (0..draws).for_each(|_| counts[below(&mut rng, bound) as usize] += 1);
        // 4000 each, sigma 63
        assert!(counts.iter().all(|count| (count - 4000).abs() < 320), "{bound}: {counts:?}");
    }
    let floods: Vec<_> = (0..1000).map(|_| flood(&mut rng, 2)).collect();
    assert!((-2..=2).all(|value| floods.contains(&value)) && floods.iter().all(|f| f.abs() <= 2));
    assert!((0..100).all(|_| flood(&mut rng, FLOOD_MAX).unsigned_abs() <= FLOOD_MAX));
}

#[test]
fn every_order_of_slots_is_as_likely_as_any_other() {
    let mut rng = ChaCha20Rng::seed_from_u64(81);
    let mut counts = std::collections::BTreeMap::new();
    for _ in 0..24_000 {
        *counts.entry(Slots::draw(&mut rng, 3).unwrap().order).or_insert(0) += 1;
    }
    // 1000 each, sigma 31
    assert_eq!(counts.len(), 24);
    assert!(counts.values().all(|count| (840..1160).contains(count)), "{counts:?}");
}

#[test]
fn sizes_of_vectors_are_bounded() {
    let mut rng = ChaCha20Rng::seed_from_u64(82);
    for offers in [0, MAX_SLOTS, MAX_SLOTS + 1] {
        assert_eq!(Slots::draw(&mut rng, offers).err(), Some(Error::VectorSize(offers)));
    }
    assert_eq!(Slots::draw(&mut rng, MAX_SLOTS - 1).unwrap().order.len(), MAX_SLOTS);
}

#[test]
fn the_winner_is_the_first_listed_of_the_least_unless_the_reference_is_among_them() {
    // slot 0 has offer 2, slot 1 the reference, slot 2 offer 0, slot 3 offer 1
    let slots = Slots { order: vec![2, 3, 0, 1] };
    for (least, winner) in [
        (vec![0], Some(2)),
        (vec![2], Some(0)),
        (vec![0, 3], Some(1)),
        (vec![0, 2, 3], Some(0)),
        (vec![1], None),
        (vec![0, 1], None),
        (vec![0, 1, 2, 3], None),
    ] {
        assert_eq!(slots.winner(&least), Ok(winner), "{least:?}");
    }
    for wrong in [vec![], vec![2, 0], vec![2, 2], vec![4], vec![0, u16::MAX]] {
        assert!(matches!(slots.winner(&wrong), Err(Error::Slots(_))), "{wrong:?}");
    }
}

#[test]
fn whatever_a_vector_is_of_changes_its_randomness_and_a_round_its_commitment() {
    let (seed, bid, list) = (MaskSeed::from_bytes([5; 32]), [6; 32], [7; 32]);
    let rounds = [
        ROUND,
        RoundId { chain: ChainId([2; 32]), ..ROUND },
        RoundId { cycle: Cycle::new(1).unwrap(), ..ROUND },
        RoundId { round: 1, ..ROUND },
    ];
    let mut drawn: Vec<u64> = rounds.iter().map(|round| seed.draw(round, &bid, &list).next_u64()).collect();
    drawn.push(seed.draw(&ROUND, &[0; 32], &list).next_u64());
    drawn.push(seed.draw(&ROUND, &bid, &[0; 32]).next_u64());
    drawn.push(MaskSeed::from_bytes([4; 32]).draw(&ROUND, &bid, &list).next_u64());
    let mut commitments: Vec<_> = rounds.iter().map(|round| seed.commitment(round)).collect();
    commitments.push(MaskSeed::from_bytes([4; 32]).commitment(&ROUND));
    drawn.sort();
    drawn.dedup();
    commitments.sort();
    commitments.dedup();
    assert_eq!((drawn.len(), commitments.len()), (7, 5));
}
