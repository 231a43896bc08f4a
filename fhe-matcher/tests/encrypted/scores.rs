//! Encrypted scores against plaintext ones, through the whole path: encrypt, encode, decode, score,
//! open.

use crate::plans::{add_to_coefficient, bid, flat_bid, flat_offer, offer};
use fhe_matcher::ciphertext::{encrypt_bid, encrypt_offer, PlanCiphertext, CIPHERTEXT_BYTES};
use fhe_matcher::decrypt::{open_scores, open_scores_in};
use fhe_matcher::key::{MatchingPublicKey, MatchingSecretKey};
use fhe_matcher::parameters::{FEASIBLE_MAX, INFEASIBLE_MAX, PRIMES, RESIDUE_BITS};
use fhe_matcher::score::{score_vector, OfferBook, Pack, ScoreDigest};
use fhe_matcher::Error;
use market::score::{score, QuantisedBid, QuantisedOffer, BIG};
use rand_chacha::ChaCha20Rng;
use rand_core::{RngCore, SeedableRng};

struct Market {
    secret: MatchingSecretKey,
    public: MatchingPublicKey,
    rng: ChaCha20Rng,
}

impl Market {
    fn new(seed: u64) -> Market {
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        let (secret, public) = MatchingSecretKey::generate(&mut rng);
        Market { secret, public, rng }
    }
    fn offers(&mut self, offers: &[QuantisedOffer]) -> Vec<PlanCiphertext> {
        offers.iter().map(|offer| encrypt_offer(&self.public, offer, &mut self.rng).unwrap()).collect()
    }
    fn bid(&mut self, bid: &QuantisedBid) -> PlanCiphertext {
        encrypt_bid(&self.public, bid, &mut self.rng).unwrap()
    }
    fn open(&self, offers: &[PlanCiphertext], bid: &PlanCiphertext) -> Result<Vec<Option<u32>>, Error> {
        open_scores(&self.secret, offers, bid, &score_vector(&[bid], offers)[0])
    }
}

fn expected(offers: &[QuantisedOffer], bid: &QuantisedBid) -> Vec<Option<u32>> {
    offers.iter().map(|offer| score(bid, offer)).collect()
}

#[test]
fn opened_scores_are_the_plaintext_scores() {
    let mut market = Market::new(10);
    let mut offers: Vec<_> = (0..192).map(|_| offer(&mut market.rng)).collect();
    offers.extend([flat_offer(0, 0), flat_offer(63, 0), flat_offer(0, 47), flat_offer(63, 47)]);
    let mut bids: Vec<_> = (0..24).map(|_| bid(&mut market.rng)).collect();
    for level in [0, 63] {
        bids.extend([0, 15].into_iter().flat_map(|weight| [0, 46, 47].map(|limit| flat_bid(level, weight, limit))));
    }
    let encrypted = market.offers(&offers);
    let book = OfferBook::new(&encrypted);
    assert_eq!(book.offers(), 196);
    let (mut feasible, mut greatest) = (0, 0);
    for bid in &bids {
        let encrypted_bid = market.bid(bid);
        let posted = book.score(&encrypted_bid).digest();
        let opened = open_scores_in(&market.secret, &book, &encrypted_bid, &posted).unwrap();
        assert_eq!(opened, expected(&offers, bid));
        feasible += opened.iter().flatten().count();
        greatest = greatest.max(opened.into_iter().flatten().max().unwrap_or(0));
    }
    // the test is about something: 7056 pairs, many of either kind, the greatest score among them
    assert!(feasible > 2000 && feasible < 5000, "{feasible}");
    assert_eq!(greatest, FEASIBLE_MAX);
}

#[test]
fn books_of_any_size_agree() {
    let mut market = Market::new(11);
    let offers: Vec<_> = (0..130).map(|_| offer(&mut market.rng)).collect();
    let encrypted = market.offers(&offers);
    let wanted = bid(&mut market.rng);
    let encrypted_bid = market.bid(&wanted);
    for size in [0, 1, 2, 63, 64, 65, 127, 128, 130] {
        assert_eq!(market.open(&encrypted[..size], &encrypted_bid), Ok(expected(&offers[..size], &wanted)));
    }
    assert_eq!(Pack::new(&encrypted[..0]).err(), Some(Error::PackSize(0)));
    assert_eq!(Pack::new(&encrypted[..65]).err(), Some(Error::PackSize(65)));
}

#[test]
fn recomputation_gives_the_same_bits_from_bytes_and_with_any_number_of_threads() {
    let mut market = Market::new(12);
    let offers: Vec<_> = (0..70).map(|_| offer(&mut market.rng)).collect();
    let offers = market.offers(&offers);
    let bids: Vec<_> = (0..3).map(|_| bid(&mut market.rng)).collect();
    let bids: Vec<_> = bids.iter().map(|bid| market.bid(bid)).collect();
    let posted = score_vector(&bids, &offers);
    let copy = |plan: &PlanCiphertext| {
        let bytes = plan.to_bytes();
        assert_eq!(bytes.len(), CIPHERTEXT_BYTES);
        let decoded = PlanCiphertext::from_bytes(&bytes).unwrap();
        assert_eq!(&decoded, plan);
        decoded
    };
    let (bids, offers): (Vec<_>, Vec<_>) = (bids.iter().map(copy).collect(), offers.iter().map(copy).collect());
    for threads in [1, 2, 5] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        assert_eq!(pool.install(|| score_vector(&bids, &offers)), posted);
    }
    let book = OfferBook::new(&offers);
    for (bid, digest) in bids.iter().zip(&posted) {
        assert_eq!(book.score(bid).digest(), *digest);
        assert!(book.score(bid).packs() == book.score(bid).packs());
    }
    assert!(posted[0] != posted[1] && posted[1] != posted[2]);
}

#[test]
fn any_other_digest_is_refused_before_opening() {
    let mut market = Market::new(13);
    let plans = [flat_offer(1, 1), flat_offer(2, 2), flat_offer(3, 3)];
    let offers = market.offers(&plans);
    let bid = market.bid(&flat_bid(9, 9, 9));
    let digest = score_vector(&[&bid], &offers)[0];
    let refused = |posted| open_scores(&market.secret, &offers, &bid, &posted) == Err(Error::DigestMismatch);
    assert!(!refused(digest));
    for byte in [0, 15, 31] {
        let mut wrong = digest;
        wrong.0[byte] ^= 1;
        assert!(refused(wrong));
    }
    assert!(refused(ScoreDigest([0; 32])));
    // the digest of other work: fewer offers, another order, a ciphertext with one residue changed
    assert!(refused(score_vector(&[&bid], &offers[..2])[0]));
    let swapped = [&offers[1], &offers[0], &offers[2]];
    assert!(refused(score_vector(&[&bid], &swapped)[0]));
    assert!(refused(score_vector(&[&add_to_coefficient(&bid, 100, 1)], &offers)[0]));
}

#[test]
fn what_is_no_score_is_refused_without_a_word_on_which() {
    let mut market = Market::new(14);
    // scores 0 and, infeasible, BIG
    let offers = market.offers(&[flat_offer(0, 0), flat_offer(0, 47)]);
    let honest = market.bid(&flat_bid(0, 0, 0));
    assert_eq!(market.open(&offers, &honest), Ok(vec![Some(0), None]));
    // a bid's constant stands at coefficient 63 and counts once in every score
    for (delta, legal) in [
        (-1, false),
        (1, true),
        (i64::from(INFEASIBLE_MAX - BIG), true),
        (i64::from(INFEASIBLE_MAX - BIG) + 1, false),
        (i64::from(FEASIBLE_MAX) + 1, false),
        (-i64::from(BIG), false),
        (1 << 20, false),
        (1 << 21, false),
    ] {
        let opened = market.open(&offers, &add_to_coefficient(&honest, 63, delta));
        match legal {
            true => assert_eq!(opened, Ok(vec![Some(delta as u32), None])),
            false => assert_eq!(opened, Err(Error::NotAScore), "{delta}"),
        }
    }
    // a feasible score alone: the greatest is legal, one more is not
    let feasible = &offers[..1];
    let at = |delta: u32| add_to_coefficient(&honest, 63, i64::from(delta));
    assert_eq!(market.open(feasible, &at(FEASIBLE_MAX)), Ok(vec![Some(FEASIBLE_MAX)]));
    for refused in [FEASIBLE_MAX + 1, BIG - 1, INFEASIBLE_MAX + 1] {
        assert_eq!(market.open(feasible, &at(refused)), Err(Error::NotAScore));
    }
    assert_eq!(market.open(feasible, &at(BIG)), Ok(vec![None]));
    assert_eq!(market.open(feasible, &at(INFEASIBLE_MAX)), Ok(vec![None]));
}

#[test]
fn noise_in_place_of_a_ciphertext_and_the_wrong_key_are_refused() {
    let mut market = Market::new(15);
    let plans: Vec<_> = (0..64).map(|_| offer(&mut market.rng)).collect();
    let mut offers = market.offers(&plans);
    let bid = market.bid(&flat_bid(20, 7, 30));
    let digest = score_vector(&[&bid], &offers)[0];
    let (stranger, _) = MatchingSecretKey::generate(&mut market.rng);
    assert_eq!(open_scores(&stranger, &offers, &bid, &digest), Err(Error::NotAScore));

    let mut bytes = vec![0; CIPHERTEXT_BYTES];
    for index in 0..CIPHERTEXT_BYTES * 8 / RESIDUE_BITS as usize {
        crate::plans::set_residue(&mut bytes, index, market.rng.next_u64() % PRIMES[1]);
    }
    offers[17] = PlanCiphertext::from_bytes(&bytes).unwrap();
    assert_eq!(market.open(&offers, &bid), Err(Error::NotAScore));
}
