//! Conservation of money and energy (docs/protocol/50-settlement-and-grid.md), for those who hold
//! everyone's openings: the runner, which plays all roles, and tests. Nobody else can check it.
//!
//! Money: paid in (top-ups, feed-in) = records + locks + paid out (retail, withdrawals), where a
//! half-settled trade counts the money that its other side has yet to take. Energy, by cycle and
//! type: issued = free + locked (the binding included) + settled.

use super::{OwnPlan, Stage, Watch};
use crate::note::Payload;
use protocol::compact::CompactTransaction;
use protocol::light::VerifiedBlock;
use protocol::record::MatchId;
use protocol::settlement::Settlement;
use protocol::transaction::Body;
use protocol::units::{Cycle, Energy, EnergyType, Money, Side};
use std::collections::BTreeMap;

/// The effect of an accepted transaction on the sums.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// Money comes in.
    In(Money),
    /// Money goes out.
    Out(Money),
    /// A G is issued.
    Generated(Cycle, EnergyType, Energy),
    /// One side of a trade settles; the money is what the seller gets.
    Settled(MatchId, Side, Money),
}

/// A holding of some household: free, locked, or (energy) sold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holding {
    /// Money in a record or a lock.
    Money(Money),
    /// Energy in a record or a lock, or sold.
    Energy(Cycle, EnergyType, Energy),
}

/// Money or energy appeared from nowhere, or vanished.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Imbalance {
    /// The sums of money differ; in nano-currency.
    #[error("money: {expected} nano-currency paid in and not out, but {found} in records and locks")]
    Money {
        /// The money that was paid in and not out.
        expected: i128,
        /// The money in records and locks.
        found: i128,
    },
    /// The sums of energy of one cycle and type differ; in Wh.
    #[error("energy of cycle {}, {}: {issued} Wh issued, {found} Wh found", cycle.get(), kind.name())]
    Energy {
        /// The cycle.
        cycle: Cycle,
        /// The type.
        kind: EnergyType,
        /// The energy that was issued.
        issued: u128,
        /// The energy that is free, locked or sold.
        found: u128,
    },
}

impl Imbalance {
    /// A code that stays the same across versions, for machines.
    pub const fn code(&self) -> &'static str {
        "conservation"
    }
}

/// The money and energy that came in and went out, and so what the households should have.
#[derive(Clone, Default)]
pub struct Books {
    money: i128,
    generated: BTreeMap<(Cycle, EnergyType), u128>,
    halves: BTreeMap<MatchId, i128>,
}

impl Books {
    /// Books the effect of an accepted transaction.
    pub fn book(&mut self, flow: Flow) {
        match flow {
            Flow::In(amount) => self.money += i128::from(amount.get()),
            Flow::Out(amount) => self.money -= i128::from(amount.get()),
            Flow::Generated(cycle, kind, volume) => {
                *self.generated.entry((cycle, kind)).or_default() += u128::from(volume.get());
            }
            // The seller has its money while the buyer's lock still stands, or the reverse.
            Flow::Settled(id, Side::Sell, amount) => *self.halves.entry(id).or_default() += i128::from(amount.get()),
            Flow::Settled(id, Side::Buy, amount) => *self.halves.entry(id).or_default() -= i128::from(amount.get()),
        }
    }

    /// Books a block that all households have scanned, and checks the sums.
    pub fn block<'a>(
        &mut self,
        block: &VerifiedBlock,
        households: impl IntoIterator<Item = &'a Watch> + Clone,
    ) -> Result<(), Imbalance> {
        for transaction in &block.transactions {
            let flow = households.clone().into_iter().find_map(|watch| watch.flow(transaction));
            flow.into_iter().for_each(|flow| self.book(flow));
        }
        self.check(households.into_iter().flat_map(Watch::holdings))
    }

    /// Checks the sums against all holdings of all households.
    pub fn check(&self, holdings: impl IntoIterator<Item = Holding>) -> Result<(), Imbalance> {
        let mut money = -self.halves.values().sum::<i128>();
        let mut energy: BTreeMap<(Cycle, EnergyType), u128> = BTreeMap::new();
        for holding in holdings {
            match holding {
                Holding::Money(amount) => money += i128::from(amount.get()),
                Holding::Energy(cycle, kind, volume) => {
                    *energy.entry((cycle, kind)).or_default() += u128::from(volume.get());
                }
            }
        }
        if money != self.money {
            return Err(Imbalance::Money { expected: self.money, found: money });
        }
        for key @ (cycle, kind) in energy.keys().chain(self.generated.keys()) {
            let of = |sums: &BTreeMap<_, u128>| sums.get(key).copied().unwrap_or(0);
            let (issued, found) = (of(&self.generated), of(&energy));
            if issued != found {
                return Err(Imbalance::Energy { cycle: *cycle, kind: *kind, issued, found });
            }
        }
        Ok(())
    }
}

impl Watch {
    /// The effect of a scanned transaction on the sums. None if another household made it.
    fn flow(&self, transaction: &CompactTransaction) -> Option<Flow> {
        match &transaction.body {
            Body::Issue(_) => match self.records.get(&transaction.leaves.first()?.0)?.payload() {
                Payload::Balance { amount, .. } => Some(Flow::In(*amount)),
                Payload::Generation { volume, energy_type, cycle, .. } => {
                    Some(Flow::Generated(*cycle, *energy_type, *volume))
                }
                _ => None,
            },
            Body::Surplus(b) => {
                let record = self.records.get(self.nullifiers.get(&b.nullifier_metered)?)?;
                Some(Flow::In(self.worth(record.payload())?))
            }
            Body::Shortfall(b) => Some(Flow::Out(self.worth(self.obligations.get(&b.obligation)?.payload())?)),
            Body::Withdraw(b) => self.nullifiers.contains_key(&b.nullifier).then_some(Flow::Out(b.amount)),
            Body::SettleSell(b) | Body::SettleBuy(b) => {
                let plan = self.plan(b.handle).ok()?;
                Some(Flow::Settled(b.match_id, plan.side(), self.paid(plan)?))
            }
            _ => None,
        }
    }

    /// What a metered record is worth at the tariff of its sign and cycle.
    fn worth(&self, metered: &Payload) -> Option<Money> {
        let Payload::Metered { volume, sign, cycle, .. } = metered else { return None };
        Some(volume.at(sign.tariff(&self.cycle(*cycle).ok()?.market)))
    }

    /// The money that the seller of a delivered trade gets.
    fn paid(&self, plan: &OwnPlan) -> Option<Money> {
        let trade = plan.trade()?;
        let terms = trade.opening.as_ref().ok()?;
        let [sold, bought] = trade.deliveries.map(|half| Some(half?.opening?.amount));
        let start = self.cycle(plan.cycle()).ok()?;
        let settlement = Settlement::new(terms.volume, [sold?, bought?], start.market.tolerance);
        Some(settlement.at(terms.price, start.terms.penalty).moved())
    }

    /// All holdings of the household: unspent records, locks, and the energy that it sold.
    pub fn holdings(&self) -> impl Iterator<Item = Holding> + '_ {
        let records = self.records().filter(|r| !r.spent()).filter_map(|record| match record.payload() {
            Payload::Balance { amount, .. } => Some(Holding::Money(*amount)),
            Payload::Generation { volume, energy_type, cycle, .. } => {
                Some(Holding::Energy(*cycle, *energy_type, *volume))
            }
            _ => None,
        });
        let plans = self.plans().map(|(_, plan)| match (plan.energy_type(), plan.stage(), plan.trade()) {
            (None, ..) => Holding::Money(plan.locked_money()),
            (Some(kind), Stage::Settled, Some(trade)) => {
                let sold = trade.opening.as_ref().map_or(Energy::ZERO, |opening| opening.volume);
                Holding::Energy(plan.cycle(), kind, sold)
            }
            (Some(kind), ..) => Holding::Energy(plan.cycle(), kind, plan.locked_energy()),
        });
        records.chain(plans)
    }
}
