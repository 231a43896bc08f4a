//! Wallets keep their records few by themselves, and the number of merges shows nothing of the
//! records' values.

use super::{office_of, shape, wallet};
use crate::support::*;
use serde_json::{json, Value};
use std::fs;
use std::path::Path;
use wallets::household::MOST_RECORDS;
use wallets::note::Payload;

const CYCLES: usize = 9;

/// One household that bids in every cycle and is never matched: each time it takes its lock back,
/// as a separate record.
fn lonely(volume: impl Fn(usize) -> usize) -> Value {
    let mut scenario = json(&scenario(SMALL));
    let mut plan = scenario["cycles"][0]["plans"][0].take();
    assert_eq!((&plan["side"], &plan["household"]), (&json!("buy"), &json!("H000")));
    plan["consumed"] = json!(0);
    scenario["households"].as_array_mut().unwrap().truncate(1);
    let cycles = (1..=CYCLES).map(|number| {
        plan["volume"] = json!(volume(number));
        json!({ "cycle": number, "plans": [plan.clone()] })
    });
    scenario["cycles"] = cycles.collect();
    scenario
}

/// The number of the household's unspent B after each block, and the number of those above zero.
fn balances(run: &Reference) -> (Vec<(usize, usize)>, Vec<String>) {
    let (_folder, directory, office) = office_of(run);
    let mut wallet = wallet(0, &office);
    let mut counts = Vec::new();
    for block in &office.blocks().unwrap() {
        wallet.scan(block).unwrap();
        let amount = |payload: &Payload| match payload {
            Payload::Balance { amount, .. } => Some(amount.get()),
            _ => None,
        };
        let amounts = wallet.watch().records().filter(|r| !r.spent()).filter_map(|r| amount(r.payload()));
        let amounts: Vec<u64> = amounts.collect();
        counts.push((amounts.len(), amounts.iter().filter(|amount| **amount > 0).count()));
    }
    (counts, shape(&office, &directory))
}

#[test]
fn wallets_merge_by_themselves_and_alike_whatever_their_records_hold() {
    let market = |name: &str, scenario: &Value| {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.json"));
        fs::write(&path, scenario.to_string()).unwrap();
        let run = played(name, &path);
        // No plan and no shortfall needed one of them.
        let said = String::from_utf8(run.stderr.clone()).unwrap();
        assert_eq!((said.matches("keep their records few").count(), said.matches("households merge").count()), (2, 0));
        assert_eq!(run.report["ledger"]["transactions"]["merge"], json!(2));
        balances(&run)
    };
    // Each lock is greater than all before, so that it is taken from the remaining balance: every
    // record is above zero.
    let (full, one) = market("market-rising-locks", &lonely(|number| 1000 + 7 * number));
    // Each lock equals the refund of the one before, so its change is zero.
    let (empty, other) = market("market-equal-locks", &lonely(|_| 1000));
    let most = |counts: &[(usize, usize)]| *counts.iter().max_by_key(|(all, _)| *all).unwrap();
    assert_eq!((most(&full), full.last().unwrap().0), ((MOST_RECORDS + 1, MOST_RECORDS + 1), MOST_RECORDS));
    assert_eq!((most(&empty), empty.last().unwrap().0), ((MOST_RECORDS + 1, 2), MOST_RECORDS));
    assert_eq!(one, other);
}
