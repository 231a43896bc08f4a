//! Checks of the transactions that issuers, the matching node and the regulator send. A signature
//! over a serial seals them, and where a record is issued a proof as well.

use super::{allowed, Checked, Moment};
use crate::changes::{Change, DeviationStep, Signer};
use crate::stage::{PlanTrigger, TradeTrigger};
use crate::state::{Opening, PlanEntry, State, Strike, TradeEntry, TradeSide};
use crate::Refusal;
use protocol::encoding::Canonical;
use protocol::ids::{Generation, Time, TransactionId};
use protocol::keys::TraceCommitment;
use protocol::record::{Commitment, Handle, MatchId, Nullifier};
use protocol::relation::Statement;
use protocol::transaction::body::{
    ActivateKey, Contest, CycleStart, Deliver, EpochStart, IssueCredential, IssuerRole, Mask, Match, Open, Operator,
    Purpose, RegisterIssuer, Scores, SuspendIssuer, Transcript, MAX_CYCLE_STEP, MAX_ROUNDS,
};
use protocol::transaction::possession::issuer_context;
use protocol::transaction::validators::MatchingMode;
use protocol::units::{Cycle, Epoch, IssuerId, Side};
use protocol::Fr;

impl State {
    pub(super) fn issue_credential(&self, b: &IssueCredential, binding: Fr) -> Checked {
        let serial = self.serial(Signer::Regulator, b.serial)?;
        // For the current epoch or the next, so that households have their credentials when it
        // starts.
        if !self.is_current_or_next(b.epoch) {
            return Err(Refusal::StaleEpoch);
        }
        if self.has_trace_key(&b.deposit.kappa) {
            return Err(Refusal::TraceKeyReused);
        }
        let changes = vec![serial, Change::Credential(b.epoch, b.deposit.kappa), Change::Leaf(b.commitment)];
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
        let serial = self.serial(Signer::Matcher, b.serial)?;
        self.current_round(b.cycle, b.round, at)?;
        if self.mask(b.cycle, b.round).is_some() {
            return Err(Refusal::MaskReused);
        }
        Ok((vec![serial, Change::Mask(b.cycle, b.round, b.commitment)], vec![]))
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
        let serial = self.serial(Signer::Matcher, b.serial)?;
        let cut_off = self.current_round(b.cycle, b.round, at)?;
        let plan = self.plan_of(&b.buy, Side::Buy, b.cycle)?;
        allowed(plan.stage.on(PlanTrigger::Match))?;
        takes_part(plan, cut_off)?;
        if self.score_digest(b.cycle, b.round, &b.buy).is_some() {
            return Err(Refusal::ScoresReused);
        }
        Ok((vec![serial, Change::Scores(b.cycle, b.round, b.buy, b.digest)], vec![]))
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
        let serial = self.serial(Signer::Regulator, b.serial)?;
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
            // What a closed cycle's plan or trade was may be forgotten. Its announcement is then
            // taken as well formed: who opens checks the evidence, the ledger only logs.
            Purpose::Audit if one && b.round == 0 => match self.plan(&first) {
                Some(plan) if plan.cycle != b.cycle => return Err(Refusal::WrongCycle),
                None if !self.is_past(b.cycle, at.time) => return Err(Refusal::UnknownPlan),
                _ => {}
            },
            Purpose::Trace if one && b.round == 0 => {
                self.names_trace_key(b.first)?;
            }
            Purpose::Payment if one && b.round == 0 && b.cycle == Cycle::ZERO => {
                self.nullifiers.get(&Nullifier(b.first)).ok_or(Refusal::UnknownPayment)?;
            }
            Purpose::Trade if one && b.round == 0 => match self.trade(&MatchId(b.first)) {
                Some(trade) if trade.cycle != b.cycle => return Err(Refusal::WrongCycle),
                None if !self.is_past(b.cycle, at.time) => return Err(Refusal::UnknownTrade),
                _ => {}
            },
            Purpose::Disclosure if b.round == 0 && b.cycle == Cycle::ZERO => {
                self.names_trace_key(b.first)?;
                let named = |issuer: &&IssuerId| Fr::from(issuer.get()) == b.second;
                self.issuers.keys().find(named).ok_or(Refusal::UnregisteredIssuer)?;
            }
            Purpose::Obligation if one && b.round == 0 && b.cycle == Cycle::ZERO => {
                self.overdue(&Commitment(b.first))?;
            }
            Purpose::Deviation if one && b.round == 0 => {
                let trade = self.deviating(&MatchId(b.first))?;
                if trade.cycle != b.cycle {
                    return Err(Refusal::WrongCycle);
                }
                trade.deviation.result.ok_or(Refusal::DeviationEarly)?;
            }
            Purpose::Service if b.round == 0 && b.cycle == Cycle::ZERO => {
                if self.epoch.is_none_or(|current| epoch_of(&b.first).is_none_or(|named| named > current)) {
                    return Err(Refusal::UnknownEpoch);
                }
                let named = |issuer: &&IssuerId| Fr::from(issuer.get()) == b.second;
                let issuer = self.issuers.keys().find(named).ok_or(Refusal::UnregisteredIssuer)?;
                self.has_role(*issuer, IssuerRole::MeteringService)?;
            }
            Purpose::Lapse if b.round == 0 && b.cycle == Cycle::ZERO => self.lapsed(&first, &b.second)?,
            _ => return Err(Refusal::MisfitOpening),
        }
        let opening = Opening { transaction: id, height: at.height, open: *b };
        let mut changes = vec![serial, Change::Opening(Box::new(opening))];
        if b.purpose == Purpose::Deviation {
            changes.push(Change::Deviation(MatchId(b.first), DeviationStep::Announced));
        }
        Ok((changes, vec![]))
    }

    /// Whether an opening names the trace key of a credential. One that may be forgotten is taken as
    /// well formed: who opens checks the evidence, the ledger only logs.
    fn names_trace_key(&self, kappa: Fr) -> Result<(), Refusal> {
        let named = self.has_trace_key(&TraceCommitment(kappa)) || self.has_forgotten_trace_keys();
        named.then_some(()).ok_or(Refusal::UnknownTraceKey)
    }

    /// Checks that a plan lapsed or refused its match in an epoch in which too many did. Of the epochs
    /// before the last one nothing is known any more.
    fn lapsed(&self, handle: &Handle, epoch: &Fr) -> Result<(), Refusal> {
        let epoch = epoch_of(epoch).filter(|named| self.epoch.is_some_and(|current| *named <= current));
        let epoch = epoch.ok_or(Refusal::UnknownEpoch)?;
        if !self.lapse_count(epoch).is_some_and(|count| count.is_alarming()) {
            return Err(Refusal::NoAlarm);
        }
        self.has_lapsed(epoch, handle).then_some(()).ok_or(Refusal::NotLapsed)
    }

    pub(super) fn post_transcript(&self, b: &Transcript, at: Moment) -> Checked {
        if self.is_masked() == (b.answers == [0; 32]) {
            return Err(Refusal::WrongMode);
        }
        let serial = self.serial(Signer::Regulator, b.serial)?;
        self.current_round(b.cycle, b.round, at)?;
        if self.transcript(b.cycle, b.round).is_some() {
            return Err(Refusal::TranscriptReused);
        }
        Ok((vec![serial, Change::Transcript(b.cycle, b.round, b.digest)], vec![]))
    }

    pub(super) fn match_plans(&self, b: &Match, at: Moment) -> Checked {
        let serial = self.serial(Signer::Regulator, b.serial)?;
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
            order: *self.matched,
            stage: crate::stage::TradeStage::Matched,
            matched_time: at.time,
            confirm_deadline: Time(at.time.0 + u64::from(confirm_seconds)),
            c1: b.c1,
            sell: TradeSide::new(b.sell, b.seller),
            buy: TradeSide::new(b.buy, b.buyer),
            deviation: Default::default(),
        };
        Ok((vec![serial, Change::Match(Box::new(trade))], vec![]))
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
        self.present_keys(trade.side(b.side.other()).meter.ok_or(Refusal::WrongStage)?, b.generation)?;
        let inputs = self.deliver_inputs(b, trade, binding)?;
        let serial = self.serial(Signer::Issuer(b.issuer), b.serial)?;
        let kept = Change::Deliver { match_id: b.match_id, side: b.side, delivery: b.delivery };
        Ok((vec![serial, kept, Change::Trade(b.match_id, trigger)], inputs))
    }

    pub(super) fn start_epoch(&self, b: &EpochStart) -> Checked {
        let serial = self.serial(Signer::Regulator, b.serial)?;
        // Each epoch follows the last, so that none is the last of all numbers.
        if b.epoch.get().checked_sub(1) != Some(self.epoch.map_or(0, Epoch::get)) {
            return Err(Refusal::CycleOrder);
        }
        Ok((vec![serial, Change::Epoch(b.epoch, b.lapse_alarm)], vec![]))
    }

    pub(super) fn check_cycle_start(&self, b: &CycleStart, at: Moment) -> Checked {
        let serial = self.serial(Signer::Regulator, b.serial)?;
        if !self.is_current_or_next(b.epoch) {
            return Err(Refusal::StaleEpoch);
        }
        let newest = self.cycles.last();
        if newest.is_some_and(|(last, _)| b.cycle <= *last) || self.is_far(b.cycle) {
            return Err(Refusal::CycleOrder);
        }
        let opens_last = newest.is_none_or(|(_, newest)| newest.start.schedule.opens < b.schedule.opens);
        if !opens_last || !crate::state::is_sane(&b.schedule, b.market.max_rounds, at.time) {
            return Err(Refusal::BadSchedule);
        }
        if b.market.max_rounds > MAX_ROUNDS {
            return Err(Refusal::TooManyRounds);
        }
        if b.terms.greatest_energy != self.genesis.limits.greatest_energy {
            return Err(Refusal::WrongTerms);
        }
        Ok((vec![serial, Change::Cycle(Box::new(*b))], vec![]))
    }

    /// Whether a cycle's number is too far above the newest cycle's.
    fn is_far(&self, cycle: Cycle) -> bool {
        cycle.get().saturating_sub(self.newest_cycle().map_or(0, Cycle::get)) > MAX_CYCLE_STEP
    }

    /// [`crate::execute`] asks whether the program has the key, once the regulator's signature has
    /// verified.
    pub(super) fn activate_key(&self, b: &ActivateKey) -> Checked {
        let serial = self.serial(Signer::Regulator, b.serial)?;
        if !self.keys.takes(b.from, self.newest_cycle()) || self.is_far(b.from) {
            return Err(Refusal::CycleOrder);
        }
        Ok((vec![serial, Change::Key(Box::new(*b))], vec![]))
    }

    /// The registration of an issuer that is not suspended. Errors:
    /// [`Refusal::UnregisteredIssuer`], [`Refusal::SuspendedIssuer`].
    pub(super) fn active_issuer(&self, issuer: IssuerId) -> Result<&RegisterIssuer, Refusal> {
        let registered = self.issuer(issuer).ok_or(Refusal::UnregisteredIssuer)?;
        match self.is_suspended(issuer) {
            true => Err(Refusal::SuspendedIssuer),
            false => Ok(registered),
        }
    }

    /// Refuses what was made for keys of a service that are not its present ones. Its proof would just
    /// be bad, and nobody would learn why.
    pub(super) fn present_keys(&self, service: IssuerId, generation: Generation) -> Result<(), Refusal> {
        match self.generation(Operator::Issuer(service)) == generation {
            true => Ok(()),
            false => Err(Refusal::ReplacedKey),
        }
    }

    pub(super) fn suspend_issuer(&self, b: &SuspendIssuer) -> Checked {
        let serial = self.serial(Signer::Regulator, b.serial)?;
        self.issuer(b.issuer).ok_or(Refusal::UnregisteredIssuer)?;
        Ok((vec![serial, Change::Suspended(b.issuer, b.suspended)], vec![]))
    }

    pub(super) fn register_issuer(&self, b: &RegisterIssuer) -> Checked {
        let serial = self.serial(Signer::Regulator, b.serial)?;
        if self.issuers.contains_key(&b.issuer) {
            return Err(Refusal::IssuerReused);
        }
        let reused = self.is_signing_key(&b.key) || self.is_encryption_key(&b.encryption_key);
        let service = b.role == IssuerRole::MeteringService;
        if reused || (service && self.has_serial_key(&b.serial_key)) {
            return Err(Refusal::KeyReused);
        }
        let context = issuer_context(self.chain, b.role, b.issuer);
        b.possession.verify(&b.encryption_key, &context).map_err(|_| Refusal::BadPossession)?;
        Ok((vec![serial, Change::Issuer(Box::new(*b))], vec![]))
    }
}

/// The epoch that a field element names; None for one that is no number of an epoch.
fn epoch_of(named: &Fr) -> Option<Epoch> {
    let bytes = named.to_bytes();
    let (number, rest) = bytes.split_first_chunk::<4>()?;
    rest.iter().all(|byte| *byte == 0).then(|| Epoch::new(u32::from_le_bytes(*number)).ok())?
}

/// Refuses a plan that was listed at or after a round's cut-off: only earlier plans take part in
/// the round.
fn takes_part(plan: &PlanEntry, cut_off: Time) -> Result<(), Refusal> {
    if plan.listed_time >= cut_off {
        return Err(Refusal::WrongRound);
    }
    Ok(())
}
