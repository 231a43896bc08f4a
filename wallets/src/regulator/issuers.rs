//! The issuers: their registration, and the caps on what metering services issue.

use super::{Error, Regulator};
use crate::issuer::{Registration, Replacement};
use protocol::ids::Height;
use protocol::signing::SigningKey;
use protocol::transaction::body::{IssueCap, IssuerRole, NewKeys, RegisterIssuer, RotateKey, SetIssueCap};
use protocol::transaction::possession::issuer_context;
use protocol::transaction::{Body, Transaction};
use protocol::units::IssuerId;

/// How many records of each kind a metering service may issue in an epoch when it is registered:
/// enough for 700 households over a week of quarters of an hour.
pub const ISSUE_CAP: IssueCap = IssueCap { generation: 500_000, metered: 500_000 };

impl Regulator {
    /// Changes how many records a metering service may issue in an epoch. Error:
    /// [`Error::UnknownIssuer`] for an issuer that is no metering service.
    pub fn set_issue_cap(&mut self, issuer: IssuerId, cap: IssueCap, expiry: Height) -> Result<Transaction, Error> {
        if self.issuers.get(&issuer) != Some(&IssuerRole::MeteringService) {
            return Err(Error::UnknownIssuer);
        }
        Ok(self.seal(expiry, |serial| Body::SetIssueCap(SetIssueCap { serial, issuer, cap })))
    }

    /// Replaces the keys of an issuer by others, of the same holder or of a new one. Errors:
    /// [`Error::UnknownIssuer`]; [`Error::Protocol`] for a bad proof of possession.
    pub fn rotate_issuer(&mut self, new: &Replacement, expiry: Height) -> Result<Transaction, Error> {
        let role = *self.issuers.get(&new.issuer).ok_or(Error::UnknownIssuer)?;
        let Replacement { issuer, key, keys } = *new;
        keys.possession.verify(&keys.encryption_key, &issuer_context(self.chain, role, issuer))?;
        let of = NewKeys::Issuer(issuer, keys);
        Ok(self.seal(expiry, |serial| Body::RotateKey(RotateKey { serial, key, of })))
    }

    /// Replaces the matching node's signing key.
    pub fn rotate_matching_node(&mut self, key: SigningKey, expiry: Height) -> Transaction {
        self.seal(expiry, |serial| Body::RotateKey(RotateKey { serial, key, of: NewKeys::Matcher }))
    }

    /// Registers an issuer that has proved that it knows the secret of its key K_m. A metering
    /// service may issue [`ISSUE_CAP`] records an epoch, until [`Self::set_issue_cap`] says another
    /// number. Errors: [`Error::IssuerTaken`], [`Error::Protocol`].
    pub fn register_issuer(&mut self, r: &Registration, expiry: Height) -> Result<Transaction, Error> {
        if self.issuers.contains_key(&r.issuer) {
            return Err(Error::IssuerTaken);
        }
        r.possession.verify(&r.encryption_key, &issuer_context(self.chain, r.role, r.issuer))?;
        let Registration { issuer, role, key, encryption_key, possession, serial_key } = *r;
        let cap = ISSUE_CAP;
        Ok(self.seal(expiry, |serial| {
            Body::RegisterIssuer(RegisterIssuer {
                serial,
                issuer,
                role,
                key,
                encryption_key,
                possession,
                serial_key,
                cap,
            })
        }))
    }
}
