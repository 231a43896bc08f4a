//! Columns of text, tables of Markdown, and money as people write it.

/// Nano-currency as currency, exactly: 9 decimals, trailing zeros dropped down to 2.
pub fn money(nano: i128) -> String {
    const UNIT: u128 = 1_000_000_000;
    let (sign, nano) = (if nano < 0 { "-" } else { "" }, nano.unsigned_abs());
    let mut text = format!("{sign}{}.{:09}", nano / UNIT, nano % UNIT);
    while text.ends_with('0') && text.rfind('.').is_some_and(|point| text.len() - point > 3) {
        text.pop();
    }
    text
}

/// Micro-currency per kWh as currency per kWh.
pub fn price(micro: u64) -> String {
    money(i128::from(micro) * 1000)
}

/// A table with aligned columns, text to the left and numbers to the right. `total` is the number
/// of rows that there are; if it is above the number of `rows`, a last line says so.
pub fn table(title: &str, head: &[&str], total: usize, rows: Vec<Vec<String>>) -> String {
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

/// A table of Markdown, with an empty line after it.
pub fn markdown_table(head: &[&str], rows: &[Vec<String>]) -> String {
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
