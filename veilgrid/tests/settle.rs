//! Asynchronous settlement: the cases, and the properties that hold for every input.

use market::settlement::{settle, Amount, Cell, Flows, Matrix, Party, Tariff};
use proptest::prelude::*;
use protocol::units::{Cycle, Energy, Money, Price};
use std::collections::BTreeMap;
use std::path::Path;
use veilgrid::settle::file::{records_json, Input};
use veilgrid::settle::run::{play, Arrivals, Market, Reading, Why};

#[test]
fn the_cases() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../data/cases/async");
    let mut count = 0;
    for entry in std::fs::read_dir(&folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let Some(case) = name.strip_suffix(".input.json") else { continue };
        let input = Input::parse(&std::fs::read(folder.join(&name)).unwrap()).unwrap();
        let records = settle(&input.cycle, &input.matrix, input.tariff);
        let found: serde_json::Value = serde_json::from_str(&records_json(&records)).unwrap();
        let expected = std::fs::read(folder.join(format!("{case}.expected.json"))).unwrap();
        assert_eq!(found, serde_json::from_slice::<serde_json::Value>(&expected).unwrap(), "{case}");
        count += 1;
    }
    assert_eq!(count, 4, "a case was added or lost");
}

fn refused(change: impl Fn(&str) -> String) -> String {
    let honest = r#"{"format":"veilgrid-async/1","feed_in":1,"retail":2,"supply":[{"user":"A","wh":10}],"consumption":[{"user":"B","wh":7}],"matrix":{"A":{"B":{"priority":1,"price":3}}}}"#;
    Input::parse(honest.as_bytes()).unwrap();
    let changed = change(honest);
    assert_ne!(changed, honest);
    Input::parse(changed.as_bytes()).unwrap_err().to_string()
}

#[test]
fn what_is_no_input_is_refused_with_its_place() {
    let cases = [
        (r#""wh":10}"#, r#""wh":10},{"user":"A","wh":1}"#, "supply[1].user: user \"A\" occurs twice"),
        (r#""wh":7"#, r#""wh":4294967296"#, "consumption[0].wh: "),
        (r#""wh":7"#, r#""wh":-7"#, "consumption[0].wh: "),
        (r#""wh":7"#, r#""wh":7.5"#, "consumption[0].wh: "),
        (r#""price":3"#, r#""price":4294967296"#, "matrix.A.B.price: "),
        (r#""price":3}"#, r#""price":3},"B":{"priority":2,"price":3}"#, "duplicate field `B`"),
        (r#""A","wh""#, r#""grid","wh""#, "supply[0].user: \"grid\" cannot be"),
        (r#""A","wh""#, r#""","wh""#, "supply[0].user: \"\" cannot be"),
        ("async/1", "async/2", "format: the format is \"veilgrid-async/2\""),
        (r#""retail":2,"#, "", "missing field `retail`"),
        (r#""retail":2,"#, r#""retail":2,"more":1,"#, "more: unknown field"),
        ("}}}}", "}}}", "not JSON: "),
    ];
    for (from, to, message) in cases {
        let found = refused(|honest| honest.replacen(from, to, 1));
        assert!(found.contains(message) && !found.contains('\n'), "{found:?} should contain {message:?}");
    }
}

fn names(n: usize) -> Vec<String> {
    (0..n).map(|i| format!("u{i}")).collect()
}

prop_compose! {
    fn matrices()(cells in prop::collection::vec((0usize..6, 0usize..6, -2i64..3, 0u64..1 << 32), 0..30)) -> Matrix {
        let mut matrix = Matrix::new();
        for (seller, buyer, priority, price) in cells {
            let cell = Cell { priority, price: Price::new(price).unwrap() };
            matrix.entry(names(6)[seller].clone()).or_default().insert(names(6)[buyer].clone(), cell);
        }
        matrix
    }
}

fn amounts() -> impl Strategy<Value = Vec<Amount>> {
    let user = prop::sample::subsequence(names(6), 0..=6).prop_shuffle();
    (user, prop::collection::vec(prop_oneof![Just(0u64), 1u64..50, Just((1 << 32) - 1)], 6)).prop_map(|(users, wh)| {
        let amount = |(user, wh)| Amount { user, energy: Energy::new(wh).unwrap() };
        users.into_iter().zip(wh).map(amount).collect()
    })
}

fn tariff() -> Tariff {
    Tariff { feed_in: Price::new(350_000).unwrap(), retail: Price::new(650_000).unwrap() }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn energy_balances_for_every_user(supply in amounts(), consumption in amounts(), matrix in matrices()) {
        let flows = Flows { supply, consumption };
        let records = settle(&flows, &matrix, tariff());
        for user in names(6) {
            let of = |list: &[Amount]| list.iter().filter(|a| a.user == user).map(|a| a.energy.get()).sum::<u64>();
            let party = Party::User(user.clone());
            let sold: u64 = records.iter().filter(|r| r.seller == party).map(|r| r.energy.get()).sum();
            let bought: u64 = records.iter().filter(|r| r.buyer == party).map(|r| r.energy.get()).sum();
            prop_assert_eq!((sold, bought), (of(&flows.supply), of(&flows.consumption)));
        }
        for r in &records {
            prop_assert!(r.energy > Energy::ZERO && r.seller != r.buyer);
            match (&r.seller, &r.buyer) {
                (Party::User(s), Party::User(b)) => prop_assert_eq!(matrix[s][b].price, r.price),
                (Party::User(_), Party::Grid) => prop_assert_eq!(r.price, tariff().feed_in),
                (Party::Grid, _) => prop_assert_eq!(r.price, tariff().retail),
            }
        }
        // No seller sells to the grid while a buyer of its row still buys from it.
        for r in records.iter().filter(|r| r.buyer == Party::Grid) {
            for buyer in matrix.get(r.seller.name()).into_iter().flat_map(|row| row.keys()).filter(|b| *b != r.seller.name()) {
                let from_grid = |x: &&market::settlement::Record| x.seller == Party::Grid && x.buyer.name() == buyer;
                prop_assert!(!records.iter().any(|x| from_grid(&x)));
            }
        }
    }

    #[test]
    fn a_run_conserves_energy_and_money(
        matrix in matrices(),
        wait in 0u32..4,
        freeze_after in 1u32..4,
        sent in prop::collection::vec(prop::collection::vec((0u32..5, 0usize..6, 0u64..100, 0u64..100), 0..10), 0..12),
    ) {
        let penalty = Money::new(1_000_000).unwrap();
        let market = Market { users: names(6), matrix, tariff: tariff(), wait, penalty, freeze_after };
        let arrivals: Vec<Arrivals> = (1u32..).zip(&sent).map(|(now, sent)| {
            let reading = |(ago, user, supply, consumption): &(u32, usize, u64, u64)| Reading {
                cycle: Cycle::new(now.saturating_sub(*ago).max(1)).unwrap(),
                user: names(6)[*user].clone(),
                supply: Energy::new(*supply).unwrap(),
                consumption: Energy::new(*consumption).unwrap(),
            };
            Arrivals { cycle: Cycle::new(now).unwrap(), readings: sent.iter().map(reading).collect() }
        }).collect();
        let outcome = play(&market, &arrivals);
        let accounts = outcome.accounts(&market.users);
        prop_assert_eq!(accounts.values().map(|a| a.money).sum::<i128>(), 0);
        let sums = accounts.values().fold((0, 0), |(s, c), a| (s + a.supplied, c + a.consumed));
        prop_assert_eq!(sums.0, sums.1);
        // Every reading is refused, or waits, or is settled once: the supplied energy is the sum of
        // the accepted readings.
        let mut accepted: BTreeMap<(u32, String), (u64, u64)> = BTreeMap::new();
        let mut refused = outcome.refused.clone().into_iter();
        let mut next = refused.next();
        for arrived in &arrivals {
            for r in &arrived.readings {
                if next.as_ref().is_some_and(|n| n.arrived == arrived.cycle && n.reading == *r) && is_repetition(&accepted, r, next.as_ref().map(|n| n.why)) {
                    next = refused.next();
                    continue;
                }
                accepted.insert((r.cycle.get(), r.user.clone()), (r.supply.get(), r.consumption.get()));
            }
        }
        prop_assert!(next.is_none());
        let open: Vec<u32> = outcome.open.iter().map(|(c, _)| c.get()).collect();
        for user in &market.users {
            let account = &accounts[&Party::User(user.clone())];
            let counted = accepted.iter().filter(|((c, u), _)| u == user && !open.contains(c)).map(|(_, v)| *v);
            let sums = counted.fold((0, 0), |(s, c), v| (s + u128::from(v.0), c + u128::from(v.1)));
            prop_assert_eq!((account.supplied, account.consumed), sums);
            let misses = outcome.penalties.iter().filter(|p| p.user == *user).count() as u128;
            prop_assert_eq!(account.penalties, misses * u128::from(penalty.get()));
            prop_assert!(misses <= u128::from(freeze_after));
            prop_assert_eq!(outcome.frozen.iter().any(|f| f.user == *user), misses == u128::from(freeze_after));
        }
        // Every cycle is settled once or open, and none waits longer than it may.
        prop_assert_eq!(outcome.settled.len() + open.len(), sent.len());
        for s in &outcome.settled {
            prop_assert!(s.at.get() >= s.cycle.get() && s.at.get() <= s.cycle.get() + wait);
            prop_assert!(s.missing.is_empty() || s.at.get() == s.cycle.get() + wait);
        }
    }
}

/// Of two equal readings in one cycle the first counts and the second is refused. So a refusal as a
/// repetition is never of the first.
fn is_repetition(accepted: &BTreeMap<(u32, String), (u64, u64)>, r: &Reading, why: Option<Why>) -> bool {
    why != Some(Why::Again) || accepted.contains_key(&(r.cycle.get(), r.user.clone()))
}

#[test]
fn late_data_settles_a_cycle_and_missing_data_does_not_hold_it_up() {
    let reading = |cycle: u32, user: &str, supply: u64, consumption: u64| Reading {
        cycle: Cycle::new(cycle).unwrap(),
        user: user.into(),
        supply: Energy::new(supply).unwrap(),
        consumption: Energy::new(consumption).unwrap(),
    };
    let arrivals = |cycle: u32, readings: Vec<Reading>| Arrivals { cycle: Cycle::new(cycle).unwrap(), readings };
    let cell = Cell { priority: 1, price: Price::new(400_000).unwrap() };
    let market = Market {
        users: vec!["A".into(), "B".into()],
        matrix: BTreeMap::from([("A".into(), BTreeMap::from([("B".into(), cell)]))]),
        tariff: tariff(),
        wait: 1,
        penalty: Money::new(5).unwrap(),
        freeze_after: 2,
    };
    let outcome = play(
        &market,
        &[
            arrivals(1, vec![reading(1, "A", 10, 0)]),
            arrivals(2, vec![reading(1, "B", 0, 10), reading(2, "A", 3, 0)]),
            arrivals(3, vec![reading(3, "A", 3, 0)]),
            arrivals(4, vec![reading(2, "B", 0, 1), reading(4, "A", 1, 0)]),
            arrivals(5, vec![reading(5, "B", 0, 1), reading(5, "A", 1, 0)]),
        ],
    );
    let settled: Vec<_> = outcome.settled.iter().map(|s| (s.cycle.get(), s.at.get(), s.missing.len())).collect();
    // Cycle 1 by late data; 2 and 3 without B, who is then frozen, so that 4 and 5 wait for no one.
    assert_eq!(settled, [(1, 2, 0), (2, 3, 1), (3, 4, 1), (4, 4, 0), (5, 5, 0)]);
    let refused: Vec<_> = outcome.refused.iter().map(|r| (r.arrived.get(), r.why)).collect();
    assert_eq!(refused, [(4, Why::TooLate), (5, Why::Frozen)]);
    assert_eq!(outcome.frozen.len(), 1);
    assert_eq!(outcome.penalties.len(), 2);
    let accounts = outcome.accounts(&market.users);
    assert_eq!(accounts[&Party::User("B".into())].money, -(10 * 400_000 + 2 * 5));
}
