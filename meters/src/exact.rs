//! Decimal numbers without rounding.

use std::cmp::Ordering;
use std::fmt;

/// The most digits after the decimal point that a number may have.
const MOST_DECIMALS: u32 = 36;

/// A decimal number: `digits / 10^decimals`. Nothing here rounds or overflows in silence.
///
/// Two numbers are equal if their values are, whatever zeros they were written with.
#[derive(Clone, Copy, Debug)]
pub struct Exact {
    digits: i128,
    decimals: u8,
}

/// Why a number is not one, or cannot be kept exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotExact {
    /// The text is no number with this decimal mark.
    #[error("it is no number")]
    NoNumber,
    /// The number has more digits than fit into 128 bits, or more than 36 decimals.
    #[error("it has more digits than can be kept exactly (36 decimals, 38 digits in all)")]
    TooLong,
}

/// `10^power`, or an error where it does not fit.
pub(crate) fn ten_to(power: u32) -> Result<i128, NotExact> {
    10i128.checked_pow(power).ok_or(NotExact::TooLong)
}

impl Exact {
    /// Nothing.
    pub const ZERO: Self = Self { digits: 0, decimals: 0 };

    /// A whole number.
    pub const fn whole(number: i64) -> Self {
        Self { digits: number as i128, decimals: 0 }
    }

    /// `digits / 10^decimals`.
    pub fn new(digits: i128, decimals: u32) -> Result<Self, NotExact> {
        if digits == 0 {
            return Ok(Self::ZERO);
        }
        let (mut digits, mut decimals) = (digits, decimals);
        while decimals > MOST_DECIMALS && digits % 10 == 0 {
            digits /= 10;
            decimals -= 1;
        }
        if decimals > MOST_DECIMALS {
            return Err(NotExact::TooLong);
        }
        Ok(Self { digits, decimals: decimals as u8 })
    }

    /// Reads a number as files write it: a sign, digits with at most one `mark`, an exponent.
    /// Blanks around it are left out. Digits are not grouped: `1.234,5` is refused.
    pub fn parse(text: &str, mark: char) -> Result<Self, NotExact> {
        let mark = u8::try_from(mark).map_err(|_| NotExact::NoNumber)?;
        Self::parse_bytes(text.trim().as_bytes(), mark)
    }

    /// The same from bytes that have no blanks around them, for readers of large files.
    pub fn parse_bytes(text: &[u8], mark: u8) -> Result<Self, NotExact> {
        let (negative, mut rest) = match text {
            [b'-', rest @ ..] => (true, rest),
            [b'+', rest @ ..] => (false, rest),
            rest => (false, rest),
        };
        let mut small = 0u64;
        let mut large = None::<i128>;
        let (mut seen, mut decimals, mut after_mark) = (0usize, 0u32, false);
        while let [byte, tail @ ..] = rest {
            match byte {
                b'0'..=b'9' => {
                    let digit = byte - b'0';
                    (small, large) = push_digit(small, large, digit)?;
                    seen += 1;
                    decimals += u32::from(after_mark);
                }
                _ if *byte == mark && !after_mark => after_mark = true,
                b'e' | b'E' => break,
                _ => return Err(NotExact::NoNumber),
            }
            rest = tail;
        }
        if seen == 0 {
            return Err(NotExact::NoNumber);
        }
        let digits = large.unwrap_or(i128::from(small));
        let digits = if negative { -digits } else { digits };
        let exponent = match rest {
            [] => return Self::new(digits, decimals),
            [_, exponent @ ..] => exponent_of(exponent)?,
        };
        if digits == 0 {
            return Ok(Self::ZERO);
        }
        let decimals = i64::from(decimals) - exponent;
        match u32::try_from(decimals) {
            Ok(decimals) => Self::new(digits, decimals),
            Err(_) => {
                let power = u32::try_from(-decimals).map_err(|_| NotExact::TooLong)?;
                Self::new(digits.checked_mul(ten_to(power)?).ok_or(NotExact::TooLong)?, 0)
            }
        }
    }

    /// The number times `10^power`.
    pub fn times_ten_to(self, power: i32) -> Result<Self, NotExact> {
        let decimals = i64::from(self.decimals) - i64::from(power);
        match u32::try_from(decimals) {
            Ok(decimals) => Self::new(self.digits, decimals),
            Err(_) => {
                if self.digits == 0 {
                    return Ok(Self::ZERO);
                }
                let power = u32::try_from(-decimals).map_err(|_| NotExact::TooLong)?;
                Self::new(self.digits.checked_mul(ten_to(power)?).ok_or(NotExact::TooLong)?, 0)
            }
        }
    }

    /// The product of two numbers.
    pub fn times(self, other: Self) -> Result<Self, NotExact> {
        let digits = self.digits.checked_mul(other.digits).ok_or(NotExact::TooLong)?;
        Self::new(digits, u32::from(self.decimals) + u32::from(other.decimals))
    }

    /// The sum of two numbers.
    pub fn plus(self, other: Self) -> Result<Self, NotExact> {
        let decimals = self.decimals.max(other.decimals);
        let digits = self
            .digits_at(decimals)
            .and_then(|a| a.checked_add(other.digits_at(decimals)?))
            .ok_or(NotExact::TooLong)?;
        Self::new(digits, u32::from(decimals))
    }

    /// This number less another.
    pub fn minus(self, other: Self) -> Result<Self, NotExact> {
        self.plus(other.negated())
    }

    /// The number with the other sign. The digits never are `i128::MIN`, which has 39 digits.
    pub const fn negated(self) -> Self {
        Self { digits: self.digits.wrapping_neg(), decimals: self.decimals }
    }

    /// Whether the number is below zero.
    pub const fn is_negative(self) -> bool {
        self.digits < 0
    }

    /// Whether the number is zero.
    pub const fn is_zero(self) -> bool {
        self.digits == 0
    }

    /// The number is `digits() / 10^decimals()`.
    pub const fn digits(self) -> i128 {
        self.digits
    }

    /// The number is `digits() / 10^decimals()`.
    pub const fn decimals(self) -> u32 {
        self.decimals as u32
    }

    /// The digits that the number has when it is written with so many decimals.
    fn digits_at(self, decimals: u8) -> Option<i128> {
        let more = u32::from(decimals.checked_sub(self.decimals)?);
        self.digits.checked_mul(ten_to(more).ok()?)
    }

    /// The same number with as few decimals as it needs.
    fn shortest(mut self) -> Self {
        while self.decimals > 0 && self.digits % 10 == 0 {
            self.digits /= 10;
            self.decimals -= 1;
        }
        self
    }
}

/// Appends a digit: in 64 bits as long as it fits, in 128 after that.
fn push_digit(small: u64, large: Option<i128>, digit: u8) -> Result<(u64, Option<i128>), NotExact> {
    if large.is_none() {
        if let Some(more) = small.checked_mul(10).and_then(|n| n.checked_add(u64::from(digit))) {
            return Ok((more, None));
        }
    }
    let wide = large.unwrap_or(i128::from(small));
    match wide.checked_mul(10).and_then(|n| n.checked_add(i128::from(digit))) {
        Some(more) => Ok((small, Some(more))),
        None => Err(NotExact::TooLong),
    }
}

/// The exponent after its `e`. More than four digits are too many for any number kept here.
fn exponent_of(text: &[u8]) -> Result<i64, NotExact> {
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    };
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return Err(NotExact::NoNumber);
    }
    let mut value = 0i64;
    for digit in digits {
        value = (value * 10 + i64::from(digit - b'0')).min(100_000);
    }
    Ok(if negative { -value } else { value })
}

impl PartialEq for Exact {
    fn eq(&self, other: &Self) -> bool {
        if self.decimals == other.decimals {
            return self.digits == other.digits;
        }
        let (a, b) = (self.shortest(), other.shortest());
        a.digits == b.digits && a.decimals == b.decimals
    }
}

impl Eq for Exact {}

impl PartialOrd for Exact {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Exact {
    fn cmp(&self, other: &Self) -> Ordering {
        // Numbers that cannot be brought to the same decimals differ by far: the one with fewer
        // decimals overflowed, so its size decides.
        let decimals = self.decimals.max(other.decimals);
        match (self.digits_at(decimals), other.digits_at(decimals)) {
            (Some(a), Some(b)) => a.cmp(&b),
            (None, _) => self.digits.cmp(&0),
            (_, None) => 0.cmp(&other.digits),
        }
    }
}

impl fmt::Display for Exact {
    /// With a point as decimal mark and without zeros at the end: `-0.5`, `101.402`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let short = self.shortest();
        let sign = if short.digits < 0 { "-" } else { "" };
        let size = short.digits.unsigned_abs();
        if short.decimals == 0 {
            return write!(f, "{sign}{size}");
        }
        let unit = 10u128.pow(u32::from(short.decimals));
        write!(f, "{sign}{}.{:0width$}", size / unit, size % unit, width = usize::from(short.decimals))
    }
}

#[cfg(test)]
mod tests;
