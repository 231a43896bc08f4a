//! Whole numbers of a small unit as decimals of a greater one, in integer arithmetic.

/// `value` in units of 10^-`places`, rounded to `decimals` decimals (at most `places`), half away
/// from zero. A value that rounds to zero has no sign.
pub(crate) fn decimal(value: i128, places: u32, decimals: u32) -> String {
    let unit = 10u128.pow(places - decimals);
    let rounded = value.unsigned_abs() / unit + u128::from(value.unsigned_abs() % unit * 2 >= unit && unit > 1);
    let sign = if value < 0 && rounded > 0 { "-" } else { "" };
    let whole = 10u128.pow(decimals);
    match decimals {
        0 => format!("{sign}{rounded}"),
        _ => format!("{sign}{}.{:0width$}", rounded / whole, rounded % whole, width = decimals as usize),
    }
}

/// `part / whole`, rounded half away from zero; None when the whole is zero.
pub(crate) fn divided(part: i128, whole: u64) -> Option<i128> {
    let whole = i128::from(whole);
    let half = if part < 0 { -(whole / 2) } else { whole / 2 };
    (whole > 0).then(|| (part + half) / whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_rounded_once_and_half_away_from_zero() {
        for (nano, decimals, text) in [
            (0, 2, "0.00"),
            (-4_999_999, 2, "0.00"),
            (-5_000_000, 2, "-0.01"),
            (5_000_000, 2, "0.01"),
            (1_234_567_890, 9, "1.234567890"),
            (1_500_000_000, 0, "2"),
            (-12_345_678_901, 4, "-12.3457"),
            (i128::from(u64::MAX), 3, "18446744073.710"),
        ] {
            assert_eq!(decimal(nano, 9, decimals), text, "{nano}");
        }
        assert_eq!(decimal(1_234, 3, 1), "1.2");
    }

    #[test]
    fn a_quotient_is_rounded_half_away_from_zero() {
        assert_eq!((divided(5, 2), divided(-5, 2), divided(1, 3), divided(7, 0)), (Some(3), Some(-3), Some(0), None));
    }
}
