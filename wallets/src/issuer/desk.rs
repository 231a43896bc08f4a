//! A desk: takes in money and issues B for it; pays out the money that leaves the ledger through it.
//!
//! A payout goes [`Desk::take_claim`] -> [`Desk::mark`] -> ledger -> [`Desk::order`]. The ledger takes
//! one mark for each withdrawal, and the bank keeps the order under the withdrawal's id. So a desk
//! that has lost what it did pays nothing twice.

use super::{Error, Identity, Registration, Replacement};
use crate::bank::{Bank, Order};
use crate::note::Payload;
use crate::payout::{Claim, MAX_ACCOUNT};
use crate::prover::Prover;
use crate::seal::blinding;
use protocol::ids::{Height, TransactionId};
use protocol::keys::PaymentAddress;
use protocol::light::{AcceptanceProof, HeaderChain, VerifiedBlock};
use protocol::record::Commitment;
use protocol::relation::withdraw::PayeeDigest;
use protocol::transaction::body::{Issued, IssuerRole, Paid};
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
    /// Whether the desk's mark is on the ledger.
    pub marked: bool,
    /// Whether the desk has ordered the payment from its bank. Only a marked one is ordered.
    pub paid: bool,
}

/// What became of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ordered {
    /// The desk has just ordered this amount.
    Now(Money),
    /// The bank had the order of this amount. The desk did not know of it.
    Before(Money),
}

/// A desk's books, in nano-currency. The desk still holds `issued - paid` of the money taken in.
/// Below zero it has paid for other desks, and settles with them outside.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Books {
    /// The sum of the B that the desk issued and that are on the ledger.
    pub issued: u128,
    /// The sum of the withdrawals through the desk.
    pub withdrawn: u128,
    /// The sum of the withdrawals whose payment the desk has ordered.
    pub paid: u128,
}

/// A desk. Not printable: it holds its keys.
pub struct Desk {
    pub(super) identity: Identity,
    /// Issues made and not yet seen in a block.
    pub(super) issuing: BTreeMap<Commitment, Money>,
    pub(super) issued: u128,
    pub(super) payouts: BTreeMap<TransactionId, Payout>,
    /// The claims on withdrawals that are not paid yet.
    pub(super) claims: BTreeMap<TransactionId, Claim>,
}

impl Desk {
    /// A new desk of the chain of this genesis, with fresh keys. Error: [`Error::Keys`].
    pub fn generate<R: RngCore + CryptoRng>(rng: &mut R, genesis: &Genesis, id: IssuerId) -> Result<Self, Error> {
        Ok(Self::with_identity(Identity::generate(rng, genesis, id, IssuerRole::Desk)?))
    }
    pub(super) fn with_identity(identity: Identity) -> Self {
        Desk { identity, issuing: BTreeMap::new(), issued: 0, payouts: BTreeMap::new(), claims: BTreeMap::new() }
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
                    let (amount, payee, height) = (b.amount, b.payee, block.height);
                    let payout = Payout { amount, payee, height, marked: false, paid: false };
                    self.payouts.entry(transaction.id).or_insert(payout);
                }
                Body::Paid(b) if b.issuer == self.identity.id => {
                    if let Some(payout) = self.payouts.get_mut(&b.withdrawal) {
                        payout.marked = true;
                    }
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
    /// Checks a claim on a withdrawal, with the proof that the ledger accepted it, and keeps the claim.
    /// Returns the amount. `headers` are the desk's own. Errors, with nothing changed:
    /// [`Error::OtherChain`], [`Error::Unproved`], [`Error::OtherTransaction`],
    /// [`Error::UnknownWithdrawal`], [`Error::WrongClaim`], [`Error::AlreadyPaid`].
    pub fn take_claim(
        &mut self,
        claim: &Claim,
        proof: &AcceptanceProof,
        headers: &HeaderChain,
    ) -> Result<Money, Error> {
        if self.accepted(proof, headers)?.id() != claim.withdrawal {
            return Err(Error::OtherTransaction);
        }
        let payout = self.payouts.get(&claim.withdrawal).ok_or(Error::UnknownWithdrawal)?;
        if claim.account.len() > MAX_ACCOUNT || claim.payee(self.identity.id) != payout.payee {
            return Err(Error::WrongClaim);
        }
        if payout.paid {
            return Err(Error::AlreadyPaid);
        }
        self.claims.insert(claim.withdrawal, claim.clone());
        Ok(payout.amount)
    }
    /// The transaction that marks a withdrawal on the ledger, before the payment is ordered. Store the
    /// desk before sending it. The ledger accepts one for each withdrawal, so making another one is
    /// harmless, for example after one has expired. Errors, with nothing changed: [`Error::NoClaim`];
    /// [`Error::AlreadyMarked`] once the mark is on the ledger: then the desk goes on with
    /// [`Self::order`].
    pub fn mark(&mut self, withdrawal: TransactionId, expiry: Height) -> Result<Transaction, Error> {
        self.identity.in_force()?;
        let (payout, _) = self.claimed(withdrawal)?;
        if payout.marked {
            return Err(Error::AlreadyMarked);
        }
        let (issuer, serial) = (self.identity.id, self.identity.serials.take(expiry));
        let body = Body::Paid(Paid { issuer, serial, withdrawal });
        Ok(self.identity.keys.signer.seal(self.identity.chain, expiry, body))
    }
    /// Orders the payment of a marked withdrawal from the bank, unless the bank has the order. `proof`
    /// shows that the ledger accepted the mark, `headers` are the desk's own. Store the desk
    /// afterwards.
    ///
    /// The bank is asked by the withdrawal's id every time. So a desk that stopped between the mark
    /// and the order, or between the order and storing itself, or whose state is from before either,
    /// orders the payment if it is missing and only then. One program at a time may order for a desk: a
    /// bank that is asked by two at once has no order for either. Errors, with nothing changed:
    /// [`Error::OtherChain`], [`Error::Unproved`], [`Error::NotMarked`] for a proof of anything but
    /// this desk's mark of this withdrawal, [`Error::NoClaim`], [`Error::UnknownWithdrawal`],
    /// [`Error::AlreadyPaid`], [`Error::Bank`].
    pub fn order(
        &mut self,
        withdrawal: TransactionId,
        proof: &AcceptanceProof,
        headers: &HeaderChain,
        bank: &mut dyn Bank,
    ) -> Result<Ordered, Error> {
        match self.accepted(proof, headers)?.body {
            Body::Paid(paid) if (paid.issuer, paid.withdrawal) == (self.identity.id, withdrawal) => {}
            _ => return Err(Error::NotMarked),
        }
        let (payout, claim) = self.claimed(withdrawal)?;
        let (reference, amount, account) = (withdrawal, payout.amount, claim.account.clone());
        let ordered = match bank.has(reference)? {
            true => Ordered::Before(amount),
            false => {
                bank.order(&Order { reference, amount, account })?;
                Ordered::Now(amount)
            }
        };
        let payout = self.payouts.get_mut(&withdrawal).ok_or(Error::UnknownWithdrawal)?;
        (payout.marked, payout.paid) = (true, true);
        self.claims.remove(&withdrawal);
        Ok(ordered)
    }
    /// The withdrawals whose claims the desk has taken and which it has not paid: after a restart the
    /// desk goes on with them.
    pub fn waiting(&self) -> impl Iterator<Item = (&TransactionId, &Payout)> {
        self.payouts.iter().filter(|(id, _)| self.claims.contains_key(id))
    }
    fn claimed(&self, withdrawal: TransactionId) -> Result<(&Payout, &Claim), Error> {
        let payout = self.payouts.get(&withdrawal).ok_or(Error::UnknownWithdrawal)?;
        match self.claims.get(&withdrawal) {
            _ if payout.paid => Err(Error::AlreadyPaid),
            Some(claim) => Ok((payout, claim)),
            None => Err(Error::NoClaim),
        }
    }
    fn accepted(&self, proof: &AcceptanceProof, headers: &HeaderChain) -> Result<Transaction, Error> {
        if headers.chain() != self.identity.chain {
            return Err(Error::OtherChain);
        }
        Ok(proof.verify(headers).map_err(Error::Unproved)?.transaction)
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
