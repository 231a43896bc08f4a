//! The markets of the experiment, drawn uniformly from a seed (Ai 2021, section 4.4.1;
//! `docs/sources.md`).

use market::cmap::{Buyer, BuyerWeights, Pairs, Pool, Seller, SellerWeights, Stance, Terms};
use market::order_book::distance;
use market::seeded::Seeded;
use market::transport::Table;
use protocol::units::{Energy, EnergyType, Metres, Place, Price, Reputation};

/// Plans of each side.
pub const SIDE: usize = 500;
/// Lowest and highest price, micro-currency per kWh.
const PRICES: (u64, u64) = (302_300, 1_416_700);
/// Least and greatest volume, Wh.
const VOLUMES: (u64, u64) = (48_960, 453_620);
/// Side of the square in which everybody lives, metres.
const SQUARE: u64 = 51_100;
/// The distance from which on losses score nothing, metres.
const REACH: u64 = 15_000;
/// The weights of three attributes, per mille.
const WEIGHTS: [u16; 3] = [500, 300, 200];

/// Which attributes the users mind; the source does not say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attributes {
    /// All buyers price, loss, environment; all sellers price, demand, loss.
    First,
    /// Each three that are drawn, in the order drawn.
    Random,
}

/// A market: every pair may trade, and nobody refuses. The same seed and draw give the same market,
/// and the same plans whatever their users mind.
pub fn market(seed: u64, draw: u64, attributes: Attributes, side: usize) -> Pool {
    let mut plans = Seeded::new(seed, 2 * draw);
    let mut minds = Seeded::new(seed, 2 * draw + 1);
    let mut places = [Vec::new(), Vec::new()];
    let mut common = |of: usize| {
        let coordinate = |plans: &mut Seeded| Metres::new(plans.between(0, SQUARE) as u32).expect("within the square");
        let price = Price::new(plans.between(PRICES.0, PRICES.1)).expect("within its range");
        let volume = Energy::new(plans.between(VOLUMES.0, VOLUMES.1)).expect("within its range");
        let reputation = Reputation::new(plans.between(60, 100) as u8).expect("within its range");
        places[of].push(Place { x: coordinate(&mut plans), y: coordinate(&mut plans) });
        let energy_type = EnergyType::ALL[plans.between(0, 4) as usize];
        (price, volume, reputation, energy_type)
    };
    let sellers: Vec<Seller> = (0..side)
        .map(|_| {
            let (ask, volume, reputation, energy_type) = common(0);
            let [price, demand, loss, reputation_weight] = match attributes {
                Attributes::First => [WEIGHTS[0], WEIGHTS[1], WEIGHTS[2], 0],
                Attributes::Random => three_of(&mut minds),
            };
            let weights = SellerWeights { price, demand, loss, reputation: reputation_weight };
            Seller { ask, volume, energy_type, reputation, weights, stance: Stance::WILLING }
        })
        .collect();
    let buyers: Vec<Buyer> = (0..side)
        .map(|_| {
            let (limit, volume, reputation, wanted) = common(1);
            let [price, loss, environment, supply, energy_type, reputation_weight] = match attributes {
                Attributes::First => [WEIGHTS[0], WEIGHTS[1], WEIGHTS[2], 0, 0, 0],
                Attributes::Random => three_of(&mut minds),
            };
            let weights = BuyerWeights { price, supply, loss, energy_type, environment, reputation: reputation_weight };
            let wanted = (energy_type > 0).then_some(wanted);
            Buyer { limit, volume, wanted, reputation, weights, stance: Stance::WILLING }
        })
        .collect();
    let terms =
        Terms { price_min: PRICES.0, price_max: PRICES.1, reach: REACH, pairs: Pairs::All, side_weights: [1, 1] };
    let distances = Table::of(side, side, |buyer, seller| Some(distance(places[0][seller], places[1][buyer])));
    Pool { terms, sellers, buyers, distances }
}

/// The weights of attributes, three of which are drawn.
fn three_of<const N: usize>(minds: &mut Seeded) -> [u16; N] {
    let mut weights = [0; N];
    for weight in WEIGHTS {
        let mut left = minds.between(0, weights.iter().filter(|weight| **weight == 0).count() as u64 - 1);
        for of in weights.iter_mut().filter(|of| **of == 0) {
            if left == 0 {
                *of = weight;
                break;
            }
            left -= 1;
        }
    }
    weights
}
