//! The first inputs of each target: one or a few honest values, all from fixed seeds.

use crate::world::{self, World};
use circuits::pins;
use fhe_matcher::key::{MatchingPublicKey, MatchingSecretKey};
use ledger::block::{transactions_root, Block, BlockHash, Header};
use ledger::StateRoot;
use protocol::elgamal::EncryptionKey;
use protocol::encoding::Canonical;
use protocol::keys::{Network, NoteKey, PaymentAddress};
use protocol::light::{AcceptanceProof, RecordProof, StateOpening, TransactionProof};
use protocol::merkle::MerkleProof;
use protocol::relation::RelationKind;
use protocol::transaction::body::{Issued, IssuerRole, Object, Purpose};
use protocol::transaction::genesis::Genesis;
use protocol::transaction::{BlobHash, Body, Height, TransactionId};
use protocol::tree::Tree;
use protocol::units::Side;
use protocol::Fr;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use std::sync::OnceLock;
use wallets::issuer::{Desk, MeteringService};
use wallets::prosumer::{ChainParameters, Wallet};
use wallets::regulator::RegulatorKeys;

fn rng() -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(7)
}

fn matching_key() -> &'static (MatchingSecretKey, MatchingPublicKey) {
    static KEY: OnceLock<(MatchingSecretKey, MatchingPublicKey)> = OnceLock::new();
    KEY.get_or_init(|| MatchingSecretKey::generate(&mut rng()))
}

/// The chain that the wallets in the corpora are of.
pub fn chain() -> &'static ChainParameters {
    static CHAIN: OnceLock<ChainParameters> = OnceLock::new();
    CHAIN.get_or_init(|| {
        let key = matching_key().1.clone();
        let genesis = world::genesis(&key.to_bytes());
        ChainParameters::new(genesis, key).expect("the genesis names the key")
    })
}

/// One body of every kind that the ledger's own tests can make.
fn bodies(w: &mut World) -> Vec<Body> {
    let trade = w.delivered();
    let kappa = {
        let body = w.deposit();
        w.accept(body);
        let Body::Deposit(b) = body else { unreachable!("a deposit") };
        b.kappa
    };
    vec![
        w.issue(0, Issued::Generation),
        w.issue(2, Issued::Balance),
        w.credential(1, kappa),
        w.plan(Side::Sell),
        w.plan(Side::Buy),
        w.scores(0, trade.2),
        w.opening(Purpose::Terms, 0, trade.1 .0, trade.2 .0),
        w.pairing(0, trade.1, trade.2),
        w.confirm(Side::Sell, trade.0, trade.1),
        w.confirm(Side::Buy, trade.0, trade.2),
        Body::Refuse(Object { matching: trade.0, handle: trade.1 }),
        Body::Complain(Object { matching: trade.0, handle: trade.2 }),
        w.deliver(Side::Sell, trade.0),
        w.settle(Side::Sell, trade.0, trade.1),
        w.settle(Side::Buy, trade.0, trade.2),
        w.release(trade.1),
        w.void(trade.0, trade.1),
        w.merge(),
        w.surplus(),
        w.deposit(),
        w.epoch_start(2),
        w.cycle_start(2, world::START + 5000),
        w.register(3, IssuerRole::Desk),
        w.withdraw(5),
        w.activate(RelationKind::Refuse, world::second_key(RelationKind::Refuse), 3),
    ]
}

fn blocks(w: &World, transactions: &[Vec<u8>]) -> Vec<Block> {
    let block = |transactions: &[Vec<u8>]| Block {
        header: Header {
            chain: w.state.chain(),
            height: Height(1),
            parent: BlockHash([1; 32]),
            parent_state: StateRoot([2; 32]),
            transactions: transactions_root(transactions),
            time: w.time,
        },
        certificate: [3; 64],
        transactions: transactions.to_vec(),
    };
    vec![block(&[]), block(&transactions[..2]), block(transactions)]
}

/// One proof of each kind, all from the state after the stories of [`bodies`].
fn light(w: &World) -> Vec<Vec<u8>> {
    let leaves = [w.bytes(w.epoch_start(2)), w.bytes(w.epoch_start(3))];
    let path = MerkleProof::new(&leaves, 1).expect("there are two leaves");
    let [_, bytes] = leaves;
    let included = TransactionProof { height: Height(3), path, bytes };
    let state = StateOpening { previous: [1; 32], tree: w.root(), changes: [2; 32], receipts: [3; 32] };
    let mut tree = Tree::new();
    let position = tree.append(Fr::from(5u64)).expect("an empty tree has room");
    let record = RecordProof::new(Height(3), &tree.path(position).expect("just appended"), state);
    let accepted = AcceptanceProof { included: included.clone(), state, receipt: included.path.neighbours.clone() };
    vec![included.encode(), accepted.encode(), record.encode()]
}

/// The seeds of a target, none for a name that is none.
pub fn of(target: &str) -> Vec<Vec<u8>> {
    let mut w = World::open();
    let encryption = EncryptionKey::of_secret(&ark_ed_on_bls12_381::Fr::from(5u64)).expect("5 is a secret");
    let genesis: Genesis = *chain().genesis();
    let sealed = |w: &mut World| -> Vec<Vec<u8>> {
        let bodies = bodies(w);
        bodies.into_iter().map(|b| w.bytes(b)).collect()
    };
    match target {
        "transaction" => sealed(&mut w),
        "block" => {
            let all = sealed(&mut w);
            blocks(&w, &all).iter().map(Block::encode).collect()
        }
        "header" => blocks(&w, &[vec![1], vec![2]]).iter().map(|b| b.header.to_bytes()).collect(),
        "genesis" => vec![genesis.to_bytes(), world::market().to_bytes()],
        "address" => {
            let address =
                PaymentAddress { address: protocol::keys::Address(Fr::from(9u64)), note_key: NoteKey([5; 32]) };
            vec![address.encode(Network::Main).into_bytes(), address.encode(Network::Demo).into_bytes()]
        }
        "proof" => {
            let mut bytes = [0u8; circuits::PROOF_BYTES];
            // The identity in G1, G2, G1: points whose encoding is well known, and which a decoder must weigh.
            for at in [0, 48, 144] {
                bytes[at] = 0xc0;
            }
            let key = pins::verifying_key(RelationKind::Refuse.name()).expect("it is pinned").encode();
            // Points of the right groups, whatever they prove: alpha in G1, beta in G2, from a verifying key.
            vec![bytes.to_vec(), [&key[..48], &key[48..144], &key[..48]].concat()]
        }
        "verifying_key" => {
            let kinds = [RelationKind::Refuse, RelationKind::Deposit];
            kinds.map(|k| pins::verifying_key(k.name()).expect("it is pinned").encode()).into()
        }
        "matching_ciphertext" => vec![vec![0; fhe_matcher::ciphertext::CIPHERTEXT_BYTES]],
        "matching_key" => vec![matching_key().1.to_bytes(), matching_key().0.to_bytes().to_vec()],
        "scenario" => vec![
            include_bytes!("../../data/cases/two-households.scenario.json").to_vec(),
            include_bytes!("../../data/cases/ties.scenario.json").to_vec(),
        ],
        "meters" => vec![b"slot,A,B\n0,1,2\n1,0,4294967295\n".to_vec(), b"time,x\n2021-06-01 00:00,10\n".to_vec()],
        "wallet" => {
            let phrase =
                "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about";
            let wallet = Wallet::create(phrase, Network::Demo, Height(3), chain().clone()).expect("a good phrase");
            vec![wallet.to_bytes().to_vec()]
        }
        "issuer" => {
            let id = world::issuer(4);
            vec![
                MeteringService::generate(&mut rng(), chain().chain(), id, encryption).to_bytes().to_vec(),
                Desk::generate(&mut rng(), chain().chain(), id).to_bytes().to_vec(),
            ]
        }
        "regulator" => vec![RegulatorKeys::generate(&mut rng()).to_bytes().to_vec(), vec![1; 33]],
        "note" => (1..=7u8)
            .map(|tag| {
                let mut bytes = vec![0; protocol::transaction::body::NOTE_PLAINTEXT];
                bytes[0] = tag;
                bytes
            })
            .collect(),
        "light" => light(&w),
        "settlement" => vec![
            include_bytes!("../../data/cases/async/table2_1_two_sellers.input.json").to_vec(),
            include_bytes!("../../data/cases/async-run/late/market.json").to_vec(),
            include_bytes!("../../data/cases/async-run/late/cycle-0001.json").to_vec(),
        ],
        "execute" => crate::history::seeds(),
        _ => vec![],
    }
}

/// The content address of an input: its file's name in the corpus.
pub fn name(bytes: &[u8]) -> String {
    TransactionId(BlobHash::of(bytes).0).to_string()[..16].to_owned()
}
