//! A made-up ledger: its transactions are well formed, and their proofs are zeros.

use super::verifiers::{AllHere, Believing, KEY};
use ark_ed_on_bls12_381::Fr as Scalar;
use ed25519_dalek::{Signer, SigningKey as Secret};
use ledger::{execute, BlockInput, Executed, ProofVerifier, State};
use protocol::elgamal::{EncryptionKey, Possession};
use protocol::encoding::{hash_to_field, Canonical};
use protocol::ids::{BlobHash, Height, Serial, Time};
use protocol::keys::{Network, TraceTag};
use protocol::market_parameters::{MarketParameters, PriceGrid, PriceRule, Range, Ranges};
use protocol::record::{Commitment, Handle, Nullifier};
use protocol::signing::SigningKey;
use protocol::terms::{Terms, LAPSE_ALARM};
use protocol::transaction::body::*;
use protocol::transaction::genesis::{Genesis, NO_KEY};
use protocol::transaction::limits::Limits;
use protocol::transaction::validators::MatchingMode;
use protocol::transaction::{Body, CiphertextSeal, Seal, Transaction, PROOF_BYTES};
use protocol::tree::Root;
use protocol::units::{Cycle, Epoch, PerMille, Price};
use protocol::Fr;

/// Transactions in a block of the history.
const PER_BLOCK: u64 = 4000;
/// How many blocks a transaction counts for.
const VALIDITY: u64 = 10;
const START: u64 = 1_000_000;

/// A kind of transaction that the benchmark makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sort {
    /// A merge: two nullifiers and a leaf.
    Merge,
    /// A listing: a nullifier, a leaf and a plan. No other kind changes more of the state.
    Listing,
}

/// The ledger.
pub(super) struct History {
    pub state: State,
    fresh: u64,
}

fn secret(n: u8) -> Secret {
    Secret::from_bytes(&[n; 32])
}

fn public(n: u8) -> SigningKey {
    SigningKey(secret(n).verifying_key().to_bytes())
}

fn encryption(n: u64) -> EncryptionKey {
    EncryptionKey::of_secret(&Scalar::from(n)).expect("not 0")
}

fn possession(n: u64, context: &[u8]) -> Possession {
    Possession::prove(&Scalar::from(n), &Scalar::from(n + 1), context)
}

fn price(n: u64) -> Price {
    Price::new(n).expect("a price")
}

fn genesis() -> Genesis {
    Genesis {
        name: [7; 32],
        network: Network::Test,
        time: Time(START),
        regulator: public(1),
        recovery: public(2),
        matcher: public(3),
        terms_key: encryption(5),
        terms_possession: possession(5, b"terms"),
        audit_key: encryption(6),
        audit_possession: possession(6, b"audit"),
        audit_shares: [8; 32],
        matching_key: BlobHash([0; 32]),
        verifying_keys: [0; 32],
        anchor_blocks: 100,
        anchor_cycles: 2,
        score_checks: 0,
        matching_mode: MatchingMode::Open,
        deviation_key: NO_KEY,
        deviation_server_key: NO_KEY,
        limits: Limits { expiry_step: 1, validity: VALIDITY as u32, ..Limits::default() },
    }
}

fn market() -> MarketParameters {
    let range = |lo, hi| Range::new(lo, hi).expect("a range");
    MarketParameters {
        grid: PriceGrid::new(price(300_000), price(7_500)).expect("a grid"),
        ranges: Ranges { volume: range(0, 5000), reputation: range(0, 100), place: range(0, 10_000) },
        tolerance: PerMille::new(50).expect("5 %"),
        price_rule: PriceRule::Ask,
        max_rounds: 8,
        feed_in: price(300_000),
        retail: price(650_000),
    }
}

impl History {
    /// A market in its first epoch, with a cycle that stays open for days.
    pub fn new() -> Self {
        let mut history = History { state: State::new(&genesis()), fresh: 0 };
        let epoch = Epoch::new(1).expect("an epoch");
        let schedule = Schedule {
            opens: Time(START),
            round_seconds: 100_000,
            confirm_seconds: 40,
            closes: Time(START + 1_000_000),
            delivery_from: Time(START + 1_100_000),
            delivery_slot: 10,
        };
        let start = CycleStart {
            serial: Serial(2),
            cycle: Cycle::new(1).expect("a cycle"),
            epoch,
            market: market(),
            terms: Terms::default(),
            turn: Turn::Listed,
            schedule,
        };
        let epoch_start = EpochStart { serial: Serial(1), epoch, lapse_alarm: LAPSE_ALARM };
        for body in [Body::EpochStart(epoch_start), Body::CycleStart(start)] {
            let tx = history.unsealed(body);
            let signature = secret(1).sign(&SigningKey::message(tx.id())).to_bytes();
            history.take(&[Transaction { seal: Seal::Signature(signature), ..tx }.encode()]);
        }
        history
    }

    /// Lets the ledger grow to this many leaves. Then it passes as many empty blocks as transactions
    /// count for, so that the next block forgets no ids of the history, which took fuller blocks than
    /// a market has.
    pub fn grow(&mut self, leaves: u64) {
        while self.state.tree().len() < leaves {
            let count = PER_BLOCK.min(leaves - self.state.tree().len());
            let transactions = self.transactions(Sort::Merge, count);
            self.take(&transactions);
        }
        (0..=VALIDITY).for_each(|_| self.take(&[]));
    }

    /// Transactions of a sort, ready for the next block.
    pub fn transactions(&mut self, sort: Sort, count: u64) -> Vec<Vec<u8>> {
        let root = self.state.tree().root();
        (0..count).map(|_| self.transaction(sort, root)).collect()
    }

    /// The block after the last, executed and not kept.
    pub fn block(&self, transactions: &[Vec<u8>], verifier: &dyn ProofVerifier) -> Executed {
        let input = BlockInput { height: Height(self.state.height().0 + 1), time: Time(START), transactions };
        execute(&self.state, input, verifier, &AllHere).expect("the blocks follow on one another")
    }

    fn take(&mut self, transactions: &[Vec<u8>]) {
        let executed = self.block(transactions, &Believing);
        assert!(executed.receipts.iter().all(|receipt| receipt.outcome.is_ok()), "{:?}", executed.receipts.first());
        self.state = executed.state;
    }

    fn fr(&mut self) -> Fr {
        self.fresh += 1;
        hash_to_field("bench-ledger", &self.fresh.to_le_bytes())
    }

    fn unsealed(&self, body: Body) -> Transaction {
        let (chain, expiry) = (self.state.chain(), Height(self.state.height().0 + VALIDITY));
        Transaction { chain, expiry, body, seal: Seal::Proof { key: KEY, proof: [0; PROOF_BYTES] } }
    }

    fn transaction(&mut self, sort: Sort, root: Root) -> Vec<u8> {
        match sort {
            Sort::Merge => {
                let nullifiers = [Nullifier(self.fr()), Nullifier(self.fr())];
                let body =
                    Body::Merge(Merge { root, nullifiers, record: Commitment(self.fr()), memo: Note([0; NOTE_BYTES]) });
                self.unsealed(body).encode()
            }
            Sort::Listing => {
                let handle = Handle(self.fr());
                let body = Body::SellPlan(ListPlan {
                    cycle: Cycle::new(1).expect("a cycle"),
                    epoch: Epoch::new(1).expect("an epoch"),
                    root,
                    nullifier: Nullifier(self.fr()),
                    handle,
                    change: Commitment(self.fr()),
                    tag: TraceTag(self.fr()),
                    c1: encryption(7).point(),
                    terms: [self.fr(), self.fr()],
                    audit: [self.fr(), self.fr(), self.fr()],
                    plan_key: encryption(7).point(),
                    ciphertext: BlobHash(handle.to_bytes().try_into().expect("32 bytes")),
                    memo: Note([0; NOTE_BYTES]),
                });
                let proof = [0; PROOF_BYTES];
                let ciphertext = CiphertextSeal { key: KEY, commitments: [self.fr(), self.fr()], proof };
                Transaction { seal: Seal::Plan { key: KEY, proof, ciphertext }, ..self.unsealed(body) }.encode()
            }
        }
    }
}
