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
/// Digits that the greatest amount of a table shows at least.
const SIGNIFICANT: u128 = 1_000;

impl Currency {
    /// How many decimals the amounts of a table need, if the greatest of them is `greatest`
    /// nano-currency: those of the minor unit, or more when the greatest amount would show fewer
    /// than four digits.
    pub fn decimals_for(&self, greatest: i128) -> u32 {
        let least = u32::from(self.decimals).min(NANO);
        let shown = |decimals: &u32| greatest.unsigned_abs() / 10u128.pow(NANO - decimals) >= SIGNIFICANT;
        if greatest == 0 {
            return least;
        }
        (least..NANO - 2).find(shown).unwrap_or(NANO - 2).max(least)
    }

    /// An amount in nano-currency, rounded to so many decimals, half away from zero. A value that
    /// rounds to zero has no sign.
    pub fn amount(nano: i128, decimals: u32) -> String {
        decimal(nano, NANO, decimals)
    }

    /// An amount in nano-currency with all nine decimals, exactly.
    pub fn exact(nano: i128) -> String {
        decimal(nano, NANO, NANO)
    }
}
