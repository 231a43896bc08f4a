//! Refusals of matching: rounds, parties of a match, scores and openings.

use crate::edit;
use crate::world::*;
use ledger::stage::PlanStage;
use ledger::state::Strike;
use ledger::{wrong_scores, Refusal, WrongScores};
use protocol::encoding::Canonical;
use protocol::ids::{BlobHash, Serial};
use protocol::keys::TraceCommitment;
use protocol::record::Handle;
use protocol::transaction::body::*;
use protocol::transaction::genesis::Genesis;
use protocol::transaction::*;
use protocol::units::Side;
use protocol::Fr;
use rand_core::SeedableRng;

#[test]
fn matching() {
    let mut w = World::open();
    let (sell, buy) = (w.list(Side::Sell), w.list(Side::Buy));
    let early = w.pairing(0, sell, buy);
    assert_eq!(w.refusal(early), Refusal::WrongRound);
    w.at(u64::from(ROUND));
    for round in [1, 200] {
        let other = w.pairing(round, sell, buy);
        assert_eq!(w.refusal(other), Refusal::WrongRound);
    }
    let unknown = Handle(w.fr());
    let pairs = [
        (unknown, buy, Refusal::UnknownPlan),
        (sell, unknown, Refusal::UnknownPlan),
        (buy, buy, Refusal::WrongSide),
        (sell, sell, Refusal::WrongSide),
    ];
    for (s, b, refusal) in pairs {
        let body = w.pairing(0, s, b);
        assert_eq!(w.refusal(body), refusal);
    }
    let body = w.pairing(0, sell, buy);
    assert_eq!(w.refusal(edit!(body, Match, b => b.cycle = cycle(2))), Refusal::UnknownCycle);
    // Listed after the cut-off, though before the match.
    let late = w.list(Side::Buy);
    let body = w.pairing(0, sell, late);
    assert_eq!(w.refusal(body), Refusal::WrongRound);
    let match_id = w.pair(0, sell, buy);
    let other_sell = w.list(Side::Sell);
    w.at(u64::from(ROUND) * 2);
    let repeated = w.pairing(1, other_sell, late);
    assert_eq!(w.refusal(edit!(repeated, Match, b => b.match_id = match_id)), Refusal::HandleReused);
    w.accept(repeated);
    // Rounds end.
    let body = w.pairing(1, sell, buy);
    w.at(u64::from(ROUND) * 5 - 1);
    assert_eq!(w.refusal(body), Refusal::WrongRound);
    w.at(u64::from(ROUND) * 5);
    let body = w.pairing(4, sell, buy);
    assert_eq!(w.refusal(body), Refusal::WrongRound);
    w.at(CLOSES);
    let body = w.pairing(4, sell, buy);
    assert_eq!(w.refusal(body), Refusal::CycleClosed);
}

#[test]
fn a_round_has_one_transcript_and_no_match_comes_before_it() {
    let mut w = World::open();
    let (sell, buy) = (w.list(Side::Sell), w.list(Side::Buy));
    assert_eq!(w.refusal(w.transcript(0)), Refusal::WrongRound);
    assert_eq!(w.refusal(edit!(w.transcript(0), Transcript, b => b.cycle = cycle(2))), Refusal::UnknownCycle);
    w.at(u64::from(ROUND));
    // The match was made before there was a transcript, and is refused for that.
    let early = w.clone().pairing(0, sell, buy);
    assert_eq!(w.refusal(early), Refusal::NoTranscript);
    for round in [1, 200] {
        assert_eq!(w.refusal(w.transcript(round)), Refusal::WrongRound);
    }
    assert_eq!(w.refusal(edit!(w.transcript(0), Transcript, b => b.serial.0 -= 1)), Refusal::SerialUsed);
    let mut unsigned = w.seal(w.transcript(0));
    unsigned.seal = sign(MATCHER, unsigned.id());
    assert_eq!(w.refusal_of(&unsigned.encode()), Refusal::BadSignature);
    assert_eq!(w.state.transcript(cycle(1), 0), None);
    w.accept(w.transcript(0));
    assert_eq!(w.state.transcript(cycle(1), 0), Some([6; 32]));
    let other = edit!(w.transcript(0), Transcript, b => b.digest = [7; 32]);
    assert_eq!(w.refusal(other), Refusal::TranscriptReused);
    assert_eq!(w.refusal(w.transcript(0)), Refusal::TranscriptReused);
    w.pair(0, sell, buy);
    // Each round has its own transcript, which counts for no other round.
    let (sell, buy) = (w.list(Side::Sell), w.list(Side::Buy));
    w.at(u64::from(ROUND) * 2);
    let early = w.clone().pairing(1, sell, buy);
    assert_eq!(w.refusal(early), Refusal::NoTranscript);
    assert_eq!(w.refusal(w.transcript(0)), Refusal::WrongRound);
    w.accept(w.transcript(1));
    w.pair(1, sell, buy);
    w.at(CLOSES);
    assert_eq!(w.refusal(w.transcript(2)), Refusal::CycleClosed);
}

#[test]
fn no_plan_is_offered_twice_in_a_round() {
    let mut w = World::open();
    let (sell, buy, other) = (w.list(Side::Sell), w.list(Side::Buy), w.list(Side::Buy));
    w.at(u64::from(ROUND));
    let match_id = w.pair(0, sell, buy);
    w.accept(Body::Refuse(Objection { match_id, handle: buy }));
    assert_eq!(w.state.plan(&sell).unwrap().stage, PlanStage::Listed);
    let body = w.pairing(0, sell, other);
    assert_eq!(w.refusal(body), Refusal::AlreadyMatched);
    w.at(u64::from(ROUND) * 2);
    w.pair(1, sell, other);
}

#[test]
fn plans_of_two_cycles() {
    let mut w = World::open();
    w.accept(w.cycle_start(2, START + 1));
    w.at(1);
    let sell = w.list(Side::Sell);
    let plan = w.plan(Side::Buy);
    let plan = edit!(plan, BuyPlan, b => b.cycle = cycle(2));
    w.accept(plan);
    let Body::BuyPlan(b) = plan else { panic!() };
    w.at(u64::from(ROUND));
    let body = w.pairing(0, sell, b.handle);
    assert_eq!(w.refusal(body), Refusal::WrongCycle);
    let open = w.opening(Purpose::Audit, 0, b.handle.0, Fr::from(0u64));
    assert_eq!(w.refusal(open), Refusal::WrongCycle);
}

#[test]
fn scores_and_openings() {
    let mut w = World::open();
    let plan = w.plan(Side::Sell);
    w.accept(plan);
    let Body::SellPlan(listed) = plan else { panic!() };
    let (sell, buy) = (listed.handle, w.list(Side::Buy));
    let zero = Fr::from(0u64);
    assert_eq!(w.refusal(w.scores(0, buy)), Refusal::WrongRound);
    assert_eq!(w.refusal(w.opening(Purpose::Scores, 0, buy.0, zero)), Refusal::WrongRound);
    w.at(u64::from(ROUND));
    assert_eq!(w.refusal(w.scores(0, sell)), Refusal::WrongSide);
    assert_eq!(w.refusal(w.scores(0, Handle(zero))), Refusal::UnknownPlan);
    assert_eq!(w.refusal(edit!(w.scores(0, buy), Scores, b => b.serial.0 -= 1)), Refusal::SerialUsed);
    w.accept(w.scores(0, buy));
    assert_eq!(w.state.score_digest(cycle(1), 0, &buy), Some([4; 32]));
    assert_eq!(w.refusal(w.scores(0, buy)), Refusal::ScoresReused);
    let late = w.list(Side::Buy);
    assert_eq!(w.refusal(w.scores(0, late)), Refusal::WrongRound);

    let one = Fr::from(1u64);
    let openings = [
        (Purpose::Scores, 0, buy.0, one, Refusal::MisfitOpening),
        (Purpose::Scores, 0, sell.0, zero, Refusal::WrongSide),
        (Purpose::Scores, 1, buy.0, zero, Refusal::WrongRound),
        (Purpose::Terms, 0, buy.0, sell.0, Refusal::WrongSide),
        (Purpose::Terms, 0, sell.0, zero, Refusal::UnknownPlan),
        (Purpose::Terms, 0, sell.0, late.0, Refusal::WrongRound),
        (Purpose::Audit, 0, one, zero, Refusal::UnknownPlan),
        (Purpose::Audit, 0, sell.0, one, Refusal::MisfitOpening),
        (Purpose::Audit, 1, sell.0, zero, Refusal::MisfitOpening),
        (Purpose::Trace, 0, one, zero, Refusal::UnknownTraceKey),
        (Purpose::Trace, 0, one, one, Refusal::MisfitOpening),
        (Purpose::Payment, 0, one, zero, Refusal::MisfitOpening),
        (Purpose::Trade, 0, one, zero, Refusal::UnknownTrade),
        (Purpose::Trade, 0, one, one, Refusal::MisfitOpening),
        (Purpose::Disclosure, 0, one, one, Refusal::MisfitOpening),
        (Purpose::Obligation, 0, one, zero, Refusal::MisfitOpening),
    ];
    for (purpose, round, first, second, refusal) in openings {
        assert_eq!(w.refusal(w.opening(purpose, round, first, second)), refusal, "{purpose:?}");
    }
    let credential = w.credential(1);
    w.accept(credential);
    let Body::IssueCredential(IssueCredential { deposit, .. }) = credential else { panic!() };
    let TraceCommitment(kappa) = deposit.kappa;
    // Openings that name no cycle.
    let anywhen = |w: &World, purpose, first, second| {
        let body = w.opening(purpose, 0, first, second);
        edit!(body, Open, b => b.cycle = protocol::units::Cycle::ZERO)
    };
    let refused = [
        (Purpose::Payment, one, zero, Refusal::UnknownPayment),
        (Purpose::Payment, one, one, Refusal::MisfitOpening),
        (Purpose::Disclosure, one, one, Refusal::UnknownTraceKey),
        (Purpose::Disclosure, kappa, Fr::from(99u64), Refusal::UnregisteredIssuer),
        (Purpose::Obligation, one, zero, Refusal::UnknownObligation),
        (Purpose::Obligation, one, one, Refusal::MisfitOpening),
    ];
    for (purpose, first, second, refusal) in refused {
        assert_eq!(w.refusal(anywhen(&w, purpose, first, second)), refusal, "{purpose:?}");
    }
    w.accept(anywhen(&w, Purpose::Payment, listed.nullifier.0, zero));
    w.accept(anywhen(&w, Purpose::Disclosure, kappa, one));
    let announced = w.state.openings().len();
    let good = [
        (Purpose::Scores, buy.0, zero),
        (Purpose::Terms, sell.0, buy.0),
        (Purpose::Audit, sell.0, zero),
        (Purpose::Trace, kappa, zero),
    ];
    for (i, (purpose, first, second)) in good.into_iter().enumerate() {
        w.accept(w.opening(purpose, 0, first, second));
        assert_eq!(w.state.openings().len(), announced + i + 1);
        assert_eq!(w.state.openings().last().unwrap().open.purpose, purpose);
    }
}

#[test]
fn a_masked_round_has_one_mask_before_anything_of_it_is_opened() {
    let mut w = World::masked();
    let (sell, buy, zero) = (w.list(Side::Sell), w.list(Side::Buy), Fr::from(0u64));
    assert_eq!(w.refusal(w.mask(0)), Refusal::WrongRound);
    w.at(u64::from(ROUND));
    let opens = |w: &World| [w.opening(Purpose::Scores, 0, buy.0, zero), w.opening(Purpose::Terms, 0, sell.0, buy.0)];
    for open in opens(&w) {
        assert_eq!(w.refusal(open), Refusal::NoMask);
    }
    assert_eq!(w.refusal(w.scores(0, buy)), Refusal::WrongMode);
    assert_eq!(w.refusal(w.contest(0, buy)), Refusal::WrongMode);
    assert_eq!(w.refusal(w.mask(1)), Refusal::WrongRound);
    assert_eq!(w.refusal(edit!(w.mask(0), Mask, b => b.cycle = cycle(2))), Refusal::UnknownCycle);
    assert_eq!(w.refusal(edit!(w.mask(0), Mask, b => b.serial.0 -= 1)), Refusal::SerialUsed);
    let mut unsigned = w.seal(w.mask(0));
    unsigned.seal = sign(REGULATOR, unsigned.id());
    assert_eq!(w.refusal_of(&unsigned.encode()), Refusal::BadSignature);
    w.accept(w.mask(0));
    assert_eq!((w.state.mask(cycle(1), 0), w.state.mask(cycle(1), 1)), (Some([3; 32]), None));
    assert_eq!(w.refusal(edit!(w.mask(0), Mask, b => b.commitment = [2; 32])), Refusal::MaskReused);
    for i in 0..2 {
        w.accept(opens(&w)[i]);
    }
    // Each round has its own mask.
    w.at(2 * u64::from(ROUND));
    assert_eq!(w.refusal(w.opening(Purpose::Scores, 1, buy.0, zero)), Refusal::NoMask);
    w.accept(w.mask(1));
    w.accept(w.opening(Purpose::Scores, 1, buy.0, zero));
    assert_eq!(w.refusal(edit!(w.transcript(1), Transcript, b => b.answers = [0; 32])), Refusal::WrongMode);
    w.accept(w.transcript(1));
    w.at(CLOSES);
    assert_eq!(w.refusal(w.mask(2)), Refusal::CycleClosed);

    let mut open = World::open();
    open.at(u64::from(ROUND));
    assert_eq!(open.refusal(open.mask(0)), Refusal::WrongMode);
    // A transcript names the answers in mode masked, and none in mode open.
    let answered = edit!(open.transcript(0), Transcript, b => b.answers = [1; 32]);
    assert_eq!(open.refusal(answered), Refusal::WrongMode);
}

/// A plan's ciphertext, as `World::plan` makes it.
fn blob(handle: Handle) -> BlobHash {
    BlobHash::of(&handle.to_bytes())
}

#[test]
fn wrong_scores_are_struck_out_with_a_mark_and_right_ones_stay() {
    let mut w = World::open();
    let sells = [w.list(Side::Sell), w.list(Side::Sell)];
    let (buy, other) = (w.list(Side::Buy), w.list(Side::Buy));
    assert_eq!(w.refusal(w.contest(0, buy)), Refusal::WrongRound);
    w.at(u64::from(ROUND));
    assert_eq!(w.refusal(w.contest(0, buy)), Refusal::NoScores);
    w.accept(w.scores(0, buy));
    assert_eq!(w.refusal(w.contest(0, other)), Refusal::NoScores);
    assert_eq!(w.refusal(w.contest(1, buy)), Refusal::WrongRound);
    assert_eq!(w.refusal(edit!(w.contest(0, buy), Contest, b => b.cycle = cycle(2))), Refusal::UnknownCycle);
    let mut unsigned = w.seal(w.contest(0, buy));
    unsigned.seal = sign(MATCHER, unsigned.id());
    assert_eq!(w.refusal_of(&unsigned.encode()), Refusal::BadSignature);

    // The scores are struck out and marked once; then the right ones can be posted.
    let contest = w.contest(0, buy);
    w.accept(contest);
    let Body::Contest(contested) = contest else { panic!() };
    let strike = Strike { height: w.state.height(), contest: contested };
    assert_eq!((w.state.strikes().collect::<Vec<_>>(), w.state.score_digest(cycle(1), 0, &buy)), (vec![&strike], None));
    // The plans listed at the cut-off take part, in ledger order; a plan that leaves later changes
    // nothing.
    let late = w.list(Side::Sell);
    let release = w.release(sells[0]);
    w.accept(release);
    let right = right_scores(&sells.map(blob), &blob(buy));
    for wrong in [vec![sells[1], sells[0]], vec![sells[1]], vec![sells[0], sells[1], late], vec![]] {
        let wrong = right_scores(&wrong.into_iter().map(blob).collect::<Vec<_>>(), &blob(buy));
        w.accept(edit!(w.scores(0, buy), Scores, b => b.digest = wrong));
        let height = w.state.height();
        w.accept(w.contest(0, buy));
        assert_eq!(w.state.strikes().last().map(|s| s.contest.digest), Some(wrong));
        assert_eq!(w.refusal(edit!(w.scores(0, buy), Scores, b => b.serial.0 -= 1)), Refusal::SerialUsed);
        assert!(w.state.height() > height);
    }
    w.accept(edit!(w.scores(0, buy), Scores, b => b.digest = right));
    assert_eq!(w.refusal(w.contest(0, buy)), Refusal::ScoresRight);
    // A contest is of one posting.
    assert_eq!(w.refusal(edit!(w.contest(0, buy), Contest, b => b.digest[0] ^= 1)), Refusal::NoScores);
    assert_eq!((w.state.strikes().len(), w.state.score_digest(cycle(1), 0, &buy)), (5, Some(right)));
    // In the next round nobody can contest them.
    w.at(u64::from(ROUND) * 2);
    assert_eq!(w.refusal(w.contest(0, buy)), Refusal::WrongRound);
    assert_eq!(w.refusal(w.contest(1, buy)), Refusal::NoScores);
}

#[test]
fn a_validator_finds_what_is_wrong_among_what_it_draws() {
    let found = |checks: u16, seed: u64| {
        let mut w = World::of(&Genesis { score_checks: checks, ..genesis(b"matching key") }).opened();
        let sell = w.list(Side::Sell);
        let buys: Vec<Handle> = (0..12).map(|_| w.list(Side::Buy)).collect();
        w.at(u64::from(ROUND));
        let posted: Vec<Vec<u8>> = (1..)
            .zip(&buys)
            .map(|(serial, buy)| {
                let digest = if serial % 3 == 0 { [9; 32] } else { right_scores(&[blob(sell)], &blob(*buy)) };
                w.bytes(edit!(w.scores(0, *buy), Scores, b => (b.serial, b.digest) = (Serial(serial), digest)))
            })
            .collect();
        let posted = w.block(&posted);
        assert!(posted.receipts.iter().all(|receipt| receipt.outcome.is_ok()));
        let mut rng = rand_chacha::ChaCha20Rng::seed_from_u64(seed);
        let wrong = wrong_scores(&w.state, &posted.compact, &TestVerifier, &w.blobs, &mut rng).unwrap();
        // The ledger accepts a contest of what the audit found.
        for wrong in &wrong {
            w.accept(Body::Contest(wrong.contest(public(CHALLENGER))));
        }
        let mine = |wrong: &WrongScores| buys.iter().position(|buy| *buy == wrong.buy).unwrap();
        wrong.iter().map(mine).collect::<Vec<_>>()
    };
    assert_eq!(found(1000, 1), [2, 5, 8, 11]);
    assert!(found(0, 1).is_empty());
    let counts: Vec<usize> = (0..100).map(|seed| found(500, seed).len()).collect();
    // 400 draws of a half: within six standard deviations.
    assert!((140..=260).contains(&counts.iter().sum::<usize>()) && counts.iter().any(|n| *n != counts[0]));
}
