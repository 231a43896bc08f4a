//! Masked mode from outside: the matching node masks, the key's holder finds the least slots, and
//! the pairs are those of the round matcher on plaintexts.

use crate::plans::{bid, flat_bid, flat_offer, offer, residue, set_residue};
use fhe_matcher::ciphertext::{encrypt_bid, encrypt_offer};
use fhe_matcher::decrypt::least_slots;
use fhe_matcher::key::{MatchingPublicKey, MatchingSecretKey};
use fhe_matcher::mask::{
    check_pairs, list_digest, pairs, Answer, HandlePair, MaskSeed, MaskedScores, Masker, RoundId, Slots,
};
use fhe_matcher::matching_node::ListedPlan;
use fhe_matcher::parameters::{DEGREE, PRIMES};
use fhe_matcher::Error;
use market::matching::match_round_naive;
use market::score::{QuantisedBid, QuantisedOffer};
use proptest::prelude::*;
use protocol::ids::ChainId;
use protocol::units::Cycle;
use rand_chacha::ChaCha20Rng;
use rand_core::{RngCore, SeedableRng};
use std::sync::OnceLock;

const ROUND: RoundId = RoundId { chain: ChainId([9; 32]), cycle: Cycle::ZERO, round: 1 };

/// One key for all tests.
fn keys() -> &'static (MatchingSecretKey, MatchingPublicKey, Masker) {
    static KEYS: OnceLock<(MatchingSecretKey, MatchingPublicKey, Masker)> = OnceLock::new();
    KEYS.get_or_init(|| {
        let (secret, public) = MatchingSecretKey::generate(&mut ChaCha20Rng::seed_from_u64(70));
        let masker = Masker::new(&public);
        (secret, public, masker)
    })
}

fn handle(side: u8, place: usize) -> [u8; 32] {
    let mut handle = [side; 32];
    handle[..2].copy_from_slice(&(place as u16).to_le_bytes());
    handle
}

fn list_offers(plans: &[QuantisedOffer], rng: &mut ChaCha20Rng) -> Vec<ListedPlan> {
    let encrypt =
        |(i, plan)| ListedPlan { handle: handle(1, i), ciphertext: encrypt_offer(&keys().1, plan, rng).unwrap() };
    plans.iter().enumerate().map(encrypt).collect()
}

fn list_bids(plans: &[QuantisedBid], rng: &mut ChaCha20Rng) -> Vec<ListedPlan> {
    let encrypt =
        |(i, plan)| ListedPlan { handle: handle(2, i), ciphertext: encrypt_bid(&keys().1, plan, rng).unwrap() };
    plans.iter().enumerate().map(encrypt).collect()
}

/// A round as masked mode plays it: the answers, and the pairs that the matching node makes of them
/// one by one.
fn play(seed: &MaskSeed, bids: &[ListedPlan], offers: &[ListedPlan]) -> (Vec<Answer>, Vec<HandlePair>) {
    let (secret, _, masker) = keys();
    let mut free: Vec<_> = offers.iter().collect();
    let (mut answers, mut pairs) = (Vec::new(), Vec::new());
    for bid in bids {
        if free.is_empty() {
            break;
        }
        let masked = masker.mask(seed, &ROUND, bid, &free).unwrap();
        assert_eq!(masked.slots(), free.len() + 1);
        let received = MaskedScores::from_bytes(&masked.to_bytes()).unwrap();
        assert!(received == masked && received.digest() == masked.digest());
        let least = least_slots(secret, &received).unwrap();
        if let Some(place) = Slots::of(seed, &ROUND, &bid.handle, &free).unwrap().winner(&least).unwrap() {
            pairs.push(HandlePair { offer: free.remove(place).handle, bid: bid.handle });
        }
        answers.push(Answer { bid: bid.handle, least: Some(least) });
    }
    (answers, pairs)
}

/// Plays a book in masked mode and in the clear, and compares the pairs.
fn agrees(bids: &[QuantisedBid], offers: &[QuantisedOffer], rng: &mut ChaCha20Rng) -> Vec<HandlePair> {
    let expected = match_round_naive(bids, offers);
    let expected = expected.iter().enumerate().filter_map(|(bid, offer)| Some((bid, (*offer)?)));
    let expected: Vec<_> =
        expected.map(|(bid, offer)| HandlePair { offer: handle(1, offer), bid: handle(2, bid) }).collect();
    let (listed_bids, listed_offers) = (list_bids(bids, rng), list_offers(offers, rng));
    let seed = MaskSeed::generate(rng);
    let (answers, found) = play(&seed, &listed_bids, &listed_offers);
    assert_eq!(found, expected);
    assert_eq!(pairs(&seed, &ROUND, &listed_bids, &listed_offers, &answers).as_ref(), Ok(&found));
    found
}

#[test]
fn pairs_are_those_of_the_rules_in_the_clear_in_many_small_books() {
    let mut rng = ChaCha20Rng::seed_from_u64(71);
    let books = if std::env::var("VEILGRID_THOROUGH").is_ok() { 3000 } else { 150 };
    let (mut matched, mut unmatched, mut tied) = (0, 0, 0);
    for _ in 0..books {
        let [sellers, buyers] = [0; 2].map(|_| 1 + rng.next_u32() as usize % 6);
        let mut offers: Vec<_> = (0..sellers).map(|_| offer(&mut rng)).collect();
        // every second book has an offer twice: a tie for all
        if rng.next_u32() % 2 == 0 {
            offers.push(offers[0]);
            tied += 1;
        }
        let bids: Vec<_> = (0..buyers).map(|_| bid(&mut rng)).collect();
        let pairs = agrees(&bids, &offers, &mut rng).len();
        matched += pairs;
        unmatched += buyers - pairs;
    }
    println!("{books} books: {matched} pairs, {unmatched} bids without, {tied} books with a tie");
    assert!(matched > books && unmatched > books / 2 && tied > books / 3);
}

#[test]
fn edges_infeasible_ties_one_offer_and_full_packs() {
    let mut rng = ChaCha20Rng::seed_from_u64(72);
    // no ask is at most the limit: there is nothing to win, though one score is exactly BIG
    assert!(agrees(&[flat_bid(5, 15, 3)], &[flat_offer(5, 4), flat_offer(6, 47)], &mut rng).is_empty());
    assert!(agrees(&[flat_bid(5, 15, 3)], &[flat_offer(5, 4)], &mut rng).is_empty());
    assert_eq!(agrees(&[flat_bid(5, 15, 4)], &[flat_offer(5, 4)], &mut rng).len(), 1);
    // all alike: buyers take them in the order of the list
    let alike = agrees(&[flat_bid(5, 0, 9); 4], &[flat_offer(60, 9); 3], &mut rng);
    assert_eq!(alike.iter().map(|p| p.offer).collect::<Vec<_>>(), [0, 1, 2].map(|i| handle(1, i)));
    // 64, 65 and 66 slots: a pack that is full, and a second one with one slot and two
    for sellers in [63, 64, 65] {
        let offers: Vec<_> = (0..sellers).map(|_| offer(&mut rng)).collect();
        let bids: Vec<_> = (0..3).map(|_| bid(&mut rng)).collect();
        agrees(&bids, &offers, &mut rng);
    }
    let masked = |offers: usize| {
        let offers = list_offers(&vec![flat_offer(1, 2); offers], &mut ChaCha20Rng::seed_from_u64(73));
        let bid = list_bids(&[flat_bid(1, 1, 9)], &mut ChaCha20Rng::seed_from_u64(74)).remove(0);
        let free: Vec<_> = offers.iter().collect();
        keys().2.mask(&MaskSeed::from_bytes([1; 32]), &ROUND, &bid, &free).map(|masked| masked.to_bytes().len())
    };
    assert_eq!(masked(0), Err(Error::VectorSize(0)));
    for offers in [1, 63, 64] {
        assert_eq!(masked(offers), Ok(MaskedScores::size(offers + 1)));
    }
}

/// Three bids and three offers that all suit, with a seed, answers and pairs.
struct Replay {
    seed: MaskSeed,
    bids: Vec<ListedPlan>,
    offers: Vec<ListedPlan>,
    answers: Vec<Answer>,
    pairs: Vec<HandlePair>,
}

fn replay() -> Replay {
    let mut rng = ChaCha20Rng::seed_from_u64(75);
    let offers = list_offers(&[flat_offer(10, 1), flat_offer(20, 1), flat_offer(30, 1)], &mut rng);
    let bids = list_bids(&[flat_bid(20, 5, 9), flat_bid(20, 5, 9), flat_bid(20, 5, 0)], &mut rng);
    let seed = MaskSeed::from_bytes([8; 32]);
    let (answers, pairs) = play(&seed, &bids, &offers);
    assert_eq!((answers.len(), pairs.len()), (3, 2));
    Replay { seed, bids, offers, answers, pairs }
}

#[test]
fn whoever_has_the_seed_sees_every_pair_that_does_not_follow() {
    let Replay { seed, bids, offers, answers, pairs: honest } = replay();
    let check = |told: &[HandlePair]| check_pairs(&seed, &ROUND, &bids, &offers, &answers, told);
    assert_eq!(check(&honest), Ok(()));
    let mut wrong_seller = honest.clone();
    wrong_seller[1].offer = *offers.iter().map(|o| &o.handle).find(|h| honest.iter().all(|p| p.offer != **h)).unwrap();
    let mut sold_twice = honest.clone();
    sold_twice[1].offer = sold_twice[0].offer;
    let mut another_bid = honest.clone();
    another_bid[1].bid = bids[2].handle;
    let mut one_more = honest.clone();
    one_more.push(HandlePair { offer: wrong_seller[1].offer, bid: bids[2].handle });
    let reversed = vec![honest[1], honest[0]];
    for told in [&wrong_seller, &sold_twice, &another_bid, &one_more, &reversed] {
        assert_eq!(check(told), Err(Error::PairsMismatch));
    }
    assert_eq!(check(&honest[..1]), Err(Error::PairsMismatch));
    assert_eq!(check(&[]), Err(Error::PairsMismatch));

    // Answers that are not this round's.
    let with = |answers: &[Answer]| pairs(&seed, &ROUND, &bids, &offers, answers);
    assert_eq!(with(&answers), Ok(honest.clone()));
    let one_too_many = [answers.as_slice(), &answers[..1]].concat();
    let swapped = [answers[1].clone(), answers[0].clone(), answers[2].clone()];
    for wrong in [&answers[..2], &one_too_many, &swapped] {
        assert!(matches!(with(wrong), Err(Error::Slots(_))));
    }
    for least in [vec![], vec![1, 0], vec![4]] {
        let mut wrong = answers.clone();
        wrong[0].least = Some(least);
        assert!(matches!(with(&wrong), Err(Error::Slots(_))));
    }
    // A vector that was refused: its bid gets nothing, and the offers stay for the others.
    let mut refused = answers.clone();
    refused[2].least = None;
    assert_eq!(with(&refused), Ok(honest.clone()));
    // Under another seed the same answers say something else.
    let differing = (0..20).filter(|seed| {
        let other = pairs(&MaskSeed::from_bytes([*seed; 32]), &ROUND, &bids, &offers, &answers);
        *seed != 8 && other != Ok(honest.clone())
    });
    assert!(differing.count() > 10);
}

#[test]
fn a_vector_names_its_bid_its_offers_and_its_seed() {
    let Replay { seed, bids, offers, .. } = replay();
    let free: Vec<_> = offers.iter().collect();
    let mask =
        |seed: &MaskSeed, round: &RoundId, bid, free: &[&ListedPlan]| keys().2.mask(seed, round, bid, free).unwrap();
    let honest = mask(&seed, &ROUND, &bids[0], &free);
    assert_eq!(mask(&seed, &ROUND, &bids[0], &free).digest(), honest.digest());
    let swapped = [free[1], free[0], free[2]];
    assert_ne!(list_digest(&swapped), list_digest(&free));
    assert_ne!(list_digest(&free[..2]), list_digest(&free));
    let others = [
        mask(&MaskSeed::from_bytes([7; 32]), &ROUND, &bids[0], &free),
        mask(&seed, &RoundId { round: 2, ..ROUND }, &bids[0], &free),
        mask(&seed, &ROUND, &bids[1], &free),
        mask(&seed, &ROUND, &bids[0], &swapped),
        mask(&seed, &ROUND, &bids[0], &free[..2]),
    ];
    for other in &others {
        assert_ne!(other.digest(), honest.digest());
    }
}

#[test]
fn the_masked_vector_is_frozen() {
    let Replay { seed, bids, offers, .. } = replay();
    let free: Vec<_> = offers.iter().collect();
    let masked = keys().2.mask(&seed, &ROUND, &bids[0], &free).unwrap();
    let hex = |bytes: [u8; 32]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let found = [hex(masked.digest()), hex(list_digest(&free)), hex(seed.commitment(&ROUND))];
    let frozen = [
        "27de9c25bb771b1de96a20eaa5a9fa5b7c31358e88a4f66916ac0aa3f158c502",
        "cfb1e223e6fb1ab92d903516490eac24cf03d3316a43584d7808c98d82312d53",
        "efad8932781f0a9cd4723074ebaba7836f0a90d0216d9070704902c4170a3505",
    ];
    assert_eq!(found, frozen);
}

fn encoded(slots: usize) -> Vec<u8> {
    let offers = list_offers(&vec![flat_offer(1, 2); slots - 1], &mut ChaCha20Rng::seed_from_u64(76));
    let bid = list_bids(&[flat_bid(1, 1, 9)], &mut ChaCha20Rng::seed_from_u64(77)).remove(0);
    let free: Vec<_> = offers.iter().collect();
    keys().2.mask(&MaskSeed::from_bytes([2; 32]), &ROUND, &bid, &free).unwrap().to_bytes()
}

#[test]
fn the_decoder_refuses_what_is_not_canonical() {
    let bytes = encoded(3);
    let refused = |bytes: &[u8]| matches!(MaskedScores::from_bytes(bytes), Err(Error::Encoding(_)));
    assert!(MaskedScores::from_bytes(&bytes).is_ok());
    for length in [0, 1, 2, 3, bytes.len() / 2, bytes.len() - 1] {
        assert!(refused(&bytes[..length]));
    }
    assert!(refused(&[bytes.as_slice(), &[0]].concat()));
    for slots in [0u16, 1, 2, 4, 4097, u16::MAX] {
        assert!(refused(&[&slots.to_le_bytes(), &bytes[2..]].concat()));
    }
    // residues at their primes, in every part
    for (i, prime) in PRIMES.into_iter().enumerate() {
        for k in [0, 2, 3, 3 + DEGREE - 1, 3 + DEGREE, 3 + 2 * DEGREE - 1] {
            let index = i * (3 + 2 * DEGREE) + k;
            let mut body = bytes[2..].to_vec();
            set_residue(&mut body, index, prime);
            assert!(refused(&[&bytes[..2], &body].concat()));
            set_residue(&mut body, index, prime - 1);
            let changed = [&bytes[..2], &body].concat();
            assert_eq!(MaskedScores::from_bytes(&changed).unwrap().to_bytes(), changed);
        }
    }
    assert!(residue(&bytes[2..], 0) < PRIMES[0]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    /// Whatever the decoder takes, it would have written.
    #[test]
    fn what_is_decoded_is_what_would_be_written(
        base in 0usize..3,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        tail in prop::collection::vec(any::<u8>(), 0..2),
    ) {
        static BASES: OnceLock<[Vec<u8>; 3]> = OnceLock::new();
        let bases = BASES.get_or_init(|| [2, 64, 65].map(encoded));
        let mut bytes = bases[base].clone();
        for (place, value) in changes {
            let place = place.index(bytes.len());
            bytes[place] = value;
        }
        bytes.extend(tail);
        if let Ok(masked) = MaskedScores::from_bytes(&bytes) {
            prop_assert_eq!(masked.to_bytes(), bytes);
        }
    }
}
