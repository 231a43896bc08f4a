//! A transaction proved by headers alone.
//!
//! A ledger takes a transaction. A reader who has no ledger gets four things: the genesis, the
//! orderer's public key, the headers, and a proof of some kilobytes. From these the reader learns
//! that the transaction was accepted, and where. A proof with one bit changed is refused. The
//! chapter is docs/protocol/40-ledger.md.
//!
//!     cargo run --release -p veilgrid-examples --example verify_inclusion

use ledger::{Groth16Verifier, Node, OrdererKey};
use protocol::certificate::{Certificate, ValidatorSet};
use protocol::header::Header;
use protocol::ids::{Height, Time, TransactionId};
use protocol::keys::Network;
use protocol::light::{AcceptanceProof, HeaderChain};
use protocol::transaction::genesis::{Genesis, NO_KEY};
use protocol::transaction::limits::Limits;
use protocol::transaction::validators::MatchingMode;
use protocol::units::IssuerId;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use std::error::Error;
use std::sync::Arc;
use wallets::issuer::Desk;
use wallets::regulator::{AuditKey, GenesisTerms, Regulator, RegulatorKeys};
use wallets::seal::Signer;

fn main() -> Result<(), Box<dyn Error>> {
    let published = a_ledger()?;
    let accepted = read(&published, &published.proof)?;
    println!("transaction {}", published.id);
    println!("kind        {}", accepted.transaction.kind().name());
    println!("accepted    in block {}, place {}", accepted.height.0, accepted.index);
    println!("known from  {} headers and {} bytes of proof", published.headers.len(), published.proof.len());

    let mut changed = published.proof.clone();
    *changed.last_mut().ok_or("a proof has bytes")? ^= 1;
    match read(&published, &changed) {
        Ok(_) => Err("a changed proof was taken".into()),
        Err(refusal) => {
            println!("one bit changed: {refusal}");
            Ok(())
        }
    }
}

/// What a ledger publishes for readers that do not keep it, and a proof that it makes when asked.
struct Published {
    genesis: Genesis,
    validators: ValidatorSet,
    headers: Vec<(Header, Certificate)>,
    id: TransactionId,
    proof: Vec<u8>,
}

/// The reader's side. It trusts the genesis and the set of validators, and checks everything else.
fn read(published: &Published, proof: &[u8]) -> Result<protocol::light::Accepted, protocol::light::Error> {
    let mut headers = HeaderChain::new(&published.genesis, published.validators.clone());
    for (header, certificate) in &published.headers {
        headers.extend(*header, certificate)?;
    }
    let accepted = AcceptanceProof::decode(proof)?.verify(&headers)?;
    // The proof says of which transaction it is. That it is the one that was asked for is the
    // reader's to check.
    if accepted.transaction.id() != published.id {
        return Err(protocol::light::Error::NotIncluded);
    }
    Ok(accepted)
}

/// The other side: a ledger of two blocks. The first registers a desk.
fn a_ledger() -> Result<Published, Box<dyn Error>> {
    // A fixed seed, so that every run prints the same. Keys of a market come from the system's
    // randomness.
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let verifier = Arc::new(Groth16Verifier::pinned()?);
    let (keys, audit) = (RegulatorKeys::generate(&mut rng), AuditKey::generate(&mut rng));
    let orderer = OrdererKey::from_secret(&[7; 32]);
    let (_, public_shares) = audit.split(&mut rng, 2, 3)?;
    let terms = GenesisTerms {
        name: *b"an example of an inclusion proof",
        network: Network::Test,
        recovery: Signer::generate(&mut rng).public(),
        time: Time(0),
        // The example has no matching node: any public key serves.
        matcher: orderer.public(),
        audit_key: audit.public(),
        audit_possession: audit.possession(&mut rng, b"an example of an inclusion proof", Network::Test),
        audit_shares: public_shares.digest(),
        verifying_keys: ledger::verifying_keys_digest(verifier.as_ref()),
        anchor_blocks: 100,
        anchor_cycles: 4,
        score_checks: 1000,
        matching_mode: MatchingMode::Open,
        deviation: [NO_KEY; 2],
        limits: Limits::default(),
    };
    let genesis = keys.genesis(&mut rng, &terms)?;
    let matching_key = keys.matching_key().to_bytes();
    let mut regulator = Regulator::new(keys, &genesis)?;

    let folder = tempfile::tempdir()?;
    let mut node = Node::create(folder.path(), &genesis, &matching_key, orderer, verifier)?;
    let desk = Desk::generate(&mut rng, &genesis, IssuerId::new(1)?)?;
    // A transaction names the last block that may hold it, a multiple of the network's step.
    let expiry = genesis.limits.expiry(Height(0));
    let registration = regulator.register_issuer(&desk.registration(&mut rng), expiry)?;
    let id = node.submit(&registration.encode())?;
    let sealed = node.seal_block(Time(1))?;
    sealed.outcome(&id).ok_or("the block has the transaction")??;
    // A header commits to what its parent made of its transactions, so acceptance is known one
    // block later.
    node.seal_block(Time(2))?;

    let mut headers = Vec::new();
    while let Some(header) = node.header(Height(headers.len() as u64 + 1))? {
        headers.push(header);
    }
    let proof = node.acceptance_proof(&id)?.ok_or("an accepted transaction has a proof")?.encode();
    Ok(Published { genesis, validators: node.validators().clone(), headers, id, proof })
}

#[test]
fn runs() {
    main().unwrap();
}

#[test]
fn without_the_last_header_acceptance_is_not_known() {
    let mut published = a_ledger().unwrap();
    published.headers.pop();
    let refusal = read(&published, &published.proof).unwrap_err();
    assert_eq!(refusal, protocol::light::Error::Truncated(Height(2)));
}

#[test]
fn every_changed_byte_is_refused() {
    let published = a_ledger().unwrap();
    for place in 0..published.proof.len() {
        let mut changed = published.proof.clone();
        changed[place] ^= 1;
        assert!(read(&published, &changed).is_err(), "byte {place}");
    }
}
