//! Keys are replaced in the middle of a market, with real proofs: a desk's, the matching node's and the
//! regulator's are stolen, and the metering service dies with all that it knew. Whoever takes its
//! number over delivers the trade in flight, and issues what is left to issue, none of it twice.

use crate::forge::{resigned, with_body};
use crate::world::*;
use protocol::ids::{Generation, Height};
use protocol::keys::Address;
use protocol::light::VerifiedBlock;
use protocol::record::metered::Sign;
use protocol::record::Handle;
use protocol::terms::Terms;
use protocol::transaction::body::{Confirm, NewKeys, Operator, RotateKey};
use protocol::transaction::Body;
use protocol::units::{EnergyType, Money};
use protocol::Fr;
use wallets::household::Stage;
use wallets::issuer::{MeteringService, Reading};
use wallets::note::Payload;
use wallets::opening::{MatchOpening, TradeTold};
use wallets::recovery::replace_regulator;
use wallets::regulator::Evidence;
use wallets::seal::Signer;

const MONEY: u64 = 900_000_000;

/// All blocks that the headers prove.
fn blocks(w: &World) -> Vec<VerifiedBlock> {
    let proved = w.headers.height().0 - 1;
    let verified = |height| {
        let (block, opening) = w.node.compact_block(Height(height)).unwrap().unwrap();
        w.headers.verify(block, &opening).unwrap()
    };
    (1..=proved).map(verified).collect()
}

/// Issuers, both households' credentials, the seller's generation and the buyer's money; cycle 1 open.
fn begin(w: &mut World) {
    let registrations = [w.meter.registration(&mut w.rng), w.desk.registration(&mut w.rng)];
    let mut all: Vec<_> = registrations.iter().map(|r| w.regulator.register_issuer(r, LATER).unwrap()).collect();
    all.push(w.regulator.start_epoch(epoch(), LATER).unwrap());
    w.accept(&all);
    let mut next = vec![w.credential(|w| &w.seller), w.credential(|w| &w.buyer)];
    next.push(w.regulator.start_cycle(cycle(), market(), Terms::default(), schedule(), LATER).unwrap());
    let addresses = [w.seller.wallet.payment_address(), w.buyer.wallet.payment_address()];
    addresses.iter().for_each(|to| w.meter.enrol(to));
    let (rng, seller) = (&mut w.rng, w.seller.wallet.address());
    next.push(w.meter.issue_generation(&w.prover, rng, seller, wh(1000), EnergyType::Solar, cycle(), LATER).unwrap());
    let amount = Money::new(MONEY).unwrap();
    next.push(w.desk.issue_balance(&w.prover, &mut w.rng, &addresses[1], amount, LATER).unwrap());
    w.accept(&next);
    w.at(OPENS);
}

/// The two plans are listed; their handles.
fn list(w: &mut World) -> [Handle; 2] {
    let sell = w.seller.wallet.list_sell(&w.prover, &mut w.rng, &offer(), cycle()).unwrap();
    let buy = w.buyer.wallet.list_buy(&w.prover, &mut w.rng, &bid(), cycle()).unwrap();
    w.blob(&sell.blob);
    w.blob(&buy.blob);
    w.accept(&[sell.transaction, buy.transaction]);
    [sell.handle, buy.handle]
}

/// A desk's key is stolen: the thief makes money until it is replaced, and none after.
fn desk(w: &mut World) {
    let (to, amount) = (w.thief.wallet.payment_address(), Money::new(77).unwrap());
    let made = w.desk.issue_balance(&w.prover, &mut w.rng, &to, amount, LATER).unwrap();
    let stolen = w.desk_signer.clone();
    let new = w.desk.replace_keys(&mut w.rng);
    let rotated = w.regulator.rotate_issuer(&new, LATER).unwrap();
    w.accept(&[rotated]);
    w.refused("money made with a stolen key", &made, "bad-signature");
    let again = w.desk.issue_balance(&w.prover, &mut w.rng, &to, amount, LATER).unwrap();
    w.refused("the desk's money, signed with its old key", &resigned(&again, &stolen, again.body), "bad-signature");
    w.accept(&[again]);
    assert_eq!(w.thief.wallet.balance(), amount);
}

/// The regulator's key is stolen. The thief may sign until the recovery key has spoken.
fn regulator(w: &mut World) {
    let (chain, new, recovery) = (w.state().chain(), Signer::generate(&mut w.rng), Signer::from_bytes([4; 32]));
    let by = |signer: &Signer| replace_regulator(signer, chain, Generation(0), new.public(), LATER);
    let forged = by(&w.regulator_signer);
    w.refused("a new key of the regulator, by the stolen one", &forged, "bad-signature");
    let thief = w.regulator.suspend_issuer(issuer(DESK), true, LATER);
    w.would_pass("what the thief signs in time", &thief);
    let other = recovery.seal(chain, LATER, thief.body);
    w.refused("the recovery key in the regulator's place", &other, "bad-signature");
    w.accept(&[by(&recovery)]);
    w.refused("what the thief signs too late", &thief, "bad-signature");
    let again = recovery.seal(chain, EVEN_LATER, by(&recovery).body);
    w.refused("the same replacement again", &again, "serial-used");
    w.regulator.replace_signer(new.clone());
    w.regulator_signer = new;
}

/// The matching node's key is stolen.
fn matching_node(w: &mut World) {
    let new = Signer::generate(&mut w.rng);
    let stolen = std::mem::replace(&mut w.matcher, new.clone());
    let rotated = w.regulator.rotate_matching_node(new.public(), LATER);
    w.accept(&[rotated]);
    w.cut_off(0);
    let scores = w.scores(0);
    for score in &scores {
        let forged = stolen.seal(score.chain, score.expiry, score.body);
        w.refused("scores with a stolen key", &forged, "bad-signature");
    }
    w.accept(&scores);
}

/// The round's match, confirmed by both sides.
fn bind(w: &mut World, [sell, buy]: [Handle; 2]) {
    let opens = w.regulator.open_scores(cycle(), 0, LATER).unwrap();
    w.accept(&opens);
    assert!(w.choose(0).unwrap().incidents.is_empty());
    let transcript = w.regulator.transcript(cycle(), 0, LATER).unwrap();
    w.accept(&[transcript]);
    let opens = w.regulator.open_terms(cycle(), 0, LATER).unwrap();
    w.accept(&opens);
    let matches = w.regulator.make_matches(&mut w.rng, cycle(), 0, LATER).unwrap();
    w.accept(&matches.transactions);
    let sold = w.seller.wallet.confirm(&w.prover, &mut w.rng, sell).unwrap();
    let bought = w.buyer.wallet.confirm(&w.prover, &mut w.rng, buy).unwrap();
    w.accept(&[sold]);
    // The service's keys are replaced before the buyer's confirmation is in a block: the ledger says
    // so, and says as well when only the generation is put right.
    let new = w.meter.replace_keys(&mut w.rng);
    let rotated = w.regulator.rotate_issuer(&new, LATER).unwrap();
    w.accept(&[rotated]);
    w.refused("a confirmation to replaced keys", &bought, "replaced-key");
    let Body::ConfirmBuy(said) = bought.body else { panic!() };
    let renamed = Body::ConfirmBuy(Confirm { generation: Generation(1), ..said });
    w.refused("its proof under another generation", &with_body(&bought, renamed), "bad-proof");
    w.buyer.wallet.forget(bought.id());
    let bought = w.buyer.wallet.confirm(&w.prover, &mut w.rng, buy).unwrap();
    w.accept(&[bought]);
    assert_eq!(w.buyer.wallet.watch().plan(buy).unwrap().stage(), Stage::Binding);
    // The service kept its old key beside the new: it knows both sides of the trade.
    assert_eq!(w.meter.trades_of(cycle()).len(), 1);
}

/// A new holder of the metering service's number, which has scanned everything and knows nothing, and
/// the number of blocks that it has scanned.
fn holder(w: &mut World) -> (MeteringService, usize) {
    let genesis = *w.state().genesis();
    let mut new = MeteringService::generate(&mut w.rng, &genesis, issuer(METER)).unwrap();
    let scanned = blocks(w);
    scanned.iter().for_each(|block| new.scan(block).unwrap());
    for wallet in [&w.seller.wallet, &w.buyer.wallet] {
        new.enrol(&wallet.payment_address());
    }
    (new, scanned.len())
}

fn readings(service: &mut MeteringService, seller: Address, buyer: Address) {
    service.read_meter(cycle(), seller, Reading { injected: wh(1000), consumed: wh(0) }).unwrap();
    service.read_meter(cycle(), buyer, Reading { injected: wh(0), consumed: wh(650) }).unwrap();
}

/// The metering service is dead. Its number goes to a new holder, whom the households tell of the
/// trade; then it is delivered and paid.
fn takeover(w: &mut World, [sell, buy]: [Handle; 2]) {
    let (mut new, scanned) = holder(w);
    let (seller, buyer) = (w.seller.wallet.address(), w.buyer.wallet.address());
    let early = new.issue_generation(&w.prover, &mut w.rng, seller, wh(1), EnergyType::Solar, cycle(), LATER);
    assert_eq!(early.err().map(|e| e.code()), Some("not-in-force"));
    let claim = new.take_over(&mut w.rng, None);
    // Without the regulator nobody takes anything over, and not with a key that is somebody else's.
    let of = NewKeys::Issuer(claim.issuer, claim.keys);
    let serial = w.state().regulator_serials().next().unwrap();
    let taken = Body::RotateKey(RotateKey { serial, key: claim.key, of });
    let forged = w.matcher.seal(w.state().chain(), LATER, taken);
    w.refused("a takeover by another", &forged, "bad-signature");
    let key = w.matcher.public();
    let copied = w.by_regulator(|serial| Body::RotateKey(RotateKey { serial, key, of }));
    w.refused("a takeover with another's key", &copied, "key-reused");
    let rotated = w.regulator.rotate_issuer(&claim, LATER).unwrap();
    w.accept(&[rotated]);
    assert_eq!(w.state().generation(Operator::Issuer(issuer(METER))), Generation(2));
    // The dead service's program, back from a backup, finds that it is replaced.
    let old = w.meter.issue_generation(&w.prover, &mut w.rng, seller, wh(1), EnergyType::Solar, cycle(), LATER);
    assert_eq!(old.err().map(|e| e.code()), Some("not-in-force"));
    blocks(w)[scanned..].iter().for_each(|block| new.scan(block).unwrap());
    w.meter = new;

    w.at(CLOSES);
    readings(&mut w.meter, seller, buyer);
    assert!(w.meter.deliver(&w.prover, &mut w.rng, cycle(), LATER).unwrap().is_empty(), "it knows no trade yet");
    let told = [w.seller.wallet.tell_service(sell).unwrap(), w.buyer.wallet.tell_service(buy).unwrap()];
    false_trades(w, &told);
    told.iter().for_each(|told| w.meter.told(told).unwrap());
    let halves = w.meter.deliver(&w.prover, &mut w.rng, cycle(), LATER).unwrap();
    assert_eq!(halves.len(), 2);
    w.accept(&halves);
    let sold = w.seller.wallet.settle(&w.prover, &mut w.rng, sell).unwrap();
    let bought = w.buyer.wallet.settle(&w.prover, &mut w.rng, buy).unwrap();
    w.accept(&[sold, bought]);
    let paid = w.seller.wallet.balance().get();
    assert!(paid > 0 && w.buyer.wallet.balance().get() + paid == MONEY);
}

/// A household that tells of a trade that it does not have, or of other terms, or another's.
fn false_trades(w: &mut World, told: &[TradeTold; 2]) {
    let [sold, bought] = told;
    let code = |w: &mut World, told: TradeTold| w.meter.told(&told).err().map(|e| e.code());
    let more = TradeTold { terms: MatchOpening { volume: wh(601), ..sold.terms }, ..*sold };
    assert_eq!(code(w, more), Some("false-trade"), "another volume");
    let mut plan = sold.plan;
    plan.owner = bought.plan.owner;
    assert_eq!(code(w, TradeTold { plan, ..*sold }), Some("false-trade"), "another household's plan");
    plan = sold.plan;
    plan.meter = Fr::from(OTHER_METER);
    assert_eq!(code(w, TradeTold { plan, ..*sold }), Some("false-trade"), "another service's plan");
    plan = sold.plan;
    plan.owner = Fr::from(5u64);
    assert_eq!(code(w, TradeTold { plan, ..*sold }), Some("unknown-household"));
    assert_eq!(code(w, TradeTold { terms: bought.terms, ..*sold }), Some("false-trade"), "the other side's terms");
    assert!(w.meter.deliver(&w.prover, &mut w.rng, cycle(), LATER).unwrap().is_empty());
}

/// The new holder issues one of two metered records and dies. The next one's key reaches back to the
/// cycle, the quorum opens what was issued, and the other record is issued.
fn reaches_back(w: &mut World, [sell, buy]: [Handle; 2]) {
    let rows = w.meter.issue_remainders(&w.prover, &mut w.rng, cycle(), LATER).unwrap();
    assert_eq!(rows.len(), 2);
    let (first, lost): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| row.sign == Sign::Surplus);
    w.accept(&[first[0].transaction]);

    let (mut new, scanned) = holder(w);
    let (seller, buyer) = (w.seller.wallet.address(), w.buyer.wallet.address());
    let claim = new.take_over(&mut w.rng, Some(cycle()));
    let rotated = w.regulator.rotate_issuer(&claim, LATER).unwrap();
    w.accept(&[rotated]);
    w.refused("a record of the dead service", &lost[0].transaction, "bad-signature");
    blocks(w)[scanned..].iter().for_each(|block| new.scan(block).unwrap());
    readings(&mut new, seller, buyer);
    new.told(&w.seller.wallet.tell_service(sell).unwrap()).unwrap();
    new.told(&w.buyer.wallet.tell_service(buy).unwrap()).unwrap();
    let unknown = new.issue_remainders(&w.prover, &mut w.rng, cycle(), LATER).err();
    assert_eq!(unknown.map(|e| e.code()), Some("already-issued"), "it does not know what was issued");

    // The replacement is the announcement on which the quorum opens.
    let proof = |w: &World, id| w.node.acceptance_proof(&id).unwrap().unwrap();
    let evidence = Evidence { open: proof(w, rotated.id()), target: proof(w, first[0].transaction.id()) };
    let ask = |w: &World, evidence: &Evidence| {
        w.shares[..2].iter().map(|share| share.partial(evidence, &w.headers)).collect::<Result<Vec<_>, _>>()
    };
    let itself = Evidence { open: evidence.target.clone(), ..evidence.clone() };
    assert_eq!(ask(w, &itself).err().map(|e| e.code()), Some("not-opened"), "no replacement");
    let partials = ask(w, &evidence).unwrap();
    let record = w.regulator.former_record(&evidence, &w.headers, &partials).ok().unwrap();
    let Payload::Metered { volume, sign, .. } = record.1 else { panic!() };
    assert!(record.0 == seller && (volume, sign) == (wh(400), Sign::Surplus));
    assert_eq!(
        w.regulator.former_record(&evidence, &w.headers, &partials[..1]).err().map(|e| e.code()),
        Some("bad-shares")
    );

    assert_eq!(new.take_former_records(cycle(), &[]).err().map(|e| e.code()), Some("already-issued"));
    let wrong = new.take_former_records(cycle(), &[(buyer, record.1)]);
    assert_eq!(wrong.err().map(|e| e.code()), Some("false-trade"));
    new.take_former_records(cycle(), &[record]).unwrap();
    let rows = new.issue_remainders(&w.prover, &mut w.rng, cycle(), LATER).unwrap();
    let [row] = &rows[..] else { panic!("one record is left") };
    assert!((row.household, row.sign, row.volume) == (buyer, Sign::Shortfall, wh(50)));
    w.meter = new;
    w.accept(&[row.transaction]);
    // The earlier replacement reached back to nothing, so the quorum opens nothing on it.
    let replaced = blocks(w)
        .iter()
        .flat_map(|block| block.transactions.clone())
        .find(|t| matches!(t.body, Body::RotateKey(b) if b.of.operator() == Operator::Issuer(issuer(METER))));
    let early = Evidence { open: proof(w, replaced.unwrap().id), ..evidence };
    assert_eq!(ask(w, &early).err().map(|e| e.code()), Some("not-opened"));
    let late = Evidence { open: proof(w, rotated.id()), target: proof(w, row.transaction.id()) };
    assert_eq!(ask(w, &late).err().map(|e| e.code()), Some("not-opened"), "the new holder's own record");
}

pub fn keys_are_replaced() {
    let mut w = World::new();
    begin(&mut w);
    desk(&mut w);
    regulator(&mut w);
    let plans = list(&mut w);
    matching_node(&mut w);
    bind(&mut w, plans);
    takeover(&mut w, plans);
    reaches_back(&mut w, plans);
}
