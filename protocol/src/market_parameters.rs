//! A cycle's market parameters: tick grid, attribute ranges, tolerance, price rule and tariffs,
//! with their digest, and the quantisation of attributes to 6 bits
//! (docs/protocol/80-market-rules.md, docs/protocol/30-matching.md).

use crate::encoding::{hash_to_field, Canonical, Reader};
use crate::poseidon::{hash, Tag};
use crate::terms::Terms;
use crate::units::{Energy, Metres, PerMille, Price, Reputation, Tick, TICKS};
use crate::{Error, Fr};

/// The grid of allowed prices: `first + step * tick` for `tick` in 0..48, in micro-currency per
/// kWh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PriceGrid {
    first: Price,
    step: Price,
}

impl PriceGrid {
    /// A grid whose step is at least 1 and whose last price is below 2^32. Errors:
    /// [`Error::OutOfBounds`], [`Error::Arithmetic`].
    pub fn new(first: Price, step: Price) -> Result<Self, Error> {
        if step.get() == 0 {
            return Err(Error::Arithmetic("price step is zero"));
        }
        Price::new(first.get() + step.get() * (TICKS as u64 - 1))?;
        Ok(PriceGrid { first, step })
    }
    /// The price of tick 0.
    pub const fn first(&self) -> Price {
        self.first
    }
    /// The difference of neighbouring prices.
    pub const fn step(&self) -> Price {
        self.step
    }
    /// The tick of a price. Error: [`Error::OffGrid`].
    pub fn tick(&self, price: Price) -> Result<Tick, Error> {
        let above = price.get().checked_sub(self.first.get()).ok_or(Error::OffGrid)?;
        let tick = above / self.step.get();
        if above % self.step.get() != 0 || tick >= TICKS as u64 {
            return Err(Error::OffGrid);
        }
        Tick::new(tick as u8)
    }
    /// The price of a tick.
    pub fn price(&self, tick: Tick) -> Price {
        Price::new(self.first.get() + self.step.get() * u64::from(tick.get())).expect("checked in new")
    }
}

/// The declared range of an attribute, `lo < hi`, in the attribute's unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    lo: u32,
    hi: u32,
}

/// Number of levels of a quantised attribute (6 bits).
pub const LEVELS: u64 = 64;

impl Range {
    /// The range `lo..=hi`. Error: [`Error::Arithmetic`] unless `lo < hi`.
    pub fn new(lo: u32, hi: u32) -> Result<Self, Error> {
        if lo < hi {
            Ok(Range { lo, hi })
        } else {
            Err(Error::Arithmetic("a range needs lo < hi"))
        }
    }
    /// The lower end.
    pub const fn lo(&self) -> u32 {
        self.lo
    }
    /// The upper end.
    pub const fn hi(&self) -> u32 {
        self.hi
    }
    /// The level of a value, `floor((clamp(v) - lo) * 63 / (hi - lo))`, in 0..64.
    pub fn quantise(&self, value: u64) -> u8 {
        let (lo, hi) = (u64::from(self.lo), u64::from(self.hi));
        ((value.clamp(lo, hi) - lo) * (LEVELS - 1) / (hi - lo)) as u8
    }
}

/// The level of a price, `floor(tick * 63 / 47)`, in 0..64.
pub fn quantise_tick(tick: Tick) -> u8 {
    (u64::from(tick.get()) * (LEVELS - 1) / (TICKS as u64 - 1)) as u8
}

/// The market's attribute ranges. They are declared, and never follow from the plans on offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ranges {
    /// The range of volumes, in Wh.
    pub volume: Range,
    /// The range of reputation, whose values are 0..=100.
    pub reputation: Range,
    /// The range of both coordinates, in metres.
    pub place: Range,
}

impl Ranges {
    /// The level of a volume.
    pub fn volume(&self, v: Energy) -> u8 {
        self.volume.quantise(v.get())
    }
    /// The level of a reputation.
    pub fn reputation(&self, r: Reputation) -> u8 {
        self.reputation.quantise(u64::from(r.get()))
    }
    /// The level of a coordinate.
    pub fn metres(&self, m: Metres) -> u8 {
        self.place.quantise(u64::from(m.get()))
    }
}

/// The rule by which a matched pair's price follows from ask and limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum PriceRule {
    /// The seller's ask.
    Ask = 0,
    /// The tick `floor((tick(ask) + tick(limit)) / 2)`.
    Midpoint = 1,
}

impl PriceRule {
    /// The tick of a match's price.
    pub fn tick(self, ask: Tick, limit: Tick) -> Tick {
        match self {
            PriceRule::Ask => ask,
            PriceRule::Midpoint => Tick::new((ask.get() + limit.get()) / 2).expect("a mean of ticks is a tick"),
        }
    }
}

impl Canonical for PriceRule {
    const SIZE: usize = 1;
    fn write(&self, out: &mut Vec<u8>) {
        out.push(*self as u8);
    }
    fn read(input: &mut Reader<'_>) -> Result<Self, Error> {
        match u8::read(input)? {
            0 => Ok(Self::Ask),
            1 => Ok(Self::Midpoint),
            _ => Err(Error::Encoding("price rule is 0 or 1")),
        }
    }
}

/// The parameters of a market, fixed for a cycle at its start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MarketParameters {
    /// The tick grid.
    pub grid: PriceGrid,
    /// The ranges by which attributes are quantised.
    pub ranges: Ranges,
    /// The deviation of a delivery that is tolerated, in parts of a thousand of the matched volume.
    pub tolerance: PerMille,
    /// The price rule of matches.
    pub price_rule: PriceRule,
    /// The greatest number of rounds in a cycle, 1..=255.
    pub max_rounds: u8,
    /// The feed-in tariff, at which the grid takes surplus.
    pub feed_in: Price,
    /// The retail tariff, at which the grid delivers.
    pub retail: Price,
}

impl MarketParameters {
    /// The digest `H_Parameters(first, step, least_lot, greatest_energy, rest)` of a cycle's
    /// parameters and terms, a public input of the relations that list plans.
    pub fn digest(&self, terms: &Terms) -> Fr {
        let opened = [self.grid.first.get(), self.grid.step.get(), terms.least_lot.get(), terms.greatest_energy.get()];
        let [first, step, least_lot, greatest_energy] = opened.map(Fr::from);
        hash(Tag::Parameters, &[first, step, least_lot, greatest_energy, self.rest_digest(terms)])
    }
    /// The digest of all parameters and terms, `rest` in [`Self::digest`]. No circuit opens it.
    pub fn rest_digest(&self, terms: &Terms) -> Fr {
        hash_to_field("veilgrid/parameters/1", &[self.to_bytes(), terms.to_bytes()].concat())
    }
}

impl Canonical for Range {
    const SIZE: usize = 8;
    fn write(&self, out: &mut Vec<u8>) {
        self.lo.write(out);
        self.hi.write(out);
    }
    fn read(input: &mut Reader<'_>) -> Result<Self, Error> {
        Range::new(u32::read(input)?, u32::read(input)?)
    }
}

impl Canonical for MarketParameters {
    const SIZE: usize = 2 * 8 + 3 * 8 + 2 + 1 + 1 + 2 * 8;
    fn write(&self, out: &mut Vec<u8>) {
        self.grid.first.write(out);
        self.grid.step.write(out);
        self.ranges.volume.write(out);
        self.ranges.reputation.write(out);
        self.ranges.place.write(out);
        self.tolerance.write(out);
        self.price_rule.write(out);
        self.max_rounds.write(out);
        self.feed_in.write(out);
        self.retail.write(out);
    }
    fn read(input: &mut Reader<'_>) -> Result<Self, Error> {
        let grid = PriceGrid::new(Price::read(input)?, Price::read(input)?)?;
        let ranges =
            Ranges { volume: Range::read(input)?, reputation: Range::read(input)?, place: Range::read(input)? };
        let tolerance = PerMille::read(input)?;
        let price_rule = PriceRule::read(input)?;
        let max_rounds = u8::read(input)?;
        if max_rounds == 0 {
            return Err(Error::Encoding("a market has at least one round"));
        }
        let (feed_in, retail) = (Price::read(input)?, Price::read(input)?);
        Ok(MarketParameters { grid, ranges, tolerance, price_rule, max_rounds, feed_in, retail })
    }
}
