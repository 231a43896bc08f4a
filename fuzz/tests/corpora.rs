//! Replays the corpora: `fuzz/corpus/TARGET/*`. With `VEILGRID_WRITE_CORPUS=1` the seeds are written into them first.

use fuzz::seeds;
use protocol::encoding::Canonical;
use protocol::transaction::body::{Issued, IssuerRole, Purpose};
use protocol::transaction::{Body, Kind};
use std::collections::BTreeSet;
use std::path::Path;

#[test]
fn every_kept_input_passes_its_target() {
    let write = std::env::var_os("VEILGRID_WRITE_CORPUS").is_some();
    for (target, run) in fuzz::target::ALL {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
        if write {
            std::fs::create_dir_all(&folder).unwrap();
            for bytes in fuzz::seeds::of(target) {
                std::fs::write(folder.join(fuzz::seeds::name(&bytes)), bytes).unwrap();
            }
        }
        let mut inputs: Vec<_> = std::fs::read_dir(&folder)
            .unwrap_or_else(|e| panic!("{}: {e}", folder.display()))
            .map(|entry| entry.unwrap().path())
            .collect();
        inputs.sort();
        assert!(!inputs.is_empty(), "{target} has no corpus");
        for path in inputs {
            run(&std::fs::read(&path).unwrap());
        }
    }
}

/// A target that never gets behind its decoder's first check tests nothing: so honest inputs are accepted by each.
#[test]
fn every_seed_is_accepted_by_its_decoder() {
    for bytes in fuzz::seeds::of("transaction") {
        protocol::transaction::Transaction::decode(&bytes).unwrap();
    }
    for bytes in fuzz::seeds::of("block") {
        ledger::block::Block::decode(&bytes).unwrap();
    }
    for bytes in fuzz::seeds::of("header") {
        ledger::block::Header::from_bytes(&bytes).unwrap();
    }
    for bytes in fuzz::seeds::of("rankings") {
        fhe_matcher::pairing::Rankings::decode(&bytes).unwrap();
    }
    for bytes in fuzz::seeds::of("scenario") {
        veilgrid::scenario::Scenario::parse(&bytes).unwrap();
    }
    for bytes in fuzz::seeds::of("meters") {
        veilgrid::from_meters::Meters::parse(&bytes).unwrap();
    }
    for bytes in fuzz::seeds::of("wallet") {
        wallets::prosumer::Wallet::from_bytes(&bytes, fuzz::seeds::chain().clone()).unwrap();
    }
    for bytes in fuzz::seeds::of("verifying_key") {
        circuits::VerifyingKey::decode(&bytes).unwrap();
    }
    for bytes in fuzz::seeds::of("note") {
        // The last one is sealed; the target opens it.
        if let Ok(plaintext) = bytes.try_into() {
            wallets::note::Payload::decode(&plaintext).unwrap();
        }
    }
    let phrase = fuzz::seeds::of("phrase").remove(0);
    let text = std::str::from_utf8(&phrase).unwrap();
    wallets::prosumer::Wallet::create(
        text,
        protocol::keys::Network::Demo,
        protocol::transaction::Height(0),
        fuzz::seeds::chain().clone(),
    )
    .unwrap();
    for bytes in fuzz::seeds::of("pins") {
        circuits::pins::Pins::parse(std::str::from_utf8(&bytes).unwrap()).unwrap();
    }
    for bytes in fuzz::seeds::of("roles") {
        veilgrid::market::RegulatorFile::from_bytes(&bytes).map(|_| ()).unwrap();
    }
}

/// Whatever can be said on a ledger can be said by the bytes of `execute`, and is accepted in some short history.
#[test]
fn the_seeds_of_execute_have_everything_accepted() {
    let said: Vec<Body> = seeds::of("execute")
        .iter()
        .flat_map(|seed| fuzz::history::play(seed))
        .filter_map(|(body, outcome)| outcome.is_ok().then_some(body))
        .collect();
    let kinds: BTreeSet<Kind> = said.iter().map(Body::kind).collect();
    let never: Vec<_> = Kind::ALL.iter().filter(|kind| !kinds.contains(kind)).map(|kind| kind.name()).collect();
    assert!(never.is_empty(), "{never:?}");
    // Every value that has an encoding, so that one added later is missed here.
    let numbers = |is: &dyn Fn(u8) -> bool| (0..=u8::MAX).filter(|n| is(*n)).collect::<BTreeSet<u8>>();
    let issued = numbers(&|n| [0, 1].iter().any(|cycle| Issued::from_bytes(&[n, *cycle, 0, 0, 0]).is_ok()));
    let purposes = numbers(&|n| Purpose::from_bytes(&[n]).is_ok());
    let roles = numbers(&|n| IssuerRole::from_bytes(&[n]).is_ok());
    let (mut issues, mut opens, mut registers) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for body in &said {
        match body {
            Body::Issue(b) => issues.insert(b.issued.to_bytes()[0]),
            Body::Open(b) => opens.insert(b.purpose as u8),
            Body::RegisterIssuer(b) => registers.insert(b.role as u8),
            _ => false,
        };
    }
    assert_eq!((issues, opens, registers), (issued, purposes, roles));
}
