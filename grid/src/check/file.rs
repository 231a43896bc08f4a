//! The file of a check, and what it says.

use super::admit::Trade;
use super::feeder::{Feeder, Load, Shape};
use crate::network::Places;
use crate::refused::{At, Problem, Refused};
use crate::units::Power;
use protocol::units::Energy;

market::object! {
    /// A line of a feeder, as a file has it.
    LineFields {
        /// The bus nearer to the root.
        from: String,
        /// The bus that it feeds.
        to: String,
        /// Its resistance in milliohm.
        r: u64,
        /// Its reactance in milliohm.
        x: u64,
        /// The power in W that it carries at most in either direction; `null`: any.
        #[serde(deserialize_with = "market::json::nullable")]
        limit: Option<u64>,
    }
}

market::object! {
    /// What a bus takes out of a feeder, as a file has it.
    LoadFields {
        /// The bus.
        bus: String,
        /// Active power in W; negative: put in.
        p: i64,
        /// Reactive power in var.
        q: i64,
    }
}

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

impl Feeder {
    /// What each bus takes out: entries of a file, summed by bus. `list` is the field that they are
    /// in. Errors: [`Problem::UnknownBus`], [`Problem::Bounds`].
    pub fn loads(&self, entries: &[LoadFields], list: &str) -> Result<Vec<Load>, Refused> {
        let mut loads = vec![Load::default(); self.buses().count()];
        for (index, entry) in entries.iter().enumerate() {
            let bus = self.buses().index(&entry.bus, || format!("{list}[{index}].bus"))?;
            let active = Power::new(entry.p).at(|| format!("{list}[{index}].p"))?;
            let reactive = Power::new(entry.q).at(|| format!("{list}[{index}].q"))?;
            loads[bus] += Load { active: active.get().into(), reactive: reactive.get().into() };
        }
        Ok(loads)
    }
}
