//! A metering service that is stopped between sealing, sending and storing: in the end the ledger
//! has every record once.

use super::*;
use protocol::light::VerifiedBlock;

/// A cycle in which 1 sells 800 of 1000 to 2, who takes 900; both are households of the service.
struct Restart {
    w: World,
    service: MeteringService,
}

fn again(service: &MeteringService) -> MeteringService {
    MeteringService::from_bytes(&service.to_bytes()).unwrap()
}

fn commitments(transactions: &[Transaction]) -> Vec<Commitment> {
    let issue = |t: &Transaction| match t.body {
        Body::Issue(i) => i.commitment,
        Body::IssueMetered(i) => i.commitment,
        _ => unreachable!(),
    };
    transactions.iter().map(issue).collect()
}

fn transactions(remainders: &[GridRow]) -> Vec<Transaction> {
    remainders.iter().map(|r| r.transaction).collect()
}

impl Restart {
    fn new() -> Self {
        let mut w = World::new();
        let mut service = w.service(1, &[(1, 1000, 0), (2, 0, 900)]);
        let start = [w.registered(&[&service]), vec![cycle_start(1, 7)]].concat();
        let listed = [start, w.listed_and_matched(100, 11, 12)].concat();
        let confirmations = vec![
            (Body::ConfirmSell(w.confirm(&service, 100, 11, 1, 800)), vec![]),
            (Body::ConfirmBuy(w.confirm(&service, 100, 12, 2, 800)), binding(100)),
        ];
        for block in [w.chain.plain(91, listed), w.chain.block(112, vec![], confirmations)] {
            service.scan(&block).unwrap();
        }
        Restart { w, service }
    }
    /// Both halves are on the ledger.
    fn delivered() -> Self {
        let mut r = Restart::new();
        let halves = r.w.deliver(&mut r.service);
        let block = r.posted(&halves);
        r.service.scan(&block).unwrap();
        r
    }
    fn posted(&mut self, halves: &[Transaction]) -> VerifiedBlock {
        let bodies = halves.iter().map(|t| (t.body, vec![])).collect();
        self.w.chain.block(205, vec![Event::Delivered(MatchId(f(100)))], bodies)
    }
    fn remainders(&mut self, service: &mut MeteringService, expiry: u64) -> Result<Vec<GridRow>, Error> {
        service.issue_remainders(&NativeProver, &mut self.w.rng, cycle(7), Height(expiry))
    }
    fn again(&mut self, service: &mut MeteringService) -> Vec<Transaction> {
        service.issue_again(&NativeProver, &mut self.w.rng, cycle(7), LATER).unwrap()
    }
}

#[test]
fn rests_that_were_sent_and_not_stored_are_not_issued_twice() {
    let mut r = Restart::delivered();
    let mut service = again(&r.service);
    let sent = r.remainders(&mut service, 9).unwrap();
    let mut rows: Vec<_> = sent.iter().map(row).collect();
    rows.sort();
    assert_eq!(rows, [(1, 0, 200), (2, 1, 100)]);
    let sent = transactions(&sent);

    // none, the first, or both have been accepted when the service takes up its earlier state
    for accepted in 0..=2 {
        let mut old = again(&r.service);
        r.w.chain = Chain::at(&genesis(3), 3);
        let block = r.w.chain.accept(300, &sent[..accepted]);
        old.scan(&block).unwrap();
        let mut old = again(&old);
        let missing = r.remainders(&mut old, 9).unwrap();
        assert_eq!(commitments(&transactions(&missing)), commitments(&sent)[accepted..], "{accepted}");
        assert_eq!(r.remainders(&mut old, 9).err(), Some(Error::AlreadyIssued));
        // its books have the records that its earlier state lacked
        let block = r.w.chain.accept(301, &transactions(&missing));
        old.scan(&block).unwrap();
        assert_eq!(old.identity.sealed.len(), 2);
        assert!(old.identity.sealed.keys().eq(old.identity.accepted.keys()));
        assert!(r.again(&mut old).is_empty());
    }

    // an S of the cycle that is not among these: it was made from another reading
    let block = Chain::at(&genesis(3), 3).accept(300, &sent);
    let mut old = again(&r.service);
    old.readings.insert((cycle(7), owner(1)), Reading { injected: wh(1001), consumed: wh(0) });
    old.scan(&block).unwrap();
    assert_eq!(r.remainders(&mut old, 9).err(), Some(Error::AlreadyIssued));
}

#[test]
fn rests_that_were_stored_and_never_accepted_are_sealed_again_once_they_have_expired() {
    for accepted in 0..=1 {
        let mut r = Restart::delivered();
        let mut service = again(&r.service);
        let sealed = transactions(&r.remainders(&mut service, 5).unwrap());
        let mut service = again(&service);
        assert_eq!(r.remainders(&mut service, 9).err(), Some(Error::AlreadyIssued));
        let block = r.w.chain.accept(300, &sealed[..accepted]);
        service.scan(&block).unwrap();
        assert!(r.again(&mut service).is_empty(), "block 5 can still take them");
        let block = r.w.chain.plain(301, []);
        service.scan(&block).unwrap();
        let resealed = r.again(&mut service);
        assert_eq!(commitments(&resealed), commitments(&sealed)[accepted..], "the same records");
        assert!(resealed.iter().all(|t| t.expiry == LATER));
        assert!(r.again(&mut service).is_empty(), "on their way");
        let block = r.w.chain.accept(302, &resealed);
        service.scan(&block).unwrap();
        assert!(r.again(&mut service).is_empty());
    }
}

#[test]
fn halves_that_were_sent_and_not_stored_are_taken_up_again() {
    let mut r = Restart::new();
    let mut service = again(&r.service);
    let sent = r.w.deliver(&mut service);
    // one of them on the ledger
    let block = r.w.chain.plain(205, [sent[1].body]);
    let mut old = again(&r.service);
    old.scan(&block).unwrap();
    let missing = r.w.deliver(&mut old);
    assert_eq!(missing.len(), 1);
    assert!(r.w.openings(&missing)[0] == r.w.openings(&sent)[0], "the same opening");

    // both
    r.w.chain = Chain::at(&genesis(3), 2);
    let block = r.posted(&sent);
    let mut old = again(&r.service);
    old.scan(&block).unwrap();
    assert!(r.w.deliver(&mut old).is_empty());
    service.scan(&block).unwrap();
    assert_eq!(old.outcome(MatchId(f(100))), service.outcome(MatchId(f(100))));
    assert!(old.outcome(MatchId(f(100))).is_some_and(|o| o.settled == wh(800)));
    let (remainders, expected) = (r.remainders(&mut old, 9).unwrap(), r.remainders(&mut service, 9).unwrap());
    assert_eq!(commitments(&transactions(&remainders)), commitments(&transactions(&expected)));

    // both are on the ledger, and the reading differs now: the ledger's halves count
    let mut old = again(&r.service);
    old.readings.insert((cycle(7), owner(1)), Reading { injected: wh(700), consumed: wh(0) });
    old.scan(&block).unwrap();
    assert!(r.w.deliver(&mut old).is_empty());
    assert_eq!(old.outcome(MatchId(f(100))), service.outcome(MatchId(f(100))));
}

#[test]
fn a_service_starts_at_the_first_block_and_what_it_stores_it_can_read() {
    let mut w = World::new();
    let mut service = w.service(1, &[(1, 1000, 0)]);
    let listed = w.chain.plain(91, [cycle_start(1, 7), Body::SellPlan(w.plan(11))]);
    let matched = w.chain.plain(111, w.listed_and_matched(100, 11, 12).into_iter().skip(2));
    assert_eq!(service.scan(&matched), Err(Error::OutOfOrder { expected: 1, got: 2 }));
    // a match of a plan that was never listed
    service.scan(&listed).unwrap();
    service.scan(&matched).unwrap();
    let confirm = Body::ConfirmSell(w.confirm(&service, 100, 11, 1, 800));
    let block = w.chain.block(112, vec![], vec![(confirm, binding(100))]);
    service.scan(&block).unwrap();
    assert_eq!(again(&service).to_bytes(), service.to_bytes());
    assert!(w.deliver(&mut service).is_empty());
}
