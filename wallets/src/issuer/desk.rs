//! A desk: takes in money and issues B for it; pays out the money that leaves the ledger through
//! it.

use super::{Error, Identity, Registration, Replacement};
use crate::note::Payload;
use crate::payout::Claim;
use crate::prover::Prover;
use crate::seal::blinding;
use protocol::ids::{Height, TransactionId};
use protocol::keys::PaymentAddress;
use protocol::light::{AcceptanceProof, HeaderChain, VerifiedBlock};
use protocol::record::Commitment;
use protocol::relation::withdraw::PayeeDigest;
use protocol::transaction::body::{Issued, IssuerRole};
use protocol::transaction::genesis::Genesis;
use protocol::transaction::{Body, Transaction};
use protocol::units::{Energy, IssuerId, Money};
use rand_core::{CryptoRng, RngCore};
use std::collections::BTreeMap;

/// A withdrawal through this desk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Payout {
    /// The amount to be paid.
    pub amount: Money,
    /// The digest of the payee, which a [`Claim`] opens.
    pub payee: PayeeDigest,
    /// The block that it is in.
    pub height: Height,
    /// Whether it has been paid.
    pub paid: bool,
}

/// A desk's books, in nano-currency. The desk still holds `issued - paid` of the money taken in.
/// Below zero it has paid for other desks, and settles with them outside.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Books {
    /// The sum of the B that the desk issued and that are on the ledger.
    pub issued: u128,
    /// The sum of the withdrawals through the desk.
    pub withdrawn: u128,
    /// The sum of the withdrawals that the desk has paid.
    pub paid: u128,
}

/// A desk. Not printable: it holds its keys.
pub struct Desk {
    pub(super) identity: Identity,
    /// Issues made and not yet seen in a block.
    pub(super) issuing: BTreeMap<Commitment, Money>,
    pub(super) issued: u128,
    pub(super) payouts: BTreeMap<TransactionId, Payout>,
}

impl Desk {
    /// A new desk of the chain of this genesis, with fresh keys. Error: [`Error::Keys`].
    pub fn generate<R: RngCore + CryptoRng>(rng: &mut R, genesis: &Genesis, id: IssuerId) -> Result<Self, Error> {
        Ok(Self::with_identity(Identity::generate(rng, genesis, id, IssuerRole::Desk)?))
    }
    pub(super) fn with_identity(identity: Identity) -> Self {
        Desk { identity, issuing: BTreeMap::new(), issued: 0, payouts: BTreeMap::new() }
    }
    /// The data with which the regulator registers this desk.
    pub fn registration<R: RngCore + CryptoRng>(&self, rng: &mut R) -> Registration {
        self.identity.registration(rng)
    }
    /// Draws new keys for the desk's own number. The regulator puts them in force; until the desk
    /// scans that block, it goes on with the old ones. Store the desk before the regulator is asked.
    pub fn replace_keys<R: RngCore + CryptoRng>(&mut self, rng: &mut R) -> Replacement {
        self.identity.replace_keys(rng)
    }
    /// The keys of a new desk that takes a number over. Who takes a desk over pays what was withdrawn
    /// through it and is not paid yet.
    pub fn take_over<R: RngCore + CryptoRng>(&self, rng: &mut R) -> Replacement {
        self.identity.take_over(rng, None)
    }
    /// The desk's number.
    pub fn id(&self) -> IssuerId {
        self.identity.id
    }
    /// Follows the ledger: the desk's serials, its issues, and the withdrawals through it. Scanning a
    /// block again does no harm. Errors, with nothing changed: [`Error::OtherChain`], [`Error::Keys`].
    pub fn scan(&mut self, block: &VerifiedBlock) -> Result<(), Error> {
        self.identity.scan(block)?;
        for transaction in &block.transactions {
            match &transaction.body {
                Body::Issue(b) if b.issuer == self.identity.id => {
                    let amount = self.issuing.remove(&b.commitment).unwrap_or(Money::ZERO);
                    self.issued += u128::from(amount.get());
                }
                Body::Withdraw(b) if b.desk == self.identity.id => {
                    let payout = Payout { amount: b.amount, payee: b.payee, height: block.height, paid: false };
                    self.payouts.entry(transaction.id).or_insert(payout);
                }
                _ => {}
            }
        }
        Ok(())
    }
    /// Issues a B for money that was taken in. Error: [`Error::Prover`].
    pub fn issue_balance<R: RngCore + CryptoRng>(
        &mut self,
        prover: &dyn Prover,
        rng: &mut R,
        to: &PaymentAddress,
        amount: Money,
        expiry: Height,
    ) -> Result<Transaction, Error> {
        let payload = Payload::Balance { amount, blinding: blinding(rng) };
        let transaction = self.identity.issue(prover, rng, to, (Issued::Balance, &payload, Energy::ZERO), expiry)?;
        let leaf = payload.leaf(to.address).expect("B is a leaf");
        self.issuing.insert(leaf, amount);
        Ok(transaction)
    }
    /// All withdrawals through this desk, by transaction.
    pub fn payouts(&self) -> impl Iterator<Item = (&TransactionId, &Payout)> {
        self.payouts.iter()
    }
    /// Checks a claim on a withdrawal, with the proof that the ledger accepted it, and notes it as
    /// paid. The desk then pays the amount to the claim's account, outside. Store the desk before
    /// paying, so that it does not pay twice. `headers` are the desk's own. Errors, with nothing
    /// changed: [`Error::OtherChain`], [`Error::Unproved`], [`Error::OtherTransaction`],
    /// [`Error::UnknownWithdrawal`], [`Error::WrongClaim`], [`Error::AlreadyPaid`].
    pub fn pay(&mut self, claim: &Claim, proof: &AcceptanceProof, headers: &HeaderChain) -> Result<Money, Error> {
        if headers.chain() != self.identity.chain {
            return Err(Error::OtherChain);
        }
        let accepted = proof.verify(headers).map_err(Error::Unproved)?;
        if accepted.transaction.id() != claim.withdrawal {
            return Err(Error::OtherTransaction);
        }
        let payout = self.payouts.get_mut(&claim.withdrawal).ok_or(Error::UnknownWithdrawal)?;
        if claim.payee(self.identity.id) != payout.payee {
            return Err(Error::WrongClaim);
        }
        if payout.paid {
            return Err(Error::AlreadyPaid);
        }
        payout.paid = true;
        Ok(payout.amount)
    }
    /// The desk's books.
    pub fn books(&self) -> Books {
        let sum = |paid_only: bool| {
            let counted = self.payouts.values().filter(|p| p.paid || !paid_only);
            counted.map(|p| u128::from(p.amount.get())).sum()
        };
        Books { issued: self.issued, withdrawn: sum(false), paid: sum(true) }
    }
}
