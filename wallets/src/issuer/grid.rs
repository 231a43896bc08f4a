//! The rest of a cycle goes to and comes from the grid: surplus and shortfall of each household (spec 50.4).

use super::{Error, MeteringService, TradeStage};
use crate::prover::Prover;
use protocol::keys::Address;
use protocol::record::metered::Sign;
use protocol::transaction::{Height, Transaction};
use protocol::units::{Cycle, Energy, Side};
use rand_core::{CryptoRng, RngCore};
use std::collections::BTreeMap;

/// One household's rest in one direction, and the S that states it.
pub struct GridRow {
    /// The household.
    pub household: Address,
    /// Surplus or shortfall.
    pub sign: Sign,
    /// Not zero.
    pub volume: Energy,
    /// To the ledger.
    pub transaction: Transaction,
}

impl MeteringService {
    /// Issues the cycle's S: surplus = injected - sum of v_f sold, shortfall = consumed - sum of v_f bought, neither below
    /// zero, none for zero. Households come in random order: a fixed one would link their records from cycle to cycle.
    /// Errors: [`Error::UnknownCycle`], [`Error::CycleOpen`], [`Error::AlreadyIssued`], [`Error::Prover`]; then nothing is issued.
    pub fn issue_rests<R: RngCore + CryptoRng>(
        &mut self,
        prover: &dyn Prover,
        rng: &mut R,
        cycle: Cycle,
        expiry: Height,
    ) -> Result<Vec<GridRow>, Error> {
        let start = self.cycle(cycle)?;
        if self.time < start.schedule.closes {
            return Err(Error::CycleOpen("gate closure has not come"));
        }
        if self.issued.contains(&cycle) {
            return Err(Error::AlreadyIssued);
        }
        let mut used: BTreeMap<(Side, Address), u64> = BTreeMap::new();
        for trade in self.trades.of(cycle) {
            match trade.stage {
                TradeStage::Dissolved | TradeStage::Void => continue,
                TradeStage::Matched => return Err(Error::CycleOpen("a trade awaits its confirmations")),
                TradeStage::Binding if trade.is_ours() => return Err(Error::CycleOpen("a trade awaits its delivery")),
                TradeStage::Binding => continue,
                TradeStage::Delivered if !trade.is_ours() => continue,
                TradeStage::Delivered => {}
            }
            let outcome =
                trade.outcome(start.market.tolerance).ok_or(Error::CycleOpen("the other service's half is missing"))?;
            for side in [Side::Sell, Side::Buy] {
                if let Some(owner) = trade.owners[side as usize] {
                    *used.entry((side, owner)).or_default() += outcome.settled.get();
                }
            }
        }
        let mut rests = Vec::new();
        for ((_, household), reading) in self.readings.iter().filter(|((c, _), _)| *c == cycle) {
            let rows = [(Side::Sell, Sign::Surplus, reading.injected), (Side::Buy, Sign::Shortfall, reading.consumed)];
            for (side, sign, metered) in rows {
                let rest = metered.get().saturating_sub(used.get(&(side, *household)).copied().unwrap_or(0));
                if rest > 0 {
                    rests.push((*household, sign, Energy::new(rest).expect("not above the reading")));
                }
            }
        }
        shuffle(rng, &mut rests);
        let (nonce, books) = (self.identity.nonce, self.identity.issued.len());
        let rows: Result<Vec<GridRow>, Error> = rests
            .into_iter()
            .map(|(household, sign, volume)| {
                let transaction = self.issue_metered(prover, rng, household, volume, sign, cycle, expiry)?;
                Ok(GridRow { household, sign, volume, transaction })
            })
            .collect();
        match rows {
            Ok(_) => {
                self.issued.insert(cycle);
            }
            // All or none: what was made before the one that failed is not sent.
            Err(_) => {
                self.identity.nonce = nonce;
                self.identity.issued.truncate(books);
            }
        }
        rows
    }
}

/// Fisher and Yates; the modulo's bias over 2^64 is below anything that could link records.
fn shuffle<T, R: RngCore + CryptoRng>(rng: &mut R, items: &mut [T]) {
    for i in (1..items.len()).rev() {
        items.swap(i, (rng.next_u64() % (i as u64 + 1)) as usize);
    }
}
