//! Attacks between match and binding: wrong scores, terms outside the plans, others' plans,
//! confirmations moved.

use crate::forge::{broken, proof, with_body, with_proof};
use crate::listing::Plans;
use crate::world::*;
use fhe_matcher::pairing::{faults, Fault, Pair, Ranking, Rankings};
use ledger::WrongScores;
use protocol::elgamal::{encrypt, Role};
use protocol::ids::{Generation, Height, Serial};
use protocol::record::{Commitment, Handle, MatchId};
use protocol::relation::check::{blinding, Ephemeral, Owner};
use protocol::relation::confirm::{Confirm as ConfirmStatement, ConfirmWitness};
use protocol::relation::refuse::{Refuse as RefuseStatement, RefuseWitness};
use protocol::relation::release::{Release as ReleaseStatement, ReleaseWitness};
use protocol::transaction::body::{
    Complaint, Confirm, Contest, Match, Note, Objection, Release, Scores, Transcript, NOTE_BYTES,
};
use protocol::transaction::{Body, Transaction};
use protocol::units::{Energy, Price, Side};
use protocol::Fr;
use testkit::adversary::WrongScoresMatcher;
use wallets::household::OwnPlan;
use wallets::opening::{seal_match, MatchOpening, SealedMatch};
use wallets::prover::{Instance, Prover};
use wallets::regulator::Incident;

/// The binding trade.
pub struct Bound {
    pub match_id: MatchId,
    pub confirm_sell: Transaction,
}

/// A match as a faulty regulator's service would seal it. It tells the buyer noise.
fn match_by_hand(w: &mut World, plans: &Plans, round: u8, volume: Energy, price: Price) -> Transaction {
    let opening = MatchOpening { other: plans.buy, volume, price, cycle: cycle(), blinding: blinding(&mut w.rng) };
    let (sell, buy) = (plans.sell, plans.buy);
    let keys = [sell, buy].map(|h| w.state().plan(&h).unwrap().plan_key);
    let terms_key = w.state().genesis().terms_key.point();
    let made = seal_match(&mut w.rng, &terms_key, [&keys[0], &keys[1]], sell, &opening);
    let SealedMatch { match_id, c1, terms, seller, mut buyer } = made;
    buyer[0] += Fr::from(1u64);
    w.by_regulator(|serial| {
        Body::Match(Match { serial, cycle: cycle(), round, match_id, sell, buy, c1, terms, seller, buyer })
    })
}

fn matching_of(transaction: &Transaction) -> MatchId {
    match transaction.body {
        Body::Match(m) => m.match_id,
        _ => panic!("not a match"),
    }
}

/// A confirmation of a plan by an attacker who knows everything except, perhaps, the owner's key.
/// The native check must refuse it, for these conditions among others, and it gets no proof.
fn no_confirmation(w: &mut World, own: &OwnPlan, owner: &Owner, broken: &[&str]) -> Confirm {
    let (plan, match_id) = (*own.opening(), own.match_opening().unwrap());
    let meter_key = w.state().issuer(issuer(METER)).unwrap().encryption_key.point();
    let (ephemeral, r, handle) = (Ephemeral::random(&mut w.rng), blinding(&mut w.rng), own.handle());
    let messages = [plan.owner, match_id.volume];
    let statement = ConfirmStatement {
        match_id: match_id.id(),
        handle,
        cycle: cycle(),
        meter: issuer(METER),
        meter_key,
        c1: ephemeral.point(),
        metering: encrypt(Role::Metering, &meter_key, handle.0, &ephemeral.e, &messages),
        change: Commitment(r),
        binding: r,
    };
    let energy_type = Fr::from(own.energy_type().map_or(0, |t| t.number()));
    let witness = ConfirmWitness { owner: owner.clone(), match_id, plan, energy_type, change_blinding: r, ephemeral };
    let instance = match own.side() {
        Side::Sell => Instance::ConfirmSell(&statement, &witness),
        Side::Buy => Instance::ConfirmBuy(&statement, &witness),
    };
    refused_by_relation(w, &instance, broken);
    Confirm {
        match_id: statement.match_id,
        handle,
        meter: statement.meter,
        generation: Generation::default(),
        c1: statement.c1,
        metering: statement.metering,
        change: statement.change,
        memo: Note([0; NOTE_BYTES]),
    }
}

/// The native check names these conditions, and the prover has no proof to give.
pub fn refused_by_relation(w: &mut World, instance: &Instance<'_>, broken: &[&str]) {
    let found = instance.check().unwrap_err().0;
    assert!(broken.iter().all(|b| found.contains(b)), "{found:?} lacks some of {broken:?}");
    let key = w.prover.key_id(instance.kind()).unwrap();
    assert_eq!(w.prover.prove(key, instance, &mut w.rng).unwrap_err().code(), "prover");
}

pub fn binds(w: &mut World, plans: &Plans, merge: &Transaction) -> Bound {
    wrong_scores(w, plans);
    let any = proof(merge);

    // Terms outside both plans: more than either volume, for less than the ask.
    let bad = match_by_hand(w, plans, 0, wh(5000), price(337_500));
    // The regulator cannot match before it has posted its transcript of the scores.
    w.refused("a match without a transcript", &bad, "no-transcript");
    let said = |digest| {
        move |serial| Body::Transcript(Transcript { serial, cycle: cycle(), round: 0, digest, answers: [0; 32] })
    };
    let (transcript, chain) = (w.by_regulator(said([1; 32])), w.state().chain());
    let forged = w.matcher.seal(chain, LATER, transcript.body);
    w.refused("a transcript by the matching node", &forged, "bad-signature");
    w.accept(&[transcript]);
    let other = w.by_regulator(said([2; 32]));
    w.refused("a second transcript", &other, "transcript-reused");
    let bad = match_by_hand(w, plans, 0, wh(5000), price(337_500));
    // Only the regulator matches.
    w.refused("a match by the matching node", &w.matcher.seal(chain, LATER, bad.body), "bad-signature");
    w.accept(&[bad]);
    badly_paired(w, plans);
    let error = w.seller.wallet.confirm(&w.prover, &mut w.rng, plans.sell).unwrap_err();
    assert_eq!(error.code(), "terms-outside");
    // The owner goes past its own wallet: without a witness there is no proof, and a proof of
    // another statement is refused.
    let (own, owner) = (w.seller.wallet.watch().plan(plans.sell).unwrap().clone(), w.seller.owner.clone());
    let said = no_confirmation(w, &own, &owner, &["3.volume", "3.price"]);
    let forged = with_proof(&with_body(merge, Body::ConfirmSell(said)), any);
    w.refused("a forged confirmation of terms outside", &forged, "bad-proof");
    // To the seller the match opens, so it has nothing to complain of. The buyer was told noise.
    let error = w.seller.wallet.complain(&mut w.rng, plans.sell).unwrap_err();
    assert_eq!(error.code(), "nothing-wrong");
    let error = w.buyer.wallet.confirm(&w.prover, &mut w.rng, plans.buy).unwrap_err();
    assert_eq!(error.code(), "wrong-opening");
    let complaint = w.buyer.wallet.complain(&mut w.rng, plans.buy).unwrap();
    // A complaint by another: its point and proof with the other side's plan.
    let Body::Complain(said) = complaint.body else { panic!() };
    let moved = with_body(&complaint, Body::Complain(Complaint { handle: plans.sell, ..said }));
    w.refused("a complaint moved to the other side", &moved, "bad-proof");
    let bent = Complaint { shared: w.state().genesis().terms_key.point(), ..said };
    w.refused("a complaint with another point", &with_body(&complaint, Body::Complain(bent)), "bad-proof");
    let later = Transaction { expiry: EVEN_LATER, ..complaint };
    w.refused("a complaint with another expiry", &later, "bad-proof");
    let Complaint { match_id, handle, .. } = said;
    let refusal = with_proof(&with_body(merge, Body::Refuse(Objection { match_id, handle })), any);
    w.refused("a refusal with a merge's proof", &refusal, "bad-proof");
    w.accept(&[complaint]);
    let marks: Vec<_> = w.state().bad_matches().map(|mark| (mark.match_id, mark.handle)).collect();
    assert_eq!(marks, [(match_id, handle)], "a mark for the regulator");
    w.refused("a complaint again", &complaint, "duplicate-transaction");
    // The dissolved trade accepts no more transactions, and its pair no other match in this round.
    w.refused("a refusal of a dissolved match", &refusal, "wrong-stage");
    w.refused("a complaint of a dissolved match", &later, "wrong-stage");
    let again = match_by_hand(w, plans, 0, wh(600), price(345_000));
    w.refused("a second match in a round", &again, "already-matched");

    honest_round(w, plans);
    let trade = w.buyer.wallet.watch().plan(plans.buy).unwrap().trade().unwrap().id;
    others_plans(w, plans, trade, merge);
    confirm(w, plans, trade)
}

/// The regulator decrypts only what it has announced, and only scores that it recomputed itself.
fn wrong_scores(w: &mut World, plans: &Plans) {
    w.cut_off(0);
    let honest = w.scores(0);
    let Body::Scores(body) = honest[0].body else { panic!() };
    assert_eq!((honest.len(), body.buy), (1, plans.buy));
    let chain = w.state().chain();
    w.refused("scores by another", &w.other_meter.seal(chain, LATER, honest[0].body), "bad-signature");
    let wrong = WrongScoresMatcher::scores(body);
    w.accept(&[w.matcher.seal(chain, LATER, Body::Scores(wrong))]);
    let corrected = Body::Scores(Scores { serial: Serial(body.serial.0 + 1), ..body });
    w.refused("scores posted again", &w.matcher.seal(chain, LATER, corrected), "scores-reused");
    assert_eq!(w.choose(0).unwrap_err().code(), "not-opened");
    let opens = w.regulator.open_scores(cycle(), 0, LATER).unwrap();
    w.accept(&opens);
    let choice = w.choose(0).unwrap();
    assert!(choice.rankings.bids.iter().all(|ranking| ranking.offers.is_empty()));
    assert_eq!(choice.incidents, [Incident::ScoresWrong(plans.buy)]);
    assert_eq!(choice.incidents[0].code(), "scores-wrong");
    assert_eq!(w.regulator.decryptions(), Default::default());

    // A validator finds the wrong scores, and the ledger strikes them out on anybody's contest; a
    // bystander's key is enough.
    let height = w.state().height();
    let blocks = w.node.compact_blocks(Height(1)).to_vec();
    let found: Vec<_> = blocks.iter().flat_map(|b| w.node.wrong_scores(b, &mut w.rng).unwrap()).collect();
    assert_eq!(found, [WrongScores { cycle: cycle(), round: 0, buy: plans.buy, digest: wrong.digest }]);
    let contest = w.other_meter.seal(chain, LATER, Body::Contest(found[0].contest(w.other_meter.public())));
    w.refused("a contest in another's name", &w.matcher.seal(chain, LATER, contest.body), "bad-signature");
    w.accept(&[contest]);
    let strikes: Vec<_> = w.state().strikes().map(|s| (s.height > height, s.contest.buy, s.contest.digest)).collect();
    assert_eq!(strikes, [(true, plans.buy, wrong.digest)]);
    assert!(w.regulator.book().scores(cycle(), 0, plans.buy).is_none());
    let again = w.matcher.seal(chain, LATER, Body::Contest(found[0].contest(w.matcher.public())));
    w.refused("a contest of what is struck out", &again, "no-scores");
    // Right scores stay, no matter who contests them.
    w.accept(&[w.matcher.seal(chain, LATER, corrected)]);
    w.refused("a contest of right scores that names wrong ones", &again, "no-scores");
    let right = Contest { digest: body.digest, ..found[0].contest(w.matcher.public()) };
    let again = w.matcher.seal(chain, LATER, Body::Contest(right));
    w.refused("a contest of right scores", &again, "scores-right");
}

/// The ledger accepts a match that does not follow from the scores, since it cannot know them. But
/// an auditor who asks for the document behind the transcript gets none, or one by which no pair
/// was to be matched.
fn badly_paired(w: &mut World, plans: &Plans) {
    assert_eq!(w.pairing_faults(0), ["no-document"]);
    let round = w.regulator.book().round(cycle(), 0).unwrap();
    let of = (w.state().chain(), cycle(), 0);
    let nobody = Rankings { blinding: [3; 32], bids: vec![Ranking { bid: plans.buy, offers: vec![] }] };
    assert_eq!(faults(of, round, Some(&nobody)), [Fault::WrongDocument]);
    let mut honest = round.clone();
    honest.transcript.as_mut().unwrap().digest = nobody.digest(of);
    let made = Pair { sell: plans.sell, buy: plans.buy };
    assert_eq!(faults(of, &honest, Some(&nobody)), [Fault::Undue(made)]);
}

/// Round 1, played honestly: one score vector is opened, and the terms of the one pair.
fn honest_round(w: &mut World, plans: &Plans) {
    w.cut_off(1);
    let scores = w.scores(1);
    w.accept(&scores);
    let opens = w.regulator.open_scores(cycle(), 1, LATER).unwrap();
    w.accept(&opens);
    let choice = w.choose(1).unwrap();
    assert!(choice.incidents.is_empty());
    let error = w.regulator.open_terms(cycle(), 1, LATER).unwrap_err();
    assert_eq!(error.code(), "no-transcript");
    let transcript = w.regulator.transcript(cycle(), 1, LATER).unwrap();
    w.accept(&[transcript]);
    assert_eq!(w.regulator.pairs(cycle(), 1).unwrap(), [Pair { sell: plans.sell, buy: plans.buy }]);
    assert_eq!(w.pairing_faults(1), ["left-out"], "until the match is there");
    // Terms are decrypted only once their Open is on the ledger too.
    let error = w.regulator.make_matches(&mut w.rng, cycle(), 1, LATER).unwrap_err();
    assert_eq!((error.code(), w.regulator.decryptions().terms), ("not-opened", 0));
    let opens = w.regulator.open_terms(cycle(), 1, LATER).unwrap();
    w.accept(&opens);
    let matches = w.regulator.make_matches(&mut w.rng, cycle(), 1, LATER).unwrap();
    assert!(matches.incidents.is_empty());
    let counted = w.regulator.decryptions();
    assert_eq!((counted.scores, counted.terms, counted.audits, counted.traces), (1, 2, 0, 0));
    w.accept(&matches.transactions);
    assert!(w.pairing_faults(1).is_empty());
    w.refused("a match again", &matches.transactions[0], "duplicate-transaction");
    let second = match_by_hand(w, plans, 1, wh(600), price(345_000));
    assert!(matching_of(&second) != matching_of(&matches.transactions[0]));
    w.refused("a second match of matched plans", &second, "already-matched");
}

/// Another household's plan: the thief's wallet refuses; knowing the openings does not help; a
/// forged proof does not pass. (A viewing key cannot spend by construction: it gives a `Watch`,
/// which makes no transaction, and has no spending key.)
fn others_plans(w: &mut World, plans: &Plans, match_id: MatchId, merge: &Transaction) {
    let (sell, any) = (plans.sell, proof(merge));
    let thief = &mut w.thief.wallet;
    for handle in [plans.sell, plans.buy] {
        let (p, r) = (&w.prover, &mut w.rng);
        let refusals = [
            thief.confirm(p, r, handle),
            thief.refuse(p, r, handle),
            thief.release(p, r, handle),
            thief.complain(r, handle),
            thief.settle(p, r, handle),
            thief.void(p, r, handle),
        ];
        assert!(refusals.into_iter().all(|t| t.is_err_and(|e| e.code() == "unknown-plan")));
    }
    let owner = w.thief.owner.clone();
    let own = w.seller.wallet.watch().plan(sell).unwrap().clone();
    let forged = |body: Body| with_proof(&with_body(merge, body), any);

    let said = no_confirmation(w, &own, &owner, &["2.owner"]);
    w.refused("another's confirmation", &forged(Body::ConfirmSell(said)), "bad-proof");
    let opened = own.match_opening().unwrap();
    let statement = RefuseStatement { match_id, handle: sell, binding: Fr::from(1u64) };
    let witness = RefuseWitness { owner: owner.clone(), match_id: opened, plan: *own.opening() };
    refused_by_relation(w, &Instance::Refuse(&statement, &witness), &["1.owner"]);
    w.refused("another's refusal", &forged(Body::Refuse(Objection { match_id, handle: sell })), "bad-proof");
    let r = blinding(&mut w.rng);
    let energy_type = Fr::from(own.energy_type().unwrap().number());
    let refund = protocol::relation::release::refund(own.opening(), energy_type, own.opening().volume, r);
    let statement =
        ReleaseStatement { handle: sell, cycle: cycle(), side: Side::Sell, refund, binding: Fr::from(1u64) };
    let witness = ReleaseWitness { owner, plan: *own.opening(), energy_type, blinding: r };
    refused_by_relation(w, &Instance::Release(&statement, &witness), &["1.owner"]);
    // Nobody can release a matched plan, and an unknown handle or match is refused.
    let body = Release { handle: sell, refund, memo: said.memo };
    w.refused("another's release", &forged(Body::Release(body)), "wrong-stage");
    let nobody = Handle(Fr::from(4u64));
    w.refused("a release of no plan", &forged(Body::Release(Release { handle: nobody, ..body })), "unknown-plan");
    w.refused("a plan that is no party", &forged(Body::ConfirmSell(Confirm { handle: nobody, ..said })), "not-a-party");
    let unmatched = Confirm { match_id: MatchId(Fr::from(4u64)), ..said };
    w.refused("a match of nothing", &forged(Body::ConfirmSell(unmatched)), "unknown-trade");
}

/// Both sides confirm; a confirmation serves its side, match and service only.
fn confirm(w: &mut World, plans: &Plans, match_id: MatchId) -> Bound {
    let refusal = w.seller.wallet.refuse(&w.prover, &mut w.rng, plans.sell).unwrap();
    w.seller.wallet.forget(refusal.id());
    let sell = w.seller.wallet.confirm(&w.prover, &mut w.rng, plans.sell).unwrap();
    let buy = w.buyer.wallet.confirm(&w.prover, &mut w.rng, plans.buy).unwrap();
    let (Body::ConfirmSell(sold), Body::ConfirmBuy(bought)) = (sell.body, buy.body) else { panic!() };
    w.would_pass("a refusal", &refusal);
    w.would_pass("a confirmation", &sell);
    let one = Fr::from(1u64);
    let other_match = w.state().trades_of(cycle()).find(|t| t.match_id != match_id).unwrap().match_id;
    let cases = [
        ("ConfirmSell's proof in ConfirmBuy", with_proof(&buy, proof(&sell)), "bad-proof"),
        ("ConfirmBuy's proof in ConfirmSell", with_proof(&sell, proof(&buy)), "bad-proof"),
        ("a ConfirmSell called ConfirmBuy", with_body(&sell, Body::ConfirmBuy(sold)), "not-a-party"),
        ("a ConfirmBuy called ConfirmSell", with_body(&buy, Body::ConfirmSell(bought)), "not-a-party"),
        (
            "a ConfirmBuy with the seller's content",
            with_body(&sell, Body::ConfirmBuy(Confirm { handle: plans.buy, ..sold })),
            "bad-proof",
        ),
        (
            "another metering service",
            with_body(&sell, Body::ConfirmSell(Confirm { meter: issuer(OTHER_METER), ..sold })),
            "bad-proof",
        ),
        (
            "a desk for metering service",
            with_body(&sell, Body::ConfirmSell(Confirm { meter: issuer(DESK), ..sold })),
            "wrong-role",
        ),
        (
            "no metering service",
            with_body(&sell, Body::ConfirmSell(Confirm { meter: issuer(77), ..sold })),
            "unregistered-issuer",
        ),
        (
            "another metering ciphertext",
            with_body(&sell, Body::ConfirmSell(Confirm { metering: [sold.metering[0], one], ..sold })),
            "bad-proof",
        ),
        (
            "more change than is left",
            with_body(&buy, Body::ConfirmBuy(Confirm { change: sold.change, ..bought })),
            "bad-proof",
        ),
        (
            "another match",
            with_body(&sell, Body::ConfirmSell(Confirm { match_id: other_match, ..sold })),
            "wrong-stage",
        ),
        ("a withdrawal of a matched plan", plans.release, "wrong-stage"),
    ];
    for (what, transaction, code) in cases {
        w.refused(what, &transaction, code);
    }
    let copy = broken(&sell, &mut w.rng);
    w.together("a broken confirmation first", &[copy, sell, buy], &["bad-proof", "ok", "ok"]);
    w.together("a refusal after the confirmation", &[sell, refusal], &["ok", "already-confirmed"]);
    w.together("a confirmation after the refusal", &[refusal, sell], &["ok", "wrong-stage"]);
    w.accept(&[sell]);
    w.refused("a refusal after confirming", &refusal, "already-confirmed");
    w.refused("a confirmation again", &sell, "duplicate-transaction");
    w.accept(&[buy]);
    w.refused("a confirmation of a binding trade", &Transaction { expiry: EVEN_LATER, ..sell }, "already-confirmed");
    w.refused("a refusal of a binding trade", &refusal, "already-confirmed");
    // Release after binding: the withdrawal that was proved while the plan was listed.
    w.refused("a withdrawal of a bound plan", &plans.release, "wrong-stage");
    let seller = &mut w.seller.wallet;
    assert_eq!(seller.release(&w.prover, &mut w.rng, plans.sell).unwrap_err().code(), "wrong-stage");
    Bound { match_id, confirm_sell: sell }
}
