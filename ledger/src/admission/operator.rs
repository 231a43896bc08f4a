//! Checks of the transactions that issuers, the matching node and the regulator send. A signature
//! over a nonce seals them, and where a record is issued a proof as well.

use super::{allowed, Checked, Moment};
use crate::changes::{Change, DeviationStep, Signer};
use crate::stage::{PlanTrigger, TradeTrigger};
use crate::state::{Obligation, Opening, PlanEntry, State, Strike, TradeEntry, TradeSide};
use crate::Refusal;
use protocol::ids::{Time, TransactionId};
use protocol::keys::TraceCommitment;
use protocol::record::metered::Sign;
use protocol::record::{Commitment, Handle, MatchId, Nullifier};
use protocol::relation::Statement;
use protocol::transaction::body::{
    ActivateKey, Contest, CycleStart, Deliver, EpochStart, Issue, IssueCredential, Issued, IssuerRole, Mask, Match,
    Open, Purpose, RegisterIssuer, Scores, Transcript,
};
use protocol::transaction::validators::MatchingMode;
use protocol::units::{Cycle, IssuerId, Side};
use protocol::Fr;

impl State {
    pub(super) fn issue(&self, b: &Issue, at: Moment, binding: Fr) -> Checked {
        let issuer = self.issuer(b.issuer).ok_or(Refusal::UnregisteredIssuer)?;
        let role = match b.issued {
            Issued::Generation | Issued::Metered(..) => IssuerRole::MeteringService,
            Issued::Balance => IssuerRole::Desk,
        };
        if issuer.role != role {
            return Err(Refusal::WrongRole);
        }
        let mut changes = vec![self.nonce(Signer::Issuer(b.issuer), b.nonce)?];
        if let Issued::Metered(sign, number) = b.issued {
            let cycle = self.cycle(number).ok_or(Refusal::UnknownCycle)?;
            if !cycle.is_closed(at.time) {
                return Err(Refusal::CycleNotOver);
            }
            if sign == Sign::Shortfall {
                if self.obligations.contains_key(&b.commitment) {
                    return Err(Refusal::ObligationReused);
                }
                let obligation = Obligation { cycle: number, issuer: b.issuer, paid: false };
                changes.push(Change::Obligation(b.commitment, obligation));
            }
        }
        changes.push(Change::Leaf(b.commitment));
        Ok((changes, b.statement(binding).inputs()))
    }

    pub(super) fn issue_credential(&self, b: &IssueCredential, binding: Fr) -> Checked {
        let nonce = self.nonce(Signer::Regulator, b.nonce)?;
        // For the current epoch or a later one, so that households have their credentials when it
        // starts.
        if self.epoch.is_some_and(|current| b.epoch < current) {
            return Err(Refusal::StaleEpoch);
        }
        match self.trace_key(&b.kappa) {
            None => return Err(Refusal::UndepositedTraceKey),
            Some(true) => return Err(Refusal::TraceKeyReused),
            Some(false) => {}
        }
        let changes = vec![nonce, Change::Credential(b.kappa), Change::Leaf(b.commitment)];
        Ok((changes, b.statement(binding).inputs()))
    }

    /// The plan, if it is of this side and cycle.
    fn plan_of(&self, handle: &Handle, side: Side, cycle: Cycle) -> Result<&PlanEntry, Refusal> {
        let plan = self.plan(handle).ok_or(Refusal::UnknownPlan)?;
        if plan.side != side {
            return Err(Refusal::WrongSide);
        }
        if plan.cycle != cycle {
            return Err(Refusal::WrongCycle);
        }
        Ok(plan)
    }

    /// The round's cut-off, if this is the cycle's current round.
    fn current_round(&self, cycle: Cycle, round: u8, at: Moment) -> Result<Time, Refusal> {
        let state = self.cycle(cycle).ok_or(Refusal::UnknownCycle)?;
        if state.is_closed(at.time) {
            return Err(Refusal::CycleClosed);
        }
        if state.round(at.time) != Some(round) {
            return Err(Refusal::WrongRound);
        }
        Ok(state.cut_off(round))
    }

    /// Whether the chain matches in mode masked.
    fn is_masked(&self) -> bool {
        self.genesis.matching_mode != MatchingMode::Open
    }

    pub(super) fn commit_mask(&self, b: &Mask, at: Moment) -> Checked {
        if !self.is_masked() {
            return Err(Refusal::WrongMode);
        }
        let nonce = self.nonce(Signer::Matcher, b.nonce)?;
        self.current_round(b.cycle, b.round, at)?;
        if self.mask(b.cycle, b.round).is_some() {
            return Err(Refusal::MaskReused);
        }
        Ok((vec![nonce, Change::Mask(b.cycle, b.round, b.commitment)], vec![]))
    }

    /// Refuses to open anything of a masked round before its mask is committed.
    fn masked_first(&self, cycle: Cycle, round: u8) -> Result<(), Refusal> {
        match self.is_masked() && self.mask(cycle, round).is_none() {
            true => Err(Refusal::NoMask),
            false => Ok(()),
        }
    }

    pub(super) fn post_scores(&self, b: &Scores, at: Moment) -> Checked {
        if self.is_masked() {
            return Err(Refusal::WrongMode);
        }
        let nonce = self.nonce(Signer::Matcher, b.nonce)?;
        let cut_off = self.current_round(b.cycle, b.round, at)?;
        let plan = self.plan_of(&b.buy, Side::Buy, b.cycle)?;
        allowed(plan.stage.on(PlanTrigger::Match))?;
        takes_part(plan, cut_off)?;
        if self.score_digest(b.cycle, b.round, &b.buy).is_some() {
            return Err(Refusal::ScoresReused);
        }
        Ok((vec![nonce, Change::Scores(b.cycle, b.round, b.buy, b.digest)], vec![]))
    }

    pub(super) fn contest(&self, b: &Contest, at: Moment) -> Checked {
        if self.is_masked() {
            return Err(Refusal::WrongMode);
        }
        self.current_round(b.cycle, b.round, at)?;
        if self.score_digest(b.cycle, b.round, &b.buy) != Some(b.digest) {
            return Err(Refusal::NoScores);
        }
        let strike = Strike { height: at.height, contest: *b };
        Ok((vec![Change::Struck(Box::new(strike))], vec![]))
    }

    pub(super) fn open(&self, b: &Open, id: TransactionId, at: Moment) -> Checked {
        let nonce = self.nonce(Signer::Regulator, b.nonce)?;
        let (first, second) = (Handle(b.first), Handle(b.second));
        let one = b.second == Fr::from(0u64);
        match b.purpose {
            Purpose::Scores if one => {
                let cut_off = self.current_round(b.cycle, b.round, at)?;
                takes_part(self.plan_of(&first, Side::Buy, b.cycle)?, cut_off)?;
                self.masked_first(b.cycle, b.round)?;
            }
            Purpose::Terms => {
                let cut_off = self.current_round(b.cycle, b.round, at)?;
                takes_part(self.plan_of(&first, Side::Sell, b.cycle)?, cut_off)?;
                takes_part(self.plan_of(&second, Side::Buy, b.cycle)?, cut_off)?;
                self.masked_first(b.cycle, b.round)?;
            }
            Purpose::Audit if one && b.round == 0 => {
                if self.plan(&first).ok_or(Refusal::UnknownPlan)?.cycle != b.cycle {
                    return Err(Refusal::WrongCycle);
                }
            }
            Purpose::Trace if one && b.round == 0 => {
                self.trace_key(&TraceCommitment(b.first)).ok_or(Refusal::UndepositedTraceKey)?;
            }
            Purpose::Payment if one && b.round == 0 && b.cycle == Cycle::ZERO => {
                self.nullifiers.get(&Nullifier(b.first)).ok_or(Refusal::UnknownPayment)?;
            }
            Purpose::Trade if one && b.round == 0 => {
                if self.trade(&MatchId(b.first)).ok_or(Refusal::UnknownTrade)?.cycle != b.cycle {
                    return Err(Refusal::WrongCycle);
                }
            }
            Purpose::Disclosure if b.round == 0 && b.cycle == Cycle::ZERO => {
                self.trace_key(&TraceCommitment(b.first)).ok_or(Refusal::UndepositedTraceKey)?;
                let named = |issuer: &&IssuerId| Fr::from(issuer.get()) == b.second;
                self.issuers.keys().find(named).ok_or(Refusal::UnregisteredIssuer)?;
            }
            Purpose::Obligation if one && b.round == 0 && b.cycle == Cycle::ZERO => {
                self.obligation(&Commitment(b.first)).ok_or(Refusal::UnknownObligation)?;
            }
            Purpose::Deviation if one && b.round == 0 => {
                let trade = self.deviating(&MatchId(b.first))?;
                if trade.cycle != b.cycle {
                    return Err(Refusal::WrongCycle);
                }
                trade.deviation.result.ok_or(Refusal::DeviationEarly)?;
            }
            _ => return Err(Refusal::MisfitOpening),
        }
        let opening = Opening { transaction: id, height: at.height, open: *b };
        let mut changes = vec![nonce, Change::Opening(Box::new(opening))];
        if b.purpose == Purpose::Deviation {
            changes.push(Change::Deviation(MatchId(b.first), DeviationStep::Announced));
        }
        Ok((changes, vec![]))
    }

    pub(super) fn post_transcript(&self, b: &Transcript, at: Moment) -> Checked {
        let nonce = self.nonce(Signer::Regulator, b.nonce)?;
        self.current_round(b.cycle, b.round, at)?;
        if self.transcript(b.cycle, b.round).is_some() {
            return Err(Refusal::TranscriptReused);
        }
        Ok((vec![nonce, Change::Transcript(b.cycle, b.round, b.digest)], vec![]))
    }

    pub(super) fn match_plans(&self, b: &Match, at: Moment) -> Checked {
        let nonce = self.nonce(Signer::Regulator, b.nonce)?;
        let cut_off = self.current_round(b.cycle, b.round, at)?;
        if self.transcript(b.cycle, b.round).is_none() {
            return Err(Refusal::NoTranscript);
        }
        if self.trades.contains_key(&b.match_id) {
            return Err(Refusal::HandleReused);
        }
        for (handle, side) in [(&b.sell, Side::Sell), (&b.buy, Side::Buy)] {
            let plan = self.plan_of(handle, side, b.cycle)?;
            if plan.last_round == Some(b.round) {
                return Err(Refusal::AlreadyMatched);
            }
            allowed(plan.stage.on(PlanTrigger::Match))?;
            takes_part(plan, cut_off)?;
            if plan.has_point(&b.c1) {
                return Err(Refusal::PointReused);
            }
        }
        let confirm_seconds = self.cycle(b.cycle).ok_or(Refusal::UnknownCycle)?.start.schedule.confirm_seconds;
        let trade = TradeEntry {
            match_id: b.match_id,
            cycle: b.cycle,
            round: b.round,
            stage: crate::stage::TradeStage::Matched,
            matched_time: at.time,
            confirm_deadline: Time(at.time.0 + u64::from(confirm_seconds)),
            c1: b.c1,
            sell: TradeSide::new(b.sell, b.seller),
            buy: TradeSide::new(b.buy, b.buyer),
            deviation: Default::default(),
        };
        Ok((vec![nonce, Change::Match(Box::new(trade))], vec![]))
    }

    /// A trade has one record a side: the stage tells a second one apart. Records of different trades
    /// may be equal only if somebody copied one, which then does not open for its trade.
    pub(super) fn deliver(&self, b: &Deliver, binding: Fr) -> Checked {
        self.issuer(b.issuer).ok_or(Refusal::UnregisteredIssuer)?;
        let trade = self.trade(&b.match_id).ok_or(Refusal::UnknownTrade)?;
        let trigger = TradeTrigger::deliver(b.side);
        allowed(trade.stage.on(trigger))?;
        if trade.side(b.side).meter != Some(b.issuer) {
            return Err(Refusal::WrongIssuer);
        }
        let inputs = self.deliver_inputs(b, trade, binding)?;
        let nonce = self.nonce(Signer::Issuer(b.issuer), b.nonce)?;
        let kept = Change::Deliver { match_id: b.match_id, side: b.side, delivery: b.delivery };
        Ok((vec![nonce, kept, Change::Trade(b.match_id, trigger)], inputs))
    }

    pub(super) fn start_epoch(&self, b: &EpochStart) -> Checked {
        let nonce = self.nonce(Signer::Regulator, b.nonce)?;
        if self.epoch.is_some_and(|current| b.epoch <= current) {
            return Err(Refusal::CycleOrder);
        }
        Ok((vec![nonce, Change::Epoch(b.epoch)], vec![]))
    }

    pub(super) fn check_cycle_start(&self, b: &CycleStart, at: Moment) -> Checked {
        let nonce = self.nonce(Signer::Regulator, b.nonce)?;
        self.current(b.epoch)?;
        if self.cycles.keys().next_back().is_some_and(|last| b.cycle <= *last) {
            return Err(Refusal::CycleOrder);
        }
        if !crate::state::is_sane(&b.schedule, b.market.max_rounds, at.time) {
            return Err(Refusal::BadSchedule);
        }
        Ok((vec![nonce, Change::Cycle(Box::new(*b))], vec![]))
    }

    /// [`crate::execute`] asks whether the program has the key, once the regulator's signature has
    /// verified.
    pub(super) fn activate_key(&self, b: &ActivateKey) -> Checked {
        let nonce = self.nonce(Signer::Regulator, b.nonce)?;
        if !self.keys.takes(b.from, self.newest_cycle()) {
            return Err(Refusal::CycleOrder);
        }
        Ok((vec![nonce, Change::Key(Box::new(*b))], vec![]))
    }

    pub(super) fn register_issuer(&self, b: &RegisterIssuer) -> Checked {
        let nonce = self.nonce(Signer::Regulator, b.nonce)?;
        if self.issuers.contains_key(&b.issuer) {
            return Err(Refusal::IssuerReused);
        }
        let (genesis, others) = (&self.genesis, || self.issuers.values());
        let signs = [genesis.regulator, genesis.matcher].contains(&b.key) || others().any(|o| o.key == b.key);
        let encrypts = [genesis.terms_key, genesis.audit_key].contains(&b.encryption_key)
            || others().any(|o| o.encryption_key == b.encryption_key);
        if signs || encrypts {
            return Err(Refusal::KeyReused);
        }
        let context = b.issuer.get().to_le_bytes();
        b.possession.verify(&b.encryption_key, &context).map_err(|_| Refusal::BadPossession)?;
        Ok((vec![nonce, Change::Issuer(Box::new(*b))], vec![]))
    }
}

/// Refuses a plan that was listed at or after a round's cut-off: only earlier plans take part in
/// the round.
fn takes_part(plan: &PlanEntry, cut_off: Time) -> Result<(), Refusal> {
    if plan.listed_time >= cut_off {
        return Err(Refusal::WrongRound);
    }
    Ok(())
}
