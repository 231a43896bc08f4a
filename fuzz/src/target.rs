//! The targets. For all bytes, a target must not panic nor take long, and bytes that it accepts
//! must be exactly the bytes that the decoded value encodes to.

use crate::canonical::canonical;
use crate::failure::one_line;
use crate::{community, light, seeds};
use circuits::pins::Pins;
use circuits::{Proof, VerifyingKey};
use fhe_matcher::ciphertext::PlanCiphertext;
use fhe_matcher::key::{MatchingPublicKey, MatchingSecretKey};
use fhe_matcher::mask::MaskedScores;
use fhe_matcher::pairing::{faults, pairs, Fault, Posted, PublicRound, Rankings};
use ledger::block::{Block, Header};
use market::readings::Readings;
use market::scenario::{from_readings, Choice, Scenario};
use market::settlement::{settle, Amount, Matrix, Party, Record, Tariff};
use protocol::ids::{ChainId, Height};
use protocol::keys::{Network, PaymentAddress};
use protocol::market_parameters::MarketParameters;
use protocol::terms::Terms;
use protocol::transaction::body::{Note, NOTE_BYTES, NOTE_PLAINTEXT};
use protocol::transaction::deposit::CredentialRequest;
use protocol::transaction::genesis::Genesis;
use protocol::transaction::masked_answer::SignedAnswer;
use protocol::transaction::obligation::Dispute;
use protocol::transaction::{Transaction, MAX_BYTES};
use protocol::units::{Cycle, Money, Price};
use std::collections::BTreeSet;
use terminal::Failure;
use veilgrid::settle::file::{records_json, Input};
use veilgrid::settle::run::{play, Arrivals, Market, Report};
use wallets::household::Wallet;
use wallets::issuer::{Desk, MeteringService};
use wallets::note::Payload;
use wallets::regulator::{Answers, AuditShare, Register, RegulatorKeys};
use wallets::validator::Certified;

/// A target's name and its function.
pub type Target = (&'static str, fn(&[u8]));

/// All targets. The name is also that of the binary and of the folder of the corpus.
pub const ALL: &[Target] = &[
    ("transaction", transaction),
    ("block", block),
    ("header", header),
    ("genesis", genesis),
    ("address", address),
    ("proof", proof),
    ("verifying_key", verifying_key),
    ("masked_scores", masked_scores),
    ("matching_ciphertext", matching_ciphertext),
    ("matching_key", matching_key),
    ("rankings", rankings),
    ("scenario", scenario),
    ("cmap", cmap),
    ("meters", meters),
    ("settlement", settlement),
    ("meter_files", community::meter_files),
    ("normal_form", community::normal_form),
    ("description", community::description),
    ("household_policy", community::household_policy),
    ("grid", community::grid),
    ("headers", light::headers),
    ("light", light::light),
    ("served", light::served),
    ("wallet", wallet),
    ("issuer", issuer),
    ("regulator", regulator),
    ("note", note),
    ("phrase", phrase),
    ("pins", pins),
    ("vault", vault),
    ("roles", roles),
    ("snapshot", snapshot),
    ("head", head),
    ("execute", execute),
    #[cfg(feature = "deviation")]
    ("deviation", deviation),
];

/// A transaction, as a node receives it.
pub fn transaction(bytes: &[u8]) {
    if let Ok(t) = Transaction::decode(bytes) {
        assert_eq!(t.encode(), bytes);
        assert!(bytes.len() == t.kind().size() && bytes.len() <= MAX_BYTES);
    }
}

/// A block, as a node stores it.
pub fn block(bytes: &[u8]) {
    if let Ok(b) = Block::decode(bytes) {
        assert_eq!(b.encode(), bytes);
    }
}

/// A header of a block.
pub fn header(bytes: &[u8]) {
    canonical::<Header>(bytes);
}

/// A genesis, and the market parameters and terms of a cycle.
pub fn genesis(bytes: &[u8]) {
    if let Some(g) = canonical::<Genesis>(bytes) {
        let _ = g.check();
    }
    if let Some(market) = canonical::<MarketParameters>(bytes) {
        market.digest(&Terms::default());
    }
    canonical::<Terms>(bytes);
}

/// A payment address in bech32m.
pub fn address(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    for network in [Network::Main, Network::Test] {
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

/// Masked scores.
pub fn masked_scores(bytes: &[u8]) {
    if let Ok(scores) = MaskedScores::from_bytes(bytes) {
        assert_eq!(scores.to_bytes(), bytes);
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

/// The document behind a transcript. The target pairs a round by it and checks the pairs.
pub fn rankings(bytes: &[u8]) {
    let Ok(rankings) = Rankings::decode(bytes) else { return };
    assert_eq!(rankings.encode(), bytes);
    let mut round = PublicRound::default();
    (round.bids, round.offers) = seeds::ranked();
    let listed = round.bids.iter().chain(&round.offers).copied().collect();
    round.matches = pairs(&rankings, &round.offers, &listed);
    let of = (ChainId([0; 32]), Cycle::ZERO, 0);
    round.transcript = Some(Posted { digest: rankings.digest(of), listed });
    let paired = |fault: &Fault| {
        matches!(fault, Fault::OtherSeller { .. } | Fault::LeftOut(_) | Fault::Undue(_) | Fault::WrongDocument)
    };
    let plans: BTreeSet<_> = round.matches.iter().flat_map(|pair| [pair.sell, pair.buy]).collect();
    assert_eq!(plans.len(), 2 * round.matches.len(), "nobody is matched twice");
    let found = faults(of, &round, Some(&rankings));
    assert!(!found.iter().any(paired), "it was paired by the document");
}

fn file() -> String {
    "a.json".into()
}

/// A scenario file. Refusals are one line, and a scenario that is accepted can be
/// played by every mechanism.
pub fn scenario(bytes: &[u8]) {
    match Scenario::parse(bytes) {
        Ok(s) if s.households.len() * s.plans() <= 1000 => {
            let _ = market::rules::play(&s, &mut |_| {});
            for mechanism in market::mechanism::ALL {
                let _ = market::play::play(&s, mechanism, &mut || ());
            }
        }
        Ok(_) => {}
        Err(refused) => one_line(&Failure::refused(file(), refused.code(), refused)),
    }
}

/// A CMAP market. Refusals are one line, and a market that is accepted is cleared, with all its
/// energy traded or left for the grid.
pub fn cmap(bytes: &[u8]) {
    match market::cmap::Market::parse(bytes) {
        Ok(market) if market.sellers.len() * market.buyers.len() <= 1000 => {
            let report = market.clear(true);
            let volumes = market.pool.sellers.iter().map(|plan| plan.volume.get());
            let offered: u64 = volumes.sum();
            let sold: u64 = report.trades.iter().map(|trade| trade.volume).sum();
            assert_eq!(offered, sold + report.grid.iter().map(|row| row.surplus_wh).sum::<u64>());
            assert!(!report.to_json().is_empty());
        }
        Ok(_) => {}
        Err(refused) => one_line(&Failure::refused(file(), refused.code(), refused)),
    }
}

/// A table of meter readings, used as load and as generation. Refusals are one line, and readings
/// that are accepted make a scenario.
pub fn meters(bytes: &[u8]) {
    match Readings::parse(bytes) {
        Ok(table) if table.slots.len() * table.households.len() <= 1000 => {
            let choice = Choice { first: 0, cycles: table.slots.len(), households: table.households.len(), seed: 1 };
            let mut none = table.clone();
            none.energy.iter_mut().for_each(|row| row.fill(0));
            for (load, pv) in [(&table, &none), (&none, &table)] {
                if let Err(refused) = Scenario::parse(from_readings(load, pv, &choice).to_json().as_bytes()) {
                    one_line(&Failure::refused(file(), refused.code(), refused));
                }
            }
        }
        Ok(_) => {}
        Err(refused) => one_line(&Failure::refused(file(), refused.code(), refused)),
    }
}

/// The market that the arrivals of a cycle are read for.
pub fn market() -> Market {
    let tariff = Tariff { feed_in: Price::ZERO, retail: Price::ZERO };
    let users = vec!["A".to_string(), "B".to_string(), "C".to_string()];
    Market { users, matrix: Matrix::new(), tariff, wait: 1, penalty: Money::ZERO, freeze_after: 1 }
}

/// The inputs of a settlement: one cycle, a market, and the arrivals of a cycle. Refusals are one
/// line. An input that is accepted is settled, and every Wh has a buyer and a seller.
pub fn settlement(bytes: &[u8]) {
    let sum = |amounts: &[Amount]| amounts.iter().map(|a| u128::from(a.energy.get())).sum::<u128>();
    match Input::parse(bytes) {
        Ok(input) => {
            let records = settle(&input.cycle, &input.matrix, input.tariff);
            let by_users = |party: fn(&Record) -> &Party| {
                let of_users = records.iter().filter(|r| *party(r) != Party::Grid);
                of_users.map(|r| u128::from(r.energy.get())).sum::<u128>()
            };
            assert_eq!(by_users(|r| &r.seller), sum(&input.cycle.supply));
            assert_eq!(by_users(|r| &r.buyer), sum(&input.cycle.consumption));
            records_json(&records);
        }
        Err(refused) => one_line(&Failure::refused(file(), refused.code(), refused)),
    }
    let played = |market: &Market, arrivals: &[Arrivals]| {
        let outcome = play(market, arrivals);
        let accounts = outcome.accounts(&market.users);
        assert_eq!(accounts.values().map(|a| a.money).sum::<i128>(), 0);
        let report = Report::new(market, &outcome);
        (report.json(), report.summary())
    };
    match Market::parse(bytes) {
        Ok(market) => {
            let silent = (1..=3).map(|n| Arrivals { cycle: Cycle::new(n).expect("3 is a cycle"), readings: vec![] });
            played(&market, &silent.collect::<Vec<_>>());
        }
        Err(refused) => one_line(&Failure::refused(file(), refused.code(), refused)),
    }
    let fixed = market();
    match Arrivals::parse(bytes, 1, &fixed) {
        Ok(arrivals) => {
            played(&fixed, &[arrivals]);
        }
        Err(refused) => one_line(&Failure::refused(file(), refused.code(), refused)),
    }
}

/// The state file of a household.
pub fn wallet(bytes: &[u8]) {
    if let Ok(w) = Wallet::from_bytes(bytes, seeds::chain().clone()) {
        assert_eq!(w.to_bytes().as_slice(), bytes);
    }
}

/// The state file of an issuer.
pub fn issuer(bytes: &[u8]) {
    if let Ok(service) = MeteringService::from_bytes(bytes) {
        assert_eq!(service.to_bytes().as_slice(), bytes);
    }
    if let Ok(desk) = Desk::from_bytes(bytes) {
        assert_eq!(desk.to_bytes().as_slice(), bytes);
    }
}

/// The regulator's keys and a share of one, its register, its answers to masked vectors, a signed
/// answer, and a validator's certified vectors.
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
    if let Ok(answers) = Answers::from_bytes(bytes) {
        assert_eq!(answers.to_bytes(), bytes);
    }
    if let Ok(certified) = Certified::from_bytes(bytes) {
        assert_eq!(certified.to_bytes(), bytes);
    }
    if let Ok(answer) = SignedAnswer::from_bytes(bytes) {
        assert_eq!(answer.to_bytes(), bytes);
        assert!(answer.verify(&seeds::chain().genesis().regulator).is_err(), "nobody else has signed one");
    }
    if let Some(request) = canonical::<CredentialRequest>(bytes) {
        let _ = request.verify();
    }
    if let Some(dispute) = canonical::<Dispute>(bytes) {
        let _ = dispute.verify();
    }
}

/// The payload of a note after decryption, and an encrypted note.
pub fn note(bytes: &[u8]) {
    if let Ok(sealed) = <[u8; NOTE_BYTES]>::try_from(bytes) {
        let (secret, chain, kind, record) = seeds::note_secret();
        if let Some(payload) = wallets::note::open(&secret, chain, kind, record, &Note(sealed)) {
            assert!(payload == seeds::note_payload(), "nobody else has sealed one");
        }
    }
    let Ok(bytes) = <[u8; NOTE_PLAINTEXT]>::try_from(bytes) else { return };
    if let Ok(payload) = Payload::decode(&bytes) {
        assert_eq!(payload.encode(), bytes);
    }
}

/// A household's phrase, as a person typed it.
pub fn phrase(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let _ = Wallet::create(text, Height(0), seeds::chain().clone());
}

/// A list of pinned keys.
pub fn pins(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(pins) = Pins::parse(text) {
        let lines: String = pins.iter().map(|pin| format!("{pin}\n")).collect();
        assert_eq!(Pins::parse(&lines), Ok(pins));
    }
}

/// An encrypted state file.
pub fn vault(bytes: &[u8]) {
    crate::files::vault(bytes);
}

/// The file of a market's regulator: its keys, its register and the households' names.
pub fn roles(bytes: &[u8]) {
    let _ = veilgrid::demonstration::RegulatorFile::from_bytes(bytes);
}

/// A snapshot of a ledger.
pub fn snapshot(bytes: &[u8]) {
    crate::files::snapshot(bytes);
}

/// The file that names a ledger's last block.
pub fn head(bytes: &[u8]) {
    crate::files::head(bytes);
}

/// Blocks of transactions that the bytes describe.
pub fn execute(bytes: &[u8]) {
    let _ = crate::history::play(bytes);
}

/// The parts of encrypted deviations. A server key is not among them: it is decoded only after its
/// digest is checked, so only the regulator can make one.
#[cfg(feature = "deviation")]
pub fn deviation(bytes: &[u8]) {
    use deviation::ciphertext::{EncryptedEnergy, EncryptedVerdict};
    use deviation::key::DeviationPublicKey;
    let written = [
        DeviationPublicKey::from_bytes(bytes).map(|x| x.to_bytes()),
        EncryptedEnergy::from_bytes(bytes).map(|x| x.to_bytes()),
        EncryptedVerdict::from_bytes(bytes).map(|x| x.to_bytes()),
    ];
    written.iter().flatten().for_each(|again| assert_eq!(again, bytes));
}
