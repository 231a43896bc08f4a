//! Refunds of a lock: relations 7 (Release) and 7b (Void).

use super::{Error, OwnPlan, Stage, Wallet};
use crate::note::Payload;
use crate::prover::{Instance, Prover};
use protocol::record::Handle;
use protocol::relation::check::blinding;
use protocol::relation::release::{Release as ReleaseStatement, ReleaseWitness};
use protocol::relation::void::{Void as VoidStatement, VoidWitness};
use protocol::relation::RelationKind;
use protocol::transaction::body::{Release, Void};
use protocol::transaction::{Body, Kind, Transaction};
use protocol::units::{Energy, Side};
use protocol::Fr;
use rand_core::{CryptoRng, RngCore};

/// The refund record of a volume of a plan.
fn refund(plan: &OwnPlan, volume: Energy, blinding: Fr) -> Result<Payload, Error> {
    Ok(match plan.side() {
        Side::Sell => {
            let energy_type = plan.energy_type().ok_or(Error::State("a plan of no energy type"))?;
            Payload::Generation { volume, energy_type, cycle: plan.cycle(), meter: plan.meter()?, blinding }
        }
        Side::Buy => Payload::Balance { amount: volume.at(plan.price()), blinding },
    })
}

impl Wallet {
    /// Takes back the lock of a plan that is refused, lapsed, expired, or listed: the last is its
    /// withdrawal.
    pub fn release(
        &mut self,
        prover: &dyn Prover,
        rng: &mut (impl RngCore + CryptoRng),
        handle: Handle,
    ) -> Result<Transaction, Error> {
        let own = self.plan_at(handle, &[Stage::Listed, Stage::Expired, Stage::Lapsed, Stage::Refused])?;
        let r = blinding(rng);
        let payload = refund(&own, own.volume(), r)?;
        let leaf = payload.leaf(self.watch.address).expect("G and B are leaves");
        let memo = self.memo(rng, Kind::Release, leaf.0, &payload);
        let body = Body::Release(Release { handle, refund: leaf, memo });
        let statement = ReleaseStatement {
            handle,
            cycle: own.cycle(),
            side: own.side(),
            refund: leaf,
            binding: self.binding(prover, RelationKind::Release, &body)?,
        };
        let energy_type = Fr::from(own.type_bits());
        let witness = ReleaseWitness { owner: self.owner(), plan: own.plan, energy_type, blinding: r };
        self.finish(prover, rng, body, handle.0, None, &Instance::Release(&statement, &witness))
    }

    /// Takes back the lock of a trade that was binding and not delivered.
    pub fn void(
        &mut self,
        prover: &dyn Prover,
        rng: &mut (impl RngCore + CryptoRng),
        handle: Handle,
    ) -> Result<Transaction, Error> {
        let own = self.plan_at(handle, &[Stage::Void])?;
        let (trade, terms) = Self::opened(&own)?;
        let r = blinding(rng);
        let payload = refund(&own, terms.volume, r)?;
        let leaf = payload.leaf(self.watch.address).expect("G and B are leaves");
        let memo = self.memo(rng, Kind::Void, leaf.0, &payload);
        let body = Body::Void(Void { match_id: trade.id, handle, refund: leaf, memo });
        let statement = VoidStatement {
            match_id: trade.id,
            handle,
            cycle: own.cycle(),
            side: own.side(),
            refund: leaf,
            binding: self.binding(prover, RelationKind::Void, &body)?,
        };
        let witness = VoidWitness {
            owner: self.owner(),
            match_id: terms.record(own.side(), handle),
            energy_type: Fr::from(own.type_bits()),
            plan: own.plan,
            blinding: r,
        };
        self.finish(prover, rng, body, handle.0, None, &Instance::Void(&statement, &witness))
    }
}
