//! Quantities as people write them: exact decimal numbers, never floats.

use protocol::units::{Energy, Money, Price};
use std::fmt;

/// Decimal places of a price in currency per kWh: a price counts millionths.
pub(crate) const PRICE_PLACES: u32 = 6;
/// Decimal places of money in currency: money counts billionths.
pub(crate) const MONEY_PLACES: u32 = 9;
/// Decimal places of energy in kWh: energy counts Wh.
const ENERGY_PLACES: u32 = 3;

/// Writes `value / 10^places` without needless zeros.
struct Decimal {
    value: u64,
    places: u32,
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let one = 10u64.pow(self.places);
        let (whole, rest) = (self.value / one, self.value % one);
        if rest == 0 {
            return write!(f, "{whole}");
        }
        let digits = format!("{rest:0width$}", width = self.places as usize);
        write!(f, "{whole}.{}", digits.trim_end_matches('0'))
    }
}

/// Energy in kWh, without its unit.
pub(crate) fn kwh(energy: Energy) -> impl fmt::Display {
    Decimal { value: energy.get(), places: ENERGY_PLACES }
}

/// A price in currency per kWh, without its unit.
pub(crate) fn per_kwh(price: Price) -> impl fmt::Display {
    Decimal { value: price.get(), places: PRICE_PLACES }
}

/// Money in currency, without its unit.
pub(crate) fn money(money: Money) -> impl fmt::Display {
    Decimal { value: money.get(), places: MONEY_PLACES }
}

/// Reads a decimal number of digits with at most one point, and gives it in units of 10^-places.
/// None unless it is one, has at most `places` decimals, and fits.
pub(crate) fn parse(text: &str, places: u32) -> Option<u64> {
    let (whole, decimals) = match text.split_once('.') {
        Some((_, "")) => return None,
        Some(parts) => parts,
        None => (text, ""),
    };
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(decimals) || decimals.len() > places as usize {
        return None;
    }
    let whole: u64 = whole.parse().ok()?;
    let rest: u64 = match places {
        0 => 0,
        _ => format!("{decimals:0<width$}", width = places as usize).parse().ok()?,
    };
    whole.checked_mul(10u64.pow(places))?.checked_add(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_exact_both_ways() {
        for (text, value) in
            [("0", 0), ("0.32", 320_000), ("0.000001", 1), ("12", 12_000_000), ("4294.967295", u32::MAX.into())]
        {
            assert_eq!(parse(text, 6), Some(value));
            assert_eq!(Decimal { value, places: 6 }.to_string(), text);
        }
        assert_eq!(parse("0.320", 6), Some(320_000));
        assert_eq!(Decimal { value: u64::MAX, places: 9 }.to_string(), "18446744073.709551615");
        assert_eq!(parse("18446744073.709551615", 9), Some(u64::MAX));
    }

    #[test]
    fn what_is_no_decimal_is_refused() {
        for text in
            ["", ".", ".5", "5.", "-1", "+1", "1e3", "1,5", "1.2.3", " 1", "0.0000001", "18446744073709551616", "１"]
        {
            assert_eq!(parse(text, 6), None, "{text:?}");
        }
        assert_eq!(parse("18446744073.709551616", 9), None);
        assert_eq!((parse("7", 0), parse("7.0", 0), parse("+7", 0)), (Some(7), None, None));
    }
}
