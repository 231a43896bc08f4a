//! The tables have their enums' order, and the protocol's chapter shows exactly them, cell by cell.

use super::*;
use std::fmt::{Debug, Write};

#[test]
fn rows_and_columns_are_in_the_order_of_their_enums() {
    for (i, (stage, _)) in PLAN_TABLE.iter().enumerate() {
        assert_eq!((*stage as usize, *stage), (i, PlanStage::ALL[i]));
    }
    for (i, (stage, _)) in TRADE_TABLE.iter().enumerate() {
        assert_eq!((*stage as usize, *stage), (i, TradeStage::ALL[i]));
    }
    for (i, (lock, _)) in LOCK_TABLE.iter().enumerate() {
        assert_eq!((*lock as usize, *lock), (i, Lock::ALL[i]));
    }
    assert!(PlanTrigger::ALL.iter().enumerate().all(|(i, t)| *t as usize == i));
    assert!(TradeTrigger::ALL.iter().enumerate().all(|(i, t)| *t as usize == i));
    assert_eq!([LockTrigger::Settle as usize, LockTrigger::Return as usize], [0, 1]);
}

/// A table as markdown, a trigger a row, a stage a column.
fn render<S: Debug + Copy, E: Debug, T: Debug + Copy>(
    stages: &[S],
    triggers: &[T],
    on: impl Fn(S, T) -> Cell<S, E>,
) -> String {
    let mut out = String::from("| |");
    stages.iter().for_each(|s| write!(out, " {s:?} |").unwrap());
    out += "\n|---|";
    stages.iter().for_each(|_| out += "---|");
    for trigger in triggers {
        write!(out, "\n| {trigger:?} |").unwrap();
        for stage in stages {
            match on(*stage, *trigger) {
                Cell::Go(next, effect) => {
                    write!(out, " **{next:?}**").unwrap();
                    let effect = format!("{effect:?}");
                    if effect != "()" {
                        write!(out, ", {effect}").unwrap();
                    }
                    out += " |";
                }
                Cell::No(refusal) => write!(out, " {} |", refusal.code()).unwrap(),
                Cell::Stay => out += " - |",
            }
        }
    }
    out + "\n"
}

#[test]
fn the_chapter_shows_these_tables() {
    let chapter = include_str!("../../../docs/protocol/40-ledger.md");
    let tables = [
        render(&PlanStage::ALL, &PlanTrigger::ALL, PlanStage::on),
        render(&TradeStage::ALL, &TradeTrigger::ALL, TradeStage::on),
        render(&Lock::ALL, &[LockTrigger::Settle, LockTrigger::Return], Lock::on),
    ];
    for table in tables {
        assert!(chapter.contains(&table), "docs/protocol/40-ledger.md should contain:\n{table}");
    }
    for refusal in Refusal::ALL {
        let row = format!("| {} | `{}` | {refusal} |\n", *refusal as u8, refusal.code());
        assert!(chapter.contains(&row), "docs/protocol/40-ledger.md should contain:\n{row}");
    }
}

#[test]
fn exactly_one_of_settle_and_void_is_ever_possible() {
    for stage in TradeStage::ALL {
        for side in [Side::Sell, Side::Buy] {
            let settles =
                matches!(stage.on(TradeTrigger::settle(side)), Cell::Go(_, TradeEffect::Settle(s)) if s == side);
            let voids = matches!(stage.on(TradeTrigger::void(side)), Cell::Go(_, TradeEffect::Return(s)) if s == side);
            assert_eq!(settles, stage == TradeStage::Delivered);
            assert_eq!(voids, stage == TradeStage::Void);
        }
    }
    // Neither of the two can become the other: both are final.
    for stage in [TradeStage::Delivered, TradeStage::Void, TradeStage::Dissolved] {
        for trigger in TradeTrigger::ALL {
            assert!(!matches!(stage.on(trigger), Cell::Go(next, _) if next != stage));
        }
    }
}
