//! The report of a run, as JSON and as tables.

use super::folder::Market;
use super::play::{Account, Outcome};
use crate::settle::file::{file_records, FileRecord};
use market::settlement::Party;
use serde::Serialize;
use std::collections::BTreeMap;
use terminal::table::{money, table};

/// The format's name.
const FORMAT: &str = "veilgrid-async-report/1";

/// The outcome of a run, ready to be shown.
pub struct Report<'a> {
    outcome: &'a Outcome,
    accounts: BTreeMap<Party, Account>,
}

#[derive(Serialize)]
struct Json<'a> {
    format: &'static str,
    cycles: Vec<JsonCycle<'a>>,
    refused: Vec<JsonRefusal<'a>>,
    penalties: Vec<JsonPenalty<'a>>,
    frozen: Vec<JsonFrozen<'a>>,
    open: Vec<JsonOpen<'a>>,
    accounts: Vec<JsonAccount<'a>>,
}

#[derive(Serialize)]
struct JsonCycle<'a> {
    cycle: u32,
    settled_in: u32,
    missing: &'a [String],
    records: Vec<FileRecord<'a>>,
}

#[derive(Serialize)]
struct JsonRefusal<'a> {
    arrived: u32,
    cycle: u32,
    user: &'a str,
    why: &'static str,
}

#[derive(Serialize)]
struct JsonPenalty<'a> {
    cycle: u32,
    user: &'a str,
    amount: u64,
}

#[derive(Serialize)]
struct JsonFrozen<'a> {
    user: &'a str,
    from: u32,
}

#[derive(Serialize)]
struct JsonOpen<'a> {
    cycle: u32,
    missing: &'a [String],
}

#[derive(Serialize)]
struct JsonAccount<'a> {
    user: &'a str,
    supplied: u128,
    consumed: u128,
    money: i128,
    penalties: u128,
}

impl<'a> Report<'a> {
    /// The report of an outcome.
    pub fn new(market: &Market, outcome: &'a Outcome) -> Self {
        Report { outcome, accounts: outcome.accounts(&market.users) }
    }

    /// The report as JSON.
    pub fn json(&self) -> String {
        let o = self.outcome;
        let cycles = o.settled.iter().map(|s| JsonCycle {
            cycle: s.cycle.get(),
            settled_in: s.at.get(),
            missing: &s.missing,
            records: file_records(&s.records),
        });
        let refused = o.refused.iter().map(|r| JsonRefusal {
            arrived: r.arrived.get(),
            cycle: r.reading.cycle.get(),
            user: &r.reading.user,
            why: r.why.code(),
        });
        let penalties =
            o.penalties.iter().map(|p| JsonPenalty { cycle: p.cycle.get(), user: &p.user, amount: p.amount.get() });
        let accounts = self.accounts.iter().map(|(party, a)| JsonAccount {
            user: party.name(),
            supplied: a.supplied,
            consumed: a.consumed,
            money: a.money,
            penalties: a.penalties,
        });
        let json = Json {
            format: FORMAT,
            cycles: cycles.collect(),
            refused: refused.collect(),
            penalties: penalties.collect(),
            frozen: o.frozen.iter().map(|f| JsonFrozen { user: &f.user, from: f.from.get() }).collect(),
            open: o.open.iter().map(|(cycle, missing)| JsonOpen { cycle: cycle.get(), missing }).collect(),
            accounts: accounts.collect(),
        };
        serde_json::to_string_pretty(&json).expect("structs of strings and integers are JSON") + "\n"
    }

    /// The report as tables.
    pub fn summary(&self) -> String {
        let o = self.outcome;
        let cycles = o.settled.iter().map(|s| {
            let energy: u64 = s.records.iter().map(|r| r.energy.get()).sum();
            let between = s.records.iter().filter(|r| r.seller != Party::Grid && r.buyer != Party::Grid);
            let between: u64 = between.map(|r| r.energy.get()).sum();
            let numbers = [s.cycle.get().into(), s.at.get().into(), s.records.len() as u64, energy, between];
            numbers.iter().map(u64::to_string).chain([s.missing.join(" ")]).collect()
        });
        let head = ["cycle", "settled in", "records", "Wh", "between users", "missing"];
        let mut text = table("cycles", &head, o.settled.len(), cycles.collect());
        let refused = o.refused.iter().map(|r| {
            let (arrived, cycle) = (r.arrived.get().to_string(), r.reading.cycle.get().to_string());
            vec![arrived, cycle, r.reading.user.clone(), r.why.code().to_string()]
        });
        text += &table("readings refused", &["arrived", "cycle", "user", "why"], o.refused.len(), refused.collect());
        let accounts = self.accounts.iter().map(|(party, a)| {
            let frozen = o.frozen.iter().find(|f| f.user == party.name()).map(|f| f.from.get().to_string());
            let penalties = i128::try_from(a.penalties).unwrap_or(i128::MAX);
            let (supplied, consumed) = (a.supplied.to_string(), a.consumed.to_string());
            vec![
                party.name().to_string(),
                supplied,
                consumed,
                money(a.money),
                money(penalties),
                frozen.unwrap_or_default(),
            ]
        });
        let head = ["user", "supplied Wh", "consumed Wh", "money", "penalties", "frozen from"];
        text += &table("accounts", &head, self.accounts.len(), accounts.collect());
        for (cycle, missing) in &o.open {
            text += &format!("cycle {} is open: it waits for {}\n", cycle.get(), missing.join(" "));
        }
        text
    }
}
