//! The end of a run: timings for the report, and the summary for people.

use super::Played;
use crate::report::{DeviationSummary, Report};
use market::scenario::Scenario;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;
use terminal::peak_kib;
use terminal::time::wall;
use wallets::issuer::Books;

/// The greatest number of rows of each table in the summary.
const ROWS: usize = 40;

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

fn median(times: &[Duration]) -> Duration {
    let mut sorted = times.to_vec();
    sorted.sort();
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}

pub(super) fn timings(played: &Played) -> BTreeMap<String, u64> {
    let mut timings: BTreeMap<String, u64> =
        played.phases.iter().map(|(phase, time)| (format!("{phase}_ms"), millis(*time))).collect();
    timings.insert("total_ms".into(), millis(played.total));
    timings.insert("keys_ms".into(), millis(played.keys));
    for (relation, times) in &played.proofs {
        timings.insert(format!("prove.{}.ms_1t", relation.name()), millis(median(times)));
    }
    if let Some(peak) = peak_kib() {
        timings.insert("peak_mib".into(), peak / 1024);
    }
    timings
}

pub(super) fn summary(file: &str, scenario: &Scenario, report: &Report, played: &Played, directory: &Path) -> String {
    let mut out = format!(
        "{file}: {} households, {} cycles, {} plans; every proof, ciphertext and signature real\n\
         Names are shown only because one process plays all roles here: on the ledger there are none.\n",
        scenario.households.len(),
        scenario.cycles.len(),
        scenario.plans(),
    );
    out += &report.summary(ROWS, scenario);
    let mut line = |text: std::fmt::Arguments<'_>| {
        out.write_fmt(text).expect("writing to a string does not fail");
        out.push('\n');
    };
    let proofs: usize = played.proofs.values().map(Vec::len).sum();
    line(format_args!("agrees with the rules in the clear (simulate); money and energy conserved after every block"));
    if let Some(DeviationSummary { verdicts, within }) = played.deviation {
        line(format_args!(
            "deviations: {verdicts} computed on ciphertexts and opened, {within} within tolerance, each as its trade settled"
        ));
    }
    if let Some(withdrawn) = &played.withdrawn {
        let money = |nano: u128| terminal::table::money(i128::try_from(nano).unwrap_or(i128::MAX));
        let Books { issued, withdrawn: out, paid } = withdrawn.books;
        line(format_args!(
            "withdrawn: {} households took {} home, all they had; the desk took in {} and has paid out {} (the difference is the grid's)",
            withdrawn.households,
            money(out),
            money(issued),
            money(paid)
        ));
    }
    line(format_args!(
        "ledger: {} blocks, {} bytes of transactions, record root {} (it repeats after a block that makes no record)",
        played.ledger.height, played.bytes, played.ledger.root
    ));
    for (relation, times) in &played.proofs {
        line(format_args!(
            "proof {:14} median {:5} ms wall on one core, {} made",
            relation.name(),
            millis(median(times)),
            times.len()
        ));
    }
    let on_ledger = if played.resumed { "; what was on the ledger already needed no new proof" } else { "" };
    line(format_args!(
        "{proofs} proofs; keys ready in {}, the market played in {}{on_ledger}",
        wall(played.keys),
        wall(played.total - played.keys)
    ));
    if let Some(peak) = peak_kib() {
        let peak = peak / 1024;
        line(format_args!("peak memory {peak} MiB"));
    }
    line(format_args!("kept in {0}; check it with: veilgrid ledger verify {0}", directory.display()));
    out
}
