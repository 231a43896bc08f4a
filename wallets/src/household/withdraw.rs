//! Relation 10 (Withdraw): money leaves the ledger through a desk.

use super::{Error, Need, Wallet};
use crate::note::Payload;
use crate::payout::{Claim, MAX_ACCOUNT};
use crate::prover::{Instance, Prover};
use protocol::elgamal::{encrypt, Role};
use protocol::encoding::{digest, Canonical};
use protocol::record::balance::Balance;
use protocol::record::Nullifier;
use protocol::relation::check::{blinding, Ephemeral};
use protocol::relation::withdraw::{Withdraw as Statement, WithdrawWitness};
use protocol::relation::RelationKind;
use protocol::transaction::body::Withdraw;
use protocol::transaction::{Body, Kind, Transaction};
use protocol::units::{IssuerId, Money};
use protocol::Fr;
use rand_core::{CryptoRng, RngCore};
use zeroize::Zeroizing;

/// A withdrawal: the transaction is for the ledger, the claim for the desk.
#[derive(Clone)]
pub struct Withdrawal {
    /// The transaction.
    pub transaction: Transaction,
    /// The claim on which the desk pays, once the transaction is in a block.
    pub claim: Claim,
}

impl Wallet {
    /// Withdraws an amount through a desk, to an account outside, from the smallest free B that
    /// bears it ([`Wallet::gather`] merges records into one that does). The amount is public, and so
    /// is the epoch of the credential that it shows, the newest that the household has.
    /// Errors: [`Error::InsufficientFunds`], [`Error::Fragmented`], [`Error::UnknownIssuer`],
    /// [`Error::Account`], [`Error::NoCredential`].
    pub fn withdraw(
        &mut self,
        prover: &dyn Prover,
        rng: &mut (impl RngCore + CryptoRng),
        desk: IssuerId,
        amount: Money,
        account: &[u8],
    ) -> Result<Withdrawal, Error> {
        if account.is_empty() || account.len() > MAX_ACCOUNT {
            return Err(Error::Account);
        }
        if !self.watch.issuers.contains_key(&desk) {
            return Err(Error::UnknownIssuer(desk));
        }
        let current = self.watch.epoch.ok_or(Error::NoEpoch)?;
        let epoch = self.watch.exit_epoch(current)?;
        let record = self.smallest_bearing(Need::Money(amount))?;
        let Payload::Balance { amount: held, blinding: r_b } = record.payload else {
            return Err(Error::State("a need of money is borne by B"));
        };
        let credential_use = self.use_credential_to_withdraw(epoch, current)?;
        let (root, leaves) = self.watch.anchor(&[record.position, credential_use.position])?;
        let r = blinding(rng);
        let new = Payload::Balance { amount: held.minus(amount)?, blinding: r };
        let leaf = new.leaf(self.watch.address).expect("B is a leaf");
        let ephemeral = Ephemeral::random(rng);
        let audit_key = self.watch.parameters.genesis().audit_key.point();
        let messages = [self.watch.address.0, Fr::from(amount.get())];
        let salt = self.payee_salt(record.nullifier);
        let said = Withdraw {
            desk,
            root,
            epoch,
            current,
            nullifier: record.nullifier,
            balance: leaf,
            amount,
            payee: protocol::relation::withdraw::PayeeDigest::of(desk, &salt, account),
            tag: credential_use.tag,
            c1: ephemeral.point(),
            audit: encrypt(Role::Audit, &audit_key, record.nullifier.0, &ephemeral.e, &messages),
            memo: self.memo(rng, Kind::Withdraw, leaf.0, &new),
        };
        let body = Body::Withdraw(said);
        let statement = Statement {
            root,
            epoch,
            current,
            nullifier: said.nullifier,
            balance: leaf,
            amount,
            payee: said.payee,
            tag: said.tag,
            audit_key,
            c1: said.c1,
            audit: said.audit,
            binding: self.binding(prover, RelationKind::Withdraw, &body)?,
        };
        let witness = WithdrawWitness {
            owner: self.owner(),
            balance: Balance::new(held, self.watch.address, r_b),
            balance_path: self.watch.path(record.position, leaves),
            shown: credential_use.under(&self.watch, leaves),
            new_blinding: r,
            ephemeral,
        };
        let instance = Instance::Withdraw(&statement, &witness);
        let transaction = self.finish(prover, rng, body, Fr::from(0u64), Some(said.tag), &instance)?;
        Ok(Withdrawal { claim: self.claim(&transaction, account)?, transaction })
    }

    /// Makes the claim on a withdrawal of this household again: a wallet restored from its phrase
    /// can still be paid. Error: [`Error::Account`] when the transaction is no withdrawal, or went
    /// to another account.
    pub fn claim(&self, transaction: &Transaction, account: &[u8]) -> Result<Claim, Error> {
        let Body::Withdraw(body) = &transaction.body else { return Err(Error::Account) };
        let salt = self.payee_salt(body.nullifier);
        let claim = Claim { withdrawal: transaction.id(), salt, account: account.to_vec() };
        (claim.payee(body.desk) == body.payee).then_some(claim).ok_or(Error::Account)
    }

    /// The salt that hides a claim's account. It follows from the seed, so that no wallet has to
    /// keep it.
    fn payee_salt(&self, nullifier: Nullifier) -> [u8; 32] {
        // room for both parts, so that no copy of the seed stays behind in freed memory
        let mut bytes = Zeroizing::new(Vec::with_capacity(96));
        bytes.extend_from_slice(&self.seed[..]);
        nullifier.write(&mut bytes);
        digest("veilgrid/payee-salt/1", &bytes)
    }
}
