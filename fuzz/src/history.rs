//! `execute` under blocks that bytes describe: honest transactions made for the state at hand, broken ones, replays, noise,
//! and time. What must hold whatever the bytes: no panic; the same block gives the same outcome again; every transaction
//! gets one receipt; a block of refused transactions changes nothing but receipts and what time alone changes.

use crate::world::{self, World};
use protocol::record::{Handle, MatchId};
use protocol::relation::RelationKind;
use protocol::transaction::body::{Issued, IssuerRole, Object, Purpose};
use protocol::transaction::{Body, Time, MAX_BYTES};
use protocol::units::Side;
use protocol::Fr;

/// No more blocks than this are played, so that an input ends soon.
const MAX_BLOCKS: usize = 40;

/// Bytes read as choices; past the end every choice is 0.
struct Choices<'a>(&'a [u8]);

impl Choices<'_> {
    fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }
    fn of<T: Copy>(&mut self, all: &[T]) -> Option<T> {
        let n = usize::from(self.byte());
        all.get(n.checked_rem(all.len())?).copied()
    }
    fn side(&mut self) -> Side {
        [Side::Sell, Side::Buy][usize::from(self.byte() & 1)]
    }
}

/// What has been on the ledger, whether accepted or not.
#[derive(Default)]
struct Seen {
    plans: Vec<Handle>,
    trades: Vec<MatchId>,
    deposits: Vec<protocol::keys::TraceCommitment>,
    sent: Vec<Vec<u8>>,
}

/// Plays the blocks that `bytes` describe.
pub(crate) fn play(bytes: &[u8]) {
    let mut choices = Choices(bytes);
    let mut w = World::deviating();
    let mut seen = Seen::default();
    for _ in 0..MAX_BLOCKS {
        if choices.0.is_empty() {
            return;
        }
        let mut transactions = Vec::new();
        for _ in 0..choices.byte() % 6 {
            let bytes = transaction(&mut choices, &mut w, &mut seen);
            seen.sent.push(bytes.clone());
            transactions.push(bytes);
        }
        let step = [0, 1, 10, 40, 60, 100, 500, 2000][usize::from(choices.byte() % 8)];
        w.time = Time(w.time.0 + step);
        seal(&mut w, &transactions);
    }
}

fn seal(w: &mut World, transactions: &[Vec<u8>]) {
    let empty = w.execute(&[]);
    let (first, second) = (w.execute(transactions), w.execute(transactions));
    assert_eq!(first.state.root(), second.state.root());
    assert_eq!(first.receipts, second.receipts);
    assert_eq!(first.receipts.len(), transactions.len());
    if first.receipts.iter().all(|r| r.outcome.is_err()) {
        assert_eq!(first.state.without_root(), empty.state.without_root(), "only refusals");
        assert!(first.compact.transactions.is_empty());
    }
    let accepted = first.receipts.iter().filter(|r| r.outcome.is_ok()).count();
    assert_eq!(first.compact.transactions.len(), accepted);
    w.state = first.state;
}

/// A transaction: honest (it may still come at the wrong time), broken, again, or noise.
fn transaction(c: &mut Choices<'_>, w: &mut World, seen: &mut Seen) -> Vec<u8> {
    match c.byte() {
        0..=199 => {
            let body = body(c, w, seen);
            w.bytes(body)
        }
        200..=219 => {
            let body = body(c, w, seen);
            let mut bytes = w.bytes(body);
            let at = (usize::from(c.byte()) << 8 | usize::from(c.byte())) % bytes.len();
            bytes[at] ^= c.byte().max(1);
            bytes
        }
        220..=239 => match seen.sent.len().checked_sub(1 + usize::from(c.byte())) {
            Some(at) => seen.sent[at].clone(),
            None => vec![],
        },
        _ => {
            let length = usize::from(c.byte()) * 8 % (MAX_BYTES + 40);
            let (noise, rest) = c.0.split_at(length.min(c.0.len()));
            c.0 = rest;
            noise.to_vec()
        }
    }
}

fn body(c: &mut Choices<'_>, w: &mut World, seen: &mut Seen) -> Body {
    let choice = match c.byte() {
        // Beside the others, so that inputs from before there were deviations mean what they meant.
        choice @ 250.. => choice,
        choice => choice % 25,
    };
    let zero = Fr::from(0u64);
    let plan = c.of(&seen.plans).unwrap_or(Handle(zero));
    let trade = c.of(&seen.trades).unwrap_or(MatchId(zero));
    let own = c.side();
    // Mostly the handle that belongs to the trade, sometimes any.
    let handle = match w.state.trade(&trade) {
        Some(t) if c.byte() < 230 => t.side(own).handle,
        _ => plan,
    };
    match choice {
        0 => w.issue(u32::from(c.byte() % 4), [Issued::Generation, Issued::Balance][usize::from(c.byte() & 1)]),
        1 => {
            let body = w.deposit();
            if let Body::Deposit(b) = &body {
                seen.deposits.push(b.kappa);
            }
            body
        }
        2 => match c.of(&seen.deposits) {
            Some(kappa) => w.credential(u32::from(c.byte() % 3), kappa),
            None => w.deposit(),
        },
        3..=6 => {
            let body = w.plan(own);
            if let Body::SellPlan(b) | Body::BuyPlan(b) = &body {
                seen.plans.push(b.handle);
            }
            body
        }
        7 => w.scores(c.byte() % 4, plan),
        8 => {
            let purpose = [Purpose::Terms, Purpose::Scores, Purpose::Audit, Purpose::Trace][usize::from(c.byte() % 4)];
            w.opening(purpose, c.byte() % 4, plan.0, handle.0)
        }
        9 | 10 => {
            let other = c.of(&seen.plans).unwrap_or(plan);
            let body = w.pairing(c.byte() % 4, plan, other);
            if let Body::Match(b) = &body {
                seen.trades.push(b.matching);
            }
            body
        }
        11 | 12 => w.confirm(own, trade, handle),
        13 => Body::Refuse(Object { matching: trade, handle }),
        14 => Body::Complain(Object { matching: trade, handle }),
        15 => w.deliver(own, trade),
        16 => w.settle(own, trade, handle),
        17 => w.release(plan),
        18 => w.void(trade, handle),
        19 => w.merge(),
        20 => match c.byte() % 3 {
            0 => w.epoch_start(u32::from(c.byte() % 4)),
            1 => w.cycle_start(u32::from(c.byte() % 4), w.time.0 + u64::from(c.byte())),
            _ => w.register(u32::from(c.byte() % 6), IssuerRole::Desk),
        },
        21 => w.surplus(),
        22 => w.withdraw(u64::from(c.byte())),
        24 => w.transcript(c.byte() % 4),
        250 => w.amounts(trade),
        251 => w.amount(own, trade),
        252 => w.deviation(trade),
        253 => w.open_bit(trade),
        254.. => w.verdict(trade, own == Side::Sell),
        _ => {
            let relation = c.of(&RelationKind::ALL).unwrap_or(RelationKind::Refuse);
            w.activate(relation, world::second_key(relation), u32::from(c.byte() % 4))
        }
    }
}

/// Histories that reach far: two plans listed, the cut-off passed, matched, confirmed, delivered, settled; and one that is
/// dissolved; each as the bytes that [`play`] reads.
pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let one = |choice: u8, plan: u8, trade: u8, side: u8, rest: &[u8]| {
        // kind of transaction, choice, plan, (trade, if there is one), side, (whose handle), the choice's own
        [&[0, choice, plan, trade, side, 0], rest].concat()
    };
    let block = |transactions: &[Vec<u8>], step: u8| {
        let mut bytes = vec![transactions.len() as u8];
        transactions.iter().for_each(|t| bytes.extend(t));
        bytes.push(step);
        bytes
    };
    let listed = [block(&[vec![0, 3, 0]], 0), block(&[vec![0, 3, 0, 1]], 5)].concat();
    let noise = [&[1u8, 250, 20][..], &[world::REGULATOR; 160]].concat();
    let mut all = vec![listed.clone(), noise];
    let pair = block(&[vec![0, 9, 0, 0, 1, 0]], 0);
    // Confirmed and delivered by both, then from the amounts to the verdict.
    let both = |last| block(&[one(last, 0, 0, 0, &[]), one(last, 0, 0, 1, &[])], 1);
    let steps = [250, 251, 252, 253, 254].map(both).concat();
    all.push([listed.clone(), pair.clone(), both(11), both(15), steps].concat());
    for last in [11u8, 13, 14, 16, 18] {
        let rest: Vec<u8> = (0..2).flat_map(|side| block(&[one(last, 0, 0, side, &[])], 1)).collect();
        all.push([listed.clone(), pair.clone(), rest].concat());
    }
    all
}
