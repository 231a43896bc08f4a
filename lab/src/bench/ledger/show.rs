//! The findings of `bench ledger` as tables, JSON, plot and page.

use super::{Found, Length, FULL};
use crate::bench::figure::figure;
use crate::bench::stopwatch::Took;
use crate::findings::{Findings, Plot};
use figures::plot::{growth, Labels, Line};
use serde_json::{json, Map, Value};
use terminal::table::{markdown_table, table};

const BLOCKS: [&str; 5] = ["leaves", "empty block, us", "ratio", "block of 400 listings, ms", "ratio"];
const THROUGHPUT: [&str; 3] = ["kind", "ms of processor each", "a second on two cores"];
const BAD: [&str; 3] = ["bad proofs of 400", "block, ms of processor", "ms more for each bad one"];

const NOTE: &str =
    "The ratios are to the shortest history. The history is made up, and its proofs are believed. In the \
     second table real proofs are checked. In the third, a bad proof \
     costs its sender nothing but the bytes; a node verifies some 17 of one source, then drops its others.";

/// Transactions a second on two cores that do nothing else.
fn a_second(one: &Took) -> f64 {
    2.0 / one.processor
}

/// What each bad proof of a block costs beyond a good one; None without a bad one.
fn each_bad(found: &Found, bad: usize, took: &Took) -> Option<f64> {
    let good = found.bad.first().map_or(0.0, |(_, took)| took.processor);
    (bad > 0).then(|| (took.processor - good) / bad as f64)
}

fn blocks(found: &Found) -> Vec<Vec<String>> {
    let row = |length: &Length| {
        let (empty, full) = ratios(found, length);
        let (us, ms) = (length.empty.processor * 1e6, length.full.processor * 1e3);
        vec![
            length.leaves.to_string(),
            format!("{us:.1}"),
            format!("{empty:.2}"),
            format!("{ms:.2}"),
            format!("{full:.2}"),
        ]
    };
    found.lengths.iter().map(row).collect()
}

fn ratios(found: &Found, length: &Length) -> (f64, f64) {
    let first = found.lengths.first().unwrap_or(length);
    (length.empty.processor / first.empty.processor, length.full.processor / first.full.processor)
}

fn throughput(found: &Found) -> Vec<Vec<String>> {
    let row = |name: &str, one: &Took| {
        vec![name.to_string(), format!("{:.3}", one.processor * 1e3), format!("{:.0}", a_second(one))]
    };
    vec![row("ordinary", &found.ordinary), row("listing", &found.listing)]
}

fn bad(found: &Found) -> Vec<Vec<String>> {
    let row = |(bad, took): &(usize, Took)| {
        let each = each_bad(found, *bad, took).map_or_else(|| "-".into(), |seconds| format!("{:.3}", seconds * 1e3));
        vec![bad.to_string(), format!("{:.1}", took.processor * 1e3), each]
    };
    found.bad.iter().map(row).collect()
}

fn titles(found: &Found) -> [String; 3] {
    [
        format!("Executing the next block, by the length of the history, medians of {}", found.runs),
        format!("Transactions of a block of {FULL} with their proofs verified, medians of {}", found.runs),
        format!("A block of {FULL} merges in which some proofs are bad, medians of {}", found.runs),
    ]
}

/// Tables for people.
fn summary(found: &Found) -> String {
    let [first, second, third] = titles(found);
    let (blocks, throughput, bad) = (blocks(found), throughput(found), bad(found));
    let all = [
        table(&first, &BLOCKS, blocks.len(), blocks),
        table(&second, &THROUGHPUT, throughput.len(), throughput),
        table(&third, &BAD, bad.len(), bad),
    ];
    format!("{}\n{NOTE}\n", all.join("\n"))
}

/// The page, without its heading.
fn markdown(found: &Found) -> String {
    let [first, second, third] = titles(found);
    let all = [
        format!("{first}:\n\n{}", markdown_table(&BLOCKS, &blocks(found))),
        format!("{second}:\n\n{}", markdown_table(&THROUGHPUT, &throughput(found))),
        format!("{third}:\n\n{}", markdown_table(&BAD, &bad(found))),
    ];
    format!("{}\n{NOTE}\n", all.join("\n"))
}

/// The fields of the JSON.
fn json(found: &Found) -> Map<String, Value> {
    let length = |length: &Length| {
        let (empty, full) = ratios(found, length);
        json!({
            "leaves": length.leaves,
            "empty_us": figure(length.empty.processor * 1e6),
            "full_ms": figure(length.full.processor * 1e3),
            "empty_ratio": figure(empty),
            "full_ratio": figure(full),
        })
    };
    let kind = |one: &Took| json!({ "transaction_ms": figure(one.processor * 1e3), "a_second_on_two_cores": figure(a_second(one)) });
    let bad = |(bad, took): &(usize, Took)| {
        let each = each_bad(found, *bad, took).map(|seconds| figure(seconds * 1e3));
        json!({ "bad": bad, "block_ms": figure(took.processor * 1e3), "each_ms": each })
    };
    let figures = json!({
        "blocks": found.lengths.iter().map(length).collect::<Vec<_>>(),
        "throughput": { "ordinary": kind(&found.ordinary), "listing": kind(&found.listing) },
        "bad_proofs": found.bad.iter().map(bad).collect::<Vec<_>>(),
    });
    Map::from_iter([("runs".to_string(), found.runs.into()), ("ledger".to_string(), figures)])
}

fn plot(found: &Found) -> Plot {
    let line = |name: &str, of: fn(&Length) -> f64| Line {
        name: name.into(),
        points: found.lengths.iter().map(|length| (length.leaves as f64, of(length))).collect(),
    };
    let series = [
        line("an empty block", |length| length.empty.processor),
        line("a block of 400 listings", |length| length.full.processor),
    ];
    let labels = Labels { title: "Time to execute a block", x: "leaves", y: "seconds of processor" };
    Plot {
        name: "growth",
        says: "Processor time of the next block over the leaves before it, on logarithmic axes",
        svg: growth(&labels, &series),
    }
}

/// The findings, with tables, figures and page.
pub(super) fn findings(found: &Found) -> Findings {
    Findings {
        name: super::NAME,
        title: "What a block costs the ledger".into(),
        summary: summary(found),
        json: json(found),
        plots: vec![plot(found)],
        markdown: markdown(found),
    }
}
