//! The contents of a ledger, and proofs of them, checked without the ledger as a household or an
//! auditor would.

use super::support::*;
use ledger::{Groth16Verifier, Node};
use protocol::units::Epoch;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use veilgrid::demonstration::Roles;
use veilgrid::in_process::InProcess;
use wallets::ledger_access::LedgerAccess;
use wallets::regulator::Regulator;

/// `ledger show`: its lines.
fn shown(directory: &Path) -> Vec<String> {
    let output = veilgrid(&["ledger", "show", text(directory)]);
    assert!(output.status.success(), "{}", stderr(&output));
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

fn word(line: &str, n: usize) -> &str {
    line.split_whitespace().nth(n).unwrap_or_else(|| panic!("{line} has a word {n}"))
}

#[track_caller]
fn holds(arguments: &[&str], words: &[&str]) {
    let output = veilgrid(arguments);
    assert!(output.status.success(), "{}", stderr(&output));
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.starts_with("holds: ") && words.iter().all(|word| said.contains(word)), "{said} is to say {words:?}");
}

#[test]
fn what_show_lists_is_proved_and_checked_without_the_ledger() {
    let (folder, copy) = copy_of_reference();
    let before = contents(&copy);
    let lines = shown(&copy);
    let genesis = word(&lines[0], 1);
    let [headers, proof, other] = ["headers", "proof", "other"].map(|name| folder.path().join(name));
    let written = veilgrid(&["ledger", "headers", text(&copy), text(&headers)]);
    assert!(written.status.success() && stderr(&written).contains(genesis), "{}", stderr(&written));
    // A signed transaction without records, a signed one with a record, and a proved one. The
    // ledger's folder is removed before their proofs are checked.
    let mut proofs = Vec::new();
    for kind in ["register_issuer", "issue", "sell_plan"] {
        let at = lines.iter().position(|line| line.ends_with("  accepted") && word(line, 0) == kind).unwrap();
        let line = &lines[at];
        let id = word(line, 1);
        let made = veilgrid(&["ledger", "prove", text(&copy), "--transaction", id, text(&proof), "--force"]);
        assert!(made.status.success(), "{}", stderr(&made));
        proofs.push((fs::read(&proof).unwrap(), None, [kind.to_owned(), id.to_owned()]));
        if let Some(record) = lines.get(at + 1).filter(|line| line.starts_with("    record ")) {
            let (position, leaf) = (word(record, 1), word(record, 2));
            let made = veilgrid(&["ledger", "prove", text(&copy), "--record", leaf, text(&proof), "--force"]);
            assert!(made.status.success(), "{}", stderr(&made));
            let says = [format!("position {position} "), leaf.to_owned()];
            proofs.push((fs::read(&proof).unwrap(), Some(leaf.to_owned()), says));
        }
    }
    assert_eq!(proofs.iter().filter(|(_, record, _)| record.is_some()).count(), 2);
    assert!(contents(&copy) == before, "nothing of it changes the ledger");
    fs::remove_dir_all(&copy).unwrap();
    let known = ["ledger", "check", text(&headers), text(&proof), "--genesis", genesis];
    for (bytes, record, says) in &proofs {
        fs::write(&proof, bytes).unwrap();
        let mut arguments = known.to_vec();
        arguments.extend(record.iter().flat_map(|record| ["--record", record]));
        holds(&arguments, &[&says[0], &says[1], genesis]);
        // A change of the last byte is found in every proof.
        let mut bad = bytes.clone();
        *bad.last_mut().unwrap() ^= 1;
        fs::write(&proof, &bad).unwrap();
        refused(&veilgrid(&arguments), 1, &[text(&proof)]);
    }
    // A record's proof shows neither a transaction nor another record.
    let (bytes, record, _) = proofs.iter().find(|(_, record, _)| record.is_some()).unwrap();
    fs::write(&proof, bytes).unwrap();
    refused(&veilgrid(&known), 1, &[text(&proof), "kind of proof"]);
    let another = proofs.iter().filter_map(|(_, r, _)| r.as_ref()).find(|r| Some(*r) != record.as_ref()).unwrap();
    refused(&veilgrid(&[&known[..], &["--record", another]].concat()), 1, &[text(&proof), "does not lead"]);

    // No proof is longer than the protocol's greatest.
    fs::write(&proof, vec![1; protocol::light::MAX_PROOF_BYTES + 1]).unwrap();
    refused(&veilgrid(&known), 2, &[text(&proof), &protocol::light::MAX_PROOF_BYTES.to_string()]);
    fs::write(&proof, bytes).unwrap();

    // Headers: of another genesis, shortened, damaged, not there.
    let of_another = "00".repeat(32);
    let arguments = ["ledger", "check", text(&headers), text(&proof), "--genesis", &of_another];
    refused(&veilgrid(&arguments), 1, &[text(&headers), genesis, &of_another]);
    // Headers alone do not say which chain is meant.
    refused(&veilgrid(&known[..4]), 2, &["--genesis", "--any-chain", "anybody can make up a chain"]);
    let any = |file: &Path| veilgrid(&["ledger", "check", text(file), text(&proof), "--any-chain"]);
    refused(&any(&headers), 1, &["kind of proof"]);
    let both = veilgrid(&[&known[..], &["--any-chain"]].concat());
    assert_eq!((both.status.code(), stderr(&both).contains("cannot be used with")), (Some(2), true));
    // A file can name the genesis, but the headers cannot vouch for themselves.
    let trusted = folder.path().join("trusted");
    let by_file = |file: &Path| {
        let record = record.as_ref().unwrap();
        let named = ["ledger", "check", text(&headers), text(&proof), "--genesis", text(file), "--record", record];
        veilgrid(&named)
    };
    let shorter = fs::read(&headers).unwrap();
    let shorter = &shorter[..shorter.len() - (177 + 68)];
    for names in [format!("{genesis}\n").as_bytes(), lines.join("\n").as_bytes(), shorter] {
        fs::write(&trusted, names).unwrap();
        assert!(by_file(&trusted).status.success(), "{}", stderr(&by_file(&trusted)));
    }
    fs::write(&trusted, format!("genesis {of_another}\n")).unwrap();
    refused(&by_file(&trusted), 1, &[text(&headers), genesis, &of_another]);
    let in_json = veilgrid(&["ledger", "check", text(&headers), text(&proof), "--any-chain", "--json"]);
    let found: serde_json::Value = serde_json::from_slice(&in_json.stdout).unwrap();
    assert_eq!((in_json.status.code(), &found["holds"]), (Some(1), &false.into()), "a record's proof without --record");
    fs::write(&trusted, "the chain of our street\n").unwrap();
    refused(&by_file(&trusted), 2, &["--genesis", text(&trusted), "names no genesis"]);
    refused(&by_file(&headers), 2, &["--genesis", text(&headers), "another source"]);
    refused(&by_file(Path::new("12ab")), 2, &["--genesis 12ab", "64 hexadecimal digits"]);
    let open = veilgrid(&[
        "ledger",
        "check",
        text(&headers),
        text(&proof),
        "--any-chain",
        "--record",
        record.as_ref().unwrap(),
    ]);
    assert!(open.status.success() && String::from_utf8_lossy(&open.stdout).contains("cannot tell whether"));
    let (bytes, ..) = proofs.last().unwrap();
    let whole = fs::read(&headers).unwrap();
    let of_block = 177 + 68;
    for (file, words) in [
        (&whole[..whole.len() - 1], "damaged"),
        (&whole[1..], "not what"),
        (&[], "not what"),
        (&[&whole[..whole.len() - of_block], &[0; 20]].concat()[..], "damaged"),
    ] {
        fs::write(&other, file).unwrap();
        fs::write(&proof, bytes).unwrap();
        refused(&any(&other), 1, &[text(&other), words]);
    }
    let mut forged = whole.clone();
    *forged.last_mut().unwrap() ^= 1;
    fs::write(&other, &forged).unwrap();
    refused(&any(&other), 1, &[text(&other), "not certified"]);
    fs::remove_file(&other).unwrap();
    refused(&any(&other), 2, &[text(&other), "cannot be read"]);
}

/// Adds a block with one accepted transaction and no block after it, as a process leaves a ledger
/// that stops between the two.
fn add_an_unproved_block(directory: &Path) {
    let Roles { keys, orderer, .. } = Roles::load(directory, 0).unwrap();
    let verifier = Arc::new(Groth16Verifier::pinned().unwrap());
    let ledger = InProcess::new(Node::open(directory, orderer, verifier).unwrap());
    let mut regulator = Regulator::new(keys, ledger.node().state().genesis()).unwrap();
    for block in ledger.follower().follow(&ledger).unwrap() {
        regulator.scan(&block).unwrap();
    }
    let height = ledger.height();
    let expiry = ledger.node().state().genesis().limits.expiry(height);
    let epoch = regulator.start_epoch(Epoch::new(2).unwrap(), expiry).unwrap();
    ledger.submit(&epoch.encode()).unwrap();
    let time = ledger.node().state().time();
    let sealed = ledger.node().seal_block(time).unwrap();
    assert_eq!(sealed.outcome(&epoch.id()), Some(Ok(())));
}

#[test]
fn what_cannot_be_shown_or_proved_says_why() {
    let (folder, copy) = copy_of_reference();
    add_an_unproved_block(&copy);
    let lines = shown(&copy);
    let proof = folder.path().join("proof");
    let nothing = "ab".repeat(32);
    let prove = |option: &str, value: &str| veilgrid(&["ledger", "prove", text(&copy), option, value, text(&proof)]);
    refused(&prove("--transaction", "12"), 2, &["--transaction 12", "64 hexadecimal digits"]);
    refused(&prove("--transaction", &nothing), 2, &[&nothing, "has accepted none"]);
    refused(&prove("--record", &"ff".repeat(32)), 2, &["not a record's commitment"]);
    refused(&prove("--record", &"00".repeat(32)), 2, &["has accepted none"]);
    // Transactions of the last block cannot be proved yet.
    let last_block = lines.iter().rfind(|line| line.starts_with("block ")).unwrap();
    let last = lines.iter().skip_while(|line| *line != last_block).find(|line| line.ends_with("  accepted")).unwrap();
    refused(&prove("--transaction", word(last, 1)), 2, &["the last one", "the header of the block after it"]);
    assert!(!proof.exists());
    let height: usize = word(last_block, 1).parse().unwrap();
    let beyond = (height + 1).to_string();
    refused(&veilgrid(&["ledger", "show", text(&copy), "--block", &beyond]), 2, &["--block", &height.to_string()]);
    refused(&veilgrid(&["ledger", "show", text(&copy), "--block", "0"]), 2, &["--block 0"]);
    let one = veilgrid(&["ledger", "show", text(&copy), "--block", "1"]);
    let one = String::from_utf8(one.stdout).unwrap();
    assert!(one.lines().filter(|line| line.starts_with("block ")).count() == 1 && one.contains("\nblock 1 "));
    // The JSON output has the same contents.
    let json = veilgrid(&["ledger", "show", text(&copy), "--json"]);
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    let all = |of: &serde_json::Value, part: &str| of[part].as_array().unwrap().clone();
    let mut said = vec![format!("genesis {}", json["genesis"].as_str().unwrap())];
    for block in all(&json, "blocks") {
        let (transactions, hash) = (all(&block, "transactions"), block["hash"].as_str().unwrap());
        let (height, time, count) = (&block["height"], &block["time"], transactions.len());
        said.push(format!("block {height}  time {time}  {count} transactions  {hash}"));
        for t in transactions {
            let [kind, id, outcome] = ["kind", "id", "outcome"].map(|part| t[part].as_str().unwrap());
            said.push(format!("  {kind:20}  {id}  {outcome}"));
            let records = all(&t, "records");
            said.extend(records.iter().map(|r| {
                let (position, commitment) = (r["position"].as_u64().unwrap(), r["commitment"].as_str().unwrap());
                format!("    record {position:13}  {commitment}")
            }));
        }
    }
    assert!(json["format"] == "veilgrid-ledger/1" && said == lines);
    refused(&veilgrid(&["ledger", "show", text(&folder.path().join("no"))]), 2, &["there is no ledger here"]);
    let nowhere = folder.path().join("no/where");
    refused(&veilgrid(&["ledger", "headers", text(&copy), text(&nowhere)]), 2, &[text(&nowhere), "cannot be written"]);
}
