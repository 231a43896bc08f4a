//! The stored form of a wallet: what `storage::Vault` encrypts. A wallet read from it goes on
//! scanning where it stopped.
//!
//! `version 1 | chain 32 | birth 8 | seed (64)`, then the household's view
//! of the ledger and its transactions on their way; every list as its length (4, little end first)
//! and its entries. Scanning again gives all but the seed, the birth height and the
//! transactions on their way.

use super::keys::PlanSeed;
use super::plan::{DeliveryHalf, OwnPlan, OwnTrade, Stage};
use super::watch::{ChainParameters, CutOff, Obligation, OwnRecord};
use super::{AwaitedTransaction, Error, Wallet};
use crate::note::{Payload, PlanOpening};
use crate::opening::{BadMatch, DeliveryOpening, MatchOpening};
use crate::storage::{self, Vault};
use protocol::encoding::{Canonical, Reader};
use protocol::ids::{ChainId, Height, Time, TransactionId};
use protocol::record::{nullifier, Commitment, Nullifier};
use protocol::transaction::body::{ActivateKey, CycleStart, NOTE_PLAINTEXT};
use protocol::tree::{Position, Tree};
use protocol::units::{Cycle, Epoch, IssuerId, Side};
use protocol::Fr;
use rand_core::{CryptoRng, RngCore};
use zeroize::{Zeroize, Zeroizing};

const VERSION: u8 = 3;

fn write_payload(payload: &Payload, out: &mut Vec<u8>) {
    let mut bytes = payload.encode();
    out.extend_from_slice(&bytes);
    bytes.zeroize();
}

fn read_payload(input: &mut Reader<'_>) -> Result<Payload, Error> {
    let bytes = Zeroizing::new(<[u8; NOTE_PLAINTEXT]>::read(input)?);
    Ok(Payload::decode(&bytes)?)
}

fn write_list<T>(items: impl ExactSizeIterator<Item = T>, out: &mut Vec<u8>, mut write: impl FnMut(T, &mut Vec<u8>)) {
    u32::try_from(items.len()).expect("no wallet has 2^32 of anything").write(out);
    items.for_each(|item| write(item, out));
}

fn read_list<T>(
    input: &mut Reader<'_>,
    mut read: impl FnMut(&mut Reader<'_>) -> Result<T, Error>,
) -> Result<Vec<T>, Error> {
    let count = u32::read(input)?;
    // grows with the entries that are really there: the count is not trusted
    let mut items = Vec::new();
    for _ in 0..count {
        items.push(read(input)?);
    }
    Ok(items)
}

fn write_option<T>(item: Option<T>, out: &mut Vec<u8>, write: impl FnOnce(T, &mut Vec<u8>)) {
    item.is_some().write(out);
    if let Some(item) = item {
        write(item, out);
    }
}

fn read_option<T>(
    input: &mut Reader<'_>,
    read: impl FnOnce(&mut Reader<'_>) -> Result<T, Error>,
) -> Result<Option<T>, Error> {
    if bool::read(input)? {
        read(input).map(Some)
    } else {
        Ok(None)
    }
}

fn write_plan(plan: &OwnPlan, out: &mut Vec<u8>) {
    plan.side().write(out);
    plan.cycle().write(out);
    (plan.stage as u8).write(out);
    let meter = protocol::relation::check::as_u64(plan.plan.meter).unwrap_or(0) as u32;
    let opening = PlanOpening {
        volume: plan.volume(),
        price: plan.price(),
        attributes: plan.plan.attributes,
        preferences: plan.plan.preferences,
        meter: IssuerId::new(meter).expect("every u32 is an issuer's number"),
        seed: plan.seed.0,
    };
    write_payload(&Payload::Plan(opening), out);
    write_option(plan.trade.as_ref(), out, write_trade);
}

fn read_plan(wallet: &Wallet, input: &mut Reader<'_>) -> Result<OwnPlan, Error> {
    let (side, cycle) = (Side::read(input)?, Cycle::read(input)?);
    let stage = Stage::ALL.get(u8::read(input)? as usize).copied().ok_or(Error::State("unknown stage"))?;
    let Payload::Plan(opening) = read_payload(input)? else { return Err(Error::State("not a plan")) };
    let seed = PlanSeed(opening.seed);
    let plan = opening.record(side, cycle, wallet.watch.address, seed.blinding());
    Ok(OwnPlan { plan, seed, stage, trade: read_option(input, read_trade)? })
}

fn write_trade(trade: &OwnTrade, out: &mut Vec<u8>) {
    trade.id.write(out);
    trade.c1.write(out);
    match &trade.opening {
        Ok(opening) => {
            out.push(0);
            opening.write(out);
        }
        Err(BadMatch::Unreadable) => out.push(1),
        Err(BadMatch::WrongOpening) => out.push(2),
    }
    write_option(trade.change, out, |change, out| change.write(out));
    for half in &trade.deliveries {
        write_option(half.as_ref(), out, |half, out| {
            half.id.write(out);
            write_option(half.opening, out, |opening, out| opening.write(out));
        });
    }
}

fn read_trade(input: &mut Reader<'_>) -> Result<OwnTrade, Error> {
    let (id, c1) = (Canonical::read(input)?, Canonical::read(input)?);
    let opening = match u8::read(input)? {
        0 => Ok(MatchOpening::read(input)?),
        1 => Err(BadMatch::Unreadable),
        2 => Err(BadMatch::WrongOpening),
        _ => return Err(Error::State("unknown state of a match")),
    };
    let change = read_option(input, |input| Ok(Commitment::read(input)?))?;
    let mut deliveries = [None; 2];
    for half in &mut deliveries {
        *half = read_option(input, |input| {
            let id = Canonical::read(input)?;
            let opening = read_option(input, |input| Ok(DeliveryOpening::read(input)?))?;
            Ok(DeliveryHalf { id, opening })
        })?;
    }
    Ok(OwnTrade { id, c1, opening, change, deliveries })
}

fn write_pending(pending: &AwaitedTransaction, out: &mut Vec<u8>) {
    pending.id.write(out);
    pending.expiry.write(out);
    pending.about.write(out);
    write_list(pending.nullifiers.iter(), out, |n, out| n.write(out));
}

fn read_pending(input: &mut Reader<'_>) -> Result<AwaitedTransaction, Error> {
    Ok(AwaitedTransaction {
        id: TransactionId::read(input)?,
        expiry: Height::read(input)?,
        about: Fr::read(input)?,
        nullifiers: read_list(input, |input| Ok(Nullifier::read(input)?))?,
    })
}

impl Wallet {
    /// The stored form. It holds the seed: for encryption only. Wiped on drop.
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let w = &self.watch;
        // enough for all of it, so that no copy of the seed stays behind in freed memory
        let entries = w.records.len() + w.expected.len() + w.obligations.len() + w.credentials.len();
        let others = w.roots.len()
            + w.cycles.len()
            + w.keys.changes().len()
            + w.issuers.len()
            + w.tags.len()
            + self.pending.len();
        let capacity = 1024 + 32 * w.tree.len() as usize + 1024 * w.plans.len() + 256 * entries + 256 * others;
        let mut bytes = Zeroizing::new(Vec::with_capacity(capacity));
        let out = &mut *bytes;
        out.push(VERSION);
        w.parameters.chain().write(out);
        w.birth.write(out);
        out.extend_from_slice(&self.seed[..]);
        write_option(w.last, out, |(height, time), out| {
            height.write(out);
            time.write(out);
        });
        write_list(w.tree.leaves(), out, |leaf, out| leaf.write(out));
        write_list(w.roots.iter(), out, |(root, leaves), out| {
            root.write(out);
            leaves.write(out);
        });
        write_option(w.cut_off, out, |c, out| {
            c.cycle.write(out);
            c.root.write(out);
            c.leaves.write(out);
        });
        write_list(w.cycles.values(), out, |c, out| c.write(out));
        write_list(w.keys.changes().iter(), out, |change, out| change.write(out));
        write_list(w.issuers.iter(), out, |(issuer, key), out| {
            issuer.write(out);
            key.write(out);
        });
        write_option(w.epoch, out, |epoch, out| epoch.write(out));
        write_list(w.credentials.values(), out, |(opening, position), out| {
            position.0.write(out);
            write_payload(&Payload::Credential(*opening), out);
        });
        write_list(w.records.values(), out, |record, out| {
            record.position.0.write(out);
            record.spent.write(out);
            write_payload(&record.payload, out);
        });
        write_list(w.expected.iter(), out, |(leaf, payload), out| {
            leaf.write(out);
            write_payload(payload, out);
        });
        write_list(w.obligations.iter(), out, |(leaf, owed), out| {
            leaf.write(out);
            owed.paid.write(out);
            write_payload(&owed.payload, out);
        });
        write_list(w.plans.values(), out, write_plan);
        write_list(w.tags.iter(), out, |tag, out| tag.write(out));
        write_list(self.pending.iter(), out, write_pending);
        bytes
    }

    /// Writes the stored form into a vault.
    pub fn save(&self, vault: &Vault, rng: &mut (impl RngCore + CryptoRng)) -> Result<(), storage::Error> {
        vault.save(&self.to_bytes(), rng)
    }

    /// From the stored form, as [`Vault::open`] gives it. Errors: [`Error::State`] when it is of
    /// another chain or not whole, [`Error::Protocol`].
    pub fn from_bytes(bytes: &[u8], parameters: ChainParameters) -> Result<Self, Error> {
        let mut reader = Reader(bytes);
        let input = &mut reader;
        if u8::read(input)? != VERSION {
            return Err(Error::State("unknown version"));
        }
        if ChainId::read(input)? != parameters.chain() {
            return Err(Error::State("another chain"));
        }
        let birth = Height::read(input)?;
        let seed = Zeroizing::new(<[u8; 64]>::read(input)?);
        let mut wallet = Wallet::from_seed(seed, birth, parameters);
        wallet.read_ledger(input)?;
        wallet.read_own(input)?;
        wallet.pending = read_list(input, read_pending)?;
        if !input.0.is_empty() {
            return Err(Error::State("trailing bytes"));
        }
        // No entry twice, none out of order: one byte string a state.
        if wallet.to_bytes()[..] != *bytes {
            return Err(Error::State("entries out of order"));
        }
        Ok(wallet)
    }

    fn read_ledger(&mut self, input: &mut Reader<'_>) -> Result<(), Error> {
        let w = &mut self.watch;
        w.last = read_option(input, |input| Ok((Height::read(input)?, Time::read(input)?)))?;
        w.tree = Tree::from_leaves(read_list(input, |input| Ok(Fr::read(input)?))?)?;
        w.roots = read_list(input, |input| Ok((Canonical::read(input)?, u64::read(input)?)))?.into();
        w.cut_off = read_option(input, |input| {
            Ok(CutOff { cycle: Canonical::read(input)?, root: Canonical::read(input)?, leaves: u64::read(input)? })
        })?;
        let leaves = w.roots.iter().map(|(_, n)| *n).chain(w.cut_off.map(|c| c.leaves));
        if leaves.max() > Some(w.tree.len()) {
            return Err(Error::State("an anchor of more leaves than there are"));
        }
        let cycles = read_list(input, |input| Ok(CycleStart::read(input)?))?;
        w.cycles = cycles.into_iter().map(|c| (c.cycle, c)).collect();
        for change in read_list(input, |input| Ok(ActivateKey::read(input)?))? {
            w.keys.add(change);
        }
        let issuers = read_list(input, |input| Ok((Canonical::read(input)?, Canonical::read(input)?)))?;
        w.issuers = issuers.into_iter().collect();
        w.epoch = read_option(input, |input| Ok(Epoch::read(input)?))?;
        Ok(())
    }

    fn read_own(&mut self, input: &mut Reader<'_>) -> Result<(), Error> {
        let leaves = self.watch.tree.len();
        let position = |input: &mut Reader<'_>| match u32::read(input)? {
            p if u64::from(p) < leaves => Ok(Position(p)),
            _ => Err(Error::State("a record beyond the last leaf")),
        };
        let credentials = read_list(input, |input| match (position(input)?, read_payload(input)?) {
            (at, Payload::Credential(opening)) => Ok((opening.epoch, (opening, at))),
            _ => Err(Error::State("not a credential")),
        })?;
        let (owner, nk) = (self.watch.address, self.watch.key.nullifier_key.expose());
        let tree = &self.watch.tree;
        let records = read_list(input, |input| {
            let (position, spent, payload) = (position(input)?, bool::read(input)?, read_payload(input)?);
            let commitment = payload.leaf(owner).filter(|leaf| tree.leaf(position) == Some(leaf.0));
            let commitment = commitment.ok_or(Error::State("an opening of another leaf"))?;
            let nullifier = nullifier(nk, commitment, position);
            Ok(OwnRecord { payload, commitment, position, nullifier, spent })
        })?;
        let expected = read_list(input, |input| Ok((Commitment::read(input)?, read_payload(input)?)))?;
        let obligations = read_list(input, |input| {
            let (leaf, paid) = (Commitment::read(input)?, bool::read(input)?);
            Ok((leaf, Obligation { payload: read_payload(input)?, paid }))
        })?;
        let plans = read_list(input, |input| read_plan(self, input))?;
        let tags = read_list(input, |input| Ok(Canonical::read(input)?))?;
        let w = &mut self.watch;
        w.credentials = credentials.into_iter().collect();
        w.nullifiers = records.iter().map(|r| (r.nullifier, r.position)).collect();
        w.records = records.into_iter().map(|r| (r.position, r)).collect();
        w.expected = expected.into_iter().collect();
        w.obligations = obligations.into_iter().collect();
        w.plans = plans.into_iter().map(|p| (p.handle(), p)).collect();
        w.tags = tags.into_iter().collect();
        Ok(())
    }
}
