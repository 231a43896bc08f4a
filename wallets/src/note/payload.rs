//! What a note says: a tag, the opening, zeros up to 128 bytes.

use protocol::encoding::{Canonical, Reader};
use protocol::keys::{Address, TraceCommitment};
use protocol::record::balance::Balance;
use protocol::record::credential::Credential;
use protocol::record::delivery::Delivery;
use protocol::record::generation::Generation;
use protocol::record::matching::Match;
use protocol::record::metered::{Metered, Sign};
use protocol::record::plan::Plan;
use protocol::record::{Commitment, Handle, MatchId};
use protocol::relation::issue::IssueWitness;
use protocol::transaction::body::NOTE_PLAINTEXT;
use protocol::units::{Cycle, Energy, EnergyType, Epoch, IssuerId, Metres, Money, Place, Price, Reputation, Side};
use protocol::{Error, Fr};

/// Opening of C.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct CredentialOpening {
    /// Reputation.
    pub reputation: Reputation,
    /// Place.
    pub place: Place,
    /// kappa.
    pub kappa: TraceCommitment,
    /// The household's metering service.
    pub meter: IssuerId,
    /// The epoch in which it counts.
    pub epoch: Epoch,
    /// r
    pub blinding: Fr,
}

/// Opening of MR, as one side gets it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct MatchOpening {
    /// The other side's plan.
    pub other: Handle,
    /// v_m
    pub volume: Energy,
    /// p_m
    pub price: Price,
    /// The cycle.
    pub cycle: Cycle,
    /// r_m
    pub blinding: Fr,
}

impl MatchOpening {
    /// The record, for the side whose own plan is `own`.
    pub fn record(&self, side: Side, own: Handle) -> Match {
        let (sell, buy) = match side {
            Side::Sell => (own, self.other),
            Side::Buy => (self.other, own),
        };
        Match::new(sell, buy, self.volume, self.price, self.cycle, self.blinding)
    }
}

/// Opening of AR.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct DeliveryOpening {
    /// Whose meter.
    pub side: Side,
    /// a
    pub amount: Energy,
    /// r
    pub blinding: Fr,
}

impl DeliveryOpening {
    /// The record.
    pub fn record(&self, match_id: MatchId) -> Delivery {
        Delivery::new(match_id, self.side, self.amount, self.blinding)
    }
}

/// Opening of P, as the wallet that lists it notes it to itself.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PlanOpening {
    /// v
    pub volume: Energy,
    /// p
    pub price: Price,
    /// Packed attributes.
    pub attributes: Fr,
    /// Packed preferences.
    pub preferences: Fr,
    /// m
    pub meter: IssuerId,
    /// 32 random bytes from which its author derives the blindings and the secret of the plan's
    /// note key.
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

/// What a note says. Not printable: every one of these is an opening.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Payload {
    /// Opening of G: from a metering service, or a memo about change or a refund.
    Generation {
        /// v
        volume: Energy,
        /// Energy type.
        energy_type: EnergyType,
        /// The cycle in which it may be sold.
        cycle: Cycle,
        /// r
        blinding: Fr,
    },
    /// Opening of S.
    Metered {
        /// v
        volume: Energy,
        /// Surplus or shortfall.
        sign: Sign,
        /// The past cycle.
        cycle: Cycle,
        /// r
        blinding: Fr,
    },
    /// Opening of B: from a desk, or a memo about change, a refund or revenue.
    Balance {
        /// b
        amount: Money,
        /// r
        blinding: Fr,
    },
    /// Opening of C.
    Credential(CredentialOpening),
    /// Opening of MR.
    Match(MatchOpening),
    /// Opening of AR.
    Delivery(DeliveryOpening),
    /// Opening of P: a memo only.
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
            Payload::Generation { volume, energy_type, cycle, blinding } => {
                Some(Record::Generation(Generation::new(volume, energy_type, cycle, owner, blinding)))
            }
            Payload::Metered { volume, sign, cycle, blinding } => {
                Some(Record::Metered(Metered::new(volume, sign, cycle, owner, blinding)))
            }
            Payload::Balance { amount, blinding } => Some(Record::Balance(Balance::new(amount, owner, blinding))),
            Payload::Credential(c) => {
                let CredentialOpening { reputation, place, kappa, meter, epoch, blinding } = c;
                let record = Credential::new(owner, reputation, place, kappa, meter, epoch, blinding);
                Some(Record::Credential(record))
            }
            Payload::Match(_) | Payload::Delivery(_) | Payload::Plan(_) => None,
        }
    }

    /// The leaf that it opens, if it opens a leaf, for this owner.
    pub fn leaf(&self, owner: Address) -> Option<Commitment> {
        self.record(owner).map(|record| match record {
            Record::Generation(g) => g.commitment(),
            Record::Metered(s) => s.commitment(),
            Record::Balance(b) => b.commitment(),
            Record::Credential(c) => c.commitment(),
        })
    }

    /// The witness with which an issuer proves that leaf.
    pub fn witness(&self, owner: Address) -> Option<IssueWitness> {
        self.record(owner).map(|record| match record {
            Record::Generation(g) => (&g).into(),
            Record::Metered(s) => (&s).into(),
            Record::Balance(b) => (&b).into(),
            Record::Credential(c) => (&c).into(),
        })
    }

    /// The 128 bytes.
    pub fn encode(&self) -> [u8; NOTE_PLAINTEXT] {
        let mut out = Vec::with_capacity(NOTE_PLAINTEXT);
        match self {
            Payload::Generation { volume, energy_type, cycle, blinding } => {
                out.push(1);
                volume.write(&mut out);
                out.push(energy_type.number());
                cycle.write(&mut out);
                blinding.write(&mut out);
            }
            Payload::Metered { volume, sign, cycle, blinding } => {
                out.push(2);
                volume.write(&mut out);
                out.push(*sign as u8);
                cycle.write(&mut out);
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
            Payload::Match(m) => {
                out.push(5);
                m.other.write(&mut out);
                m.volume.write(&mut out);
                m.price.write(&mut out);
                m.cycle.write(&mut out);
                m.blinding.write(&mut out);
            }
            Payload::Delivery(d) => {
                out.push(6);
                d.side.write(&mut out);
                d.amount.write(&mut out);
                d.blinding.write(&mut out);
            }
            Payload::Plan(p) => {
                out.push(7);
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

    /// From the 128 bytes: exactly what [`Self::encode`] gives for some payload.
    pub fn decode(bytes: &[u8; NOTE_PLAINTEXT]) -> Result<Self, Error> {
        let mut input = Reader(bytes);
        let r = &mut input;
        let payload = match u8::read(r)? {
            1 => Payload::Generation {
                volume: Energy::read(r)?,
                energy_type: EnergyType::from_u8(u8::read(r)?)?,
                cycle: Cycle::read(r)?,
                blinding: Fr::read(r)?,
            },
            2 => Payload::Metered {
                volume: Energy::read(r)?,
                sign: match u8::read(r)? {
                    0 => Sign::Surplus,
                    1 => Sign::Shortfall,
                    _ => return Err(Error::Encoding("unknown sign")),
                },
                cycle: Cycle::read(r)?,
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
            5 => Payload::Match(MatchOpening {
                other: Handle::read(r)?,
                volume: Energy::read(r)?,
                price: Price::read(r)?,
                cycle: Cycle::read(r)?,
                blinding: Fr::read(r)?,
            }),
            6 => Payload::Delivery(DeliveryOpening {
                side: Side::read(r)?,
                amount: Energy::read(r)?,
                blinding: Fr::read(r)?,
            }),
            7 => Payload::Plan(PlanOpening {
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
