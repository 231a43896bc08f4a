//! A note's plaintext: a tag, the opening, and zeros up to 128 bytes.

use protocol::encoding::{Canonical, Reader};
use protocol::keys::{Address, TraceCommitment};
use protocol::record::balance::Balance;
use protocol::record::credential::Credential;
use protocol::record::generation::Generation;
use protocol::record::metered::{Metered, Sign};
use protocol::record::plan::Plan;
use protocol::record::Commitment;
use protocol::relation::issue::IssueWitness;
use protocol::transaction::body::NOTE_PLAINTEXT;
use protocol::units::{Cycle, Energy, EnergyType, Epoch, IssuerId, Metres, Money, Place, Price, Reputation, Side};
use protocol::{Error, Fr};

/// The opening of a credential C.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct CredentialOpening {
    /// The household's reputation.
    pub reputation: Reputation,
    /// The household's place in the grid.
    pub place: Place,
    /// kappa: the commitment to the household's trace key of the epoch.
    pub kappa: TraceCommitment,
    /// The household's metering service.
    pub meter: IssuerId,
    /// The epoch in which it counts.
    pub epoch: Epoch,
    /// r: the record's blinding.
    pub blinding: Fr,
}

/// The opening of a plan P, in the memo of the wallet that lists it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PlanOpening {
    /// v: the plan's volume.
    pub volume: Energy,
    /// p: the seller's ask or the buyer's limit, per kWh.
    pub price: Price,
    /// The plan's packed attributes.
    pub attributes: Fr,
    /// The plan's packed preferences.
    pub preferences: Fr,
    /// m: the household's metering service.
    pub meter: IssuerId,
    /// 32 random bytes from which its author derives the blindings and the secret of the plan's
    /// key.
    pub seed: [u8; 32],
}

impl PlanOpening {
    /// The plan, with the blinding that its author derives from the seed.
    pub fn record(&self, side: Side, cycle: Cycle, owner: Address, blinding: Fr) -> Plan {
        Plan {
            side,
            volume: Fr::from(self.volume.get()),
            price: Fr::from(self.price.get()),
            attributes: self.attributes,
            preferences: self.preferences,
            meter: Fr::from(self.meter.get()),
            cycle: Fr::from(cycle.get()),
            owner: owner.0,
            blinding,
        }
    }
}

/// A note's contents. Not printable: every variant is an opening.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Payload {
    /// The opening of a generation record G: from a metering service, or a memo about change or a
    /// refund.
    Generation {
        /// v: the energy in the record.
        volume: Energy,
        /// Energy type.
        energy_type: EnergyType,
        /// The cycle in which it may be sold.
        cycle: Cycle,
        /// m: the metering service that issued it, or issued what it is the change of.
        meter: IssuerId,
        /// r: the record's blinding.
        blinding: Fr,
    },
    /// The opening of a metered record S.
    Metered {
        /// v: the energy in the record.
        volume: Energy,
        /// Surplus or shortfall, or a correction of one of them.
        sign: Sign,
        /// The past cycle in which the energy was metered.
        cycle: Cycle,
        /// m: the metering service that issued it.
        meter: IssuerId,
        /// r: the record's blinding.
        blinding: Fr,
    },
    /// The opening of a balance record B: from a desk, or a memo about change, a refund or revenue.
    Balance {
        /// b: the amount of money.
        amount: Money,
        /// r: the record's blinding.
        blinding: Fr,
    },
    /// The opening of a credential C.
    Credential(CredentialOpening),
    /// The opening of a plan P: only in a memo of its own wallet.
    Plan(PlanOpening),
}

/// A record that a payload opens.
enum Record {
    Generation(Generation),
    Metered(Metered),
    Balance(Balance),
    Credential(Credential),
}

impl Payload {
    fn record(&self, owner: Address) -> Option<Record> {
        match *self {
            Payload::Generation { volume, energy_type, cycle, meter, blinding } => {
                Some(Record::Generation(Generation::new(volume, energy_type, cycle, owner, meter, blinding)))
            }
            Payload::Metered { volume, sign, cycle, meter, blinding } => {
                Some(Record::Metered(Metered::new(volume, sign, cycle, owner, meter, blinding)))
            }
            Payload::Balance { amount, blinding } => Some(Record::Balance(Balance::new(amount, owner, blinding))),
            Payload::Credential(c) => {
                let CredentialOpening { reputation, place, kappa, meter, epoch, blinding } = c;
                let record = Credential::new(owner, reputation, place, kappa, meter, epoch, blinding);
                Some(Record::Credential(record))
            }
            Payload::Plan(_) => None,
        }
    }

    /// The leaf that the payload opens for this owner. None when it opens no leaf.
    pub fn leaf(&self, owner: Address) -> Option<Commitment> {
        self.record(owner).map(|record| match record {
            Record::Generation(g) => g.commitment(),
            Record::Metered(s) => s.commitment(),
            Record::Balance(b) => b.commitment(),
            Record::Credential(c) => c.commitment(),
        })
    }

    /// The witness with which an issuer proves that leaf by relation 13. None also for a metered
    /// record, which has a relation of its own.
    pub fn witness(&self, owner: Address) -> Option<IssueWitness> {
        match self.record(owner)? {
            Record::Generation(g) => Some((&g).into()),
            Record::Balance(b) => Some((&b).into()),
            Record::Credential(c) => Some((&c).into()),
            Record::Metered(_) => None,
        }
    }

    /// The plaintext: exactly 128 bytes.
    pub fn encode(&self) -> [u8; NOTE_PLAINTEXT] {
        let mut out = Vec::with_capacity(NOTE_PLAINTEXT);
        match self {
            Payload::Generation { volume, energy_type, cycle, meter, blinding } => {
                out.push(1);
                volume.write(&mut out);
                out.push(energy_type.number());
                cycle.write(&mut out);
                meter.write(&mut out);
                blinding.write(&mut out);
            }
            Payload::Metered { volume, sign, cycle, meter, blinding } => {
                out.push(2);
                volume.write(&mut out);
                sign.write(&mut out);
                cycle.write(&mut out);
                meter.write(&mut out);
                blinding.write(&mut out);
            }
            Payload::Balance { amount, blinding } => {
                out.push(3);
                amount.get().write(&mut out);
                blinding.write(&mut out);
            }
            Payload::Credential(c) => {
                out.push(4);
                out.push(c.reputation.get());
                c.place.x.get().write(&mut out);
                c.place.y.get().write(&mut out);
                c.kappa.write(&mut out);
                c.meter.write(&mut out);
                c.epoch.write(&mut out);
                c.blinding.write(&mut out);
            }
            Payload::Plan(p) => {
                out.push(5);
                p.volume.write(&mut out);
                p.price.write(&mut out);
                p.attributes.write(&mut out);
                p.preferences.write(&mut out);
                p.meter.write(&mut out);
                p.seed.write(&mut out);
            }
        }
        // within its capacity throughout, so no copy of an opening stays behind in freed memory but
        // this one
        out.resize(NOTE_PLAINTEXT, 0);
        let bytes = out.as_slice().try_into().expect("resized to it");
        zeroize::Zeroize::zeroize(&mut out);
        bytes
    }

    /// A payload from a plaintext. Error: for bytes that [`Self::encode`] gives for no payload.
    pub fn decode(bytes: &[u8; NOTE_PLAINTEXT]) -> Result<Self, Error> {
        let mut input = Reader(bytes);
        let r = &mut input;
        let payload = match u8::read(r)? {
            1 => Payload::Generation {
                volume: Energy::read(r)?,
                energy_type: EnergyType::from_u8(u8::read(r)?)?,
                cycle: Cycle::read(r)?,
                meter: IssuerId::read(r)?,
                blinding: Fr::read(r)?,
            },
            2 => Payload::Metered {
                volume: Energy::read(r)?,
                sign: Sign::read(r)?,
                cycle: Cycle::read(r)?,
                meter: IssuerId::read(r)?,
                blinding: Fr::read(r)?,
            },
            3 => Payload::Balance { amount: Money::new(u64::read(r)?)?, blinding: Fr::read(r)? },
            4 => Payload::Credential(CredentialOpening {
                reputation: Reputation::new(u8::read(r)?)?,
                place: Place { x: Metres::new(u32::read(r)?)?, y: Metres::new(u32::read(r)?)? },
                kappa: TraceCommitment::read(r)?,
                meter: IssuerId::read(r)?,
                epoch: Epoch::read(r)?,
                blinding: Fr::read(r)?,
            }),
            5 => Payload::Plan(PlanOpening {
                volume: Energy::read(r)?,
                price: Price::read(r)?,
                attributes: Fr::read(r)?,
                preferences: Fr::read(r)?,
                meter: IssuerId::read(r)?,
                seed: <[u8; 32]>::read(r)?,
            }),
            _ => return Err(Error::Encoding("unknown kind of note")),
        };
        if input.0.iter().any(|byte| *byte != 0) {
            return Err(Error::Encoding("a note is padded with zeros"));
        }
        Ok(payload)
    }
}
