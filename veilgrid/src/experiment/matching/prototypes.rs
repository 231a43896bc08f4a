//! K-prototypes matching on exact numbers, for the readings of the text that this program's market does not have: no
//! ticks, no levels, and buyers served one after another (seed 002, 3.3.1: in the order of their records), each sell
//! record listed again with its rest at once.

use super::draw::{Distances, Records, MILLION, REACH};
use super::measure::Deal;
use super::reading::{LossFilter, LossWish, PriceReading, Reading, Rest, Scaling, Sellers, Wishes};

/// Attributes: price, volume, environmental index, loss, type. The credit value is the same for all at the start, 100,
/// and so decides nothing.
pub const ATTRIBUTES: usize = 5;

/// Declared ranges, in the units of [`Differences`]: 0.2 of currency, 40 kWh, 1, 10 %, one mismatch.
const DECLARED: [f64; ATTRIBUTES] = [0.2, 40.0, 1.0, 10.0, 1.0];

/// Squared differences of a buyer and a seller, by attribute: (currency per kWh)^2, kWh^2, 1, percent^2, 0 or 1.
type Differences = [f64; ATTRIBUTES];

/// The reading's matching of a run.
pub fn prototypes(records: &Records, distances: &Distances, reading: &Reading) -> Vec<Deal> {
    let mut left: Vec<u64> = records.sells.iter().map(|record| record.supply.get()).collect();
    let mut deals = Vec::new();
    let mut candidates: Vec<(usize, Differences)> = Vec::with_capacity(left.len());
    for (buyer, record) in records.buys.iter().enumerate() {
        let mut need = record.demand.get();
        // A seller is taken at most once by a buyer: it is empty then, or the buyer has enough.
        let fits = |seller: usize| {
            let accepted = match reading.filter {
                LossFilter::TenPercent => MILLION / 10,
                LossFilter::Drawn => record.accepted_loss,
            };
            // 1 % a km is 10 parts in a million a metre.
            distances.metres(seller, buyer) * 10 <= accepted
                && (reading.price == PriceReading::Wish || records.sells[seller].price <= record.price)
        };
        candidates.clear();
        candidates.extend(
            (0..left.len())
                .filter(|seller| left[*seller] > 0 && fits(*seller))
                .map(|seller| (seller, differences(records, distances, reading, seller, buyer, left[seller]))),
        );
        while need > 0 {
            let Some(place) = best(&candidates, &scaled_weights(records, reading, buyer, &candidates)) else { break };
            // In list order still: the best of equals is the one listed first.
            let (seller, _) = candidates.remove(place);
            let sent = need.min(left[seller]);
            need -= sent;
            left[seller] = if reading.rest == Rest::Gone { 0 } else { left[seller] - sent };
            deals.push(Deal { seller, buyer, sent, price: records.sells[seller].price.get() });
            if reading.sellers == Sellers::One {
                break;
            }
        }
    }
    deals
}

fn differences(
    records: &Records,
    distances: &Distances,
    reading: &Reading,
    seller: usize,
    buyer: usize,
    left: u64,
) -> Differences {
    let (sell, buy) = (&records.sells[seller], &records.buys[buyer]);
    let squared = |wanted: f64, found: f64| (wanted - found) * (wanted - found);
    let (environment, energy_type) = match reading.wishes {
        Wishes::Drawn => (buy.environment as f64 / MILLION as f64, buy.energy_type),
        Wishes::Clean | Wishes::Indifferent => (1.0, buy.clean_type),
    };
    let loss = distances.metres(seller, buyer) as f64 * 10.0 / REACH as f64;
    let wished = match reading.wish {
        LossWish::None => 0.0,
        LossWish::Accepted => match reading.filter {
            LossFilter::TenPercent => 10.0,
            LossFilter::Drawn => buy.accepted_loss as f64 / 1e4,
        },
    };
    [
        squared(buy.price.get() as f64 / 1e6, sell.price.get() as f64 / 1e6),
        squared(buy.demand.get() as f64 / 1e3, left as f64 / 1e3),
        squared(environment, if sell.clean() { 1.0 } else { 0.0 }),
        squared(wished, loss),
        if sell.energy_type == energy_type { 0.0 } else { 1.0 },
    ]
}

/// A buyer's weights, over the scale of each attribute.
fn scaled_weights(
    records: &Records,
    reading: &Reading,
    buyer: usize,
    candidates: &[(usize, Differences)],
) -> [f64; ATTRIBUTES] {
    let weights = &records.buys[buyer].weights;
    let mut scaled = [weights.price, weights.volume, weights.environment, weights.loss, weights.energy_type]
        .map(|weight| weight as f64 / MILLION as f64);
    if reading.wishes == Wishes::Indifferent {
        (scaled[2], scaled[4]) = (0.0, 0.0);
    }
    for (attribute, weight) in scaled.iter_mut().enumerate() {
        let scale = match reading.scaling {
            Scaling::Raw => 1.0,
            Scaling::Declared => DECLARED[attribute] * DECLARED[attribute],
            Scaling::Candidates => candidates.iter().map(|(_, d)| d[attribute]).fold(0.0, f64::max),
        };
        // Where all candidates are alike there is nothing to weigh.
        *weight = if scale > 0.0 { *weight / scale } else { 0.0 };
    }
    scaled
}

/// The place of the candidate with the least dissimilarity, the first of equal ones.
fn best(candidates: &[(usize, Differences)], weights: &[f64; ATTRIBUTES]) -> Option<usize> {
    let score = |d: &Differences| d.iter().zip(weights).map(|(d, weight)| d * weight).sum::<f64>();
    let scores = candidates.iter().map(|(_, differences)| score(differences)).enumerate();
    let best = scores.fold(None, |best: Option<(usize, f64)>, (place, score)| match best {
        Some((_, least)) if least <= score => best,
        _ => Some((place, score)),
    });
    best.map(|(place, _)| place)
}
