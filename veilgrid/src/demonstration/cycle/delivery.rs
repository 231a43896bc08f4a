//! Deliveries, settlements, and the trades' rows.

use super::super::runner::Runner;
use super::super::Error;
use super::Playing;
use market::outcome::Trade;
use protocol::record::Handle;
use protocol::settlement::Settlement;
use protocol::units::{Money, Price, Side};
use std::collections::BTreeMap;
use wallets::household::Stage;

impl Runner<'_> {
    /// Gate closure, and the metering service's halves: a block for each round with trades, since the
    /// halves of a round follow from the rounds before.
    pub(super) fn deliver(&mut self, p: &mut Playing<'_>) -> Result<(), Error> {
        self.say(&format!("{}: gate closure; meters deliver {} trades", self.label(p), p.pairings.len()));
        p.now = p.schedule.closes;
        self.block(p.now, Vec::new())?;
        loop {
            let (cycle, expiry) = (p.cycle(), self.expiry());
            let halves = self
                .work("issue", |this| Ok(this.meter.deliver(&this.prover, &mut this.rngs.meter, cycle, expiry)?))?;
            if halves.is_empty() {
                return Ok(());
            }
            let time = p.tick();
            self.block(time, halves)?;
        }
    }

    /// Every side settles its trades, one in each block, since each spends the balance that the one
    /// before made; buyers take back the locks of plans that ended without a trade. A household
    /// goes by the order in which it listed. The order of handles depends on what they hide, and
    /// with it the order of transactions would.
    pub(super) fn settle(&mut self, p: &mut Playing<'_>) -> Result<(), Error> {
        loop {
            let mut tasks: BTreeMap<usize, (Handle, Stage)> = BTreeMap::new();
            for (handle, index) in &p.handles {
                let household = p.plan(*index).household;
                let own = self.households[household].wallet.watch().plan(*handle)?;
                let takes_back = matches!(own.stage(), Stage::Expired | Stage::Refused | Stage::Lapsed);
                let due = own.stage() == Stage::Delivered || own.side() == Side::Buy && takes_back;
                if due {
                    tasks.entry(household).or_insert((*handle, own.stage()));
                }
            }
            if tasks.is_empty() {
                return Ok(());
            }
            self.say(&format!("{}: {} households settle or take back a lock", self.label(p), tasks.len()));
            let tasks: Vec<_> = tasks.into_iter().collect();
            let transactions = self.households("prove", &tasks, |household, prover, (handle, stage)| {
                let (wallet, rng) = (&mut household.wallet, &mut household.rng);
                Ok(match stage {
                    Stage::Delivered => wallet.settle(prover, rng, *handle)?,
                    _ => wallet.release(prover, rng, *handle)?,
                })
            })?;
            let time = p.tick();
            self.block(time, transactions)?;
        }
    }

    /// The trades' rows, from the buyers' wallets and the metering service; and the reputations
    /// that the trades earn.
    pub(super) fn trades(&mut self, p: &Playing<'_>) -> Result<Vec<Trade>, Error> {
        let mut rows = Vec::with_capacity(p.pairings.len());
        for pairing in &p.pairings {
            let [buyer, seller] = [pairing.buyer, pairing.seller].map(|i| p.plan(i).household);
            let outcome = self.meter.outcome(pairing.match_id).ok_or(Error::AnotherRun)?;
            self.check_verdict(pairing.match_id, outcome.within)?;
            let plan = self.households[buyer].wallet.watch().plans_in(pairing.match_id).next();
            let opening = plan.and_then(|plan| plan.trade()?.opening.ok()).ok_or(Error::AnotherRun)?;
            let amounts = [outcome.injected, outcome.consumed];
            let settlement = Settlement::new(outcome.matched, amounts, self.scenario.market.tolerance);
            let payment = settlement.at(opening.price, self.scenario.terms.penalty);
            let owes = |money: Money| (self.scenario.terms.penalty > Price::ZERO).then_some(money.get());
            let id = |household: usize| self.scenario.households[household].id.clone();
            rows.push(Trade {
                cycle: p.cycle().get(),
                round: pairing.round,
                buyer: id(buyer),
                seller: id(seller),
                volume: opening.volume.get(),
                price: opening.price.get(),
                delivered: outcome.delivered.get(),
                within: outcome.within,
                settled_volume: outcome.settled.get(),
                amount: payment.amount.get(),
                seller_owes: owes(payment.seller_owes),
                buyer_owes: owes(payment.buyer_owes),
            });
            for (household, side) in [(seller, Side::Sell), (buyer, Side::Buy)] {
                let reputation = &mut self.households[household].reputation;
                let at_fault = !outcome.within && outcome.fell_short(side);
                *reputation = if at_fault { reputation.penalised() } else { reputation.rewarded() };
            }
        }
        Ok(rows)
    }
}
