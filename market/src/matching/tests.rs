use super::*;
use proptest::prelude::*;
use protocol::units::Tick;

/// Few values, so that ties are common; `levels` is how many an attribute takes.
fn offer(levels: u8) -> impl Strategy<Value = QuantisedOffer> {
    (0..levels.min(48), 0..levels, 0..levels, 0..levels, 0..levels, 0..5u8).prop_map(
        |(ask, volume, reputation, x, y, energy_type)| {
            let ask = Tick::new(ask).unwrap();
            QuantisedOffer { volume, reputation, x, y, energy_type, ask }
        },
    )
}

fn bid(levels: u8, heaviest: u8) -> impl Strategy<Value = QuantisedBid> {
    let at = (0..levels.min(48), 0..64u8, 0..levels, 0..levels, 0..levels, 0..levels);
    let weights = (prop::array::uniform4(0..=heaviest), prop::array::uniform5(0..=heaviest));
    (at, weights).prop_map(|((limit, price, volume, reputation, x, y), (weights, types))| {
        let limit = Tick::new(limit).unwrap();
        QuantisedBid { price, volume, reputation, x, y, weights, types, limit }
    })
}

fn book() -> impl Strategy<Value = (Vec<QuantisedBid>, Vec<QuantisedOffer>)> {
    (prop::sample::select(vec![1u8, 2, 5, 64]), prop::sample::select(vec![0u8, 1, 15])).prop_flat_map(
        |(levels, heaviest)| {
            (prop::collection::vec(bid(levels, heaviest), 0..120), prop::collection::vec(offer(levels), 0..120))
        },
    )
}

proptest! {
    #[test]
    fn the_fast_round_is_the_naive_round((bids, offers) in book()) {
        prop_assert_eq!(match_round(&bids, &offers), match_round_naive(&bids, &offers));
    }

    /// Offers are inserted in batches, in any order of positions, and removed between the batches.
    #[test]
    fn a_book_that_lives_on_is_a_list((bids, offers) in book(), batch in 1usize..30, stride in 1usize..7) {
        let mut fast = OfferBook::new();
        let mut slow: Vec<(u32, QuantisedOffer)> = Vec::new();
        let mut bids = bids.iter();
        for (number, chunk) in offers.chunks(batch).enumerate() {
            // Later batches alternately go before and after the earlier ones.
            let base = if number % 2 == 0 { 100_000 + number * 1000 } else { 100_000 - number * 1000 } as u32;
            let listed: Vec<_> = (base..).zip(chunk.iter().copied()).collect();
            fast.insert(listed.iter().copied());
            slow.extend(listed);
            for bid in bids.by_ref().take(stride) {
                let want = slow.iter().filter_map(|(p, o)| Some(Found { score: score(bid, o)?, position: *p })).min();
                let got = fast.take_best(bid);
                prop_assert_eq!(got, want);
                if let Some(found) = got {
                    slow.retain(|(position, _)| *position != found.position);
                    // Every third comes back under its old position, as after a refusal.
                    if found.position % 3 == 0 {
                        let offer = offers[found.position.wrapping_sub(base) as usize % offers.len()];
                        fast.insert([(found.position, offer)]);
                        slow.push((found.position, offer));
                    }
                }
                prop_assert_eq!(fast.len(), slow.len());
            }
        }
    }
}

fn plain(ask: u8, x: u8) -> QuantisedOffer {
    QuantisedOffer { volume: 0, reputation: 0, x, y: 0, energy_type: 3, ask: Tick::new(ask).unwrap() }
}

fn wanting(limit: u8, x: u8, place: u8) -> QuantisedBid {
    let limit = Tick::new(limit).unwrap();
    QuantisedBid { price: 0, volume: 0, reputation: 0, x, y: 0, weights: [0, 0, 0, place], types: [0; 5], limit }
}

#[test]
fn ties_go_to_the_first_listed_and_nobody_is_taken_twice() {
    let offers = [plain(9, 5), plain(1, 5), plain(1, 5)];
    let bids = [wanting(1, 5, 1), wanting(9, 5, 1), wanting(9, 5, 1), wanting(47, 5, 1)];
    assert_eq!(match_round(&bids, &offers), [Some(1), Some(0), Some(2), None]);
}

#[test]
fn an_ask_at_the_limit_is_feasible_and_a_tick_above_is_not() {
    assert_eq!(match_round(&[wanting(7, 0, 0)], &[plain(8, 0), plain(7, 0)]), [Some(1)]);
    assert_eq!(match_round(&[wanting(7, 0, 0)], &[plain(8, 0)]), [None]);
}

#[test]
fn nothing_listed_gives_nothing() {
    assert_eq!(match_round(&[wanting(7, 0, 0)], &[]), [None]);
    assert!(match_round(&[], &[plain(8, 0)]).is_empty());
    let mut book = OfferBook::new();
    assert!(book.is_empty());
    book.insert([]);
    assert_eq!(book.take_best(&wanting(47, 0, 0)), None);
}

/// Books on which bounding boxes bound badly. Each is matched within a second or two. The test
/// checks the counts; a search that scores every pair shows in the time of the test.
#[test]
fn bad_books_stay_fast() {
    const N: u32 = 8_000;
    let spread = |i: u32| {
        let mix = i.wrapping_mul(2_654_435_761);
        let level = |shift: u32| (mix >> shift & 63) as u8;
        let ask = Tick::new((mix >> 26) as u8 % 48).unwrap();
        QuantisedOffer { volume: level(0), reputation: level(6), x: level(12), y: level(18), energy_type: 3, ask }
    };
    let offers: Vec<_> = (0..N).map(spread).collect();
    let all = |bid: QuantisedBid| vec![bid; N as usize];
    let count = |bids: &[QuantisedBid], offers: &[QuantisedOffer]| match_round(bids, offers).iter().flatten().count();

    // Identical offers, weights of zero, and weights on one attribute alone.
    assert_eq!(count(&all(wanting(47, 9, 15)), &vec![plain(3, 9); N as usize]), N as usize);
    assert_eq!(count(&all(wanting(47, 0, 0)), &offers), N as usize);
    assert_eq!(count(&all(wanting(47, 31, 15)), &offers), N as usize);
    // Half of the offers are infeasible, and no attribute counts: positions of infeasible offers
    // bound nothing.
    let feasible = offers.iter().filter(|offer| offer.ask.get() <= 23).count();
    assert_eq!(count(&all(wanting(23, 0, 0)), &offers), feasible);
    // No offer is feasible.
    let dear: Vec<_> = offers.iter().map(|offer| QuantisedOffer { ask: Tick::new(47).unwrap(), ..*offer }).collect();
    assert_eq!(count(&all(wanting(46, 0, 0)), &dear), 0);
    // All bids at the centre, all weights: an ever larger hollow ball.
    let centre =
        QuantisedBid { price: 31, volume: 31, reputation: 31, x: 31, y: 31, weights: [9; 4], ..wanting(47, 31, 9) };
    assert_eq!(count(&all(centre), &offers), N as usize);
}
