//! The first inputs of each target: one or a few honest values, made from fixed seeds.

use crate::world::{self, World};
use circuits::pins;
use ed25519_dalek::Signer;
use fhe_matcher::key::{MatchingPublicKey, MatchingSecretKey};
use fhe_matcher::pairing::{Ranking, Rankings};
use ledger::block::{transactions_root, Block, BlockHash, Header};
use ledger::{StateRoot, TransactionDigest};
use meters::options::Format;
use node::wire::{append_block, encode_headers, GenesisFile};
use protocol::certificate::{Certificate, ValidatorSet};
use protocol::encoding::Canonical;
use protocol::header::receipt_bytes;
use protocol::ids::{BlobHash, ChainId, Height, Time, TransactionId, VerifyingKeyId};
use protocol::keys::{Network, NoteKey, PaymentAddress, TraceKey};
use protocol::light::{AcceptanceProof, HeaderChain, RecordProof, StateOpening, TransactionProof};
use protocol::merkle::{self, MerkleProof};
use protocol::record::metered::Sign;
use protocol::record::{Commitment, Handle};
use protocol::relation::RelationKind;
use protocol::transaction::body::{Issued, IssuerRole, Objection, Operator, Purpose};
use protocol::transaction::deposit::{CredentialRequest, Deposit, DepositSeal};
use protocol::transaction::genesis::Genesis;
use protocol::transaction::obligation::{Dispute, Ruled};
use protocol::transaction::{Body, Kind, PROOF_BYTES, VERSION};
use protocol::tree::{Position, Tree};
use protocol::units::{Cycle, Energy, EnergyType, Money, Place, Price, Reputation, Side};
use protocol::Fr;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use std::sync::OnceLock;
use veilgrid::inclusion::Headers;
use wallets::household::{ChainParameters, Wallet};
use wallets::issuer::{Desk, MeteringService};
use wallets::ledger_access::{CertifiedHeader, OpenedBlock};
use wallets::note::{CredentialOpening, NoteSecret, Payload, PlanOpening};
use wallets::regulator::{Register, RegulatorKeys};
use wallets::serials::SerialCounter;

/// A valid phrase; changing one word makes an invalid one.
const PHRASE: &str = "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about";

fn rng() -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(7)
}

fn matching_key() -> &'static (MatchingSecretKey, MatchingPublicKey) {
    static KEY: OnceLock<(MatchingSecretKey, MatchingPublicKey)> = OnceLock::new();
    KEY.get_or_init(|| MatchingSecretKey::generate(&mut rng()))
}

/// The chain of the wallets in the corpora.
pub fn chain() -> &'static ChainParameters {
    static CHAIN: OnceLock<ChainParameters> = OnceLock::new();
    CHAIN.get_or_init(|| {
        let key = matching_key().1.clone();
        let genesis = world::genesis(&key.to_bytes());
        ChainParameters::new(genesis, key).expect("the genesis names the key")
    })
}

/// One body of every kind that the test world of the ledger can make.
fn bodies(w: &mut World) -> Vec<Body> {
    let trade = w.delivered();
    vec![
        w.issue(0, Issued::Generation),
        w.issue(2, Issued::Balance),
        w.issue_metered(0, Sign::Surplus, world::cycle(1)),
        w.cap(0, 5, 6),
        w.credential(1),
        w.plan(Side::Sell),
        w.plan(Side::Buy),
        w.scores(0, trade.2),
        w.transcript(0),
        w.mask(0),
        w.opening(Purpose::Terms, 0, trade.1 .0, trade.2 .0),
        w.pairing(0, trade.1, trade.2),
        w.confirm(Side::Sell, trade.0, trade.1),
        w.confirm(Side::Buy, trade.0, trade.2),
        Body::Refuse(Objection { match_id: trade.0, handle: trade.1 }),
        w.complain(trade.0, trade.2),
        w.deliver(Side::Sell, trade.0),
        w.settle(Side::Sell, trade.0, trade.1),
        w.settle(Side::Buy, trade.0, trade.2),
        w.release(trade.1),
        w.void(trade.0, trade.1),
        w.merge(),
        w.surplus(),
        w.epoch_start(2),
        w.cycle_start(2, world::START + 5000),
        w.register(3, IssuerRole::Desk),
        w.suspend(0, true),
        w.rotate(Operator::Issuer(world::issuer(0)), world::cycle(1)),
        w.rotate(Operator::Regulator, Cycle::ZERO),
        w.withdraw(5),
        w.paid(2, TransactionId([5; 32])),
        w.activate(RelationKind::Refuse, world::second_key(RelationKind::Refuse), 3),
        w.contest(0, trade.2),
        w.threshold(trade.0),
        w.amount(Side::Sell, trade.0),
        w.deviation(trade.0),
        w.open_bit(trade.0),
        w.verdict(trade.0, true),
        w.shortfall(Commitment(trade.1 .0)),
        w.ruling(Commitment(trade.1 .0), Ruled::Struck),
        w.open_lapse(trade.1, 1),
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
            next_validators: validators().hash(),
        },
        certificate: Certificate::single([3; 64]),
        transactions: transactions.to_vec(),
    };
    vec![block(&[]), block(&transactions[..2]), block(transactions)]
}

/// The validators that certify the headers of the corpora.
fn validators() -> ValidatorSet {
    ValidatorSet::single(world::public(world::ORDERER))
}

/// A certificate of a header, signed by the orderer.
pub(crate) fn certificate(header: &Header) -> Certificate {
    Certificate::single(world::signer(world::ORDERER).sign(&header.hash().certificate_message()).to_bytes())
}

/// A chain of headers. Each block has the state root after its parent and the root of its
/// transactions.
fn headers(blocks: &[(StateRoot, [u8; 32])]) -> Vec<Header> {
    let genesis = chain().genesis();
    let mut parent = BlockHash::genesis(genesis, &validators());
    let blocks = (1..).zip(blocks).map(|(height, (parent_state, transactions))| {
        let (parent_state, transactions) = (*parent_state, *transactions);
        let (chain, height, time) = (genesis.chain(), Height(height), Time(world::START + height));
        let next_validators = validators().hash();
        let header = Header { chain, height, parent, parent_state, transactions, time, next_validators };
        parent = header.hash();
        header
    });
    blocks.collect()
}

/// The chain of these headers, as a light verifier holds it.
pub(crate) fn header_chain(headers: &[Header]) -> HeaderChain {
    let mut chain = HeaderChain::new(self::chain().genesis(), validators());
    headers.iter().for_each(|h| chain.extend(*h, &certificate(h)).expect("they are in a chain"));
    chain
}

/// What the proofs of [`proved`] are about, and the headers that they hold against.
pub(crate) struct Proved {
    pub headers: HeaderChain,
    pub transactions: Vec<Vec<u8>>,
    pub accepted: Vec<u8>,
    pub record: (Commitment, Position),
    proofs: Vec<Vec<u8>>,
}

/// A chain that has two transactions in block 3, the second of them accepted, and a record; with
/// one proof of each kind.
pub(crate) fn proved() -> &'static Proved {
    static PROVED: OnceLock<Proved> = OnceLock::new();
    PROVED.get_or_init(|| {
        let w = World::open();
        let leaves = [w.bytes(w.epoch_start(2)), w.bytes(w.epoch_start(3))];
        let receipts: Vec<Vec<u8>> = leaves
            .iter()
            .zip([1, 0])
            .map(|(leaf, refused)| receipt_bytes(TransactionDigest::of(leaf), refused))
            .collect();
        let (mut tree, leaf) = (Tree::new(), Fr::from(5u64));
        let position = tree.append(leaf).expect("an empty tree has room");
        let start = StateRoot::genesis(chain().chain());
        let state = StateOpening {
            previous: start.0,
            state: [1; 32],
            tree: tree.root(),
            changes: [2; 32],
            receipts: merkle::root(&receipts),
        };
        let none = merkle::root(&[] as &[Vec<u8>]);
        let headers = headers(&[(start, none), (start, none), (start, merkle::root(&leaves)), (state.root(), none)]);
        let path = MerkleProof::new(&leaves, 1).expect("there are two leaves");
        let receipt = MerkleProof::new(&receipts, 1).expect("there are two receipts").neighbours;
        let included = TransactionProof { height: Height(3), path, bytes: leaves[1].clone() };
        let record = RecordProof::new(Height(3), &tree.path(position).expect("just appended"), state);
        let accepted = AcceptanceProof { included: included.clone(), state, receipt };
        Proved {
            headers: header_chain(&headers),
            proofs: vec![included.encode(), accepted.encode(), record.encode()],
            accepted: leaves[1].clone(),
            transactions: leaves.into(),
            record: (Commitment(leaf), position),
        }
    })
}

/// What a node serves: a genesis file, two headers with their certificates, two compact blocks.
fn served() -> Vec<Vec<u8>> {
    let file = GenesisFile { genesis: *chain().genesis(), validators: validators() };
    let none = merkle::root(&[] as &[Vec<u8>]);
    let certified = |header: Header| CertifiedHeader { header, certificate: certificate(&header) };
    let headers = headers(&[(StateRoot([1; 32]), none), (StateRoot([2; 32]), none)]);
    let headers: Vec<CertifiedHeader> = headers.into_iter().map(certified).collect();
    let mut w = World::open();
    let issued = w.issue(0, Issued::Generation);
    let plan = w.plan(Side::Sell);
    let blocks = [w.accept(issued).compact, w.accept(plan).compact];
    let state = StateOpening { previous: [1; 32], state: [2; 32], tree: w.root(), changes: [3; 32], receipts: [4; 32] };
    let mut compact = Vec::new();
    blocks.into_iter().for_each(|block| append_block(&OpenedBlock { block, state }, &mut compact));
    vec![file.encode(), encode_headers(&headers), compact]
}

/// A household's request for a credential, well signed. Its proof proves nothing.
pub(crate) fn request() -> CredentialRequest {
    let (kappa, c1) = (TraceKey::from_field(Fr::from(2u64)).commitment(), chain().genesis().audit_key.point());
    let deposit = Deposit { kappa, c1, ciphertext: [Fr::from(3u64)] };
    let seal = DepositSeal { key: VerifyingKeyId([4; 32]), proof: [5; PROOF_BYTES] };
    let key = wallets::seal::Signer::from_bytes([6; 32]);
    key.request(chain().chain(), world::epoch(1), (deposit, seal))
}

/// A household's dispute of an obligation, well signed.
fn dispute() -> Dispute {
    wallets::seal::Signer::from_bytes([6; 32]).dispute(chain().chain(), Commitment(Fr::from(7u64)))
}

/// The bids and offers of a round that is ranked.
pub(crate) fn ranked() -> (Vec<Handle>, Vec<Handle>) {
    let handles = |from: u64| (from..from + 3).map(|n| Handle(Fr::from(n))).collect();
    (handles(0), handles(10))
}

/// The secret that the target opens notes with, and what the notes must be about.
pub(crate) fn note_secret() -> (NoteSecret, ChainId, Kind, Fr) {
    (NoteSecret::from_bytes([8; 32]), chain().chain(), Kind::Issue, Fr::from(6u64))
}

/// The payload of the only note to that secret.
pub(crate) fn note_payload() -> Payload {
    Payload::Balance { amount: Money::ZERO, blinding: Fr::from(4u64) }
}

/// A masked vector of so many slots, with all residues zero.
fn masked_scores(slots: u16) -> Vec<u8> {
    let mut bytes = vec![0; fhe_matcher::mask::MaskedScores::size(usize::from(slots))];
    bytes[..2].copy_from_slice(&slots.to_le_bytes());
    bytes
}

/// One payload of every kind of note.
fn payloads() -> Vec<Payload> {
    let (volume, cycle, blinding) = (Energy::new(1200).expect("in range"), world::cycle(7), Fr::from(3u64));
    let price = Price::new(450_000).expect("in range");
    let (meter, epoch) = (world::issuer(1), world::epoch(2));
    let kappa = TraceKey::from_field(Fr::from(2u64)).commitment();
    let (reputation, place) = (Reputation::MAX, Place::default());
    vec![
        Payload::Generation { volume, energy_type: EnergyType::Solar, cycle, meter, blinding },
        Payload::Metered { volume, sign: Sign::Shortfall, cycle, meter, blinding },
        note_payload(),
        Payload::Credential(CredentialOpening { reputation, place, kappa, meter, epoch, blinding }),
        Payload::Plan(PlanOpening { volume, price, attributes: blinding, preferences: kappa.0, meter, seed: [6; 32] }),
    ]
}

/// A deviation key, an encrypted threshold, and the verdict computed from it and two readings.
#[cfg(feature = "deviation")]
fn deviation() -> Vec<Vec<u8>> {
    use deviation::{decrypt::DeviationSecretKey, key::DeviationServerKey};
    let secret = DeviationSecretKey::from_bytes([7; 16]);
    let (key, server, wh) = (secret.public_key(), secret.server_key(), |v| Energy::new(v).expect("in range"));
    let (threshold, read) = (key.encrypt_threshold(&mut rng(), wh(950)), key.encrypt_delivery(&mut rng(), wh(950)));
    let threshold = threshold.expect("it is below 2^16 Wh");
    let server = DeviationServerKey::from_bytes(&server, BlobHash::of(&server)).expect("it was just made");
    let bit = server.evaluate(&threshold, [&read, &read]);
    vec![key.to_bytes(), threshold.to_bytes(), bit.to_bytes()]
}

/// The seeds of a target; none if no target has this name.
pub fn of(target: &str) -> Vec<Vec<u8>> {
    let mut w = World::open();
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
            vec![address.encode(Network::Main).into_bytes(), address.encode(Network::Test).into_bytes()]
        }
        "proof" => {
            let mut bytes = [0u8; circuits::PROOF_BYTES];
            // The identity in G1, G2, G1: points with a well-known encoding, which a decoder must
            // check.
            for at in [0, 48, 144] {
                bytes[at] = 0xc0;
            }
            let key = pins::verifying_key(RelationKind::Refuse.name()).expect("it is pinned").encode();
            // Points of the right groups that prove nothing: alpha in G1, beta in G2, from a
            // verifying key.
            vec![bytes.to_vec(), [&key[..48], &key[48..144], &key[..48]].concat()]
        }
        "verifying_key" => {
            let kinds = [RelationKind::Refuse, RelationKind::Deposit];
            kinds.map(|k| pins::verifying_key(k.name()).expect("it is pinned").encode()).into()
        }
        "matching_ciphertext" => vec![vec![0; fhe_matcher::ciphertext::CIPHERTEXT_BYTES]],
        "masked_scores" => [2u16, 65].map(masked_scores).into(),
        "matching_key" => vec![matching_key().1.to_bytes(), matching_key().0.to_bytes().to_vec()],
        "rankings" => {
            let (bids, _) = ranked();
            let all = |of: [&[u32]; 3]| {
                let of = bids.iter().zip(of);
                let bids = of.map(|(bid, offers)| Ranking { bid: *bid, offers: offers.to_vec() }).collect();
                Rankings { blinding: [9; 32], bids }.encode()
            };
            vec![all([&[0, 1], &[0], &[0, 2, 1]]), all([&[], &[], &[]]), Rankings::default().encode()]
        }
        "scenario" => vec![
            include_bytes!("../../data/cases/two-households.scenario.json").to_vec(),
            include_bytes!("../../data/cases/ties.scenario.json").to_vec(),
            include_bytes!("../../data/cases/revision-2/unplanned-energy-and-tariffs.scenario.json").to_vec(),
        ],
        "cmap" => vec![
            include_bytes!("../../data/cases/cmap/refusal_second_round.input.json").to_vec(),
            include_bytes!("../../data/cases/cmap/split_demand.input.json").to_vec(),
        ],
        "meters" => vec![b"slot,A,B\n0,1,2\n1,0,12500\n".to_vec(), b"time,x\n2021-06-01 00:00,10\n".to_vec()],
        "wallet" => {
            let wallet = Wallet::create(PHRASE, Height(3), chain().clone()).expect("a good phrase");
            vec![wallet.to_bytes().to_vec()]
        }
        "issuer" => {
            let id = world::issuer(4);
            vec![
                MeteringService::generate(&mut rng(), &genesis, id).expect("of network test").to_bytes().to_vec(),
                Desk::generate(&mut rng(), &genesis, id).expect("of network test").to_bytes().to_vec(),
            ]
        }
        "regulator" => {
            // One round with one answer, of slot 5; and one vector certified.
            let (round, counted) = (&[7, 0, 0, 0, 0][..], &1u64.to_le_bytes()[..]);
            let of = [&Fr::from(2u64).to_bytes()[..], &[9; 32]].concat();
            let answers = [counted, round, counted, &of, &[1, 0, 5, 0]].concat();
            let certified = [round, &of].concat();
            // An answer that nobody signed: slots 2 and 5 are least.
            let answered = [&[3; 32], round, &of, &[2, 0, 2, 0, 5, 0], &[4; 64]].concat();
            let keys = RegulatorKeys::generate(&mut rng()).to_bytes().to_vec();
            vec![keys, vec![1; 33], answers, certified, answered, request().to_bytes(), dispute().to_bytes()]
        }
        "note" => {
            let (secret, chain, kind, record) = note_secret();
            let sealed = wallets::note::seal(&mut rng(), &secret.public(), chain, kind, record, &note_payload());
            payloads().iter().map(|p| p.encode().to_vec()).chain([sealed.0.to_vec()]).collect()
        }
        "headers" => {
            let none = merkle::root(&[] as &[Vec<u8>]);
            let start = StateRoot::genesis(chain().chain());
            let blocks = headers(&[(start, none), (StateRoot([2; 32]), none), (StateRoot([3; 32]), none)]);
            let certified = blocks.iter().map(|h| [h.to_bytes(), certificate(h).to_bytes()].concat());
            let certified: Vec<Vec<u8>> = certified.collect();
            let blocks = blocks.iter().map(|h| (*h, certificate(h))).collect();
            let file = Headers { genesis: *chain().genesis(), validators: validators(), blocks };
            vec![certified[0].clone(), certified.concat(), file.encode()]
        }
        "light" => proved().proofs.clone(),
        "served" => served(),
        "phrase" => vec![PHRASE.as_bytes().to_vec(), b"Zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo".to_vec()],
        "pins" => {
            let first = include_str!("../../circuits/src/keys.pins").split_inclusive('\n').take(3);
            vec![first.collect::<String>().into_bytes()]
        }
        "roles" => {
            let keys = RegulatorKeys::generate(&mut rng()).to_bytes();
            let counted = |bytes: &[u8]| [&(bytes.len() as u32).to_le_bytes()[..], bytes].concat();
            let (serials, address) = (SerialCounter::default().to_bytes(), Fr::from(9u64).to_bytes());
            vec![[counted(&keys), counted(&Register::default().to_bytes()), serials, counted(b"A"), address].concat()]
        }
        "snapshot" | "head" | "vault" => crate::files::seeds(target),
        "settlement" => vec![
            include_bytes!("../../data/cases/async/table2_1_two_sellers.input.json").to_vec(),
            include_bytes!("../../data/cases/async-run/late/market.json").to_vec(),
            include_bytes!("../../data/cases/async-run/late/cycle-0001.json").to_vec(),
        ],
        "meter_files" => {
            let of = |format: Format, bytes: &[u8]| {
                let number = Format::ALL.iter().position(|known| *known == format).expect("every format is listed");
                [&[number as u8], bytes].concat()
            };
            vec![
                of(Format::Octopus, include_bytes!("../../data/cases/meters/octopus-download/consumption.csv")),
                of(Format::Nem12, include_bytes!("../../data/cases/meters/nem12/nem12#17#TESTMDP#TESTRET.csv")),
                of(Format::GreenButton, include_bytes!("../../data/cases/meters/green-button/usage.xml")),
            ]
        }
        "normal_form" => vec![include_bytes!("../../data/cases/meters/octopus-download/expected.csv").to_vec()],
        "description" => vec![
            market::description::DEFAULT.as_bytes().to_vec(),
            b"start,price\n2025-06-10T00:00:00Z,0.32\n2025-06-10T01:00:00Z,0.3\n".to_vec(),
        ],
        "household_policy" => vec![policy::policy::Policy::default_toml().as_bytes().to_vec()],
        "grid" => vec![
            include_bytes!("../../data/cases/grid/dcopf-three-bus-congested.input.json").to_vec(),
            include_bytes!("../../data/cases/grid/check-line-and-voltage.input.json").to_vec(),
            include_bytes!("../../data/cases/grid/nodal-seed004-line-of-6-kw.input.json").to_vec(),
        ],
        "execute" => crate::history::seeds(),
        #[cfg(feature = "deviation")]
        "deviation" => deviation(),
        _ => vec![],
    }
}

/// Renews a kept transaction of the encoding version before this one: the same bytes with the
/// present version. None for all other bytes.
pub fn renewed(target: &str, bytes: &[u8]) -> Option<Vec<u8>> {
    let (version, rest) = bytes.split_first().filter(|_| target == "transaction")?;
    (1..VERSION).contains(version).then(|| [&[VERSION], rest].concat())
}

/// The name of an input's file in the corpus: the digest of its bytes.
pub fn name(bytes: &[u8]) -> String {
    TransactionId(BlobHash::of(bytes).0).to_string()[..16].to_owned()
}
