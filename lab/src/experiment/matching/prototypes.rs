//! K-prototypes matching on exact numbers, for the readings of the text that this program's market
//! does not have: no ticks, no levels, and buyers served one after another (Ai 2021, 3.3.1: in the
//! order of their records), each sell record listed again with its rest at once.

use super::draw::{BuyRecord, Distances, Records, SellRecord, MILLION};
use super::measure::Deal;
use super::reading::{LossFilter, LossWish, PriceReading, Reading, Rest, Scaling, Sellers, Wishes};
use protocol::units::EnergyType;

/// Attributes: price, volume, environmental index, loss, type. The credit value is the same for all
/// at the start, 100, and so decides nothing.
pub const ATTRIBUTES: usize = 5;

/// Declared ranges, in the units of [`Differences`]: 0.2 of currency, 40 kWh, 1, 10 %, one
/// mismatch.
const DECLARED: [f64; ATTRIBUTES] = [0.2, 40.0, 1.0, 10.0, 1.0];

/// Squared differences of a buyer and a seller, one for each attribute: (currency per kWh)^2,
/// kWh^2, 1, percent^2, 0 or 1.
type Differences = [f64; ATTRIBUTES];

/// The trades of a run, by a reading of K-prototypes.
pub fn prototypes(records: &Records, distances: &Distances, reading: &Reading) -> Vec<Deal> {
    let mut left: Vec<u64> = records.sells.iter().map(|record| record.supply.get()).collect();
    let mut deals = Vec::new();
    let mut candidates: Vec<(usize, Differences)> = Vec::with_capacity(left.len());
    for (buyer, record) in records.buys.iter().enumerate() {
        let wish = Wish::new(record, reading);
        let row = distances.row(buyer).iter().zip(&records.sells).zip(&left).enumerate();
        let fits = row.filter(|(_, ((metres, sell), left))| {
            // 1 % a kilometre is 10 parts in a million a metre.
            **left > 0
                && u64::from(**metres) * 10 <= wish.accepted
                && (reading.price == PriceReading::Wish || sell.price <= record.price)
                && (reading.wishes != Wishes::Required || sell.energy_type == wish.energy_type)
        });
        candidates.clear();
        candidates
            .extend(fits.map(|(seller, ((metres, sell), left))| (seller, wish.differences(sell, *metres, *left))));
        let mut need = record.demand.get();
        // A buyer takes a seller once at most: afterwards the seller is empty, or the buyer has
        // enough.
        while need > 0 {
            let Some(place) = best(&candidates, &scaled_weights(record, reading, &candidates)) else { break };
            // The candidates stay in list order: the best of equal ones is the one listed first.
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

/// What a buyer would like best, by a reading.
struct Wish {
    /// In currency per kWh.
    price: f64,
    /// In kWh.
    volume: f64,
    environment: f64,
    /// In percent.
    loss: f64,
    energy_type: EnergyType,
    /// The loss that it accepts, in parts in a million.
    accepted: u64,
}

impl Wish {
    fn new(record: &BuyRecord, reading: &Reading) -> Wish {
        let accepted = match reading.filter {
            LossFilter::TenPercent => MILLION / 10,
            LossFilter::Drawn => record.accepted_loss,
        };
        let (environment, energy_type) = match reading.wishes {
            Wishes::Drawn | Wishes::Required => (record.environment as f64 / MILLION as f64, record.energy_type),
            Wishes::Clean | Wishes::Indifferent => (1.0, record.clean_type),
        };
        let loss = match reading.wish {
            LossWish::None => 0.0,
            LossWish::Accepted => accepted as f64 / 1e4,
        };
        let (price, volume) = (record.price.get() as f64 / 1e6, record.demand.get() as f64 / 1e3);
        Wish { price, volume, environment, loss, energy_type, accepted }
    }

    fn differences(&self, sell: &SellRecord, metres: u16, left: u64) -> Differences {
        let squared = |wanted: f64, found: f64| (wanted - found) * (wanted - found);
        [
            squared(self.price, sell.price.get() as f64 / 1e6),
            squared(self.volume, left as f64 / 1e3),
            squared(self.environment, if sell.clean() { 1.0 } else { 0.0 }),
            squared(self.loss, f64::from(metres) / 1e3),
            if sell.energy_type == self.energy_type { 0.0 } else { 1.0 },
        ]
    }
}

/// A buyer's weights, each divided by the scale of its attribute.
fn scaled_weights(record: &BuyRecord, reading: &Reading, candidates: &[(usize, Differences)]) -> [f64; ATTRIBUTES] {
    let weights = &record.weights;
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
        // An attribute in which all candidates are alike has no weight.
        *weight = if scale > 0.0 { *weight / scale } else { 0.0 };
    }
    scaled
}

/// The index of the candidate with the least dissimilarity, the first of equal ones.
fn best(candidates: &[(usize, Differences)], weights: &[f64; ATTRIBUTES]) -> Option<usize> {
    let score = |d: &Differences| d.iter().zip(weights).map(|(d, weight)| d * weight).sum::<f64>();
    let scores = candidates.iter().map(|(_, differences)| score(differences)).enumerate();
    let best = scores.fold(None, |best: Option<(usize, f64)>, (place, score)| match best {
        Some((_, least)) if least <= score => best,
        _ => Some((place, score)),
    });
    best.map(|(place, _)| place)
}
