//! The experiment's findings as tables, JSON and page.

use super::combinations::Reached;
use super::found::{Found, RegretRow, Row};
use super::measure::{spreads, Spread, MEASURES};
use super::published::{Published, PUBLISHED};
use serde_json::{json, Map, Value};
use terminal::table::{markdown_table, table};

/// Decimals of the four measures.
const DECIMALS: [usize; 4] = [2, 4, 1, 2];
const HEAD: [&str; 5] = ["", "clean share, %", "APET", "matched, kWh", "lost, %"];
const MECHANISMS: [&str; 2] = ["K-prototypes", "double auction"];

fn figure(measure: usize, value: f64) -> String {
    format!("{value:.*}", DECIMALS[measure])
}

fn means(spreads: &[Spread; 4]) -> Vec<String> {
    spreads.iter().enumerate().map(|(measure, spread)| figure(measure, spread.mean)).collect()
}

fn ranges(spreads: &[Spread; 4]) -> Vec<String> {
    let range = |(m, spread): (usize, &Spread)| format!("{} to {}", figure(m, spread.least), figure(m, spread.most));
    spreads.iter().enumerate().map(range).collect()
}

fn published(of: &Published) -> Vec<String> {
    let clean = format!("{} ({})", of.clean.0, of.clean.1);
    vec![clean, of.apet.to_string(), of.energy.to_string(), of.loss.to_string()]
}

fn named(name: impl Into<String>, cells: Vec<String>) -> Vec<String> {
    std::iter::once(name.into()).chain(cells).collect()
}

/// The main table: each mechanism's base beside its published figures, and this program's
/// mechanisms.
fn compared(found: &Found) -> Vec<Vec<String>> {
    let rows = MECHANISMS.iter().zip(&found.each).zip(PUBLISHED).flat_map(|((name, runs), figures)| {
        let spreads = spreads(runs);
        [
            named(format!("{name}, published"), published(&figures)),
            named(format!("{name}, base, mean of {}", found.runs), means(&spreads)),
            named("least to greatest run", ranges(&spreads)),
        ]
    });
    let rules = found.rules.iter().map(|row| named(format!("this market's rule: {}", row.name), means(&row.spreads)));
    rows.chain(rules).collect()
}

fn readings(rows: &[Row]) -> Vec<Vec<String>> {
    let row = |row: &Row| {
        let mut cells = named(row.name, means(&row.spreads));
        cells.push(row.text.into());
        cells
    };
    rows.iter().map(row).collect()
}

const REGRET_HEAD: [&str; 7] = [
    "rounded",
    "choose otherwise, %",
    "left without, %",
    "lost, %",
    "mean excess",
    "greatest",
    "better ones passed by",
];

fn regrets(rows: &[RegretRow]) -> Vec<Vec<String>> {
    let row = |row: &RegretRow| {
        let regret = &row.regret;
        vec![
            row.name.clone(),
            format!("{:.2}", 100.0 * regret.share()),
            format!("{:.2}", 100.0 * regret.without as f64 / regret.buyers as f64),
            format!("{:.3}", 100.0 * regret.lost()),
            format!("{:.5}", regret.mean_excess()),
            format!("{:.4}", regret.most),
            format!("{:.2} (at most {})", regret.mean_rank(), regret.worst_rank),
        ]
    };
    rows.iter().map(row).collect()
}

const REACHED_HEAD: [&str; 6] = ["", "combinations", "clean share, %", "APET", "matched, kWh", "lost, %"];

fn reached(name: &str, reached: &Reached, figures: &Published) -> Vec<Vec<String>> {
    let range = |(m, (least, most)): (usize, &(f64, f64))| format!("{} to {}", figure(m, *least), figure(m, *most));
    let ranges = reached.ranges.iter().enumerate().map(range);
    let all = reached.combinations.to_string();
    vec![
        named(format!("{name}, published"), named("", published(figures))),
        named(format!("{name}, reached"), named(all, ranges.collect())),
        named(format!("{name}, near"), named("", reached.near.map(|near| near.to_string()).to_vec())),
    ]
}

/// What the combinations reach, in sentences.
fn together(found: &Found) -> Vec<String> {
    let Some(combinations) = &found.combinations else { return Vec::new() };
    let sentence = |(name, reached): (&&str, &Reached)| {
        let [_, _, two, three, four] = reached.together;
        let (nearest, means) = match reached.nearest.first() {
            Some((nearest, means)) => {
                (nearest.as_str(), means.iter().enumerate().map(|(m, v)| figure(m, *v)).collect())
            }
            None => ("", Vec::new()),
        };
        format!(
            "{name}: of {} combinations, {four} have all four measures near the published figures, {three} have three, {two} have \
             two. One of those with the most: {nearest}: {}.",
            reached.combinations,
            means.join(", ")
        )
    };
    MECHANISMS.iter().zip(&combinations.reached).map(sentence).collect()
}

fn through(found: &Found) -> String {
    match found.through {
        Some(through) => format!(
            "One market went through the ciphertexts (run 0, mode open). All {} pairs were encrypted, scored and opened, and \
             every score equals the plaintext score. {} of {} buyers choose as they do on 6 bits in the clear; {} choose \
             otherwise than on exact numbers.",
            through.pairs, through.equal, through.buyers, through.differing
        ),
        None => "No market went through the ciphertexts, as asked for.".into(),
    }
}

const NEAR: &str =
    "A measure is near its published figure when it is within 5 % of it, a clean share when it is within 5 \
                    percentage points of either published one.";
const REGRET: &str = "Each buyer of each run chooses from its run's whole book, on exact and on rounded numbers. The excess is the \
                      exact dissimilarity of the choice less that of the best choice; an attribute's whole range at full \
                      weight counts 1. Lost is the excess of all buyers, divided by the excess of average candidates. Left \
                      without are buyers for whom ticks put every ask above the limit.";

/// Tables for people.
pub(super) fn summary(found: &Found) -> String {
    let rows = |title: &str, head: &[&str], rows: Vec<Vec<String>>| table(title, head, rows.len(), rows);
    let with_text = [&HEAD[..], &["reading"]].concat();
    let mut text = format!(
        "The report's market: {} sell and {} buy records a run, {} runs, seed {}\n",
        super::draw::SELLS,
        super::draw::BUYS,
        found.runs,
        found.seed
    );
    text += &rows("Published and measured", &HEAD, compared(found));
    text += &rows("K-prototypes, one reading at a time (means)", &with_text, readings(&found.prototypes));
    text += &rows("Double auction, its readings (means)", &with_text, readings(&found.auctions));
    if let Some(combinations) = &found.combinations {
        let of = MECHANISMS.iter().zip(&combinations.reached).zip(&PUBLISHED);
        let all = of.flat_map(|((name, of), figures)| reached(name, of, figures)).collect();
        text += &rows("Every reading with every other", &REACHED_HEAD, all);
        text += &format!("{NEAR}\n");
        for sentence in together(found) {
            text += &format!("{sentence}\n");
        }
    }
    text += "\nWhat the stated data say about the published figures\n";
    for finding in &found.bounds {
        text += &format!("- {}\n", finding.text);
    }
    text += &rows("Regret of quantisation", &REGRET_HEAD, regrets(&found.regrets));
    text += &format!("{REGRET}\n{}\n", through(found));
    text
}

/// The page, without its heading.
pub(super) fn markdown(found: &Found) -> String {
    let with_text = [&HEAD[..], &["reading"]].concat();
    let mut text = format!(
        "Seed {}, {} runs of {} sell and {} buy records. The readings are stated in [market.md](../market.md).\n\n",
        found.seed,
        found.runs,
        super::draw::SELLS,
        super::draw::BUYS
    );
    text += &markdown_table(&HEAD, &compared(found));
    text += "K-prototypes, one reading at a time, means:\n\n";
    text += &markdown_table(&with_text, &readings(&found.prototypes));
    text += "Double auction, its readings, means:\n\n";
    text += &markdown_table(&with_text, &readings(&found.auctions));
    if let Some(combinations) = &found.combinations {
        let of = MECHANISMS.iter().zip(&combinations.reached).zip(&PUBLISHED);
        let all: Vec<_> = of.flat_map(|((name, of), figures)| reached(name, of, figures)).collect();
        text += "Every reading with every other:\n\n";
        text += &markdown_table(&REACHED_HEAD, &all);
        text += &format!("{NEAR} {}\n\n", together(found).join(" "));
    }
    text += "What the stated data say about the published figures:\n\n";
    for finding in &found.bounds {
        text += &format!("- {}\n", finding.text);
    }
    text += "\nRegret of quantisation:\n\n";
    text += &markdown_table(&REGRET_HEAD, &regrets(&found.regrets));
    text += &format!("{REGRET}\n\n{}\n", through(found));
    text
}

fn by_measure(of: impl Fn(usize) -> Value) -> Value {
    const KEYS: [&str; 4] = ["clean_percent", "apet", "matched_kwh", "lost_percent"];
    KEYS.iter().enumerate().map(|(measure, key)| (key.to_string(), of(measure))).collect::<Map<_, _>>().into()
}

fn row_json(row: &Row) -> Value {
    json!({
        "name": row.name,
        "reading": row.text,
        "mean": by_measure(|m| json!(row.spreads[m].mean)),
        "least": by_measure(|m| json!(row.spreads[m].least)),
        "greatest": by_measure(|m| json!(row.spreads[m].most)),
    })
}

fn reached_json(name: &str, reached: &Reached) -> Value {
    let nearest =
        reached.nearest.iter().map(|(name, means)| json!({ "reading": name, "mean": by_measure(|m| json!(means[m])) }));
    json!({
        "mechanism": name,
        "combinations": reached.combinations,
        "least": by_measure(|m| json!(reached.ranges[m].0)),
        "greatest": by_measure(|m| json!(reached.ranges[m].1)),
        "near": by_measure(|m| json!(reached.near[m])),
        "near_together": reached.together,
        "nearest": nearest.collect::<Vec<_>>(),
    })
}

fn regret_json(row: &RegretRow) -> Value {
    let regret = &row.regret;
    json!({
        "rounded": row.name,
        "attribute_bits": row.rounding.attributes,
        "weights_of_4_bits": row.rounding.weights,
        "prices_on_ticks": row.rounding.ticks,
        "buyers": regret.buyers,
        "differing": regret.differing,
        "left_without": regret.without,
        "share": regret.share(),
        "lost": regret.lost(),
        "mean_excess": regret.mean_excess(),
        "greatest_excess": regret.most,
        "mean_better": regret.mean_rank(),
        "most_better": regret.worst_rank,
    })
}

/// The fields of the JSON.
pub(super) fn json(found: &Found) -> Map<String, Value> {
    let figures = |of: &Published| {
        let mut value = by_measure(|m| json!(of.figures()[m]));
        value["clean_percent_elsewhere"] = json!(of.clean.1);
        value
    };
    let each = |runs: &[super::Measures]| -> Value {
        runs.iter().map(|run| by_measure(|m| json!((MEASURES[m].2)(run)))).collect::<Vec<_>>().into()
    };
    let combinations = found.combinations.as_ref().map(|combinations| {
        let all = MECHANISMS.iter().zip(&combinations.reached).map(|(name, reached)| reached_json(name, reached));
        all.collect::<Vec<_>>()
    });
    let through = found.through.map(|through| {
        json!({ "pairs": through.pairs, "buyers": through.buyers, "as_quantised_in_the_clear": through.equal,
                "other_than_exact": through.differing })
    });
    let bounds = found.bounds.iter().map(|finding| {
        json!({ "name": finding.name, "bound": finding.bound, "published": finding.published, "text": finding.text })
    });
    let fields = [
        ("seed", json!(found.seed)),
        ("runs", json!(found.runs)),
        ("published", json!({ "prototypes": figures(&PUBLISHED[0]), "auction": figures(&PUBLISHED[1]) })),
        ("base_runs", json!({ "prototypes": each(&found.each[0]), "auction": each(&found.each[1]) })),
        ("prototypes", found.prototypes.iter().map(row_json).collect::<Vec<_>>().into()),
        ("auctions", found.auctions.iter().map(row_json).collect::<Vec<_>>().into()),
        ("rules", found.rules.iter().map(row_json).collect::<Vec<_>>().into()),
        ("combinations", json!(combinations)),
        ("cannot_be", bounds.collect::<Vec<_>>().into()),
        ("regret", found.regrets.iter().map(regret_json).collect::<Vec<_>>().into()),
        ("ciphertexts", json!(through)),
    ];
    fields.into_iter().map(|(name, value)| (name.to_string(), value)).collect()
}
