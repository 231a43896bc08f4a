//! Public inputs, put together without the ledger's code.

use super::{market, World};
use crate::keys::{encryption, encryption_of, serial_key_of_issuer, AUDIT, PLAN, TERMS};
use crate::units::cycle;
use protocol::encoding::{hash_to_field, Canonical};
use protocol::record::metered::Sign;
use protocol::relation::{self as r, Statement};
use protocol::transaction::body::{IssueCredential, Issued};
use protocol::transaction::deposit::Deposit;
use protocol::transaction::Body;
use protocol::units::Side;
use protocol::Fr;

impl World {
    /// The public inputs of the proof that a household deposits its trace key.
    pub fn deposit_inputs(&self, b: &IssueCredential) -> Vec<Fr> {
        let Deposit { kappa, c1, ciphertext } = b.deposit;
        let said = [self.state.chain().0.to_vec(), b.epoch.get().to_le_bytes().to_vec(), b.deposit.to_bytes()].concat();
        let (key, binding) = (encryption(AUDIT).point(), hash_to_field("veilgrid/deposit-binding/1", &said));
        vec![kappa.0, key.x, key.y, c1.x, c1.y, ciphertext[0], binding]
    }
    /// The public inputs of a body, from the harness's own records. Of an unknown plan there are
    /// none: the proof is then of nothing, and the ledger has to refuse the body for another
    /// reason.
    pub fn inputs(&self, body: &Body, binding: Fr) -> Vec<Fr> {
        let (audit_key, terms_key) = (encryption(AUDIT).point(), encryption(TERMS).point());
        let (m, t) = (market(), &self.terms);
        let greatest = self.state.genesis().limits.greatest_energy.get();
        match body {
            // The numbers of the tags G, S, B and C.
            Body::Issue(b) => {
                let (tag, meter, greatest) = match b.issued {
                    Issued::Generation => (3u64, b.issuer.get(), greatest),
                    Issued::Balance => (5, 0, 0),
                };
                vec![Fr::from(tag), b.commitment.0, Fr::from(meter), Fr::from(greatest), binding]
            }
            Body::IssueMetered(b) => {
                // Which key counts for which cycle, a test of rotations works out by itself.
                let key = self.metered_under.unwrap_or(serial_key_of_issuer(b.issuer.get()));
                let public = [Fr::from(b.sign as u8), Fr::from(b.cycle.get()), Fr::from(b.issuer.get())];
                let head =
                    [&[b.commitment.0][..], &public, &[b.record_serial.0, key.0, Fr::from(2 * greatest)]].concat();
                let tail = [audit_key.x, audit_key.y, b.c1.x, b.c1.y];
                [&head[..], &tail, &b.audit, &[binding]].concat()
            }
            Body::IssueCredential(b) => {
                vec![Fr::from(6u64), b.commitment.0, b.deposit.kappa.0, Fr::from(b.epoch.get()), binding]
            }
            Body::SellPlan(b) | Body::BuyPlan(b) => {
                let (parameters, root, epoch, cycle) = (m.digest(t), b.root, b.epoch, b.cycle);
                let (nullifier, handle, change, tag) = (b.nullifier, b.handle, b.change, b.tag);
                let (c1, terms, audit) = (b.c1, b.terms, b.audit);
                r::list_plan::ListPlan {
                    root,
                    epoch,
                    cycle,
                    parameters,
                    nullifier,
                    handle,
                    change,
                    tag,
                    terms_key,
                    audit_key,
                    c1,
                    terms,
                    audit,
                    binding,
                }
                .inputs()
            }
            Body::ConfirmSell(b) | Body::ConfirmBuy(b) => {
                let meter_key = encryption(encryption_of(b.meter.get(), b.generation.0)).point();
                let (match_id, handle, meter, c1) = (b.match_id, b.handle, b.meter, b.c1);
                let (metering, change, cycle) = (b.metering, b.change, cycle(1));
                r::confirm::Confirm { match_id, handle, cycle, meter, meter_key, c1, metering, change, binding }
                    .inputs()
            }
            Body::Refuse(b) => r::refuse::Refuse { match_id: b.match_id, handle: b.handle, binding }.inputs(),
            Body::Deliver(b) => {
                let other = u32::from(b.side == Side::Sell);
                let plan = encryption(PLAN).point();
                let meter = encryption(encryption_of(other, b.generation.0)).point();
                r::deliver::Deliver {
                    match_id: b.match_id,
                    side: b.side,
                    delivery: b.delivery,
                    c1: b.c1,
                    keys: [terms_key, plan, plan, meter],
                    pairs: [b.terms, b.seller, b.buyer, b.meter],
                    binding,
                }
                .inputs()
            }
            Body::SettleSell(b) | Body::SettleBuy(b) => {
                let delivery = |side| self.state.trade(&b.match_id).and_then(|t| t.side(side).delivery);
                let (Some(delivery_sell), Some(delivery_buy)) = (delivery(Side::Sell), delivery(Side::Buy)) else {
                    return vec![];
                };
                let (root, match_id, handle, within) = (b.root, b.match_id, b.handle, b.within);
                let (tolerance, penalty) = (m.tolerance, t.penalty);
                let (nullifier, balance) = (b.nullifier, b.balance);
                r::settle::Settle {
                    root,
                    match_id,
                    delivery_sell,
                    delivery_buy,
                    handle,
                    within,
                    tolerance,
                    penalty,
                    nullifier,
                    balance,
                    binding,
                }
                .inputs()
            }
            Body::Release(b) => {
                let Some(plan) = self.state.plan(&b.handle) else { return vec![] };
                r::release::Release { handle: b.handle, cycle: plan.cycle, side: plan.side, refund: b.refund, binding }
                    .inputs()
            }
            Body::Void(b) => {
                let Some(side) = self.state.trade(&b.match_id).and_then(|t| t.side_of(&b.handle)) else {
                    return vec![];
                };
                let (match_id, handle, refund) = (b.match_id, b.handle, b.refund);
                r::void::Void { match_id, handle, cycle: cycle(1), side, refund, binding }.inputs()
            }
            Body::Merge(b) => {
                r::merge::Merge { root: b.root, nullifiers: b.nullifiers, record: b.record, binding }.inputs()
            }
            Body::Surplus(b) => {
                let (root, epoch, cycle, tag) = (b.root, b.epoch, b.cycle, b.tag);
                let (nullifier_metered, nullifier_balance) = (b.nullifier_metered, b.nullifier_balance);
                let (balance, c1, audit, sign) = (b.balance, b.c1, b.audit, b.sign);
                let tariff = if sign == Sign::Surplus { m.feed_in } else { m.retail };
                r::surplus::Surplus {
                    root,
                    epoch,
                    nullifier_metered,
                    nullifier_balance,
                    balance,
                    sign,
                    tariff,
                    cycle,
                    tag,
                    audit_key,
                    c1,
                    audit,
                    binding,
                }
                .inputs()
            }
            Body::Shortfall(b) => {
                let (obligation, root, epoch, nullifier) = (b.obligation, b.root, b.epoch, b.nullifier);
                let (balance, cycle, tag) = (b.balance, cycle(1), b.tag);
                let sign = self.state.obligation(&b.obligation).map_or(Sign::Shortfall, |owed| owed.sign);
                let tariff = if sign == Sign::Shortfall { m.retail } else { m.feed_in };
                let (c1, audit) = (b.c1, b.audit);
                r::shortfall::Shortfall {
                    obligation,
                    root,
                    epoch,
                    nullifier,
                    balance,
                    sign,
                    tariff,
                    cycle,
                    tag,
                    audit_key,
                    c1,
                    audit,
                    binding,
                }
                .inputs()
            }
            Body::Withdraw(b) => {
                let (root, epoch, current) = (b.root, b.epoch, b.current);
                let (nullifier, balance) = (b.nullifier, b.balance);
                let (amount, payee, tag, c1, audit) = (b.amount, b.payee, b.tag, b.c1, b.audit);
                r::withdraw::Withdraw {
                    root,
                    epoch,
                    current,
                    nullifier,
                    balance,
                    amount,
                    payee,
                    tag,
                    audit_key,
                    c1,
                    audit,
                    binding,
                }
                .inputs()
            }
            _ => vec![],
        }
    }
}
