//! Metered records S: the rest of a past cycle that no trade covers, surplus or shortfall.
use super::Commitment;
use crate::encoding::{Canonical, Reader};
use crate::keys::Address;
use crate::market_parameters::MarketParameters;
use crate::poseidon::{hash, Tag};
use crate::units::{Cycle, Energy, IssuerId, Price};
use crate::{Error, Fr};

/// The direction of a metered remainder. Each household has at most one record of each sign in a
/// cycle; the last two correct the first two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Sign {
    /// The household injected more than it sold. The grid pays at the feed-in tariff.
    Surplus = 0,
    /// The household consumed more than it bought. The household pays at the retail tariff.
    Shortfall = 1,
    /// A correction takes back a part of a surplus. The household pays at the feed-in tariff.
    SurplusBack = 2,
    /// A correction gives back a part of a shortfall. The grid pays at the retail tariff.
    ShortfallBack = 3,
}

impl Sign {
    /// All four, in the order of their numbers.
    pub const ALL: [Sign; 4] = [Sign::Surplus, Sign::Shortfall, Sign::SurplusBack, Sign::ShortfallBack];
    /// Whether the household owes it. Such a record is an obligation, which its issue names
    /// publicly; the others are leaves of the tree that the grid pays for.
    pub const fn is_owed(self) -> bool {
        matches!(self, Sign::Shortfall | Sign::SurplusBack)
    }
    /// The tariff of a market at which the record is paid.
    pub const fn tariff(self, market: &MarketParameters) -> Price {
        match self {
            Sign::Surplus | Sign::SurplusBack => market.feed_in,
            Sign::Shortfall | Sign::ShortfallBack => market.retail,
        }
    }
    /// The name of a record of this sign in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Sign::Surplus => "surplus",
            Sign::Shortfall => "shortfall",
            Sign::SurplusBack => "surplus_back",
            Sign::ShortfallBack => "shortfall_back",
        }
    }
    /// The counter of the trace tag of the record's payment.
    pub const fn counter(self) -> u8 {
        self as u8
    }
}

impl Canonical for Sign {
    const SIZE: usize = 1;
    fn write(&self, out: &mut Vec<u8>) {
        out.push(*self as u8);
    }
    fn read(input: &mut Reader<'_>) -> Result<Self, Error> {
        let number = u8::read(input)?;
        Sign::ALL.get(usize::from(number)).copied().ok_or(Error::Encoding("a sign of a metered record is 0 to 3"))
    }
}

crate::field_newtype! {
    /// The public half of a metering service's serial key, `Y_m = H_Y(k_m)`.
    SerialKey,
    /// A metered record's serial, `H_serial(k_m, addr, cycle, sign)`. Without the key k_m nobody can
    /// tell whose it is. A repeat is refused.
    RecordSerial,
}

/// The public half of the serial key `k_m`.
pub fn serial_key(secret: Fr) -> SerialKey {
    SerialKey(hash(Tag::SerialKey, &[secret]))
}

/// The serial of an address's record of a cycle and a sign, under the serial key `k_m`.
pub fn record_serial(secret: Fr, owner: Fr, cycle: Fr, sign: Fr) -> RecordSerial {
    RecordSerial(hash(Tag::RecordSerial, &[secret, owner, cycle, sign]))
}

/// The opening of a metered record, `H_S(v, sign, cycle, addr, m, r)`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Metered {
    /// Energy in Wh.
    pub volume: Fr,
    /// The [`Sign`] as a number.
    pub sign: Fr,
    /// The past cycle that was metered.
    pub cycle: Fr,
    /// The owner's address.
    pub owner: Fr,
    /// Number m of the metering service that issued it.
    pub meter: Fr,
    /// The blinding r, uniform.
    pub blinding: Fr,
}

impl Metered {
    /// The opening of these quantities.
    pub fn new(volume: Energy, sign: Sign, cycle: Cycle, owner: Address, meter: IssuerId, blinding: Fr) -> Self {
        Metered {
            volume: Fr::from(volume.get()),
            sign: Fr::from(sign as u8),
            cycle: Fr::from(cycle.get()),
            owner: owner.0,
            meter: Fr::from(meter.get()),
            blinding,
        }
    }
    /// The field elements of the hash, in order.
    pub fn opening(&self) -> [Fr; 6] {
        [self.volume, self.sign, self.cycle, self.owner, self.meter, self.blinding]
    }
    /// The commitment, a leaf of the tree.
    pub fn commitment(&self) -> Commitment {
        Commitment(hash(Tag::Metered, &self.opening()))
    }
}
