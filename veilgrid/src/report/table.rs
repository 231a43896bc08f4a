//! A report as tables of text.

use super::Report;

/// Nano-currency as currency, exactly: 9 decimals, trailing zeros dropped down to 2.
pub(crate) fn money(nano: i128) -> String {
    const UNIT: u128 = 1_000_000_000;
    let (sign, nano) = (if nano < 0 { "-" } else { "" }, nano.unsigned_abs());
    let mut text = format!("{sign}{}.{:09}", nano / UNIT, nano % UNIT);
    while text.ends_with('0') && text.rfind('.').is_some_and(|point| text.len() - point > 3) {
        text.pop();
    }
    text
}

/// Micro-currency per kWh as currency per kWh.
pub(crate) fn price(micro: u64) -> String {
    money(i128::from(micro) * 1000)
}

/// Columns aligned, text to the left and numbers to the right.
pub(crate) fn table(title: &str, head: &[&str], total: usize, rows: Vec<Vec<String>>) -> String {
    let mut text = format!("\n{title}\n");
    if rows.is_empty() {
        text.push_str("  none\n");
        return text;
    }
    let widths: Vec<usize> = (head.iter().enumerate())
        .map(|(column, name)| rows.iter().map(|row| row[column].chars().count()).chain([name.len()]).max().unwrap_or(0))
        .collect();
    let numeric =
        |column: usize| rows.iter().all(|row| row[column].chars().all(|c| c.is_ascii_digit() || c == '-' || c == '.'));
    let line = |cells: Vec<&str>| {
        let mut line = String::new();
        for (column, cell) in cells.into_iter().enumerate() {
            let width = widths[column];
            line += &if numeric(column) { format!("  {cell:>width$}") } else { format!("  {cell:<width$}") };
        }
        line.trim_end().to_string() + "\n"
    };
    text += &line(head.to_vec());
    for row in &rows {
        text += &line(row.iter().map(String::as_str).collect());
    }
    if total > rows.len() {
        text += &format!("  ... and {} more (--report FILE has them all)\n", total - rows.len());
    }
    text
}

/// The same as a table of Markdown, with an empty line after it.
pub(crate) fn markdown_table(head: &[&str], rows: &[Vec<String>]) -> String {
    let line = |cells: &mut dyn Iterator<Item = &str>| {
        cells.fold(String::from("|"), |line, cell| line + " " + cell + " |") + "\n"
    };
    let mut text = line(&mut head.iter().copied());
    text += &line(&mut head.iter().map(|_| "---"));
    for row in rows {
        text += &line(&mut row.iter().map(String::as_str));
    }
    text + "\n"
}

pub(super) fn summary(report: &Report, rows: usize) -> String {
    let trades = report.trades.iter().take(rows).map(|t| {
        vec![
            t.cycle.to_string(),
            t.round.to_string(),
            t.buyer.clone(),
            t.seller.clone(),
            t.volume.to_string(),
            price(t.price),
            t.delivered.to_string(),
            if t.within { "yes" } else { "no" }.to_string(),
            t.settled_volume.to_string(),
            money(t.amount.into()),
        ]
    });
    let head = ["cycle", "round", "buyer", "seller", "Wh", "price/kWh", "delivered", "within", "settled", "amount"];
    let mut text = table("Trades", &head, report.trades.len(), trades.collect());

    let grid = report.grid.iter().take(rows).map(|g| {
        let (surplus, shortfall) = (g.surplus_wh.to_string(), g.shortfall_wh.to_string());
        vec![g.cycle.to_string(), g.household.clone(), surplus, shortfall, money(g.amount)]
    });
    let head = ["cycle", "household", "surplus Wh", "shortfall Wh", "paid"];
    text += &table("Settled with the grid", &head, report.grid.len(), grid.collect());

    let households = report.households.iter().take(rows);
    let households = households.map(|h| vec![h.id.clone(), money(h.balance.into()), h.reputation.to_string()]);
    let head = ["household", "balance", "reputation"];
    text += &table("Households at the end", &head, report.households.len(), households.collect());

    if !report.rejected.is_empty() {
        let rejected = report.rejected.iter().take(rows);
        let rejected = rejected.map(|r| vec![r.cycle.to_string(), r.household.clone(), r.reason.clone()]);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_exact() {
        for (nano, text) in [
            (0, "0.00"),
            (1, "0.000000001"),
            (-1_500_000_000, "-1.50"),
            (360_000_000, "0.36"),
            (12_345_678_901, "12.345678901"),
            (10_000_000_000, "10.00"),
            (u64::MAX.into(), "18446744073.709551615"),
        ] {
            assert_eq!(money(nano), text);
        }
        assert_eq!(price(452_500), "0.4525");
    }
}
