//! `veilgrid node`: a real process on loopback. It keeps what it acknowledged when it is killed, it
//! ends cleanly when it is asked to, and it says what is wrong with its home.

use ledger::{verifying_keys_digest, Groth16Verifier};
use node::client::HttpLedger;
use node::home::Home;
use node::wire::GenesisFile;
use protocol::certificate::ValidatorSet;
use protocol::ids::{Height, Time, TransactionId};
use protocol::keys::Network;
use protocol::transaction::genesis::NO_KEY;
use protocol::transaction::limits::Limits;
use protocol::transaction::validators::MatchingMode;
use protocol::units::IssuerId;
use rand_core::OsRng;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};
use wallets::follower::Follower;
use wallets::issuer::Desk;
use wallets::ledger_access::{AccessError, LedgerAccess};
use wallets::regulator::{AuditKey, GenesisTerms, Regulator, RegulatorKeys};
use wallets::seal::Signer;

/// How long the test waits for something that takes a moment.
const PATIENCE: Duration = Duration::from_secs(60);

fn veilgrid(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_veilgrid"));
    command.args(arguments).stdin(Stdio::null());
    command
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn eventually<T>(what: &str, mut attempt: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(done) = attempt() {
            return done;
        }
        assert!(start.elapsed() < PATIENCE, "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A founded network: a node's home with all that belongs in it, and the regulator.
struct Founded {
    folder: tempfile::TempDir,
    file: GenesisFile,
    regulator: Regulator,
}

impl Founded {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().join("node");
        let made = veilgrid(&["node", "init", "--home", text(&home)]).output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let home = Home::at(&home);
        let validators: ValidatorSet = home.orderer().unwrap().validators();
        let printed = String::from_utf8(made.stdout).unwrap();
        let public: String = validators.members()[0].0.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(printed.trim(), public);
        let (keys, audit, name) = (RegulatorKeys::generate(&mut OsRng), AuditKey::generate(&mut OsRng), [7; 32]);
        let (_, public_shares) = audit.split(&mut OsRng, 2, 3).unwrap();
        let terms = GenesisTerms {
            name,
            network: Network::Test,
            recovery: Signer::generate(&mut OsRng).public(),
            time: Time(1),
            matcher: Signer::generate(&mut OsRng).public(),
            audit_key: audit.public(),
            audit_possession: audit.possession(&mut OsRng, &name, Network::Test),
            audit_shares: public_shares.digest(),
            verifying_keys: verifying_keys_digest(&Groth16Verifier::pinned().unwrap()),
            anchor_blocks: 100,
            anchor_cycles: 4,
            score_checks: 1000,
            matching_mode: MatchingMode::Open,
            deviation: [NO_KEY; 2],
            limits: Limits::default(),
        };
        let genesis = keys.genesis(&mut OsRng, &terms).unwrap();
        let file = GenesisFile { genesis, validators };
        home.give(&file, &keys.matching_key().to_bytes()).unwrap();
        Founded { folder, file, regulator: Regulator::new(keys, &genesis).unwrap() }
    }
    fn home(&self) -> PathBuf {
        self.folder.path().join("node")
    }
    fn start(&self) -> Running {
        let mut command = veilgrid(&["node", "run", "--home", text(&self.home())]);
        command
            .env("VEILGRID_NODE_LISTEN", "127.0.0.1:0")
            .env("VEILGRID_NODE_IDLE_SECONDS", "1")
            .env("VEILGRID_NODE_WATCH", "127.0.0.1:0");
        let child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let address = self.home().join("address");
        let url =
            eventually("the node listens", || std::fs::read_to_string(&address).ok().filter(|url| url.ends_with('\n')));
        Running { child, ledger: HttpLedger::new(url.trim(), self.file.genesis.chain()).unwrap() }
    }
    /// The bytes and the id of a desk's registration.
    fn registration(&mut self, number: u32, expiry: Height) -> (Vec<u8>, TransactionId) {
        let issuer = IssuerId::new(number).unwrap();
        let desk = Desk::generate(&mut OsRng, &self.file.genesis, issuer).unwrap();
        let transaction = self.regulator.register_issuer(&desk.registration(&mut OsRng), expiry).unwrap();
        (transaction.encode(), transaction.id())
    }
}

struct Running {
    child: Child,
    ledger: HttpLedger,
}

impl Running {
    /// Sends a transaction, and waits until headers prove that it was accepted. Gives the height.
    fn commit(&self, network: &Founded, bytes: &[u8], id: TransactionId) -> Height {
        assert_eq!(self.ledger.submit(bytes), Ok(id));
        self.proved(network, id)
    }
    fn proved(&self, network: &Founded, id: TransactionId) -> Height {
        let mut follower = Follower::new(network.file.headers());
        eventually("the transaction is accepted, and the next header is there", || {
            follower.follow(&self.ledger).unwrap();
            let proof = self.ledger.acceptance_proof(&id).unwrap()?;
            let accepted = proof.verify(follower.headers()).ok()?;
            assert_eq!(accepted.transaction.id(), id);
            Some(accepted.height)
        })
    }
    fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([name, &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }
    fn end(self) -> Output {
        self.child.wait_with_output().unwrap()
    }
}

#[test]
fn a_killed_node_keeps_what_it_acknowledged_and_a_stopped_one_ends_cleanly() {
    let mut network = Founded::new();
    let expiry = network.file.genesis.limits.expiry(Height(0));
    let address = network.home().join("address");

    let running = network.start();
    let (bytes, first) = network.registration(1, expiry);
    let height = running.commit(&network, &bytes, first);
    running.signal("-KILL");
    assert_eq!(running.end().status.code(), None);
    std::fs::remove_file(&address).unwrap();

    let running = network.start();
    assert_eq!(running.proved(&network, first), height);
    assert_eq!(running.ledger.submit(&bytes), Ok(first), "sent again, it changes nothing");
    let (bytes, second) = network.registration(2, expiry);
    assert!(running.commit(&network, &bytes, second) > height);
    let (again, _) = network.registration(2, expiry);
    let Err(AccessError::Refused { code, .. }) = running.ledger.submit(&again) else {
        panic!("a number is one desk's")
    };
    assert_eq!(code, "issuer-reused");
    running.signal("-TERM");
    let ended = running.end();
    assert_eq!(ended.status.code(), Some(0), "{}", String::from_utf8_lossy(&ended.stderr));
    assert!(!address.exists());
    let log = String::from_utf8(ended.stderr).unwrap();
    assert!(log.contains("the node listens") && !log.contains(&second.to_string()), "{log}");
    let verified = veilgrid(&["ledger", "verify", text(&network.home().join("ledger"))]).output().unwrap();
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stderr));
}

#[test]
fn a_client_made_from_the_openapi_document_posts_a_transaction_and_reads_blocks() {
    let mut network = Founded::new();
    let running = network.start();
    let (bytes, id) = network.registration(1, network.file.genesis.limits.expiry(Height(0)));
    let file = network.folder.path().join("transaction");
    std::fs::write(&file, &bytes).unwrap();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/python/client.py");
    let url = running.ledger.url().as_str().to_string();
    let output = Command::new("python3").args([script, &url, text(&file)]).stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let found: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&found["network"], &found["missing"]), (&"test".into(), &"not-found".into()));
    let outcome = &found["outcome"];
    assert_eq!((&outcome["status"], &outcome["id"]), (&"accepted".into(), &id.to_string().into()));
    let unhex = |of: &serde_json::Value| -> Vec<u8> {
        let digits = of.as_str().unwrap();
        (0..digits.len() / 2).map(|i| u8::from_str_radix(&digits[2 * i..2 * i + 2], 16).unwrap()).collect()
    };
    let block = ledger::block::Block::decode(&unhex(&found["block"])).unwrap();
    assert_eq!(block.transactions, [bytes]);
    let headers = node::wire::decode_headers(&unhex(&found["headers"])).unwrap();
    assert_eq!(headers.len(), 2);
    assert_eq!(headers[0].header, block.header);
    assert_eq!(running.proved(&network, id), block.header.height);
    running.signal("-KILL");
    running.end();
}

#[test]
fn what_is_wrong_with_a_home_is_said() {
    let network = Founded::new();
    let home = network.home();
    let refused = |arguments: &[&str], words: &[&str]| {
        let output = veilgrid(arguments)
            .env("VEILGRID_NODE_LISTEN", "127.0.0.1:0")
            .env("VEILGRID_NODE_WATCH", "")
            .output()
            .unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(words.iter().all(|word| said.contains(word)), "{words:?}: {said}");
    };
    let run = ["node", "run", "--home", text(&home)];
    refused(&["node", "init", "--home", text(&home)], &["orderer.key", "already"]);
    let checked = veilgrid(&["node", "check", "--home", text(&home)]).output().unwrap();
    assert!(String::from_utf8(checked.stdout).unwrap().contains("listen = \"127.0.0.1:7650\""));
    let json = veilgrid(&["node", "check", "--home", text(&home), "--json"]).output().unwrap();
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(json["listen"], "127.0.0.1:7650");

    let config = home.join("node.toml");
    let whole = std::fs::read(&config).unwrap();
    std::fs::write(&config, "lissen = 1").unwrap();
    refused(&run, &["lissen", "node.toml"]);
    refused(&["node", "check", "--home", text(&home)], &["lissen"]);
    std::fs::write(&config, "log = \"=x=\"").unwrap();
    refused(&run, &["log", "=x="]);
    std::fs::write(&config, whole).unwrap();

    let genesis = home.join("genesis");
    let whole = std::fs::read(&genesis).unwrap();
    std::fs::write(&genesis, &whole[1..]).unwrap();
    refused(&run, &["genesis", "not a genesis file"]);
    std::fs::remove_file(&genesis).unwrap();
    refused(&run, &["genesis", "founder"]);
    let other = Founded::new();
    std::fs::copy(other.home().join("genesis"), &genesis).unwrap();
    refused(&run, &["other validators"]);
    std::fs::write(&genesis, whole).unwrap();
    std::fs::write(home.join("matching.key"), b"no key").unwrap();
    refused(&run, &["matching key"]);
    std::fs::write(home.join("orderer.key"), "12").unwrap();
    refused(&run, &["orderer.key", "64 hexadecimal digits"]);
}
