//! Quantities of the market, each a newtype with a unit and a bound (docs/protocol/00-overview.md,
//! "Units"). All are integers and none is ever a float, because all are signed, hashed, stored or
//! proved.

use crate::Error;

macro_rules! bounded {
    ($(#[$doc:meta])* $name:ident, $repr:ty, $max:expr, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name($repr);
        impl $name {
            /// The greatest value.
            pub const MAX: $name = $name($max);
            /// Zero.
            pub const ZERO: $name = $name(0);
            /// Checks the bound. Error: [`Error::OutOfBounds`].
            pub fn new(value: $repr) -> Result<Self, Error> {
                #[allow(clippy::absurd_extreme_comparisons, unused_comparisons)]
                if value > $name::MAX.0 { Err(Error::OutOfBounds { what: $what, max: u64::from($name::MAX.0) }) } else { Ok($name(value)) }
            }
            /// The bare integer, in the unit of the type.
            pub const fn get(self) -> $repr { self.0 }
        }
    };
}

bounded!(
    /// Energy in Wh, below 2^32.
    Energy, u64, (1 << 32) - 1, "energy in Wh");
bounded!(
    /// Price in micro-currency per kWh, below 2^32.
    Price, u64, (1 << 32) - 1, "price in micro-currency per kWh");
bounded!(
    /// Money in nano-currency, below 2^64.
    Money, u64, u64::MAX, "money in nano-currency");
bounded!(
    /// Reputation, 0..=100.
    Reputation, u8, 100, "reputation");
bounded!(
    /// A place's coordinate in metres on the local grid, below 2^20.
    Metres, u32, (1 << 20) - 1, "coordinate in metres");
bounded!(
    /// A market cycle's number. Cycles start in increasing order.
    Cycle, u32, u32::MAX, "cycle");
bounded!(
    /// The number of an epoch, for which credentials are issued.
    Epoch, u32, u32::MAX, "epoch");
bounded!(
    /// The number under which an issuer (metering service or desk) is registered.
    IssuerId, u32, u32::MAX, "issuer");
bounded!(
    /// A weight of a buyer's preference, 0..=15.
    Weight, u8, 15, "weight");
bounded!(
    /// A tick of the price grid, 0..48.
    Tick, u8, (TICKS - 1) as u8, "tick");
bounded!(
    /// Parts in a thousand, below 1000: the unit of the tolerance in relations 5 and 6.
    PerMille, u16, 999, "per mille");

/// Number of ticks of a price grid.
pub const TICKS: usize = 48;

impl Money {
    /// The sum. Error: [`Error::Arithmetic`] on overflow.
    pub fn plus(self, other: Money) -> Result<Money, Error> {
        self.0.checked_add(other.0).map(Money).ok_or(Error::Arithmetic("money overflows"))
    }
    /// The difference. Error: [`Error::Arithmetic`] below zero.
    pub fn minus(self, other: Money) -> Result<Money, Error> {
        self.0.checked_sub(other.0).map(Money).ok_or(Error::Arithmetic("money below zero"))
    }
}

impl Energy {
    /// The sum. Error: [`Error::OutOfBounds`] from 2^32 on.
    pub fn plus(self, other: Energy) -> Result<Energy, Error> {
        Energy::new(self.0 + other.0)
    }
    /// The difference. Error: [`Error::Arithmetic`] below zero.
    pub fn minus(self, other: Energy) -> Result<Energy, Error> {
        self.0.checked_sub(other.0).map(Energy).ok_or(Error::Arithmetic("energy below zero"))
    }
    /// The money that this energy costs at `price`, exactly: 1 Wh at 1 micro-currency per kWh costs
    /// 1 nano-currency. The result is below 2^64.
    pub fn at(self, price: Price) -> Money {
        Money(self.0 * price.0)
    }
}

impl Reputation {
    /// The reputation after a trade within tolerance: one more, at most 100.
    pub fn rewarded(self) -> Reputation {
        Reputation((self.0 + 1).min(100))
    }
    /// The reputation after a trade that missed the tolerance: ten less, at least 0.
    pub fn penalised(self) -> Reputation {
        Reputation(self.0.saturating_sub(10))
    }
}

/// The source that energy is made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum EnergyType {
    /// Wind.
    Wind = 0,
    /// Hydro.
    Hydro = 1,
    /// Fossil.
    Fossil = 2,
    /// Solar.
    Solar = 3,
    /// Biomass.
    Biomass = 4,
}

impl EnergyType {
    /// All five types, in the order of their numbers.
    pub const ALL: [EnergyType; 5] =
        [EnergyType::Wind, EnergyType::Hydro, EnergyType::Fossil, EnergyType::Solar, EnergyType::Biomass];
    /// The type with this number, 0..5. Error: [`Error::OutOfBounds`].
    pub fn from_u8(n: u8) -> Result<Self, Error> {
        Self::ALL.get(n as usize).copied().ok_or(Error::OutOfBounds { what: "energy type", max: 4 })
    }
    /// The type's number, 0..5.
    pub const fn number(self) -> u8 {
        self as u8
    }
    /// The type's name in scenarios and reports.
    pub const fn name(self) -> &'static str {
        match self {
            EnergyType::Wind => "wind",
            EnergyType::Hydro => "hydro",
            EnergyType::Fossil => "fossil",
            EnergyType::Solar => "solar",
            EnergyType::Biomass => "biomass",
        }
    }
}

/// The side of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Side {
    /// Sells energy.
    Sell = 0,
    /// Buys energy.
    Buy = 1,
}

impl Side {
    /// The side with this number, 0 or 1. Error: [`Error::OutOfBounds`].
    pub fn from_u8(n: u8) -> Result<Self, Error> {
        match n {
            0 => Ok(Side::Sell),
            1 => Ok(Side::Buy),
            _ => Err(Error::OutOfBounds { what: "side", max: 1 }),
        }
    }
    /// The other side.
    pub const fn other(self) -> Side {
        match self {
            Side::Sell => Side::Buy,
            Side::Buy => Side::Sell,
        }
    }
}

/// A household's place on the local grid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Place {
    /// Metres to the east.
    pub x: Metres,
    /// Metres to the north.
    pub y: Metres,
}
