//! The units of a network: power, impedance and voltage, each bounded so that sums and products of
//! them stay far inside the integers that hold them.

use crate::refused::Problem;
use protocol::units::Price;

macro_rules! quantity {
    ($(#[$doc:meta])* $name:ident($repr:ty), $least:expr, $most:expr) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
        pub struct $name($repr);

        impl $name {
            /// The least value.
            pub const LEAST: $name = $name($least);
            /// The greatest value.
            pub const MOST: $name = $name($most);

            /// Error: [`Problem::Bounds`].
            pub fn new(value: $repr) -> Result<Self, Problem> {
                let (least, most) = ($least, $most);
                match (least..=most).contains(&value) {
                    true => Ok($name(value)),
                    false => Err(Problem::Bounds { value: value.into(), least: least.into(), most: most.into() }),
                }
            }

            /// The number.
            pub const fn get(self) -> $repr {
                self.0
            }
        }
    };
}

quantity!(
    /// Active power in W, or reactive power in var, of either sign: the mean over a cycle. Its size is
    /// below 2^40.
    Power(i64), 1 - (1 << 40), (1 << 40) - 1
);
quantity!(
    /// A line's resistance or reactance in milliohm, below 2^31.
    Milliohms(u64), 0, (1 << 31) - 1
);
quantity!(
    /// A line-to-line voltage in mV, below 2^31 (some 2 MV).
    Millivolts(u64), 0, (1 << 31) - 1
);

/// The length of a market cycle. It divides an hour, so that a Wh in a cycle is a whole number of W.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CycleSeconds(u32);

impl CycleSeconds {
    /// Error: [`Problem::CycleSeconds`].
    pub fn new(seconds: u64) -> Result<Self, Problem> {
        match u32::try_from(seconds) {
            Ok(whole) if whole > 0 && 3600 % whole == 0 => Ok(CycleSeconds(whole)),
            _ => Err(Problem::CycleSeconds(seconds)),
        }
    }

    /// The seconds.
    pub const fn get(self) -> u32 {
        self.0
    }

    /// The mean power in W of one Wh in a cycle.
    pub const fn watts_per_wh(self) -> i128 {
        (3600 / self.0) as i128
    }
}

impl Millivolts {
    /// The square, in mV^2.
    pub const fn squared(self) -> i128 {
        (self.0 as i128) * (self.0 as i128)
    }
}

impl Power {
    /// A power that is not negative, as a capacity or a limit. Error: [`Problem::Bounds`].
    pub fn size(value: u64) -> Result<Power, Problem> {
        let most = Power::MOST.0;
        match i64::try_from(value) {
            Ok(value) if value <= most => Ok(Power(value)),
            _ => Err(Problem::Bounds { value: value.into(), least: 0, most: most.into() }),
        }
    }

    /// The power as a float. It is exact.
    pub fn float(self) -> f64 {
        self.0 as f64
    }
}

/// A price in micro-currency per kWh, below 2^32. Error: [`Problem::Bounds`].
pub fn price(value: u64) -> Result<Price, Problem> {
    let most = Price::MAX.get().into();
    Price::new(value).map_err(|_| Problem::Bounds { value: value.into(), least: 0, most })
}
