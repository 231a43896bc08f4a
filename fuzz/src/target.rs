//! The targets. Whatever the bytes: no panic, no long wait; and what is accepted is exactly what would be written.

use crate::seeds;
use circuits::{Proof, VerifyingKey};
use fhe_matcher::ciphertext::PlanCiphertext;
use fhe_matcher::key::{MatchingPublicKey, MatchingSecretKey};
use ledger::block::{Block, Header};
use protocol::encoding::Canonical;
use protocol::keys::{Network, PaymentAddress};
use protocol::light::{AcceptanceProof, RecordProof, TransactionProof};
use protocol::market::MarketParameters;
use protocol::transaction::body::NOTE_PLAINTEXT;
use protocol::transaction::genesis::Genesis;
use protocol::transaction::{Transaction, MAX_BYTES};
use protocol::units::{Money, Price};
use veilgrid::from_meters::Meters;
use veilgrid::scenario::Scenario;
use veilgrid::settle::file::Input;
use veilgrid::settle::rule::{Matrix, Tariff};
use veilgrid::settle::run::{Arrivals, Market};
use wallets::issuer::{Desk, MeteringService};
use wallets::note::Payload;
use wallets::prosumer::Wallet;
use wallets::regulator::{AuditShare, Register, RegulatorKeys};

/// A target's name and its function.
pub type Target = (&'static str, fn(&[u8]));

/// All of them: the name is also that of the binary and of the corpus' folder.
pub const ALL: &[Target] = &[
    ("transaction", transaction),
    ("block", block),
    ("header", header),
    ("genesis", genesis),
    ("address", address),
    ("proof", proof),
    ("verifying_key", verifying_key),
    ("matching_ciphertext", matching_ciphertext),
    ("matching_key", matching_key),
    ("scenario", scenario),
    ("meters", meters),
    ("settlement", settlement),
    ("light", light),
    ("wallet", wallet),
    ("issuer", issuer),
    ("regulator", regulator),
    ("note", note),
    ("execute", execute),
];

/// What is read is what would be written.
fn canonical<T: Canonical>(bytes: &[u8]) -> Option<T> {
    let value = T::from_bytes(bytes).ok()?;
    assert_eq!(value.to_bytes(), bytes);
    Some(value)
}

/// A transaction as it is sent to a node.
pub fn transaction(bytes: &[u8]) {
    if let Ok(t) = Transaction::decode(bytes) {
        assert_eq!(t.encode(), bytes);
        assert!(bytes.len() == t.kind().size() && bytes.len() <= MAX_BYTES);
    }
}

/// A block as a node stores it.
pub fn block(bytes: &[u8]) {
    if let Ok(b) = Block::decode(bytes) {
        assert_eq!(b.encode(), bytes);
    }
}

/// A header alone.
pub fn header(bytes: &[u8]) {
    canonical::<Header>(bytes);
}

/// A genesis, and the market parameters of a cycle.
pub fn genesis(bytes: &[u8]) {
    if let Some(g) = canonical::<Genesis>(bytes) {
        let _ = g.check();
    }
    if let Some(market) = canonical::<MarketParameters>(bytes) {
        market.digest();
    }
}

/// A payment address in bech32m.
pub fn address(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    for network in [Network::Main, Network::Demo] {
        if let Ok(a) = PaymentAddress::decode(network, text) {
            assert_eq!(a.encode(network), text.to_ascii_lowercase());
        }
    }
}

/// A proof: three compressed points.
pub fn proof(bytes: &[u8]) {
    if let Ok(p) = Proof::decode(bytes) {
        assert_eq!(p.encode().as_slice(), bytes);
    }
}

/// A verifying key.
pub fn verifying_key(bytes: &[u8]) {
    if let Ok(key) = VerifyingKey::decode(bytes) {
        assert_eq!(key.encode().as_slice(), bytes);
    }
}

/// The matching ciphertext of a plan.
pub fn matching_ciphertext(bytes: &[u8]) {
    if let Ok(c) = PlanCiphertext::from_bytes(bytes) {
        assert_eq!(c.to_bytes(), bytes);
    }
}

/// The matching key, public and secret.
pub fn matching_key(bytes: &[u8]) {
    if let Ok(key) = MatchingPublicKey::from_bytes(bytes) {
        assert_eq!(key.to_bytes(), bytes);
    }
    if let Ok(key) = MatchingSecretKey::from_bytes(bytes) {
        assert_eq!(key.to_bytes().as_slice(), bytes);
    }
}

/// A scenario file. Refusals are one line.
pub fn scenario(bytes: &[u8]) {
    if let Err(refused) = Scenario::parse(bytes) {
        assert!(!refused.to_string().contains('\n'), "{refused}");
    }
}

/// A table of meter readings.
pub fn meters(bytes: &[u8]) {
    if let Err(refused) = Meters::parse(bytes) {
        assert!(!refused.to_string().contains('\n'), "{refused}");
    }
}

/// An input of a settlement: a cycle's, a market's, and what arrives in a cycle. Refusals are one line.
pub fn settlement(bytes: &[u8]) {
    let market = Market::parse(bytes);
    let users = vec!["A".to_string(), "B".to_string(), "C".to_string()];
    let tariff = Tariff { feed_in: Price::ZERO, retail: Price::ZERO };
    let fixed = Market { users, matrix: Matrix::new(), tariff, wait: 1, penalty: Money::ZERO, freeze_after: 1 };
    let refused = [Input::parse(bytes).err(), market.err(), Arrivals::parse(bytes, 1, &fixed).err()];
    refused.into_iter().flatten().for_each(|r| assert!(!r.to_string().contains('\n'), "{r}"));
}

/// The proofs that a light verifier reads.
pub fn light(bytes: &[u8]) {
    if let Ok(p) = TransactionProof::decode(bytes) {
        assert_eq!(p.encode(), bytes);
    }
    if let Ok(p) = AcceptanceProof::decode(bytes) {
        assert_eq!(p.encode(), bytes);
    }
    if let Ok(p) = RecordProof::decode(bytes) {
        assert_eq!(p.encode(), bytes);
    }
}

/// A household's state.
pub fn wallet(bytes: &[u8]) {
    if let Ok(w) = Wallet::from_bytes(bytes, seeds::chain().clone()) {
        assert_eq!(w.to_bytes().as_slice(), bytes);
    }
}

/// An issuer's state.
pub fn issuer(bytes: &[u8]) {
    if let Ok(service) = MeteringService::from_bytes(bytes) {
        assert_eq!(service.to_bytes().as_slice(), bytes);
    }
    if let Ok(desk) = Desk::from_bytes(bytes) {
        assert_eq!(desk.to_bytes().as_slice(), bytes);
    }
}

/// The regulator's keys, and a share of one.
pub fn regulator(bytes: &[u8]) {
    if let Ok(keys) = RegulatorKeys::from_bytes(bytes) {
        assert_eq!(keys.to_bytes().as_slice(), bytes);
    }
    if let Ok(register) = Register::from_bytes(bytes) {
        assert_eq!(register.to_bytes().as_slice(), bytes);
    }
    if let Ok(share) = AuditShare::from_bytes(bytes) {
        assert_eq!(share.to_bytes().as_slice(), bytes);
    }
}

/// What a note says, once decrypted.
pub fn note(bytes: &[u8]) {
    let Ok(bytes) = <[u8; NOTE_PLAINTEXT]>::try_from(bytes) else { return };
    if let Ok(payload) = Payload::decode(&bytes) {
        assert_eq!(payload.encode(), bytes);
    }
}

/// Blocks of transactions, put together as the bytes say.
pub fn execute(bytes: &[u8]) {
    crate::history::play(bytes);
}
