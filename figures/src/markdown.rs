//! The figures as Markdown: the same tables as the page, without plots.

use crate::comparison::Figures;
use crate::devices;
use crate::escape::for_markdown;
use crate::shown::{self, ShownTable};

/// All figures for people, as Markdown.
pub(crate) fn of(figures: &Figures<'_>) -> Vec<u8> {
    let mut text =
        format!("# Figures of {}\n\n{}\n\n", for_markdown(figures.source), for_markdown(&figures.headline()));
    for (name, value) in figures.facts() {
        text += &format!("- {name}: {}\n", for_markdown(&value));
    }
    text += "\n## Measures\n\n";
    text += &table(&shown::measures(figures));
    text += "\nHow each measure is computed:\n\n";
    for line in figures.lines() {
        text += &format!("- {}: {}\n", line.label, for_markdown(line.formula));
    }
    if let Some(of) = devices::table(figures) {
        text += "\n## What devices bring\n\n";
        text += &table(&of);
    }
    for (rule, bills) in figures.bills.iter().enumerate() {
        let name = figures.played[rule].rule;
        text += &format!("\n## Bills by {name}, {}\n\n", for_markdown(&bills.whole.name));
        text += "Below zero the household earns.\n\n";
        text += &table(&shown::households(figures, rule));
        for (title, first, periods) in [("months", "month", &bills.months), ("days", "day", &bills.days)] {
            if !periods.is_empty() {
                text += &format!("\n## All households together by {name}, {title}\n\n");
                text += &table(&shown::periods(figures, rule, first, periods));
            }
        }
    }
    text += "\n## What to know\n\n";
    for note in figures.notes() {
        text += &format!("- {}\n", for_markdown(&note));
    }
    text += &format!("\nWritten by {}.\n", for_markdown(figures.program));
    text.into_bytes()
}

fn table(table: &ShownTable) -> String {
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let mut text = line(table.head.iter().map(|head| for_markdown(head)).collect());
    let rule: Vec<String> = (0..table.head.len()).map(|n| if n == 0 { "---".into() } else { "---:".into() }).collect();
    text += &line(rule);
    for row in &table.rows {
        text += &line(row.iter().map(|cell| for_markdown(cell.text())).collect());
    }
    if !table.foot.is_empty() {
        text += &line(table.foot.iter().map(|cell| format!("**{}**", for_markdown(cell.text()))).collect());
    }
    if table.more > 0 {
        text += &format!("\n{} more are in bills.csv.\n", table.more);
    }
    text
}
