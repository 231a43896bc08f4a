//! `bench` as a user meets it: it prints the specified keys, whatever their figures.

use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output};

fn bench(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_veilgrid"));
    command.arg("bench").args(arguments).output().expect("the binary was built for this test")
}

fn json(output: &Output) -> Value {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[track_caller]
fn positive(value: &Value) {
    assert!(value.as_f64().is_some_and(|figure| figure > 0.0), "{value}");
}

fn text(path: &Path) -> &str {
    path.to_str().expect("paths here are UTF-8")
}

#[test]
fn match_has_the_documented_keys_a_plot_and_a_page() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("bench");
    let small = ["match", "--size", "64", "--runs", "1", "--json"];
    let output = bench(&[&small[..], &["--out", text(&out), "--write-results", text(folder.path())]].concat());
    let found = json(&output);
    assert_eq!(keys(&found), ["format", "machine", "commit", "match"]);
    let figures = &found["match"];
    let documented = ["size", "runs", "pairs_per_s", "market_s", "upload_bytes", "decrypt_us", "regret", "growth"];
    assert_eq!(keys(figures), documented);
    assert_eq!(keys(&figures["pairs_per_s"]), ["1t", "2t"]);
    assert_eq!(keys(&figures["market_s"]), ["open", "masked"]);
    assert_eq!(figures["upload_bytes"], 106_496);
    for (group, key) in [("pairs_per_s", "1t"), ("pairs_per_s", "2t"), ("market_s", "open"), ("market_s", "masked")] {
        positive(&figures[group][key]);
    }
    // The regret does not depend on the machine.
    assert_eq!((&figures["regret"]["share"], &figures["regret"]["lost"]), (&0.2362.into(), &0.01102.into()));
    let sizes: Vec<_> = figures["growth"]["markets"].as_array().unwrap().iter().map(|m| m["size"].as_u64()).collect();
    assert_eq!(sizes, [6, 12, 25, 51, 64].map(Some));
    assert_eq!(std::fs::read(out.join("bench-match.json")).unwrap(), output.stdout);
    assert!(std::fs::read_to_string(out.join("bench-match-growth.svg")).unwrap().contains("</svg>"));
    let written = std::fs::read_to_string(folder.path().join("bench-match.md")).unwrap();
    assert!(written.starts_with("<!-- written by veilgrid: bench-match -->\n# What matching"), "{written}");
    assert!(written.contains("| bids and offers |") && written.contains("(bench/bench-match-growth.svg)"), "{written}");
}

#[test]
fn prove_has_the_documented_keys_for_each_relation() {
    let documented = ["constraints", "ms_1t", "ms_2t", "pk_mb", "peak_mb"];
    let one = json(&bench(&["prove", "--only", "void", "--runs", "1", "--json"]));
    assert_eq!(keys(&one), ["format", "machine", "commit", "runs", "prove"]);
    // Two relations are measured in separate processes, in the order of the relations.
    let two = json(&bench(&["prove", "--only", "refuse", "void", "--runs", "1", "--json"]));
    assert_eq!((keys(&one["prove"]), keys(&two["prove"])), (vec!["void"], vec!["void", "refuse"]));
    for figures in [&one["prove"]["void"], &two["prove"]["void"], &two["prove"]["refuse"]] {
        assert_eq!(keys(figures), documented);
        for key in &documented[..4] {
            positive(&figures[key]);
        }
    }
    assert_eq!(one["prove"]["void"]["constraints"], two["prove"]["void"]["constraints"]);
}

#[test]
fn verify_has_the_documented_keys() {
    let found = json(&bench(&["verify", "--runs", "1", "--json"]));
    assert_eq!(keys(&found), ["format", "machine", "commit", "runs", "peer", "verify"]);
    let figures = &found["verify"];
    let batches = ["single_ms", "batch64_ms", "batch256_ms"];
    assert_eq!(keys(figures), [&batches[..], &["ciphertext", "ark_groth16"]].concat());
    assert_eq!(keys(&figures["ciphertext"]), batches);
    assert_eq!(keys(&figures["ark_groth16"]), ["single_ms", "ciphertext_single_ms"]);
    for key in batches {
        positive(&figures[key]);
        positive(&figures["ciphertext"][key]);
    }
    // Batches have to be faster; the factor is far beyond noise.
    assert!(figures["batch64_ms"].as_f64() < figures["single_ms"].as_f64());
}

#[test]
fn what_cannot_be_measured_is_refused_before_any_work() {
    for (wrong, says) in [
        (&["match", "--size", "63"][..], "63 is not in 64..=4000"),
        (&["match", "--runs", "2"], "an odd number"),
        (&["prove", "--only", "sell"], "possible values: sell-plan, buy-plan"),
        (&["prove", "--runs", "0"], "an odd number"),
        (&["verify", "--size", "64"], "--size"),
        (&["nothing"], "nothing"),
    ] {
        let output = bench(wrong);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{wrong:?}");
        assert!(output.stdout.is_empty() && said.contains(says), "{said}");
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("bench-match.md"), "# By hand\n").unwrap();
    let output = bench(&["match", "--write-results", text(folder.path())]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("written by veilgrid: bench-match"));
}

#[test]
fn the_help_teaches() {
    for (part, words) in [
        (&["--help"][..], &["match", "prove", "verify", "Processor time", "benches/peers/run"][..]),
        (&["match", "--help"], &["match.pairs_per_s", "match.regret", "--size", "Examples", "slope"]),
        (&["prove", "--help"], &["prove.RELATION.ms_2t", "--only", "Examples", "buy-ciphertext"]),
        (&["verify", "--help"], &["batch256_ms", "arkworks", "Examples"]),
    ] {
        let help = String::from_utf8(bench(part).stdout).unwrap();
        assert!(words.iter().all(|word| help.contains(word)), "{help}");
    }
}
