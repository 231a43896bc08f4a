//! The document behind a transcript after a restart, and the withdrawals that excuse a missing
//! pair.

use super::*;

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
    w.buy(13, 800, 525_000); // will withdraw after it
    w.cut_off(0);
    w.post_scores(0, |i, d| (i != 1).then_some(d)); // bid 12's are missing
    w.announce_scores(0);
    w.plain(113, vec![Body::Release(released(3))]);
    w.transcribe(0);
    let posted = w.regulator.book().round(cycle(7), 0).unwrap().clone();
    let late = Body::Scores(Scores { nonce: 1, cycle: cycle(7), round: 0, buy: Handle(f(12)), digest: [1; 32] });
    w.plain(114, vec![late, Body::Release(released(13))]);
    let opens = w.regulator.open_terms(cycle(7), 0, LATER).unwrap();
    w.accept(114, &opens);
    assert_eq!(w.pairs(0).unwrap(), [pair(1, 11), pair(2, 13)]);
    let matches = w.make_matches(0).unwrap();
    assert_eq!(matches.incidents, [Incident::Withdrawn(pair(2, 13))]);

    // Before the matches are posted, and after.
    let mut again = restarted(&w, &w.scanned);
    assert_eq!(again.pairs(cycle(7), 0), Err(Error::NotChosen));
    let rankings = again.rankings(cycle(7), 0, &w.blobs).unwrap();
    assert_eq!(rankings.digest((w.genesis.chain(), cycle(7), 0)), posted.transcript.unwrap().digest);
    assert_eq!(again.pairs(cycle(7), 0).unwrap(), [pair(1, 11), pair(2, 13)]);
    assert_eq!(again.make_matches(&mut w.rng, cycle(7), 0, LATER).unwrap().transactions.len(), 1);
    w.accept(115, &matches.transactions);
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

/// A withdrawal excuses a missing pair only between the transcript and the round's end.
#[test]
fn releases_excuse_a_pair_from_the_transcript_to_the_rounds_end_only() {
    let left_out = |before: &[u64], after: &[(u64, u64)]| {
        let mut w = World::new();
        w.start();
        w.sell(1, (1200, 450_000), (1200, 450_000));
        w.sell(2, (900, 465_000), (900, 465_000));
        w.buy(11, 800, 525_000);
        w.cut_off(0);
        w.post_scores(0, |_, d| Some(d));
        w.announce_scores(0);
        let before = before.iter().map(|plan| Body::Release(released(*plan))).collect();
        w.plain(113, before);
        w.transcribe(0);
        for (plan, at) in after {
            w.plain(*at, vec![Body::Release(released(*plan))]);
        }
        w.faults(0)
    };
    assert_eq!(left_out(&[], &[]), [Fault::LeftOut(pair(1, 11))]);
    assert_eq!(left_out(&[1], &[]), [Fault::LeftOut(pair(2, 11))]);
    assert_eq!(left_out(&[11], &[]), []);
    assert_eq!(left_out(&[1, 2], &[]), []);
    assert_eq!(left_out(&[], &[(1, 119)]), []);
    assert_eq!(left_out(&[], &[(11, 119)]), []);
    assert_eq!(left_out(&[], &[(2, 119)]), [Fault::LeftOut(pair(1, 11))]);
    assert_eq!(left_out(&[1], &[(1, 119)]), [Fault::LeftOut(pair(2, 11))]);
    // A round lasts 10 seconds from its cut-off at 110.
    assert_eq!(left_out(&[], &[(1, 120)]), [Fault::LeftOut(pair(1, 11))]);
}
