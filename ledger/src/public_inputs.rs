//! The public inputs that a transaction's proof must be of, from its body, the state and the
//! genesis (docs/protocol/20-relations.md). A wallet has to have proved exactly these, so nothing
//! that the ledger knows is taken from the transaction.

use crate::refusal::Refusal;
use crate::state::{Obligation, PlanEntry, State, TradeEntry, TradeSide};
use protocol::relation as r;
use protocol::relation::Statement;
use protocol::transaction::body::{
    Confirm, Deliver, ListPlan, Merge, Objection, Release, Settle, Shortfall, Surplus, Void, Withdraw,
};
use protocol::units::Side;
use protocol::Fr;

impl State {
    pub(crate) fn list_plan_inputs(&self, b: &ListPlan, binding: Fr) -> Result<Vec<Fr>, Refusal> {
        let cycle = self.cycle(b.cycle).ok_or(Refusal::UnknownCycle)?;
        let statement = r::list_plan::ListPlan {
            root: b.root,
            epoch: b.epoch,
            cycle: b.cycle,
            parameters: cycle.parameters,
            nullifier: b.nullifier,
            handle: b.handle,
            change: b.change,
            tag: b.tag,
            terms_key: self.genesis.terms_key.point(),
            audit_key: self.genesis.audit_key.point(),
            c1: b.c1,
            terms: b.terms,
            audit: b.audit,
            binding,
        };
        Ok(statement.inputs())
    }
    pub(crate) fn confirm_inputs(&self, b: &Confirm, trade: &TradeEntry, binding: Fr) -> Result<Vec<Fr>, Refusal> {
        let meter = self.issuer(b.meter).ok_or(Refusal::UnregisteredIssuer)?;
        let statement = r::confirm::Confirm {
            match_id: b.match_id,
            handle: b.handle,
            cycle: trade.cycle,
            meter: b.meter,
            meter_key: meter.encryption_key.point(),
            c1: b.c1,
            metering: b.metering,
            change: b.change,
            binding,
        };
        Ok(statement.inputs())
    }
    pub(crate) fn settle_inputs(&self, b: &Settle, trade: &TradeEntry, binding: Fr) -> Result<Vec<Fr>, Refusal> {
        let cycle = self.cycle(trade.cycle).ok_or(Refusal::UnknownCycle)?;
        let delivery = |side: Side| trade.side(side).delivery.ok_or(Refusal::WrongStage);
        let statement = r::settle::Settle {
            root: b.root,
            match_id: b.match_id,
            delivery_sell: delivery(Side::Sell)?,
            delivery_buy: delivery(Side::Buy)?,
            handle: b.handle,
            within: b.within,
            tolerance: cycle.start.market.tolerance,
            penalty: cycle.start.terms.penalty,
            nullifier: b.nullifier,
            balance: b.balance,
            binding,
        };
        Ok(statement.inputs())
    }
    /// The keys of the two plans, and that of the other side's metering service as it stands now.
    pub(crate) fn deliver_inputs(&self, b: &Deliver, trade: &TradeEntry, binding: Fr) -> Result<Vec<Fr>, Refusal> {
        let plan_key = |side: &TradeSide| Ok(self.plan(&side.handle).ok_or(Refusal::UnknownPlan)?.plan_key);
        let other = trade.side(b.side.other()).meter.ok_or(Refusal::WrongStage)?;
        let meter = self.issuer(other).ok_or(Refusal::UnregisteredIssuer)?.encryption_key.point();
        let statement = r::deliver::Deliver {
            match_id: b.match_id,
            side: b.side,
            delivery: b.delivery,
            c1: b.c1,
            keys: [self.genesis.terms_key.point(), plan_key(&trade.sell)?, plan_key(&trade.buy)?, meter],
            pairs: [b.terms, b.seller, b.buyer, b.meter],
            binding,
        };
        Ok(statement.inputs())
    }
    pub(crate) fn surplus_inputs(&self, b: &Surplus, binding: Fr) -> Result<Vec<Fr>, Refusal> {
        let cycle = self.cycle(b.cycle).ok_or(Refusal::UnknownCycle)?;
        let statement = r::surplus::Surplus {
            root: b.root,
            epoch: b.epoch,
            nullifier_metered: b.nullifier_metered,
            nullifier_balance: b.nullifier_balance,
            balance: b.balance,
            sign: b.sign,
            tariff: b.sign.tariff(&cycle.start.market),
            cycle: b.cycle,
            tag: b.tag,
            audit_key: self.genesis.audit_key.point(),
            c1: b.c1,
            audit: b.audit,
            binding,
        };
        Ok(statement.inputs())
    }
    pub(crate) fn shortfall_inputs(&self, b: &Shortfall, of: &Obligation, binding: Fr) -> Result<Vec<Fr>, Refusal> {
        let cycle = self.cycle(of.cycle).ok_or(Refusal::UnknownCycle)?;
        let statement = r::shortfall::Shortfall {
            obligation: b.obligation,
            root: b.root,
            epoch: b.epoch,
            nullifier: b.nullifier,
            balance: b.balance,
            sign: of.sign,
            tariff: of.sign.tariff(&cycle.start.market),
            cycle: of.cycle,
            tag: b.tag,
            audit_key: self.genesis.audit_key.point(),
            c1: b.c1,
            audit: b.audit,
            binding,
        };
        Ok(statement.inputs())
    }
    pub(crate) fn withdraw_inputs(&self, b: &Withdraw, binding: Fr) -> Vec<Fr> {
        let statement = r::withdraw::Withdraw {
            root: b.root,
            epoch: b.epoch,
            current: b.current,
            nullifier: b.nullifier,
            balance: b.balance,
            amount: b.amount,
            payee: b.payee,
            tag: b.tag,
            audit_key: self.genesis.audit_key.point(),
            c1: b.c1,
            audit: b.audit,
            binding,
        };
        statement.inputs()
    }
}

pub(crate) fn release_inputs(b: &Release, plan: &PlanEntry, binding: Fr) -> Vec<Fr> {
    r::release::Release { handle: b.handle, cycle: plan.cycle, side: plan.side, refund: b.refund, binding }.inputs()
}

pub(crate) fn void_inputs(b: &Void, trade: &TradeEntry, side: Side, binding: Fr) -> Vec<Fr> {
    let (match_id, handle, refund) = (b.match_id, b.handle, b.refund);
    r::void::Void { match_id, handle, cycle: trade.cycle, side, refund, binding }.inputs()
}

pub(crate) fn refuse_inputs(b: &Objection, binding: Fr) -> Vec<Fr> {
    r::refuse::Refuse { match_id: b.match_id, handle: b.handle, binding }.inputs()
}

pub(crate) fn merge_inputs(b: &Merge, binding: Fr) -> Vec<Fr> {
    r::merge::Merge { root: b.root, nullifiers: b.nullifiers, record: b.record, binding }.inputs()
}
