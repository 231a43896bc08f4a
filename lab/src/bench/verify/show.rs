//! The findings of `bench verify` as tables, JSON and page.

use super::{Found, Row, BATCHES, PEER};
use crate::bench::figure::figure;
use crate::bench::stopwatch::Took;
use crate::findings::Findings;
use serde_json::{json, Map, Value};
use terminal::table::{markdown_table, table};

const HEAD: [&str; 5] = ["proofs", "at a go", "ms of processor", "ms by the clock", "arkworks to ours"];

fn rows(found: &Found) -> Vec<Vec<String>> {
    let ms = |seconds: f64| format!("{:.3}", seconds * 1e3);
    let line = |name: &str, size: &str, took: &Took, ratio: String| {
        vec![name.to_string(), size.to_string(), ms(took.processor), ms(took.clock), ratio]
    };
    let of = |name: &str, row: &Row| {
        let ours = BATCHES.iter().zip(&row.ours).map(|(size, took)| {
            line(name, &size.to_string(), took, format!("{:.2}", row.ark.processor / took.processor))
        });
        let mut lines: Vec<_> = ours.collect();
        lines.push(line(&format!("{name}, by arkworks"), "1", &row.ark, "1.00".into()));
        lines
    };
    [of("ordinary", &found.listed), of("ciphertext's", &found.ciphertext)].concat()
}

fn title(found: &Found) -> String {
    format!("To check a proof from bytes, medians of {}; arkworks' is {PEER}, in the same run", found.runs)
}

const NOTE: &str = "To check a ciphertext's proof, our verifier also decodes the ciphertext and computes its challenge. arkworks' verifier \
     is given the inputs.";

/// A table for people.
fn summary(found: &Found) -> String {
    let rows = rows(found);
    table(&title(found), &HEAD, rows.len(), rows) + &format!("\n{NOTE}\n")
}

/// The page, without its heading.
fn markdown(found: &Found) -> String {
    format!("{}:\n\n{}{NOTE}\n", title(found), markdown_table(&HEAD, &rows(found)))
}

/// The fields of the JSON.
fn json(found: &Found) -> Map<String, Value> {
    let ms = |took: &Took| figure(took.processor * 1e3);
    let [single, batch64, batch256] = found.listed.ours.each_ref().map(ms);
    let [single_bound, batch64_bound, batch256_bound] = found.ciphertext.ours.each_ref().map(ms);
    let figures = json!({
        "single_ms": single,
        "batch64_ms": batch64,
        "batch256_ms": batch256,
        "ciphertext": {"single_ms": single_bound, "batch64_ms": batch64_bound, "batch256_ms": batch256_bound},
        "ark_groth16": {"single_ms": ms(&found.listed.ark), "ciphertext_single_ms": ms(&found.ciphertext.ark)},
    });
    Map::from_iter([
        ("runs".to_string(), found.runs.into()),
        ("peer".to_string(), PEER.into()),
        ("verify".to_string(), figures),
    ])
}

/// The findings, with tables, figures and page.
pub(super) fn findings(found: &Found) -> Findings {
    Findings {
        name: super::NAME,
        title: "What checking proofs costs".into(),
        summary: summary(found),
        json: json(found),
        plots: Vec::new(),
        markdown: markdown(found),
    }
}
