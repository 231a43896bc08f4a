//! Quantities of the market, each a newtype with its unit and bound (spec 00, "Units"). Integers only: nothing here is
//! ever a float, because all of it is signed, hashed, stored or proved.

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
    /// A market cycle's number.
    Cycle, u32, u32::MAX, "cycle");
bounded!(
    /// A credential epoch's number.
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
    /// Parts in a thousand, below 1000 (the tolerance of relations 5 and 6).
    PerMille, u16, 999, "per mille");

/// Number of ticks of a price grid.
pub const TICKS: usize = 48;

impl Money {
    /// `self + other`, refused on overflow.
    pub fn plus(self, other: Money) -> Result<Money, Error> {
        self.0.checked_add(other.0).map(Money).ok_or(Error::Arithmetic("money overflows"))
    }
    /// `self - other`, refused below zero.
    pub fn minus(self, other: Money) -> Result<Money, Error> {
        self.0.checked_sub(other.0).map(Money).ok_or(Error::Arithmetic("money below zero"))
    }
}

impl Energy {
    /// `self + other`, refused at 2^32.
    pub fn plus(self, other: Energy) -> Result<Energy, Error> {
        Energy::new(self.0 + other.0)
    }
    /// `self - other`, refused below zero.
    pub fn minus(self, other: Energy) -> Result<Energy, Error> {
        self.0.checked_sub(other.0).map(Energy).ok_or(Error::Arithmetic("energy below zero"))
    }
    /// The money that this energy costs at `price`: exact, 1 Wh at 1 micro/kWh is 1 nano; below 2^64.
    pub fn at(self, price: Price) -> Money {
        Money(self.0 * price.0)
    }
}

impl Reputation {
    /// One more, at most 100.
    pub fn rewarded(self) -> Reputation {
        Reputation((self.0 + 1).min(100))
    }
    /// Ten less, at least 0.
    pub fn penalised(self) -> Reputation {
        Reputation(self.0.saturating_sub(10))
    }
}

/// What a kilowatt-hour was made from.
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
    /// All five, in the order of their numbers.
    pub const ALL: [EnergyType; 5] =
        [EnergyType::Wind, EnergyType::Hydro, EnergyType::Fossil, EnergyType::Solar, EnergyType::Biomass];
    /// From its number, 0..5.
    pub fn from_u8(n: u8) -> Result<Self, Error> {
        Self::ALL.get(n as usize).copied().ok_or(Error::OutOfBounds { what: "energy type", max: 4 })
    }
    /// Its number, 0..5.
    pub const fn number(self) -> u8 {
        self as u8
    }
    /// Its name in scenarios and reports.
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
    /// From its number.
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

/// Where a household is, on the local grid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Place {
    /// East.
    pub x: Metres,
    /// North.
    pub y: Metres,
}
