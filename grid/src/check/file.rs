//! The file of a check, and what it says.

use super::admit::Trade;
use super::feeder::{Feeder, Load, Shape};
use super::fields::{LineFields, LoadFields};
use crate::network::Places;
use crate::refused::{At, Problem, Refused};
use protocol::units::Energy;

market::object! {
    /// A trade between two households, as a file has it.
    TradeFields {
        seller: String,
        buyer: String,
        wh: u64,
    }
}

market::object! {
    /// The whole file.
    Fields {
        format: String,
        cycle_seconds: u64,
        root_mv: u64,
        v_min_mv: u64,
        v_max_mv: u64,
        buses: Vec<String>,
        lines: Vec<LineFields>,
        base: Vec<LoadFields>,
        #[serde(deserialize_with = "market::json::table")]
        places: Vec<(String, String)>,
        trades: Vec<TradeFields>,
    }
}

/// A trade with the households' names.
pub(super) struct Named {
    pub(super) seller: String,
    pub(super) buyer: String,
    pub(super) trade: Trade,
}

/// What a file says.
pub(super) struct Case {
    pub(super) feeder: Feeder,
    /// What each bus takes out without the trades: several entries of a bus are summed.
    pub(super) base: Vec<Load>,
    pub(super) trades: Vec<Named>,
}

impl Case {
    pub(super) fn read(bytes: &[u8]) -> Result<Case, Refused> {
        let fields: Fields = market::json::read(bytes)?;
        let feeder = Feeder::new(Shape {
            cycle_seconds: fields.cycle_seconds,
            root_mv: fields.root_mv,
            v_min_mv: fields.v_min_mv,
            v_max_mv: fields.v_max_mv,
            buses: fields.buses,
            lines: fields.lines,
        })?;
        let base = feeder.loads(&fields.base, "base")?;
        let places = Places::new(feeder.buses(), fields.places)?;
        let mut trades = Vec::with_capacity(fields.trades.len());
        for (index, trade) in fields.trades.into_iter().enumerate() {
            let path = |field: &str| format!("trades[{index}].{field}");
            let bus = |household: &str, field: &str| {
                let unknown = || Refused::at(path(field), Problem::UnknownHousehold(household.to_string()));
                places.of(household).ok_or_else(unknown)
            };
            let (seller, buyer) = (bus(&trade.seller, "seller")?, bus(&trade.buyer, "buyer")?);
            let energy = Energy::new(trade.wh).at(|| path("wh"))?;
            trades.push(Named { seller: trade.seller, buyer: trade.buyer, trade: Trade { seller, buyer, energy } });
        }
        Ok(Case { feeder, base, trades })
    }
}
