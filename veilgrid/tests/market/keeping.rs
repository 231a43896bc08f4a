//! Keeping a market's data: snapshots of its ledger, wallets from their phrases, databases that
//! rot.

use super::support::*;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use rand_chacha::ChaCha20Rng;
use std::fs;
use std::path::{Path, PathBuf};
use veilgrid::demonstration::{demonstration_passphrase, fresh_phrase, role_rng};
use veilgrid::wallet::{overview, restored};
use wallets::household::{ChainParameters, Wallet};
use wallets::storage::Vault;

fn read(directory: &Path) -> ledger::Archive {
    ledger::Archive::open(directory, &ledger::Groth16Verifier::pinned().unwrap()).unwrap()
}

fn vault(directory: &Path, household: usize) -> PathBuf {
    directory.join("wallets").join(format!("household-{household}.vault"))
}

#[test]
fn a_wallet_comes_back_from_its_phrase_byte_for_byte() {
    let (_folder, copy) = copy_of_reference();
    let ledger = read(&copy);
    for household in 0..2 {
        let (_, stored) = Vault::open(vault(&copy, household), &demonstration_passphrase(0)).unwrap();
        let phrase = fresh_phrase(&mut role_rng(0, &format!("household {household}")));
        let wallet = restored(&phrase, &ledger).unwrap();
        assert!(*wallet.to_bytes() == *stored, "household {household}");
        assert!(wallet.watch().plans().count() > 0 && wallet.watch().records().count() > 0);
        // Another phrase finds nothing.
        let other = fresh_phrase(&mut role_rng(1, &format!("household {household}")));
        let other = restored(&other, &ledger).unwrap();
        assert!(other.watch().plans().count() == 0 && other.watch().records().count() == 0);
    }
}

#[test]
fn wallet_restore_shows_what_the_wallet_knew_and_keeps_it() {
    let (folder, copy) = copy_of_reference();
    let [phrase, kept, passphrase] = ["phrase", "kept.vault", "passphrase"].map(|name| folder.path().join(name));
    let made = veilgrid(&["wallet", "demo-phrase", "--household", "1", "--phrase-file", text(&phrase)]);
    assert!(made.status.success(), "{}", stderr(&made));
    refused(
        &veilgrid(&["wallet", "demo-phrase", "--household", "0", "--phrase-file", text(&phrase)]),
        2,
        &[text(&phrase), "already"],
    );
    let archive = read(&copy);
    let key = fhe_matcher::key::MatchingPublicKey::from_bytes(&archive.ledger.matching_key).unwrap();
    let parameters = ChainParameters::new(archive.ledger.genesis, key).unwrap();
    drop(archive);
    let (_, stored) = Vault::open(vault(&copy, 1), &demonstration_passphrase(0)).unwrap();
    let before = overview(&Wallet::from_bytes(&stored, parameters.clone()).unwrap());
    // The wallets themselves are not needed.
    fs::remove_dir_all(copy.join("wallets")).unwrap();
    let restore = ["wallet", "restore", "--data-dir", text(&copy), "--phrase-file", text(&phrase)];
    let shown = veilgrid(&[&restore[..], &["--json"]].concat());
    assert!(shown.status.success(), "{}", stderr(&shown));
    // The statement, and beside it what was searched.
    let mut said: serde_json::Value = serde_json::from_slice(&shown.stdout).unwrap();
    let search = said.as_object_mut().unwrap().remove("search").unwrap();
    assert_eq!(said, serde_json::from_str::<serde_json::Value>(&before.json()).unwrap());
    assert!(search["first_block"] == 1 && search["last_block"] == before.height, "{search}");
    assert_eq!(search["not_searched"], serde_json::json!([before.height + 1]));
    assert!(before.plans.iter().any(|plan| plan.stage == "settled" && plan.delivered.is_some()));
    let shown = veilgrid(&restore);
    let said = String::from_utf8(shown.stdout).unwrap();
    let searched = said.strip_prefix(&before.text()).unwrap_or_else(|| panic!("{said} begins with the statement"));
    assert!(searched.starts_with(&format!("searched: blocks 1 to {} of chain ", before.height)), "{searched}");
    assert!(searched.contains(&format!("not searched: block {}, the last one", before.height + 1)), "{searched}");
    let beyond = veilgrid(&[&restore[..], &["--birth", "999"]].concat());
    refused(&beyond, 2, &["--birth 999", "the ledger ends with block"]);
    fs::write(&passphrase, "\n").unwrap();
    let keep = ["--vault", text(&kept), "--passphrase-file", text(&passphrase)];
    refused(&veilgrid(&[&restore[..], &keep].concat()), 2, &[text(&passphrase), "nothing in it"]);
    assert!(!kept.exists());
    fs::write(&passphrase, "correct horse\n").unwrap();
    let keep = ["--vault", text(&kept), "--passphrase-file", text(&passphrase)];
    let shown = veilgrid(&[&restore[..], &keep].concat());
    assert!(shown.status.success(), "{}", stderr(&shown));
    let right = wallets::storage::Passphrase::new("correct horse".into());
    let (_, kept_bytes) = Vault::open(&kept, &right).unwrap();
    assert!(*kept_bytes == *stored);
    refused(&veilgrid(&[&restore[..], &keep].concat()), 2, &[text(&kept), "exists already"]);
}

#[test]
fn a_bad_phrase_is_refused_without_being_repeated() {
    let (folder, copy) = copy_of_reference();
    let phrase = folder.path().join("phrase");
    let restore = ["wallet", "restore", "--data-dir", text(&copy), "--phrase-file", text(&phrase)];
    refused(&veilgrid(&restore), 2, &[text(&phrase), "cannot be read"]);
    fs::write(&phrase, " \n").unwrap();
    refused(&veilgrid(&restore), 2, &[text(&phrase), "nothing in it"]);
    for words in ["legal winner", "legal winner thank year wave sausage worth useful legal winner thank thank"] {
        fs::write(&phrase, words).unwrap();
        let output = veilgrid(&restore);
        refused(&output, 2, &[text(&phrase), "not a BIP-39 phrase"]);
        assert!(!stderr(&output).contains("winner"));
    }
    fs::write(&phrase, [0xff; 9]).unwrap();
    refused(&veilgrid(&restore), 2, &[text(&phrase), "not text"]);
    fs::write(&phrase, "x".repeat(5000)).unwrap();
    refused(&veilgrid(&restore), 2, &[text(&phrase), "larger than"]);
    let nowhere = folder.path().join("none");
    fs::write(&phrase, "abandon ".repeat(23) + "art").unwrap();
    let restore = ["wallet", "restore", "--data-dir", text(&nowhere), "--phrase-file", text(&phrase)];
    let output = veilgrid(&restore);
    refused(&output, 2, &[text(&nowhere), "there is no ledger here"]);
    assert_eq!(stderr(&output).matches(text(&nowhere)).count(), 1, "the folder is named once");
}

#[test]
fn a_snapshot_restores_the_ledger_and_the_market_goes_on_in_it() {
    let (folder, copy) = copy_of_reference();
    let before = contents(&copy);
    let [file, restored] = ["ledger.snapshot", "restored"].map(|name| folder.path().join(name));
    let taken = veilgrid(&["ledger", "snapshot", text(&copy), text(&file)]);
    assert!(taken.status.success(), "{}", stderr(&taken));
    assert!(contents(&copy) == before, "taking it changes nothing");
    refused(&veilgrid(&["ledger", "snapshot", text(&copy), text(&file)]), 2, &[text(&file), "already"]);
    let again = veilgrid(&["ledger", "restore", text(&file), text(&restored)]);
    assert!(again.status.success(), "{}", stderr(&again));
    let root = verified(&copy);
    assert_eq!(verified(&restored), root);
    assert!(String::from_utf8_lossy(&again.stdout).contains(&root));
    let (case, report) = (scenario(SMALL), folder.path().join("report.json"));
    let gone_on = veilgrid(&market(&case, &restored, &report));
    assert!(stderr(&gone_on).contains("going on with it"));
    assert_eq!(json(&report)["ledger"], reference().report["ledger"]);
    same_outcome(&json(&report), &reference().report);
    refused(&veilgrid(&["ledger", "restore", text(&file), text(&restored)]), 2, &[text(&restored), "not empty"]);
    // Any damage is found before anything is written.
    let good = fs::read(&file).unwrap();
    let mut rng = ChaCha20Rng::seed_from_u64(6);
    let fresh = folder.path().join("fresh");
    let somewhere: Vec<usize> = (0..10).map(|_| rng.next_u64() as usize % good.len()).collect();
    for at in (0..180).step_by(20).chain(somewhere) {
        let mut bad = good.clone();
        bad[at] ^= 1 << (rng.next_u64() % 8);
        fs::write(&file, &bad).unwrap();
        refused(&veilgrid(&["ledger", "restore", text(&file), text(&fresh)]), 1, &[text(&file)]);
        assert!(!fresh.exists());
    }
    for length in [0, 10, 100, 200, good.len() - 1] {
        fs::write(&file, &good[..length]).unwrap();
        refused(&veilgrid(&["ledger", "restore", text(&file), text(&fresh)]), 1, &[text(&file)]);
        assert!(!fresh.exists());
    }
}

#[test]
fn a_damaged_ledger_is_not_taken_for_a_snapshot() {
    let (folder, copy) = copy_of_reference();
    let file = folder.path().join("ledger.snapshot");
    let blob = contents(&copy.join("blobs")).pop().unwrap();
    let name = blob.0.file_name().unwrap().to_str().unwrap();
    let mut damaged = blob.1.clone();
    damaged[7] ^= 1;
    fs::write(&blob.0, damaged).unwrap();
    refused(&veilgrid(&["ledger", "snapshot", text(&copy), text(&file)]), 1, &[text(&copy), "blob", name]);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left of it");
}

#[test]
fn a_market_that_finds_its_database_rotten_says_so_and_leaves_it() {
    let (folder, copy) = copy_of_reference();
    let (case, report) = (scenario(SMALL), folder.path().join("report.json"));
    let database = copy.join("ledger.redb");
    let good = fs::read(&database).unwrap();
    let used: Vec<usize> = (0..good.len()).filter(|at| good[*at] != 0).collect();
    let mut rng = ChaCha20Rng::seed_from_u64(5);
    let mut refusals = 0;
    for _ in 0..12 {
        let mut damaged = good.clone();
        damaged[used[rng.next_u64() as usize % used.len()]] ^= 1 << (rng.next_u64() % 8);
        fs::write(&database, &damaged).unwrap();
        let verify = veilgrid(&["ledger", "verify", text(&copy)]);
        if verify.status.success() {
            continue;
        }
        refusals += 1;
        let output = veilgrid(&market(&case, &copy, &report));
        let said = stderr(&output);
        let last = said.lines().last().unwrap_or_default();
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(last.starts_with("error: ") && last.contains("ledger") && !said.contains("panicked"), "{said}");
        assert!(fs::read(&database).unwrap() == damaged, "it is left as it was found");
    }
    assert!(refusals >= 4, "{refusals}");
}

#[test]
fn a_full_disk_under_the_report_is_one_line() {
    let full = Path::new("/dev/full");
    if !full.exists() {
        return;
    }
    let case = scenario(SMALL);
    let output = veilgrid(&["simulate", "--scenario", text(&case), "--report", text(full)]);
    refused(&output, 2, &["/dev/full", "cannot be written"]);
}
