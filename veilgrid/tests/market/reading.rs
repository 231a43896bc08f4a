//! The commands that only read a ledger: on a folder that they cannot write, beside each other, and
//! on a snapshot.

use super::support::*;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::SystemTime;

/// Every file and folder below a folder: its bytes, and when it was last changed.
fn state(folder: &Path) -> Vec<(PathBuf, Vec<u8>, SystemTime)> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let changed = fs::metadata(&path).unwrap().modified().unwrap();
        match path.is_dir() {
            true => {
                all.extend(state(&path));
                all.push((path, Vec::new(), changed));
            }
            false => all.push((path.clone(), fs::read(&path).unwrap(), changed)),
        }
    }
    all.push((folder.to_path_buf(), Vec::new(), fs::metadata(folder).unwrap().modified().unwrap()));
    all.sort();
    all
}

/// Every reading command, with its arguments; those that write a file write it into `out`.
fn commands(ledger: &Path, out: &Path, phrase: &Path) -> Vec<Vec<String>> {
    let shown = veilgrid(&["ledger", "show", text(ledger)]);
    assert!(shown.status.success(), "{}", stderr(&shown));
    let shown = String::from_utf8(shown.stdout).unwrap();
    let accepted = shown.lines().find(|line| line.ends_with("  accepted")).unwrap();
    let record = shown.lines().find(|line| line.starts_with("    record ")).unwrap();
    let file = |name: &str| text(&out.join(name)).to_owned();
    let command = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let word = |line: &'_ str, n: usize| line.split_whitespace().nth(n).unwrap().to_owned();
    vec![
        command(&["ledger", "verify", text(ledger)]),
        command(&["ledger", "show", text(ledger)]),
        command(&["ledger", "headers", text(ledger), &file("headers"), "--force"]),
        command(&[
            "ledger",
            "prove",
            text(ledger),
            "--transaction",
            &word(accepted, 1),
            &file("transaction.proof"),
            "--force",
        ]),
        command(&["ledger", "prove", text(ledger), "--record", &word(record, 2), &file("record.proof"), "--force"]),
        command(&["wallet", "restore", "--data-dir", text(ledger), "--phrase-file", text(phrase)]),
        command(&["audit", "plan", "--data-dir", text(ledger)]),
    ]
}

fn phrase_in(folder: &Path) -> PathBuf {
    let phrase = folder.join("phrase");
    let made = veilgrid(&["wallet", "demo-phrase", "--household", "0", "--phrase-file", text(&phrase)]);
    assert!(made.status.success(), "{}", stderr(&made));
    phrase
}

/// The output without what differs from run to run: the time that verifying took.
fn said(output: &Output) -> String {
    assert!(output.status.success(), "{}", stderr(output));
    let out = String::from_utf8(output.stdout.clone()).unwrap();
    let lines = out.lines().map(|line| line.split(" blobs checked in ").next().unwrap_or_default().to_owned());
    lines.collect::<Vec<_>>().join("\n")
}

fn words(command: &[String]) -> Vec<&str> {
    command.iter().map(String::as_str).collect()
}

#[test]
fn reading_changes_nothing_and_two_read_beside_each_other() {
    let (folder, copy) = copy_of_reference();
    let phrase = phrase_in(folder.path());
    let before = state(&copy);
    for arguments in commands(&copy, folder.path(), &phrase) {
        let alone = said(&veilgrid(&words(&arguments)));
        let start = || command(&words(&arguments)).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        for child in [start(), start(), start()] {
            assert_eq!(said(&child.wait_with_output().unwrap()), alone, "{arguments:?}");
        }
        assert!(state(&copy) == before, "{arguments:?} changes nothing");
    }
    // While a reader has the folder, nobody writes it.
    let reader = ledger::Archive::open(&copy, &ledger::Groth16Verifier::pinned().unwrap()).unwrap();
    let (case, report) = (scenario(SMALL), folder.path().join("report.json"));
    refused_at_the_end(&veilgrid(&market(&case, &copy, &report)), &[text(&copy), "another process"]);
    said(&veilgrid(&["ledger", "verify", text(&copy)]));
    drop(reader);
}

/// Checks that a market refused with the words in its last line.
#[track_caller]
fn refused_at_the_end(output: &Output, words: &[&str]) {
    let all = stderr(output);
    let last = all.lines().last().unwrap_or_default();
    assert_eq!(output.status.code(), Some(2), "{all}");
    assert!(words.iter().all(|word| last.contains(word)), "{all}");
}

/// A folder as an auditor has it: of another user, mode 755 and 644, or without any permission to
/// write. As root, who may write everything, the command runs as nobody.
#[cfg(unix)]
#[test]
fn a_folder_that_cannot_be_written_is_read_like_any_other() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    use std::os::unix::process::CommandExt;
    const NOBODY: u32 = 65534;

    let (folder, copy) = copy_of_reference();
    let phrase = phrase_in(folder.path());
    let out = folder.path().join("out");
    fs::create_dir(&out).unwrap();
    let commands = commands(&copy, &out, &phrase);
    let expected: Vec<String> = commands.iter().map(|arguments| said(&veilgrid(&words(arguments)))).collect();

    let root = fs::metadata("/proc/self").or(fs::metadata(folder.path())).unwrap().uid() == 0;
    let set = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    let program = folder.path().join("veilgrid");
    fs::copy(env!("CARGO_BIN_EXE_veilgrid"), &program).unwrap();
    let (folders, files) = if root { (0o755, 0o644) } else { (0o555, 0o444) };
    for (path, ..) in state(&copy) {
        set(&path, if path.is_dir() { folders } else { files });
    }
    for (path, mode) in [(folder.path(), 0o755), (&program, 0o755), (&out, 0o777), (&phrase, 0o644)] {
        set(path, mode);
    }
    for entry in fs::read_dir(&out).unwrap() {
        fs::remove_file(entry.unwrap().path()).unwrap();
    }
    let run = |arguments: &[&str]| {
        let mut command = std::process::Command::new(&program);
        command.args(arguments).stdin(Stdio::null());
        if root {
            command.uid(NOBODY).gid(NOBODY);
        }
        command.output().unwrap()
    };
    let before = state(&copy);
    for (arguments, expected) in commands.iter().zip(&expected) {
        assert_eq!(said(&run(&words(arguments))), *expected, "{arguments:?}");
    }
    let snapshot = out.join("snapshot");
    said(&run(&["ledger", "snapshot", text(&copy), text(&snapshot)]));
    let again = said(&run(&["ledger", "verify", text(&snapshot)]));
    assert_eq!(again.lines().skip(1).collect::<Vec<_>>(), expected[0].lines().skip(1).collect::<Vec<_>>());
    assert!(state(&copy) == before, "nothing changes");
    // A market cannot go on there, and it is the file that is named.
    let (case, report) = (scenario(SMALL), out.join("report.json"));
    fs::copy(&case, out.join("scenario.json")).unwrap();
    let market = run(&market(&out.join("scenario.json"), &copy, &report));
    assert!(!market.status.success() && stderr(&market).contains("ermission denied"), "{}", stderr(&market));
    // What cannot be read at all could not be done; it is not a ledger that does not hold.
    let database = copy.join("ledger.redb");
    set(&database, 0);
    refused(&run(&["ledger", "verify", text(&copy)]), 2, &[text(&database), "ermission denied"]);
    set(&database, files);
    set(&copy, 0);
    refused(&run(&["ledger", "show", text(&copy)]), 2, &[text(&database), "ermission denied"]);
    set(&copy, folders);
    // So that the folder can be removed.
    state(&copy).iter().filter(|(path, ..)| path.is_dir()).for_each(|(path, ..)| set(path, 0o755));
}

/// A ledger whose process was killed needs a repair. Reading repairs it in memory.
#[test]
fn a_ledger_that_was_never_closed_is_read_and_stays_as_it_is() {
    keys();
    let (case, folder) = (scenario(SMALL), tempfile::tempdir().unwrap());
    let (directory, report) = (folder.path().join("data"), folder.path().join("report.json"));
    let mut running = Running::start(&market(&case, &directory, &report));
    while running.line().is_some_and(|line| !line.contains("an epoch starts")) {}
    assert!(running.kill(), "it was killed before its end");
    let phrase = phrase_in(folder.path());
    let before = state(&directory);
    let root = verified(&directory);
    let genesis = said(&veilgrid(&["ledger", "show", text(&directory)]));
    assert!(genesis.starts_with("genesis ") && genesis.contains("\nblock 1 "));
    said(&veilgrid(&["wallet", "restore", "--data-dir", text(&directory), "--phrase-file", text(&phrase)]));
    let snapshot = folder.path().join("snapshot");
    let taken = said(&veilgrid(&["ledger", "snapshot", text(&directory), text(&snapshot)]));
    assert!(taken.contains(&format!("state root {root}")), "{taken}");
    assert!(state(&directory) == before, "nothing changes");
}

#[test]
fn a_snapshot_is_read_like_the_folder_that_it_was_taken_of() {
    let (folder, copy) = copy_of_reference();
    let phrase = phrase_in(folder.path());
    let snapshot = folder.path().join("ledger.snapshot");
    said(&veilgrid(&["ledger", "snapshot", text(&copy), text(&snapshot)]));
    let [one, other] = ["one", "other"].map(|name| {
        let out = folder.path().join(name);
        fs::create_dir(&out).unwrap();
        out
    });
    let temporary = folder.path().join("temporary");
    fs::create_dir(&temporary).unwrap();
    let of_the_folder = commands(&copy, &one, &phrase);
    for (folder, file) in of_the_folder.iter().zip(commands(&snapshot, &other, &phrase)) {
        let output = command(&words(&file)).env("TMPDIR", &temporary).output().unwrap();
        let expected = said(&veilgrid(&words(folder))).replace(text(&copy), text(&snapshot));
        assert_eq!(said(&output), expected, "{file:?}");
        assert!(stderr(&output).contains("a snapshot, taken after block"), "{}", stderr(&output));
    }
    for (path, bytes) in contents(&one) {
        assert!(fs::read(other.join(path.file_name().unwrap())).unwrap() == bytes, "{}", path.display());
    }
    assert_eq!(fs::read_dir(&temporary).unwrap().count(), 0, "the copies are gone");
    // A file that is no snapshot, and a snapshot that is damaged.
    let letter = folder.path().join("letter");
    fs::write(&letter, "dear").unwrap();
    refused(&veilgrid(&["ledger", "verify", text(&letter)]), 2, &[text(&letter), "neither", "snapshot"]);
    let mut bytes = fs::read(&snapshot).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&snapshot, bytes).unwrap();
    refused(&veilgrid(&["ledger", "verify", text(&snapshot)]), 1, &[text(&snapshot), "damaged"]);
}

/// Both roots are called by their names, and it is said which of them repeats.
#[test]
fn record_root_and_state_root_are_told_apart() {
    let (folder, copy) = copy_of_reference();
    let record = reference().report["ledger"]["root"].as_str().unwrap();
    let played = String::from_utf8_lossy(&reference().stdout).into_owned();
    assert!(played.contains(&format!("record root {record} (it repeats")), "{played}");
    let verify = said(&veilgrid(&["ledger", "verify", text(&copy)]));
    // The last block is empty, so the record root after it is that of the block before.
    assert!(verify.contains(&format!("\nrecord root {record}\n")), "{verify}");
    let state = verified(&copy);
    assert_ne!(state, record);
    let [snapshot, restored] = ["snapshot", "restored"].map(|name| folder.path().join(name));
    let taken = said(&veilgrid(&["ledger", "snapshot", text(&copy), text(&snapshot)]));
    let again = said(&veilgrid(&["ledger", "restore", text(&snapshot), text(&restored)]));
    for said in [&verify, &taken, &again] {
        assert!(said.contains(&format!("\nstate root {state}\n")), "{said}");
        assert!(
            said.contains("state root is another after each block") && said.contains("record root repeats"),
            "{said}"
        );
    }
}
