//! From random numbers to transactions: a step is a wish, and the market's state decides which
//! transaction it becomes. Most steps are moves that a party may make now. A twist makes the others
//! wrong in some way.
//!
//! A new kind of transaction needs: an action, its rule in `rules` and its effect in
//! `rules::effect`, its maker in `forge`, and here a wish with the moves that are open to it.

mod deviation;
mod moves;
mod wrong;

use crate::action::*;
use crate::model::*;
use protocol::transaction::Kind;

/// A wish and the numbers that decide between its moves.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    pub wish: Wish,
    pub a: u16,
    pub b: u16,
    pub c: u16,
    pub twist: Twist,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// A move that brings plans and trades forward.
    Advance,
    Energy,
    Money,
    Rest,
    Credential,
    ListSell,
    ListBuy,
    Scores,
    Contest,
    Transcript,
    Mask,
    Open,
    Match,
    Confirm,
    Refuse,
    Complain,
    Deliver,
    Settle,
    Deviation,
    Release,
    Void,
    Merge,
    Surplus,
    Shortfall,
    Withdraw,
    Pay,
    Ruling,
    EpochStart,
    CycleStart,
    Register,
    Suspend,
    Rotate,
    Cap,
    ActivateKey,
}

impl Wish {
    /// All wishes, each with its weight.
    pub const ALL: [(u32, Wish); 34] = [
        (30, Wish::Advance),
        (3, Wish::Energy),
        (2, Wish::Money),
        (3, Wish::Rest),
        (4, Wish::Credential),
        (5, Wish::ListSell),
        (5, Wish::ListBuy),
        (3, Wish::Scores),
        (5, Wish::Contest),
        (3, Wish::Transcript),
        (2, Wish::Mask),
        (6, Wish::Open),
        (8, Wish::Match),
        (6, Wish::Confirm),
        (3, Wish::Refuse),
        (5, Wish::Complain),
        (5, Wish::Deliver),
        (5, Wish::Settle),
        (5, Wish::Deviation),
        (3, Wish::Release),
        (3, Wish::Void),
        (3, Wish::Merge),
        (3, Wish::Surplus),
        (3, Wish::Shortfall),
        (4, Wish::Withdraw),
        (5, Wish::Pay),
        (2, Wish::Ruling),
        (1, Wish::EpochStart),
        (3, Wish::CycleStart),
        (2, Wish::Register),
        (1, Wish::Suspend),
        (1, Wish::Rotate),
        (1, Wish::Cap),
        (5, Wish::ActivateKey),
    ];
}

/// The way in which a step goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Twist {
    None,
    Flawed(Flaw),
    /// The transaction has expired, or its expiry is not one that the ledger takes.
    Expired,
    /// Another serial than the next.
    Serial,
    /// An anchor that may be too old.
    OldAnchor,
    /// Another plan, trade, record, cycle, epoch, issuer or round than is right.
    Other,
    /// The very bytes of an earlier transaction.
    Resend,
    /// The contents of an earlier transaction, made anew.
    Again,
    /// A record that was just spent, maybe in this very block, or a lock that was used.
    Double,
    /// Any transaction about a plan or trade, in any stage.
    AnyStage,
    /// Terms outside a plan, a volume or amount that is not covered, a wrong service, a key of
    /// another party.
    Greedy,
}

/// The choice of a step: a new transaction, or bytes that were sent before.
pub enum Choice {
    New { action: Action, flaw: Flaw, expiry: u64 },
    Old(Name),
}

fn pick<T: Copy>(from: &[T], n: u16) -> Option<T> {
    (!from.is_empty()).then(|| from[usize::from(n) % from.len()])
}

/// Chooses for a model, when so many transactions have been made before.
pub struct Chooser<'a> {
    pub model: &'a Model,
    pub sent: &'a [Tx],
}

impl Chooser<'_> {
    pub fn choose(&self, step: Step) -> Choice {
        let name = self.sent.len();
        let ahead = if step.c.is_multiple_of(5) { u64::from(step.c % 3) } else { 1000 };
        let expiry = (self.model.height + ahead).next_multiple_of(EXPIRY_STEP);
        if step.twist == Twist::Resend && name > 0 {
            return Choice::Old(self.recent(step.a));
        }
        let mut action = match step.twist {
            Twist::Again if name > 0 => self.again(step),
            Twist::Double => self.double(step).unwrap_or_else(|| self.open_move(step)),
            Twist::AnyStage => self.any_stage(step).unwrap_or_else(|| self.open_move(step)),
            _ => self.open_move(step),
        };
        let (mut flaw, mut expiry) = (Flaw::None, expiry);
        match step.twist {
            Twist::Flawed(f) => flaw = fitting(f, action.kind()),
            Twist::Expired => {
                let past = (self.model.height - 1) / EXPIRY_STEP * EXPIRY_STEP;
                let far = (self.model.height + VALIDITY + 1).next_multiple_of(EXPIRY_STEP);
                expiry = [past, expiry + 1, far][usize::from(step.b % 3)];
            }
            Twist::Serial => {
                if let Some(serial) = action.serial_mut() {
                    let (next, far) = (*serial, 1 + u64::from(step.c) % 5000);
                    let others = [next - 1, next + far, next.saturating_sub(far), next + 4095, next + 4096, u64::MAX];
                    *serial = others[usize::from(step.b) % others.len()];
                }
            }
            Twist::OldAnchor => {
                if let Some(anchor) = action.anchor_mut() {
                    *anchor = anchor.saturating_sub(u64::from(step.b % 12));
                }
            }
            Twist::Other => self.other(&mut action, step),
            Twist::Greedy => self.greedy(&mut action, step),
            Twist::None | Twist::Resend | Twist::Again | Twist::Double | Twist::AnyStage => {}
        }
        Choice::New { action, flaw, expiry }
    }

    fn of_issuer(&self, issuer: u32) -> u64 {
        self.model.next_serial(Operator::Issuer(issuer))
    }
}

/// A flaw that this kind of transaction can have.
fn fitting(flaw: Flaw, kind: Kind) -> Flaw {
    let proved = kind.relation().is_some();
    let names_blob = kind.is_listing() || [Kind::MatchThreshold, Kind::DeliveryAmount, Kind::Deviation].contains(&kind);
    use Kind::*;
    let encrypts = matches!(
        kind,
        SellPlan
            | BuyPlan
            | ConfirmSell
            | ConfirmBuy
            | Surplus
            | Shortfall
            | Withdraw
            | IssueCredential
            | Match
            | Deliver
            | IssueMetered
    );
    match flaw {
        Flaw::Version(_) | Flaw::Superseded | Flaw::Renamed if !proved => Flaw::Altered,
        Flaw::Weak if !encrypts => Flaw::Altered,
        Flaw::Stale if !matches!(kind, ConfirmSell | ConfirmBuy | Deliver) => Flaw::Altered,
        Flaw::Inflated if !proved || kind == Kind::Refuse => Flaw::Seal,
        Flaw::Ciphertext | Flaw::Absent if !names_blob => Flaw::Seal,
        Flaw::Second if !kind.is_listing() && kind.signed_relation().is_none() => Flaw::Seal,
        flaw => flaw,
    }
}
