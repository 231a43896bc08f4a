//! The regulator's register: the households with their request keys, the households behind the
//! credentials, those that obligations were opened for, and those whose plans lapsed. Nothing of it is
//! on the ledger; an audit of a household begins here.

use super::{Error, Lapse, LapseLimit};
use protocol::encoding::{Canonical, Reader};
use protocol::keys::{Address, TraceCommitment};
use protocol::record::{Commitment, Handle};
use protocol::signing::SigningKey;
use protocol::units::{Epoch, IssuerId};
use std::collections::BTreeMap;

/// Version of the stored form, its first byte.
const VERSION: u8 = 2;

/// An obligation that was opened.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Debt {
    /// The household that owes it.
    who: Address,
    /// The epoch in which the household disputed it.
    disputed: Option<Epoch>,
}

/// Request keys, credentials, debts and lapses by household. Not printable: it ties trace keys to
/// addresses.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Register {
    requests: BTreeMap<Address, SigningKey>,
    credentials: BTreeMap<(Address, Epoch), (TraceCommitment, IssuerId)>,
    /// The household and the epoch of each kappa.
    kappas: BTreeMap<TraceCommitment, (Address, Epoch)>,
    debts: BTreeMap<Commitment, Debt>,
    /// The plans that lapsed in an epoch and were opened.
    lapses: BTreeMap<(Epoch, Handle), Lapse>,
    /// For a household and the epoch in which too many of its plans lapsed: the epoch of which it gets
    /// no credential.
    barred: BTreeMap<(Address, Epoch), Epoch>,
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
    /// A household's metering service in an epoch: that of its credential, or of the last one before
    /// where it had none.
    pub fn service_of(&self, who: Address, epoch: Epoch) -> Option<IssuerId> {
        let until = self.credentials.range((who, Epoch::ZERO)..=(who, epoch)).next_back();
        until.map(|(_, (_, meter))| *meter)
    }

    /// Obligations that were opened as this household's, paid or not.
    pub fn debts<'a>(&'a self, who: &'a Address) -> impl Iterator<Item = Commitment> + 'a {
        self.debts.iter().filter(move |(_, debt)| debt.who == *who).map(|(owed, _)| *owed)
    }
    /// The household that an opened obligation is of.
    pub(super) fn debtor(&self, owed: &Commitment) -> Option<Address> {
        self.debts.get(owed).map(|debt| debt.who)
    }
    /// Notes whose an obligation is. A dispute of it stays.
    pub(super) fn owe(&mut self, owed: Commitment, who: Address) {
        self.debts.entry(owed).or_insert(Debt { who, disputed: None });
    }
    /// Whether an opened obligation is disputed, and since which epoch; None for one that is not
    /// opened.
    pub(super) fn disputed(&self, owed: &Commitment) -> Option<Option<Epoch>> {
        self.debts.get(owed).map(|debt| debt.disputed)
    }
    /// Notes a dispute. Errors: [`Error::UnknownObligation`], [`Error::Disputed`].
    pub(super) fn dispute(&mut self, owed: Commitment, at: Epoch) -> Result<(), Error> {
        let debt = self.debts.get_mut(&owed).ok_or(Error::UnknownObligation)?;
        match debt.disputed.replace(at) {
            None => Ok(()),
            first => {
                debt.disputed = first;
                Err(Error::Disputed)
            }
        }
    }

    /// Whether a plan that lapsed in this epoch was opened.
    pub(super) fn has_lapse(&self, epoch: Epoch, handle: Handle) -> bool {
        self.lapses.contains_key(&(epoch, handle))
    }
    /// Notes a plan that lapsed.
    pub(super) fn lapse(&mut self, epoch: Epoch, handle: Handle, lapse: Lapse) {
        self.lapses.insert((epoch, handle), lapse);
    }
    /// How many of a household's plans have lapsed in an epoch without excuse, of those that were opened.
    pub fn lapses(&self, who: Address, epoch: Epoch) -> u32 {
        let counts =
            |((of, _), lapse): &(&(Epoch, Handle), &Lapse)| *of == epoch && lapse.owner == who && !lapse.excused;
        u32::try_from(self.lapses.iter().filter(counts).count()).unwrap_or(u32::MAX)
    }
    /// Bars a household with more lapses in an epoch than the limit from the first later epoch of which
    /// it has no credential. That epoch is found once.
    pub(super) fn bar_beyond(&mut self, limit: LapseLimit, epoch: Epoch, who: Address) {
        if self.lapses(who, epoch) <= limit.get() {
            return;
        }
        let later = (epoch.get().saturating_add(1)..=u32::MAX).filter_map(|n| Epoch::new(n).ok());
        if let Some(next) = later.into_iter().find(|next| self.credential_of(who, *next).is_none()) {
            self.barred.entry((who, epoch)).or_insert(next);
        }
    }
    /// Whether too many lapses bar a household from the credential of an epoch.
    pub(super) fn is_barred(&self, who: Address, epoch: Epoch) -> bool {
        self.barred.range((who, Epoch::ZERO)..=(who, epoch)).any(|(_, barred)| *barred == epoch)
    }

    /// The whole register, to be stored encrypted.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = vec![VERSION];
        write_list(&self.requests, &mut out, |(who, key), out| {
            who.write(out);
            key.write(out);
        });
        write_list(&self.credentials, &mut out, |((who, epoch), (kappa, meter)), out| {
            who.write(out);
            epoch.write(out);
            kappa.write(out);
            meter.write(out);
        });
        write_list(&self.debts, &mut out, |(owed, debt), out| {
            owed.write(out);
            debt.who.write(out);
            debt.disputed.is_some().write(out);
            debt.disputed.unwrap_or(Epoch::ZERO).write(out);
        });
        write_list(&self.lapses, &mut out, |((epoch, handle), lapse), out| {
            epoch.write(out);
            handle.write(out);
            lapse.owner.write(out);
            lapse.excused.write(out);
        });
        write_list(&self.barred, &mut out, |((who, epoch), from), out| {
            who.write(out);
            epoch.write(out);
            from.write(out);
        });
        out
    }
    /// The register from the bytes that [`Self::to_bytes`] gave. Error: [`Error::Protocol`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let (mut reader, mut register) = (Reader(bytes), Register::default());
        let input = &mut reader;
        if u8::read(input)? != VERSION {
            return Err(protocol::Error::Encoding("a register of another version").into());
        }
        for _ in 0..u64::read(input)? {
            register.enrol(Canonical::read(input)?, Canonical::read(input)?)?;
        }
        for _ in 0..u64::read(input)? {
            let (who, epoch) = (Address::read(input)?, Epoch::read(input)?);
            register.credential(who, epoch, Canonical::read(input)?, Canonical::read(input)?);
        }
        for _ in 0..u64::read(input)? {
            let (owed, who) = (Canonical::read(input)?, Canonical::read(input)?);
            let disputed = bool::read(input)?.then_some(Epoch::read(input)?);
            register.debts.insert(owed, Debt { who, disputed });
        }
        for _ in 0..u64::read(input)? {
            let of = (Canonical::read(input)?, Canonical::read(input)?);
            register.lapses.insert(of, Lapse { owner: Canonical::read(input)?, excused: Canonical::read(input)? });
        }
        for _ in 0..u64::read(input)? {
            let of = (Canonical::read(input)?, Canonical::read(input)?);
            register.barred.insert(of, Canonical::read(input)?);
        }
        if register.to_bytes() != bytes || register.kappas.len() != register.credentials.len() {
            return Err(protocol::Error::Encoding("not a register").into());
        }
        Ok(register)
    }
}

/// Writes the number of entries, then each.
fn write_list<K, V>(list: &BTreeMap<K, V>, out: &mut Vec<u8>, write: impl Fn((&K, &V), &mut Vec<u8>)) {
    (list.len() as u64).write(out);
    list.iter().for_each(|entry| write(entry, out));
}
