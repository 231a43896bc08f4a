//! The encrypted deviation of a trade, in the clear: its parts, each posted once, by its party and
//! in order.

use super::{need, Allowed};
use crate::action::*;
use crate::model::*;
use crate::tally::Met;
use ledger::stage::Lock;
use ledger::Refusal;
use protocol::units::Side;

impl Model {
    /// A trade that has, or will have, deliveries, where there is a key.
    pub(super) fn deviating(&self, match_id: Name) -> Result<&Trade, Refusal> {
        need(self.deviating, Refusal::NoDeviation)?;
        let trade = self.known_trade(match_id).ok_or(Refusal::UnknownTrade)?;
        need(!trade.off && !trade.void, Refusal::WrongStage)?;
        Ok(trade)
    }

    pub(super) fn may_deviate(&self, action: &Action) -> Allowed {
        match *action {
            Action::MatchThreshold { serial, match_id } => {
                need(!self.deviating(match_id)?.deviation.threshold, Refusal::DeviationReused)?;
                self.unused(Operator::Regulator, serial)
            }
            Action::DeliveryAmount { issuer, serial, match_id, side } => {
                let trade = self.deviating(match_id)?;
                need(self.issuers.contains_key(&issuer), Refusal::UnregisteredIssuer)?;
                need(trade.half(side).delivered.is_some(), Refusal::DeviationEarly)?;
                need(trade.half(side).confirmed.is_some_and(|(_, meter)| meter == issuer), Refusal::WrongIssuer)?;
                need(!trade.deviation.delivery(side), Refusal::DeviationReused)?;
                self.unused(Operator::Issuer(issuer), serial)
            }
            Action::Deviation { serial, match_id } => {
                let known = self.deviating(match_id)?.deviation;
                need(!known.result, Refusal::DeviationReused)?;
                need(known.threshold && known.sold && known.bought, Refusal::DeviationEarly)?;
                self.unused(Operator::Matcher, serial)
            }
            Action::Verdict { serial, match_id, .. } => {
                let known = self.deviating(match_id)?.deviation;
                need(known.verdict.is_none(), Refusal::DeviationReused)?;
                need(known.announced, Refusal::DeviationEarly)?;
                self.unused(Operator::Regulator, serial)
            }
            _ => panic!("not about a deviation"),
        }
    }

    pub(super) fn deviated(&mut self, action: &Action) {
        let (Action::MatchThreshold { match_id, .. }
        | Action::DeliveryAmount { match_id, .. }
        | Action::Deviation { match_id, .. }
        | Action::Verdict { match_id, .. }) = *action
        else {
            panic!("not about a deviation")
        };
        let trade = self.trades.get_mut(&match_id).unwrap();
        match *action {
            Action::MatchThreshold { .. } => {
                trade.deviation.threshold = true;
            }
            Action::DeliveryAmount { side, .. } => {
                *trade.deviation.delivery_mut(side) = true;
            }
            Action::Deviation { .. } => {
                trade.deviation.result = true;
            }
            Action::Verdict { within, .. } => {
                trade.deviation.verdict = Some(within);
                self.tally.met(Met::Verdict);
                if [Side::Sell, Side::Buy].iter().all(|side| trade.half(*side).lock == Lock::Settled) {
                    self.tally.met(Met::LateVerdict);
                }
                if trade.verdict_differs() {
                    self.happened.push(Happened::VerdictDiffers(match_id));
                }
            }
            _ => unreachable!("looked at above"),
        }
    }
}
