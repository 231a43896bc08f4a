//! The regulator's register: the households with their request keys, the households behind the
//! credentials, and the households named for unpaid obligations. Nothing of it is on the ledger; an audit of a household begins here.

use super::{Error, Regulator};
use crate::announcement::announced;
use crate::note::Payload;
use protocol::encoding::{Canonical, Reader};
use protocol::keys::{Address, TraceCommitment};
use protocol::light::{AcceptanceProof, HeaderChain};
use protocol::record::Commitment;
use protocol::signing::SigningKey;
use protocol::transaction::body::Purpose;
use protocol::units::{Epoch, IssuerId};
use std::collections::BTreeMap;

/// Request keys, credentials and debts by household. Not printable: it ties trace keys to addresses.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Register {
    requests: BTreeMap<Address, SigningKey>,
    credentials: BTreeMap<(Address, Epoch), (TraceCommitment, IssuerId)>,
    /// The household and the epoch of each kappa.
    kappas: BTreeMap<TraceCommitment, (Address, Epoch)>,
    debts: BTreeMap<Commitment, Address>,
}

impl Register {
    /// Notes the key that asks for the credentials of an address. Error: [`Error::Enrolled`].
    pub(super) fn enrol(&mut self, who: Address, key: SigningKey) -> Result<(), Error> {
        if self.requests.get(&who).is_some_and(|known| *known != key)
            || self.requests.iter().any(|(other, known)| *known == key && *other != who)
        {
            return Err(Error::Enrolled);
        }
        self.requests.insert(who, key);
        Ok(())
    }
    /// A household's request key; None if it is not enrolled.
    pub fn request_key(&self, who: Address) -> Option<SigningKey> {
        self.requests.get(&who).copied()
    }
    pub(super) fn credential(&mut self, who: Address, epoch: Epoch, kappa: TraceCommitment, meter: IssuerId) {
        self.credentials.insert((who, epoch), (kappa, meter));
        self.kappas.insert(kappa, (who, epoch));
    }
    pub(super) fn holder(&self, kappa: TraceCommitment) -> Option<(Address, Epoch)> {
        self.kappas.get(&kappa).copied()
    }
    /// A household's credential of an epoch: its kappa and metering service.
    pub fn credential_of(&self, who: Address, epoch: Epoch) -> Option<(TraceCommitment, IssuerId)> {
        self.credentials.get(&(who, epoch)).copied()
    }
    /// Obligations that a household was named for, paid or not.
    pub fn debts<'a>(&'a self, who: &'a Address) -> impl Iterator<Item = Commitment> + 'a {
        self.debts.iter().filter(move |(_, debtor)| *debtor == who).map(|(owed, _)| *owed)
    }
    /// The whole register, to be stored encrypted.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        (self.requests.len() as u64).write(&mut out);
        for (who, key) in &self.requests {
            who.write(&mut out);
            key.write(&mut out);
        }
        (self.credentials.len() as u64).write(&mut out);
        for ((who, epoch), (kappa, meter)) in &self.credentials {
            who.write(&mut out);
            epoch.write(&mut out);
            kappa.write(&mut out);
            meter.write(&mut out);
        }
        (self.debts.len() as u64).write(&mut out);
        for (owed, who) in &self.debts {
            owed.write(&mut out);
            who.write(&mut out);
        }
        out
    }
    /// The register from the bytes that [`Self::to_bytes`] gave. Error: [`Error::Protocol`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let (mut input, mut register) = (Reader(bytes), Register::default());
        for _ in 0..u64::read(&mut input)? {
            register.enrol(Canonical::read(&mut input)?, Canonical::read(&mut input)?)?;
        }
        for _ in 0..u64::read(&mut input)? {
            let (who, epoch) = (Address::read(&mut input)?, Epoch::read(&mut input)?);
            register.credential(who, epoch, Canonical::read(&mut input)?, Canonical::read(&mut input)?);
        }
        for _ in 0..u64::read(&mut input)? {
            register.debts.insert(Canonical::read(&mut input)?, Canonical::read(&mut input)?);
        }
        if register.to_bytes() != bytes || register.kappas.len() != register.credentials.len() {
            return Err(protocol::Error::Encoding("not a register").into());
        }
        Ok(register)
    }
}

impl Regulator {
    /// Takes a metering service's answer that names the household of an unpaid obligation. That
    /// household gets no credential until the obligation is paid. Errors: [`Error::Light`],
    /// [`Error::NotOpened`] without the request on the ledger, [`Error::BadDisclosure`] when the
    /// opening is not the obligation's.
    pub fn name_debtor(
        &mut self,
        owed: Commitment,
        open: &AcceptanceProof,
        headers: &HeaderChain,
        (who, opening): (Address, &Payload),
    ) -> Result<(), Error> {
        let open = announced(open, headers)?;
        if (open.purpose, open.first) != (Purpose::Obligation, owed.0) {
            return Err(Error::NotOpened(format!("Obligation of {owed}")));
        }
        let owes = matches!(opening, Payload::Metered { sign, .. } if sign.is_owed());
        if !owes || opening.leaf(who) != Some(owed) {
            return Err(Error::BadDisclosure("this does not open the obligation"));
        }
        self.register.debts.insert(owed, who);
        Ok(())
    }
}
