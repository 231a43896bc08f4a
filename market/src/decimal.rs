//! Decimal numbers as people write them, read exactly: no float takes part.

/// Why a text is no number that the market can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The number is below zero.
    #[error("is below zero")]
    Negative,
    /// The number has an exponent.
    #[error("is written with an exponent; write it in plain digits, like 0.0003")]
    Exponent,
    /// The text is no decimal number.
    #[error("is no decimal number, like 0.30")]
    NoNumber,
    /// The number has more decimals than the market counts.
    #[error("has more than {places} decimals")]
    TooFine {
        /// How many decimals the market counts.
        places: u32,
    },
    /// The number does not fit.
    #[error("is too large")]
    TooLarge,
}

/// Reads a decimal number in units of 10^-places: `0.30` with 6 places is 300000. Underscores
/// between digits are those of TOML. Errors: [`Fault`].
pub fn parse(text: &str, places: u32) -> Result<u64, Fault> {
    let text = text.replace('_', "");
    if text.starts_with('-') {
        return Err(Fault::Negative);
    }
    let text = text.strip_prefix('+').unwrap_or(&text);
    let number = text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E' | b'+' | b'-'));
    if number && text.contains(['e', 'E']) {
        return Err(Fault::Exponent);
    }
    let (whole, decimals) = match text.split_once('.') {
        Some((_, "")) => return Err(Fault::NoNumber),
        Some(parts) => parts,
        None => (text, ""),
    };
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(decimals) {
        return Err(Fault::NoNumber);
    }
    let decimals = decimals.trim_end_matches('0');
    if decimals.len() > places as usize {
        return Err(Fault::TooFine { places });
    }
    let rest = format!("{decimals:0<width$}", width = places as usize);
    let rest: u64 = if rest.is_empty() { 0 } else { rest.parse().map_err(|_| Fault::TooLarge)? };
    let whole: u64 = whole.parse().map_err(|_| Fault::TooLarge)?;
    let scaled = 10u64.checked_pow(places).and_then(|unit| whole.checked_mul(unit));
    scaled.and_then(|scaled| scaled.checked_add(rest)).ok_or(Fault::TooLarge)
}

/// Writes a number in units of 10^-places in plain digits, without needless zeros.
pub fn write(value: u64, places: u32) -> String {
    let unit = 10u64.pow(places);
    let (whole, rest) = (value / unit, value % unit);
    if rest == 0 {
        return whole.to_string();
    }
    let digits = format!("{rest:0width$}", width = places as usize);
    format!("{whole}.{}", digits.trim_end_matches('0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_exact() {
        for (text, value) in [("0.30", 300_000), ("0.3", 300_000), ("0", 0), ("+1", 1_000_000), ("0.000001", 1)] {
            assert_eq!(parse(text, 6), Ok(value), "{text}");
        }
        assert_eq!(parse("0.300000000", 6), Ok(300_000));
        assert_eq!(parse("1_000.5", 1), Ok(10_005));
        assert_eq!(parse("18446744073709551615", 0), Ok(u64::MAX));
        assert_eq!((write(300_000, 6), write(5, 0), write(1, 6)), ("0.3".into(), "5".into(), "0.000001".into()));
    }

    #[test]
    fn what_is_no_decimal_is_refused_with_its_reason() {
        for (text, fault) in [
            ("-0.1", Fault::Negative),
            ("1e-3", Fault::Exponent),
            ("", Fault::NoNumber),
            (".5", Fault::NoNumber),
            ("5.", Fault::NoNumber),
            ("0,3", Fault::NoNumber),
            ("inf", Fault::NoNumber),
            ("nan", Fault::NoNumber),
            ("1.2.3", Fault::NoNumber),
            ("0.0000001", Fault::TooFine { places: 6 }),
            ("18446744073709551616", Fault::TooLarge),
            ("99999999999999", Fault::TooLarge),
        ] {
            assert_eq!(parse(text, 6), Err(fault), "{text}");
        }
    }
}
