//! Relation 8 (Merge): fragments become one record.

use super::{value, Error, OwnRecord, Wallet};
use crate::note::Payload;
use crate::prover::{Instance, Prover};
use protocol::relation::check::blinding;
use protocol::relation::merge::{Merge as MergeStatement, MergeInput, MergeWitness};
use protocol::relation::RelationKind;
use protocol::transaction::body::Merge;
use protocol::transaction::{Body, Kind, Transaction};
use protocol::units::{Cycle, Energy, EnergyType, Money};
use protocol::Fr;
use rand_core::{CryptoRng, RngCore};

impl Wallet {
    /// Merges the free B records, pair by pair; what it gives must be on the ledger before the next round of merges. Gives
    /// nothing once there is one B record or none.
    pub fn consolidate(
        &mut self,
        prover: &dyn Prover,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<Vec<Transaction>, Error> {
        let records = self.free().filter(|r| matches!(r.payload, Payload::Balance { .. })).cloned().collect();
        self.merge_pairs(prover, rng, records)
    }

    /// The same for the free G records of a cycle and an energy type.
    pub fn consolidate_energy(
        &mut self,
        prover: &dyn Prover,
        rng: &mut (impl RngCore + CryptoRng),
        cycle: Cycle,
        energy_type: EnergyType,
    ) -> Result<Vec<Transaction>, Error> {
        let of_kind = |r: &&OwnRecord| match r.payload {
            Payload::Generation { energy_type: t, cycle: c, .. } => t == energy_type && c == cycle,
            _ => false,
        };
        let records = self.free().filter(of_kind).cloned().collect();
        self.merge_pairs(prover, rng, records)
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
        let (merged, energy_type, cycle) = match (pair[0].payload, pair[1].payload) {
            (Payload::Balance { amount: a, .. }, Payload::Balance { amount: b, .. }) => {
                (Payload::Balance { amount: Money::plus(a, b)?, blinding: r }, 0, 0)
            }
            (Payload::Generation { volume: a, energy_type, cycle, .. }, Payload::Generation { volume: b, .. }) => {
                let volume = Energy::plus(a, b)?;
                let merged = Payload::Generation { volume, energy_type, cycle, blinding: r };
                (merged, energy_type.number(), cycle.get())
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
            records: pair.map(input),
            blinding: r,
        };
        self.finish(prover, rng, body, Fr::from(0u64), None, &Instance::Merge(&statement, &witness))
    }
}
