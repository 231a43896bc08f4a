//! Credentials: one a household and epoch, only against a deposit of its trace key.

use super::{Error, Regulator};
use crate::issuing::Issuing;
use crate::note::{self, CredentialOpening, Payload};
use crate::prover::Prover;
use crate::seal::blinding;
use protocol::ids::Height;
use protocol::keys::{PaymentAddress, TraceCommitment};
use protocol::transaction::body::{IssueCredential, IssuerRole};
use protocol::transaction::{Body, Kind, Transaction};
use protocol::units::{Epoch, IssuerId, Place, Reputation};
use rand_core::{CryptoRng, RngCore};

/// The contents of a household's credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CredentialTerms {
    /// The household's reputation.
    pub reputation: Reputation,
    /// The household's place in the grid.
    pub place: Place,
    /// Its metering service.
    pub meter: IssuerId,
    /// Commitment to its trace key of the epoch, deposited by the household.
    pub kappa: TraceCommitment,
    /// The epoch.
    pub epoch: Epoch,
}

impl Regulator {
    /// Issues a credential C to the household at `to`. Store the register before sending it. A
    /// credential whose transaction has expired can be made again, for the same kappa and metering
    /// service: the ledger accepts one of them. Errors: [`Error::NoDeposit`], [`Error::KappaUsed`],
    /// [`Error::UnknownIssuer`], [`Error::WrongPeriod`] for an epoch that is past,
    /// [`Error::Indebted`], [`Error::HasCredential`], [`Error::RegisterBehind`], [`Error::Prover`].
    pub fn issue_credential<R: RngCore + CryptoRng>(
        &mut self,
        prover: &dyn Prover,
        rng: &mut R,
        to: &PaymentAddress,
        terms: &CredentialTerms,
        expiry: Height,
    ) -> Result<Transaction, Error> {
        let CredentialTerms { reputation, place, meter, kappa, epoch } = *terms;
        if !self.trail.deposits.contains_key(&kappa) {
            return Err(Error::NoDeposit);
        }
        if self.register.debts(&to.address).any(|owed| !self.trail.paid.contains_key(&owed)) {
            return Err(Error::Indebted);
        }
        // The register does not know these credentials' households: one may be this household's.
        if self.named.iter().any(|kappa| self.register.holder(*kappa).is_none()) {
            return Err(Error::RegisterBehind);
        }
        let another = self.register.holder(kappa).is_some_and(|holder| holder != (to.address, epoch));
        if another || self.named.contains(&kappa) {
            return Err(Error::KappaUsed);
        }
        if self.issuers.get(&meter) != Some(&IssuerRole::MeteringService) {
            return Err(Error::UnknownIssuer);
        }
        if self.epoch.is_some_and(|current| epoch < current) {
            return Err(Error::WrongPeriod("the epoch is past"));
        }
        // With a second one the household would have a trace key that its audit does not look for.
        if self.register.credential_of(to.address, epoch).is_some_and(|named| named != (kappa, meter)) {
            return Err(Error::HasCredential);
        }
        let opening = CredentialOpening { reputation, place, kappa, meter, epoch, blinding: blinding(rng) };
        let payload = Payload::Credential(opening);
        let commitment = payload.leaf(to.address).expect("a credential is a leaf");
        let witness = payload.witness(to.address).expect("a leaf has an opening");
        let note = note::seal(rng, &to.note_key, self.chain, Kind::IssueCredential, commitment.0, &payload);
        let body = IssueCredential { serial: self.serials.take(expiry), epoch, commitment, kappa, note };
        let issuing = Issuing { signer: &self.keys.signer, keys: &self.proofs, chain: self.chain, expiry };
        let statement = |binding| body.statement(binding);
        let transaction = issuing.seal(prover, rng, Body::IssueCredential(body), statement, &witness)?;
        self.register.credential(to.address, epoch, kappa, meter);
        Ok(transaction)
    }
}
