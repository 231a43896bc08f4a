//! `execute` under blocks that bytes describe: honest transactions for the present state, broken
//! ones, replays, noise, and time. For all bytes this must hold: nothing panics; executing a block
//! again gives the same outcome; every transaction gets one receipt; a block in which every
//! transaction is refused changes only the receipts and what time alone changes.

use crate::world::{self, World};
use ledger::Refusal;
use protocol::encoding::Canonical;
use protocol::ids::{BlobHash, Time, TransactionId};
use protocol::keys::TraceCommitment;
use protocol::record::metered::Sign;
use protocol::record::{Commitment, Handle, MatchId, Nullifier};
use protocol::relation::RelationKind;
use protocol::transaction::body::{Issued, IssuerRole, Objection, Open, Operator, Purpose, Scores};
use protocol::transaction::obligation::Ruled;
use protocol::transaction::{Body, Transaction, MAX_BYTES};
use protocol::units::{Cycle, Side};
use protocol::Fr;

/// Most blocks of an input, so that it ends soon.
const MAX_BLOCKS: usize = 40;

/// An input whose first byte is this or above plays on a chain in mode masked, without encrypted
/// deviations.
const MASKED: u8 = 240;

/// The purposes of an opening, by choice.
const PURPOSES: [Purpose; 11] = [
    Purpose::Terms,
    Purpose::Scores,
    Purpose::Audit,
    Purpose::Trace,
    Purpose::Payment,
    Purpose::Trade,
    Purpose::Disclosure,
    Purpose::Obligation,
    Purpose::Deviation,
    Purpose::Service,
    Purpose::Lapse,
];

/// Reads bytes as choices. Past the end every choice is 0.
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

/// What transactions have named so far, accepted or not.
#[derive(Default)]
struct Seen {
    plans: Vec<Handle>,
    trades: Vec<MatchId>,
    trace_keys: Vec<TraceCommitment>,
    obligations: Vec<Commitment>,
    /// The first nullifier of each payment.
    payments: Vec<Nullifier>,
    withdrawals: Vec<TransactionId>,
    sent: Vec<Vec<u8>>,
}

/// Plays the blocks that `bytes` describe. Gives the outcome of each transaction that can be
/// decoded.
pub fn play(bytes: &[u8]) -> Vec<(Body, Result<(), Refusal>)> {
    let mut choices = Choices(bytes);
    let masked = bytes.first().is_some_and(|first| *first >= MASKED);
    let mut w = if masked { World::masked() } else { World::deviating() };
    let (mut seen, mut outcomes) = (Seen::default(), Vec::new());
    for _ in 0..MAX_BLOCKS {
        if choices.0.is_empty() {
            break;
        }
        let mut transactions = Vec::new();
        for _ in 0..choices.byte() % 6 {
            let bytes = transaction(&mut choices, &mut w, &mut seen);
            seen.sent.push(bytes.clone());
            transactions.push(bytes);
        }
        let step = [0, 1, 10, 40, 60, 100, 500, 2000][usize::from(choices.byte() % 8)];
        w.time = Time(w.time.0 + step);
        let readable = transactions.iter().map(|bytes| Transaction::decode(bytes).ok());
        let became = readable.zip(seal(&mut w, &transactions));
        outcomes.extend(became.filter_map(|(read, outcome)| Some((read?.body, outcome))));
    }
    outcomes
}

/// Executes a block and checks what must hold of every block. Gives the outcomes of its
/// transactions.
fn seal(w: &mut World, transactions: &[Vec<u8>]) -> Vec<Result<(), Refusal>> {
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
    first.receipts.iter().map(|r| r.outcome).collect()
}

/// A transaction: an honest one (which may come at the wrong time), a broken one, a replay, or
/// noise.
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
        // These are apart from the others, so that older inputs keep their meaning.
        choice @ 246.. => choice,
        choice => choice % 25,
    };
    let zero = Fr::from(0u64);
    let plan = c.of(&seen.plans).unwrap_or(Handle(zero));
    let trade = c.of(&seen.trades).unwrap_or(MatchId(zero));
    let own = c.side();
    // Mostly the handle that belongs to the trade, sometimes another.
    let handle = match w.state.trade(&trade) {
        Some(t) if c.byte() < 230 => t.side(own).handle,
        _ => plan,
    };
    match choice {
        0 => {
            let issuer = u32::from(c.byte() % 4);
            let choice = c.byte();
            match choice {
                220 => w.rotate(Operator::Regulator, Cycle::ZERO),
                221 => w.rotate(Operator::Matcher, Cycle::ZERO),
                222 | 223 => w.rotate(Operator::Issuer(world::issuer(issuer)), world::cycle(u32::from(choice & 1))),
                224 | 225 => {
                    let ruled = [Ruled::Struck, Ruled::Upheld][usize::from(choice & 1)];
                    w.ruling(c.of(&seen.obligations).unwrap_or(Commitment(zero)), ruled)
                }
                226 | 227 => w.epoch_with_alarm(u32::from(c.byte() % 4), u32::from(choice & 1)),
                228..=231 => w.paid(issuer, c.of(&seen.withdrawals).unwrap_or(TransactionId([0; 32]))),
                232..=235 => w.cap(issuer, u32::from(c.byte()), u32::from(c.byte())),
                236..=239 => w.suspend(issuer, choice.is_multiple_of(2)),
                240.. => {
                    let sign = Sign::ALL[usize::from(choice - 240) / 4];
                    let body = w.issue_metered(issuer, sign, world::cycle(1));
                    if let Body::IssueMetered(b) = &body {
                        seen.obligations.extend(sign.is_owed().then_some(b.commitment));
                    }
                    body
                }
                other => w.issue(issuer, [Issued::Generation, Issued::Balance][usize::from(other & 1)]),
            }
        }
        1 => credential(w.credential(1), seen),
        2 => match c.of(&seen.trace_keys) {
            Some(kappa) => w.credential_of(u32::from(c.byte() % 3), kappa),
            None => credential(w.credential(2), seen),
        },
        3..=6 => {
            let body = w.plan(own);
            if let Body::SellPlan(b) | Body::BuyPlan(b) = &body {
                seen.plans.push(b.handle);
            }
            body
        }
        7 => w.scores(c.byte() % 4, plan),
        8 => opening(c, w, seen, (plan, trade)),
        9 | 10 => {
            let other = c.of(&seen.plans).unwrap_or(plan);
            let body = w.pairing(c.byte() % 4, plan, other);
            if let Body::Match(b) = &body {
                seen.trades.push(b.match_id);
            }
            body
        }
        11 | 12 => w.confirm(own, trade, handle),
        13 => Body::Refuse(Objection { match_id: trade, handle }),
        14 => w.complain(trade, handle),
        15 => w.deliver(own, trade),
        16 => w.settle(own, trade, handle),
        17 => w.release(plan),
        18 => w.void(trade, handle),
        19 => w.merge(),
        20 => match c.byte() % 3 {
            0 => w.epoch_start(u32::from(c.byte() % 4)),
            1 => w.cycle_start(u32::from(c.byte() % 4), w.time.0 + u64::from(c.byte())),
            _ => {
                let n = c.byte();
                let role = if n < 128 { IssuerRole::Desk } else { IssuerRole::MeteringService };
                w.register(u32::from(n % 6), role)
            }
        },
        21 => paid(w.surplus(), seen),
        22 => {
            let body = w.withdraw(u64::from(c.byte()));
            seen.withdrawals.push(w.seal(body).id());
            paid(body, seen)
        }
        24 => w.transcript(c.byte() % 4),
        246 => w.contest(c.byte() % 4, plan),
        247 => w.mask(c.byte() % 4),
        248 => paid(w.shortfall(c.of(&seen.obligations).unwrap_or(Commitment(zero))), seen),
        249 => {
            // This is right if exactly one offer takes part, and it is this one.
            let (body, offer) = (w.scores(c.byte() % 4, plan), c.of(&seen.plans).unwrap_or(plan));
            let blob = |plan: Handle| BlobHash::of(&plan.to_bytes());
            let digest = world::right_scores(&[blob(offer)], &blob(plan));
            if let Body::Scores(b) = body {
                Body::Scores(Scores { digest, ..b })
            } else {
                body
            }
        }
        250 => w.threshold(trade),
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

/// Notes the trace key of a credential.
fn credential(body: Body, seen: &mut Seen) -> Body {
    if let Body::IssueCredential(b) = &body {
        seen.trace_keys.push(b.deposit.kappa);
    }
    body
}

/// Notes the first nullifier of a payment.
fn paid(body: Body, seen: &mut Seen) -> Body {
    seen.payments.extend(match &body {
        Body::Surplus(b) => Some(b.nullifier_metered),
        Body::Shortfall(b) => Some(b.nullifier),
        Body::Withdraw(b) => Some(b.nullifier),
        _ => None,
    });
    body
}

/// An opening of something that was named before, mostly in the form that its purpose needs.
fn opening(c: &mut Choices<'_>, w: &World, seen: &Seen, (plan, trade): (Handle, MatchId)) -> Body {
    let purpose = c.of(&PURPOSES).unwrap_or(Purpose::Terms);
    let round = c.byte() % 4;
    let first = match purpose {
        Purpose::Terms | Purpose::Scores | Purpose::Audit | Purpose::Lapse => Some(plan.0),
        Purpose::Trace | Purpose::Disclosure => c.of(&seen.trace_keys).map(|kappa| kappa.0),
        Purpose::Payment => c.of(&seen.payments).map(|nullifier| nullifier.0),
        Purpose::Trade | Purpose::Deviation => Some(trade.0),
        Purpose::Obligation => c.of(&seen.obligations).map(|rest| rest.0),
        Purpose::Service => Some(Fr::from(c.byte() % 3)),
    };
    let second = match purpose {
        Purpose::Terms => c.of(&seen.plans).map(|plan| plan.0),
        Purpose::Disclosure | Purpose::Service | Purpose::Lapse => Some(Fr::from(c.byte() % 4)),
        _ => None,
    };
    let cycle = match purpose {
        Purpose::Payment | Purpose::Disclosure | Purpose::Obligation | Purpose::Service | Purpose::Lapse => 0,
        _ => 1,
    };
    // Sometimes of another cycle, or with a part that does not belong to the purpose.
    let (cycle, second) = match c.byte() {
        0..=199 => (cycle, second),
        200..=227 => (cycle ^ 1, second),
        _ => (cycle, Some(plan.0)),
    };
    let (serial, cycle, zero) = (w.regulator_serial(), world::cycle(cycle), Fr::from(0u64));
    let (first, second, reason) = (first.unwrap_or(zero), second.unwrap_or(zero), [0; 32]);
    Body::Open(Open { serial, purpose, cycle, round, first, second, reason })
}

/// An honest transaction, before any trade, as the bytes that [`body`] reads: its choice, the plan,
/// the side, and what else the choice needs.
fn before(choice: u8, plan: u8, side: Side, more: &[u8]) -> Vec<u8> {
    [&[0, choice, plan, 0, side as u8][..], more].concat()
}

/// An honest transaction once the first trade is on the ledger, as the bytes that [`body`] reads.
fn after(choice: u8, plan: u8, side: Side, more: &[u8]) -> Vec<u8> {
    before(choice, plan, side, &[&[0][..], more].concat())
}

/// A block of these transactions, sealed after a step of time.
fn block(transactions: &[Vec<u8>], step: u8) -> Vec<u8> {
    [&[transactions.len() as u8][..], &transactions.concat(), &[step]].concat()
}

/// Histories that reach far, as the bytes that [`play`] reads. Together they get every kind of
/// transaction accepted, with everything that can be issued, opened and registered.
pub(crate) fn seeds() -> Vec<Vec<u8>> {
    use Side::{Buy, Sell};
    let both = |of: &dyn Fn(Side) -> Vec<u8>, step| block(&[of(Sell), of(Buy)], step);
    let done = |choice: u8, step| both(&|side| after(choice, 0, side, &[]), step);
    let each = |transactions: &[Vec<u8>]| -> Vec<u8> {
        transactions.iter().flat_map(|t| block(std::slice::from_ref(t), 0)).collect()
    };
    let purpose = |of: Purpose| PURPOSES.iter().position(|p| *p == of).map_or(u8::MAX, |n| n as u8);
    // Plan 0 sells, plan 1 buys; then the first cut-off comes.
    let listed = [both(&|side| before(3, 0, side, &[]), 0), block(&[], 5)].concat();
    let pair = each(&[before(24, 0, Sell, &[0]), before(9, 0, Sell, &[1, 0])]);
    let matched = [&listed[..], &pair].concat();
    let delivered = [&matched[..], &done(11, 1), &done(15, 1)].concat();
    let noise = [&[1u8, 250, 20][..], &[world::REGULATOR; 160]].concat();

    // Wrong scores, which an objection strikes out; right ones, which stay; what a round opens; and
    // a plan that is cancelled.
    let opened = |of, plan, more: &[u8]| before(8, plan, Sell, &[&[purpose(of), 0][..], more, &[0]].concat());
    let scored = each(&[
        before(7, 1, Sell, &[0]),
        before(246, 1, Sell, &[0]),
        before(249, 1, Sell, &[0, 0]),
        before(246, 1, Sell, &[0]),
        opened(Purpose::Scores, 1, &[]),
        opened(Purpose::Terms, 0, &[1]),
        opened(Purpose::Audit, 0, &[]),
        before(17, 1, Sell, &[]),
    ]);
    // The same history in mode masked.
    let mut masked = listed.clone();
    masked[0] += MASKED;
    masked.extend(each(&[before(247, 1, Sell, &[0]), opened(Purpose::Scores, 1, &[])]));
    // A household that is registered, issued to and traced; its surplus when the cycle is over; a
    // withdrawal.
    let issued = |by, what| before(0, 0, Sell, &[by, what]);
    let known = block(&[before(1, 0, Sell, &[]), issued(0, 0), issued(2, 1), before(19, 0, Sell, &[])], 0);
    let remainders = block(&[before(2, 0, Sell, &[0, 1]), issued(0, 240), issued(1, 248)], 0);
    let paid = block(&[before(21, 0, Sell, &[]), before(248, 0, Sell, &[0]), before(22, 0, Sell, &[5])], 0);
    let marked = block(&[before(0, 0, Sell, &[2, 228, 0])], 0);
    let looked = each(&[
        opened(Purpose::Trace, 0, &[0]),
        opened(Purpose::Disclosure, 0, &[0, 1]),
        opened(Purpose::Payment, 0, &[2]),
        opened(Purpose::Service, 0, &[1, 1]),
    ]);
    // Two obligations that nobody pays: opened in the next epoch, one is upheld, the other struck.
    let owed = each(&[
        issued(0, 244),
        issued(0, 244),
        before(20, 0, Sell, &[0, 2]),
        opened(Purpose::Obligation, 0, &[1]),
        before(0, 0, Sell, &[0, 224, 1]),
        before(0, 0, Sell, &[0, 225, 2]),
    ]);
    let household = [known, block(&[], 7), remainders, paid, marked, looked, owed].concat();
    // One refusal raises the alarm of an epoch in which none may be.
    let strict = block(&[after(0, 0, Sell, &[0, 226, 2])], 0);
    let lapsed = after(8, 0, Sell, &[purpose(Purpose::Lapse), 0, 2, 0]);
    // Two more issuers, another key, another cycle, another epoch.
    let regulator = each(&[
        before(20, 0, Sell, &[2, 3]),
        before(20, 0, Sell, &[2, 130]),
        before(0, 0, Sell, &[0, 232, 5, 6]),
        before(0, 0, Sell, &[0, 236]),
        before(23, 0, Sell, &[0, 2]),
        // It opens a second after the first cycle.
        before(20, 0, Sell, &[1, 2, 1]),
        before(20, 0, Sell, &[0, 2]),
    ]);
    // Everybody's keys are replaced, and everybody goes on with the new ones.
    let replaced = each(&[
        issued(0, 223),
        issued(2, 222),
        issued(0, 221),
        issued(0, 220),
        issued(0, 0),
        issued(2, 1),
        before(20, 0, Sell, &[0, 2]),
    ]);
    let trade = after(8, 0, Sell, &[purpose(Purpose::Trade), 0, 0]);
    let verdict = [250, 251, 252, 253, 254].map(|choice| done(choice, 1)).concat();
    vec![
        [&listed[..], &scored].concat(),
        masked,
        household,
        regulator,
        replaced,
        noise,
        [&delivered[..], &verdict].concat(),
        [&delivered[..], &done(16, 1), &block(&[trade], 0)].concat(),
        [&matched[..], &done(13, 1)].concat(),
        [&matched[..], &strict, &done(13, 1), &block(&[lapsed], 0)].concat(),
        [&matched[..], &done(14, 1)].concat(),
        [&matched[..], &done(11, 1), &block(&[], 7), &done(18, 1)].concat(),
    ]
}
