//! Replays the corpora, `fuzz/corpus/TARGET/*`. With `VEILGRID_WRITE_CORPUS=1` the test first
//! writes the seeds into them and renews kept inputs of the encoding version before this one.

use fuzz::seeds;
use protocol::encoding::Canonical;
use protocol::ids::TransactionId;
use protocol::transaction::body::{Issued, IssuerRole, Purpose, NOTE_PLAINTEXT};
use protocol::transaction::{Body, Kind, Transaction, VERSION};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn folder(target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target)
}

/// The kept inputs of a target, by name.
fn kept(target: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = folder(target);
    let entries = std::fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.into_iter().map(|path| (path.clone(), std::fs::read(&path).unwrap())).collect()
}

/// Writes the seeds, and renews the kept inputs of an older encoding. A renewed input that equals a
/// seed is dropped, since it is an old seed.
fn write(target: &str) {
    let (folder, seeds) = (folder(target), seeds::of(target));
    std::fs::create_dir_all(&folder).unwrap();
    let id = |bytes: &[u8]| Transaction::decode(bytes).ok().map(|t| t.id());
    let said: BTreeSet<TransactionId> = seeds.iter().filter_map(|bytes| id(bytes)).collect();
    for (path, bytes) in kept(target) {
        let Some(renewed) = seeds::renewed(target, &bytes) else { continue };
        std::fs::remove_file(path).unwrap();
        if id(&renewed).is_none_or(|id| !said.contains(&id)) {
            std::fs::write(folder.join(seeds::name(&renewed)), renewed).unwrap();
        }
    }
    for bytes in seeds {
        std::fs::write(folder.join(seeds::name(&bytes)), bytes).unwrap();
    }
}

#[test]
fn every_kept_input_passes_its_target() {
    for (target, run) in fuzz::target::ALL {
        if std::env::var_os("VEILGRID_WRITE_CORPUS").is_some() {
            write(target);
        }
        let inputs = kept(target);
        assert!(!inputs.is_empty(), "{target} has no corpus");
        inputs.iter().for_each(|(_, bytes)| run(bytes));
    }
    // An input that the decoder refuses for its first byte tests nothing behind that byte.
    let inputs = kept("transaction");
    let (all, old) = (inputs.len(), inputs.iter().filter(|(_, bytes)| bytes.first() != Some(&VERSION)).count());
    assert!(old * 20 <= all, "{old} of {all} are not of version {VERSION}: VEILGRID_WRITE_CORPUS=1 renews them");
}

#[test]
fn only_transactions_of_an_older_version_are_renewed() {
    let seed = seeds::of("transaction").remove(0);
    let of = |version: u8| [&[version], &seed[1..]].concat();
    assert_eq!(seeds::renewed("transaction", &of(VERSION - 1)), Some(seed.clone()));
    for version in [0, VERSION, VERSION + 1, 255] {
        assert_eq!(seeds::renewed("transaction", &of(version)), None);
    }
    assert_eq!(seeds::renewed("transaction", &[]), None);
    assert_eq!(seeds::renewed("block", &of(VERSION - 1)), None);
}

/// Whether the decoder of its target accepts a seed. `number` is the place of the seed among the
/// seeds of the target.
fn is_accepted(target: &str, number: usize, bytes: &[u8]) -> bool {
    let text = || std::str::from_utf8(bytes).unwrap();
    match target {
        "transaction" => Transaction::decode(bytes).is_ok(),
        "block" => ledger::block::Block::decode(bytes).is_ok(),
        "header" => ledger::block::Header::from_bytes(bytes).is_ok(),
        "genesis" if number == 0 => {
            protocol::transaction::genesis::Genesis::from_bytes(bytes).is_ok_and(|g| g.check().is_ok())
        }
        "genesis" => protocol::market_parameters::MarketParameters::from_bytes(bytes).is_ok(),
        "address" => {
            use protocol::keys::{Network, PaymentAddress};
            PaymentAddress::decode([Network::Main, Network::Test][number], text()).is_ok()
        }
        // The first one has points at infinity, which no proof may have.
        "proof" => circuits::Proof::decode(bytes).is_ok() == (number != 0),
        "verifying_key" => circuits::VerifyingKey::decode(bytes).is_ok(),
        "masked_scores" => fhe_matcher::mask::MaskedScores::from_bytes(bytes).is_ok(),
        "matching_ciphertext" => fhe_matcher::ciphertext::PlanCiphertext::from_bytes(bytes).is_ok(),
        "matching_key" if number == 0 => fhe_matcher::key::MatchingPublicKey::from_bytes(bytes).is_ok(),
        "matching_key" => fhe_matcher::key::MatchingSecretKey::from_bytes(bytes).is_ok(),
        "rankings" => fhe_matcher::pairing::Rankings::decode(bytes).is_ok(),
        "scenario" => market::scenario::Scenario::parse(bytes).is_ok(),
        "cmap" => market::cmap::Market::parse(bytes).is_ok(),
        "meters" => market::readings::Readings::parse(bytes).is_ok(),
        "meter_files" => {
            let format = meters::options::Format::ALL[usize::from(bytes[0])];
            let options = meters::Options { format: Some(format), ..meters::Options::default() };
            let folder = tempfile::tempdir().unwrap();
            let (input, output) = (folder.path().join("input"), folder.path().join("output"));
            std::fs::write(&input, &bytes[1..]).unwrap();
            meters::import(&[input], &meters::Output::new(output, false), &options, &mut |_| Ok(())).is_ok()
        }
        "normal_form" => {
            let source = meters::normal::Source::new("", Box::new(std::io::Cursor::new(bytes.to_vec())));
            meters::normal::Reader::new(source, Default::default()).unwrap().all(|row| row.is_ok())
        }
        "description" if number == 0 => market::description::Description::parse(bytes).is_ok(),
        "description" => market::description::Series::parse(bytes, None).is_ok(),
        "household_policy" => policy::policy::Policy::parse(text()).is_ok(),
        "grid" => grid::problem::solve(bytes).is_ok(),
        "settlement" => {
            use veilgrid::settle::{file::Input, run::Arrivals, run::Market};
            match number {
                0 => Input::parse(bytes).is_ok(),
                1 => Market::parse(bytes).is_ok(),
                _ => Arrivals::parse(bytes, 1, &fuzz::target::market()).is_ok(),
            }
        }
        "headers" if number == 2 => veilgrid::inclusion::Headers::decode(bytes).is_ok_and(|file| file.chain().is_ok()),
        "headers" => {
            // The target itself checks that they follow each other, once they are certified anew.
            let size = ledger::block::Header::SIZE;
            let chunks = bytes.chunks(size + fuzz::light::CERTIFICATE_OF_ONE);
            chunks.clone().all(|header| ledger::block::Header::from_bytes(&header[..size]).is_ok())
        }
        "light" => {
            use protocol::light::{AcceptanceProof, RecordProof, TransactionProof};
            match number {
                0 => TransactionProof::decode(bytes).is_ok(),
                1 => AcceptanceProof::decode(bytes).is_ok(),
                _ => RecordProof::decode(bytes).is_ok(),
            }
        }
        "served" => {
            use node::wire::{decode_blocks, decode_headers, GenesisFile};
            match number {
                0 => GenesisFile::decode(bytes).is_ok(),
                1 => decode_headers(bytes).is_ok_and(|headers| headers.len() == 2),
                _ => {
                    let chain = testkit::world::World::open().state.chain();
                    decode_blocks(chain, bytes).is_ok_and(|blocks| blocks.len() == 2)
                }
            }
        }
        "wallet" => wallets::household::Wallet::from_bytes(bytes, seeds::chain().clone()).is_ok(),
        "issuer" if number == 0 => wallets::issuer::MeteringService::from_bytes(bytes).is_ok(),
        "issuer" => wallets::issuer::Desk::from_bytes(bytes).is_ok(),
        "regulator" => {
            use wallets::regulator::{Answers, AuditShare, RegulatorKeys};
            match number {
                0 => RegulatorKeys::from_bytes(bytes).is_ok(),
                1 => AuditShare::from_bytes(bytes).is_ok(),
                2 => Answers::from_bytes(bytes).is_ok(),
                3 => wallets::validator::Certified::from_bytes(bytes).is_ok(),
                4 => protocol::transaction::masked_answer::SignedAnswer::from_bytes(bytes).is_ok(),
                6 => {
                    use protocol::transaction::obligation::Dispute;
                    Dispute::from_bytes(bytes).is_ok_and(|dispute| dispute.verify().is_ok())
                }
                _ => {
                    use protocol::transaction::deposit::CredentialRequest;
                    CredentialRequest::from_bytes(bytes).is_ok_and(|request| request.verify().is_ok())
                }
            }
        }
        // The last one is encrypted and longer; the target opens it.
        "note" => <[u8; NOTE_PLAINTEXT]>::try_from(bytes)
            .map_or(number == 5, |plaintext| wallets::note::Payload::decode(&plaintext).is_ok()),
        // The second one has a capital letter, and is no phrase.
        "phrase" => {
            use protocol::ids::Height;
            let created = wallets::household::Wallet::create(text(), Height(0), seeds::chain().clone());
            created.is_ok() == (number == 0)
        }
        "pins" => circuits::pins::Pins::parse(text()).is_ok(),
        "roles" => veilgrid::demonstration::RegulatorFile::from_bytes(bytes).is_ok(),
        #[cfg(feature = "deviation")]
        "deviation" => {
            use deviation::ciphertext::{EncryptedDelivery, EncryptedThreshold, EncryptedVerdict};
            match number {
                0 => deviation::key::DeviationPublicKey::from_bytes(bytes).is_ok(),
                1 => EncryptedThreshold::from_bytes(bytes).is_ok(),
                2 => EncryptedDelivery::from_bytes(bytes).is_ok(),
                _ => EncryptedVerdict::from_bytes(bytes).is_ok(),
            }
        }
        _ => false,
    }
}

/// Targets whose seeds are checked elsewhere: files on a disk in memory, in `src/files.rs`; and
/// `execute`, below, since it accepts all bytes.
const ELSEWHERE: [&str; 4] = ["snapshot", "head", "vault", "execute"];

/// Honest inputs are accepted by every target: one that never gets behind the first check of its
/// decoder would test nothing.
#[test]
fn every_seed_is_accepted_by_its_decoder() {
    for (target, _) in fuzz::target::ALL.iter().filter(|(target, _)| !ELSEWHERE.contains(target)) {
        for (number, bytes) in seeds::of(target).iter().enumerate() {
            assert!(is_accepted(target, number, bytes), "{target} refuses its seed {number}");
        }
    }
}

/// The bytes of `execute` can describe every kind of transaction, and each is accepted in some
/// short history.
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
    // Every value that has an encoding, so that this test fails when one is added without a seed.
    let numbers = |is: &dyn Fn(u8) -> bool| (0..=u8::MAX).filter(|n| is(*n)).collect::<BTreeSet<u8>>();
    let issued = numbers(&|n| Issued::from_bytes(&[n]).is_ok());
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
