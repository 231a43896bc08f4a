//! Services that keep halves back: they lose the trades of these halves, and nobody loses another.

use super::*;
use proptest::prelude::*;
use protocol::light::VerifiedBlock;
use std::collections::{BTreeMap, BTreeSet};

/// A binding trade: match, round, sell and buy household, volume.
type Trade = (u64, u8, u64, u64, u64);

/// Several services, their households, and trades among them, on a ledger that voids what is not
/// delivered in its round's slot.
struct Market {
    w: World,
    services: Vec<MeteringService>,
    trades: Vec<Trade>,
    posted: BTreeMap<u64, BTreeSet<u8>>,
    delivered: BTreeSet<u64>,
    void: BTreeSet<u64>,
}

/// The service of a household: household h is with service h % 3.
fn of(household: u64) -> usize {
    (household % 3) as usize
}

impl Market {
    /// Services 1, 2 and 3 with these readings (household, injected, consumed), and binding trades.
    fn new(readings: &[(u64, u64, u64)], trades: &[Trade]) -> Self {
        let mut w = World::new();
        let own = |n: usize| readings.iter().filter(|(h, ..)| of(*h) == n).copied().collect::<Vec<_>>();
        let services: Vec<_> = (0..3).map(|n| w.service(n as u32 + 1, &own(n))).collect();
        let registered = w.registered(&services.iter().collect::<Vec<_>>());
        let mut bodies: Vec<(Body, Vec<Event>)> =
            registered.into_iter().chain([cycle_start(1, 7)]).map(|b| (b, vec![])).collect();
        let mut ordered = trades.to_vec();
        ordered.sort_by_key(|(_, round, ..)| *round);
        for (id, round, ..) in &ordered {
            bodies.extend(w.matched_in(*round, *id, 2 * id, 2 * id + 1).into_iter().map(|b| (b, vec![])));
        }
        for (id, _, seller, buyer, volume) in &ordered {
            let sell = w.confirm(&services[of(*seller)], *id, 2 * id, *seller, *volume);
            let buy = w.confirm(&services[of(*buyer)], *id, 2 * id + 1, *buyer, *volume);
            bodies.push((Body::ConfirmSell(sell), vec![]));
            bodies.push((Body::ConfirmBuy(buy), binding(*id)));
        }
        let block = w.chain.block(250, vec![], bodies);
        let mut market = Market {
            w,
            services,
            trades: ordered,
            posted: BTreeMap::new(),
            delivered: BTreeSet::new(),
            void: BTreeSet::new(),
        };
        market.scan(&block);
        market
    }
    fn scan(&mut self, block: &VerifiedBlock) {
        self.services.iter_mut().for_each(|service| service.scan(block).unwrap());
    }
    /// Every service posts what it can, but for the halves (match, side) that are withheld. Whether
    /// anything was posted.
    fn post(&mut self, time: u64, withheld: &BTreeSet<(u64, u8)>) -> bool {
        let mut halves = Vec::new();
        for service in &mut self.services {
            let made = service.deliver(&NativeProver, &mut self.w.rng, cycle(7), LATER).unwrap();
            halves.extend(made.into_iter().filter_map(|t| match t.body {
                Body::Deliver(d) => Some(d),
                _ => None,
            }));
        }
        let name = |d: &Deliver| (crate::seal::small(d.match_id.0).unwrap(), d.side as u8);
        halves.retain(|d| !withheld.contains(&name(d)));
        let (mut events, mut bodies) = (Vec::new(), Vec::new());
        for half in &halves {
            let (id, side) = name(half);
            let sides = self.posted.entry(id).or_default();
            assert!(sides.insert(side), "each half once");
            if sides.len() == 2 {
                self.delivered.insert(id);
                events.push(Event::Delivered(MatchId(f(id))));
            }
            bodies.push((Body::Deliver(*half), vec![]));
        }
        let block = self.w.chain.block(time, vec![], bodies);
        self.scan(&block);
        let block = self.w.chain.block(time, events, vec![]);
        self.scan(&block);
        !halves.is_empty()
    }
    /// Plays the slots of rounds 0 to 3. In each, services post until nothing more comes; then the
    /// slot ends, and the round's trades without both halves are void. Every honest half of a round
    /// must be there by the beginning of its slot.
    fn play(&mut self, withheld: &BTreeSet<(u64, u8)>) {
        let schedule = schedule();
        for round in 0..4u8 {
            let due = schedule.delivery_due(round).0;
            let begins = due - u64::from(schedule.delivery_slot);
            while self.post(begins, withheld) {}
            let mut events = Vec::new();
            for (id, of, ..) in &self.trades {
                if *of != round {
                    continue;
                }
                for side in [0, 1] {
                    let there = self.posted.get(id).is_some_and(|sides| sides.contains(&side));
                    assert_eq!(there, !withheld.contains(&(*id, side)), "a whole slot before {id} is due");
                }
                if !self.delivered.contains(id) {
                    self.void.insert(*id);
                    events.push(void(*id));
                }
            }
            let block = self.w.chain.block(due, events, vec![]);
            self.scan(&block);
        }
    }
    /// Exactly the trades of withheld halves are void; each household's settled trades and its
    /// remainder together are not more than its reading, and no half is above its volume.
    fn check(&mut self, withheld: &BTreeSet<(u64, u8)>, readings: &[(u64, u64, u64)]) {
        let lost: BTreeSet<u64> = withheld.iter().map(|(id, _)| *id).collect();
        assert_eq!(self.void, lost);
        for (household, injected, consumed) in readings {
            for (side, reading) in [(Side::Sell, injected), (Side::Buy, consumed)] {
                let mine = self.trades.iter().filter(|(id, _, s, b, _)| {
                    (if side == Side::Sell { s } else { b }) == household && !lost.contains(id)
                });
                let mut taken = 0;
                for (id, _, _, _, volume) in mine {
                    let outcome = self.services[of(*household)].outcome(MatchId(f(*id))).expect("it is delivered");
                    let own = if side == Side::Sell { outcome.injected } else { outcome.consumed };
                    assert!(own.get() <= *volume && outcome.delivered <= own);
                    taken += outcome.delivered.get();
                }
                assert!(taken <= *reading, "{household} {side:?}: {taken} of {reading}");
            }
        }
        // Everything is decided, so every service can issue the rests.
        for service in &mut self.services {
            let own = service.readings.is_empty();
            let issued = service.issue_remainders(&NativeProver, &mut self.w.rng, cycle(7), LATER);
            assert!(own || issued.is_ok(), "{:?}", issued.err());
        }
    }
}

/// Service 2 keeps back one half of 1 Wh. All later trades of the seller waited for it, to the
/// deadline. Now the trade of the half that was kept back is void, and no other.
#[test]
fn attack_one_half_kept_back_voids_all_later_trades_of_the_household() {
    // Household 3 is with the first service, 1 with the evil one, 2 with the honest one.
    let readings = [(3, 1000, 0), (1, 0, 300), (2, 0, 900)];
    // In one round, and in rounds after one another.
    for rounds in [[0, 0, 0], [0, 1, 2], [0, 0, 1], [0, 1, 1]] {
        let trades = [(100, rounds[0], 3, 1, 1), (101, rounds[1], 3, 2, 800), (102, rounds[2], 3, 2, 100)];
        for kept in [(100, 1), (100, 0)] {
            let withheld = BTreeSet::from([kept]);
            let mut market = Market::new(&readings, &trades);
            market.play(&withheld);
            market.check(&withheld, &readings);
            let honest = market.services[of(3)].outcome(MatchId(f(101))).unwrap();
            assert_eq!((honest.injected, honest.consumed), (wh(800), wh(800)), "{rounds:?}");
        }
    }
    // The same on the buyers' side.
    let readings = [(3, 0, 1000), (1, 300, 0), (2, 900, 0)];
    for rounds in [[0, 0], [0, 1]] {
        let trades = [(100, rounds[0], 1, 3, 1), (101, rounds[1], 2, 3, 800)];
        let withheld = BTreeSet::from([(100, 0)]);
        let mut market = Market::new(&readings, &trades);
        market.play(&withheld);
        market.check(&withheld, &readings);
    }
}

/// A half that is sealed again is the same record. Whoever copied it kept it off the ledger, when
/// records were unique by value. Records are unique by trade and side now, and a copy has no proof.
#[test]
fn attack_a_half_sealed_again_has_the_same_record() {
    let mut market = Market::new(&[(3, 1000, 0), (1, 0, 300)], &[(100, 0, 3, 1, 800)]);
    let service = &mut market.services[of(3)];
    let first = bodies(&service.deliver(&NativeProver, &mut market.w.rng, cycle(7), LATER).unwrap())[0];
    let again = service.deliver_again(&NativeProver, &mut market.w.rng, cycle(7), LATER).unwrap();
    assert_eq!(bodies(&again)[0].delivery, first.delivery);
}

/// A household's S wait for its own trades alone.
#[test]
fn a_household_whose_trades_are_decided_does_not_wait_for_others() {
    let readings = [(3, 1000, 0), (6, 500, 0), (1, 0, 300), (2, 0, 400)];
    let mut market = Market::new(&readings, &[(100, 0, 3, 1, 200), (101, 1, 6, 2, 300)]);
    let withheld = BTreeSet::from([(101, 1)]);
    while market.post(290, &withheld) {}
    let service = &mut market.services[of(3)];
    let rows = service.issue_remainders(&NativeProver, &mut market.w.rng, cycle(7), LATER).unwrap();
    assert_eq!(rows.iter().map(row).collect::<Vec<_>>(), [(3, 0, 800)]);
    let early = service.issue_remainders(&NativeProver, &mut market.w.rng, cycle(7), LATER);
    assert_eq!(early.err().map(|e| e.code()), Some("cycle-open"));
    let block = market.w.chain.block(310, vec![void(101)], vec![]);
    market.scan(&block);
    let service = &mut market.services[of(3)];
    let rows = service.issue_remainders(&NativeProver, &mut market.w.rng, cycle(7), LATER).unwrap();
    assert_eq!(rows.iter().map(row).collect::<Vec<_>>(), [(6, 0, 500)], "a void trade costs nothing");
    let all = service.issue_remainders(&NativeProver, &mut market.w.rng, cycle(7), LATER);
    assert_eq!(all.err(), Some(Error::AlreadyIssued));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    /// Whatever halves are kept back, no service that posts in time loses a trade for it.
    #[test]
    fn no_service_that_posts_in_time_loses_a_trade_for_anothers_withholding(
        injected in prop::array::uniform3(0u64..2000),
        consumed in prop::array::uniform3(0u64..2000),
        trades in prop::collection::vec((0u8..4, 0u64..3, 0u64..3, 1u64..900), 1..9),
        kept in prop::collection::btree_set((0u64..9, 0u8..2), 0..5),
    ) {
        let sellers = injected.iter().enumerate().map(|(n, wh)| (n as u64 + 1, *wh, 0));
        let buyers = consumed.iter().enumerate().map(|(n, wh)| (n as u64 + 4, 0, *wh));
        let readings: Vec<_> = sellers.chain(buyers).collect();
        let trades: Vec<Trade> = (100..).zip(trades).map(|(id, (round, s, b, v))| (id, round, s + 1, b + 4, v)).collect();
        let withheld: BTreeSet<(u64, u8)> =
            kept.into_iter().map(|(n, side)| (n + 100, side)).filter(|(id, _)| *id < 100 + trades.len() as u64).collect();
        let mut market = Market::new(&readings, &trades);
        market.play(&withheld);
        market.check(&withheld, &readings);
    }
}
