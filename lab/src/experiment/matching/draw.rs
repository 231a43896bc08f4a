//! The records of the experiment (Ai 2021, section 3.5.1; `docs/sources.md`), drawn from a seed:
//! integers, the same everywhere.

use market::energy::is_clean;
use market::order_book::distance;
use market::seeded::Seeded;
use protocol::units::{Energy, EnergyType, Metres, Place, Price};

/// Sell records of a cycle.
pub const SELLS: usize = 1000;
/// Buy records of a cycle: 200 in each of five microgrids.
pub const BUYS: usize = 1000;
/// How many microgrids there are.
pub const MICROGRIDS: u64 = 5;
/// Largest distance of two users, in metres.
pub const REACH: u64 = 10_000;
/// Parts in a million: the unit in which weights, indices and shares are drawn.
pub const MILLION: u64 = 1_000_000;

/// A sell record. Prices are drawn to the micro-currency, energy to the Wh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SellRecord {
    /// Its type, each of the five with equal chance.
    pub energy_type: EnergyType,
    /// Its price: clean 0.5 to 0.6, fossil 0.4 to 0.5 a kWh.
    pub price: Price,
    /// The energy on offer, 10 to 50 kWh.
    pub supply: Energy,
}

impl SellRecord {
    /// Whether its energy counts as clean.
    pub fn clean(&self) -> bool {
        is_clean(self.energy_type)
    }
}

/// A buy record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BuyRecord {
    /// The price hoped for, 0.4 to 0.6 a kWh.
    pub price: Price,
    /// The energy that it needs, 10 to 20 kWh.
    pub demand: Energy,
    /// The type that it would like best, one of all five.
    pub energy_type: EnergyType,
    /// The type that it would like best, if only the four clean ones count.
    pub clean_type: EnergyType,
    /// The environmental index it hopes for, in parts in a million.
    pub environment: u64,
    /// The loss that it accepts, in parts in a million: at most 10 %.
    pub accepted_loss: u64,
    /// Its weights.
    pub weights: Weights,
}

/// A buyer's weights, each in parts in a million: 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weights {
    /// The weight of the price.
    pub price: u64,
    /// The weight of the volume.
    pub volume: u64,
    /// The weight of the environmental index.
    pub environment: u64,
    /// The weight of the loss.
    pub loss: u64,
    /// The weight of the energy type.
    pub energy_type: u64,
}

/// One cycle's records, in list order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Records {
    /// The sell records.
    pub sells: Vec<SellRecord>,
    /// The buy records.
    pub buys: Vec<BuyRecord>,
}

/// How many streams of the seed one run uses.
const STREAMS: u64 = 16;

impl Records {
    /// The records of run `run` of a seed.
    pub fn draw(seed: u64, run: u64) -> Records {
        let mut draw = Seeded::new(seed, run * STREAMS);
        let price = |draw: &mut Seeded, from: u64, to: u64| Price::new(draw.between(from, to)).expect("below 2^32");
        let energy = |draw: &mut Seeded, from: u64, to: u64| Energy::new(draw.between(from, to)).expect("below 2^32");
        let sells = (0..SELLS).map(|_| {
            let energy_type = EnergyType::ALL[draw.between(0, 4) as usize];
            let from = if is_clean(energy_type) { 500_000 } else { 400_000 };
            SellRecord {
                energy_type,
                price: price(&mut draw, from, from + 100_000),
                supply: energy(&mut draw, 10_000, 50_000),
            }
        });
        let sells = sells.collect();
        const CLEAN: [EnergyType; 4] = [EnergyType::Wind, EnergyType::Hydro, EnergyType::Solar, EnergyType::Biomass];
        let buys = (0..BUYS).map(|_| BuyRecord {
            price: price(&mut draw, 400_000, 600_000),
            demand: energy(&mut draw, 10_000, 20_000),
            energy_type: EnergyType::ALL[draw.between(0, 4) as usize],
            clean_type: CLEAN[draw.between(0, 3) as usize],
            environment: draw.between(0, MILLION),
            accepted_loss: draw.between(0, MILLION / 10),
            weights: Weights {
                price: draw.between(0, MILLION),
                volume: draw.between(0, MILLION),
                environment: draw.between(0, MILLION),
                loss: draw.between(0, MILLION),
                energy_type: draw.between(0, MILLION),
            },
        });
        Records { sells, buys: buys.collect() }
    }
}

/// Where users are: a reading, since the text says only how far apart at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Geometry {
    /// A square whose diagonal is 10 km.
    Square,
    /// A disc 10 km across.
    Disc,
    /// A feeder of 10 km.
    Line,
    /// Five microgrids, each a square of 1 km, their corners drawn in the square whose diagonal is
    /// 10 km.
    Microgrids,
    /// No places: the distance of each pair by itself, 0 to 10 km.
    Pairs,
}

impl Geometry {
    /// All geometries, the base first.
    pub const ALL: [Geometry; 5] =
        [Geometry::Square, Geometry::Disc, Geometry::Line, Geometry::Microgrids, Geometry::Pairs];
}

/// Side of the square whose diagonal is 10 km, in metres.
const SIDE: u64 = 7071;
/// Side of a microgrid, in metres.
const MICROGRID: u64 = 1000;

/// The places of all users.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Places {
    /// The sellers' places, by index of the sell record.
    pub sells: Vec<Place>,
    /// The buyers' places, by index of the buy record.
    pub buys: Vec<Place>,
}

/// How far users are from each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Distances {
    /// Where they are; None when distances are drawn pair by pair.
    pub places: Option<Places>,
    /// The distance of each pair in metres, one row for each buyer.
    rows: Vec<u16>,
}

impl Distances {
    /// The distances of a run in a geometry.
    pub fn draw(geometry: Geometry, seed: u64, run: u64) -> Distances {
        let mut draw = Seeded::new(seed, run * STREAMS + 1 + geometry as u64);
        if geometry == Geometry::Pairs {
            let rows = (0..SELLS * BUYS).map(|_| draw.between(0, REACH) as u16).collect();
            return Distances { places: None, rows };
        }
        let corners: Vec<(u64, u64)> =
            (0..MICROGRIDS).map(|_| (draw.between(0, SIDE - MICROGRID), draw.between(0, SIDE - MICROGRID))).collect();
        let mut place = |user: usize| {
            let (x, y) = match geometry {
                Geometry::Square => (draw.between(0, SIDE), draw.between(0, SIDE)),
                Geometry::Disc => loop {
                    let (x, y) = (draw.between(0, REACH), draw.between(0, REACH));
                    if x.abs_diff(REACH / 2).pow(2) + y.abs_diff(REACH / 2).pow(2) <= (REACH / 2).pow(2) {
                        break (x, y);
                    }
                },
                Geometry::Line => (draw.between(0, REACH), 0),
                Geometry::Microgrids | Geometry::Pairs => {
                    // Every fifth user is of the same microgrid.
                    let (x, y) = corners[user % corners.len()];
                    (x + draw.between(0, MICROGRID), y + draw.between(0, MICROGRID))
                }
            };
            let metres = |value: u64| Metres::new(value as u32).expect("at most 10 km");
            Place { x: metres(x), y: metres(y) }
        };
        let sells = (0..SELLS).map(&mut place).collect();
        let places = Places { sells, buys: (0..BUYS).map(place).collect() };
        // No two places are further apart than 10 km, so every distance fits.
        let row =
            |buyer: &Place| places.sells.iter().map(|seller| distance(*seller, *buyer) as u16).collect::<Vec<_>>();
        let rows = places.buys.iter().flat_map(row).collect();
        Distances { places: Some(places), rows }
    }

    /// The distance of a seller and a buyer in metres.
    pub fn metres(&self, seller: usize, buyer: usize) -> u64 {
        u64::from(self.rows[buyer * SELLS + seller])
    }

    /// A buyer's distances to all sellers, in metres.
    pub fn row(&self, buyer: usize) -> &[u16] {
        &self.rows[buyer * SELLS..][..SELLS]
    }

    /// Distances in which one pair is 10 km apart and all others are at one place.
    #[cfg(test)]
    pub fn one_far_pair(seller: usize, buyer: usize) -> Distances {
        let mut rows = vec![0; SELLS * BUYS];
        rows[buyer * SELLS + seller] = REACH as u16;
        Distances { places: None, rows }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_as_the_report_states_them() {
        let records = Records::draw(1, 0);
        assert_eq!(records, Records::draw(1, 0));
        assert_ne!(records, Records::draw(1, 1));
        assert_ne!(records, Records::draw(2, 0));
        assert_eq!((records.sells.len(), records.buys.len()), (1000, 1000));
        let clean = records.sells.iter().filter(|record| record.clean()).count();
        assert!((750..850).contains(&clean), "{clean}");
        for record in &records.sells {
            let prices = if record.clean() { 500_000..=600_000 } else { 400_000..=500_000 };
            assert!(prices.contains(&record.price.get()) && (10_000..=50_000).contains(&record.supply.get()));
        }
        for record in &records.buys {
            assert!((400_000..=600_000).contains(&record.price.get()));
            assert!((10_000..=20_000).contains(&record.demand.get()));
            assert!(record.accepted_loss <= 100_000 && is_clean(record.clean_type));
        }
    }

    #[test]
    fn nobody_is_further_apart_than_the_report_says_and_geometries_differ() {
        for geometry in Geometry::ALL {
            let distances = Distances::draw(geometry, 1, 0);
            let all = || (0..SELLS).flat_map(|s| (0..BUYS).step_by(7).map(move |b| (s, b)));
            let furthest = all().map(|(s, b)| distances.metres(s, b)).max().unwrap();
            let mean = all().map(|(s, b)| distances.metres(s, b) as f64).sum::<f64>() / all().count() as f64;
            assert!(furthest <= REACH, "{geometry:?}: {furthest}");
            // The known means: 0.5214 sides, 0.4527 diameters, a third, a half.
            let expected = match geometry {
                Geometry::Square => 3687.0,
                Geometry::Disc => 4527.0,
                Geometry::Line => 3333.0,
                Geometry::Pairs => 5000.0,
                Geometry::Microgrids => continue,
            };
            assert!((mean / expected - 1.0).abs() < 0.04, "{geometry:?}: {mean}");
        }
    }
}
