//! The findings of `bench prove` as tables, JSON and page.

use super::{Figures, Found};
use crate::bench::figure::figure;
use crate::findings::Findings;
use serde_json::{json, Map, Value};
use terminal::table::{markdown_table, table};

const HEAD: [&str; 6] = ["relation", "constraints", "ms, 1 thread", "ms, 2 threads", "key MB", "peak MB"];

fn rows(found: &Found) -> Vec<Vec<String>> {
    let row = |(name, f): &(&str, Figures)| {
        let peak = f.peak_mb.map_or("-".to_string(), |mb| format!("{mb:.0}"));
        let ms = [f.ms_1t, f.ms_2t].map(|ms| format!("{ms:.0}"));
        let [one, two] = ms;
        vec![name.to_string(), f.constraints.to_string(), one, two, format!("{:.2}", f.pk_mb), peak]
    };
    found.rows.iter().map(row).collect()
}

fn title(found: &Found) -> String {
    format!(
        "A proof, medians of {}: on one thread in processor time; on two, half of what two proofs side by side take by the \
         clock",
        found.runs
    )
}

/// A table for people.
fn summary(found: &Found) -> String {
    table(&title(found), &HEAD, found.rows.len(), rows(found))
}

/// The page, without its heading.
fn markdown(found: &Found) -> String {
    format!("{}:\n\n{}", title(found), markdown_table(&HEAD, &rows(found)))
}

/// The fields of the JSON.
fn json(found: &Found) -> Map<String, Value> {
    let of = |f: &Figures| {
        json!({
            "constraints": f.constraints,
            "ms_1t": figure(f.ms_1t),
            "ms_2t": figure(f.ms_2t),
            "pk_mb": figure(f.pk_mb),
            "peak_mb": f.peak_mb.map(figure),
        })
    };
    let relations = found.rows.iter().map(|(name, figures)| (name.to_string(), of(figures))).collect::<Map<_, _>>();
    Map::from_iter([("runs".to_string(), found.runs.into()), ("prove".to_string(), relations.into())])
}

/// The findings, with tables, figures and page.
pub(super) fn findings(found: &Found) -> Findings {
    Findings {
        name: super::NAME,
        title: "What making proofs costs".into(),
        summary: summary(found),
        json: json(found),
        plots: Vec::new(),
        markdown: markdown(found),
    }
}
