//! Before a cycle opens: epoch, credentials, readings, generation records, and merges.

use super::super::runner::{Runner, METER};
use super::super::Error;
use super::Playing;
use market::scenario::Intent;
use protocol::units::{Energy, Epoch, IssuerId, Money};
use wallets::issuer::Reading;
use wallets::regulator::CredentialTerms;

impl Runner<'_> {
    /// Epoch, requests, credentials, the cycle's start, meters' readings and generation records;
    /// then the buyers merge records for their locks.
    pub(super) fn prepare(&mut self, p: &mut Playing<'_>) -> Result<(), Error> {
        let epoch = Epoch::new(self.regulator.epoch().map_or(1, |last| last.get() + 1))?;
        let expiry = self.expiry();
        self.say(&format!("{}: an epoch starts, households request credentials", self.label(p)));
        let start = self.work("regulate", |this| Ok(this.regulator.start_epoch(epoch, expiry)?))?;
        let time = p.tick();
        self.block(time, vec![start])?;
        let tasks: Vec<(usize, ())> = p.plans.plans.iter().map(|plan| (plan.household, ())).collect();
        let requests = self.households("prove", &tasks, |household, prover, ()| {
            Ok(household.wallet.request_credential(prover, &mut household.rng, epoch)?)
        })?;

        self.say(&format!("{}: credentials, parameters, generation records", self.label(p)));
        let expiry = self.expiry();
        let transactions = self.work("issue", |this| {
            let mut all = Vec::new();
            for (plan, request) in p.plans.plans.iter().zip(&requests) {
                let household = &this.households[plan.household];
                let terms = CredentialTerms {
                    reputation: household.reputation,
                    place: household.place,
                    meter: IssuerId::new(METER)?,
                };
                let to = household.wallet.payment_address();
                all.push(this.regulator.issue_credential(
                    &this.prover,
                    &mut this.rngs.regulator,
                    &to,
                    &terms,
                    request,
                    expiry,
                )?);
            }
            all.push(this.regulator.start_cycle(
                p.plans.cycle,
                this.scenario.market_in(p.plans),
                this.scenario.terms,
                p.schedule,
                expiry,
            )?);
            for plan in &p.plans.plans {
                let address = this.households[plan.household].wallet.address();
                let reading = match &plan.intent {
                    Intent::Sell(sell) => Reading { injected: sell.injected, consumed: Energy::ZERO },
                    Intent::Buy(buy) => Reading { injected: Energy::ZERO, consumed: buy.consumed },
                };
                this.meter.read_meter(p.plans.cycle, address, reading)?;
                if let Intent::Sell(sell) = &plan.intent {
                    let (rng, cycle) = (&mut this.rngs.meter, p.plans.cycle);
                    let (volume, kind) = (sell.generated, sell.energy_type);
                    all.push(this.meter.issue_generation(&this.prover, rng, address, volume, kind, cycle, expiry)?);
                }
            }
            Ok(all)
        })?;
        let time = p.tick();
        self.block(time, transactions)?;
        let needs: Vec<(usize, Money)> = p
            .plans
            .plans
            .iter()
            .filter_map(|plan| match &plan.intent {
                Intent::Buy(buy) => Some((plan.household, buy.lock())),
                Intent::Sell(_) => None,
            })
            .collect();
        self.gather(p, &needs)
    }

    /// Lets households merge balance records, by their wallets' own rule, until one record bears
    /// each household's need, if all its records together do.
    pub(super) fn gather(&mut self, p: &mut Playing<'_>, needs: &[(usize, Money)]) -> Result<(), Error> {
        loop {
            let merges = self.merges(needs)?;
            if merges.is_empty() {
                return Ok(());
            }
            self.say(&format!("{}: households merge records: {} merges", self.label(p), merges.len()));
            let time = p.tick();
            self.block(time, merges)?;
        }
    }

    /// When all is settled, wallets that hold too many balance records merge the smallest, by their
    /// own rule, until they hold few again.
    pub(super) fn tidy(&mut self, p: &mut Playing<'_>) -> Result<(), Error> {
        let everybody: Vec<(usize, ())> = (0..self.households.len()).map(|index| (index, ())).collect();
        loop {
            let merges = self.households("prove", &everybody, |household, prover, ()| {
                Ok(household.wallet.tidy(prover, &mut household.rng)?)
            })?;
            let merges = merges.concat();
            if merges.is_empty() {
                return Ok(());
            }
            self.say(&format!("{}: wallets keep their records few: {} merges", self.label(p), merges.len()));
            let time = p.tick();
            self.block(time, merges)?;
        }
    }
}
