//! Names of declared witnesses: the expression in the source that allocates each.

use std::panic::Location;

/// The name of the n-th witness that is allocated at a place: `plan.volume` where the source says
/// `b.witnesses([plan.volume, plan.price])`.
pub fn name(at: &Location, n: usize) -> String {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let text = std::fs::read_to_string(format!("{root}/{}", at.file())).unwrap();
    let text: String = text.lines().skip(at.line() as usize - 1).flat_map(|l| [l.trim(), " "]).collect();
    let start =
        ["witnesses(", "witness(", "bit(", "declare("].iter().filter_map(|f| Some(text.find(f)? + f.len())).min();
    let text = &text[start.unwrap()..];
    let mut depth = 0;
    let end = text.find(|c| {
        depth += i32::from("([".contains(c)) - i32::from(")]".contains(c));
        depth < 0
    });
    let whole = text[..end.unwrap()].trim();
    match whole.strip_prefix('[').and_then(|w| w.strip_suffix(']')) {
        // The place allocates more than once in a row when its function is called twice.
        Some(list) => list.split(',').nth(n % list.split(',').count()).unwrap().trim().to_owned(),
        None if n == 0 => whole.to_owned(),
        None => format!("{whole}[{n}]"),
    }
}
