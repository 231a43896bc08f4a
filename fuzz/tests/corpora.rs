//! Replays the corpora: `fuzz/corpus/TARGET/*`. With `VEILGRID_WRITE_CORPUS=1` the seeds are written into them first.

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
    use protocol::encoding::Canonical;
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
