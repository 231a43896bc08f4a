//! An issuer's state as bytes, for [`crate::storage`]: keys, a meter's households and readings, a
//! desk's books, and the view of the ledger, so that the issuer goes on scanning where it stopped.

use super::generations::{Generations, Keys};
use super::metering::{write_map, MeteringService};
use super::trades::{MeteredTrade, TradeStage, Trades};
use super::{Desk, Error, Identity, Payout, Sealed};
use crate::issuing::NewestKeys;
use crate::note::Payload;
use crate::opening::DeliveryOpening;
use crate::payout::{Claim, MAX_ACCOUNT};
use crate::serials::SerialCounter;
use protocol::elgamal::EncryptionKey;
use protocol::encoding::{Canonical, Reader};
use protocol::ids::{Height, Time};
use protocol::transaction::body::IssuerRole;
use protocol::units::{Energy, Epoch, Side};
use protocol::Error as Encoding;
use std::collections::BTreeMap;
use zeroize::Zeroizing;

const VERSION: u8 = 5;
/// The length of the state's head in bytes, but for earlier and coming keys.
const HEAD: usize = 1 + 1 + 4 + 32 + Keys::SIZE + 8 + 1;

fn write_option<T: Canonical>(value: &Option<T>, out: &mut Vec<u8>) {
    value.is_some().write(out);
    if let Some(value) = value {
        value.write(out);
    }
}

fn read_option<T: Canonical>(input: &mut Reader<'_>) -> Result<Option<T>, Encoding> {
    Ok(if bool::read(input)? { Some(T::read(input)?) } else { None })
}

/// Checks that the bytes are the state's only encoding: no entry twice, none out of order.
fn as_written<T>(again: Zeroizing<Vec<u8>>, bytes: &[u8], state: T) -> Result<T, Encoding> {
    match again[..] == *bytes {
        true => Ok(state),
        false => Err(Encoding::Encoding("entries out of order")),
    }
}

/// Reads a map. Nothing is allocated for entries that are not there.
fn read_map<K: Canonical + Ord + Copy, V: Canonical>(input: &mut Reader<'_>) -> Result<BTreeMap<K, V>, Encoding> {
    let mut map: BTreeMap<K, V> = BTreeMap::new();
    for _ in 0..u64::read(input)? {
        let key = K::read(input)?;
        if map.last_key_value().is_some_and(|(last, _)| *last >= key) {
            return Err(Encoding::Encoding("entries out of order"));
        }
        map.insert(key, V::read(input)?);
    }
    Ok(map)
}

impl Identity {
    /// The state: its head, then `rest`. Room for all of it is made first, so that no copy of the
    /// keys stays behind in freed memory.
    fn state(&self, rest: &[u8]) -> Zeroizing<Vec<u8>> {
        let others = self.generations.former.len() + usize::from(self.generations.next.is_some());
        let mut out = Zeroizing::new(Vec::with_capacity(HEAD + others * (4 + Keys::SIZE) + rest.len()));
        self.write_head(&mut out);
        out.extend_from_slice(rest);
        out
    }
    fn write_head(&self, out: &mut Vec<u8>) {
        VERSION.write(out);
        self.role.write(out);
        self.id.write(out);
        self.chain.write(out);
        self.keys.write(out);
        (self.generations.former.len() as u64).write(out);
        for (generation, keys) in &self.generations.former {
            generation.write(out);
            keys.write(out);
        }
        self.generations.next.is_some().write(out);
        self.generations.next.iter().for_each(|keys| keys.write(out));
    }
    /// The books. A record's commitment follows from its contents.
    fn write_books(&self, out: &mut Vec<u8>) {
        write_option(&self.generations.present, out);
        (self.generations.replaced.len() as u64).write(out);
        self.generations.replaced.iter().for_each(|replaced| replaced.write(out));
        self.serials.write(out);
        self.epoch.write(out);
        self.proofs.write(out);
        (self.sealed.len() as u64).write(out);
        for record in self.sealed.values() {
            record.to.write(out);
            record.payload.encode().write(out);
            record.expiry.write(out);
        }
        write_map(&self.accepted, out);
        write_map(&self.asked, out);
    }
    fn read(input: &mut Reader<'_>, role: IssuerRole) -> Result<Self, Encoding> {
        if u8::read(input)? != VERSION {
            return Err(Encoding::Encoding("unknown version"));
        }
        if IssuerRole::read(input)? != role {
            return Err(Encoding::Encoding("another role's state"));
        }
        let (id, chain) = (Canonical::read(input)?, Canonical::read(input)?);
        let keys = Keys::read(input)?;
        let mut generations = Generations::default();
        for _ in 0..u64::read(input)? {
            generations.former.insert(u32::read(input)?, Keys::read(input)?);
        }
        generations.next = if bool::read(input)? { Some(Keys::read(input)?) } else { None };
        generations.present = read_option(input)?;
        for _ in 0..u64::read(input)? {
            generations.replaced.push(Canonical::read(input)?);
        }
        let (serials, epoch, proofs) = (SerialCounter::read(input)?, Epoch::read(input)?, NewestKeys::read(input)?);
        let mut identity = Identity::with_keys(id, role, chain, keys, proofs);
        (identity.generations, identity.serials, identity.epoch) = (generations, serials, epoch);
        for _ in 0..u64::read(input)? {
            let (to, payload) = (Canonical::read(input)?, Payload::decode(&Canonical::read(input)?)?);
            let leaf = payload.leaf(to).ok_or(Encoding::Encoding("not a record"))?;
            identity.sealed.insert(leaf, Sealed { to, payload, expiry: Height::read(input)? });
        }
        identity.accepted = read_map(input)?;
        identity.asked = read_map(input)?;
        Ok(identity)
    }
}

impl MeteredTrade {
    fn write(&self, out: &mut Vec<u8>) {
        self.id.write(out);
        self.cycle.write(out);
        self.round.write(out);
        self.handles.iter().for_each(|h| h.write(out));
        (self.stage as u8).write(out);
        self.meters.iter().for_each(|m| write_option(m, out));
        self.owners.iter().for_each(|o| write_option(o, out));
        write_option(&self.volume, out);
        self.halves.iter().for_each(|half| write_option(half, out));
        self.posted.iter().for_each(|p| write_option(p, out));
    }
    fn read(input: &mut Reader<'_>) -> Result<Self, Encoding> {
        let (id, cycle, round) = (Canonical::read(input)?, Canonical::read(input)?, u8::read(input)?);
        let handles = [Canonical::read(input)?, Canonical::read(input)?];
        let stage = match u8::read(input)? {
            0 => TradeStage::Matched,
            1 => TradeStage::Dissolved,
            2 => TradeStage::Binding,
            3 => TradeStage::Delivered,
            4 => TradeStage::Void,
            _ => return Err(Encoding::Encoding("unknown stage")),
        };
        let meters = [read_option(input)?, read_option(input)?];
        let owners = [read_option(input)?, read_option(input)?];
        let volume = read_option(input)?;
        if volume.is_none() && owners.iter().any(Option::is_some) {
            return Err(Encoding::Encoding("a confirmed trade has a volume"));
        }
        let halves: [Option<DeliveryOpening>; 2] = [read_option(input)?, read_option(input)?];
        let sides = [Side::Sell, Side::Buy];
        if halves.iter().zip(sides).any(|(half, side)| half.is_some_and(|half| half.side != side)) {
            return Err(Encoding::Encoding("a half of the other side"));
        }
        let posted = [read_option(input)?, read_option(input)?];
        Ok(MeteredTrade { id, cycle, round, handles, stage, meters, owners, volume, halves, posted })
    }
}

impl MeteringService {
    /// The whole state, keys included: to be stored encrypted.
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let mut out = Zeroizing::new(Vec::new());
        self.identity.write_books(&mut out);
        self.terms_key.write(&mut out);
        self.audit_key.write(&mut out);
        self.greatest.write(&mut out);
        write_map(&self.households, &mut out);
        (self.readings.len() as u64).write(&mut out);
        for ((cycle, household), reading) in &self.readings {
            cycle.write(&mut out);
            household.write(&mut out);
            reading.write(&mut out);
        }
        write_map(&self.cycles, &mut out);
        write_map(&self.plans, &mut out);
        write_map(&self.issuers, &mut out);
        (self.trades.all.len() as u64).write(&mut out);
        self.trades.all.iter().for_each(|t| t.write(&mut out));
        (self.issued.len() as u64).write(&mut out);
        for (cycle, household) in &self.issued {
            cycle.write(&mut out);
            household.write(&mut out);
        }
        self.next_height.write(&mut out);
        self.time.write(&mut out);
        self.identity.state(&out)
    }

    /// The state from the bytes that [`Self::to_bytes`] gave. Error: [`Error::State`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        Self::read(&mut Reader(bytes)).and_then(|read| as_written(read.to_bytes(), bytes, read)).map_err(Error::State)
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, Encoding> {
        let identity = Identity::read(input, IssuerRole::MeteringService)?;
        let keys = [EncryptionKey::read(input)?, EncryptionKey::read(input)?];
        let mut service = MeteringService::with_identity(identity, keys, Energy::read(input)?);
        service.households = read_map(input)?;
        for _ in 0..u64::read(input)? {
            let key = (Canonical::read(input)?, Canonical::read(input)?);
            service.readings.insert(key, Canonical::read(input)?);
        }
        service.cycles = read_map(input)?;
        service.plans = read_map(input)?;
        service.issuers = read_map(input)?;
        let mut trades = Trades::default();
        for _ in 0..u64::read(input)? {
            let trade = MeteredTrade::read(input)?;
            if trade.handles.iter().any(|h| !service.plans.contains_key(h)) {
                return Err(Encoding::Encoding("a trade of unlisted plans"));
            }
            trades.push(trade);
        }
        service.trades = trades;
        for _ in 0..u64::read(input)? {
            service.issued.insert((Canonical::read(input)?, Canonical::read(input)?));
        }
        service.next_height = Height::read(input)?;
        service.time = Time::read(input)?;
        if !input.0.is_empty() {
            return Err(Encoding::Encoding("too long"));
        }
        Ok(service)
    }
}

impl Desk {
    /// The whole state, keys included: to be stored encrypted.
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let mut out = Zeroizing::new(Vec::new());
        self.identity.write_books(&mut out);
        write_map(&self.issuing, &mut out);
        for half in [(self.issued >> 64) as u64, self.issued as u64] {
            half.write(&mut out);
        }
        write_map(&self.payouts, &mut out);
        (self.claims.len() as u64).write(&mut out);
        for claim in self.claims.values() {
            claim.withdrawal.write(&mut out);
            claim.salt.write(&mut out);
            u8::try_from(claim.account.len()).expect("a claim's account is short").write(&mut out);
            out.extend_from_slice(&claim.account);
        }
        self.identity.state(&out)
    }
    /// The state from the bytes that [`Self::to_bytes`] gave. Error: [`Error::State`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        Self::read(&mut Reader(bytes)).and_then(|read| as_written(read.to_bytes(), bytes, read)).map_err(Error::State)
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, Encoding> {
        let mut desk = Desk::with_identity(Identity::read(input, IssuerRole::Desk)?);
        desk.issuing = read_map(input)?;
        let [high, low] = [u64::read(input)?, u64::read(input)?];
        desk.issued = u128::from(high) << 64 | u128::from(low);
        desk.payouts = read_map(input)?;
        for _ in 0..u64::read(input)? {
            let (withdrawal, salt) = (Canonical::read(input)?, Canonical::read(input)?);
            let length = usize::from(u8::read(input)?);
            let claim = Claim { withdrawal, salt, account: input.take(length)?.to_vec() };
            if length > MAX_ACCOUNT || desk.payouts.get(&withdrawal).is_none_or(|payout| payout.paid) {
                return Err(Encoding::Encoding("a claim on nothing"));
            }
            desk.claims.insert(withdrawal, claim);
        }
        if !input.0.is_empty() {
            return Err(Encoding::Encoding("too long"));
        }
        Ok(desk)
    }
}

impl Canonical for Payout {
    const SIZE: usize = 8 + 32 + 8 + 1;
    fn write(&self, out: &mut Vec<u8>) {
        self.amount.write(out);
        self.payee.write(out);
        self.height.write(out);
        (u8::from(self.marked) + u8::from(self.paid)).write(out);
    }
    fn read(input: &mut Reader<'_>) -> Result<Self, Encoding> {
        let (amount, payee, height) = (Canonical::read(input)?, Canonical::read(input)?, Canonical::read(input)?);
        let (marked, paid) = match u8::read(input)? {
            0 => (false, false),
            1 => (true, false),
            2 => (true, true),
            _ => return Err(Encoding::Encoding("unknown stage of a payout")),
        };
        Ok(Payout { amount, payee, height, marked, paid })
    }
}
