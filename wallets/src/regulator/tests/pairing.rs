//! The document behind a transcript after a restart, and matching that goes on after one.

use super::*;
use protocol::ids::Serial;

/// A regulator with the same keys that has seen the same blocks.
fn restarted(w: &World, blocks: &[VerifiedBlock]) -> Regulator {
    let keys = RegulatorKeys::from_bytes(&w.regulator.keys().to_bytes()).unwrap();
    let mut regulator = Regulator::new(keys, &w.genesis).unwrap();
    blocks.iter().for_each(|block| regulator.scan(block).unwrap());
    regulator
}

#[test]
fn a_restarted_regulator_gives_the_same_document_and_pairs_by_it() {
    let mut w = World::new();
    w.start();
    w.sell(1, (1200, 450_000), (1200, 450_000));
    w.sell(2, (900, 465_000), (900, 465_000));
    w.sell(3, (900, 300_000), (900, 300_000)); // will withdraw before the transcript
    w.buy(11, 800, 525_000);
    w.buy(12, 800, 525_000);
    w.buy(13, 800, 525_000);
    w.cut_off(0);
    w.post_scores(0, |i, d| (i != 1).then_some(d)); // bid 12's are missing
    w.announce_scores(0);
    w.plain(113, vec![Body::Release(released(3))]);
    w.transcribe(0);
    let posted = w.regulator.book().round(cycle(7), 0).unwrap().clone();
    let late =
        Body::Scores(Scores { serial: Serial(1), cycle: cycle(7), round: 0, buy: Handle(f(12)), digest: [1; 32] });
    w.plain(114, vec![late]);
    let opens = w.regulator.open_terms(cycle(7), 0, LATER).unwrap();
    w.accept(114, &opens);
    assert_eq!(w.pairs(0).unwrap(), [pair(1, 11), pair(2, 13)]);
    let matches = w.make_matches(0).unwrap();
    assert_eq!(matches.transactions.len(), 2);

    // Before the matches are posted, and after.
    let mut again = restarted(&w, &w.scanned);
    assert_eq!(again.pairs(cycle(7), 0), Err(Error::NotChosen));
    let rankings = again.rankings(cycle(7), 0, &w.blobs).unwrap();
    assert_eq!(rankings.digest((w.genesis.chain(), cycle(7), 0)), posted.transcript.unwrap().digest);
    assert_eq!(again.pairs(cycle(7), 0).unwrap(), [pair(1, 11), pair(2, 13)]);
    assert_eq!(again.make_matches(&mut w.rng, cycle(7), 0, LATER).unwrap().transactions.len(), 2);
    w.accept(115, &matches.transactions);
    w.sell(4, (900, 300_000), (900, 300_000));
    w.cut_off(1);
    let mut again = restarted(&w, &w.scanned);
    assert_eq!(again.choose(cycle(7), 0, &w.blobs), Err(Error::RoundOver));
    assert_eq!(again.rankings(cycle(7), 0, &w.blobs).unwrap(), rankings);
    assert_eq!(w.faults(0), []);

    // Scores came between the choice and the transcript: the rankings opened now differ from those
    // of the transcript.
    w.announce_scores(1);
    let choice = w.choose(1).unwrap();
    assert_eq!(choice.incidents, [Incident::ScoresMissing(Handle(f(12)))]);
    let transcript = w.regulator.transcript(cycle(7), 1, LATER).unwrap();
    w.post_scores(1, |_, d| Some(d));
    w.accept(123, &[transcript]);
    assert_eq!(w.regulator.rankings(cycle(7), 1, &w.blobs), Ok(choice.rankings));
    let mut again = restarted(&w, &w.scanned);
    assert_eq!(again.rankings(cycle(7), 1, &w.blobs), Err(Error::OtherTranscript));
}

/// A regulator that is stopped after some matches goes on with the rest.
#[test]
fn matching_is_resumed_within_the_round() {
    let mut w = World::new();
    w.start();
    for n in 1..=3 {
        w.sell(n, (800, 450_000), (800, 450_000));
        w.buy(10 + n, 800, 525_000);
    }
    w.cut_off(0);
    w.post_scores(0, |_, d| Some(d));
    w.announce_scores(0);
    w.transcribe(0);
    let opens = w.regulator.open_terms(cycle(7), 0, LATER).unwrap();
    assert_eq!(opens.len(), 3);
    w.accept(114, &opens[..2]);

    // It is stopped with one Open of three not on the ledger, and seals only that one again.
    w.regulator = restarted(&w, &w.scanned);
    w.choose(0).unwrap();
    let opens = w.regulator.open_terms(cycle(7), 0, LATER).unwrap();
    assert!(matches!(opens[..], [Transaction { body: Body::Open(o), .. }] if o.first == f(3)));
    w.accept(114, &opens);
    let matches = w.make_matches(0).unwrap();
    assert_eq!(matches.transactions.len(), 3);
    // It is stopped again, with the second match on the ledger.
    w.accept(115, &matches.transactions[1..2]);
    w.regulator = restarted(&w, &w.scanned);
    w.choose(0).unwrap();
    assert!(w.regulator.open_terms(cycle(7), 0, LATER).unwrap().is_empty());
    let rest = w.make_matches(0).unwrap();
    let made: Vec<Pair> = rest
        .transactions
        .iter()
        .map(|t| if let Body::Match(m) = t.body { Pair { sell: m.sell, buy: m.buy } } else { unreachable!() })
        .collect();
    assert_eq!(made, [pair(1, 11), pair(3, 13)]);
    assert_eq!(w.faults(0), [Fault::LeftOut(pair(1, 11)), Fault::LeftOut(pair(3, 13))]);
    w.accept(116, &rest.transactions);
    assert_eq!(w.faults(0), []);
    assert!(w.make_matches(0).unwrap().transactions.is_empty());
}

#[test]
fn a_plan_that_was_taken_back_before_the_transcript_has_no_pair() {
    let mut w = World::new();
    w.start();
    w.sell(1, (1200, 450_000), (1200, 450_000));
    w.sell(2, (900, 465_000), (900, 465_000));
    w.buy(11, 800, 525_000);
    w.cut_off(0);
    w.post_scores(0, |_, d| Some(d));
    w.announce_scores(0);
    w.plain(113, vec![Body::Release(released(1))]);
    w.transcribe(0);
    assert_eq!(w.faults(0), [Fault::LeftOut(pair(2, 11))]);
}
