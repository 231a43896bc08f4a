//! A small market with every role in one place and every secret at hand, so that each attack is as
//! strong as an attacker could make it. Proofs, ciphertexts, signatures, the verifier and the store
//! are the real ones.

use fhe_matcher::matching_node::score_round;
use ledger::blobs::BlobStore;
use ledger::{execute, BlockInput, Executed, Groth16Verifier, Node, OrdererKey, State};
use protocol::ids::{BlobHash, Height, Serial, Time};
use protocol::keys::{Network, SpendingKey};
use protocol::light::HeaderChain;
use protocol::light::VerifiedBlock;
use protocol::plan::{Bid, Offer};
use protocol::relation::check::Owner;
use protocol::transaction::body::{IssuerRole, Schedule, Scores};
use protocol::transaction::genesis::Genesis;
use protocol::transaction::limits::Limits;
use protocol::transaction::possession::issuer_context;
use protocol::transaction::validators::MatchingMode;
use protocol::transaction::{Body, Transaction};
use protocol::units::*;
use rand_chacha::ChaCha20Rng;
use rand_core::{RngCore, SeedableRng};
use std::sync::Arc;
use tempfile::TempDir;
use testkit::fixture;
pub use testkit::fixture::{market, START};
pub use testkit::units::{issuer, price, wh};
use wallets::household::conservation::Books;
use wallets::household::ChainParameters;
use wallets::household::Locked;
use wallets::household::Wallet;
use wallets::issuer::{Desk, MeteringService, Registration};
use wallets::order_book::handle_bytes;
use wallets::prover::CircuitProver;
use wallets::regulator::{AuditKey, AuditShare, CredentialTerms, GenesisTerms, Regulator, RegulatorKeys};
use wallets::seal::{DecryptionKey, SerialSecret, Signer};

/// The households' metering service, the desk, and a metering service that has no households here.
pub const METER: u32 = 1;
pub const DESK: u32 = 2;
pub const OTHER_METER: u32 = 3;
/// An expiry that no test reaches, which the wallets choose too, and those before and after it.
pub const SOONER: Height = Height(STEP as u64);
pub const LATER: Height = Height(2 * STEP as u64);
pub const EVEN_LATER: Height = Height(3 * STEP as u64);
const STEP: u32 = 1000;
pub const OPENS: u64 = START + 1000;
pub const ROUND: u64 = 600;
pub const CLOSES: u64 = OPENS + 6 * ROUND;

/// A household: its wallet, and its spending secret as a witness takes it.
pub struct Household {
    pub wallet: Wallet,
    pub owner: Owner,
}

pub struct World {
    directory: TempDir,
    verifier: Arc<Groth16Verifier>,
    pub node: Node,
    pub headers: HeaderChain,
    scanned: Height,
    pub prover: CircuitProver,
    pub parameters: ChainParameters,
    pub regulator: Regulator,
    pub regulator_signer: Signer,
    pub matcher: Signer,
    pub meter: MeteringService,
    pub meter_signer: Signer,
    /// The metering service's serial key.
    pub meter_serial: SerialSecret,
    pub desk: Desk,
    pub desk_signer: Signer,
    pub other_meter: Signer,
    pub shares: Vec<AuditShare>,
    pub other_genesis: Genesis,
    pub seller: Household,
    pub buyer: Household,
    /// A household with money and a spending key, and no plan.
    pub thief: Household,
    /// The books that check conservation in every block.
    books: Books,
    pub rng: ChaCha20Rng,
    pub now: Time,
}

pub fn cycle() -> Cycle {
    Cycle::new(1).unwrap()
}
pub fn epoch() -> Epoch {
    Epoch::new(1).unwrap()
}

pub fn schedule() -> Schedule {
    Schedule {
        opens: Time(OPENS),
        round_seconds: ROUND as u32,
        confirm_seconds: 300,
        closes: Time(CLOSES),
        delivery_from: Time(CLOSES + 900),
        delivery_slot: 60,
    }
}

/// The seller's plan: 1000 Wh for 0.345 a kWh or more.
pub fn offer() -> Offer {
    fixture::offer(1000, 345_000)
}

/// The buyer's plan: 600 Wh for 0.405 a kWh or less.
pub fn bid() -> Bid {
    fixture::bid(600, 405_000)
}

struct StoredBlobs<'a>(&'a Node);

impl wallets::Blobs for StoredBlobs<'_> {
    fn blob(&self, hash: BlobHash) -> Option<Vec<u8>> {
        self.0.blob(&hash).unwrap()
    }
}

fn household(rng: &mut ChaCha20Rng, parameters: &ChainParameters) -> Household {
    let mut entropy = [0; 32];
    rng.fill_bytes(&mut entropy);
    let phrase = bip39::Mnemonic::from_entropy(&entropy).unwrap();
    let owner = Owner::new(&SpendingKey::from_seed(&phrase.to_seed("")));
    let wallet = Wallet::create(&phrase.to_string(), Height(0), parameters.clone()).unwrap();
    Household { wallet, owner }
}

/// Outcomes as codes; `ok` for accepted.
pub fn codes(executed: &Executed) -> Vec<&'static str> {
    executed.receipts.iter().map(|r| r.outcome.map_or_else(|refusal| refusal.code(), |()| "ok")).collect()
}

impl World {
    /// A market with its genesis alone.
    pub fn new() -> Self {
        let prover = CircuitProver::new(circuits::KeyStore::open(circuits::KeyStore::default_dir()));
        Self::with(Arc::new(Groth16Verifier::pinned().unwrap()), prover)
    }
    /// The same, with a program that knows further keys.
    pub fn with(verifier: Arc<Groth16Verifier>, prover: CircuitProver) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let mut rng = ChaCha20Rng::from_seed([20; 32]);
        let keys = RegulatorKeys::generate(&mut rng);
        let audit = AuditKey::generate(&mut rng);
        let matcher = Signer::generate(&mut rng);
        let (shares, public_shares) = audit.split(&mut rng, 2, 3).unwrap();
        let terms = GenesisTerms {
            name: [1; 32],
            network: Network::Test,
            recovery: Signer::from_bytes([4; 32]).public(),
            time: Time(START),
            matcher: matcher.public(),
            audit_key: audit.public(),
            audit_possession: audit.possession(&mut rng, &[1; 32], Network::Test),
            audit_shares: public_shares.digest(),
            verifying_keys: ledger::verifying_keys_digest(verifier.as_ref()),
            anchor_blocks: 2000,
            anchor_cycles: 4,
            score_checks: 1000,
            matching_mode: MatchingMode::Open,
            deviation: [protocol::transaction::genesis::NO_KEY; 2],
            limits: Limits { expiry_step: STEP, validity: 3 * STEP, ..Limits::default() },
        };
        let genesis = keys.genesis(&mut rng, &terms).unwrap();
        let name = [2; 32];
        let audit_possession = audit.possession(&mut rng, &name, Network::Test);
        let other_genesis = keys.genesis(&mut rng, &GenesisTerms { name, audit_possession, ..terms }).unwrap();
        let matching_key = keys.matching_key().clone();
        let orderer = OrdererKey::from_secret(&[9; 32]);
        let node =
            Node::create(directory.path(), &genesis, &matching_key.to_bytes(), orderer, verifier.clone()).unwrap();
        let parameters = ChainParameters::new(genesis, matching_key).unwrap();
        let regulator_signer = Signer::from_bytes(keys.to_bytes()[..32].try_into().unwrap());
        // An issuer draws its signing key first: the same randomness gives it again.
        let mut again = rng.clone();
        let meter_signer = Signer::generate(&mut again);
        DecryptionKey::generate(&mut again);
        let meter_serial = SerialSecret::generate(&mut again);
        let meter = MeteringService::generate(&mut rng, &genesis, issuer(METER)).unwrap();
        let desk_signer = Signer::generate(&mut rng.clone());
        let desk = Desk::generate(&mut rng, &genesis, issuer(DESK)).unwrap();
        let mut regulator = Regulator::new(keys, &genesis).unwrap();
        regulator.set_public_shares(public_shares).unwrap();
        let [seller, buyer, thief] = [(); 3].map(|()| household(&mut rng, &parameters));
        World {
            directory,
            verifier,
            headers: HeaderChain::new(&genesis, node.validators().clone()),
            scanned: Height(0),
            node,
            prover,
            parameters,
            regulator,
            regulator_signer,
            matcher,
            meter,
            meter_signer,
            meter_serial,
            desk,
            desk_signer,
            other_meter: Signer::generate(&mut rng),
            shares,
            other_genesis,
            seller,
            buyer,
            thief,
            books: Books::default(),
            rng,
            now: Time(START),
        }
    }

    /// Closes the ledger; gives its folder, and the orderer's key.
    pub fn close(self) -> (TempDir, OrdererKey) {
        (self.directory, OrdererKey::from_secret(&[9; 32]))
    }
    pub fn state(&self) -> &State {
        self.node.state()
    }
    /// Another metering service, as it registers.
    pub fn other_registration(&mut self) -> Registration {
        let key = DecryptionKey::generate(&mut self.rng);
        Registration {
            issuer: issuer(OTHER_METER),
            role: IssuerRole::MeteringService,
            key: self.other_meter.public(),
            encryption_key: key.public(),
            possession: key.possession(
                &mut self.rng,
                &issuer_context(self.node.state().chain(), IssuerRole::MeteringService, issuer(OTHER_METER)),
            ),
            serial_key: SerialSecret::generate(&mut self.rng).public(),
        }
    }

    /// The effect of a block of these bytes on a state at a time; the block is not kept.
    pub fn trial_on(&self, state: &State, time: Time, transactions: &[Vec<u8>]) -> Executed {
        let blobs = BlobStore::open(&self.directory.path().join("blobs")).unwrap();
        let input = BlockInput { height: Height(state.height().0 + 1), time, transactions };
        execute(state, input, self.verifier.as_ref(), &blobs).unwrap()
    }
    /// The effect of a block of these bytes on the ledger now.
    pub fn trial(&self, transactions: &[Vec<u8>]) -> Executed {
        self.trial_on(self.state(), self.now, transactions)
    }
    /// The state some empty blocks later; the blocks are not kept.
    pub fn later(&self, blocks: u64) -> State {
        (0..blocks).fold(self.state().clone(), |state, _| self.trial_on(&state, self.now, &[]).state)
    }

    /// Checks that a block of these gives these outcomes, and that refused transactions leave no
    /// trace: the state is that of a block of the accepted ones alone. The block is not kept.
    pub fn together(&self, what: &str, transactions: &[Transaction], expected: &[&str]) {
        let bytes: Vec<_> = transactions.iter().map(Transaction::encode).collect();
        let executed = self.trial(&bytes);
        assert_eq!(codes(&executed), expected, "{what}");
        let accepted: Vec<_> = bytes.into_iter().zip(expected).filter(|(_, e)| **e == "ok").map(|(b, _)| b).collect();
        let alone = self.trial(&accepted);
        assert!(executed.state.without_root() == alone.state.without_root(), "{what} changed something");
        assert!(executed.compact == alone.compact, "{what} is told to wallets");
    }

    /// Checks that the transaction would be accepted now. So a changed copy is refused for the
    /// change alone.
    pub fn would_pass(&self, what: &str, transaction: &Transaction) {
        assert_eq!(codes(&self.trial(&[transaction.encode()])), ["ok"], "{what}");
    }

    fn money(&self) -> Vec<(Money, Locked)> {
        [&self.seller, &self.buyer, &self.thief].map(|h| (h.wallet.balance(), h.wallet.locked())).into()
    }

    /// Checks that the node does not accept it, and that this program cannot execute a block that
    /// has it.
    pub fn cannot_be_executed(&mut self, what: &str, transaction: &Transaction, code: &str) {
        let blobs = BlobStore::open(&self.directory.path().join("blobs")).unwrap();
        let transactions = [transaction.encode()];
        let height = Height(self.state().height().0 + 1);
        let input = BlockInput { height, time: self.now, transactions: &transactions };
        let executed = execute(self.state(), input, self.verifier.as_ref(), &blobs);
        assert_eq!(executed.err().map(|error| error.code()), Some(code), "{what}");
        assert_eq!(
            self.node.submit(&transactions[0]).map_err(|refusal| refusal.code()),
            Err(code),
            "{what}, when sent"
        );
    }
    /// Checks that these bytes are refused with this code and change nothing: neither in a block
    /// that an orderer made of them, nor when they are sent to the node, whether it refuses at once
    /// or seals a block with them.
    pub fn refused_bytes(&mut self, what: &str, bytes: &[u8], code: &str) {
        let (nothing, attacked) = (self.trial(&[]), self.trial(&[bytes.to_vec()]));
        assert_eq!(codes(&attacked), [code], "{what}");
        assert!(attacked.state.without_root() == nothing.state.without_root(), "{what} changed something");
        assert!(attacked.compact == nothing.compact, "{what} is told to wallets");
        // The node would hold what may pass in a later block, and that block may well come.
        if attacked.receipts[0].outcome.is_err_and(|refusal| refusal.may_pass()) {
            return;
        }
        let (before, money) = (self.state().clone(), self.money());
        match self.node.submit(bytes) {
            Err(refusal) => assert_eq!(refusal.code(), code, "{what}, when sent"),
            // The node answers an accepted transaction that is sent again with its id, and does not
            // hold it.
            Ok(_) if self.node.held() == 0 => {
                assert!(["duplicate-transaction", "expired-transaction"].contains(&code), "{what} was dropped");
            }
            Ok(_) => {
                let sealed = self.node.seal_block(self.now).unwrap();
                assert_eq!(sealed.receipts, [], "{what}, in a proposal");
                let left_out: Vec<_> = sealed.left_out.iter().map(|(_, refusal)| refusal.code()).collect();
                assert_eq!(left_out, [code], "{what}, left out");
                assert!(self.state().without_root() == nothing.state.without_root(), "{what} changed the node");
                self.scan();
                assert!(self.money() == money, "{what} moved money or energy");
                return;
            }
        }
        assert!(self.node.held() == 0 && *self.state() == before, "{what} changed the node");
    }
    /// The same of a transaction.
    pub fn refused(&mut self, what: &str, transaction: &Transaction, code: &str) {
        self.refused_bytes(what, &transaction.encode(), code);
    }

    /// Checks that these are accepted in one block.
    pub fn accept(&mut self, transactions: &[Transaction]) {
        for transaction in transactions {
            self.node.submit(&transaction.encode()).unwrap();
        }
        let sealed = self.node.seal_block(self.now).unwrap();
        for transaction in transactions {
            assert_eq!(sealed.outcome(&transaction.id()), Some(Ok(())), "{}", transaction.kind().name());
        }
        self.scan();
    }
    /// All roles scan the node's last block, which an empty block proves.
    pub fn scan(&mut self) {
        let last = self.state().height();
        self.node.seal_block(self.now).unwrap();
        self.node.follow(&mut self.headers).unwrap();
        for height in self.scanned.0 + 1..=last.0 {
            let (block, opening) = self.node.compact_block(Height(height)).unwrap().unwrap();
            let block = self.headers.verify(block, &opening).unwrap();
            self.scan_verified(&block);
        }
        self.scanned = last;
    }
    fn scan_verified(&mut self, block: &VerifiedBlock) {
        self.regulator.scan(block).unwrap();
        self.meter.scan(block).unwrap();
        self.desk.scan(block).unwrap();
        for household in [&mut self.seller, &mut self.buyer, &mut self.thief] {
            household.wallet.scan(block).unwrap();
        }
        let households = [&self.seller, &self.buyer, &self.thief].map(|h| h.wallet.watch());
        self.books.block(block, households).unwrap();
    }
    /// Another wallet scans the blocks that the others have scanned.
    pub fn follow(&self, wallet: &mut Wallet) {
        for height in wallet.watch().height().map_or(0, |last| last.0) + 1..=self.scanned.0 {
            let (block, opening) = self.node.compact_block(Height(height)).unwrap().unwrap();
            wallet.scan(&self.headers.verify(block, &opening).unwrap()).unwrap();
        }
    }
    /// Moves the clock to this time.
    pub fn at(&mut self, time: u64) {
        self.now = Time(time);
        self.accept(&[]);
    }
    /// Moves the clock to the cut-off of a round.
    pub fn cut_off(&mut self, round: u8) {
        self.at(OPENS + (u64::from(round) + 1) * ROUND);
    }

    /// Keeps a blob as the node does, and returns its hash.
    pub fn blob(&self, bytes: &[u8]) -> BlobHash {
        self.node.put_blob(bytes).unwrap()
    }
    /// The regulator's choice of pairs.
    pub fn choose(&mut self, round: u8) -> Result<wallets::regulator::Choice, wallets::regulator::Error> {
        self.regulator.choose(cycle(), round, &StoredBlobs(&self.node))
    }
    /// The codes of the faults that an auditor finds in a round's pairs by the regulator's
    /// document.
    pub fn pairing_faults(&mut self, round: u8) -> Vec<&'static str> {
        let rankings = self.regulator.rankings(cycle(), round, &StoredBlobs(&self.node)).ok();
        let of = (self.state().chain(), cycle(), round);
        let plans = self.regulator.book().round(cycle(), round).unwrap();
        fhe_matcher::pairing::faults(of, plans, rankings.as_ref()).iter().map(|fault| fault.code()).collect()
    }
    /// The matching node's scores of a round, sealed one serial after the other.
    pub fn scores(&self, round: u8) -> Vec<Transaction> {
        let book = self.regulator.book();
        let loaded = book.load(cycle(), round, &StoredBlobs(&self.node)).unwrap();
        let postings = score_round(&loaded.bids, &loaded.offers).unwrap();
        let bids = &book.round(cycle(), round).unwrap().bids;
        let serials = (self.state().matcher_serials().highest().0 + 1..).map(Serial);
        let post = |(serial, posting): (Serial, fhe_matcher::matching_node::ScorePosting)| {
            let buy = *bids.iter().find(|h| handle_bytes(**h) == posting.bid).unwrap();
            let body = Scores { serial, cycle: cycle(), round, buy, digest: posting.digest.0 };
            self.matcher.seal(self.state().chain(), LATER, Body::Scores(body))
        };
        serials.zip(postings).map(post).collect()
    }
    /// The credential of the epoch, on a household's own request.
    pub fn credential(&mut self, of: fn(&World) -> &Household) -> Transaction {
        let (to, key) = (of(self).wallet.payment_address(), of(self).wallet.request_key());
        self.regulator.enrol(to.address, key).unwrap();
        let mut rng = self.rng.clone();
        let request = of(self).wallet.request_credential(&self.prover, &mut rng, epoch()).unwrap();
        self.rng = rng;
        let terms = CredentialTerms { reputation: Reputation::MAX, place: Place::default(), meter: issuer(METER) };
        self.regulator.issue_credential(&self.prover, &mut self.rng, &to, &terms, &request, LATER).unwrap()
    }
    /// A transaction sealed by the regulator's key, without its service.
    pub fn by_regulator(&self, body: impl FnOnce(Serial) -> Body) -> Transaction {
        let serial = self.state().regulator_serials().next().unwrap();
        self.regulator_signer.seal(self.state().chain(), LATER, body(serial))
    }
}
