//! Dealings with the grid: relations 9 (Surplus) and 9b (Shortfall).
//! Relation 9 also pays what a correction gives back, and by relation 9b the household pays what one
//! takes back.

use super::{BalanceInput, Error, Need, Wallet};
use crate::note::Payload;
use crate::prover::{Instance, Prover};
use protocol::elgamal::{encrypt, Role};
use protocol::keys::TraceKind;
use protocol::record::balance::Balance;
use protocol::record::metered::Metered;
use protocol::record::{nullifier, Commitment};
use protocol::relation::check::{blinding, Ephemeral};
use protocol::relation::shortfall::{Shortfall as ShortfallStatement, ShortfallWitness};
use protocol::relation::surplus::{Surplus as SurplusStatement, SurplusWitness};
use protocol::relation::RelationKind;
use protocol::transaction::body::{Shortfall, Surplus};
use protocol::transaction::{Body, Kind, Transaction};
use protocol::Fr;
use rand_core::{CryptoRng, RngCore};

impl Wallet {
    /// Has the grid pay a metered record at the tariff of its sign and cycle: a surplus, or what a
    /// correction gives back of a shortfall.
    pub fn pay_surplus(
        &mut self,
        prover: &dyn Prover,
        rng: &mut (impl RngCore + CryptoRng),
        surplus: Commitment,
    ) -> Result<Transaction, Error> {
        let record = self.records().find(|r| r.commitment == surplus).cloned().ok_or(Error::UnknownMetered)?;
        let Payload::Metered { volume, sign, cycle, meter, blinding: r_s } = record.payload else {
            return Err(Error::UnknownMetered);
        };
        self.in_flight(surplus.0)?;
        let epoch = self.watch.exit_epoch(self.watch.cycle(cycle)?.epoch)?;
        let tariff = sign.tariff(&self.watch.cycle(cycle)?.market);
        let credential_use = self.use_credential_for(epoch, TraceKind::Surplus, cycle, sign)?;
        let amount = volume.at(tariff);
        let input = self.balance_input(rng, amount);
        let needed = [Some(record.position), Some(credential_use.position), input.position];
        let (root, leaves) = self.watch.anchor(&needed.into_iter().flatten().collect::<Vec<_>>())?;
        let r = blinding(rng);
        let new = Payload::Balance { amount: input.amount.plus(amount)?, blinding: r };
        let leaf = new.leaf(self.watch.address).expect("B is a leaf");
        let balance_path = self.balance_path_of(&input, leaves);
        let BalanceInput { balance, commitment, .. } = input;
        let ephemeral = Ephemeral::random(rng);
        let audit_key = self.watch.parameters.genesis().audit_key.point();
        let messages = [self.watch.address.0, Fr::from(amount.get()), surplus.0];
        let said = Surplus {
            root,
            epoch,
            cycle,
            sign,
            nullifier_metered: record.nullifier,
            nullifier_balance: nullifier(self.owner().nk(), commitment, balance_path.position),
            balance: leaf,
            tag: credential_use.tag,
            c1: ephemeral.point(),
            audit: encrypt(Role::Audit, &audit_key, record.nullifier.0, &ephemeral.e, &messages),
            memo: self.memo(rng, Kind::Surplus, leaf.0, &new),
        };
        let body = Body::Surplus(said);
        let statement = SurplusStatement {
            root,
            epoch,
            nullifier_metered: said.nullifier_metered,
            nullifier_balance: said.nullifier_balance,
            balance: leaf,
            sign,
            tariff,
            cycle,
            tag: said.tag,
            audit_key,
            c1: said.c1,
            audit: said.audit,
            binding: self.binding(prover, RelationKind::Surplus, &body)?,
        };
        let witness = SurplusWitness {
            owner: self.owner(),
            metered: Metered::new(volume, sign, cycle, self.watch.address, meter, r_s),
            metered_path: self.watch.path(record.position, leaves),
            shown: credential_use.under(&self.watch, leaves),
            balance,
            balance_path,
            new_blinding: r,
            ephemeral,
        };
        let instance = Instance::Surplus(&statement, &witness);
        self.finish(prover, rng, body, surplus.0, Some(said.tag), &instance)
    }

    /// Pays for a metered record that is owed, a shortfall or what a correction takes back of a
    /// surplus, at the tariff of its sign and cycle, from the smallest free B that bears it. Errors: [`Error::InsufficientFunds`], [`Error::Fragmented`].
    pub fn pay_shortfall(
        &mut self,
        prover: &dyn Prover,
        rng: &mut (impl RngCore + CryptoRng),
        obligation: Commitment,
    ) -> Result<Transaction, Error> {
        let owed = self.watch.obligations.get(&obligation).filter(|o| !o.paid).ok_or(Error::UnknownMetered)?;
        let Payload::Metered { volume, sign, cycle, meter, blinding: r_s } = owed.payload else {
            return Err(Error::UnknownMetered);
        };
        self.in_flight(obligation.0)?;
        let epoch = self.watch.exit_epoch(self.watch.cycle(cycle)?.epoch)?;
        let tariff = sign.tariff(&self.watch.cycle(cycle)?.market);
        let amount = volume.at(tariff);
        let record = self.smallest_bearing(Need::Money(amount))?;
        let Payload::Balance { amount: held, blinding: r_b } = record.payload else {
            return Err(Error::UnknownMetered);
        };
        let credential_use = self.use_credential_for(epoch, TraceKind::Shortfall, cycle, sign)?;
        let (root, leaves) = self.watch.anchor(&[record.position, credential_use.position])?;
        let r = blinding(rng);
        let new = Payload::Balance { amount: held.minus(amount)?, blinding: r };
        let leaf = new.leaf(self.watch.address).expect("B is a leaf");
        let ephemeral = Ephemeral::random(rng);
        let audit_key = self.watch.parameters.genesis().audit_key.point();
        let messages = [self.watch.address.0, Fr::from(amount.get()), obligation.0];
        let said = Shortfall {
            obligation,
            root,
            epoch,
            nullifier: record.nullifier,
            balance: leaf,
            tag: credential_use.tag,
            c1: ephemeral.point(),
            audit: encrypt(Role::Audit, &audit_key, record.nullifier.0, &ephemeral.e, &messages),
            memo: self.memo(rng, Kind::Shortfall, leaf.0, &new),
        };
        let body = Body::Shortfall(said);
        let statement = ShortfallStatement {
            obligation,
            root,
            epoch,
            nullifier: said.nullifier,
            balance: leaf,
            sign,
            tariff,
            cycle,
            tag: said.tag,
            audit_key,
            c1: said.c1,
            audit: said.audit,
            binding: self.binding(prover, RelationKind::Shortfall, &body)?,
        };
        let witness = ShortfallWitness {
            owner: self.owner(),
            metered: Metered::new(volume, sign, cycle, self.watch.address, meter, r_s),
            shown: credential_use.under(&self.watch, leaves),
            balance: Balance::new(held, self.watch.address, r_b),
            balance_path: self.watch.path(record.position, leaves),
            new_blinding: r,
            ephemeral,
        };
        let instance = Instance::Shortfall(&statement, &witness);
        self.finish(prover, rng, body, obligation.0, Some(said.tag), &instance)
    }
}
