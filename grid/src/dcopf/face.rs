//! All prices that are consistent with a dispatch, and the one among them that is reported.
//!
//! A served offer wants a price of at least its ask, one with power left a price of at most its ask;
//! bids the reverse. A price differs from bus to bus only by what lines at their limits are worth.
//! The price vectors that satisfy all this are a polyhedron, the optimal face. It has as many
//! coordinates as there are lines at their limits, and one more: the first bus's price. Plans that
//! are served in part fix most of them.

mod reduced;
mod walk;

use super::dispatch::Dispatch;
use super::{Network, Ptdf};
use reduced::Reduced;

/// The prices of a bus that are consistent with the dispatch, in micro-currency per kWh.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// The least: what the last W at the bus is worth. None: there is none.
    pub low: Option<f64>,
    /// The greatest: what the next W at the bus costs. None: there is none.
    pub high: Option<f64>,
    /// The reported price. None: neither end exists.
    pub price: Option<f64>,
}

/// What a line at its limit is worth: the fall of cost for each W more of its limit.
#[derive(Clone, Copy, Debug)]
pub(super) struct Worth {
    /// Index of the line.
    pub line: usize,
    /// In micro-currency per kWh; not negative.
    pub worth: f64,
}

/// The optimal face: prices are `rows · y`, with y the first bus's price and the worths of lines.
#[derive(Clone, Debug)]
pub(super) struct Face {
    /// One for each bus.
    buses: Vec<Form>,
    /// The lines at their limits, with the sign of the flow; zero where the limit is zero.
    lines: Vec<(usize, f64)>,
}

/// A bus's price as a sum over the coordinates, and the bounds that its plans set.
#[derive(Clone, Debug)]
struct Form {
    row: Vec<f64>,
    low: f64,
    high: f64,
}

impl Face {
    /// None: the plans of a bus contradict each other, so the dispatch is not best.
    pub fn of(network: &Network, ptdf: &Ptdf, dispatch: &Dispatch) -> Option<Face> {
        let lines: Vec<(usize, f64)> = dispatch
            .binding
            .iter()
            .map(|&line| match network.lines[line].limit {
                Some(limit) if limit.get() > 0 => (line, dispatch.flows[line].signum()),
                _ => (line, 0.0),
            })
            .collect();
        let mut buses: Vec<Form> = (0..network.buses.count())
            .map(|bus| {
                let row = std::iter::once(1.0).chain(lines.iter().map(|(line, _)| -ptdf.line(*line)[bus]));
                Form { row: row.collect(), low: f64::NEG_INFINITY, high: f64::INFINITY }
            })
            .collect();
        for (plan, used) in network.plans.offers.iter().zip(&dispatch.sold) {
            buses[plan.bus].within(plan.price.get() as f64, used.some, used.left);
        }
        for (plan, used) in network.plans.bids.iter().zip(&dispatch.bought) {
            buses[plan.bus].within(plan.price.get() as f64, used.left, used.some);
        }
        buses.iter().all(|bus| bus.low <= bus.high).then_some(Face { buses, lines })
    }

    /// Each bus's prices, and what each line at its limit is worth at the reported prices. None: the
    /// face is empty, so the dispatch is not best, or a walk is lost.
    pub fn prices(&self) -> Option<(Vec<Interval>, Vec<Worth>)> {
        let (ends, nearest) = Reduced::of(self)?.prices()?;
        let prices = self.buses.iter().zip(&ends).map(|(bus, (low, high))| {
            let bounded = low.is_some() || high.is_some();
            let price = crate::span::dot(&bus.row, &nearest);
            // Rounding does not lead out of the interval.
            let price =
                price.clamp(low.unwrap_or(f64::NEG_INFINITY), high.unwrap_or(f64::INFINITY).max(low.unwrap_or(price)));
            Interval { low: *low, high: *high, price: bounded.then_some(price) }
        });
        let worths = self.lines.iter().zip(&nearest[1..]).map(|(&(line, _), worth)| Worth { line, worth: worth.abs() });
        Some((prices.collect(), worths.collect()))
    }
}

impl Form {
    fn within(&mut self, price: f64, at_least: bool, at_most: bool) {
        if at_least {
            self.low = self.low.max(price);
        }
        if at_most {
            self.high = self.high.min(price);
        }
    }
}
