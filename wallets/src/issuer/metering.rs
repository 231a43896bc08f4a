//! A metering service: its households, their readings, and the records that it issues to them.

use super::trades::Trades;
use super::{Error, Identity, Registration, Sealed};
use crate::issuing::Issuing;
use crate::note::{self, Payload};
use crate::prover::Prover;
use crate::seal::{blinding, ephemeral_scalar, small, SerialSecret};
use crate::service_keys::{follow, ServiceKeys};
use protocol::compact::Event;
use protocol::elgamal::{encrypt, EncryptionKey, Point, Role};
use protocol::encoding::Canonical;
use protocol::ids::{Generation, Height, Time};
use protocol::keys::{Address, NoteKey, PaymentAddress};
use protocol::light::VerifiedBlock;
use protocol::record::metered::Sign;
use protocol::record::{Commitment, Handle, MatchId};
use protocol::relation::check::Ephemeral;
use protocol::relation::metered::MeteredWitness;
use protocol::transaction::body::{Confirm, CycleStart, IssueMetered, Issued, IssuerRole};
use protocol::transaction::genesis::Genesis;
use protocol::transaction::{Body, Kind, Transaction};
use protocol::units::{Cycle, Energy, EnergyType, IssuerId, Side};
use protocol::Fr;
use rand_core::{CryptoRng, RngCore};
use std::collections::{BTreeMap, BTreeSet};
use zeroize::Zeroizing;

protocol::canonical_struct! {
    /// A meter's counts of one cycle.
    pub struct Reading {
        /// Energy injected into the grid.
        pub injected: Energy,
        /// Energy taken from the grid.
        pub consumed: Energy,
    }
}

/// A metering service. Not printable: it holds keys and its households' readings.
///
/// Readings are not wiped reliably, as keys are: they are the service's own business records.
pub struct MeteringService {
    pub(super) identity: Identity,
    /// K_t: the regulator's key, to which the openings of delivery records are encrypted too.
    pub(super) terms_key: EncryptionKey,
    /// K_a: the audit key, to which the openings of metered records are encrypted.
    pub(super) audit_key: EncryptionKey,
    /// The greatest energy of a household in a cycle.
    pub(super) greatest: Energy,
    pub(super) households: BTreeMap<Address, NoteKey>,
    pub(super) readings: BTreeMap<(Cycle, Address), Reading>,
    pub(super) cycles: BTreeMap<Cycle, CycleStart>,
    /// The keys of all plans, and those of all issuers.
    pub(super) plans: BTreeMap<Handle, Point>,
    pub(super) issuers: ServiceKeys,
    pub(super) trades: Trades,
    /// Households whose S of a cycle have been issued.
    pub(super) issued: BTreeSet<(Cycle, Address)>,
    pub(super) next_height: Height,
    pub(super) time: Time,
    /// Halves whose encrypted amounts were given out.
    pub(super) encrypted: BTreeSet<(MatchId, Side)>,
}

impl MeteringService {
    /// A new service of the chain of this genesis, with fresh keys. Error: [`Error::Keys`].
    pub fn generate<R: RngCore + CryptoRng>(rng: &mut R, genesis: &Genesis, id: IssuerId) -> Result<Self, Error> {
        let identity = Identity::generate(rng, genesis, id, IssuerRole::MeteringService)?;
        let keys = [genesis.terms_key, genesis.audit_key];
        Ok(Self::with_identity(identity, keys, genesis.limits.greatest_energy))
    }

    pub(super) fn with_identity(
        identity: Identity,
        [terms_key, audit_key]: [EncryptionKey; 2],
        greatest: Energy,
    ) -> Self {
        MeteringService {
            identity,
            terms_key,
            audit_key,
            greatest,
            households: BTreeMap::new(),
            readings: BTreeMap::new(),
            cycles: BTreeMap::new(),
            plans: BTreeMap::new(),
            issuers: ServiceKeys::new(),
            trades: Trades::default(),
            issued: BTreeSet::new(),
            next_height: Height(1),
            time: Time(0),
            encrypted: BTreeSet::new(),
        }
    }

    /// The data with which the regulator registers this service.
    pub fn registration<R: RngCore + CryptoRng>(&self, rng: &mut R) -> Registration {
        self.identity.registration(rng)
    }
    /// The service's number.
    pub fn id(&self) -> IssuerId {
        self.identity.id
    }
    /// Enrols a household with this service.
    pub fn enrol(&mut self, household: &PaymentAddress) {
        self.households.insert(household.address, household.note_key);
    }

    /// Notes a household's reading. Errors: [`Error::UnknownHousehold`], [`Error::ReadingOnFile`].
    pub fn read_meter(&mut self, cycle: Cycle, household: Address, reading: Reading) -> Result<(), Error> {
        if !self.households.contains_key(&household) {
            return Err(Error::UnknownHousehold);
        }
        if self.readings.contains_key(&(cycle, household)) {
            return Err(Error::ReadingOnFile);
        }
        self.readings.insert((cycle, household), reading);
        Ok(())
    }

    fn payment_address(&self, household: Address) -> Result<PaymentAddress, Error> {
        let note_key = *self.households.get(&household).ok_or(Error::UnknownHousehold)?;
        Ok(PaymentAddress { address: household, note_key })
    }

    /// Issues a G: energy that a household may sell in a coming cycle. Errors:
    /// [`Error::UnknownHousehold`], [`Error::Prover`].
    #[allow(clippy::too_many_arguments)]
    pub fn issue_generation<R: RngCore + CryptoRng>(
        &mut self,
        prover: &dyn Prover,
        rng: &mut R,
        household: Address,
        volume: Energy,
        energy_type: EnergyType,
        cycle: Cycle,
        expiry: Height,
    ) -> Result<Transaction, Error> {
        let to = self.payment_address(household)?;
        let (meter, blinding) = (self.identity.id, blinding(rng));
        let payload = Payload::Generation { volume, energy_type, cycle, meter, blinding };
        self.identity.issue(prover, rng, &to, (Issued::Generation, &payload, self.greatest), expiry)
    }

    /// The serial key that the metered records of a cycle are under. Error: [`Error::FormerHolder`].
    fn serial_secret(&self, cycle: Cycle) -> Result<&SerialSecret, Error> {
        let closes = self.cycles.get(&cycle).map_or(self.time, |start| start.schedule.closes);
        let generation = self.identity.generations.of_cycle(cycle, closes);
        let keys = self.identity.keys_of(Generation(generation)).ok_or(Error::FormerHolder)?;
        Ok(&keys.serial_secret)
    }

    /// The contents of an S, and its commitment: the same however often it is made. Error:
    /// [`Error::FormerHolder`].
    pub(super) fn metered(
        &self,
        household: Address,
        volume: Energy,
        sign: Sign,
        cycle: Cycle,
    ) -> Result<(Payload, Commitment), Error> {
        let mut says = Vec::new();
        household.write(&mut says);
        volume.write(&mut says);
        sign.write(&mut says);
        cycle.write(&mut says);
        let secret = Zeroizing::new(self.serial_secret(cycle)?.expose().to_bytes());
        let secret = secret.first_chunk().expect("a field element has 32 bytes");
        let blinding = self.identity.repeatable_blinding("veilgrid/metered-blinding/1", secret, &says);
        let payload = Payload::Metered { volume, sign, cycle, meter: self.identity.id, blinding };
        Ok((payload, payload.leaf(household).expect("S is a leaf")))
    }

    /// Issues an S, a metered remainder, whatever the readings are; [`Self::issue_remainders`]
    /// follows the market's rules. A correction is issued with this: of the signs `SurplusBack` and
    /// `ShortfallBack` a household can have one record a cycle, as of the others. Errors:
    /// [`Error::UnknownHousehold`], [`Error::NotInForce`], [`Error::FormerHolder`], [`Error::Prover`],
    /// also for an energy of zero and for one of more than twice the greatest of a cycle.
    #[allow(clippy::too_many_arguments)]
    pub fn issue_metered<R: RngCore + CryptoRng>(
        &mut self,
        prover: &dyn Prover,
        rng: &mut R,
        household: Address,
        volume: Energy,
        sign: Sign,
        cycle: Cycle,
        expiry: Height,
    ) -> Result<Transaction, Error> {
        let to = self.payment_address(household)?;
        self.identity.in_force()?;
        let (payload, commitment) = self.metered(household, volume, sign, cycle)?;
        let serial_secret = self.serial_secret(cycle)?.clone();
        let Payload::Metered { blinding, .. } = payload else { unreachable!("made right above") };
        let (identity, ephemeral) = (&mut self.identity, Ephemeral { e: ephemeral_scalar(rng) });
        let messages = [household.0, Fr::from(volume.get()), blinding];
        let mut serials = identity.serials;
        let body = IssueMetered {
            issuer: identity.id,
            serial: serials.take(expiry),
            sign,
            cycle,
            record_serial: serial_secret.serial(household, cycle, sign),
            commitment,
            c1: ephemeral.point(),
            audit: encrypt(Role::Metered, &self.audit_key.point(), commitment.0, &ephemeral.e, &messages),
            note: note::seal(rng, &to.note_key, identity.chain, Kind::IssueMetered, commitment.0, &payload),
        };
        let witness = MeteredWitness {
            volume: messages[1],
            owner: household.0,
            blinding,
            serial_key: serial_secret.expose(),
            ephemeral,
        };
        let (key, greatest, audit_key) = (serial_secret.public(), self.greatest, self.audit_key);
        let statement = |binding| body.statement(key, greatest, &audit_key, binding);
        let issuing = Issuing { signer: &identity.keys.signer, keys: &identity.proofs, chain: identity.chain, expiry };
        let transaction = issuing.seal_metered(prover, rng, Body::IssueMetered(body), statement, &witness)?;
        identity.serials = serials;
        identity.sealed.insert(commitment, Sealed { to: household, payload, expiry });
        Ok(transaction)
    }

    /// Follows the ledger, from the first block on and in order: every trade reduces the remainder
    /// of a reading, so none may be missing. Errors, with nothing changed: [`Error::OtherChain`],
    /// [`Error::OutOfOrder`], [`Error::Keys`].
    pub fn scan(&mut self, block: &VerifiedBlock) -> Result<(), Error> {
        if block.height != self.next_height {
            return Err(Error::OutOfOrder { expected: self.next_height.0, got: block.height.0 });
        }
        self.identity.scan(block)?;
        self.next_height = Height(block.height.0 + 1);
        self.time = block.time;
        block.events.iter().for_each(|event| self.event(event));
        for transaction in &block.transactions {
            match &transaction.body {
                Body::CycleStart(c) => {
                    self.cycles.insert(c.cycle, *c);
                }
                Body::SellPlan(p) | Body::BuyPlan(p) => {
                    self.plans.insert(p.handle, p.plan_key);
                }
                // a match names listed plans; no half could be sealed for any other
                Body::Match(m) if [m.sell, m.buy].iter().all(|h| self.plans.contains_key(h)) => self.trades.matched(m),
                Body::ConfirmSell(c) => self.confirmed(c, Side::Sell),
                Body::ConfirmBuy(c) => self.confirmed(c, Side::Buy),
                Body::DeliveryAmount(d) => {
                    self.encrypted.insert((d.match_id, d.side));
                }
                Body::Deliver(d) => self.delivered(d),
                body @ (Body::RegisterIssuer(_) | Body::RotateKey(_)) => follow(&mut self.issuers, body),
                _ => {}
            }
            transaction.events.iter().for_each(|event| self.event(event));
        }
        Ok(())
    }

    fn event(&mut self, event: &Event) {
        match event {
            Event::Expired(h) | Event::Lapsed(h) | Event::Refused(h) | Event::Relisted(h) => self.trades.dissolved(*h),
            Event::Binding(m) => self.trades.move_to(*m, super::TradeStage::Binding),
            Event::Delivered(m) => self.trades.move_to(*m, super::TradeStage::Delivered),
            Event::Void { match_id, .. } => self.trades.move_to(*match_id, super::TradeStage::Void),
            Event::Anchor { .. } | Event::VerdictDiffers(_) | Event::LapseAlarm(_) => {}
        }
    }

    /// A confirmation names the side's service. One that names this service tells it the trade's
    /// household and v_m, if it is encrypted to keys that this program holds.
    fn confirmed(&mut self, body: &Confirm, side: Side) {
        self.trades.confirmed(body.match_id, side, body.meter);
        if body.meter != self.identity.id {
            return;
        }
        let Some(key) = self.identity.decryption_key(body.generation) else { return };
        let opened = key.decrypt(Role::Metering, body.handle.0, body.c1, &body.metering);
        // the ledger's proof has shown that both are well formed, so neither step fails for a
        // confirmation on the ledger
        let Ok([owner, volume]) = opened else { return };
        let Some(volume) = small(volume).and_then(|v| Energy::new(v).ok()) else { return };
        self.trades.ours(body.match_id, side, Address(owner), volume);
    }

    /// The trades that concern this service's households, in the ledger's order.
    pub fn trades_of(&self, cycle: Cycle) -> Vec<MatchId> {
        self.trades.of(cycle).filter(|t| t.is_ours()).map(|t| t.id).collect()
    }

    /// The outcome of a trade. None while it is not known, or for trades of other services.
    pub fn outcome(&self, match_id: MatchId) -> Option<super::TradeOutcome> {
        let trade = self.trades.get(match_id)?;
        trade.outcome(self.cycles.get(&trade.cycle)?.market.tolerance)
    }

    /// The parameters and schedule of a cycle.
    pub(super) fn cycle(&self, cycle: Cycle) -> Result<&CycleStart, Error> {
        self.cycles.get(&cycle).ok_or(Error::UnknownCycle)
    }
}

/// Canonical bytes of a map: entries in the order of their keys.
pub(super) fn write_map<K: Canonical, V: Canonical>(map: &BTreeMap<K, V>, out: &mut Vec<u8>) {
    (map.len() as u64).write(out);
    for (key, value) in map {
        key.write(out);
        value.write(out);
    }
}
