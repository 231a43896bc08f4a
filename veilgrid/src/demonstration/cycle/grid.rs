//! The energy that meters counted beyond the trades, settled with the grid.

use super::super::runner::Runner;
use super::super::Error;
use super::Playing;
use market::outcome::{GridRow, Rejection};
use market::outcome::{Outcome, SHORTFALL_UNPAID};
use protocol::ids::Time;
use protocol::record::metered::Sign;
use protocol::record::Commitment;
use protocol::transaction::{Body, Transaction};
use protocol::units::{Energy, Money};

impl Runner<'_> {
    /// The metering service issues the remainders, and households settle them with the grid.
    pub(super) fn grid(&mut self, p: &mut Playing<'_>, outcome: &mut Outcome) -> Result<(), Error> {
        self.say(&format!("{}: metered remainders, settled with the grid", self.label(p)));
        p.now = Time(p.now.0.max(p.schedule.delivery_from.0));
        let (cycle, expiry) = (p.cycle(), self.expiry());
        let remainders = self.work("issue", |this| {
            Ok(this.meter.issue_remainders(&this.prover, &mut this.rngs.meter, cycle, expiry)?)
        })?;
        if remainders.is_empty() {
            return Ok(());
        }
        let issues: Vec<Transaction> = remainders.iter().map(|row| row.transaction).collect();
        let time = p.tick();
        self.block(time, issues)?;
        let tariff = self.scenario.tariff(p.plans);
        let mut dues = Vec::new();
        for plan in &p.plans.plans {
            let address = self.households[plan.household].wallet.address();
            for row in remainders.iter().filter(|row| row.household == address) {
                let Body::IssueMetered(issue) = row.transaction.body else { unreachable!("remainders are issued") };
                let amount = row.volume.at(if row.sign.is_owed() { tariff.retail } else { tariff.feed_in });
                let due = Due { sign: row.sign, volume: row.volume, amount, record: issue.commitment };
                dues.push((plan.household, due));
            }
        }
        let owing = dues.iter().filter(|(_, due)| due.sign.is_owed());
        let needs: Vec<(usize, Money)> = owing.map(|(household, due)| (*household, due.amount)).collect();
        self.gather(p, &needs)?;
        let paid = self.households("prove", &dues, |household, prover, due| {
            let (wallet, rng) = (&mut household.wallet, &mut household.rng);
            let transaction = match due.sign.is_owed() {
                false => wallet.pay_surplus(prover, rng, due.record),
                true => wallet.pay_shortfall(prover, rng, due.record),
            };
            match transaction {
                Ok(transaction) => Ok(Some(transaction)),
                Err(wallets::household::Error::InsufficientFunds { .. }) => Ok(None),
                Err(error) => Err(error.into()),
            }
        })?;
        let mut transactions = Vec::new();
        for ((household, due), transaction) in dues.iter().zip(paid) {
            let id = self.scenario.households[*household].id.clone();
            let mut row =
                GridRow { cycle: cycle.get(), household: id.clone(), surplus_wh: 0, shortfall_wh: 0, amount: 0 };
            match (due.sign.is_owed(), transaction) {
                (false, Some(t)) => {
                    (row.surplus_wh, row.amount) = (due.volume.get(), due.amount.get().into());
                    transactions.push(t);
                }
                (true, Some(t)) => {
                    (row.shortfall_wh, row.amount) = (due.volume.get(), -i128::from(due.amount.get()));
                    transactions.push(t);
                }
                (owed, None) => {
                    match owed {
                        false => row.surplus_wh = due.volume.get(),
                        true => row.shortfall_wh = due.volume.get(),
                    }
                    // With a tariff of zero there is nothing to pay, and perhaps no record to pay
                    // it from.
                    if due.amount > Money::ZERO {
                        let reason = SHORTFALL_UNPAID.into();
                        outcome.rejected.push(Rejection { cycle: cycle.get(), household: id, reason });
                    }
                }
            }
            outcome.grid.push(row);
        }
        let time = p.tick();
        self.block(time, transactions)?;
        Ok(())
    }
}

/// A remainder that a household has to settle with the grid.
struct Due {
    sign: Sign,
    volume: Energy,
    amount: Money,
    record: Commitment,
}
