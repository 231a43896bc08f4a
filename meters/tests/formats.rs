//! Harder cases of every format and rule: the output to the byte, or what the refusal names. An
//! independent reading of the rules, in exact fractions, made their values and expected rows.

mod common;

use common::{command, Command};
use meters::{import, Output};
use std::fs;
use std::path::Path;

fn run(folder: &Path) -> Result<(), String> {
    let read = |name: &str| fs::read_to_string(folder.join(name));
    let out = tempfile::tempdir().unwrap();
    let Command { inputs, out: name, options } = command(&read("command.txt").unwrap(), folder, out.path());
    let result = import(&inputs, &Output::new(name.clone(), false), &options, &mut |_| Ok(()));
    if let Ok(expected) = read("expected.csv") {
        result.map_err(|refused| format!("refused: {refused}"))?;
        let found = fs::read_to_string(&name).unwrap();
        let differing = found.lines().zip(expected.lines()).find(|(found, expected)| found != expected);
        return match differing {
            Some((found, expected)) => Err(format!("found {found}\nexpected {expected}")),
            None if found.len() != expected.len() => Err("another number of rows".into()),
            None => Ok(()),
        };
    }
    let expected = read("expected-error.txt").unwrap();
    let message = result.err().ok_or("it was imported")?.to_string().to_lowercase();
    let lacks = expected
        .lines()
        .filter_map(|line| line.strip_prefix("names "))
        .find(|names| !names.split(" | ").any(|name| message.contains(&name.to_lowercase())));
    match lacks {
        Some(names) => Err(format!("it does not name {names}: {message}")),
        None if name.exists() => Err("a file is left".into()),
        None => Ok(()),
    }
}

#[test]
fn harder_cases_give_what_they_should() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/formats");
    let mut cases: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    assert_eq!(cases.len(), 47);
    let failed: Vec<String> =
        cases.iter().filter_map(|case| run(case).err().map(|error| format!("{}: {error}", case.display()))).collect();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}
