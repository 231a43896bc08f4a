//! Relation 8 (Merge): a wallet merges small records by itself, so that one record bears what a
//! plan, a shortfall or a withdrawal needs.
//!
//! The rule. The wallet takes the fewest free records of the kind that suffice, the most valuable
//! first (of equals the older one). It merges them in pairs in that order; the last one waits if
//! their number is odd. It repeats this with the merged records, block after block, until one
//! record bears the need. n records take about log2 n blocks and n - 1 merges. Besides, a wallet
//! that has more than [`MOST_RECORDS`] idle B merges its smallest ones ([`Wallet::tidy`]). Records
//! of value 0 count and are merged as well. So the number of a household's B follows from the
//! transactions that it made alone, and merging shows nothing of the records' values.

use super::{value, Error, OwnRecord, Wallet, Watch};
use crate::note::Payload;
use crate::prover::{Instance, Prover};
use protocol::plan::{Bid, Offer};
use protocol::record::Commitment;
use protocol::relation::check::blinding;
use protocol::relation::merge::{Merge as MergeStatement, MergeInput, MergeWitness};
use protocol::relation::RelationKind;
use protocol::transaction::body::Merge;
use protocol::transaction::{Body, Kind, Transaction};
use protocol::units::{Cycle, Energy, EnergyType, Money};
use protocol::Fr;
use rand_core::{CryptoRng, RngCore};
use std::cmp::Reverse;

/// With more idle B than this a wallet merges the smallest.
pub const MOST_RECORDS: usize = 8;

/// A need that one record is to bear.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Money: a bid's lock, a shortfall, a withdrawal.
    Money(Money),
    /// Energy of a type, to be sold in a cycle.
    Energy(Cycle, EnergyType, Energy),
}

impl Need {
    /// The need of a bid: its lock.
    pub fn bid(bid: &Bid) -> Self {
        Need::Money(bid.volume.at(bid.limit))
    }
    /// The need of an offer in a cycle: its volume, of its energy type.
    pub fn offer(offer: &Offer, cycle: Cycle) -> Self {
        Need::Energy(cycle, offer.energy_type, offer.volume)
    }
    /// The amount needed, in Wh or nano-currency.
    fn amount(&self) -> u64 {
        match self {
            Need::Money(amount) => amount.get(),
            Need::Energy(_, _, volume) => volume.get(),
        }
    }
    /// Whether a record is of the kind that can bear the need. Generation is of the service that the
    /// household's credential of the cycle's epoch names, where it has one: relation 1 takes no
    /// other.
    fn fits(&self, payload: &Payload, watch: &Watch) -> bool {
        match (self, payload) {
            (Need::Money(_), Payload::Balance { .. }) => true,
            (Need::Energy(of, kind, _), Payload::Generation { energy_type, cycle, meter, .. }) => {
                let credential = watch.cycle(*of).ok().and_then(|start| watch.credential(start.epoch));
                cycle == of && energy_type == kind && credential.is_none_or(|c| c.meter == *meter)
            }
            _ => false,
        }
    }
    fn insufficient(&self, available: u64) -> Error {
        match *self {
            Need::Money(needed) => {
                let available = Money::new(available).expect("every u64 is an amount of money");
                Error::InsufficientFunds { needed, available }
            }
            Need::Energy(_, _, needed) => {
                let available = Energy::new(available).unwrap_or(Energy::MAX);
                Error::InsufficientEnergy { needed, available }
            }
        }
    }
}

/// The next step towards a need.
#[derive(Clone, Debug)]
pub enum Gathering {
    /// One free record bears the need.
    Ready,
    /// These merges are to be posted; ask again once they are in a block.
    Merge(Vec<Transaction>),
    /// Transactions on their way hold the missing amount: ask again once they are in a block.
    Wait,
}

impl Wallet {
    /// The need of a metered record that this household owes. Error: [`Error::UnknownMetered`].
    pub fn need_of_shortfall(&self, obligation: Commitment) -> Result<Need, Error> {
        let owed = self.watch.obligations.get(&obligation).filter(|o| !o.paid).ok_or(Error::UnknownMetered)?;
        let Payload::Metered { volume, sign, cycle, .. } = owed.payload else { return Err(Error::UnknownMetered) };
        Ok(Need::Money(volume.at(sign.tariff(&self.watch.cycle(cycle)?.market))))
    }

    /// Makes the merges that bring one record to bear a need, by the rule above. Errors:
    /// [`Error::InsufficientFunds`], [`Error::InsufficientEnergy`] when all records together do not
    /// bear it.
    pub fn gather(
        &mut self,
        prover: &dyn Prover,
        rng: &mut (impl RngCore + CryptoRng),
        need: Need,
    ) -> Result<Gathering, Error> {
        let needed = need.amount();
        let mut free: Vec<OwnRecord> = self.free().filter(|r| need.fits(&r.payload, &self.watch)).cloned().collect();
        if free.iter().any(|r| value(&r.payload) >= needed) {
            return Ok(Gathering::Ready);
        }
        free.sort_by_key(|r| (Reverse(value(&r.payload)), r.position));
        let mut sum = 0u64;
        let fewest = free.iter().position(|r| {
            sum = sum.saturating_add(value(&r.payload));
            sum >= needed
        });
        let Some(last) = fewest else {
            // records that are being merged, or change on its way, may make up for it
            let held = self.records().filter(|r| need.fits(&r.payload, &self.watch));
            let held = held.fold(0u64, |sum, r| sum.saturating_add(value(&r.payload)));
            return if held >= needed { Ok(Gathering::Wait) } else { Err(need.insufficient(held)) };
        };
        free.truncate(last + 1);
        Ok(Gathering::Merge(self.merge_pairs(prover, rng, free)?))
    }

    /// Merges the smallest idle B, in pairs, when there are more than [`MOST_RECORDS`]: as many
    /// pairs as there are records too many, or as can be made. Gives nothing when there are no more
    /// than that. Ask again once the merges are in a block: a wallet with more than twice as many B
    /// takes several blocks.
    pub fn tidy(
        &mut self,
        prover: &dyn Prover,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<Vec<Transaction>, Error> {
        let mut idle: Vec<OwnRecord> =
            self.idle().filter(|r| matches!(r.payload, Payload::Balance { .. })).cloned().collect();
        idle.sort_by_key(|r| (value(&r.payload), r.position));
        let pairs = idle.len().saturating_sub(MOST_RECORDS).min(idle.len() / 2);
        idle.truncate(2 * pairs);
        self.merge_pairs(prover, rng, idle)
    }

    /// The smallest free record that bears a need. Errors: [`Error::Fragmented`] when only several
    /// together do, and those of [`Self::gather`].
    pub(super) fn smallest_bearing(&self, need: Need) -> Result<OwnRecord, Error> {
        let (mut best, mut total) = (None::<&OwnRecord>, 0u64);
        for record in self.free().filter(|r| need.fits(&r.payload, &self.watch)) {
            let worth = value(&record.payload);
            total = total.saturating_add(worth);
            if worth >= need.amount() && best.is_none_or(|b| worth < value(&b.payload)) {
                best = Some(record);
            }
        }
        match best {
            Some(record) => Ok(record.clone()),
            None if total >= need.amount() => Err(Error::Fragmented),
            None => Err(need.insufficient(total)),
        }
    }

    fn merge_pairs(
        &mut self,
        prover: &dyn Prover,
        rng: &mut (impl RngCore + CryptoRng),
        records: Vec<OwnRecord>,
    ) -> Result<Vec<Transaction>, Error> {
        let mut transactions = Vec::with_capacity(records.len() / 2);
        for pair in records.chunks_exact(2) {
            transactions.push(self.merge(prover, rng, [&pair[0], &pair[1]])?);
        }
        Ok(transactions)
    }

    fn merge(
        &mut self,
        prover: &dyn Prover,
        rng: &mut (impl RngCore + CryptoRng),
        pair: [&OwnRecord; 2],
    ) -> Result<Transaction, Error> {
        let r = blinding(rng);
        let (merged, energy_type, cycle, meter) = match (pair[0].payload, pair[1].payload) {
            (Payload::Balance { amount: a, .. }, Payload::Balance { amount: b, .. }) => {
                (Payload::Balance { amount: Money::plus(a, b)?, blinding: r }, 0, 0, 0)
            }
            (
                Payload::Generation { volume: a, energy_type, cycle, meter, .. },
                Payload::Generation { volume: b, .. },
            ) => {
                let volume = Energy::plus(a, b)?;
                let merged = Payload::Generation { volume, energy_type, cycle, meter, blinding: r };
                (merged, energy_type.number(), cycle.get(), meter.get())
            }
            _ => return Err(Error::State("only G with G and B with B can be merged")),
        };
        let (root, leaves) = self.watch.anchor(&pair.map(|record| record.position))?;
        let leaf = merged.leaf(self.watch.address).expect("G and B are leaves");
        let nullifiers = pair.map(|record| record.nullifier);
        let memo = self.memo(rng, Kind::Merge, leaf.0, &merged);
        let body = Body::Merge(Merge { root, nullifiers, record: leaf, memo });
        let binding = self.binding(prover, RelationKind::Merge, &body)?;
        let statement = MergeStatement { root, nullifiers, record: leaf, binding };
        let input = |record: &OwnRecord| MergeInput {
            value: Fr::from(value(&record.payload)),
            blinding: match record.payload {
                Payload::Balance { blinding, .. } | Payload::Generation { blinding, .. } => blinding,
                _ => Fr::from(0u64),
            },
            path: self.watch.path(record.position, leaves),
        };
        let witness = MergeWitness {
            owner: self.owner(),
            is_balance: matches!(merged, Payload::Balance { .. }),
            energy_type: Fr::from(energy_type),
            cycle: Fr::from(cycle),
            meter: Fr::from(meter),
            records: pair.map(input),
            blinding: r,
        };
        self.finish(prover, rng, body, Fr::from(0u64), None, &Instance::Merge(&statement, &witness))
    }
}
