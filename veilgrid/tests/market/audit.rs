//! `audit` as a user runs it, on the folder of a market that was played to its end.

use crate::support::*;
use protocol::transaction::body::Purpose;
use protocol::transaction::Body;
use serde_json::Value;
use std::path::Path;
use terminal::Coded;
use veilgrid::audit::office::Office;

fn audit(directory: &Path, household: &str, range: (&str, &str), more: &[&str]) -> std::process::Output {
    let base = ["audit", "household", "--data-dir", text(directory), "--household", household];
    veilgrid(&[&base[..], &["--from", range.0, "--to", range.1], more].concat())
}

fn stdout(output: &std::process::Output) -> String {
    assert!(output.status.success(), "{}", stderr(output));
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// Opens the folder in this process. A process that another test starts holds a copy of this one's
/// open files for a moment, and with them the lock of a folder that was just closed.
fn office(directory: &Path) -> Office {
    let mut attempts = 0;
    loop {
        match Office::open(directory, 0) {
            Err(error) if error.code() == "in-use" && attempts < 200 => {
                attempts += 1;
                std::thread::sleep(std::time::Duration::from_millis(10));
            }
            opened => return opened.unwrap(),
        }
    }
}

/// Counts on the ledger itself: the plans and payments, which all carry a tag, and the entries that
/// announce the opening of one.
fn on_ledger(directory: &Path) -> (u64, u64) {
    let office = office(directory);
    let (mut tagged, mut announced) = (0, 0);
    for transaction in office.blocks().unwrap().iter().flat_map(|block| &block.transactions) {
        match &transaction.body {
            Body::SellPlan(_) | Body::BuyPlan(_) | Body::Surplus(_) | Body::Shortfall(_) | Body::Withdraw(_) => {
                tagged += 1;
            }
            Body::Open(open) if matches!(open.purpose, Purpose::Audit | Purpose::Payment) => announced += 1,
            _ => {}
        }
    }
    (tagged, announced)
}

/// Audits every household of a played market and compares the statements with the market's outcome.
/// Gives, over all audits, the openings and the ciphertexts left closed.
pub fn every_household(directory: &Path, scenario: &Value, expected: &Value) -> (u64, u64) {
    let cycles: Vec<u64> =
        scenario["cycles"].as_array().unwrap().iter().map(|c| c["cycle"].as_u64().unwrap()).collect();
    let (from, to) = (cycles[0].to_string(), cycles.last().unwrap().to_string());
    let (mut opened, mut closed) = (0, 0);
    for household in expected["households"].as_array().unwrap() {
        let name = household["id"].as_str().unwrap();
        let planned = |cycle: &Value| cycle["plans"].as_array().unwrap().iter().any(|p| p["household"] == name);
        let active = scenario["cycles"].as_array().unwrap().iter().filter(|cycle| planned(cycle)).count();
        if active == 0 {
            continue;
        }
        let (tagged, before) = on_ledger(directory);
        let account: Value = serde_json::from_str(&stdout(&audit(directory, name, (&from, &to), &["--json"]))).unwrap();
        assert_eq!(account["sum"], household["balance"], "{name}: {account:#}");
        let rows = account["rows"].as_array().unwrap();
        let sum: i64 = rows.iter().map(|row| row["money"].as_i64().unwrap()).sum();
        assert_eq!(Some(sum), household["balance"].as_i64());
        // Trades and grid, line by line.
        for (role, what, sign) in [("seller", "sale", 1), ("buyer", "purchase", -1)] {
            let of = |row: &&Value| row["what"] == what && row["standing"] == "settled";
            let found: Vec<(i64, i64)> = rows
                .iter()
                .filter(of)
                .map(|row| (row["volume_wh"].as_i64().unwrap(), row["money"].as_i64().unwrap()))
                .collect();
            let mut trades: Vec<(i64, i64)> = (expected["trades"].as_array().unwrap().iter())
                .filter(|trade| trade[role] == name)
                .map(|t| {
                    // After both penalties, where the market has any.
                    let owes = |side: &str| t[side].as_i64().unwrap_or(0);
                    let moved = t["amount"].as_i64().unwrap() - owes("seller_owes") + owes("buyer_owes");
                    (t["settled_volume"].as_i64().unwrap(), sign * moved)
                })
                .collect();
            let mut found = found;
            found.sort();
            trades.sort();
            assert_eq!(found, trades, "{name} as {role}");
        }
        let grid: i64 = (expected["grid"].as_array().unwrap().iter())
            .filter(|row| row["household"] == name)
            .map(|row| row["amount"].as_i64().unwrap())
            .sum();
        let of_grid = rows.iter().filter(|row| row["what"] == "surplus" || row["what"] == "shortfall");
        assert_eq!(of_grid.map(|row| row["money"].as_i64().unwrap()).sum::<i64>(), grid, "{name} and the grid");
        // Every tag of every kind was looked for in every cycle for which there is a key, and only
        // ciphertexts with one of the tags were opened.
        let number = |path: &str| account.pointer(path).and_then(Value::as_u64).unwrap();
        assert!(number("/checks/tags_looked_for") >= (2 * 16 + 2 * 4 + 256) * active as u64);
        let (plans, payments) = (number("/checks/opened/plans"), number("/checks/opened/payments"));
        assert_eq!(plans + payments, number("/checks/tags_found"));
        assert_eq!(plans as usize, rows.iter().filter(|r| r["what"] == "sell_plan" || r["what"] == "buy_plan").count());
        // Of all tagged ciphertexts, those that no entry of this audit names were left closed.
        let announced = on_ledger(directory).1 - before;
        assert_eq!((number("/checks/tagged_on_ledger"), announced), (tagged, plans + payments), "{name}");
        assert_eq!(number("/checks/left_closed"), tagged - announced, "{name}");
        opened += plans + payments;
        closed += number("/checks/left_closed");
    }
    verified(directory);
    (opened, closed)
}

#[test]
fn a_household_is_audited_alone_and_its_statement_sums_to_its_balance() {
    let (_folder, copy) = copy_of_reference();
    let before = verified(&copy);
    let (opened, closed) =
        every_household(&copy, &json(&scenario(SMALL)), &json(&case(&format!("{SMALL}.expected.json"))));
    // Each audit opens its own household's ciphertexts once, and never the other's: one audit opens
    // what the other leaves closed.
    assert_eq!((opened, closed), (5, 5), "a payment each, one sell plan, one buy plan that was listed twice");
    assert_ne!(verified(&copy), before, "the entries are on the ledger");
    // The market can still be continued.
    let report = copy.join("../report.json");
    let again = veilgrid(&market(&scenario(SMALL), &copy, &report));
    assert!(again.status.success(), "{}", stderr(&again));
    assert_eq!(json(&report)["households"], reference().report["households"]);

    let csv = stdout(&audit(&copy, "H001", ("1", "1"), &["--csv"]));
    let mut lines = csv.lines();
    assert_eq!(lines.next(), Some("cycle,what,standing,volume_wh,price,money,reference"));
    let balance = &reference().report["households"][1]["balance"];
    assert_eq!(csv.lines().last(), Some(format!(",sum,,,,{balance},").as_str()));
    let text = stdout(&audit(&copy, "H001", ("0", "9"), &["--reason", "a request"]));
    assert!(["left closed: 3 of the 5", "announced on the ledger"].iter().all(|w| text.contains(w)), "{text}");
}

#[test]
fn one_plan_is_audited_with_its_entry() {
    let (_folder, copy) = copy_of_reference();
    let place = ["audit", "plan", "--data-dir", text(&copy)];
    let list = stdout(&veilgrid(&place));
    assert_eq!(list.lines().count(), 3, "{list}");
    let handle = list.lines().find(|line| line.contains("sell")).unwrap().split_whitespace().last().unwrap();
    let entries = || {
        let output = veilgrid(&["ledger", "verify", text(&copy)]);
        let out = String::from_utf8(output.stdout).unwrap();
        let line = out.lines().find(|line| line.starts_with("open ")).unwrap().to_string();
        line.split_whitespace().last().unwrap().parse::<u64>().unwrap()
    };
    let before = entries();
    let said = stdout(&veilgrid(&[&place[..], &["--plan", handle]].concat()));
    assert!(said.contains("sell plan of H001 in cycle 1") && said.contains("announced on the ledger"), "{said}");
    assert_eq!(entries(), before + 1);
}

#[test]
fn bad_questions_get_one_line_and_no_entry() {
    let (_folder, copy) = copy_of_reference();
    let before = verified(&copy);
    let nowhere = copy.join("none");
    refused(&audit(&nowhere, "H001", ("1", "1"), &[]), 2, &["the folder has no finished market", text(&nowhere)]);
    refused(&audit(&copy, "H009", ("1", "1"), &[]), 2, &["--household H009"]);
    refused(&audit(&copy, "H001", ("2", "1"), &[]), 2, &["--from 2 --to 1"]);
    refused(&audit(&copy, "H001", ("7", "9"), &[]), 2, &["no cycle in this range"]);
    refused(&audit(&copy, "H001", ("1", "1"), &["--seed", "4"]), 2, &["seed 4"]);
    let plan = |handle: &str| veilgrid(&["audit", "plan", "--data-dir", text(&copy), "--plan", handle]);
    for bad in ["12", &"g".repeat(64), &"f".repeat(64), &"é".repeat(32)] {
        refused(&plan(bad), 2, &["--plan", "64 hexadecimal digits"]);
    }
    refused(&plan(&"0".repeat(64)), 2, &["no such plan"]);
    for missing in [&["audit"][..], &["audit", "household"], &["audit", "household", "--from", "x"]] {
        assert_eq!(veilgrid(missing).status.code(), Some(2));
    }
    assert_eq!(verified(&copy), before, "nothing was announced");
    for (help, words) in [("household", "trace tags"), ("plan", "opens nothing")] {
        let help = stdout(&veilgrid(&["audit", help, "--help"]));
        assert!(["Examples", words, "keys of every role", "--data-dir"].iter().all(|w| help.contains(w)), "{help}");
    }
}
