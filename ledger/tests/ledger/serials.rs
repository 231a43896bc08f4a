//! Serials of operators' transactions: each is used once, in any order, and no gap and no refused
//! transaction blocks another. Attacks on the order of operators' transactions are refused.

use crate::edit;
use crate::world::*;
use ledger::Refusal;
use protocol::ids::Serial;
use protocol::record::Handle;
use protocol::transaction::body::*;
use protocol::transaction::Body;
use protocol::units::Side;

fn outcomes(w: &mut World, block: &[Vec<u8>]) -> Vec<Result<(), Refusal>> {
    w.block(block).receipts.iter().map(|receipt| receipt.outcome).collect()
}

/// A household takes its plan back in front of a batch of matches. Once the transcript is posted
/// the ledger does not let it, so all the matches are made.
#[test]
fn one_release_voids_no_match_of_a_round() {
    let mut w = World::open();
    let sells: Vec<Handle> = (0..10).map(|_| w.list(Side::Sell)).collect();
    let buys: Vec<Handle> = (0..10).map(|_| w.list(Side::Buy)).collect();
    w.at(u64::from(ROUND));
    w.accept(w.transcript(0));
    let first = w.regulator_serial().0;
    let release = w.release(sells[0]);
    let mut block = vec![w.bytes(release)];
    for i in 0..10 {
        let body = w.pairing(0, sells[i], buys[i]);
        block.push(w.bytes(edit!(body, Match, b => b.serial = Serial(first + i as u64))));
    }
    let outcomes = outcomes(&mut w, &block);
    assert_eq!(outcomes[0], Err(Refusal::InPairing));
    assert!(outcomes[1..].iter().all(Result::is_ok), "{outcomes:?}");
}

/// A refused Match, or one that those who order blocks leave out, blocks none behind it; nor does
/// any other order of the same matches.
#[test]
fn matches_count_in_any_order_and_a_refused_one_blocks_no_other() {
    let mut w = World::open();
    let sells: Vec<Handle> = (0..6).map(|_| w.list(Side::Sell)).collect();
    let buys: Vec<Handle> = (0..6).map(|_| w.list(Side::Buy)).collect();
    let late = w.list(Side::Sell);
    w.at(u64::from(ROUND));
    w.accept(w.transcript(0));
    let first = w.regulator_serial().0;
    let mut matches: Vec<Body> = Vec::new();
    for i in 0..6 {
        let body = w.pairing(0, sells[i], buys[i]);
        matches.push(edit!(body, Match, b => b.serial = Serial(first + i as u64)));
    }
    // The third names a plan that is not the round's; the fifth is left out.
    let third = edit!(matches[2], Match, b => b.sell = Handle(late.0 + protocol::Fr::from(1u64)));
    let order = [matches[5], third, matches[3], matches[0], matches[1]];
    let block: Vec<Vec<u8>> = order.into_iter().map(|body| w.bytes(body)).collect();
    let refused = Err(Refusal::UnknownPlan);
    assert_eq!(outcomes(&mut w, &block), [Ok(()), refused, Ok(()), Ok(()), Ok(())]);
    // The refused one used no serial, and both are made later, below the highest serial.
    w.accept(matches[2]);
    w.accept(matches[4]);
    assert_eq!(w.state.regulator_serials().highest(), Serial(first + 5));
}

/// A buyer takes its bid back in front of the matching node's scores: its own scores are refused,
/// and those of all others are posted.
#[test]
fn one_release_voids_one_bids_scores_and_no_others() {
    let mut w = World::open();
    w.list(Side::Sell);
    let buys: Vec<Handle> = (0..10).map(|_| w.list(Side::Buy)).collect();
    w.at(u64::from(ROUND));
    let first = w.matcher_serial().0;
    let release = w.release(buys[0]);
    let mut block = vec![w.bytes(release)];
    for (i, buy) in buys.iter().enumerate() {
        block.push(w.bytes(edit!(w.scores(0, *buy), Scores, b => b.serial = Serial(first + i as u64))));
    }
    let outcomes = outcomes(&mut w, &block);
    assert_eq!(outcomes[..2], [Ok(()), Err(Refusal::WrongStage)]);
    assert!(outcomes[2..].iter().all(Result::is_ok), "{outcomes:?}");
}

/// From the transcript to the round's end a plan of the round stays; before and after, and once a
/// match of the round has taken it, its household can take it back as ever.
#[test]
fn plans_of_a_round_stay_from_its_transcript_to_its_end() {
    let mut w = World::open();
    let plans: Vec<Handle> = [Side::Sell, Side::Buy, Side::Sell, Side::Buy].map(|side| w.list(side)).to_vec();
    w.at(u64::from(ROUND));
    let late = w.list(Side::Sell);
    let before = w.clone().release(plans[0]);
    w.clone().accept(before);
    w.accept(w.transcript(0));
    for plan in &plans {
        let release = w.release(*plan);
        assert_eq!(w.refusal(release), Refusal::InPairing);
    }
    let release = w.release(late);
    w.accept(release);
    // Matched and refused: it cannot be matched again in this round.
    let match_id = w.pair(0, plans[0], plans[1]);
    w.accept(Body::Refuse(Objection { match_id, handle: plans[1] }));
    for plan in &plans[..2] {
        let release = w.release(*plan);
        w.accept(release);
    }
    w.at(u64::from(ROUND) * 2 - 1);
    let release = w.release(plans[2]);
    assert_eq!(w.refusal(release), Refusal::InPairing);
    w.at(u64::from(ROUND) * 2);
    let release = w.release(plans[2]);
    w.accept(release);
    // The transcript of the second round.
    w.accept(w.transcript(1));
    let release = w.release(plans[3]);
    assert_eq!(w.refusal(release), Refusal::InPairing);
    w.at(CLOSES);
    let release = w.release(plans[3]);
    w.accept(release);
}

/// One transaction far ahead would end an operator's numbers if the ledger took it.
#[test]
fn no_jump_ends_an_operators_numbers() {
    let mut w = World::open();
    let issuer = issuer(0);
    let highest = w.state.issuer_serials(issuer).unwrap().highest().0;
    let with =
        |w: &mut World, serial: u64| edit!(w.issue(0, Issued::Generation), Issue, b => b.serial = Serial(serial));
    for far in [highest + 4097, u64::MAX] {
        let body = with(&mut w, far);
        assert_eq!(w.refusal(body), Refusal::SerialClosed);
    }
    let body = with(&mut w, highest + 4096);
    w.accept(body);
    for open in [highest + 8192, highest + 4097, highest + 4096 + 1000] {
        let body = with(&mut w, open);
        w.accept(body);
        let again = with(&mut w, open);
        assert_eq!(w.refusal(again), Refusal::SerialUsed);
    }
    let body = with(&mut w, highest + 4095);
    assert_eq!(w.refusal(body), Refusal::SerialClosed);
    // Each operator has numbers of its own.
    assert_eq!(w.state.issuer_serials(crate::world::issuer(1)).unwrap().highest(), Serial(0));
    assert!(w.state.regulator_serials().highest() < Serial(100));
}
