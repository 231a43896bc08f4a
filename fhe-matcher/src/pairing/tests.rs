use super::*;
use proptest::prelude::*;
use protocol::Fr;

const OF: (ChainId, u8) = (ChainId([7; 32]), 3);

fn of() -> (ChainId, Cycle, u8) {
    (OF.0, Cycle::new(5).unwrap(), OF.1)
}

fn handle(n: u64) -> Handle {
    Handle(Fr::from(n))
}

fn offer(n: u64) -> Handle {
    handle(1000 + n)
}

fn pair(sell: u64, buy: u64) -> Pair {
    Pair { sell: offer(sell), buy: handle(buy) }
}

fn document(of: impl IntoIterator<Item = (u64, Vec<u32>)>) -> Rankings {
    let bids = of.into_iter().map(|(n, offers)| Ranking { bid: handle(n), offers });
    Rankings { blinding: [9; 32], bids: bids.collect() }
}

/// Rankings of bids 0, 1, ..: for each the places of the offers that it can take.
fn rankings(of: &[&[u32]]) -> Rankings {
    document((0..).zip(of).map(|(n, offers)| (n, offers.to_vec())))
}

/// The round of so many bids and offers after an honest regulator, nobody having taken anything
/// back.
fn honest(rankings: &Rankings, offers: u64) -> PublicRound {
    let bids: Vec<Handle> = rankings.bids.iter().map(|r| r.bid).collect();
    let offers: Vec<Handle> = (0..offers).map(offer).collect();
    let listed = bids.iter().chain(&offers).copied().collect();
    let matches = pairs(rankings, &offers, &listed);
    let posted = Posted { digest: rankings.digest(of()), listed };
    PublicRound { bids, offers, transcript: Some(posted), matches }
}

/// Three bids that all like offer 0 best; the third would take any.
fn example() -> (Rankings, PublicRound) {
    let rankings = rankings(&[&[0, 1], &[0], &[0, 2, 1]]);
    let round = honest(&rankings, 3);
    (rankings, round)
}

fn found(round: &PublicRound, rankings: &Rankings) -> Vec<Fault> {
    faults(of(), round, Some(rankings))
}

#[test]
fn each_bid_in_its_turn_takes_its_first_offer_that_is_listed_and_free() {
    let (rankings, round) = example();
    assert_eq!(round.matches, [pair(0, 0), pair(2, 2)]);
    assert_eq!(found(&round, &rankings), []);
    let without = |gone: Handle| {
        let mut round = round.clone();
        round.transcript.as_mut().unwrap().listed.remove(&gone);
        round.pairs(&rankings).unwrap()
    };
    assert_eq!(without(offer(0)), [pair(1, 0), pair(2, 2)]);
    assert_eq!(without(handle(0)), [pair(0, 1), pair(2, 2)]);
    assert_eq!(without(offer(2)), [pair(0, 0), pair(1, 2)]);
    assert_eq!(PublicRound::default().pairs(&rankings), None, "no pairs without a transcript");
}

#[test]
fn a_wrong_document_is_named_and_nothing_else_is_believed() {
    let (rankings, mut round) = example();
    let others = [(ChainId([8; 32]), of().1, 3), (OF.0, Cycle::new(6).unwrap(), 3), (OF.0, of().1, 4)];
    assert!(others.iter().all(|other| faults(*other, &round, Some(&rankings)) == [Fault::WrongDocument]));
    let blinded = Rankings { blinding: [8; 32], ..rankings.clone() };
    assert_eq!(found(&round, &blinded), [Fault::WrongDocument]);
    let mut other = rankings.clone();
    other.bids[0].offers.swap(0, 1);
    assert_eq!(found(&round, &other), [Fault::WrongDocument]);
    assert_eq!(faults(of(), &round, None), [Fault::NoDocument]);
    round.transcript = None;
    assert_eq!(found(&round, &rankings), [Fault::NoTranscript]);
    // Nobody can be paired in a round of one side: no transcript is needed.
    round.offers.clear();
    assert_eq!(found(&round, &rankings), []);
}

#[test]
fn a_document_of_other_bids_or_offers_than_the_round_has_is_found() {
    let (good, round) = example();
    let posted = |change: &dyn Fn(&mut Vec<Ranking>)| {
        let mut rankings = good.clone();
        change(&mut rankings.bids);
        let mut round = round.clone();
        let transcript = round.transcript.as_mut().unwrap();
        transcript.digest = rankings.digest(of());
        // The regulator pairs as its document says, so only the document is at fault.
        round.matches = round.pairs(&rankings).unwrap();
        found(&round, &rankings)
    };
    assert_eq!(posted(&|_| {}), []);
    assert_eq!(posted(&|all| drop(all.remove(1))), [Fault::BidMissing(handle(1))]);
    assert_eq!(posted(&|all| all.swap(1, 2)), [Fault::BidOutOfTurn(handle(1))]);
    assert_eq!(posted(&|all| all.push(Ranking { bid: handle(9), offers: vec![] })), [Fault::BidStrange(handle(9))]);
    assert_eq!(posted(&|all| all.push(all[1].clone())), [Fault::BidStrange(handle(1))]);
    assert_eq!(posted(&|all| all[1].bid = handle(2))[..], [Fault::BidStrange(handle(2)), Fault::BidMissing(handle(1))]);
    for place in [3, u32::MAX] {
        assert_eq!(posted(&|all| all[1].offers.push(place)), [Fault::PlaceBeyond { bid: handle(1), place }]);
    }
    assert_eq!(posted(&|all| all[2].offers.push(2)), [Fault::PlaceTwice { bid: handle(2), place: 2 }]);
}

#[test]
fn pairs_other_than_those_that_follow_are_found() {
    let (rankings, round) = example();
    let made = |matches: &[Pair]| found(&PublicRound { matches: matches.to_vec(), ..round.clone() }, &rankings);
    // In another order they are the same.
    assert_eq!(made(&[pair(2, 2), pair(0, 0)]), []);
    // A worse seller; and the better one for somebody whose turn comes later.
    let worse = Fault::OtherSeller { due: pair(0, 0), made: offer(1) };
    assert_eq!(made(&[pair(1, 0), pair(2, 2)]), [worse]);
    let favoured = Fault::OtherSeller { due: pair(2, 2), made: offer(0) };
    assert_eq!(made(&[pair(1, 0), pair(0, 2)]), [worse, favoured]);
    // A seller twice: the second of them is also a pair of somebody who had nobody to take.
    assert_eq!(
        made(&[pair(0, 0), pair(0, 1), pair(2, 2)])[..],
        [Fault::MatchedTwice(offer(0)), Fault::Undue(pair(0, 1))]
    );
    assert_eq!(
        made(&[pair(0, 0), pair(0, 0), pair(2, 2)])[..],
        [Fault::MatchedTwice(offer(0)), Fault::MatchedTwice(handle(0))]
    );
    // Left out: one, all.
    assert_eq!(made(&[pair(0, 0)]), [Fault::LeftOut(pair(2, 2))]);
    assert_eq!(made(&[]), [Fault::LeftOut(pair(0, 0)), Fault::LeftOut(pair(2, 2))]);
    // Not in the function: a bid that could take nobody, one of another round.
    assert_eq!(made(&[pair(0, 0), pair(1, 1), pair(2, 2)]), [Fault::Undue(pair(1, 1))]);
    assert_eq!(made(&[pair(0, 0), pair(1, 77), pair(2, 2)]), [Fault::Undue(pair(1, 77))]);
}

#[test]
fn what_was_taken_back_before_the_transcript_is_not_paired() {
    let (rankings, mut round) = example();
    round.matches.pop();
    assert_eq!(found(&round, &rankings), [Fault::LeftOut(pair(2, 2))]);
    round.transcript.as_mut().unwrap().listed.remove(&offer(2));
    assert_eq!(found(&round, &rankings), [Fault::LeftOut(pair(1, 2))]);
    round.matches.push(pair(1, 2));
    assert_eq!(found(&round, &rankings), []);
}

#[test]
fn documents_are_frozen_and_only_the_canonical_bytes_decode() {
    let (rankings, _) = example();
    let bytes = rankings.encode();
    let hex = |bytes: &[u8]| bytes.iter().map(|b| format!("{b:02x}")).collect::<String>();
    assert_eq!(bytes.len(), 37 + 3 * 36 + 6 * 4);
    assert_eq!(hex(&bytes[..1]), "01");
    assert_eq!(hex(&bytes[33..37]), "03000000");
    assert_eq!(hex(&rankings.digest(of())), "90510c977ecb7b02d1c8c041831d257ca8d3aea6fd4a672576d63824afca88c3");
    assert_eq!(Rankings::decode(&bytes), Ok(rankings));
    for end in 0..bytes.len() {
        assert!(Rankings::decode(&bytes[..end]).is_err(), "{end}");
    }
    assert!(Rankings::decode(&[bytes.clone(), vec![0]].concat()).is_err());
    for kind in [0, 2, 255] {
        assert!(Rankings::decode(&[&[kind], &bytes[1..]].concat()).is_err());
    }
    let one = [&[1][..], &[9; 32], &[1, 0, 0, 0]].concat();
    // Counts that nothing stands behind, a handle that is none.
    assert!(Rankings::decode(&[&[1][..], &[9; 32], &[0xff; 4]].concat()).is_err());
    assert!(Rankings::decode(&[&one[..], &[0; 32], &[0xff; 4]].concat()).is_err());
    assert!(Rankings::decode(&[&one[..], &[0xff; 32], &[0; 4]].concat()).is_err());
}

fn arbitrary() -> impl Strategy<Value = (Rankings, u64)> {
    let bids = prop::collection::vec((0u64..50, prop::collection::vec(0u32..12, 0..12)), 0..12);
    (bids, 0u64..10).prop_map(|(bids, offers)| (document(bids), offers))
}

/// The document of an honest regulator: each bid once, each of some offers once, in any order.
fn honest_rankings() -> impl Strategy<Value = (Rankings, u64)> {
    (0u64..10).prop_flat_map(|offers| {
        let places: Vec<u32> = (0..offers as u32).collect();
        let count = places.len();
        let ranking = prop::sample::subsequence(places, 0..=count).prop_shuffle();
        prop::collection::vec(ranking, 0..12).prop_map(move |all| (document((0..).zip(all)), offers))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]
    #[test]
    fn every_document_round_trips((rankings, _) in arbitrary()) {
        prop_assert_eq!(Rankings::decode(&rankings.encode()), Ok(rankings));
    }

    #[test]
    fn what_decodes_is_the_one_encoding(
        (rankings, _) in arbitrary(),
        noise in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
    ) {
        let mut bytes = rankings.encode();
        for (at, byte) in noise {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Ok(read) = Rankings::decode(&bytes) {
            prop_assert_eq!(read.encode(), bytes);
        }
    }

    #[test]
    fn pairs_are_of_listed_plans_each_once_and_nobody_would_rather_have_another(
        (rankings, offers) in arbitrary(), gone in prop::collection::btree_set(0usize..20, 0..6),
    ) {
        let offers: Vec<Handle> = (0..offers).map(offer).collect();
        let all: Vec<Handle> = rankings.bids.iter().map(|r| r.bid).chain(offers.iter().copied()).collect();
        let listed: BTreeSet<Handle> =
            all.iter().enumerate().filter(|(i, _)| !gone.contains(i)).map(|(_, plan)| *plan).collect();
        let pairs = pairs(&rankings, &offers, &listed);
        let sells: BTreeSet<Handle> = pairs.iter().map(|p| p.sell).collect();
        prop_assert_eq!(sells.len(), pairs.len());
        prop_assert!(pairs.iter().all(|p| listed.contains(&p.sell) && listed.contains(&p.buy)));
    }

    /// The check finds any single deviation of a regulator from an honest round.
    #[test]
    fn an_honest_round_has_no_fault_and_any_change_of_its_matches_has(
        (rankings, offers) in honest_rankings(), which in any::<prop::sample::Index>(), other in 0u64..10,
    ) {
        let round = honest(&rankings, offers);
        prop_assert_eq!(found(&round, &rankings), []);
        if round.matches.is_empty() {
            return Ok(());
        }
        let at = which.index(round.matches.len());
        let mut left = round.clone();
        let gone = left.matches.remove(at);
        prop_assert_eq!(found(&left, &rankings), [Fault::LeftOut(gone)]);
        if other < offers && offer(other) != gone.sell {
            let mut swapped = round.clone();
            swapped.matches[at].sell = offer(other);
            let other_seller = Fault::OtherSeller { due: gone, made: offer(other) };
            prop_assert!(found(&swapped, &rankings).contains(&other_seller));
        }
    }
}
