//! Checks of the encrypted deviation (docs/protocol/32-deviation.md): who may post which part of
//! it, once, and in which order. The contents of the ciphertexts are beyond the ledger: it holds no
//! key, and the computation on them does not give the same bits twice.

use super::Checked;
use crate::changes::{Change, DeviationStep, Signer};
use crate::stage::TradeStage;
use crate::state::{State, TradeEntry};
use crate::Refusal;
use protocol::record::MatchId;
use protocol::transaction::body::{DeliveryAmount, Deviation, MatchThreshold, Verdict};
use protocol::units::Side;

impl State {
    /// The trade, if it is neither void nor dissolved and its market has a deviation key.
    pub(super) fn deviating(&self, match_id: &MatchId) -> Result<&TradeEntry, Refusal> {
        self.genesis.deviation().ok_or(Refusal::NoDeviation)?;
        let trade = self.trade(match_id).ok_or(Refusal::UnknownTrade)?;
        match trade.stage {
            TradeStage::Void | TradeStage::Dissolved => Err(Refusal::WrongStage),
            _ => Ok(trade),
        }
    }

    pub(super) fn match_threshold(&self, b: &MatchThreshold) -> Checked {
        once(self.deviating(&b.match_id)?.deviation.threshold)?;
        let serial = self.serial(Signer::Regulator, b.serial)?;
        Ok((vec![serial, Change::Deviation(b.match_id, DeviationStep::Threshold(b.ciphertext))], vec![]))
    }

    pub(super) fn delivery_amount(&self, b: &DeliveryAmount) -> Checked {
        let trade = self.deviating(&b.match_id)?;
        self.issuer(b.issuer).ok_or(Refusal::UnregisteredIssuer)?;
        trade.side(b.side).delivery.ok_or(Refusal::DeviationEarly)?;
        if trade.side(b.side).meter != Some(b.issuer) {
            return Err(Refusal::WrongIssuer);
        }
        once(trade.deviation.delivery(b.side))?;
        let serial = self.serial(Signer::Issuer(b.issuer), b.serial)?;
        Ok((vec![serial, Change::Deviation(b.match_id, DeviationStep::Delivery(b.side, b.ciphertext))], vec![]))
    }

    pub(super) fn deviation(&self, b: &Deviation) -> Checked {
        let known = self.deviating(&b.match_id)?.deviation;
        once(known.result)?;
        for needed in [known.threshold, known.delivery(Side::Sell), known.delivery(Side::Buy)] {
            needed.ok_or(Refusal::DeviationEarly)?;
        }
        let serial = self.serial(Signer::Matcher, b.serial)?;
        Ok((vec![serial, Change::Deviation(b.match_id, DeviationStep::Result(b.result))], vec![]))
    }

    pub(super) fn verdict(&self, b: &Verdict) -> Checked {
        let known = self.deviating(&b.match_id)?.deviation;
        once(known.verdict)?;
        if !known.announced {
            return Err(Refusal::DeviationEarly);
        }
        let serial = self.serial(Signer::Regulator, b.serial)?;
        Ok((vec![serial, Change::Deviation(b.match_id, DeviationStep::Verdict(b.within))], vec![]))
    }
}

/// Refuses what is on the ledger already.
fn once<T>(known: Option<T>) -> Result<(), Refusal> {
    match known {
        None => Ok(()),
        Some(_) => Err(Refusal::DeviationReused),
    }
}
