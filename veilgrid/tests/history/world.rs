//! A history being played: the ledger, the model beside it, and after every block their comparison.

mod compare;

use crate::action::*;
use crate::choose::{Choice, Chooser, Step};
use crate::forge::{Ciphertexts, Forge};
use crate::model::*;
use crate::proofs::Proofs;
use crate::tally::Met;
use crate::words::{word, Beginning, Line, Words};
use ledger::stage::{Lock, PlanStage, TradeStage};
use ledger::{
    block::{transactions_root, BadBlock, Header},
    execute, Blobs, BlockInput, Chain, CiphertextStatus, ExecuteError, Judgement, NodeError, OrdererKey, Refusal,
    Sealed, State,
};
use protocol::compact::{CompactBlock, Event};
use protocol::ids::{BlobHash, Height, Time};
use protocol::record::{Handle, MatchId};
use protocol::relation::RelationKind;
use protocol::transaction::validators::MatchingMode;
use protocol::units::{Cycle as CycleNumber, Energy, EnergyType, Epoch, IssuerId, Money, Side};
use std::collections::BTreeMap;
use std::sync::Arc;
use tempfile::TempDir;
use wallets::household::conservation::Holding;

/// The time of a block.
#[derive(Clone, Copy, Debug)]
pub enum When {
    /// This many seconds after the last block.
    After(u8),
    /// At the next deadline, or a second before or after it.
    Deadline(i8),
}

/// A block of a history.
#[derive(Clone, Debug)]
pub struct Turn {
    pub when: When,
    pub steps: Vec<Step>,
    /// The ledger is closed and opened again first.
    pub restart: bool,
}

/// The ledger of a world: in memory or on disk.
enum Ledger {
    Memory(Box<State>),
    Disk { folder: TempDir, chain: Option<Box<Chain>> },
}

/// Judges a block of these transactions, as another node may make it: with refused ones among them.
fn judge(chain: &Chain, time: u64, transactions: &[Vec<u8>]) -> Result<Judgement, NodeError> {
    let next = *chain.propose(vec![], Time(time))?.header();
    let header = Header { transactions: transactions_root(transactions), ..next };
    chain.verify(header, transactions.to_vec())
}

/// Stores a judged block.
fn store(chain: &mut Chain, judged: Judgement) -> Sealed {
    let Judgement::Good(proposal) = judged else { panic!("{judged:?}") };
    let certificate = orderer().certify(&proposal.hash());
    chain.finalise(*proposal, certificate).unwrap()
}

/// Answers the ledger's questions about ciphertexts without a store.
struct Known<'a>(Ciphertexts, &'a BTreeMap<BlobHash, Arc<Vec<u8>>>, &'a Given);

impl Blobs for Known<'_> {
    fn get(&self, hash: &BlobHash) -> Option<Vec<u8>> {
        let given = || [&self.2.good, &self.2.bad, &self.2.matching_key].into_iter();
        let found = self.1.get(hash).map(|bytes| bytes.as_slice());
        found.or_else(|| given().find(|bytes| BlobHash::of(bytes) == *hash).map(Vec::as_slice)).map(<[u8]>::to_vec)
    }
    fn plan_ciphertext(&self, hash: &BlobHash) -> CiphertextStatus {
        match *hash {
            h if h == self.0.bad || h == self.0.threshold => CiphertextStatus::Malformed,
            h if h == self.0.good || self.1.contains_key(&h) => CiphertextStatus::Canonical,
            _ => CiphertextStatus::Missing,
        }
    }
}

/// Bytes that every world needs: two blobs, the matching key, and what encrypted deviations need.
#[derive(Clone)]
pub struct Given {
    pub good: Vec<u8>,
    pub bad: Vec<u8>,
    pub matching_key: Vec<u8>,
    /// The deviation key, a threshold, a seller's and a buyer's reading, a result.
    pub deviations: [Vec<u8>; 5],
}

impl Given {
    pub fn ciphertexts(&self) -> Ciphertexts {
        let (good, bad, absent) = (BlobHash::of(&self.good), BlobHash::of(&self.bad), BlobHash([9; 32]));
        let [deviation_key, threshold, sold, bought, result] = self.deviations.each_ref().map(|b| BlobHash::of(b));
        Ciphertexts { good, bad, absent, deviation_key, threshold, deliveries: [sold, bought], result }
    }
}

fn orderer() -> OrdererKey {
    OrdererKey::from_secret(&[3; 32])
}

pub struct World {
    ledger: Ledger,
    given: Given,
    pub forge: Forge,
    pub model: Model,
    sent: Vec<Tx>,
    bytes: Vec<Vec<u8>>,
    /// Every block's time and transactions.
    blocks: Vec<(u64, Vec<Vec<u8>>)>,
    /// The number of transactions before the history, and the steps since.
    begun: Name,
    lines: Vec<Line>,
}

impl World {
    pub fn new(proofs: Proofs, given: &Given, matching_mode: MatchingMode, deviating: bool) -> Self {
        let forge = Forge::new(proofs, given, matching_mode, deviating);
        let ledger = Ledger::Memory(Box::new(State::new(&forge.genesis)));
        let (model, given) =
            (Model::new(forge.proofs.keys(), matching_mode != MatchingMode::Open, deviating), given.clone());
        World { ledger, given, forge, model, sent: vec![], bytes: vec![], blocks: vec![], begun: 0, lines: vec![] }
    }

    /// A copy of the world with its own proofs; a history begins with it.
    pub fn fork(&self) -> Self {
        let Ledger::Memory(state) = &self.ledger else { panic!("only what is in memory is forked") };
        let mut forge = self.forge.clone();
        if let Proofs::Native(verifier) = &forge.proofs {
            forge.proofs = Proofs::Native(std::sync::Arc::new(verifier.fork()));
        }
        World {
            ledger: Ledger::Memory(state.clone()),
            given: self.given.clone(),
            forge,
            model: self.model.clone(),
            sent: self.sent.clone(),
            bytes: self.bytes.clone(),
            blocks: self.blocks.clone(),
            begun: self.sent.len(),
            lines: vec![],
        }
    }

    /// Puts a ledger in memory onto a disk: its blocks are sealed again by a node.
    pub fn onto_disk(&mut self) {
        let folder = tempfile::tempdir().unwrap();
        let verifier = self.forge.proofs.verifier();
        let (genesis, matching_key) = (&self.forge.genesis, &self.given.matching_key);
        let (disk, key) = (Arc::new(disk::System), orderer().validators());
        let mut node = Chain::create_on(disk, folder.path(), genesis, matching_key, &key, verifier).unwrap();
        node.put_blob(&self.given.good).unwrap();
        node.put_blob(&self.given.bad).unwrap();
        for blob in self.forge.blobs.values() {
            node.put_blob(blob).unwrap();
        }
        for (time, transactions) in &self.blocks {
            let judged = judge(&node, *time, transactions).unwrap();
            store(&mut node, judged);
        }
        assert!(*node.state() == *self.state(), "a node reaches the same state as execute alone");
        self.ledger = Ledger::Disk { folder, chain: Some(Box::new(node)) };
    }

    pub fn state(&self) -> &State {
        match &self.ledger {
            Ledger::Memory(state) => state,
            Ledger::Disk { chain, .. } => chain.as_ref().unwrap().state(),
        }
    }

    /// Closes the ledger and opens it again; in memory, executes all its blocks from the genesis.
    pub fn restart(&mut self) {
        self.model.tally.restarts += 1;
        if self.model.trades.values().any(Trade::is_under_way) {
            self.model.tally.met(Met::Restart);
        }
        let (before, verifier) = (self.state().clone(), self.forge.proofs.verifier());
        match &mut self.ledger {
            Ledger::Memory(state) => {
                let mut replayed = State::new(&self.forge.genesis);
                for (height, (time, transactions)) in (1..).zip(&self.blocks) {
                    let input = BlockInput { height: Height(height), time: Time(*time), transactions };
                    let blobs = Known(self.forge.ciphertexts, &self.forge.blobs, &self.given);
                    replayed = execute(&replayed, input, verifier.as_ref(), &blobs).unwrap().state;
                }
                **state = replayed;
            }
            Ledger::Disk { folder, chain } => {
                drop(chain.take());
                let (disk, key) = (Arc::new(disk::System), orderer().validators());
                *chain = Some(Box::new(Chain::open_on(disk, folder.path(), &key, verifier).unwrap()));
            }
        }
        assert!(*self.state() == before, "a restart changes nothing");
    }

    /// Verifies a ledger on disk from its genesis, every proof included.
    pub fn verify(&mut self) {
        let verifier = self.forge.proofs.verifier();
        let root = self.state().root();
        if let Ledger::Disk { folder, chain } = &mut self.ledger {
            drop(chain.take());
            let summary = ledger::verify(folder.path(), verifier.as_ref(), &mut |_| {}).unwrap();
            assert_eq!(summary.root, root);
        }
    }

    /// Plays a block of the transactions that the steps choose.
    pub fn turn(&mut self, turn: &Turn) {
        let now = self.model.time;
        let time = match turn.when {
            When::After(seconds) => now + u64::from(seconds),
            When::Deadline(by) => self.model.next_deadline().map_or(now, |t| t.saturating_add_signed(by.into())),
        };
        let mut block = Block::begin(self, time.max(now) - now, turn.restart);
        for step in &turn.steps {
            let chooser = Chooser { model: &block.world.model, sent: &block.world.sent };
            match chooser.choose(*step) {
                Choice::New { action, flaw, expiry } => block.send(action, flaw, expiry),
                Choice::Old(name) => block.again(name),
            }
        }
        block.end();
    }

    /// Plays a block of these, a second after the last, in which every transaction is accepted.
    pub fn accept(&mut self, actions: impl IntoIterator<Item = Action>) {
        let mut block = Block::begin(self, 1, false);
        actions.into_iter().for_each(|action| block.send(action, Flaw::None, 1000));
        assert!(block.outcomes.iter().all(|(_, outcome)| outcome.is_ok()), "{:?}", block.outcomes);
        block.end();
    }
    /// The steps since the history began, in words.
    pub fn words(&self, about: &str) -> Words {
        let (masked, deviating) = (self.model.masked, self.model.deviating);
        let real = matches!(self.forge.proofs, Proofs::Real(..));
        let beginning = Beginning { about: about.into(), masked, deviating, real, sent: self.begun };
        Words { beginning, lines: self.lines.clone() }
    }
    /// Plays a kept history, and checks each transaction's outcome against the written one.
    pub fn play(&mut self, words: &Words) {
        let about = &words.beginning.about;
        let moved = "the market's beginning has changed: number the history's transactions and serials anew";
        assert_eq!(self.sent.len(), words.beginning.sent, "{about}: {moved}");
        let mut lines = words.lines.iter().peekable();
        while let Some(Line::Block { after, restart }) = lines.next() {
            let mut block = Block::begin(self, *after, *restart);
            while let Some(line) = lines.next_if(|line| !matches!(line, Line::Block { .. })) {
                match line {
                    Line::Send { action, flaw, expiry, .. } => block.send(*action, *flaw, *expiry),
                    Line::Again { name, .. } => block.again(*name),
                    Line::Block { .. } => unreachable!("it begins the next block"),
                }
                assert_eq!(block.world.lines.last(), Some(line), "{about}");
            }
            block.end();
        }
    }
    /// The name of the next transaction.
    pub fn next_name(&self) -> Name {
        self.sent.len()
    }
}

/// A block being made.
struct Block<'w> {
    world: &'w mut World,
    time: u64,
    /// Each transaction's name, and its outcome by the model.
    outcomes: Vec<(Name, Result<(), Refusal>)>,
}

impl<'w> Block<'w> {
    /// Begins a block so many seconds after the last; the ledger may be closed and opened again
    /// first.
    fn begin(world: &'w mut World, after: u64, restart: bool) -> Self {
        world.lines.push(Line::Block { after, restart });
        if restart {
            world.restart();
        }
        let time = world.model.time + after;
        world.model.begin(time);
        Block { world, time, outcomes: vec![] }
    }
    fn send(&mut self, action: Action, flaw: Flaw, expiry: u64) {
        let w = &mut *self.world;
        w.lines.push(Line::Send { action, flaw, expiry, outcome: "none yet".into() });
        let provable = w.forge.provable(&w.model, &action);
        let name = w.sent.len();
        let relation = action.kind().relation();
        let mut version = relation.map_or(0, |relation| w.model.version_for(relation, &action));
        match (flaw, relation) {
            (Flaw::Version(named), _) => version = named,
            (Flaw::Superseded, Some(of)) => {
                let others = w.model.known_keys.iter().filter(|key| key.of == of && key.version != version);
                version = others.rev().find(|key| w.model.has_heard_of(key)).map_or(version, |key| key.version);
            }
            _ => {}
        }
        let second = match &action {
            Action::List(b) => w.model.version_for(RelationKind::ciphertext(b.side), &action),
            Action::Credential { .. } => w.model.version_for(RelationKind::Deposit, &action),
            _ => 0,
        };
        let signed_by = w.model.generation(action.operator());
        let service = w.model.service_of(&action) + u32::from(flaw == Flaw::Stale);
        let (same, posted) = (name, name);
        let mut tx = Tx { name, same, posted, expiry, action, flaw, signed_by, service, version, second, provable };
        let blobs = w.forge.blobs.len();
        w.bytes.push(w.forge.make(&w.model, &mut tx));
        if let (true, Ledger::Disk { chain, .. }) = (w.forge.blobs.len() > blobs, &w.ledger) {
            let node = chain.as_ref().unwrap();
            for blob in w.forge.blobs.values() {
                node.put_blob(blob).unwrap();
            }
        }
        w.sent.push(tx);
        self.judge(name);
    }
    fn again(&mut self, name: Name) {
        self.world.lines.push(Line::Again { name, outcome: "none yet".into() });
        self.judge(name);
    }
    /// Lets the model decide a transaction's outcome.
    fn judge(&mut self, name: Name) {
        let w = &mut *self.world;
        let result = w.model.apply(&w.sent[name]);
        if let Some(Line::Send { outcome, .. } | Line::Again { outcome, .. }) = w.lines.last_mut() {
            *outcome = word(result);
        }
        self.outcomes.push((name, result));
    }

    fn end(self) {
        let Block { world: w, time, outcomes } = self;
        w.model.end();
        w.model.tally.blocks += 1;
        let mut bytes: Vec<Vec<u8>> = outcomes.iter().map(|(name, _)| w.bytes[*name].clone()).collect();
        let told = |name: Name| {
            let block = outcomes.iter().map(|(n, o)| format!("{:?}: {o:?}", w.sent[*n])).collect::<Vec<_>>();
            format!("{:?}\nin a block of:\n{}", w.sent[name], block.join("\n"))
        };
        // No program here can execute a transaction that needs a missing blob or activates
        // an unknown key: the block is made without it.
        let nobodys = |name: &Name, outcome: &Result<(), Refusal>| match outcome {
            Err(Refusal::UnknownBlob) => true,
            Err(Refusal::UnknownKey) => matches!(w.sent[*name].action, Action::ActivateKey { .. }),
            _ => false,
        };
        let (absent, mut there): (Vec<_>, Vec<_>) =
            outcomes.iter().copied().partition(|(name, outcome)| nobodys(name, outcome));
        let compact = match &mut w.ledger {
            Ledger::Memory(state) => {
                let verifier = w.forge.proofs.verifier();
                let (height, time, blobs) =
                    (Height(w.model.height), Time(time), Known(w.forge.ciphertexts, &w.forge.blobs, &w.given));
                let run = |transactions: &[Vec<u8>]| {
                    execute(state, BlockInput { height, time, transactions }, verifier.as_ref(), &blobs)
                };
                if let Some((name, _)) = absent.first() {
                    let stopped =
                        matches!(run(&bytes), Err(ExecuteError::MissingBlob(_) | ExecuteError::UnknownKey(_)));
                    assert!(stopped, "{}", told(*name));
                    bytes = there.iter().map(|(name, _)| w.bytes[*name].clone()).collect();
                }
                let executed = run(&bytes).unwrap();
                assert_eq!(executed.receipts.len(), there.len());
                for (receipt, (name, outcome)) in executed.receipts.iter().zip(&there) {
                    assert_eq!(receipt.outcome, *outcome, "{}", told(*name));
                }
                **state = executed.state;
                executed.compact
            }
            Ledger::Disk { chain, .. } => {
                let chain = chain.as_mut().unwrap();
                // A block with a transaction longer than any is none: it is made without it.
                let too_long = |(_, outcome): &(Name, Result<(), Refusal>)| *outcome == Err(Refusal::Oversized);
                if there.iter().any(too_long) {
                    let judged = judge(chain, time, &bytes);
                    assert!(matches!(judged, Ok(Judgement::Bad(BadBlock::Size))), "{judged:?}");
                    there.retain(|sent| !too_long(sent));
                    let short = outcomes.iter().filter(|sent| !too_long(sent));
                    bytes = short.map(|(name, _)| w.bytes[*name].clone()).collect();
                }
                if let Some((name, _)) = absent.first() {
                    let judged = judge(chain, time, &bytes);
                    let unknown = matches!(judged, Err(NodeError::Execute(ExecuteError::UnknownKey(_))));
                    assert!(unknown || matches!(judged, Ok(Judgement::Missing(_))), "{}", told(*name));
                    bytes = there.iter().map(|(name, _)| w.bytes[*name].clone()).collect();
                }
                let judged = judge(chain, time, &bytes).unwrap();
                let sealed = store(chain, judged);
                assert_eq!(sealed.receipts.len(), there.len());
                for (receipt, (name, outcome)) in sealed.receipts.iter().zip(&there) {
                    assert_eq!(receipt.outcome, *outcome, "{}", told(*name));
                }
                sealed.compact
            }
        };
        w.blocks.push((time, bytes));
        w.follow(&compact);
        w.compare();
    }
}

impl World {
    /// Places the block's leaves, and compares the events for wallets with the model's.
    fn follow(&mut self, compact: &CompactBlock) {
        let position: BTreeMap<u64, Name> = self.model.records.iter().map(|(n, r)| (r.position, *n)).collect();
        for tx in &compact.transactions {
            self.forge.accepted(&tx.id);
            for (place, commitment) in &tx.leaves {
                let name = position[&u64::from(place.0)];
                assert_eq!(self.forge.openings.leaves[&name].commitment, *commitment, "leaf {}", place.0);
                self.forge.place(name, *place);
            }
        }
        let state = match &self.ledger {
            Ledger::Memory(state) => state.as_ref(),
            Ledger::Disk { chain, .. } => chain.as_ref().unwrap().state(),
        };
        self.forge.see(state);
        let events = compact.events.iter().chain(compact.transactions.iter().flat_map(|t| &t.events));
        let mut told: Vec<Happened> = events.map(|e| self.in_the_clear(e)).collect();
        let mut happened = self.model.happened.clone();
        told.sort_unstable();
        happened.sort_unstable();
        assert_eq!(told, happened, "what wallets are told");
    }
    fn in_the_clear(&self, event: &Event) -> Happened {
        let plan = |handle: &Handle| self.forge.openings.handles[handle];
        let trade = |id: &MatchId| self.forge.openings.match_ids[id];
        match event {
            Event::Expired(h) => Happened::Expired(plan(h)),
            Event::Lapsed(h) => Happened::Lapsed(plan(h)),
            Event::Refused(h) => Happened::Refused(plan(h)),
            Event::Relisted(h) => Happened::Relisted(plan(h)),
            Event::Binding(m) => Happened::Binding(trade(m)),
            Event::Delivered(m) => Happened::Delivered(trade(m)),
            Event::Void { match_id, missing } => Happened::Void(trade(match_id), missing.map(|m| m.map(IssuerId::get))),
            Event::VerdictDiffers(m) => Happened::VerdictDiffers(trade(m)),
            Event::LapseAlarm(epoch) => Happened::LapseAlarm(epoch.get()),
            Event::Anchor { cycle, round, confirmations, root } => {
                let leaves = self.forge.leaves_of(root);
                Happened::Anchor(cycle.get(), *round, *confirmations, leaves)
            }
        }
    }
}
