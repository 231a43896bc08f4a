//! The coverage of histories: outcomes by kind and code, and the cells of the stage tables.

use ledger::stage::*;
use ledger::Refusal;
use protocol::transaction::Kind;
use std::collections::BTreeMap;
use std::fmt::Write;

macro_rules! mets {
    ($($name:ident $words:literal;)*) => {
        /// Events that the histories have to meet, whatever else they do.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Met { $($name),* }

        impl Met {
            pub const ALL: &'static [Met] = &[$(Met::$name),*];
            pub const fn words(self) -> &'static str { match self { $(Met::$name => $words),* } }
        }
    };
}

mets! {
    Anchor "a round's root became an anchor";
    Binding "a trade became binding";
    Refused "a plan refused its match";
    Complained "a complaint took a trade apart";
    Lapsed "a plan lapsed";
    Relisted "a plan was listed again";
    Expired "a plan expired";
    Delivered "both delivery records were there";
    ShortWithin "a settlement of a short delivery within tolerance";
    ShortBeyond "a settlement of a short delivery beyond tolerance";
    SellerOwes "a settlement of which the seller owes a penalty";
    BuyerOwes "a settlement of which the buyer owes a penalty";
    Void "a trade became void";
    NoDelivery "for want of both delivery records";
    OneDelivery "for want of one";
    LateDelivery "a delivery record that came too late";
    OtherTerms "other parameters from a new cycle on while a trade was under way";
    NextEpoch "a new epoch while a trade was under way";
    KeyChange "a change of verifying keys while a plan was in flight";
    NewKey "a proof accepted under another key than the genesis's";
    OldKey "a proof accepted under a plan's own key, superseded for new plans";
    Restart "a restart while a trade was under way";
    SpentAtOnce "a record spent twice in one block";
    UsedAtOnce "a lock used twice in one block";
    Withdrawal "money left the ledger";
    EmptyBalance "a withdrawal of all that a record held";
    Verdict "a verdict on an encrypted deviation";
    LateVerdict "after both sides had settled";
    LapseAlarm "more plans lapsed or refused in an epoch than its alarm allows";
    VerdictDiffers "a verdict that is not what a side settled with";
}

#[derive(Clone, Debug, Default)]
pub struct Tally {
    pub histories: u64,
    pub blocks: u64,
    pub restarts: u64,
    met: BTreeMap<Met, u64>,
    outcomes: BTreeMap<(Kind, Option<Refusal>), u64>,
    plans: BTreeMap<(PlanStage, PlanTrigger), u64>,
    trades: BTreeMap<(TradeStage, TradeTrigger), u64>,
    locks: BTreeMap<(Lock, LockTrigger), u64>,
}

fn add<K: Ord>(to: &mut BTreeMap<K, u64>, from: BTreeMap<K, u64>) {
    from.into_iter().for_each(|(key, n)| *to.entry(key).or_default() += n);
}

impl Tally {
    pub fn met(&mut self, what: Met) {
        *self.met.entry(what).or_default() += 1;
    }
    pub fn outcome(&mut self, kind: Kind, outcome: Result<(), Refusal>) {
        *self.outcomes.entry((kind, outcome.err())).or_default() += 1;
    }
    pub fn plan(&mut self, stage: PlanStage, trigger: PlanTrigger) {
        *self.plans.entry((stage, trigger)).or_default() += 1;
    }
    pub fn plan_deadline(&mut self, stage: PlanStage) {
        self.plan(stage, PlanTrigger::GateClosure);
    }
    /// A trade hands a plan back in this stage.
    pub fn plan_handed_back(&mut self, stage: PlanStage) {
        let trigger = match stage {
            PlanStage::Refused => PlanTrigger::Refuse,
            PlanStage::Lapsed => PlanTrigger::Lapse,
            PlanStage::Listed => PlanTrigger::Relist,
            _ => PlanTrigger::RelistLate,
        };
        self.plan(PlanStage::InTrade, trigger);
    }
    pub fn trade(&mut self, stage: TradeStage, trigger: TradeTrigger) {
        *self.trades.entry((stage, trigger)).or_default() += 1;
    }
    pub fn trade_deadline(&mut self, stage: TradeStage, confirmation: bool) {
        let trigger = if confirmation { TradeTrigger::ConfirmDeadline } else { TradeTrigger::DeliveryDeadline };
        self.trade(stage, trigger);
    }
    pub fn lock(&mut self, lock: Lock, trigger: LockTrigger) {
        *self.locks.entry((lock, trigger)).or_default() += 1;
    }
    pub fn add(&mut self, other: Tally) {
        self.histories += other.histories;
        self.blocks += other.blocks;
        self.restarts += other.restarts;
        add(&mut self.met, other.met);
        add(&mut self.outcomes, other.outcomes);
        add(&mut self.plans, other.plans);
        add(&mut self.trades, other.trades);
        add(&mut self.locks, other.locks);
    }

    /// Cells that no history met although one can.
    pub fn missing(&self) -> Vec<String> {
        let mut missing = Vec::new();
        for stage in PlanStage::ALL {
            let cells = PlanTrigger::ALL.into_iter().filter(|t| can_meet_plan(stage, *t));
            let cells = cells.filter(|t| !self.plans.contains_key(&(stage, *t)));
            missing.extend(cells.map(|t| format!("{stage:?} {t:?}")));
        }
        for stage in TradeStage::ALL {
            let cells = TradeTrigger::ALL.into_iter().filter(|t| can_meet_trade(stage, *t));
            let cells = cells.filter(|t| !self.trades.contains_key(&(stage, *t)));
            missing.extend(cells.map(|t| format!("{stage:?} {t:?}")));
        }
        for lock in Lock::ALL {
            let cells = [LockTrigger::Settle, LockTrigger::Return].into_iter().filter(|t| can_meet_lock(lock, *t));
            let cells = cells.filter(|t| !self.locks.contains_key(&(lock, *t)));
            missing.extend(cells.map(|t| format!("{lock:?} {t:?}")));
        }
        missing
    }
    pub fn accepted(&self, kind: Kind) -> u64 {
        self.outcomes.get(&(kind, None)).copied().unwrap_or(0)
    }
    /// Kinds of which no transaction was accepted, or none refused.
    pub fn one_sided(&self) -> Vec<String> {
        let none = |kind: Kind, refused: bool| !self.outcomes.keys().any(|(k, c)| *k == kind && c.is_some() == refused);
        let all = Kind::ALL.iter().flat_map(|kind| [(*kind, false), (*kind, true)]);
        let word = |refused| if refused { "refused" } else { "accepted" };
        all.filter(|(k, refused)| none(*k, *refused)).map(|(k, r)| format!("{} {}", k.name(), word(r))).collect()
    }
    /// The codes of refusals that no transaction met.
    pub fn never(&self) -> Vec<&'static str> {
        let met = |code: &Refusal| self.outcomes.keys().any(|(_, c)| *c == Some(*code));
        Refusal::ALL.iter().filter(|code| !met(code)).map(|code| code.code()).collect()
    }

    /// The events that no history met.
    pub fn unmet(&self) -> Vec<&'static str> {
        Met::ALL.iter().filter(|what| !self.met.contains_key(what)).map(|what| what.words()).collect()
    }

    /// The report of a run, for readers.
    pub fn report(&self) -> String {
        let mut out = String::new();
        let total = |refused: bool| {
            self.outcomes.iter().filter(|((_, c), _)| c.is_some() == refused).map(|(_, n)| n).sum::<u64>()
        };
        writeln!(
            out,
            "{} histories, {} blocks, {} restarts, {} transactions accepted, {} refused",
            self.histories,
            self.blocks,
            self.restarts,
            total(false),
            total(true)
        )
        .unwrap();
        for kind in Kind::ALL {
            let refused: Vec<_> = self.outcomes.iter().filter(|((k, c), _)| k == kind && c.is_some()).collect();
            let codes = refused.iter().map(|((_, c), n)| format!("{} {n}", c.unwrap().code())).collect::<Vec<_>>();
            let sum: u64 = refused.iter().map(|(_, n)| **n).sum();
            let accepted = self.accepted(*kind);
            writeln!(out, "{:<17} accepted {accepted:>8} refused {sum:>8}: {}", kind.name(), codes.join(", ")).unwrap();
        }
        for what in Met::ALL {
            writeln!(out, "{:>8} {}", self.met.get(what).copied().unwrap_or(0), what.words()).unwrap();
        }
        writeln!(out, "codes never met: {}", self.never().join(", ")).unwrap();
        table(&mut out, &PlanStage::ALL, &PlanTrigger::ALL, &self.plans, can_meet_plan);
        table(&mut out, &TradeStage::ALL, &TradeTrigger::ALL, &self.trades, can_meet_trade);
        table(&mut out, &Lock::ALL, &[LockTrigger::Settle, LockTrigger::Return], &self.locks, can_meet_lock);
        out
    }
}

fn table<S: Ord + Copy + std::fmt::Debug, T: Ord + Copy + std::fmt::Debug>(
    out: &mut String,
    stages: &[S],
    triggers: &[T],
    counts: &BTreeMap<(S, T), u64>,
    can_meet: fn(S, T) -> bool,
) {
    write!(out, "{:<17}", "").unwrap();
    stages.iter().for_each(|s| write!(out, "{:>18}", format!("{s:?}")).unwrap());
    out.push('\n');
    for trigger in triggers {
        write!(out, "{:<17}", format!("{trigger:?}")).unwrap();
        for stage in stages {
            let cell = match (counts.get(&(*stage, *trigger)), can_meet(*stage, *trigger)) {
                (Some(n), _) => n.to_string(),
                (None, true) => "NEVER".into(),
                (None, false) => "-".into(),
            };
            write!(out, "{cell:>18}").unwrap();
        }
        out.push('\n');
    }
}

/// A trade hands back only plans that are in it. A plan expires when its cycle's gate has closed,
/// and then the cycle is refused before the plan is looked at.
fn can_meet_plan(stage: PlanStage, trigger: PlanTrigger) -> bool {
    use PlanTrigger::*;
    match trigger {
        Match => stage != PlanStage::Expired,
        Release | GateClosure => true,
        Refuse | Lapse | Relist | RelistLate => stage == PlanStage::InTrade,
    }
}

/// Confirmations are due before deliveries are, and each deadline comes once: no trade is void when
/// its confirmations are due, none is undecided or void when its deliveries are.
fn can_meet_trade(stage: TradeStage, trigger: TradeTrigger) -> bool {
    use TradeStage::*;
    match trigger {
        TradeTrigger::ConfirmDeadline => stage != Void,
        TradeTrigger::DeliveryDeadline => ![Matched, ConfirmedBySeller, ConfirmedByBuyer, Void].contains(&stage),
        _ => true,
    }
}

/// A delivered trade is never void, and the reverse.
fn can_meet_lock(lock: Lock, trigger: LockTrigger) -> bool {
    !matches!((lock, trigger), (Lock::Settled, LockTrigger::Return) | (Lock::Returned, LockTrigger::Settle))
}
