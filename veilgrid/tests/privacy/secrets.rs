//! No secret of a run stands in any file or line that it leaves: every key and opening is searched for, in every encoding
//! in use, in all bytes of the folder (ledger, blobs, encrypted wallets) and in all that is printed.

use super::{entropy, office, phrase};
use crate::support::*;
use protocol::encoding::Canonical;
use protocol::keys::{Network, SpendingKey};
use protocol::transaction::{Body, Height};
use protocol::units::Epoch;
use protocol::Fr;
use std::collections::BTreeMap;
use std::path::Path;
use veilgrid::market::Roles;
use wallets::note::Payload;
use wallets::prosumer::{ChainParameters, Wallet};

/// What must not be found, by name.
#[derive(Default)]
struct Secrets {
    /// By the first eight bytes.
    needles: BTreeMap<[u8; 8], Vec<(String, Vec<u8>)>>,
    count: usize,
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

impl Secrets {
    fn needle(&mut self, name: &str, bytes: &[u8]) {
        let start = bytes[..8].try_into().unwrap();
        self.needles.entry(start).or_default().push((name.to_string(), bytes.to_vec()));
    }
    /// Bytes, either way round, in hexadecimal of either case, and as a list of numbers.
    fn bytes(&mut self, name: &str, bytes: &[u8]) {
        assert!(bytes.len() >= 16 && bytes.iter().any(|b| *b != 0), "{name}");
        self.count += 1;
        let reversed: Vec<u8> = bytes.iter().rev().copied().collect();
        for form in [bytes, &reversed] {
            self.needle(name, form);
            self.needle(name, hex(form).as_bytes());
            self.needle(name, hex(form).to_uppercase().as_bytes());
            let list: Vec<String> = form.iter().map(u8::to_string).collect();
            self.needle(name, list.join(", ").as_bytes());
            self.needle(name, list.join(",").as_bytes());
        }
    }
    /// A field element: as its bytes and in decimal.
    fn element(&mut self, name: &str, x: Fr) {
        self.bytes(name, &x.to_bytes());
        self.needle(name, x.to_string().as_bytes());
    }
    /// Names of the secrets that stand in these bytes.
    fn found(&self, bytes: &[u8]) -> Vec<String> {
        let mut found = Vec::new();
        for (at, window) in bytes.windows(8).enumerate() {
            let Some(starting) = self.needles.get(window) else { continue };
            found.extend(starting.iter().filter(|(_, n)| bytes[at..].starts_with(n)).map(|(name, _)| name.clone()));
        }
        found
    }
}

fn secrets(directory: &Path, office: &veilgrid::audit::office::Office) -> Secrets {
    let mut all = Secrets::default();
    let genesis = *office.node.state().genesis();
    let blob = office.node.blob(&genesis.matching_key).unwrap().unwrap();
    let key = fhe_matcher::key::MatchingPublicKey::from_bytes(&blob).unwrap();
    let parameters = ChainParameters::new(genesis, key).unwrap();
    for i in 0..2 {
        let name = |what: &str| format!("household {i}: {what}");
        let seed = bip39::Mnemonic::parse(phrase(i)).unwrap().to_seed_normalized("");
        let sk = SpendingKey::from_seed(&seed);
        all.needle(&name("phrase"), phrase(i).as_bytes());
        all.bytes(&name("entropy"), &entropy(i));
        all.bytes(&name("seed"), &seed);
        all.element(&name("sk"), sk.expose());
        all.element(&name("nk"), sk.nullifier_key().expose());
        all.element(&name("address"), sk.address().0);
        all.element(&name("trace key"), sk.trace_key(parameters.chain(), Epoch::new(1).unwrap()).expose());
        let mut wallet = Wallet::create(&phrase(i), Network::Demo, Height(0), parameters.clone()).unwrap();
        office.node.compact_blocks(Height(1)).iter().for_each(|block| wallet.scan(block).unwrap());
        all.bytes(&name("note secret"), &wallet.viewing_key().note_secret);
        for record in wallet.watch().records() {
            let (Payload::Generation { blinding, .. }
            | Payload::Balance { blinding, .. }
            | Payload::Metered { blinding, .. }) = record.payload()
            else {
                panic!("another record")
            };
            all.element(&name("a record's blinding"), *blinding);
        }
        for (_, plan) in wallet.watch().plans() {
            all.element(&name("a plan's blinding"), plan.opening().blinding);
            if let Some(opening) = plan.match_opening() {
                all.element(&name("r_m"), opening.blinding);
            }
        }
    }
    let roles = Roles::load(directory, 0).unwrap();
    let keys = roles.keys.to_bytes();
    // signing key, K_t, and the start of the matching key (its rest is coefficients of -1, 0 and 1)
    all.bytes("regulator's signing key", &keys[..32]);
    all.bytes("K_t", &keys[32..64]);
    all.bytes("matching key", &keys[64..64 + 256]);
    roles.shares.iter().for_each(|share| all.bytes("a share of K_a", &share.to_bytes()[1..]));
    // after version, role, number and chain
    for (name, state) in [("metering service's", roles.meter.to_bytes()), ("desk's", roles.desk.to_bytes())] {
        all.bytes(&format!("{name} signing key"), &state[38..70]);
        all.bytes(&format!("{name} decryption key"), &state[70..102]);
    }
    all
}

#[test]
fn no_key_and_no_opening_stands_in_any_file_or_line() {
    let (_folder, directory, mut office) = office();
    let secrets = secrets(&directory, &office);
    assert!(secrets.count > 30, "{}", secrets.count);
    // An audit too, whose report is for the auditor; its entries are for everybody.
    let who = office.address("H000").unwrap();
    let cycle = protocol::units::Cycle::new(1).unwrap();
    office.household(who, (cycle, cycle), "a request").unwrap();
    let public = office.node.compact_blocks(Height(1)).iter().flat_map(|b| &b.transactions);
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
        assert_eq!(secrets.found(content), [""; 0], "{}", path.display());
    }
    assert!(bytes > 500_000, "{bytes} bytes");
    // What a run prints: again on a folder of its own, whose steps are on the ledger already.
    let report = directory.join("../report.json");
    let output = veilgrid(&market(&scenario(SMALL), &directory, &report));
    assert!(output.status.success(), "{}", stderr(&output));
    let printed = [output.stdout, output.stderr, std::fs::read(&report).unwrap()].concat();
    assert!(printed.len() > 1000);
    assert_eq!(secrets.found(&printed), [""; 0]);

    // The search finds what is there: a public handle in the ledger, and any secret that is put somewhere.
    let mut public = Secrets::default();
    public.element("handle", handle.0);
    let ledger = files.iter().find(|(path, _)| path.extension().is_some_and(|e| e == "redb")).unwrap();
    assert!(!public.found(&ledger.1).is_empty());
    for needles in secrets.needles.values() {
        for (name, needle) in needles {
            let mut leaky = files[0].1[..2000].to_vec();
            leaky.splice(7..7, needle.iter().copied());
            assert!(secrets.found(&leaky).contains(name), "{name}");
        }
    }
}
