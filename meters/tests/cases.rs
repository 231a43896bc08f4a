//! Every case of `data/cases/meters`: the command's output to the byte, or what its refusal names.

mod common;

use common::{command, Command};
use meters::{import, Output};
use std::fs;
use std::path::Path;

/// A line of `expected-error.txt` that names something: one of these words, upper and lower case
/// alike.
fn names(line: &str) -> Option<Vec<String>> {
    let words = line.strip_prefix("names ")?;
    Some(words.split(" | ").map(str::to_lowercase).collect())
}

fn run(folder: &Path) -> Result<(), String> {
    let text = fs::read_to_string(folder.join("command.txt")).map_err(|error| error.to_string())?;
    let out = tempfile::tempdir().map_err(|error| error.to_string())?;
    let Command { inputs, out: name, options } = command(&text, folder, out.path());
    let result = import(&inputs, &Output::new(name, false), &options, &mut |_| Ok(()));
    let made: Vec<_> = fs::read_dir(out.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    if let Ok(expected) = fs::read(folder.join("expected.csv")) {
        let summary = result.map_err(|refused| format!("refused: {refused}"))?;
        let found = fs::read(&made[0]).map_err(|error| error.to_string())?;
        let differing = found
            .split(|byte| *byte == b'\n')
            .zip(expected.split(|byte| *byte == b'\n'))
            .find(|(found, expected)| found != expected);
        if let Some((found, expected)) = differing {
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            return Err(format!("expected {}\n   found {}", text(expected), text(found)));
        }
        if found != expected {
            return Err(format!("{} bytes, expected {}", found.len(), expected.len()));
        }
        let rows = expected.iter().filter(|byte| **byte == b'\n').count() as u64 - 1;
        assert_eq!(summary.rows, rows, "the summary counts the rows");
        return Ok(());
    }
    let expected = fs::read_to_string(folder.join("expected-error.txt")).map_err(|error| error.to_string())?;
    let Err(refused) = result else {
        return Err("it was imported".into());
    };
    let message = refused.to_string();
    let lower = message.to_lowercase();
    for line in expected.lines() {
        match line {
            "exit 2" => {}
            "no output file" if made.is_empty() => {}
            _ if line.starts_with('#') => {}
            _ => match names(line) {
                Some(words) if words.iter().any(|word| lower.contains(word)) => {}
                _ => return Err(format!("{line}: not so in: {message} ({made:?})")),
            },
        }
    }
    Ok(())
}

#[test]
fn every_case_gives_what_it_should() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../data/cases/meters");
    let mut cases: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect();
    cases.sort();
    assert!(cases.len() >= 28, "{} cases", cases.len());
    let failed: Vec<String> = cases
        .iter()
        .filter_map(|case| {
            let name = case.file_name().unwrap().to_string_lossy().into_owned();
            run(case).err().map(|error| format!("{name}: {error}"))
        })
        .collect();
    assert!(failed.is_empty(), "{} of {} cases:\n{}", failed.len(), cases.len(), failed.join("\n"));
}
