//! `wallet restore`: phrases as people write them, births that are too late, and phrases of another
//! chain.

use super::support::*;
use serde_json::{json, Value};
use std::fs;
use std::path::{Path, PathBuf};
use veilgrid::demonstration::{fresh_phrase, role_rng};

/// A copy of the reference market, and a file for the phrase of its household 0.
fn place() -> (tempfile::TempDir, PathBuf, PathBuf) {
    let (folder, copy) = copy_of_reference();
    let file = folder.path().join("phrase");
    (folder, copy, file)
}

fn phrase(seed: u64) -> String {
    fresh_phrase(&mut role_rng(seed, "household 0")).to_string()
}

fn restore(ledger: &Path, phrase: &Path, more: &[&str]) -> std::process::Output {
    let base = ["wallet", "restore", "--data-dir", text(ledger), "--phrase-file", text(phrase)];
    veilgrid(&[&base[..], more].concat())
}

fn found(output: &std::process::Output) -> Value {
    assert!(output.status.success(), "{}", stderr(output));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn a_birth_after_the_first_record_loses_nothing_and_is_said() {
    let (_folder, copy, file) = place();
    fs::write(&file, phrase(0)).unwrap();
    let whole = found(&restore(&copy, &file, &["--json"]));
    let balance = reference().report["households"][0]["balance"].clone();
    assert_eq!((&whole["balance"], &balance), (&json!(27_907_370_000_u64), &whole["balance"]));
    let first = whole["search"]["first_found"].as_u64().unwrap();
    assert!((1..=3).contains(&first), "{first}");
    let last = whole["search"]["last_block"].as_u64().unwrap();
    let mut earlier = 0;
    for birth in 0..=last + 1 {
        let late = found(&restore(&copy, &file, &["--json", "--birth", &birth.to_string()]));
        for part in ["address", "height", "balance", "locked", "records", "plans", "credentials"] {
            assert_eq!(late[part], whole[part], "--birth {birth}: {part}");
        }
        assert_eq!((&late["search"]["first_found"], &late["search"]["birth"]), (&json!(first), &json!(birth)));
        assert_eq!((&late["search"]["first_block"], &late["search"]["last_block"]), (&json!(1), &json!(last)));
        let before = late["search"]["before_birth"].as_u64().unwrap();
        assert_eq!(before > 0, birth > first, "--birth {birth}: {before} found before it");
        assert!(before >= earlier || birth > last);
        earlier = before;
    }
    let said = |birth: u64| String::from_utf8(restore(&copy, &file, &["--birth", &birth.to_string()]).stdout).unwrap();
    let late = said(first + 5);
    for words in [
        "balance 27.9074, ".to_owned(),
        format!("blocks 1 to {} were searched too: the wallet is older", first + 4),
        format!("its first record is in block {first};"),
        format!("searched: blocks 1 to {last} of chain "),
        format!("not searched: block {}", last + 1),
    ] {
        assert!(late.contains(&words), "{late} is to say {words:?}");
    }
    if first > 1 {
        assert!(said(first).contains("and nothing of the wallet is in them"));
    }
    assert!(!said(1).contains("--birth"));
}

/// Each way of writing the phrase down of `shared/cases/reports`, and some more.
#[test]
fn a_phrase_is_taken_as_people_write_it_down() {
    let (_folder, copy, file) = place();
    let plain = phrase(0);
    let words: Vec<&str> = plain.split(' ').collect();
    fs::write(&file, &plain).unwrap();
    let address = found(&restore(&copy, &file, &["--json"]))["address"].clone();
    let numbered = |after: &str, between: &str| {
        let all: Vec<String> = words.iter().zip(1..).map(|(word, n)| format!("{n}{after}{word}")).collect();
        all.join(between)
    };
    for written in [
        plain[..1].to_uppercase() + &plain[1..],
        plain.to_uppercase(),
        format!("\u{feff}{plain}\n"),
        numbered(". ", "\n"),
        numbered(") ", "\r\n"),
        numbered(".", " "),
        words.join(", "),
        words.join(","),
        words.join("\t"),
        words.join("\r\n"),
        words.join("  ") + "  \n\n",
        words.join("\u{a0}"),
    ] {
        fs::write(&file, &written).unwrap();
        assert_eq!(found(&restore(&copy, &file, &["--json"]))["address"], address, "{written}");
    }
}

#[test]
fn a_phrase_that_is_refused_is_refused_by_place_count_or_checksum() {
    let (_folder, copy, file) = place();
    let plain = phrase(0);
    let words: Vec<&str> = plain.split(' ').collect();
    assert_eq!(words.len(), 24);
    let changed = |change: &dyn Fn(&mut Vec<String>)| {
        let mut words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        change(&mut words);
        words.join(" ")
    };
    let swapped = (0..23).map(|at| changed(&|words| words.swap(at, at + 1)));
    let swapped = swapped.into_iter().find(|text| wallets::phrase::Phrase::read(text).is_err()).unwrap();
    for (written, says) in [
        (changed(&|words| words[6] = "qqq".to_owned()), "word 7 of 24 is not in the English list"),
        (changed(&|words| words[23].push('x')), "word 24 of 24 is not in the English list"),
        (changed(&|words| drop(words.remove(3))), "23 words where a phrase has 12, 15, 18, 21 or 24"),
        (changed(&|words| words.push("zoo".to_owned())), "25 words where a phrase has"),
        (
            changed(&|words| words.insert(0, "phrase:".to_owned())),
            "25 words where a phrase has 12, 15, 18, 21 or 24, and word 1 is",
        ),
        (swapped, "all 24 words are in the list, but the checksum does not hold"),
        (format!("1. {plain}"), "numbered, but not each once from 1 on"),
    ] {
        fs::write(&file, &written).unwrap();
        let output = restore(&copy, &file, &[]);
        refused(&output, 2, &[text(&file), "not a BIP-39 phrase", says]);
        // The message has no word of the phrase that is not its own.
        let line = stderr(&output);
        let own = "not a phrase: word of is in the English list all words are but checksum does hold two may be \
                   swapped or one another where has and numbered each once from on write them their order without \
                   numbers error";
        let own: Vec<&str> = own.split([' ', ':']).collect();
        let said: Vec<&str> = line.split(|c: char| !c.is_alphabetic()).collect();
        for word in written.split(' ').filter(|word| !own.contains(word)) {
            assert!(!said.contains(&word), "{line} repeats {word}");
        }
    }
    for (bytes, says) in [
        (&b"\xef\xbb\xbf\n"[..], "there is nothing in it"),
        (b"", "there is nothing in it"),
        (b"\xff\xfel\0e\0g\0a\0l\0", "not text"),
    ] {
        fs::write(&file, bytes).unwrap();
        refused(&restore(&copy, &file, &[]), 2, &[text(&file), says]);
    }
}

#[test]
fn a_phrase_of_another_chain_finds_nothing_and_is_told_so() {
    let (_folder, copy, file) = place();
    fs::write(&file, phrase(1)).unwrap();
    let genesis = String::from_utf8(veilgrid(&["ledger", "show", text(&copy)]).stdout).unwrap();
    let genesis = genesis.lines().next().unwrap().strip_prefix("genesis ").unwrap().to_owned();
    let output = restore(&copy, &file, &[]);
    assert_eq!(output.status.code(), Some(0), "the search was done: {}", stderr(&output));
    let said = String::from_utf8(output.stdout).unwrap();
    let json = restore(&copy, &file, &["--json", "--birth", "4"]);
    let value = found(&json);
    let last = value["search"]["last_block"].as_u64().unwrap();
    let line = format!("nothing found for this phrase in blocks 1..{last} of chain {genesis}");
    assert!(said.lines().any(|said| said == line), "{said}");
    assert!(stderr(&json).lines().any(|said| said == line), "{}", stderr(&json));
    assert_eq!((&value["search"]["first_found"], &value["balance"]), (&Value::Null, &json!(0)));
    assert_eq!((&value["search"]["genesis"], &value["search"]["before_birth"]), (&json!(genesis), &json!(0)));
}
