//! Conservation, after every block (spec 50.5): nobody but the runner, which holds everyone's openings, can check it.
//!
//! Money: paid in (top-ups, feed-in) = records + locks + paid out (retail, withdrawals), where a half-settled trade counts what its other
//! side has yet to take. Energy, by cycle and type: issued = free + locked (the binding included) + settled.

use super::household::Household;
use super::Error;
use protocol::record::MatchId;
use protocol::transaction::TransactionId;
use protocol::units::{Cycle, Energy, EnergyType, Money, Side};
use std::collections::BTreeMap;
use wallets::note::Payload;
use wallets::prosumer::Stage;

/// What a transaction does to the sums once it is accepted.
#[derive(Clone, Copy)]
pub enum Flow {
    /// Money comes in.
    In(Money),
    /// Money goes out.
    Out(Money),
    /// A G is issued.
    Generated(Cycle, EnergyType, Energy),
    /// One side of a trade settles: the amount, and for the seller the volume matched of its cycle and type.
    Settled(MatchId, Side, Money),
}

/// The runner's books.
#[derive(Default)]
pub struct Conservation {
    announced: BTreeMap<TransactionId, Flow>,
    money_in: u128,
    money_out: u128,
    generated: BTreeMap<(Cycle, u8), u128>,
    halves: BTreeMap<MatchId, (i128, u8)>,
}

impl Conservation {
    /// Says what a transaction will do.
    pub fn announce(&mut self, id: TransactionId, flow: Flow) {
        self.announced.insert(id, flow);
    }

    /// Takes note of an accepted transaction.
    pub fn accepted(&mut self, id: &TransactionId) {
        match self.announced.remove(id) {
            None => {}
            Some(Flow::In(amount)) => self.money_in += u128::from(amount.get()),
            Some(Flow::Out(amount)) => self.money_out += u128::from(amount.get()),
            Some(Flow::Generated(cycle, t, volume)) => {
                *self.generated.entry((cycle, t.number())).or_default() += u128::from(volume.get());
            }
            Some(Flow::Settled(id, side, amount)) => {
                let half = self.halves.entry(id).or_default();
                half.1 += 1;
                // The seller has its money while the buyer's lock still stands, or the other way about.
                half.0 += match side {
                    Side::Sell => i128::from(amount.get()),
                    Side::Buy => -i128::from(amount.get()),
                };
            }
        }
    }

    /// Checks the sums against everyone's openings.
    pub fn check(&self, households: &[Household]) -> Result<(), Error> {
        let mut money = 0i128;
        let mut energy: BTreeMap<(Cycle, u8), u128> = BTreeMap::new();
        for household in households {
            let watch = household.wallet.watch();
            money += i128::from(watch.balance().get()) + i128::from(watch.locked().money.get());
            for record in household.wallet.records() {
                if let Payload::Generation { volume, energy_type, cycle, .. } = record.payload() {
                    *energy.entry((*cycle, energy_type.number())).or_default() += u128::from(volume.get());
                }
            }
            for (_, plan) in watch.plans() {
                let Some(energy_type) = plan.energy_type() else { continue };
                let held = match (plan.stage(), plan.match_opening(), plan.trade()) {
                    (Stage::Settled, _, Some(trade)) => {
                        trade.opening.as_ref().map_or(0, |opening| opening.volume.get())
                    }
                    _ => plan.locked_energy().get(),
                };
                *energy.entry((plan.cycle(), energy_type.number())).or_default() += u128::from(held);
            }
        }
        let half_settled: i128 = self.halves.values().map(|(amount, _)| amount).sum();
        let expected = self.money_in as i128 - self.money_out as i128;
        if money - half_settled != expected {
            return Err(Error::Conservation(format!(
                "money: {expected} nano-currency paid in and not out, but {} in records and locks",
                money - half_settled
            )));
        }
        for (key @ (cycle, kind), issued) in &self.generated {
            let found = energy.get(key).copied().unwrap_or(0);
            if found != *issued {
                let what =
                    format!("energy of cycle {}, type {kind}: {issued} Wh issued, {found} Wh found", cycle.get());
                return Err(Error::Conservation(what));
            }
        }
        Ok(())
    }
}
