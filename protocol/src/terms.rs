//! The terms of a market that stand beside the parameters of its cycles: lots, the greatest energy
//! of a household, the deviation penalty, and who bears an imbalance
//! (`docs/protocol/80-market-rules.md`, "Terms").

use crate::encoding::{Canonical, Reader};
use crate::units::{Energy, Price};
use crate::Error;

/// What a market states beside the [`MarketParameters`] of its cycles. The default is what a
/// scenario means that states none of it.
///
/// [`MarketParameters`]: crate::market_parameters::MarketParameters
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// What a Wh that a side failed to deliver or to take costs it, outside the tolerance. Zero
    /// means no penalty.
    pub penalty: Price,
    /// The least volume of a plan, at least 1 Wh. A rest below it is not listed again.
    pub least_lot: Energy,
    /// The greatest energy of a household in a cycle: no plan and no reading is above it. It is at
    /// least the least lot.
    pub greatest_energy: Energy,
    /// Who bears the difference between the energy that trades settled and the meter's reading.
    pub imbalance: Imbalance,
}

/// Who bears the difference between the energy that a household's trades settled and the reading of
/// its meter, within the tolerance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u8)]
pub enum Imbalance {
    /// The operator of the market does: nobody pays for it.
    #[default]
    Operator = 0,
    /// The household does: it buys at retail what it sold and did not inject, and sells at feed-in
    /// what it bought and did not consume.
    Household = 1,
}

/// The least lot of a scenario that states none, in Wh.
pub const LEAST_LOT: u64 = 1;

/// How many plans may lapse or be refused in an epoch before they are opened, where a market states
/// no other number.
pub const LAPSE_ALARM: u32 = 100;

/// The greatest energy of a scenario that states none, in Wh: 50 kW for a quarter of an hour.
pub const GREATEST_ENERGY: u64 = 12_500;

impl Default for Terms {
    fn default() -> Terms {
        const FITS: &str = "far below 2^32";
        Terms {
            penalty: Price::ZERO,
            least_lot: Energy::new(LEAST_LOT).expect(FITS),
            greatest_energy: Energy::new(GREATEST_ENERGY).expect(FITS),
            imbalance: Imbalance::Operator,
        }
    }
}

impl Terms {
    /// Checks the bounds between the terms: `1 <= least_lot <= greatest_energy`. Error:
    /// [`Error::Encoding`].
    pub fn check(&self) -> Result<(), Error> {
        if self.least_lot == Energy::ZERO || self.least_lot > self.greatest_energy {
            return Err(Error::Encoding("the least lot is not between 1 Wh and the greatest energy"));
        }
        Ok(())
    }
}

impl Canonical for Imbalance {
    const SIZE: usize = 1;
    fn write(&self, out: &mut Vec<u8>) {
        out.push(*self as u8);
    }
    fn read(input: &mut Reader<'_>) -> Result<Self, Error> {
        match u8::read(input)? {
            0 => Ok(Imbalance::Operator),
            1 => Ok(Imbalance::Household),
            _ => Err(Error::Encoding("the bearer of an imbalance is 0 or 1")),
        }
    }
}

impl Canonical for Terms {
    const SIZE: usize = 3 * 8 + 1;
    fn write(&self, out: &mut Vec<u8>) {
        self.penalty.write(out);
        self.least_lot.write(out);
        self.greatest_energy.write(out);
        self.imbalance.write(out);
    }
    fn read(input: &mut Reader<'_>) -> Result<Self, Error> {
        let (penalty, least_lot) = (Price::read(input)?, Energy::read(input)?);
        let (greatest_energy, imbalance) = (Energy::read(input)?, Imbalance::read(input)?);
        let terms = Terms { penalty, least_lot, greatest_energy, imbalance };
        terms.check()?;
        Ok(terms)
    }
}
