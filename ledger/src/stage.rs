//! The stages of plans and trades, and the effect of each transaction or deadline in each stage, as
//! literal tables (docs/protocol/50-settlement-and-grid.md; docs/protocol/40-ledger.md, "Stages").
//!
//! Nothing else moves a lock: `execute` asks these tables and follows them. A plan's own stage
//! counts until Match. From then on the trade's stage counts, until the trade hands the plan back
//! (refused, lapsed, or listed again).

mod table;
#[cfg(test)]
mod tests;

pub use table::{LOCK_TABLE, PLAN_TABLE, TRADE_TABLE};

use crate::Refusal;
use protocol::units::Side;

/// Stage of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PlanStage {
    /// The plan is on the order book.
    Listed,
    /// Gate closure passed while it was listed.
    Expired,
    /// The plan refused its match.
    Refused,
    /// The plan let its confirmation deadline pass.
    Lapsed,
    /// The plan's lock has been given back.
    Released,
    /// The plan is in a trade, whose stage counts.
    InTrade,
}

/// Stage of a trade.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TradeStage {
    /// Matched; neither side has confirmed.
    Matched,
    /// The seller has confirmed.
    ConfirmedBySeller,
    /// The buyer has confirmed.
    ConfirmedByBuyer,
    /// Both have confirmed.
    Binding,
    /// Binding, and the seller's delivery record is there.
    SellerDelivered,
    /// Binding, and the buyer's delivery record is there.
    BuyerDelivered,
    /// Both delivery records are there: each side may settle.
    Delivered,
    /// The delivery deadline of its round passed without both: each side may take back what it
    /// locked.
    Void,
    /// Dissolved before it was binding.
    Dissolved,
}

/// One side's lock in a binding trade.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lock {
    /// The lock is neither settled nor given back.
    Held,
    /// The trade's settlement has used the lock.
    Settled,
    /// The lock was given back because the trade is void.
    Returned,
}

/// A transaction or deadline that moves a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PlanTrigger {
    /// Transaction Match.
    Match,
    /// Transaction Release.
    Release,
    /// Gate closure of its cycle.
    GateClosure,
    /// Its trade is dissolved because the plan refused.
    Refuse,
    /// Its trade is dissolved because the plan did not confirm in time.
    Lapse,
    /// Its trade is dissolved through no act of the plan, before gate closure.
    Relist,
    /// Its trade is dissolved through no act of the plan, after gate closure.
    RelistLate,
}

/// A transaction or deadline that moves a trade.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TradeTrigger {
    /// Transaction ConfirmSell.
    ConfirmSell,
    /// Transaction ConfirmBuy.
    ConfirmBuy,
    /// Transaction Refuse by the seller.
    RefuseSell,
    /// Transaction Refuse by the buyer.
    RefuseBuy,
    /// Transaction Complain by the seller.
    ComplainSell,
    /// Transaction Complain by the buyer.
    ComplainBuy,
    /// Transaction Deliver for the seller.
    DeliverSell,
    /// Transaction Deliver for the buyer.
    DeliverBuy,
    /// Transaction SettleSell.
    SettleSell,
    /// Transaction SettleBuy.
    SettleBuy,
    /// Transaction Void by the seller.
    VoidSell,
    /// Transaction Void by the buyer.
    VoidBuy,
    /// The confirmation deadline.
    ConfirmDeadline,
    /// The delivery deadline of its round.
    DeliveryDeadline,
}

/// A step that uses up a lock in a binding trade.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LockTrigger {
    /// The trade's settlement of this side.
    Settle,
    /// The trade's refund of this side.
    Return,
}

/// The effect of a trade's step, besides moving its stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TradeEffect {
    /// The step's data are kept (a confirmation's change and service, a delivery record), and
    /// nothing else.
    Keep,
    /// Both changes enter the tree, the sell side's first.
    Bind,
    /// This side's plan is refused, the other is listed again.
    Refuse(Side),
    /// Both plans are listed again.
    RelistBoth,
    /// Both plans lapse.
    LapseBoth,
    /// This side's plan lapses, the other is listed again.
    Lapse(Side),
    /// Both delivery records are there.
    Deliver,
    /// Both locks can be taken back.
    MakeVoid,
    /// This side's lock is settled, once.
    Settle(Side),
    /// This side's lock is given back, once.
    Return(Side),
}

/// A cell of a table: the effect of a trigger in a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cell<S, E> {
    /// The stage changes to this one, with this effect.
    Go(S, E),
    /// The transaction is refused for this reason.
    No(Refusal),
    /// The deadline does not concern this stage and changes nothing.
    Stay,
}

impl PlanStage {
    /// All, in the order of the table's rows.
    pub const ALL: [PlanStage; 6] = [
        PlanStage::Listed,
        PlanStage::Expired,
        PlanStage::Refused,
        PlanStage::Lapsed,
        PlanStage::Released,
        PlanStage::InTrade,
    ];
    /// The effect of a trigger on a plan in this stage, by [`PLAN_TABLE`].
    pub fn on(self, trigger: PlanTrigger) -> Cell<PlanStage, ()> {
        PLAN_TABLE[self as usize].1[trigger as usize]
    }
}

impl TradeStage {
    /// All, in the order of the table's rows.
    pub const ALL: [TradeStage; 9] = [
        TradeStage::Matched,
        TradeStage::ConfirmedBySeller,
        TradeStage::ConfirmedByBuyer,
        TradeStage::Binding,
        TradeStage::SellerDelivered,
        TradeStage::BuyerDelivered,
        TradeStage::Delivered,
        TradeStage::Void,
        TradeStage::Dissolved,
    ];
    /// The effect of a trigger on a trade in this stage, by [`TRADE_TABLE`].
    pub fn on(self, trigger: TradeTrigger) -> Cell<TradeStage, TradeEffect> {
        TRADE_TABLE[self as usize].1[trigger as usize]
    }
}

impl Lock {
    /// All, in the order of the table's rows.
    pub const ALL: [Lock; 3] = [Lock::Held, Lock::Settled, Lock::Returned];
    /// The effect of a trigger on a lock in this state, by [`LOCK_TABLE`].
    pub fn on(self, trigger: LockTrigger) -> Cell<Lock, ()> {
        LOCK_TABLE[self as usize].1[trigger as usize]
    }
}

impl PlanTrigger {
    /// All, in the order of the table's columns.
    pub const ALL: [PlanTrigger; 7] = [
        PlanTrigger::Match,
        PlanTrigger::Release,
        PlanTrigger::GateClosure,
        PlanTrigger::Refuse,
        PlanTrigger::Lapse,
        PlanTrigger::Relist,
        PlanTrigger::RelistLate,
    ];
}

impl TradeTrigger {
    /// All, in the order of the table's columns.
    pub const ALL: [TradeTrigger; 14] = [
        TradeTrigger::ConfirmSell,
        TradeTrigger::ConfirmBuy,
        TradeTrigger::RefuseSell,
        TradeTrigger::RefuseBuy,
        TradeTrigger::ComplainSell,
        TradeTrigger::ComplainBuy,
        TradeTrigger::DeliverSell,
        TradeTrigger::DeliverBuy,
        TradeTrigger::SettleSell,
        TradeTrigger::SettleBuy,
        TradeTrigger::VoidSell,
        TradeTrigger::VoidBuy,
        TradeTrigger::ConfirmDeadline,
        TradeTrigger::DeliveryDeadline,
    ];
    /// The trigger that is a confirmation by this side.
    pub const fn confirm(side: Side) -> Self {
        match side {
            Side::Sell => TradeTrigger::ConfirmSell,
            Side::Buy => TradeTrigger::ConfirmBuy,
        }
    }
    /// The trigger that is a refusal by this side.
    pub const fn refuse(side: Side) -> Self {
        match side {
            Side::Sell => TradeTrigger::RefuseSell,
            Side::Buy => TradeTrigger::RefuseBuy,
        }
    }
    /// The trigger that is a complaint by this side.
    pub const fn complain(side: Side) -> Self {
        match side {
            Side::Sell => TradeTrigger::ComplainSell,
            Side::Buy => TradeTrigger::ComplainBuy,
        }
    }
    /// The trigger that is a delivery record for this side.
    pub const fn deliver(side: Side) -> Self {
        match side {
            Side::Sell => TradeTrigger::DeliverSell,
            Side::Buy => TradeTrigger::DeliverBuy,
        }
    }
    /// The trigger that is a settlement by this side.
    pub const fn settle(side: Side) -> Self {
        match side {
            Side::Sell => TradeTrigger::SettleSell,
            Side::Buy => TradeTrigger::SettleBuy,
        }
    }
    /// The trigger that is a refund of a void trade to this side.
    pub const fn void(side: Side) -> Self {
        match side {
            Side::Sell => TradeTrigger::VoidSell,
            Side::Buy => TradeTrigger::VoidBuy,
        }
    }
}
