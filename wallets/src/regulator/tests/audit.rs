//! Audits of plans, trace keys and matches.

use super::*;
use protocol::ids::Serial;

#[test]
fn an_audit_opens_one_household_on_the_record_with_t_shares_and_not_with_fewer() {
    let mut w = World::new();
    w.start();
    let key = TraceKey::from_field(f(4242));
    let deposit = deposit_of(&mut w.rng, &w.genesis.audit_key, &key);
    w.plain(95, vec![credential_with(deposit)]);
    let kappa = key.commitment();
    let mut own = w.sell(1, (1200, 450_000), (1200, 450_000)).body;
    own.handle = Handle(f(31));
    own.tag = key.tag(TraceKind::Sell, cycle(7), 3);
    let e = ephemeral_scalar(&mut w.rng);
    own.c1 = ephemeral(&e);
    own.audit = encrypt(Role::Audit, &w.genesis.audit_key.point(), f(31), &e, &[f(77), f(1200), f(450_000)]);
    w.plain(102, vec![Body::SellPlan(own)]);
    w.buy(11, 800, 525_000);

    let mut ledger = Proved::new(&w.genesis);
    let (deposited, listed) = (ledger.plain(credential_with(deposit)), ledger.plain(Body::SellPlan(own)));
    assert_eq!(w.regulator.open_trace(kappa, [0; 32], LATER), Err(Error::NoReason));
    assert_eq!(w.regulator.open_trace(TraceCommitment(f(1)), [5; 32], LATER), Err(Error::UnknownTraceKey));
    let open = w.regulator.open_trace(kappa, [5; 32], LATER).unwrap();
    // Nothing is opened without the entry on the ledger: not for a refused Open, nor for another
    // plan's, nor against headers that do not reach it.
    let refused = ledger.refuse(&[open]).remove(0);
    let short = ledger.headers.clone();
    let evidence = Evidence { open: ledger.accept(&[open]).remove(0), target: deposited.clone() };
    let holder = w.shares[0].clone();
    let code = |evidence: &Evidence, headers: &HeaderChain| holder.partial(evidence, headers).map_err(|e| e.code());
    assert_eq!(code(&Evidence { open: refused, ..evidence.clone() }, &ledger.headers), Err("light-not-accepted"));
    assert_eq!(code(&evidence, &short), Err("light-truncated"));
    let plan = Evidence { target: listed.clone(), ..evidence.clone() };
    assert_eq!(code(&plan, &ledger.headers), Err("not-opened"), "the entry is for the trace key");
    let parts: Vec<Partial> = w.shares.iter().map(|s| s.partial(&evidence, &ledger.headers).unwrap()).collect();
    for bad in [&parts[..1], &[], &[parts[0], parts[0]]] {
        assert_eq!(w.regulator.trace(&evidence, &ledger.headers, bad).map(|_| ()), Err(Error::BadShares));
    }
    assert_eq!(w.regulator.trace(&plan, &ledger.headers, &parts).err().map(|e| e.code()), Some("not-opened"));
    assert_eq!(w.regulator.decryptions(), Decryptions::default(), "t - 1 shares decrypt nothing");
    for two in [[parts[0], parts[1]], [parts[2], parts[0]], [parts[1], parts[2]]] {
        assert!(w.regulator.trace(&evidence, &ledger.headers, &two).is_ok_and(|k| k.expose() == key.expose()));
    }
    let keys = BTreeMap::from([(Epoch::new(1).unwrap(), key)]);
    let epochs = BTreeSet::from([Epoch::new(1).unwrap()]);
    let found = w.regulator.trail().find(&keys, &[cycle(6), cycle(7)], &epochs);
    assert_eq!((found.plans, found.payments.len(), found.looked_for), (vec![Handle(f(31))], 0, 2 * 16 + 4 + 4 + 256));

    let open = w.regulator.open_audit(Handle(f(31)), [5; 32], LATER).unwrap();
    assert_eq!(w.regulator.open_audit(Handle(f(99)), [5; 32], LATER), Err(Error::UnknownPlan));
    let evidence = Evidence { open: ledger.accept(&[open]).remove(0), target: listed };
    let parts: Vec<Partial> = w.shares[1..].iter().map(|s| s.partial(&evidence, &ledger.headers).unwrap()).collect();
    assert_eq!(w.regulator.audit(&evidence, &ledger.headers, &parts[..1]).map(|_| ()), Err(Error::BadShares));
    let plan = w.regulator.audit(&evidence, &ledger.headers, &parts).ok().unwrap();
    assert!(plan.owner == Address(f(77)) && plan.volume == wh(1200) && plan.price.get() == 450_000);
    assert_eq!(w.regulator.decryptions(), Decryptions { audits: 1, traces: 3, ..Default::default() });
}

#[test]
fn a_matchs_terms_open_to_the_regulator_and_never_to_the_quorum() {
    let mut w = World::new();
    w.start();
    // A match whose c1 is copied from a plan: the quorum's answer would open that plan, under the
    // match's entry.
    let plan = w.sell(1, (1200, 450_000), (1200, 450_000)).body;
    let opening = MatchOpening {
        other: Handle(f(2)),
        volume: wh(800),
        price: Price::new(450_000).unwrap(),
        cycle: cycle(7),
        blinding: f(9),
    };
    let match_id = opening.record(Side::Sell, plan.handle).id();
    let e = ephemeral_scalar(&mut w.rng);
    let said = [f(800), f(450_000), f(9)];
    let honest = Match {
        serial: Serial(1),
        cycle: cycle(7),
        round: 0,
        match_id,
        sell: plan.handle,
        buy: Handle(f(2)),
        c1: ephemeral(&e),
        terms: encrypt(Role::Terms, &w.genesis.terms_key.point(), match_id.0, &e, &said),
        seller: [f(0); 3],
        buyer: [f(0); 3],
    };
    w.plain(112, vec![Body::Match(honest)]);
    let open = w.regulator.open_trade(match_id, [5; 32], LATER).unwrap();
    assert_eq!(w.regulator.open_trade(MatchId(f(1)), [5; 32], LATER), Err(Error::UnknownMatch));
    let mut ledger = Proved::new(&w.genesis);
    let open = ledger.accept(&[open]).remove(0);
    let evidence = |target| Evidence { open: open.clone(), target };
    let seal = Seal::Signature([0; 64]);
    let mut on_ledger = |m: Match| {
        let transaction = Transaction { chain: w.genesis.chain(), expiry: LATER, body: Body::Match(m), seal };
        ledger.accept(&[transaction]).remove(0)
    };
    let (right, copied) = (evidence(on_ledger(honest)), evidence(on_ledger(Match { c1: plan.c1, ..honest })));
    for evidence in [&right, &copied] {
        assert_eq!(w.shares[0].partial(evidence, &ledger.headers), Err(Error::NotAuditable));
    }
    assert!(w.regulator.trade(&right, &ledger.headers).is_ok_and(|o| o == opening));
    assert_eq!(w.regulator.trade(&copied, &ledger.headers).err(), Some(Error::WrongTerms));
}
