//! The measures of Ai 2021, section 4.4 (`docs/sources.md`). Floats are for measures only.

use super::clear::{Cleared, Deal};
use market::cmap::Pool;
use market::energy::is_clean;

/// A match below this satisfaction counts as refused.
pub const REFUSED_BELOW: f64 = 0.43;

/// The measures of a cleared market. `NaN` where nothing was traded.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measures {
    /// Energy matched, kWh.
    pub energy: f64,
    /// The sum over matches of kWh times satisfaction.
    pub objective: f64,
    /// How many matches.
    pub matches: f64,
    /// Mean satisfaction of a match, from 0 to 1; the mean of both sides.
    pub satisfaction: f64,
    /// Mean satisfaction of the most satisfied tenth.
    pub top: f64,
    /// Mean satisfaction of the least satisfied tenth.
    pub bottom: f64,
    /// Matches whose satisfaction is below [`REFUSED_BELOW`], of all: 0 to 1.
    pub refused: f64,
    /// Matches whose limit is below the ask, of all: 0 to 1.
    pub below_ask: f64,
    /// What the buyers' and the sellers' side got of its own optimum.
    pub of_own_optimum: [f64; 2],
    /// Mean over matches of the price halfway between ask and limit, currency per kWh.
    pub price: f64,
    /// Mean distance over matches, km.
    pub km: f64,
    /// Clean energy, of all energy: 0 to 1.
    pub clean: f64,
}

impl Measures {
    /// Measures a cleared market.
    pub fn of(pool: &Pool, cleared: &Cleared) -> Measures {
        let deals = &cleared.deals;
        let count = deals.len() as f64;
        let sum = |of: &dyn Fn(&Deal) -> f64| deals.iter().map(of).sum::<f64>();
        let kwh = |deal: &Deal| deal.volume as f64 / 1000.0;
        let energy = sum(&kwh);
        let price =
            |deal: &Deal| (pool.sellers[deal.seller].ask.get() + pool.buyers[deal.buyer].limit.get()) as f64 / 2e6;
        let metres = |deal: &Deal| pool.distances[(deal.buyer, deal.seller)].unwrap_or(0) as f64;
        let clean = |deal: &Deal| if is_clean(pool.sellers[deal.seller].energy_type) { kwh(deal) } else { 0.0 };
        let below_ask = |deal: &&Deal| pool.buyers[deal.buyer].limit < pool.sellers[deal.seller].ask;
        let mut satisfactions: Vec<f64> = deals.iter().map(|deal| deal.satisfaction).collect();
        satisfactions.sort_by(f64::total_cmp);
        let tenth = deals.len().div_ceil(10);
        let mean = |of: &[f64]| of.iter().sum::<f64>() / of.len() as f64;
        Measures {
            energy,
            objective: sum(&|deal| kwh(deal) * deal.satisfaction),
            matches: count,
            satisfaction: mean(&satisfactions),
            top: mean(&satisfactions[deals.len() - tenth..]),
            bottom: mean(&satisfactions[..tenth]),
            refused: satisfactions.iter().filter(|satisfaction| **satisfaction < REFUSED_BELOW).count() as f64 / count,
            below_ask: deals.iter().filter(below_ask).count() as f64 / count,
            of_own_optimum: cleared.of_own_optimum.unwrap_or([f64::NAN; 2]),
            price: sum(&price) / count,
            km: sum(&metres) / count / 1000.0,
            clean: sum(&clean) / energy,
        }
    }
}
