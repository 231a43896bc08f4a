//! Money as people read it.

use crate::decimal::decimal;

/// A currency: what amounts are called, and how many decimals people write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Currency {
    /// Its name in headers: "EUR".
    pub name: String,
    /// Its symbol: "€". Empty when it has none.
    pub symbol: String,
    /// Decimals of its minor unit, at most 9.
    pub decimals: u8,
}

impl Default for Currency {
    fn default() -> Currency {
        Currency { name: "currency".into(), symbol: String::new(), decimals: 2 }
    }
}

/// Nano-currency has nine decimals.
const NANO: u32 = 9;

impl Currency {
    /// An amount in nano-currency with all nine decimals, exactly, for programs. People read
    /// [`terminal::table::money`].
    pub fn exact(nano: i128) -> String {
        decimal(nano, NANO, NANO)
    }
}
