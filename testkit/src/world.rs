//! A small market without households: handles and commitments are arbitrary field elements, since
//! the ledger cannot tell the difference. Proofs are [stamps](crate::proof), so that the market
//! runs without a proving system. The public inputs of a proof are put together in this module, not
//! by the ledger's own code: a ledger that built another statement would refuse the proof.

mod bodies;
mod inputs;
mod parameters;
mod seal;
mod stories;
mod verifier;

pub use self::parameters::{genesis, market, schedule, terms, CLOSES, CONFIRM, DUE, NOTE, ROUND, SLOT};
pub use self::seal::{issuer_of, proof_of, resign, spoil, METER};
pub use self::verifier::{TestBlobs, TestVerifier};
pub use crate::fixture::START;
pub use crate::keys::*;
pub use crate::proof::*;
pub use crate::units::*;

use ledger::{execute, BlockInput, Executed, Refusal, State};
use protocol::elgamal::Point;
use protocol::encoding::hash_to_field;
use protocol::ids::{BlobHash, Height, Time};
use protocol::record::metered::SerialKey;
use protocol::terms::Terms;
use protocol::transaction::body::IssuerRole;
use protocol::transaction::genesis::Genesis;
use protocol::transaction::validators::{MatchingMode, Validators};
use protocol::transaction::Body;
use protocol::Fr;

/// A market in memory.
#[derive(Clone)]
pub struct World {
    /// The state after the last block.
    pub state: State,
    /// The blobs that are here.
    pub blobs: TestBlobs,
    /// The next block's time.
    pub time: Time,
    /// The terms that households prove under: the cycles', unless a test changes them.
    pub terms: Terms,
    /// The serial key that metered records are proved under; None for the service's first one.
    pub metered_under: Option<SerialKey>,
    fresh: u64,
}

impl World {
    /// A chain with its genesis alone.
    pub fn empty() -> Self {
        World::of(&genesis(b"matching key"))
    }
    /// A chain that this genesis begins, without any block.
    pub fn of(genesis: &Genesis) -> Self {
        let state = State::new(genesis);
        World { time: state.time(), state, blobs: TestBlobs::default(), terms: terms(), metered_under: None, fresh: 0 }
    }
    /// [`Self::open`] in mode masked, with one validator.
    pub fn masked() -> Self {
        let validators = Validators::new(1, &[public(CHALLENGER)]).unwrap();
        World::of(&Genesis { matching_mode: MatchingMode::Masked(validators), ..genesis(b"matching key") }).opened()
    }
    /// [`Self::open`] with a key for encrypted deviations.
    pub fn deviating() -> Self {
        let keys = (BlobHash([1; 32]), BlobHash([2; 32]));
        World::of(&Genesis { deviation_key: keys.0, deviation_server_key: keys.1, ..genesis(b"matching key") }).opened()
    }
    /// A market in epoch 1 whose cycle 1 opens at [`START`]: metering services 0 and 1, desk 2.
    pub fn open() -> Self {
        World::empty().opened()
    }
    /// Starts epoch 1 and cycle 1 on a chain without blocks, and registers three issuers: see
    /// [`Self::open`].
    pub fn opened(self) -> Self {
        let first = self.epoch_start(1);
        self.opened_by(first)
    }
    /// [`Self::open`], in whose epoch 1 so many plans may lapse or refuse a match.
    pub fn alarmed_at(lapse_alarm: u32) -> Self {
        let w = World::empty();
        let first = w.epoch_with_alarm(1, lapse_alarm);
        w.opened_by(first)
    }
    fn opened_by(self, epoch: Body) -> Self {
        let mut w = self;
        w.accept(epoch);
        w.accept(w.cycle_start(1, START));
        for (n, role) in [(0, IssuerRole::MeteringService), (1, IssuerRole::MeteringService), (2, IssuerRole::Desk)] {
            w.accept(w.register(n, role));
        }
        w
    }
    /// A field element never used before.
    pub fn fr(&mut self) -> Fr {
        self.fresh += 1;
        hash_to_field("test-fresh", &self.fresh.to_le_bytes())
    }
    /// A point of prime order never used before, and no key.
    pub fn point(&mut self) -> Point {
        self.fresh += 1;
        encryption((1 << 40) + self.fresh).point()
    }
    /// The record tree's root, which is the anchor that wallets would use.
    pub fn root(&self) -> protocol::tree::Root {
        self.state.tree().root()
    }
}

// Blocks.
impl World {
    /// The outcome of a block of these bytes now; the block is not kept.
    pub fn execute(&self, transactions: &[Vec<u8>]) -> Executed {
        let input = BlockInput { height: Height(self.state.height().0 + 1), time: self.time, transactions };
        let executed = execute(&self.state, input, &TestVerifier, &self.blobs).unwrap();
        let state = &executed.state;
        assert_eq!(state.digest(), state.digest_anew(), "every change enters the digest");
        executed
    }
    /// Executes a block of these bytes.
    pub fn block(&mut self, transactions: &[Vec<u8>]) -> Executed {
        let executed = self.execute(transactions);
        self.state = executed.state.clone();
        executed
    }
    /// Executes a block of one transaction and gives its outcome.
    pub fn send(&mut self, body: Body) -> Result<(), Refusal> {
        let bytes = self.bytes(body);
        self.block(&[bytes]).receipts[0].outcome
    }
    /// Executes a block of one transaction. Panics if it is refused.
    pub fn accept(&mut self, body: Body) -> Executed {
        let bytes = self.bytes(body);
        let executed = self.block(&[bytes]);
        assert_eq!(executed.receipts[0].outcome, Ok(()), "{body:?}");
        executed
    }
    /// An empty block at `START + seconds`.
    pub fn at(&mut self, seconds: u64) -> Executed {
        self.time = Time(START + seconds);
        self.block(&[])
    }
    /// The refusal of this body in a block now; the block is not kept. Panics if the body is
    /// accepted, or if it changes anything but the receipt.
    pub fn refusal(&self, body: Body) -> Refusal {
        self.refusal_of(&self.bytes(body))
    }
    /// The same for a transaction's bytes.
    pub fn refusal_of(&self, bytes: &[u8]) -> Refusal {
        let executed = self.execute(&[bytes.to_vec()]);
        let refusal = executed.receipts[0].outcome.expect_err("it was accepted");
        let without = self.execute(&[]);
        assert_ne!(executed.state.root(), without.state.root(), "the receipt is in the state root");
        assert_eq!(executed.state.without_root(), without.state.without_root(), "{}", refusal.code());
        assert!(executed.compact.transactions.is_empty());
        refusal
    }
}
