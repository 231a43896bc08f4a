//! The tables. Rows are stages and columns are triggers, both in the order of their enums; a test
//! compares the two.

use super::{Cell, TradeEffect::*};
use super::{Cell::*, Lock, LockTrigger, PlanStage, PlanTrigger, TradeEffect, TradeStage, TradeTrigger};
use crate::Refusal;
use protocol::units::Side::{Buy, Sell};

type PlanCell = Cell<PlanStage, ()>;
type TradeCell = Cell<TradeStage, TradeEffect>;
type LockCell = Cell<Lock, ()>;

const WRONG: Refusal = Refusal::WrongStage;
const CONFIRMED: Refusal = Refusal::AlreadyConfirmed;
const POSTED: Refusal = Refusal::AlreadyDelivered;
const USED: Refusal = Refusal::AlreadySettled;

/// The next stage of a plan, by its stage and the trigger.
#[rustfmt::skip]
pub const PLAN_TABLE: [(PlanStage, [PlanCell; PlanTrigger::ALL.len()]); PlanStage::ALL.len()] = {
    use PlanStage::*;
    const fn to(stage: PlanStage) -> PlanCell { Go(stage, ()) }
    const NO: PlanCell = No(WRONG);
    [
        //          Match        Release       GateClosure  Refuse       Lapse       Relist      RelistLate
        (Listed,   [to(InTrade), to(Released), to(Expired), NO,          NO,         NO,         NO]),
        (Expired,  [NO,          to(Released), Stay,        NO,          NO,         NO,         NO]),
        (Refused,  [NO,          to(Released), Stay,        NO,          NO,         NO,         NO]),
        (Lapsed,   [NO,          to(Released), Stay,        NO,          NO,         NO,         NO]),
        (Released, [NO,          NO,           Stay,        NO,          NO,         NO,         NO]),
        (InTrade,  [NO,          NO,           Stay,        to(Refused), to(Lapsed), to(Listed), to(Expired)]),
    ]
};

/// The next stage of a trade and the effects, by its stage and the trigger.
#[rustfmt::skip]
pub const TRADE_TABLE: [(TradeStage, [TradeCell; TradeTrigger::ALL.len()]); TradeStage::ALL.len()] = {
    use TradeStage::*;
    const NO: TradeCell = No(WRONG);
    [
        (Matched, [
            Go(ConfirmedBySeller, Keep), Go(ConfirmedByBuyer, Keep),        // confirm
            Go(Dissolved, Refuse(Sell)), Go(Dissolved, Refuse(Buy)),        // refuse
            Go(Dissolved, RelistBoth), Go(Dissolved, RelistBoth),           // complain
            NO, NO, NO, NO, NO, NO,                                         // deliver, settle, void
            Go(Dissolved, LapseBoth), Stay,                                 // deadlines: confirmation, delivery
        ]),
        (ConfirmedBySeller, [
            No(CONFIRMED), Go(Binding, Bind),
            No(CONFIRMED), Go(Dissolved, Refuse(Buy)),
            No(CONFIRMED), Go(Dissolved, RelistBoth),
            NO, NO, NO, NO, NO, NO,
            Go(Dissolved, Lapse(Buy)), Stay,
        ]),
        (ConfirmedByBuyer, [
            Go(Binding, Bind), No(CONFIRMED),
            Go(Dissolved, Refuse(Sell)), No(CONFIRMED),
            Go(Dissolved, RelistBoth), No(CONFIRMED),
            NO, NO, NO, NO, NO, NO,
            Go(Dissolved, Lapse(Sell)), Stay,
        ]),
        (Binding, [
            No(CONFIRMED), No(CONFIRMED), No(CONFIRMED), No(CONFIRMED), No(CONFIRMED), No(CONFIRMED),
            Go(SellerDelivered, Keep), Go(BuyerDelivered, Keep), NO, NO, NO, NO,
            Stay, Go(Void, MakeVoid),
        ]),
        (SellerDelivered, [
            No(CONFIRMED), No(CONFIRMED), No(CONFIRMED), No(CONFIRMED), No(CONFIRMED), No(CONFIRMED),
            No(POSTED), Go(Delivered, Deliver), NO, NO, NO, NO,
            Stay, Go(Void, MakeVoid),
        ]),
        (BuyerDelivered, [
            No(CONFIRMED), No(CONFIRMED), No(CONFIRMED), No(CONFIRMED), No(CONFIRMED), No(CONFIRMED),
            Go(Delivered, Deliver), No(POSTED), NO, NO, NO, NO,
            Stay, Go(Void, MakeVoid),
        ]),
        (Delivered, [
            No(CONFIRMED), No(CONFIRMED), No(CONFIRMED), No(CONFIRMED), No(CONFIRMED), No(CONFIRMED),
            No(POSTED), No(POSTED), Go(Delivered, Settle(Sell)), Go(Delivered, Settle(Buy)), NO, NO,
            Stay, Stay,
        ]),
        (Void, [
            No(CONFIRMED), No(CONFIRMED), No(CONFIRMED), No(CONFIRMED), No(CONFIRMED), No(CONFIRMED),
            NO, NO, NO, NO, Go(Void, Return(Sell)), Go(Void, Return(Buy)),
            Stay, Stay,
        ]),
        (Dissolved, [NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, Stay, Stay]),
    ]
};

/// The next state of one side's lock, once the trade's table has allowed the step: exactly one of
/// Settle and Void uses a lock, once.
#[rustfmt::skip]
pub const LOCK_TABLE: [(Lock, [LockCell; 2]); Lock::ALL.len()] = [
    //                Settle                 Return
    (Lock::Held,     [Go(Lock::Settled, ()), Go(Lock::Returned, ())]),
    (Lock::Settled,  [No(USED),              No(USED)]),
    (Lock::Returned, [No(USED),              No(USED)]),
];

const _: [LockTrigger; 2] = [LockTrigger::Settle, LockTrigger::Return];
