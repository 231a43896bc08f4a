//! No secret of a run stands in any file or line that it leaves: every key and opening is searched
//! for, in every encoding in use, in all bytes of the folder (ledger, blobs, encrypted wallets) and
//! in all that was printed while the run was played and continued.

use super::search::Needles;
use super::{entropy, office, phrase, wallet};
use crate::support::*;
use fhe_matcher::key::{MatchingPublicKey, MatchingSecretKey, SECRET_KEY_BYTES};
use ledger::OrdererKey;
use protocol::keys::SpendingKey;
use protocol::transaction::body::IssuerRole;
use protocol::transaction::{Body, Kind};
use protocol::units::Epoch;
use rand_chacha::rand_core::RngCore;
use std::path::Path;
use veilgrid::audit::office::Office;
use veilgrid::demonstration::{role_rng, Roles, HOLDERS};
use wallets::household::Wallet;
use wallets::note::{self, NoteSecret, Payload};
use wallets::regulator::{AuditKey, RegulatorKeys};
use wallets::seal::{DecryptionKey, Signer};

/// The secrets of a household.
fn households(all: &mut Needles, i: usize, office: &Office) {
    let name = |what: &str| format!("household {i}: {what}");
    let seed = bip39::Mnemonic::parse(phrase(i)).unwrap().to_seed_normalized("");
    let sk = SpendingKey::from_seed(&seed);
    all.text(&name("phrase"), &phrase(i));
    all.bytes(&name("entropy"), &entropy(i));
    all.bytes(&name("seed"), &seed);
    all.element(&name("sk"), sk.expose());
    all.element(&name("nk"), sk.nullifier_key().expose());
    all.element(&name("address"), sk.address().0);
    all.element(&name("trace key"), sk.trace_key(office.node().state().chain(), Epoch::new(1).unwrap()).expose());
    let mut wallet = wallet(i, office);
    office.blocks().unwrap().iter().for_each(|block| wallet.scan(block).unwrap());
    assert_eq!(wallet.address(), sk.address(), "these are the wallet's keys");
    assert_eq!(
        Some(wallet.balance().get()),
        reference().report["households"][i]["balance"].as_u64(),
        "and its records"
    );
    all.bytes(&name("note secret"), &wallet.viewing_key().note_secret);
    let watch = wallet.watch();
    let owed = watch.obligations().map(|(_, owed)| owed.payload());
    for payload in watch.records().map(|record| record.payload()).chain(owed) {
        let (Payload::Generation { blinding, .. }
        | Payload::Balance { blinding, .. }
        | Payload::Metered { blinding, .. }) = payload
        else {
            panic!("another record")
        };
        all.element(&name("a record's blinding"), *blinding);
    }
    watch.credentials().for_each(|c| all.element(&name("a credential's blinding"), c.blinding));
    let (mut changes, mut deliveries) = (0, 0);
    for (_, plan) in watch.plans() {
        all.element(&name("a plan's blinding"), plan.opening().blinding);
        let Some(trade) = plan.trade() else { continue };
        all.element(&name("r_m"), trade.opening.unwrap().blinding);
        for half in trade.deliveries.iter().flatten() {
            all.element(&name("a delivery's blinding"), half.opening.unwrap().blinding);
            deliveries += 1;
        }
        // The change of a confirmation is among the records above.
        changes += watch.records().filter(|record| Some(record.commitment()) == trade.change).count();
    }
    assert_eq!((changes, deliveries), (1, 2));
    plans(all, i, &wallet, office);
}

/// The secrets in the memos of its plans: the bytes that blindings come from, and the secrets of
/// the plans' keys.
fn plans(all: &mut Needles, i: usize, wallet: &Wallet, office: &Office) {
    let (static_secret, chain) = (wallet.viewing_key().note_secret, office.node().state().chain());
    let mut own = 0;
    for transaction in office.blocks().unwrap().iter().flat_map(|block| &block.transactions) {
        let (kind, body) = match &transaction.body {
            Body::SellPlan(body) => (Kind::SellPlan, body),
            Body::BuyPlan(body) => (Kind::BuyPlan, body),
            _ => continue,
        };
        let memo = note::open(&NoteSecret::from_bytes(static_secret), chain, kind, body.handle.0, &body.memo);
        let Some(Payload::Plan(opening)) = memo else { continue };
        let key = DecryptionKey::from_seed("veilgrid/plan-key/1", &[static_secret, opening.seed].concat());
        assert_eq!(key.public().point(), body.plan_key);
        all.bytes(&format!("household {i}: a plan's seed"), &opening.seed);
        all.bytes(&format!("household {i}: a plan's key"), &key.to_bytes()[..]);
        own += 1;
    }
    assert_eq!(own, wallet.watch().plans().count());
}

/// The 32 bytes from here on, which are a signing key of this public half.
fn signer(state: &[u8], from: usize, public: protocol::signing::SigningKey) -> &[u8] {
    let bytes = &state[from..from + 32];
    assert_eq!(Signer::from_bytes(bytes.try_into().unwrap()).public(), public);
    bytes
}

/// The 32 bytes from here on, which are a decryption key of this public half.
fn decryption(state: &[u8], from: usize, public: protocol::elgamal::EncryptionKey) -> &[u8] {
    let bytes = &state[from..from + 32];
    assert_eq!(DecryptionKey::from_bytes(bytes.try_into().unwrap()).unwrap().public(), public);
    bytes
}

/// The keys of all other roles. Each is checked to be the secret of a public key on the ledger.
fn services(all: &mut Needles, directory: &Path, office: &Office) {
    let genesis = *office.node().state().genesis();
    let roles = Roles::load(directory, 0).unwrap();
    let keys = roles.keys.to_bytes();
    all.bytes("regulator's signing key", signer(&keys, 0, genesis.regulator));
    all.bytes("K_t", decryption(&keys, 32, genesis.terms_key));
    let match_id = &keys[64..64 + SECRET_KEY_BYTES];
    let blob = office.node().blob(&genesis.matching_key).unwrap().unwrap();
    let public = MatchingPublicKey::from_bytes(&blob).unwrap();
    assert!(MatchingSecretKey::from_bytes(match_id).unwrap().fits(&public));
    all.bytes("matching key", match_id);

    // K_a was split, and the shares dealt, out of the run's seed.
    let mut rng = role_rng(0, "regulator");
    RegulatorKeys::generate(&mut rng);
    let undivided = DecryptionKey::generate(&mut rng.clone());
    assert_eq!(undivided.public(), genesis.audit_key);
    all.bytes("K_a", &undivided.to_bytes()[..]);
    let dealt = AuditKey::generate(&mut rng).split(&mut role_rng(0, "audit shares"), HOLDERS.0, HOLDERS.1).unwrap().0;
    assert_eq!(roles.shares.len(), dealt.len());
    for (share, dealt) in roles.shares.iter().zip(&dealt) {
        let bytes = share.to_bytes();
        assert_eq!((bytes[0], &bytes[..]), (share.index(), &dealt.to_bytes()[..]));
        DecryptionKey::from_bytes(bytes[1..].try_into().unwrap()).unwrap();
        all.bytes("a share of K_a", &bytes[1..]);
    }

    let registered = |role: IssuerRole| {
        let blocks = office.blocks().unwrap();
        let mut all = blocks.iter().flat_map(|block| &block.transactions);
        let registration = all.find_map(|t| match t.body {
            Body::RegisterIssuer(body) if body.role == role => Some(body),
            _ => None,
        });
        registration.unwrap()
    };
    let (meter, desk) = (roles.meter.to_bytes(), roles.desk.to_bytes());
    for (name, state, role) in
        [("metering service's", &meter, IssuerRole::MeteringService), ("desk's", &desk, IssuerRole::Desk)]
    {
        // after version, role, number and chain
        let public = registered(role);
        all.bytes(&format!("{name} signing key"), signer(state, 38, public.key));
        all.bytes(&format!("{name} decryption key"), decryption(state, 70, public.encryption_key));
    }

    let secret = |role: &str| {
        let mut secret = [0; 32];
        role_rng(0, role).fill_bytes(&mut secret);
        secret
    };
    assert_eq!(Signer::from_bytes(secret("matcher")).public(), genesis.matcher);
    all.bytes("matching node's signing key", &secret("matcher"));
    assert_eq!(OrdererKey::from_secret(&secret("orderer")).validators(), *office.node().validators());
    all.bytes("orderer's key", &secret("orderer"));
}

#[test]
fn no_key_and_no_opening_stands_in_any_file_or_line() {
    let (_folder, directory, mut office) = office();
    let mut secrets = Needles::default();
    (0..2).for_each(|i| households(&mut secrets, i, &office));
    services(&mut secrets, &directory, &office);
    assert!(secrets.count > 60, "{}", secrets.count);
    // An audit too: its report is for the auditor, and its entries are public.
    let who = office.address("H000").unwrap();
    let cycle = protocol::units::Cycle::new(1).unwrap();
    office.household(who, (cycle, cycle), "a request").unwrap();
    let blocks = office.blocks().unwrap();
    let public = blocks.iter().flat_map(|b| &b.transactions);
    let mut handle = public.filter_map(|t| match t.body {
        Body::SellPlan(p) => Some(p.handle),
        _ => None,
    });
    let handle = handle.next_back().unwrap();
    drop(office);

    let files = contents(&directory);
    let kinds: Vec<_> = files.iter().filter_map(|(path, _)| path.extension()?.to_str()).collect();
    assert!(kinds.contains(&"vault") && kinds.contains(&"redb"));
    let mut bytes = 0;
    for (path, content) in &files {
        bytes += content.len();
        assert!(secrets.found(content).is_empty(), "{}: {:?}", path.display(), secrets.found(content));
    }
    assert!(bytes > 500_000, "{bytes} bytes");
    // All that the run printed while it was played.
    let live = reference();
    let said = String::from_utf8(live.stderr.clone()).unwrap();
    assert!(!said.contains("on the ledger already") && said.contains("settled with the grid"), "{said}");
    let report = std::fs::read(live.directory.with_file_name("report.json")).unwrap();
    for printed in [&live.stdout, &live.stderr, &report] {
        assert!(printed.len() > 1000);
        assert!(secrets.found(printed).is_empty(), "{:?}", secrets.found(printed));
    }
    // The run once more on a copy of its folder, where all steps are on the ledger already.
    let report = directory.join("../report.json");
    let output = veilgrid(&market(&scenario(SMALL), &directory, &report));
    assert!(output.status.success(), "{}", stderr(&output));
    let printed = [output.stdout, output.stderr, std::fs::read(&report).unwrap()].concat();
    assert!(secrets.found(&printed).is_empty(), "{:?}", secrets.found(&printed));

    // The search finds a public handle in the ledger, and any secret that is put somewhere by hand.
    let mut public = Needles::default();
    public.element("handle", handle.0);
    let ledger = files.iter().find(|(path, _)| path.extension().is_some_and(|e| e == "redb")).unwrap();
    assert!(!public.found(&ledger.1).is_empty());
    secrets.would_be_found(&files[0].1[..2000]);
}
