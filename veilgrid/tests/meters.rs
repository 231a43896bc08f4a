//! The command `veilgrid meters` as a person meets it: exit codes, outputs, JSON.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn case(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../data/cases/meters").join(name)
}

fn run(arguments: &[&str], folder: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_veilgrid")).arg("meters").args(arguments).current_dir(folder).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// A folder with an input of the case `octopus-download`.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::copy(case("octopus-download").join("consumption.csv"), folder.path().join("consumption.csv")).unwrap();
    folder
}

const IMPORT: [&str; 5] = ["import", "--meter", "home", "consumption.csv", "--out"];

#[test]
fn an_import_writes_what_a_check_accepts() {
    let folder = folder();
    let output = run(&[&IMPORT[..], &["out.csv"]].concat(), folder.path());
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let expected = fs::read(case("octopus-download").join("expected.csv")).unwrap();
    assert_eq!(fs::read(folder.path().join("out.csv")).unwrap(), expected);
    let said = text(&output.stdout);
    for word in ["24 rows", "octopus", "5.961 kWh", "split 24", "detected"] {
        assert!(said.contains(word), "{word} is not in:\n{said}");
    }
    let output = run(&["check", "out.csv"], folder.path());
    assert_eq!(output.status.code(), Some(0));
    assert!(text(&output.stdout).contains("holds"));
}

#[test]
fn standard_output_has_rows_and_nothing_else() {
    let folder = folder();
    let output = run(&[&IMPORT[..], &["-"]].concat(), folder.path());
    assert_eq!(output.stdout, fs::read(case("octopus-download").join("expected.csv")).unwrap());
    assert!(text(&output.stderr).contains("24 rows"));
}

#[test]
fn summaries_are_printed_as_json() {
    let folder = folder();
    let output = run(&[&IMPORT[..], &["out.csv.zst", "--json"]].concat(), folder.path());
    let summary: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(summary["format"], "veilgrid-meter-import/1");
    assert_eq!(summary["rows"], 24);
    assert_eq!(summary["energy"]["import_wh"], 5961);
    assert_eq!(summary["energy"]["export_wh"], serde_json::Value::Null);
    assert_eq!(summary["period"]["end"], "2024-10-27T05:00:00Z");
    let output = run(&["check", "out.csv.zst", "--json"], folder.path());
    let checked: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(checked["holds"], true);
    let output = run(&["formats", "--json"], folder.path());
    let formats: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let names: Vec<&str> =
        formats["formats"].as_array().unwrap().iter().map(|f| f["format"].as_str().unwrap()).collect();
    assert_eq!(names.len(), 13);
    assert!(names.contains(&"nem12"));
}

#[test]
fn refusals_have_exit_code_2_and_leave_nothing() {
    let folder = folder();
    fs::write(folder.path().join("there.csv"), "precious").unwrap();
    for (arguments, word) in [
        (vec!["import", "none.csv", "--out", "out.csv"], "none.csv"),
        (vec!["import", "consumption.csv", "--out", "there.csv"], "--force"),
        (vec!["import", "consumption.csv", "--out", "consumption.csv", "--force"], "inputs"),
        (vec!["import", "consumption.csv", "--out", "none/out.csv"], "out.csv"),
        (vec!["import", "--format", "nem12", "consumption.csv", "--out", "out.csv"], "nem12"),
        (vec!["import", "--max-power", "1", "--meter", "m", "consumption.csv", "--out", "out.csv"], "--max-power"),
        (vec!["check", "consumption.csv"], "meters import"),
        (vec!["check", "none.csv"], "none.csv"),
    ] {
        let output = run(&arguments, folder.path());
        let message = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {message}");
        assert!(message.contains(word) && message.lines().count() == 1, "{arguments:?}: {message}");
        let files = fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(files, 2, "{arguments:?}");
    }
    assert_eq!(fs::read(folder.path().join("there.csv")).unwrap(), b"precious");
    for bad in
        [["--max-power", "0"], ["--max-power", "-1"], ["--step", "2h"], ["--gaps", "guess"], ["--format", "excel"]]
    {
        let output = run(&[&IMPORT[..], &["out.csv"], &bad].concat(), folder.path());
        assert_eq!(output.status.code(), Some(2), "{bad:?}");
    }
}

#[test]
fn a_broken_file_has_exit_code_1() {
    let folder = folder();
    let whole = fs::read_to_string(case("octopus-download").join("expected.csv")).unwrap();
    let broken: Vec<&str> = whole.lines().enumerate().filter(|(at, _)| *at != 5).map(|(_, line)| line).collect();
    fs::write(folder.path().join("broken.csv"), broken.join("\n")).unwrap();
    let output = run(&["check", "broken.csv"], folder.path());
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stdout).contains("row 6") && text(&output.stdout).contains("absent"));
    assert!(text(&output.stderr).contains("row 6"));
}
