//! Ctrl-C in the middle of a market: it says how to go on, and the same command does.
#![cfg(unix)]

use super::support::*;

#[test]
fn an_interrupted_market_says_how_to_go_on_and_goes_on() {
    keys();
    let (case, folder) = (scenario(SMALL), tempfile::tempdir().unwrap());
    let (directory, report) = (folder.path().join("data"), folder.path().join("report.json"));
    let arguments = market(&case, &directory, &report);
    let mut running = Running::start(&arguments);
    let first = running.line().unwrap();
    assert_eq!(first, format!("data directory {}\n", text(&directory)), "the data directory is said first");
    while running.line().is_some_and(|line| !line.contains("an epoch starts")) {}
    let (code, rest) = running.interrupt();
    assert_eq!(code, Some(3), "{rest}");
    let last = rest.lines().last().unwrap_or_default();
    assert_eq!(last, "interrupted: give the same command again; the market goes on where it was");
    assert!(!report.exists());
    verified(&directory);
    let gone_on = veilgrid(&arguments);
    assert!(gone_on.status.success() && stderr(&gone_on).contains("going on with it"), "{}", stderr(&gone_on));
    same_outcome(&json(&report), &reference().report);
}
