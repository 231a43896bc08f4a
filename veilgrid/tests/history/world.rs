//! A history being played: the ledger, the model beside it, and after every block their comparison.

use crate::action::*;
use crate::choose::{Choice, Chooser, Step};
use crate::claim::Proofs;
use crate::forge::{Ciphertexts, Forge};
use crate::model::*;
use crate::tally::Met;
use ledger::stage::{Lock, PlanStage, TradeStage};
use ledger::{execute, Blobs, BlockInput, CiphertextStatus, ExecuteError, Node, OrdererKey, Refusal, State};
use protocol::compact::{CompactBlock, Event};
use protocol::record::{Handle, MatchId};
use protocol::relation::RelationKind;
use protocol::transaction::validators::Matching;
use protocol::transaction::{Authority, BlobHash, Height, Time};
use protocol::units::{Cycle as CycleNumber, Energy, EnergyType, Epoch, IssuerId, Money, Side};
use std::collections::BTreeMap;
use std::sync::Arc;
use tempfile::TempDir;
use wallets::prosumer::conservation::Holding;

/// When a block comes.
#[derive(Clone, Copy, Debug)]
pub enum When {
    /// So many seconds after the last.
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

/// Where the ledger is.
enum Ledger {
    Memory(Box<State>),
    Disk { folder: TempDir, node: Option<Box<Node>> },
}

/// What the ledger is asked about ciphertexts, without a store.
struct Known<'a>(Ciphertexts, &'a BTreeMap<BlobHash, Arc<Vec<u8>>>, &'a Given);

impl Blobs for Known<'_> {
    fn get(&self, hash: &BlobHash) -> Option<Vec<u8>> {
        let given = [&self.2.good, &self.2.matching_key].into_iter().find(|bytes| BlobHash::of(bytes) == *hash);
        self.1.get(hash).map(|bytes| bytes.to_vec()).or_else(|| given.cloned())
    }
    fn plan_ciphertext(&self, hash: &BlobHash) -> CiphertextStatus {
        match *hash {
            h if h == self.0.good || self.1.contains_key(&h) => CiphertextStatus::Canonical,
            h if h == self.0.bad => CiphertextStatus::Malformed,
            _ => CiphertextStatus::Missing,
        }
    }
}

/// Bytes that every world needs: two blobs and the matching key.
#[derive(Clone)]
pub struct Given {
    pub good: Vec<u8>,
    pub bad: Vec<u8>,
    pub matching_key: Vec<u8>,
}

impl Given {
    fn ciphertexts(&self) -> Ciphertexts {
        let (good, bad) = (BlobHash::of(&self.good), BlobHash::of(&self.bad));
        Ciphertexts { good, bad, absent: BlobHash([9; 32]) }
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
}

impl World {
    pub fn new(proofs: Proofs, given: &Given, matching: Matching) -> Self {
        let forge = Forge::new(proofs, given.ciphertexts(), &given.matching_key, matching);
        let ledger = Ledger::Memory(Box::new(State::new(&forge.genesis)));
        let (model, given) = (Model::new(forge.proofs.keys(), matching != Matching::Open), given.clone());
        World { ledger, given, forge, model, sent: vec![], bytes: vec![], blocks: vec![] }
    }

    /// The same world by itself, with proofs of its own.
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
        }
    }

    /// Puts a ledger in memory onto a disk: its blocks are sealed again by a node.
    pub fn onto_disk(&mut self) {
        let folder = tempfile::tempdir().unwrap();
        let verifier = self.forge.proofs.verifier();
        let node = Node::create(folder.path(), &self.forge.genesis, &self.given.matching_key, orderer(), verifier);
        let mut node = Box::new(node.unwrap());
        node.put_blob(&self.given.good).unwrap();
        node.put_blob(&self.given.bad).unwrap();
        for blob in self.forge.blobs.values() {
            node.put_blob(blob).unwrap();
        }
        for (time, transactions) in &self.blocks {
            for bytes in transactions {
                node.submit(bytes).unwrap();
            }
            node.seal_block(Time(*time)).unwrap();
        }
        assert!(*node.state() == *self.state(), "a node comes to the same state as execute alone");
        self.ledger = Ledger::Disk { folder, node: Some(node) };
    }

    pub fn state(&self) -> &State {
        match &self.ledger {
            Ledger::Memory(state) => state,
            Ledger::Disk { node, .. } => node.as_ref().unwrap().state(),
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
            Ledger::Disk { folder, node } => {
                drop(node.take());
                *node = Some(Box::new(Node::open(folder.path(), orderer(), verifier).unwrap()));
            }
        }
        assert!(*self.state() == before, "a restart changes nothing");
    }

    /// Verifies a ledger on disk from its genesis, every proof included.
    pub fn verify(&mut self) {
        let verifier = self.forge.proofs.verifier();
        let root = self.state().root();
        if let Ledger::Disk { folder, node } = &mut self.ledger {
            drop(node.take());
            let summary = ledger::verify(folder.path(), verifier.as_ref(), &mut |_| {}).unwrap();
            assert_eq!(summary.root, root);
        }
    }

    /// Plays a block of what the steps choose.
    pub fn turn(&mut self, turn: &Turn) {
        if turn.restart {
            self.restart();
        }
        let now = self.model.time;
        let time = match turn.when {
            When::After(seconds) => now + u64::from(seconds),
            When::Deadline(by) => self.model.next_deadline().map_or(now, |t| t.saturating_add_signed(by.into())),
        };
        let mut block = Block::begin(self, time.max(now));
        for step in &turn.steps {
            let chooser = Chooser { model: &block.world.model, sent: &block.world.sent };
            match chooser.choose(*step) {
                Choice::New { action, flaw, expiry } => block.send(action, flaw, expiry),
                Choice::Old(name) => block.again(name),
            }
        }
        block.end();
    }

    /// Plays a block of these, a second after the last, in which everything is accepted.
    pub fn accept(&mut self, actions: impl IntoIterator<Item = Action>) {
        let time = self.model.time + 1;
        let mut block = Block::begin(self, time);
        actions.into_iter().for_each(|action| block.send(action, Flaw::None, 1000));
        assert!(block.outcomes.iter().all(|(_, outcome)| outcome.is_ok()), "{:?}", block.outcomes);
        block.end();
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
    /// Each transaction's name, and what the model says becomes of it.
    outcomes: Vec<(Name, Result<(), Refusal>)>,
}

impl<'w> Block<'w> {
    fn begin(world: &'w mut World, time: u64) -> Self {
        world.model.begin(time);
        Block { world, time, outcomes: vec![] }
    }
    fn send(&mut self, action: Action, flaw: Flaw, expiry: u64) {
        let w = &mut *self.world;
        let provable = w.forge.provable(&w.model, &action);
        let name = w.sent.len();
        let mut version = match action.kind().authority() {
            Authority::Relation(relation) => w.model.version_for(relation, &action),
            _ => 0,
        };
        if let Flaw::Version(named) = flaw {
            version = named;
        }
        let second = match &action {
            Action::List(b) => w.model.version_for(RelationKind::ciphertext(b.side), &action),
            _ => 0,
        };
        let mut tx = Tx { name, same: name, expiry, action, flaw, version, second, provable };
        w.bytes.push(w.forge.make(&w.model, &mut tx));
        if let Ledger::Disk { node, .. } = &w.ledger {
            let node = node.as_ref().unwrap();
            for blob in w.forge.blobs.values() {
                node.put_blob(blob).unwrap();
            }
        }
        w.sent.push(tx);
        self.again(self.world.sent.len() - 1);
    }
    fn again(&mut self, name: Name) {
        let w = &mut *self.world;
        self.outcomes.push((name, w.model.apply(&w.sent[name])));
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
        let compact = match &mut w.ledger {
            Ledger::Memory(state) => {
                let verifier = w.forge.proofs.verifier();
                let (height, time, blobs) =
                    (Height(w.model.height), Time(time), Known(w.forge.ciphertexts, &w.forge.blobs, &w.given));
                let run = |transactions: &[Vec<u8>]| {
                    execute(state, BlockInput { height, time, transactions }, verifier.as_ref(), &blobs)
                };
                // What depends on a blob that is not here is nobody's to execute: the block is made without.
                let (there, absent): (Vec<_>, Vec<_>) =
                    outcomes.iter().copied().partition(|(_, outcome)| *outcome != Err(Refusal::UnknownBlob));
                if let Some((name, _)) = absent.first() {
                    assert!(matches!(run(&bytes), Err(ExecuteError::MissingBlob(_))), "{}", told(*name));
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
            Ledger::Disk { node, .. } => {
                let node = node.as_mut().unwrap();
                let mut held = Vec::new();
                for (bytes, (name, outcome)) in bytes.iter().zip(&outcomes) {
                    let before = node.held();
                    match node.submit(bytes) {
                        // What cannot count is refused at once; a ciphertext is looked at before the state is.
                        Err(Refusal::MalformedCiphertext | Refusal::UnknownBlob) => {
                            assert!(outcome.is_err(), "{}", told(*name));
                        }
                        Err(refusal) => assert_eq!(Err(refusal), *outcome, "{}", told(*name)),
                        Ok(_) if node.held() == before => assert!(outcome.is_err(), "dropped: {}", told(*name)),
                        Ok(_) => held.push((*name, *outcome)),
                    }
                }
                let sealed = node.seal_block(Time(time)).unwrap();
                for (receipt, (name, outcome)) in sealed.receipts.iter().zip(&held) {
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
    /// Places the block's leaves, and holds what wallets are told against what happened.
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
            Ledger::Disk { node, .. } => node.as_ref().unwrap().state(),
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
            Event::Void(m) => Happened::Void(trade(m)),
            Event::VerdictDiffers(m) => panic!("a verdict on {} in a market without", m.0),
            Event::Anchor { cycle, round, confirmations, root } => {
                let leaves = self.forge.leaves_of(root);
                Happened::Anchor(cycle.get(), *round, *confirmations, leaves)
            }
        }
    }

    /// The ledger's state is the model's, and nothing came from nowhere.
    fn compare(&self) {
        let (m, s, o) = (&self.model, self.state(), &self.forge.openings);
        let issuer = |n: u32| IssuerId::new(n).unwrap();
        let cycle = |n: u32| CycleNumber::new(n).unwrap();
        assert_eq!((s.height().0, s.time().0), (m.height, m.time));
        assert_eq!(s.tree().len(), m.leaves);
        assert_eq!(s.epoch(), m.epoch.map(|e| Epoch::new(e).unwrap()));
        assert_eq!((s.regulator_nonce(), s.matcher_nonce()), (m.regulator_nonce, m.matcher_nonce));
        for n in 0..9 {
            assert_eq!(s.issuer_nonce(issuer(n)), m.issuer_nonces.get(&n).copied().unwrap_or(0));
            assert_eq!(s.issuer(issuer(n)).map(|i| i.role), m.issuers.get(&n).copied());
            assert_eq!(s.withdrawn(issuer(n)), m.withdrawn.get(&n).copied().unwrap_or(0), "through {n}");
        }
        assert_eq!(s.openings().len(), m.openings.len());
        assert_eq!(s.openings().last().map(|x| x.open), m.openings.last().map(|name| o.opens[name]));
        let changes: Vec<_> =
            m.key_changes.iter().map(|c| (c.key.of, self.forge.proofs.key_id(c.key), c.from)).collect();
        let known: Vec<_> = s.keys().changes().iter().map(|c| (c.relation, c.key, c.from.get())).collect();
        assert_eq!(known, changes);
        for (name, record) in &m.records {
            let (place, nullifier) = o.leaves[name].placed.unwrap();
            assert_eq!(u64::from(place.0), record.position);
            assert_eq!(s.is_spent(&nullifier), m.is_spent(*name), "record {name}");
        }
        for (name, owed) in &m.obligations {
            let known = s.obligation(&o.leaves[name].commitment).map(|x| (x.cycle.get(), x.paid));
            assert_eq!(known, Some((owed.cycle, owed.paid)), "obligation {name}");
        }
        for (number, of) in &m.cycles {
            let plans = s.plans_of(cycle(*number)).count();
            assert_eq!(plans, m.plans.values().filter(|p| p.cycle == *number).count());
            let trades = s.trades_of(cycle(*number)).count();
            assert_eq!(trades, m.trades.values().filter(|t| t.cycle == *number).count());
            for (round, confirmations) in of.rounds().flat_map(|r| [(r, false), (r, true)]) {
                let root = s.round_anchor(cycle(*number), round, confirmations).map(|r| self.forge.leaves_of(&r));
                assert_eq!(root, m.round_roots.get(&(*number, round, confirmations)).copied());
            }
        }
        assert_eq!(s.strikes().len(), m.struck);
        for ((number, round), by) in &m.transcripts {
            assert_eq!(s.transcript(cycle(*number), *round), Some(o.digests[by]));
        }
        for ((number, round), by) in &m.masks {
            assert_eq!(s.mask(cycle(*number), *round), Some(o.digests[by]));
        }
        for (number, round, buy) in m.scores.keys() {
            assert!(s.score_digest(cycle(*number), *round, &o.plans[buy].handle).is_some());
        }
        self.compare_plans_and_trades();
        if let Err(imbalance) = self.forge.books.check(self.holdings()) {
            panic!("{imbalance}");
        }
        let (mut money, mut energy) = (0i128, BTreeMap::<_, i128>::new());
        for holding in self.holdings() {
            match holding {
                Holding::Money(amount) => money += i128::from(amount.get()),
                Holding::Energy(c, kind, v) => {
                    *energy.entry((c.get(), kind.number())).or_default() += i128::from(v.get());
                }
            }
        }
        let (model_money, mut model_energy) = m.holdings();
        energy.retain(|_, v| *v != 0);
        model_energy.retain(|_, v| *v != 0);
        assert_eq!((money, energy), (model_money, model_energy), "the model's totals");
    }

    fn compare_plans_and_trades(&self) {
        let (m, s, o) = (&self.model, self.state(), &self.forge.openings);
        let known = |plan: Name| o.plans[&plan].handle;
        for (name, plan) in &m.plans {
            let there = s.plan(&known(*name)).unwrap();
            assert_eq!(there.stage, plan.stage, "plan {name}");
            assert_eq!((there.side, there.cycle.get(), there.listed_time.0), (plan.side, plan.cycle, plan.listed));
            assert_eq!((there.last_round, there.complained), (plan.last_round, plan.complained), "plan {name}");
            let changes = m.key_changes.iter().filter(|c| c.from <= plan.cycle).count();
            assert_eq!(there.circuits.0 as usize, changes, "plan {name}");
            assert_eq!(there.matching, plan.matching.map(|t| o.matches[&t].1.id()), "plan {name}");
        }
        for (name, trade) in &m.trades {
            let there = s.trade(&o.matches[name].1.id()).unwrap();
            assert_eq!(there.stage, trade.stage(), "trade {name}");
            assert_eq!((there.round, there.confirm_deadline.0), (trade.round, trade.deadline), "trade {name}");
            for side in [Side::Sell, Side::Buy] {
                let (half, known_half) = (trade.half(side), there.side(side));
                assert_eq!(known_half.handle, known(half.plan));
                assert_eq!(known_half.lock, half.lock, "{side:?} of trade {name}");
                assert_eq!(known_half.within, half.within, "{side:?} of trade {name}");
                assert_eq!(known_half.delivery, half.delivered.map(|(d, _)| o.deliveries[&d].id()));
                assert_eq!(known_half.meter.map(IssuerId::get), half.confirmed.map(|(_, meter)| meter));
            }
        }
    }

    /// What everybody has, by the ledger's stages and the openings alone.
    fn holdings(&self) -> Vec<Holding> {
        use crate::openings::Opening;
        use protocol::relation::check::as_u64;
        let (s, o) = (self.state(), &self.forge.openings);
        let energy = |volume, kind, cycle| {
            let number = |x| as_u64(x).unwrap();
            let kind = EnergyType::from_u8(number(kind) as u8).unwrap();
            let cycle = CycleNumber::new(number(cycle) as u32).unwrap();
            Holding::Energy(cycle, kind, Energy::new(number(volume)).unwrap())
        };
        let money = |amount| Holding::Money(Money::new(as_u64(amount).unwrap()).unwrap());
        let mut all = Vec::new();
        for leaf in o.leaves.values() {
            let free = leaf.placed.is_some_and(|(_, nullifier)| !s.is_spent(&nullifier));
            match &leaf.opening {
                Opening::Balance(b) if free => all.push(money(b.amount)),
                Opening::Generation(g) if free => all.push(energy(g.volume, g.energy_type, g.cycle)),
                _ => {}
            }
        }
        for opening in o.plans.values() {
            let (Some(there), plan) = (s.plan(&opening.handle), &opening.plan) else { continue };
            let trade = there.matching.filter(|_| there.stage == PlanStage::InTrade).and_then(|id| s.trade(&id));
            let volume = match (there.stage, trade) {
                (PlanStage::Released, _) => None,
                (PlanStage::InTrade, Some(t)) => {
                    let undecided = [TradeStage::Matched, TradeStage::ConfirmedBySeller, TradeStage::ConfirmedByBuyer];
                    let matched = o.matches[&o.match_ids[&t.matching]].1.volume;
                    match (t.side(plan.side).lock, plan.side) {
                        (Lock::Held, _) if undecided.contains(&t.stage) => Some(plan.volume),
                        // Energy that is sold counts still.
                        (Lock::Held, _) | (Lock::Settled, Side::Sell) => Some(matched),
                        _ => None,
                    }
                }
                _ => Some(plan.volume),
            };
            match (volume, plan.side) {
                (None, _) => {}
                (Some(v), Side::Sell) => all.push(energy(v, opening.energy_type, plan.cycle)),
                (Some(v), Side::Buy) => all.push(money(v * plan.price)),
            }
        }
        all
    }
}
