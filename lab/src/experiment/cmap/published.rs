//! The published figures of Ai 2021, section 4.4 (`docs/sources.md`), each with the range that a
//! reading of its text by the letter gives.
//!
//! The ranges were found on two or three draws by a program that is independent of this one. They
//! were there before this experiment was written, and nothing in it was chosen by them.

use super::clear::Mechanism;
use super::found::Run;

/// What a measure should come to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Stated {
    /// It lies between the two.
    Within(f64, f64),
    /// It is near a figure: a percentage within two points of it, anything else within 5 %.
    Near(f64),
    /// Nothing is stated.
    Nothing,
}

/// Whether what is stated is met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Met {
    /// The mean over the draws lies in the range.
    Yes,
    /// The mean lies outside, but the range of the draws and the stated one have something in
    /// common.
    BySome,
    /// Every draw lies on the same side of the range.
    No,
    /// Nothing is stated.
    NothingStated,
}

impl Met {
    /// The word in tables and JSON.
    pub const fn word(self) -> &'static str {
        match self {
            Met::Yes => "yes",
            Met::BySome => "by some draws",
            Met::No => "no",
            Met::NothingStated => "-",
        }
    }
}

/// A measure of a run, its unit, its published figure, and what it should come to.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// What is measured.
    pub name: &'static str,
    /// Its key in the JSON.
    pub key: &'static str,
    /// Its unit. A percentage is near a figure by points.
    pub unit: &'static str,
    /// Decimals in tables.
    pub decimals: usize,
    /// What the report published.
    pub published: f64,
    /// What it should come to where all of a side mind the same, and where each minds what was drawn.
    pub stated: [Stated; 2],
    /// The measure.
    pub(super) of: fn(&Run) -> f64,
}

impl Row {
    /// The least and the greatest that meet what is stated.
    pub fn range(&self, attributes: usize) -> Option<(f64, f64)> {
        match self.stated[attributes] {
            Stated::Within(least, most) => Some((least, most)),
            Stated::Near(figure) if self.unit == "%" => Some((figure - 2.0, figure + 2.0)),
            Stated::Near(figure) => Some((0.95 * figure, 1.05 * figure)),
            Stated::Nothing => None,
        }
    }

    /// Whether the draws meet what is stated, by their mean, least and greatest.
    pub fn met(&self, attributes: usize, (mean, least, greatest): (f64, f64, f64)) -> Met {
        match self.range(attributes) {
            None => Met::NothingStated,
            Some((low, high)) if (low..=high).contains(&mean) => Met::Yes,
            Some((low, high)) if least <= high && greatest >= low => Met::BySome,
            Some(_) => Met::No,
        }
    }
}

fn cmap(run: &Run) -> &super::Measures {
    &run.measures[0]
}

fn of(run: &Run, mechanism: Mechanism) -> &super::Measures {
    &run.measures[Mechanism::ALL.iter().position(|other| *other == mechanism).expect("every mechanism was played")]
}

/// How much more CMAP has than another, in percent.
fn above(run: &Run, mechanism: Mechanism, measure: fn(&super::Measures) -> f64) -> f64 {
    100.0 * (measure(cmap(run)) / measure(of(run, mechanism)) - 1.0)
}

const fn row(
    (name, key): (&'static str, &'static str),
    (unit, decimals): (&'static str, usize),
    published: f64,
    stated: [Stated; 2],
    of: fn(&Run) -> f64,
) -> Row {
    Row { name, key, unit, decimals, published, stated, of }
}

use Stated::{Near, Nothing, Within};

/// All measures, in the order of the tables.
pub const ROWS: [Row; 18] = [
    row(
        ("energy above one-to-one by satisfaction", "energy_above_one_to_one"),
        ("%", 2),
        25.34,
        [Within(6.0, 20.0), Within(6.0, 20.0)],
        |run| above(run, Mechanism::OneToOne, |of| of.energy),
    ),
    row(
        ("objective above one-to-one by satisfaction", "objective_above_one_to_one"),
        ("%", 2),
        27.18,
        [Within(7.0, 18.0), Within(7.0, 18.0)],
        |run| above(run, Mechanism::OneToOne, |of| of.objective),
    ),
    row(
        ("energy above one-to-one by satisfaction x energy", "energy_above_one_to_one_by_energy"),
        ("%", 2),
        25.34,
        [Within(2.0, 3.0), Within(2.0, 3.0)],
        |run| above(run, Mechanism::OneToOneByEnergy, |of| of.energy),
    ),
    row(
        ("objective above one-to-one by satisfaction x energy", "objective_above_one_to_one_by_energy"),
        ("%", 2),
        27.18,
        [Within(4.0, 6.0), Within(4.0, 6.0)],
        |run| above(run, Mechanism::OneToOneByEnergy, |of| of.objective),
    ),
    row(("satisfaction, mean", "satisfaction"), ("", 3), 0.70, [Near(0.70), Within(0.79, 0.83)], |run| {
        cmap(run).satisfaction
    }),
    row(("satisfaction, top tenth", "satisfaction_top"), ("", 3), 0.90, [Near(0.89), Near(0.93)], |run| cmap(run).top),
    row(("satisfaction, bottom tenth", "satisfaction_bottom"), ("", 3), 0.43, [Near(0.44), Near(0.64)], |run| {
        cmap(run).bottom
    }),
    row(("buyers, of their own optimum", "buyers_of_optimum"), ("%", 2), 94.24, [Near(94.3), Nothing], |run| {
        100.0 * cmap(run).of_own_optimum[0]
    }),
    row(("sellers, of their own optimum", "sellers_of_optimum"), ("%", 2), 96.44, [Near(95.5), Nothing], |run| {
        100.0 * cmap(run).of_own_optimum[1]
    }),
    row(("matches", "matches"), ("", 0), 937.0, [Near(985.0), Nothing], |run| cmap(run).matches),
    row(("refused below 0.43", "refused"), ("%", 2), 3.00, [Near(3.8), Nothing], |run| 100.0 * cmap(run).refused),
    row(("price", "price"), ("currency per kWh", 3), 0.87, [Near(0.87), Nothing], |run| cmap(run).price),
    row(("distance", "km"), ("km", 2), 5.0, [Near(4.0), Nothing], |run| cmap(run).km),
    row(("clean energy", "clean"), ("%", 2), 79.70, [Near(83.0), Nothing], |run| 100.0 * cmap(run).clean),
    row(("high-low: matches", "high_low_matches"), ("", 0), 239.0, [Near(257.0), Near(257.0)], |run| {
        of(run, Mechanism::HighLow).matches
    }),
    row(("high-low: price", "high_low_price"), ("currency per kWh", 3), 0.84, [Near(0.86), Near(0.86)], |run| {
        of(run, Mechanism::HighLow).price
    }),
    row(("high-low: distance", "high_low_km"), ("km", 2), 26.4, [Near(26.2), Near(26.2)], |run| {
        of(run, Mechanism::HighLow).km
    }),
    row(("high-low: clean energy", "high_low_clean"), ("%", 2), 73.90, [Near(80.0), Near(80.0)], |run| {
        100.0 * of(run, Mechanism::HighLow).clean
    }),
];

/// What of the experiment cannot be repeated, and why.
pub const NOT_REPEATED: [&str; 5] = [
    "The report does not say from which distance on a loss scores nothing (its R_max), which attributes its users \
     mind, how many runs it made, or what the one-to-one method does that it compares itself with (its reference \
     132). Each moves the figures: the two one-to-one methods here differ by some 10 percentage points.",
    "937 matches need 63 plans of the side that is not served in full to have energy left over. With 500 plans a \
     side, an optimum at a corner of the program has 1000 matches less the plans with a rest, and the stated draws \
     leave a rest with some 15 to 20.",
    "73.90 % of clean energy under the high-low rule cannot come from the stated draws but by chance: the rule is \
     blind to types, and four types of five are clean, so that its share is 80 % give or take what few matches do.",
    "The report's own formulas 4.21 and 4.22 have the wrong sign. Followed by the letter they look for the least \
     satisfied users, and cannot have given the published satisfaction.",
    "The report matches buyers below the ask too. The table shows how many matches here have a limit below the ask, \
     so that one side of them loses by the price. A file's `willing` excludes them.",
];
