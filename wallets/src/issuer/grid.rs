//! The remainders of a cycle, which meters counted beyond its trades. They are settled with the
//! grid: surplus and shortfall of each household (docs/protocol/50-settlement-and-grid.md).

use super::{Error, MeteringService, Reading, Sealed, TradeStage};
use crate::note::Payload;
use crate::prover::Prover;
use protocol::ids::Height;
use protocol::keys::Address;
use protocol::record::metered::Sign;
use protocol::record::Commitment;
use protocol::terms::Imbalance;
use protocol::transaction::Transaction;
use protocol::units::{Cycle, Energy, Side};
use rand_core::{CryptoRng, RngCore};
use std::collections::{BTreeMap, BTreeSet};

/// One household's remainder in one direction, and the metered record that states it.
pub struct GridRow {
    /// The household.
    pub household: Address,
    /// Surplus or shortfall.
    pub sign: Sign,
    /// The remainder's energy; never zero.
    pub volume: Energy,
    /// The transaction that issues the record, for the ledger.
    pub transaction: Transaction,
}

impl MeteringService {
    /// Issues the cycle's S: surplus = injected - sum of v_f sold, shortfall = consumed - sum of
    /// v_f bought, neither below zero, none for zero. Where households bear their imbalance, surplus
    /// also has what was bought and not consumed, and shortfall what was sold and not injected. A household's S are issued once its own trades
    /// are decided; call this again for those that wait. The rows are in the order of their
    /// commitments, which is random. A fixed order of households would link their records from
    /// cycle to cycle.
    ///
    /// A service that has lost its state may call this again. It first restores its readings
    /// ([`Self::read_meter`]) and waits until none of its transactions can still be accepted.
    /// Records that the ledger has already enter the books and are not issued twice. Errors:
    /// [`Error::UnknownCycle`]; [`Error::CycleOpen`] while the trades of every household that is left
    /// are undecided; [`Error::AlreadyIssued`] when no household is left, also while the ledger has
    /// an S of this cycle from this service that is not among those to be issued;
    /// [`Error::FormerHolder`]; [`Error::Prover`], with nothing issued.
    pub fn issue_remainders<R: RngCore + CryptoRng>(
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
        let mut used: BTreeMap<(Side, Address), u64> = BTreeMap::new();
        let mut waiting: BTreeSet<Address> = BTreeSet::new();
        for trade in self.trades.of(cycle) {
            let settled = match trade.stage {
                TradeStage::Dissolved | TradeStage::Void => continue,
                TradeStage::Matched => return Err(Error::CycleOpen("a trade awaits its confirmations")),
                TradeStage::Binding => None,
                TradeStage::Delivered => trade.outcome(start.market.tolerance).map(|outcome| outcome.settled),
            };
            for side in [Side::Sell, Side::Buy] {
                let Some(owner) = trade.owners[side as usize] else { continue };
                match settled {
                    Some(settled) => *used.entry((side, owner)).or_default() += settled.get(),
                    None => drop(waiting.insert(owner)),
                }
            }
        }
        let read: Vec<_> = self.readings.iter().filter(|((of, _), _)| *of == cycle).collect();
        let left = read.iter().filter(|(of, _)| !self.issued.contains(of));
        let (wait, ready): (Vec<_>, Vec<_>) = left.partition(|((_, household), _)| waiting.contains(household));
        match (ready.is_empty(), wait.is_empty(), read.is_empty()) {
            (true, false, _) => return Err(Error::CycleOpen("a trade awaits its delivery")),
            (true, true, false) => return Err(Error::AlreadyIssued),
            _ => {}
        }
        let mut remainders = BTreeMap::new();
        let mut done = Vec::new();
        for ((_, household), reading) in ready {
            done.push((cycle, *household));
            let [sold, bought] =
                [Side::Sell, Side::Buy].map(|side| used.get(&(side, *household)).copied().unwrap_or(0));
            let [surplus, shortfall] = rests(reading, sold, bought, start.terms.imbalance);
            for (sign, rest) in [(Sign::Surplus, surplus), (Sign::Shortfall, shortfall)] {
                if rest > 0 {
                    let volume = Energy::new(rest)?;
                    let (payload, leaf) = self.metered(*household, volume, sign, cycle)?;
                    remainders.insert(leaf, (*household, sign, volume, payload));
                }
            }
        }
        let accepted = self.accepted_of(cycle);
        // What the number's former holder issued is not issued again, whatever it says.
        let issued = self.issued_of(&accepted);
        remainders.retain(|leaf, (household, sign, ..)| {
            accepted.contains(leaf) || !issued.contains(&(*household, sign.counter()))
        });
        let known = |leaf: &Commitment| remainders.contains_key(leaf) || self.identity.sealed.contains_key(leaf);
        if !accepted.iter().all(known) {
            return Err(Error::AlreadyIssued);
        }
        let rows = self.all_or_none(|this| {
            let mut rows = Vec::new();
            for (leaf, (household, sign, volume, payload)) in remainders {
                if accepted.contains(&leaf) {
                    this.identity.sealed.entry(leaf).or_insert(Sealed { to: household, payload, expiry });
                    continue;
                }
                let transaction = this.issue_metered(prover, rng, household, volume, sign, cycle, expiry)?;
                rows.push(GridRow { household, sign, volume, transaction });
            }
            Ok(rows)
        })?;
        self.issued.extend(done);
        Ok(rows)
    }

    /// Seals again, with fresh serials, the cycle's S that are not on the ledger and whose
    /// transactions have expired. Do not call this before: the ledger could accept two transactions
    /// that are both valid. Error: [`Error::Prover`], with
    /// nothing sealed.
    pub fn issue_again<R: RngCore + CryptoRng>(
        &mut self,
        prover: &dyn Prover,
        rng: &mut R,
        cycle: Cycle,
        expiry: Height,
    ) -> Result<Vec<Transaction>, Error> {
        let accepted = self.accepted_of(cycle);
        let records = self.identity.sealed.iter().filter(|(leaf, _)| !accepted.contains(leaf));
        let expired = records.filter(|(_, record)| record.expiry < self.next_height).map(|(_, record)| *record);
        let expired: Vec<Sealed> = expired.collect();
        self.all_or_none(|this| {
            let mut transactions = Vec::new();
            for Sealed { to, payload, .. } in expired {
                match payload {
                    Payload::Metered { volume, sign, cycle: of, .. } if of == cycle => {
                        transactions.push(this.issue_metered(prover, rng, to, volume, sign, cycle, expiry)?);
                    }
                    _ => {}
                }
            }
            Ok(transactions)
        })
    }

    /// Seals all records or none: after an error books and serials are unchanged.
    fn all_or_none<T>(&mut self, seal: impl FnOnce(&mut Self) -> Result<T, Error>) -> Result<T, Error> {
        let (before, serials) = (self.identity.sealed.clone(), self.identity.serials);
        let sealed = seal(self);
        if sealed.is_err() {
            (self.identity.sealed, self.identity.serials) = (before, serials);
        }
        sealed
    }

    /// The cycle's S of this service that the ledger has.
    pub(super) fn accepted_of(&self, cycle: Cycle) -> BTreeSet<Commitment> {
        let accepted = self.identity.accepted.iter();
        accepted.filter(|(_, record)| record.metered == Some(cycle)).map(|(leaf, _)| *leaf).collect()
    }
}

/// Surplus and shortfall of a household, in Wh, by its reading and the sums of v_f that it sold and
/// bought.
fn rests(reading: &Reading, sold: u64, bought: u64, imbalance: Imbalance) -> [u64; 2] {
    let (injected, consumed) = (reading.injected.get(), reading.consumed.get());
    let [surplus, shortfall] = [injected.saturating_sub(sold), consumed.saturating_sub(bought)];
    match imbalance {
        Imbalance::Operator => [surplus, shortfall],
        Imbalance::Household => [surplus + bought.saturating_sub(consumed), shortfall + sold.saturating_sub(injected)],
    }
}
