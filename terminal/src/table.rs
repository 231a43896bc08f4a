//! Columns of text, tables of Markdown, and money as people write it.

/// Nano-currency as people read money: units of currency with four decimals, rounded to the nearest
/// (a half away from zero), with a comma between thousands. An amount that rounds to zero has no
/// sign. JSON and CSV have the exact amount instead.
pub fn money(nano: i128) -> String {
    const NANO_PER_STEP: u128 = 100_000;
    const STEPS: u128 = 10_000;
    let steps = (nano.unsigned_abs() + NANO_PER_STEP / 2) / NANO_PER_STEP;
    let sign = if nano < 0 && steps > 0 { "-" } else { "" };
    format!("{sign}{}.{:04}", thousands(steps / STEPS), steps % STEPS)
}

/// A whole number with a comma between thousands.
pub fn thousands(number: u128) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A cycle's number, with its date where that is known: "44 (2016-06-15T08:00)".
pub fn cycle(number: u64, date: Option<&str>) -> String {
    match date {
        Some(date) => format!("{number} ({date})"),
        None => number.to_string(),
    }
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
    let numeric = |column: usize| {
        rows.iter().all(|row| row[column].chars().all(|c| c.is_ascii_digit() || matches!(c, '-' | '.' | ',')))
    };
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
    fn money_has_four_decimals_and_thousands() {
        for (nano, text) in [
            (0, "0.0000"),
            (49_999, "0.0000"),
            (50_000, "0.0001"),
            (-49_999, "0.0000"),
            (-50_000, "-0.0001"),
            (-1_500_000_000, "-1.5000"),
            (360_000_000, "0.3600"),
            (999_999_950_000, "1,000.0000"),
            (1_288_490_123_450_000, "1,288,490.1235"),
            (u64::MAX.into(), "18,446,744,073.7096"),
            (i128::MAX, "170,141,183,460,469,231,731,687,303,715.8841"),
            (i128::MIN, "-170,141,183,460,469,231,731,687,303,715.8841"),
        ] {
            assert_eq!(money(nano), text);
        }
        assert_eq!(price(452_500), "0.4525");
    }

    #[test]
    fn a_cycle_has_its_date_where_it_is_known() {
        assert_eq!(cycle(44, Some("2016-06-15T08:00")), "44 (2016-06-15T08:00)");
        assert_eq!(cycle(44, None), "44");
    }

    #[test]
    fn numbers_stand_to_the_right_and_words_to_the_left() {
        let rows = [["a", "1,000.0000"], ["bcd", "-2.0000"]].map(|row| row.map(String::from).to_vec()).into();
        let text = table("T", &["who", "money"], 2, rows);
        assert_eq!(text, "\nT\n  who       money\n  a    1,000.0000\n  bcd     -2.0000\n");
    }
}
