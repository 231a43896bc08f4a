//! The check of the transaction that replaces an operator's keys.

use super::Checked;
use crate::changes::{Change, Signer};
use crate::state::State;
use crate::Refusal;
use protocol::ids::Serial;
use protocol::transaction::body::{IssuerKeys, IssuerRole, NewKeys, Operator, RotateKey};
use protocol::transaction::possession::issuer_context;
use protocol::units::{Cycle, IssuerId};

impl State {
    pub(super) fn rotate_key(&self, b: &RotateKey) -> Checked {
        let mut changes = Vec::new();
        match b.of {
            NewKeys::Regulator => self.recovery_serial(b.serial)?,
            _ => changes.push(self.serial(Signer::Regulator, b.serial)?),
        }
        if let NewKeys::Issuer(issuer, keys) = &b.of {
            self.new_issuer_keys(*issuer, keys)?;
        }
        if self.is_signing_key(&b.key) {
            return Err(Refusal::KeyReused);
        }
        changes.push(Change::Rotate(Box::new(*b)));
        Ok((changes, vec![]))
    }

    /// The recovery key signs nothing but replacements, so it counts these, and no window is needed.
    /// The regulator's own serials would let whoever stole its key move the window.
    fn recovery_serial(&self, serial: Serial) -> Result<(), Refusal> {
        let next = u64::from(self.generation(Operator::Regulator).0) + 1;
        match serial.0.cmp(&next) {
            core::cmp::Ordering::Less => Err(Refusal::SerialUsed),
            core::cmp::Ordering::Equal => Ok(()),
            core::cmp::Ordering::Greater => Err(Refusal::SerialClosed),
        }
    }

    fn new_issuer_keys(&self, issuer: IssuerId, keys: &IssuerKeys) -> Result<(), Refusal> {
        let role = self.issuer(issuer).ok_or(Refusal::UnregisteredIssuer)?.role;
        let service = role == IssuerRole::MeteringService;
        if keys.reaches_back != Cycle::ZERO {
            self.has_role(issuer, IssuerRole::MeteringService)?;
            self.cycle(keys.reaches_back).ok_or(Refusal::UnknownCycle)?;
        }
        if self.is_encryption_key(&keys.encryption_key) || (service && self.has_serial_key(&keys.serial_key)) {
            return Err(Refusal::KeyReused);
        }
        let context = issuer_context(self.chain, role, issuer);
        keys.possession.verify(&keys.encryption_key, &context).map_err(|_| Refusal::BadPossession)
    }
}
