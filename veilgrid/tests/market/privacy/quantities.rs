//! No hidden quantity of a run stands in plain where it must not. The test searches for volumes,
//! prices, balances and derived quantities in all files of the folder and in all that the run
//! printed. The numbers are chosen so that they do not occur by chance.

use super::replacement::other;
use super::search::Needles;
use super::{office_of, wallet};
use crate::support::*;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use veilgrid::audit::office::Office;
use wallets::household::{OwnPlan, Stage};
use wallets::note::Payload;

/// Every hidden quantity of the run, with the roles that it plays there.
#[derive(Default)]
struct Hidden(BTreeMap<u64, BTreeSet<String>>);

impl Hidden {
    /// Zero is no secret: it cannot be searched for.
    fn add(&mut self, what: impl Into<String>, value: u64) {
        if value > 0 {
            self.0.entry(value).or_default().insert(what.into());
        }
    }
    fn number(&mut self, what: &str, value: &Value) {
        self.add(what, value.as_u64().unwrap_or_else(|| panic!("{what}: {value}")));
    }
    fn payload(&mut self, what: &str, payload: &Payload) {
        match payload {
            Payload::Balance { amount, .. } => self.add(format!("{what}: B"), amount.get()),
            Payload::Generation { volume, .. } => self.add(format!("{what}: G"), volume.get()),
            Payload::Metered { volume, .. } => self.add(format!("{what}: S"), volume.get()),
            _ => panic!("{what} is no record"),
        }
    }
    fn plan(&mut self, who: &str, plan: &OwnPlan) {
        self.add(format!("{who}'s plan: volume"), plan.volume().get());
        self.add(format!("{who}'s plan: price"), plan.price().get());
        self.add(format!("{who}'s plan: lock"), plan.volume().at(plan.price()).get());
        let Some(trade) = plan.trade() else { return };
        let terms = trade.opening.ok().unwrap();
        self.add(format!("{who}'s match: volume"), terms.volume.get());
        self.add(format!("{who}'s match: price"), terms.price.get());
        self.add(format!("{who}'s match: amount"), terms.volume.at(terms.price).get());
        for half in trade.deliveries.iter().flatten() {
            self.add(format!("{who}'s delivery"), half.opening.unwrap().amount.get());
        }
    }
    fn needles(&self) -> Needles {
        let mut needles = Needles::default();
        for (value, what) in &self.0 {
            needles.quantity(&name(*value, what), *value);
        }
        needles
    }
}

fn name(value: u64, what: &BTreeSet<String>) -> String {
    format!("{value} ({})", what.iter().cloned().collect::<Vec<_>>().join(", "))
}

fn hidden(scenario: &Value, office: &Office) -> Hidden {
    let mut all = Hidden::default();
    for household in scenario["households"].as_array().unwrap() {
        all.number("balance paid in", &household["balance"]);
    }
    for plan in scenario["cycles"][0]["plans"].as_array().unwrap() {
        let fields: &[&str] = match plan["side"] == "sell" {
            true => &["generated", "volume", "injected", "price"],
            false => &["volume", "consumed", "limit"],
        };
        fields.iter().for_each(|field| all.number(&format!("scenario: {field}"), &plan[*field]));
        if plan["side"] == "buy" {
            all.number("scenario: wanted price", &plan["wanted"]["price"]);
        }
    }
    for i in 0..2 {
        let (who, mut wallet) = (format!("household {i}"), wallet(i, office));
        office.blocks().unwrap().iter().for_each(|block| wallet.scan(block).unwrap());
        wallet.watch().records().for_each(|record| all.payload(&who, record.payload()));
        wallet.watch().obligations().for_each(|(_, owed)| all.payload(&who, owed.payload()));
        wallet.watch().plans().for_each(|(_, plan)| all.plan(&who, plan));
        assert!(wallet.watch().plans().any(|(_, plan)| plan.stage() == Stage::Settled));
        all.add(format!("{who}: balance in the end"), wallet.balance().get());
    }
    all
}

/// The quantities that a run shows on purpose. The market's report, and its summary on standard
/// output, are for the user who plays all roles. They show who traded with whom, the settlements
/// with the grid, and the final balances, and they say so.
fn reported(report: &Value) -> BTreeSet<u64> {
    let fields: [(&str, &[&str]); 3] = [
        ("trades", &["volume", "price", "delivered", "settled_volume", "amount"]),
        ("grid", &["surplus_wh", "shortfall_wh", "amount"]),
        ("households", &["balance"]),
    ];
    let values = fields.iter().flat_map(|(table, fields)| {
        let rows = report[*table].as_array().unwrap();
        rows.iter().flat_map(move |row| fields.iter().map(move |field| row[*field].as_i64().unwrap().unsigned_abs()))
    });
    values.collect()
}

#[test]
fn no_hidden_quantity_stands_in_any_file_or_line_but_the_report() {
    let (scenario, run) = other();
    let (_folder, directory, office) = office_of(run);
    let hidden = hidden(scenario, &office);
    drop(office);
    let needles = hidden.needles();
    assert!(needles.count > 20, "{}", needles.count);

    // Ledger, blobs, head and mark are public; wallets and roles are stored encrypted. The matching
    // node has no files of its own: it reads the ledger's and the blobs.
    let files = contents(&directory);
    for (path, content) in &files {
        assert!(needles.found(content).is_empty(), "{}: {:?}", path.display(), needles.found(content));
    }
    // The progress lines of a run, from beginning to end.
    let progress = String::from_utf8(run.stderr.clone()).unwrap();
    assert!(["an epoch starts", "settled with the grid"].iter().all(|step| progress.contains(step)), "{progress}");
    assert!(needles.found(&run.stderr).is_empty(), "{:?}", needles.found(&run.stderr));

    let reported = reported(&run.report);
    let shown = |(value, what): (&u64, &BTreeSet<String>)| reported.contains(value).then(|| name(*value, what));
    let shown: BTreeSet<String> = hidden.0.iter().filter_map(shown).collect();
    let shown: BTreeSet<&str> = shown.iter().map(String::as_str).collect();
    let report = std::fs::read(run.directory.with_file_name("report.json")).unwrap();
    for (what, bytes) in [("the summary", &run.stdout), ("the report", &report)] {
        let found = needles.found(bytes);
        assert!(found.is_subset(&shown), "{what}: {:?}", found.difference(&shown));
        // The search finds quantities that are there.
        assert!(found.iter().any(|name| name.contains("match: volume")), "{what}: {found:?}");
        // The summary rounds money for people; the report has it to the nano.
        let balance = found.iter().any(|name| name.contains("balance in the end"));
        assert_eq!(balance, what == "the report", "{what}: {found:?}");
    }
    assert!(needles.count > shown.len() + 10, "{} of {} are reported", shown.len(), needles.count);

    needles.would_be_found(&files[0].1[..2000]);
}
