//! Which published figures follow from the stated data, and which are impossible. This is
//! arithmetic on the figures and the ranges alone, so it holds for every reading.

use super::draw::{Records, REACH};
use super::measure::LOSS_PER_METRE;
use super::published::PUBLISHED;

/// A statement about a published figure, with the numbers that it rests on.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// A stable name, for machines.
    pub name: &'static str,
    /// The bound that the data give.
    pub bound: f64,
    /// The published figure that the bound is compared with.
    pub published: f64,
    /// The statement, in words.
    pub text: String,
}

/// The highest price of fossil energy, currency per kWh.
const FOSSIL_MOST: f64 = 0.5;

/// The findings, for records drawn as stated.
pub fn findings(runs: &[Records]) -> Vec<Finding> {
    let mean = |of: &dyn Fn(&Records) -> f64| runs.iter().map(of).sum::<f64>() / runs.len() as f64;
    let kwh = |wh: u64| wh as f64 / 1000.0;
    let fossil = |records: &Records| -> Vec<f64> {
        records.sells.iter().filter(|record| !record.clean()).map(|record| kwh(record.supply.get())).collect()
    };
    let [prototypes, auction] = PUBLISHED;
    let (apet, loss) = (auction.apet, auction.loss / 100.0);

    // For a given mean loss, the mean of 1 / (1 - loss) is greatest when every loss is either 0 or
    // the greatest possible.
    let greatest = REACH as f64 * LOSS_PER_METRE;
    let factor = 1.0 + loss / greatest * (1.0 / (1.0 - greatest) - 1.0);
    let at_ask = FOSSIL_MOST * factor;
    let one_price = apet / factor;
    let cheap_clean = mean(&|r: &Records| {
        r.sells.iter().filter(|s| s.clean() && (s.price.get() as f64) < one_price * 1e6).count() as f64
    });
    let once = mean(&|r: &Records| fossil(r).iter().map(|supply| supply.min(20.0)).sum());
    let supply = mean(&|r: &Records| fossil(r).iter().sum());
    let demand =
        mean(&|r: &Records| r.buys.iter().filter(|b| b.price.get() >= 500_000).map(|b| kwh(b.demand.get())).sum());
    let rate = mean(&|r: &Records| r.sells.iter().filter(|s| s.clean()).count() as f64 / r.sells.len() as f64);
    let asks =
        mean(&|r: &Records| r.sells.iter().map(|s| s.price.get() as f64 / 1e6).sum::<f64>() / r.sells.len() as f64);
    let clean_asks = mean(&|r: &Records| {
        let clean: Vec<f64> = r.sells.iter().filter(|s| s.clean()).map(|s| s.price.get() as f64 / 1e6).collect();
        clean.iter().sum::<f64>() / clean.len() as f64
    });
    let paid = prototypes.apet * (1.0 - prototypes.loss / 100.0);
    let share = prototypes.clean.0 / 100.0;
    let needed = (paid - (1.0 - share) * FOSSIL_MOST) / share;
    let served = prototypes.energy / 10.0;
    let all = mean(&|r: &Records| r.sells.iter().map(|s| kwh(s.supply.get())).sum());
    let finding = |name, bound: f64, published: f64, text: String| Finding { name, bound, published, text };
    vec![
        finding("clean-base-rate", 100.0 * rate, prototypes.clean.0, format!(
            "Clean share of K-prototypes, {} %: four of the five types are clean, so {:.1} % of the sell records are. \
             Choosing blindly gives the published figure.", prototypes.clean.0, 100.0 * rate)),
        finding("auction-apet-at-ask", at_ask, apet, format!(
            "Double auction, no clean energy and {} % lost: no fossil seller asks more than {FOSSIL_MOST}, so at the ask the APET is at \
             most {at_ask:.4}, below the published {apet} (taking the mean loss over trades for the published one over energy). Buyers \
             must have paid more than any seller asked.", auction.loss)),
        finding("auction-one-price", cheap_clean, 0.0, format!(
            "At one price for all, that price is at least {one_price:.4}; {cheap_clean:.0} clean records ask less and would have \
             been sold, so the clean share is not 0.")),
        finding("auction-once", once, auction.energy, format!(
            "Fossil records matched once each sell at most {once:.0} kWh to buyers of at most 20 kWh, below the published {}.",
            auction.energy)),
        finding("auction-rest", supply, auction.energy, format!(
            "With what is left listed again there are {supply:.0} kWh of fossil energy, and buyers who hope for 0.5 or more, above \
             every fossil ask, want {demand:.0} kWh: an auction sells all of it before it stops, not {} kWh. So the \
             auction's clean share, APET and energy cannot be had together.", auction.energy)),
        finding("prototypes-energy", 10.0, prototypes.energy / 1000.0, format!(
            "K-prototypes, {} kWh in 1000 purchases: {:.2} kWh each, though nobody needs less than 10. At most {served:.0} buyers got what \
             they needed, with {all:.0} kWh on offer.", prototypes.energy, prototypes.energy / 1000.0)),
        finding("prototypes-price", needed, clean_asks, format!(
            "K-prototypes, APET {} with {} % lost and {} % clean: buyers paid {paid:.4} for a kWh sent. Even with every fossil kWh at \
             {FOSSIL_MOST} the clean ones cost {needed:.4} in the mean, while clean sellers ask {clean_asks:.4} and all sellers {asks:.4}. \
             The matching would have to prefer dear sellers, though buyers hope for 0.5 in the mean.",
            prototypes.apet, prototypes.loss, prototypes.clean.0)),
    ]
}
