//! Fractions without rounding, for energies between decimal numbers and whole Wh.

use crate::exact::{Exact, NotExact};
use std::cmp::Ordering;

/// A fraction. Its denominator is above zero. Sums of fractions with one denominator, which are
/// nearly all, cost one addition; others are brought to a common one, and shortened where they
/// would overflow.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ratio {
    over: i128,
    under: i128,
}

/// The most decimals of a text.
const MOST_DECIMALS: u32 = 18;

fn gcd(mut a: u128, mut b: u128) -> u128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// The quotient rounded down. Numbers of 64 bits, which are nearly all, divide much faster.
fn floor_div(over: i128, under: i128) -> i128 {
    match (u64::try_from(over), u64::try_from(under)) {
        (Ok(over), Ok(under)) => i128::from(over / under),
        _ => over.div_euclid(under),
    }
}

impl Ratio {
    pub(crate) const ZERO: Self = Self { over: 0, under: 1 };

    /// `over / under`. `under` is above zero.
    pub(crate) fn new(over: i128, under: i128) -> Self {
        debug_assert!(under > 0);
        Self { over, under }
    }

    /// A decimal number.
    pub(crate) fn of(number: Exact) -> Result<Self, NotExact> {
        let under = crate::exact::ten_to(number.decimals())?;
        Ok(Self { over: number.digits(), under })
    }

    fn shortened(self) -> Self {
        let common = gcd(self.over.unsigned_abs(), self.under.unsigned_abs()).max(1) as i128;
        Self { over: self.over / common, under: self.under / common }
    }

    fn try_add(self, other: Self) -> Option<Self> {
        let common = gcd(self.under.unsigned_abs(), other.under.unsigned_abs()) as i128;
        let (mine, its) = (other.under / common, self.under / common);
        let over = self.over.checked_mul(mine)?.checked_add(other.over.checked_mul(its)?)?;
        Some(Self { over, under: self.under.checked_mul(mine)? })
    }

    /// The sum.
    pub(crate) fn plus(self, other: Self) -> Result<Self, NotExact> {
        if self.under == other.under {
            if let Some(over) = self.over.checked_add(other.over) {
                return Ok(Self { over, under: self.under });
            }
        }
        if other.over == 0 {
            return Ok(self);
        }
        if self.over == 0 {
            return Ok(other);
        }
        self.try_add(other).or_else(|| self.shortened().try_add(other.shortened())).ok_or(NotExact::TooLong)
    }

    /// The difference.
    pub(crate) fn minus(self, other: Self) -> Result<Self, NotExact> {
        self.plus(Self { over: other.over.checked_neg().ok_or(NotExact::TooLong)?, under: other.under })
    }

    /// The fraction times `over / under`, both at least zero and `under` above.
    pub(crate) fn times(self, over: u64, under: u64) -> Result<Self, NotExact> {
        let try_times = |a: Self, over: i128, under: i128| {
            Some(Self { over: a.over.checked_mul(over)?, under: a.under.checked_mul(under)? })
        };
        let (over, under) = (i128::from(over), i128::from(under));
        try_times(self, over, under)
            .or_else(|| {
                let factor = Self { over, under }.shortened();
                try_times(self.shortened(), factor.over, factor.under)
            })
            .ok_or(NotExact::TooLong)
    }

    pub(crate) const fn is_negative(self) -> bool {
        self.over < 0
    }

    pub(crate) fn negated(self) -> Result<Self, NotExact> {
        Self::ZERO.minus(self)
    }

    /// The largest whole number that is not above the fraction.
    pub(crate) fn floor(self) -> i128 {
        if self.under == 1 {
            return self.over;
        }
        floor_div(self.over, self.under)
    }

    /// The nearest whole number, half up: 122.5 is 123, 0.5 is 1.
    pub(crate) fn rounded(self) -> Result<i128, NotExact> {
        if self.under == 1 {
            return Ok(self.over);
        }
        let twice = self
            .over
            .checked_mul(2)
            .and_then(|twice| twice.checked_add(self.under))
            .zip(self.under.checked_mul(2))
            .ok_or(NotExact::TooLong);
        match twice {
            Ok((over, under)) => Ok(floor_div(over, under)),
            Err(_) => {
                let short = self.shortened();
                let under = short.under.checked_mul(2).ok_or(NotExact::TooLong)?;
                let over = short.over.checked_mul(2).and_then(|twice| twice.checked_add(short.under));
                Ok(floor_div(over.ok_or(NotExact::TooLong)?, under))
            }
        }
    }

    /// How the fraction compares with another.
    pub(crate) fn compare(self, other: Self) -> Result<Ordering, NotExact> {
        if self.under == other.under {
            return Ok(self.over.cmp(&other.over));
        }
        Ok(self.minus(other)?.over.cmp(&0))
    }

    /// The fraction as decimal text without zeros at the end: exact where at most 18 decimals are
    /// enough, else rounded half up to six.
    pub(crate) fn text(self) -> String {
        let decimals = |decimals: u32| -> Option<Exact> {
            let ten = 10u64.checked_pow(decimals)?;
            Exact::new(self.times(ten, 1).and_then(Self::rounded).ok()?, decimals).ok()
        };
        let is_exact = |number: &Exact| {
            Self::of(*number).and_then(|number| number.compare(self)).is_ok_and(|order| order == Ordering::Equal)
        };
        let number = (0..=MOST_DECIMALS).find_map(|most| decimals(most).filter(is_exact)).or_else(|| decimals(6));
        number.map_or_else(|| format!("{}/{}", self.over, self.under), |number| number.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_are_rounded_up() {
        for (over, under, whole) in [(245, 2, 123), (1, 2, 1), (-1, 2, 0), (-3, 2, -1), (1, 3, 0), (2, 3, 1), (7, 1, 7)]
        {
            assert_eq!(Ratio::new(over, under).rounded(), Ok(whole), "{over}/{under}");
        }
        assert_eq!(Ratio::new(-1, 3).floor(), -1);
    }

    #[test]
    fn what_overflows_is_shortened_first_and_refused_then() {
        let long = Ratio::new(i128::MAX / 2, i128::MAX / 2);
        assert_eq!(long.plus(Ratio::new(1, 3)).unwrap().times(3, 1).unwrap().rounded(), Ok(4));
        let prime = Ratio::new(1, (1 << 126) - 137);
        assert!(prime.plus(Ratio::new(1, (1 << 120) - 119)).is_err());
    }

    #[test]
    fn texts_are_exact_where_they_can_be() {
        assert_eq!(Ratio::new(500_000_002, 10_000_000).text(), "50.0000002");
        assert_eq!(Ratio::new(50002, 1000).text(), "50.002");
        assert_eq!(Ratio::new(1, 3).text(), "0.333333");
        assert_eq!(Ratio::new(-7, 2).text(), "-3.5");
    }
}
