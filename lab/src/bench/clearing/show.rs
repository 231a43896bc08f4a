//! The findings of `bench clearing` as tables, JSON and page.

use super::{Found, Growth};
use crate::bench::figure::figure;
use crate::findings::{Findings, Plot};
use figures::plot::{growth as growth_plot, Labels, Line};
use serde_json::{json, Map, Value};
use terminal::table::{markdown_table, table};

const HEAD: [&str; 4] = ["problem", "size", "processor s", "clock s"];

fn rows(found: &Found) -> Vec<Vec<String>> {
    let of = |growth: &Growth| {
        let (name, unit) = growth.kind.words();
        let row = move |(size, took): &(usize, super::Took)| {
            let (processor, clock) = (format!("{:.4}", took.processor), format!("{:.4}", took.clock));
            vec![name.to_string(), format!("{size} {unit}"), processor, clock]
        };
        growth.sizes.iter().map(row).collect::<Vec<_>>()
    };
    found.growth.iter().flat_map(of).collect()
}

fn title(found: &Found) -> String {
    format!("Reading and solving one problem on one thread, medians of {}", found.runs)
}

fn slopes(found: &Found) -> String {
    let slope =
        |growth: &Growth| format!("{} as its size to the power of {:.2}", growth.kind.words().0, growth.slope());
    let slopes: Vec<String> = found.growth.iter().map(slope).collect();
    format!("Between the two largest sizes, processor time grows: {}.", slopes.join(", "))
}

fn json(found: &Found) -> Map<String, Value> {
    let of = |growth: &Growth| {
        let size = |(size, took): &(usize, super::Took)| json!({ "size": size, "processor_s": figure(took.processor), "clock_s": figure(took.clock) });
        let sizes: Vec<Value> = growth.sizes.iter().map(size).collect();
        (growth.kind.key().to_string(), json!({ "slope": figure(growth.slope()), "sizes": sizes }))
    };
    let mut all = Map::from_iter([("runs".to_string(), Value::from(found.runs))]);
    all.extend(found.growth.iter().map(of));
    Map::from_iter([("clearing".to_string(), Value::from(all))])
}

fn plot(found: &Found) -> Plot {
    let line = |growth: &Growth| {
        let (name, unit) = growth.kind.words();
        let points = growth.sizes.iter().map(|(size, took)| (*size as f64, took.processor)).collect();
        Line { name: format!("{name}: {unit}"), points }
    };
    let series: Vec<Line> = found.growth.iter().map(line).collect();
    let labels = Labels { title: "Time to clear a market", x: "size", y: "seconds of processor" };
    Plot {
        name: "growth",
        says: "Processor time over the size of the problem, on logarithmic axes",
        svg: growth_plot(&labels, &series),
    }
}

/// The findings, with tables, figures and page.
pub(super) fn findings(found: &Found) -> Findings {
    let (rows, slopes) = (rows(found), slopes(found));
    Findings {
        name: super::NAME,
        title: "What clearing by many attributes and on networks costs".into(),
        summary: format!("{}\n{slopes}\n", table(&title(found), &HEAD, rows.len(), rows.clone())),
        json: json(found),
        plots: vec![plot(found)],
        markdown: format!("{}:\n\n{}\n{slopes}\n", title(found), markdown_table(&HEAD, &rows)),
    }
}
