//! A scenario in the form of its file: fields, names and JSON types. The module `check` checks the
//! numbers.

use super::refused::{Problem, Refused};
use crate::json::{self, pair, present, Fault, Unread};
use crate::{object, words};
use protocol::terms;
use protocol::units;
use serde::Serialize;

object! {
    /// The whole file.
    File {
        /// `veilgrid-scenario/1`.
        format: String,
        /// The market's parameters.
        market: Market,
        /// The households.
        households: Vec<Household>,
        /// The cycles.
        cycles: Vec<Cycle>,
    }
}
object! {
    /// The market's parameters.
    Market {
        /// Tolerated deviation, per mille.
        tolerance_permille: u64,
        /// How a match's price is set.
        price_rule: PriceRule,
        /// Most rounds of a cycle.
        max_rounds: u64,
        /// Price that the grid pays for surplus, micro-currency per kWh.
        feed_in: u64,
        /// Price that the grid takes for shortfall, micro-currency per kWh.
        retail: u64,
        /// The ticks.
        price_grid: PriceGrid,
        /// The attributes' ranges.
        ranges: Ranges,
        /// Deviation penalty, micro-currency per kWh. Default: none.
        #[serde(default, skip_serializing_if = "is_none")]
        penalty: u64,
        /// Least volume of a plan, Wh. Default: 1.
        #[serde(default = "least_lot", skip_serializing_if = "is_least_lot")]
        least_lot: u64,
        /// Greatest energy of a household in a cycle, Wh. Default: 12500.
        #[serde(default = "greatest_energy", skip_serializing_if = "is_greatest_energy")]
        greatest_energy: u64,
        /// Who bears an imbalance. Default: the operator.
        #[serde(default = "operator", skip_serializing_if = "is_operator")]
        imbalance: Imbalance,
    }
}
object! {
    /// The ticks: `first + step * tick`.
    PriceGrid {
        /// Price of tick 0.
        first: u64,
        /// Difference of neighbouring ticks.
        step: u64,
    }
}
object! {
    /// Declared ranges, each `[lo, hi]`.
    Ranges {
        /// Of volumes, Wh.
        #[serde(deserialize_with = "pair")]
        volume: [u64; 2],
        /// Of reputations.
        #[serde(deserialize_with = "pair")]
        reputation: [u64; 2],
        /// Of both coordinates, metres.
        #[serde(deserialize_with = "pair")]
        place: [u64; 2],
    }
}
object! {
    /// A household.
    Household {
        /// Its id.
        id: String,
        /// East, metres.
        x: u64,
        /// North, metres.
        y: u64,
        /// Reputation at the start, 0 to 100.
        reputation: u64,
        /// Balance at the start, nano-currency.
        balance: u64,
    }
}
object! {
    /// A cycle.
    Cycle {
        /// Its number.
        cycle: u64,
        /// When it starts, for people: `2025-06-10T12:00:00Z`.
        #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
        starts: Option<String>,
        /// The grid's prices in this cycle, in place of the market's.
        #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
        tariff: Option<Tariff>,
        /// Its plans, in list order.
        plans: Vec<Plan>,
        /// Metered energy that no plan of the cycle covers, at most one for each household.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        unplanned: Vec<Unplanned>,
    }
}
object! {
    /// The grid's prices in a cycle.
    Tariff {
        /// Price that the grid pays for surplus, micro-currency per kWh.
        feed_in: u64,
        /// Price that the grid takes for shortfall, micro-currency per kWh.
        retail: u64,
    }
}
object! {
    /// Metered energy of a household that no plan covers.
    Unplanned {
        /// Id of the household.
        household: String,
        /// Energy injected, Wh.
        injected: u64,
        /// Energy consumed, Wh.
        consumed: u64,
    }
}
object! {
    /// A plan of either side.
    Plan {
        /// Id of the household.
        household: String,
        /// Sell or buy.
        side: Side,
        /// Sell: energy type.
        #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
        energy_type: Option<EnergyType>,
        /// Sell: energy generated, Wh.
        #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
        generated: Option<u64>,
        /// Volume, Wh.
        volume: u64,
        /// Sell: the ask, micro-currency per kWh.
        #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
        price: Option<u64>,
        /// Buy: the limit, micro-currency per kWh.
        #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
        limit: Option<u64>,
        /// Sell: the meter's reading, Wh.
        #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
        injected: Option<u64>,
        /// Buy: the meter's reading, Wh.
        #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
        consumed: Option<u64>,
        /// How its household answers a match.
        confirm: Confirm,
        /// Buy: the ideal offer.
        #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
        wanted: Option<Wanted>,
        /// Buy: how much a difference in each attribute counts.
        #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
        weights: Option<Weights>,
    }
}
object! {
    /// The ideal offer.
    Wanted {
        /// Price, micro-currency per kWh.
        price: u64,
        /// Volume, Wh.
        volume: u64,
        /// Reputation.
        reputation: u64,
        /// East, metres.
        x: u64,
        /// North, metres.
        y: u64,
    }
}
object! {
    /// Weights, 0..=15 each.
    Weights {
        /// Of the price.
        price: u64,
        /// Of the volume.
        volume: u64,
        /// Of the reputation.
        reputation: u64,
        /// Of the place.
        place: u64,
        /// Of each energy type.
        types: Types,
    }
}
object! {
    /// A weight for each energy type.
    Types {
        /// Wind.
        wind: u64,
        /// Hydro.
        hydro: u64,
        /// Fossil.
        fossil: u64,
        /// Solar.
        solar: u64,
        /// Biomass.
        biomass: u64,
    }
}
words! {
    /// How a match's price is set.
    PriceRule {
        /// The ask.
        Ask = "ask",
        /// Between ask and limit.
        Midpoint = "midpoint",
    }
}
words! {
    /// Who bears an imbalance.
    Imbalance {
        /// The operator of the market.
        Operator = "operator",
        /// The household.
        Household = "household",
    }
}
words! {
    /// A plan's side.
    Side {
        /// Sells.
        Sell = "sell",
        /// Buys.
        Buy = "buy",
    }
}
words! {
    /// How a household answers a match.
    Confirm {
        /// Confirmed.
        Yes = "yes",
        /// Refused.
        Refuse = "refuse",
    }
}
words! {
    /// Energy types.
    EnergyType {
        /// Wind.
        Wind = "wind",
        /// Hydro.
        Hydro = "hydro",
        /// Fossil.
        Fossil = "fossil",
        /// Solar.
        Solar = "solar",
        /// Biomass.
        Biomass = "biomass",
    }
}

impl From<EnergyType> for units::EnergyType {
    fn from(of: EnergyType) -> units::EnergyType {
        match of {
            EnergyType::Wind => units::EnergyType::Wind,
            EnergyType::Hydro => units::EnergyType::Hydro,
            EnergyType::Fossil => units::EnergyType::Fossil,
            EnergyType::Solar => units::EnergyType::Solar,
            EnergyType::Biomass => units::EnergyType::Biomass,
        }
    }
}

fn is_none(penalty: &u64) -> bool {
    *penalty == 0
}

fn least_lot() -> u64 {
    terms::LEAST_LOT
}

fn is_least_lot(lot: &u64) -> bool {
    *lot == terms::LEAST_LOT
}

fn greatest_energy() -> u64 {
    terms::GREATEST_ENERGY
}

fn is_greatest_energy(energy: &u64) -> bool {
    *energy == terms::GREATEST_ENERGY
}

fn operator() -> Imbalance {
    Imbalance::Operator
}

fn is_operator(imbalance: &Imbalance) -> bool {
    *imbalance == Imbalance::Operator
}

impl File {
    /// Reads the JSON. Errors: [`Problem::Syntax`], and
    /// [`Problem::Shape`] with the path of the field.
    pub fn parse(bytes: &[u8]) -> Result<File, Refused> {
        Ok(json::read(bytes)?)
    }

    /// The JSON, with one line for each household, each plan and each household's unplanned energy.
    pub fn to_json(&self) -> String {
        fn compact<T: Serialize>(value: &T) -> String {
            serde_json::to_string(value).expect("structs of strings and integers are JSON")
        }
        fn lines<T: Serialize>(values: &[T]) -> String {
            values.iter().map(compact).collect::<Vec<_>>().join(",\n  ")
        }
        let cycles: Vec<String> = (self.cycles.iter())
            .map(|cycle| {
                let mut fields = vec![format!("\"cycle\":{}", cycle.cycle)];
                fields.extend(cycle.starts.as_ref().map(|starts| format!("\"starts\":{}", compact(starts))));
                fields.extend(cycle.tariff.as_ref().map(|tariff| format!("\"tariff\":{}", compact(tariff))));
                fields.push(format!("\"plans\":[\n  {}\n ]", lines(&cycle.plans)));
                if !cycle.unplanned.is_empty() {
                    fields.push(format!("\"unplanned\":[\n  {}\n ]", lines(&cycle.unplanned)));
                }
                format!("{{{}}}", fields.join(","))
            })
            .collect();
        format!(
            "{{\"format\":{},\n \"market\":{},\n \"households\":[\n  {}\n ],\n \"cycles\":[{}]}}\n",
            compact(&self.format),
            compact(&self.market),
            lines(&self.households),
            cycles.join(",\n ")
        )
    }
}

impl From<Unread> for Refused {
    fn from(unread: Unread) -> Refused {
        let problem = match unread.fault {
            Fault::Syntax => Problem::Syntax(unread.message),
            Fault::Shape => Problem::Shape(unread.message),
        };
        Refused { path: unread.path, problem }
    }
}
