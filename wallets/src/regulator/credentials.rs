//! Credentials: one a household and epoch, only against the household's request, which deposits its
//! trace key.

use super::{Error, Regulator};
use crate::issuing::Issuing;
use crate::note::{self, CredentialOpening, Payload};
use crate::prover::Prover;
use crate::seal::blinding;
use protocol::ids::Height;
use protocol::keys::{Address, PaymentAddress};
use protocol::relation::{RelationKind, Statement};
use protocol::signing::SigningKey;
use protocol::transaction::body::{IssueCredential, IssuerRole};
use protocol::transaction::deposit::CredentialRequest;
use protocol::transaction::{Kind, Transaction};
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
}

impl Regulator {
    /// Enrols a household: from now on its request key asks for the credentials of its address. Store
    /// the register. Error: [`Error::Enrolled`] for an address or a key that is enrolled otherwise.
    pub fn enrol(&mut self, household: Address, key: SigningKey) -> Result<(), Error> {
        self.register.enrol(household, key)
    }

    /// Checks a household's request: it is signed by the request key of its enrolment, for this chain,
    /// and its proof shows that the trace key is deposited. Errors: [`Error::NotEnrolled`],
    /// [`Error::OtherChain`], [`Error::Protocol`] for a bad signature, [`Error::BadDeposit`],
    /// [`Error::Prover`].
    fn check_request(&self, prover: &dyn Prover, who: Address, request: &CredentialRequest) -> Result<(), Error> {
        if self.register.request_key(who) != Some(request.key) {
            return Err(Error::NotEnrolled);
        }
        if request.chain != self.chain {
            return Err(Error::OtherChain);
        }
        request.verify()?;
        let CredentialRequest { epoch, deposit, seal, .. } = *request;
        let key = self.proofs.key(prover, RelationKind::Deposit)?;
        let inputs = deposit.statement(self.chain, epoch, &self.audit_key).inputs();
        let opens = !deposit.c1.is_identity() && seal.key == key;
        match opens && prover.verify(key, RelationKind::Deposit, &inputs, &seal.proof)? {
            true => Ok(()),
            false => Err(Error::BadDeposit),
        }
    }

    /// Issues the credential C that the household at `to` requests. Store the register before sending
    /// it. A credential whose transaction has expired can be made again, for the same kappa and
    /// metering service: the ledger accepts one of them. Errors: [`Error::NotEnrolled`],
    /// [`Error::OtherChain`], [`Error::Protocol`] for a bad signature, [`Error::BadDeposit`],
    /// [`Error::KappaUsed`], [`Error::UnknownIssuer`], [`Error::WrongPeriod`] for an epoch that is
    /// neither the current one nor the next, [`Error::Indebted`], [`Error::Lapsed`],
    /// [`Error::HasCredential`], [`Error::RegisterBehind`], [`Error::Prover`].
    pub fn issue_credential<R: RngCore + CryptoRng>(
        &mut self,
        prover: &dyn Prover,
        rng: &mut R,
        to: &PaymentAddress,
        terms: &CredentialTerms,
        request: &CredentialRequest,
        expiry: Height,
    ) -> Result<Transaction, Error> {
        let CredentialTerms { reputation, place, meter } = *terms;
        let CredentialRequest { epoch, deposit, seal, .. } = *request;
        let kappa = deposit.kappa;
        self.check_request(prover, to.address, request)?;
        if self.is_indebted(to.address, epoch) {
            return Err(Error::Indebted);
        }
        if self.register.is_barred(to.address, epoch) {
            return Err(Error::Lapsed);
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
        let current = self.epoch.map_or(0, Epoch::get);
        if epoch == Epoch::ZERO || !(current..=current.saturating_add(1)).contains(&epoch.get()) {
            return Err(Error::WrongPeriod("a credential is of the current epoch or the next"));
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
        let body = IssueCredential { serial: self.serials.take(expiry), epoch, commitment, deposit, note };
        let issuing = Issuing { signer: &self.keys.signer, keys: &self.proofs, chain: self.chain, expiry };
        let transaction = issuing.seal_credential(prover, rng, body, seal, &witness)?;
        self.register.credential(to.address, epoch, kappa, meter);
        Ok(transaction)
    }
}
