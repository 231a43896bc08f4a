//! Plans are proved, encrypted and listed.

use super::super::runner::Runner;
use super::super::Error;
use super::Playing;
use market::outcome::Rejection;
use market::outcome::LOCK_EXCEEDS_BALANCE;
use market::scenario::{Intent, ScenarioPlan};
use wallets::household::Listing;

impl Runner<'_> {
    /// Lists every plan that its household can back.
    pub(super) fn list(&mut self, p: &mut Playing<'_>) -> Result<Vec<Rejection>, Error> {
        self.say(&format!("{}: households prove and encrypt {} plans", self.label(p), p.plans.plans.len()));
        let tasks: Vec<(usize, &ScenarioPlan)> = p.plans.plans.iter().map(|plan| (plan.household, plan)).collect();
        let cycle = p.cycle();
        let listings = self.households("prove", &tasks, |household, prover, plan| {
            let (wallet, rng) = (&mut household.wallet, &mut household.rng);
            let listing = match &plan.intent {
                Intent::Sell(sell) => {
                    wallet.list_sell(prover, rng, &sell.offer(household.place, household.reputation), cycle)
                }
                Intent::Buy(buy) => wallet.list_buy(prover, rng, &buy.bid, cycle),
            };
            match listing {
                Ok(listing) => Ok(Some(listing)),
                Err(wallets::household::Error::InsufficientFunds { .. }) => Ok(None),
                Err(error) => Err(error.into()),
            }
        })?;
        let rejected = listings.iter().zip(&p.plans.plans).filter(|(listing, _)| listing.is_none());
        let rejected = rejected.map(|(_, plan)| Rejection {
            cycle: cycle.get(),
            household: self.scenario.households[plan.household].id.clone(),
            reason: LOCK_EXCEEDS_BALANCE.into(),
        });
        let rejected = rejected.collect();
        p.now = p.schedule.opens;
        let listings = listings.into_iter().enumerate().filter_map(|(i, l)| Some((i, l?))).collect();
        self.post(p, listings)?;
        Ok(rejected)
    }

    /// Posts listings in one block.
    pub(super) fn post(&mut self, p: &mut Playing<'_>, listings: Vec<(usize, Listing)>) -> Result<(), Error> {
        let mut transactions = Vec::with_capacity(listings.len());
        let mut blobs = Vec::with_capacity(listings.len());
        for (index, listing) in listings {
            p.list(index, listing.handle);
            transactions.push(listing.transaction);
            blobs.push(listing.blob);
        }
        self.blobs(&blobs)?;
        let time = p.tick();
        self.block(time, transactions)?;
        Ok(())
    }
}
