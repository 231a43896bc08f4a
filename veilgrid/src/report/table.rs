//! A report as tables of text.

use super::Report;
use market::scenario::Scenario;
use std::collections::BTreeMap;
use terminal::table::{self, money, price, table};

impl Report {
    /// A summary for people, with tables of at most `rows` rows each. Cycles have the dates that
    /// the scenario states.
    pub fn summary(&self, rows: usize, scenario: &Scenario) -> String {
        let cycles = scenario.cycles.iter();
        let starts = cycles.filter_map(|cycle| Some((cycle.cycle.get(), cycle.starts?.to_string()))).collect();
        summary(self, rows, &starts)
    }
}

fn summary(report: &Report, rows: usize, starts: &BTreeMap<u32, String>) -> String {
    let cycle = |number: u32| table::cycle(number.into(), starts.get(&number).map(String::as_str));
    let penalty = report.trades.iter().any(|t| t.seller_owes.is_some());
    let owes = |owes: Option<u64>| money(owes.unwrap_or(0).into());
    let trades = report.trades.iter().take(rows).map(|t| {
        let mut row = vec![
            cycle(t.cycle),
            t.round.to_string(),
            t.buyer.clone(),
            t.seller.clone(),
            t.volume.to_string(),
            price(t.price),
            t.delivered.to_string(),
            if t.within { "yes" } else { "no" }.to_string(),
            t.settled_volume.to_string(),
            money(t.amount.into()),
        ];
        if penalty {
            row.extend([owes(t.seller_owes), owes(t.buyer_owes)]);
        }
        row
    });
    let head = [
        "cycle",
        "round",
        "buyer",
        "seller",
        "Wh",
        "price/kWh",
        "delivered",
        "within",
        "settled",
        "amount",
        "seller owes",
        "buyer owes",
    ];
    let head = &head[..if penalty { 12 } else { 10 }];
    let mut text = table("Trades", head, report.trades.len(), trades.collect());

    let grid = report.grid.iter().take(rows).map(|g| {
        let (surplus, shortfall) = (g.surplus_wh.to_string(), g.shortfall_wh.to_string());
        vec![cycle(g.cycle), g.household.clone(), surplus, shortfall, money(g.amount)]
    });
    let head = ["cycle", "household", "surplus Wh", "shortfall Wh", "paid"];
    text += &table("Settled with the grid", &head, report.grid.len(), grid.collect());

    let households = report.households.iter().take(rows);
    let households = households.map(|h| vec![h.id.clone(), money(h.balance.into()), h.reputation.to_string()]);
    let head = ["household", "balance", "reputation"];
    text += &table("Households at the end", &head, report.households.len(), households.collect());

    if !report.rejected.is_empty() {
        let rejected = report.rejected.iter().take(rows);
        let rejected = rejected.map(|r| vec![cycle(r.cycle), r.household.clone(), r.reason.clone()]);
        let head = ["cycle", "household", "reason"];
        text += &table("Rejected", &head, report.rejected.len(), rejected.collect());
    }
    let traded: u128 = report.trades.iter().map(|t| u128::from(t.settled_volume)).sum();
    let paid: i128 = report.trades.iter().map(|t| i128::from(t.amount)).sum();
    let outside = report.trades.iter().filter(|t| !t.within).count();
    text += &format!(
        "\n{} trades ({outside} delivered outside tolerance), {traded} Wh settled between neighbours for {}\n",
        report.trades.len(),
        money(paid),
    );
    text
}
