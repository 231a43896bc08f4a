//! An account as text, JSON and CSV.

use protocol::ids::Height;
use serde_json::{json, Value};
use std::fmt::Write as _;
use terminal::table::{money, price, table};
use wallets::regulator::HouseholdAccount;

/// The JSON format's name.
const FORMAT: &str = "veilgrid-audit/1";

/// The JSON, `veilgrid-audit/1`: money in nano-currency (as numbers, which may exceed 2^53), energy
/// in Wh, prices in micro-currency per kWh.
pub fn json(household: &str, account: &HouseholdAccount, entry: Height) -> Value {
    let number = |n: i128| i64::try_from(n).map_or_else(|_| json!(n.to_string()), |n| json!(n));
    let rows: Vec<Value> = account
        .rows
        .iter()
        .map(|row| {
            json!({
                "cycle": row.cycle.map(|c| c.get()),
                "what": row.what,
                "standing": row.standing,
                "volume_wh": row.volume,
                "price": row.price,
                "money": number(row.money),
                "reference": row.reference,
            })
        })
        .collect();
    let checks = &account.checks;
    json!({
        "format": FORMAT,
        "household": household,
        "from": account.from.get(),
        "to": account.to.get(),
        "entry_block": entry.0,
        "rows": rows,
        "sum": number(account.money()),
        "checks": {
            "tags_looked_for": checks.tags_looked_for,
            "tags_found": checks.tags_found,
            "tagged_on_ledger": checks.tagged_on_ledger,
            "left_closed": checks.left_closed,
            "opened": {
                "trace_keys": checks.opened.traces,
                "plans": checks.opened.audits,
                "payments": checks.opened.payments,
                "matches": checks.opened.trades,
                "deliveries": checks.opened.deliveries,
            },
            "issues": checks.issues,
            "obligations_paid": checks.obligations_paid,
            "obligations_unpaid": checks.obligations_unpaid,
            "epochs_without_credential": checks.epochs_without_credential.iter().map(|e| e.get()).collect::<Vec<_>>(),
        },
    })
}

/// The CSV: one line for each row, units as in the JSON; the last line is the sum.
pub fn csv(account: &HouseholdAccount) -> Result<Vec<u8>, csv::Error> {
    let mut out = csv::Writer::from_writer(Vec::new());
    out.write_record(["cycle", "what", "standing", "volume_wh", "price", "money", "reference"])?;
    let optional = |n: Option<u64>| n.map(|n| n.to_string()).unwrap_or_default();
    for row in &account.rows {
        out.write_record([
            &optional(row.cycle.map(|c| u64::from(c.get()))),
            row.what,
            row.standing,
            &optional(row.volume),
            &optional(row.price),
            &row.money.to_string(),
            &row.reference,
        ])?;
    }
    out.write_record(["", "sum", "", "", "", &account.money().to_string(), ""])?;
    out.into_inner().map_err(|e| e.into_error().into())
}

/// The account as text for people.
pub fn text(household: &str, account: &HouseholdAccount, entry: Height) -> String {
    let rows = account.rows.iter().map(|row| {
        vec![
            row.cycle.map(|c| c.get().to_string()).unwrap_or_default(),
            row.what.to_string(),
            row.standing.to_string(),
            row.volume.map(|v| v.to_string()).unwrap_or_default(),
            row.price.map(price).unwrap_or_default(),
            money(row.money),
            row.reference.chars().take(12).collect(),
        ]
    });
    let head = ["cycle", "what", "standing", "Wh", "price/kWh", "money", "on the ledger"];
    let title = format!("{household}, cycles {} to {}", account.from.get(), account.to.get());
    let mut out = table(&title, &head, account.rows.len(), rows.collect());
    out += &format!("\nsum {}: what the household has, locks included\n", money(account.money()));
    out += &checks(account, entry);
    out
}

/// How much the audit searched for, opened and left closed, as text.
pub fn checks(account: &HouseholdAccount, entry: Height) -> String {
    let c = &account.checks;
    let mut out = format!(
        "announced on the ledger from block {} on, before anything was opened\n\
         {} tags looked for, {} found; opened: {} trace keys, {} plans, {} payments, {} matches, {} halves of deliveries of this household\n\
         left closed: {} of the {} tagged ciphertexts of these epochs, all of other households\n\
         {} issued records disclosed and found on the ledger; shortfalls: {} paid, {} unpaid\n",
        entry.0,
        c.tags_looked_for,
        c.tags_found,
        c.opened.traces,
        c.opened.audits,
        c.opened.payments,
        c.opened.trades,
        c.opened.deliveries,
        c.left_closed,
        c.tagged_on_ledger,
        c.issues,
        c.obligations_paid,
        c.obligations_unpaid,
    );
    if !c.epochs_without_credential.is_empty() {
        let epochs: Vec<String> = c.epochs_without_credential.iter().map(|e| e.get().to_string()).collect();
        writeln!(out, "without a credential in epochs {}", epochs.join(", "))
            .expect("writing to a string does not fail");
    }
    out
}
