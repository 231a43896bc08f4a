//! The findings of `bench match` as tables, JSON and page.

use super::{Found, REGRET_RUNS, STEEPEST, THREADS};
use crate::bench::figure::figure;
use crate::findings::{Findings, Plot};
use figures::plot::{growth as growth_plot, Labels, Line};
use serde_json::{json, Map, Value};
use terminal::table::{markdown_table, table};

const MARKET_HEAD: [&str; 6] = ["bids and offers", "scored s", "opened s", "assigned s", "together s", "processor s"];
const PAIR_HEAD: [&str; 4] = ["threads", "ns of processor", "ns by the clock", "million pairs/s"];

fn markets(found: &Found) -> Vec<Vec<String>> {
    let row = |market: &super::Market| {
        let seconds = [market.scored.clock, market.opened.clock, market.assigned.clock, market.all.clock];
        let seconds = seconds.into_iter().chain([market.all.processor]).map(|s| format!("{s:.3}"));
        [market.size.to_string()].into_iter().chain(seconds).collect()
    };
    found.markets.iter().map(row).collect()
}

/// Pairs a second: on one thread by its processor time, on two threads by the clock.
fn rates(found: &Found) -> [f64; 2] {
    [1.0 / found.pair[0].processor, 1.0 / found.pair[1].clock]
}

fn pairs(found: &Found) -> Vec<Vec<String>> {
    let rows = THREADS.iter().zip(&found.pair).zip(rates(found));
    let row = |((threads, took), rate): ((&usize, &super::Took), f64)| {
        let nano = |seconds: f64| format!("{:.1}", seconds * 1e9);
        vec![threads.to_string(), nano(took.processor), nano(took.clock), format!("{:.3}", rate / 1e6)]
    };
    rows.map(row).collect()
}

fn sentences(found: &Found) -> Vec<String> {
    let masked = &found.masked;
    let seconds = |took: &super::Took| format!("{:.2} s ({:.2} s of processor)", took.clock, took.processor);
    let [mut growth, masked, plan, regret] = [
        format!("Cost grows as the size to the power of {:.2} (processor time); pairs grow as 2.", found.slope),
        format!(
            "The largest market in mode masked, measured once: {}. Its vectors were made in {}, made again by a validator in {}, \
             opened and paired in {}.",
            seconds(&masked.all),
            seconds(&masked.masked),
            seconds(&masked.certified),
            seconds(&masked.opened)
        ),
        format!(
            "A plan's ciphertext has {} bytes. One thread opens 64 scores, once it has computed them again, in {:.1} us.",
            found.upload_bytes,
            found.decrypt * 1e6
        ),
        format!(
            "Regret of quantised plans on {REGRET_RUNS} markets of `experiment matching`: {:.2} % of the buyers choose \
             another partner, and {:.2} % of what there is to lose is lost.",
            100.0 * found.regret.share(),
            100.0 * found.regret.lost()
        ),
    ];
    if found.slope > STEEPEST {
        growth += &format!(
            " STEEPER THAN PAIRS: the slope is above {STEEPEST}. The design does not allow for that; please report it."
        );
    }
    vec![growth, masked, plan, regret]
}

fn pair_title(found: &Found) -> String {
    format!("A pair's encrypted score in full packs of 64, medians of {} runs", 4 * found.runs + 9)
}

fn market_title(found: &Found) -> String {
    format!("A market in mode open on two threads, by the clock but for the last column, medians of {}", found.runs)
}

/// Tables for people.
fn summary(found: &Found) -> String {
    let rows = |title: &str, head: &[&str], rows: Vec<Vec<String>>| table(title, head, rows.len(), rows);
    let mut text = rows(&pair_title(found), &PAIR_HEAD, pairs(found));
    text += &rows(&market_title(found), &MARKET_HEAD, markets(found));
    text.push('\n');
    for sentence in sentences(found) {
        text += &format!("{sentence}\n");
    }
    text + "Rates are by processor time on one thread, and by the clock on two.\n"
}

/// The page, without its heading.
fn markdown(found: &Found) -> String {
    format!(
        "{}. The rate of one thread is by its processor time, the rate of two by the clock:\n\n{}{}:\n\n{}{}\n",
        pair_title(found),
        markdown_table(&PAIR_HEAD, &pairs(found)),
        market_title(found),
        markdown_table(&MARKET_HEAD, &markets(found)),
        sentences(found).join(" ")
    )
}

/// The fields of the JSON.
fn json(found: &Found) -> Map<String, Value> {
    let [one, two] = rates(found);
    let whole = found.markets.last().expect("a size at least");
    let growth: Vec<Value> = found
        .markets
        .iter()
        .map(|m| json!({"size": m.size, "clock_s": figure(m.all.clock), "processor_s": figure(m.all.processor)}))
        .collect();
    let figures = json!({
        "size": whole.size,
        "runs": found.runs,
        "pairs_per_s": {"1t": figure(one), "2t": figure(two)},
        "market_s": {"open": figure(whole.all.clock), "masked": figure(found.masked.all.clock)},
        "upload_bytes": found.upload_bytes,
        "decrypt_us": figure(found.decrypt * 1e6),
        "regret": {"share": figure(found.regret.share()), "lost": figure(found.regret.lost())},
        "growth": {"slope": figure(found.slope), "markets": growth},
    });
    Map::from_iter([("match".to_string(), figures)])
}

/// The plot of the market's time over its size, on logarithmic axes.
fn growth(found: &Found) -> Plot {
    let line = |name: &str, of: &dyn Fn(&super::Market) -> f64| Line {
        name: name.into(),
        points: found.markets.iter().map(|market| (market.size as f64, of(market))).collect(),
    };
    let whole = found.markets.last().expect("a size at least");
    let pairs = |market: &super::Market| whole.all.processor * (market.size as f64 / whole.size as f64).powi(2);
    let series = [
        line("processor time", &|market| market.all.processor),
        line("by the clock, two threads", &|market| market.all.clock),
        line("as pairs grow", &pairs),
    ];
    let labels = Labels { title: "A market scored, opened and assigned", x: "bids, and as many offers", y: "seconds" };
    Plot {
        name: "growth",
        says: "Time of a market over its size, on logarithmic axes",
        svg: growth_plot(&labels, &series),
    }
}

/// The findings, with tables, figures and page.
pub(super) fn findings(found: &Found) -> Findings {
    Findings {
        name: super::NAME,
        title: "What matching on ciphertexts costs",
        summary: summary(found),
        json: json(found),
        plots: vec![growth(found)],
        markdown: markdown(found),
    }
}
