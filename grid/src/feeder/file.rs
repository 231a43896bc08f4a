//! The format `veilgrid-grid-feeder/1`.

use super::{Feeder, Line, Load};
use crate::network::{Buses, Radial};
use crate::plans::{BidFile, OfferFile, Plans};
use crate::refused::{At, Problem, Refused};
use crate::units::{self, Milliohms, Millivolts, Power};
use market::json::nullable;

market::object! {
    /// A line of the file.
    LineFile {
        /// The bus nearer to the root.
        from: String,
        /// The bus that it feeds.
        to: String,
        /// Resistance in milliohm.
        r: u64,
        /// Reactance in milliohm.
        x: u64,
        /// Most flow in W; `null` for none.
        #[serde(deserialize_with = "nullable")]
        limit: Option<u64>,
    }
}

market::object! {
    /// A load of the file.
    LoadFile {
        /// Where it is.
        bus: String,
        /// Active power in W.
        p: i64,
        /// Reactive power in var.
        q: i64,
    }
}

market::object! {
    /// The file.
    File {
        /// Its format.
        format: String,
        /// Voltage that losses are reckoned with, in mV.
        nominal_mv: u64,
        /// Voltage of the root, in mV.
        root_mv: u64,
        /// Least voltage, in mV.
        v_min_mv: u64,
        /// Greatest voltage, in mV.
        v_max_mv: u64,
        /// The grid's price at the root, in micro-currency per kWh.
        grid_price: u64,
        /// Whether losses cost anything.
        losses: bool,
        /// Names of the buses; the first is the root.
        buses: Vec<String>,
        /// The lines.
        lines: Vec<LineFile>,
        /// The loads.
        loads: Vec<LoadFile>,
        /// The offers.
        offers: Vec<OfferFile>,
        /// The bids.
        bids: Vec<BidFile>,
    }
}

pub(super) fn read(bytes: &[u8]) -> Result<Feeder, Refused> {
    let file: File = market::json::read(bytes)?;
    let volts = |value: u64, field: &str| Millivolts::new(value).at(|| field.to_string());
    let nominal = volts(file.nominal_mv, "nominal_mv")?;
    if nominal.get() == 0 {
        let most = Millivolts::MOST.get().into();
        return Err(Refused::at("nominal_mv", Problem::Bounds { value: 0, least: 1, most }));
    }
    let (root, least) = (volts(file.root_mv, "root_mv")?, volts(file.v_min_mv, "v_min_mv")?);
    let most = volts(file.v_max_mv, "v_max_mv")?;
    // The root's own voltage is given. Outside the limits no dispatch would mend it.
    let between = |value: Millivolts, least: Millivolts, most: Millivolts, field: &str| {
        let (value, least, most) = (value.get().into(), least.get().into(), most.get().into());
        match least <= value && value <= most {
            true => Ok(()),
            false => Err(Refused::at(field, Problem::Bounds { value, least, most })),
        }
    };
    between(most, least, Millivolts::MOST, "v_max_mv")?;
    between(root, least, most, "root_mv")?;
    let grid_price = units::price(file.grid_price).at(|| "grid_price".to_string())?;
    let buses = Buses::new(file.buses)?;
    let radial = Radial::new(&buses, file.lines.iter().map(|line| (line.from.as_str(), line.to.as_str())))?;
    let mut lines = Vec::with_capacity(file.lines.len());
    for (at, line) in file.lines.iter().enumerate() {
        lines.push(Line {
            resistance: Milliohms::new(line.r).at(|| format!("lines[{at}].r"))?,
            reactance: Milliohms::new(line.x).at(|| format!("lines[{at}].x"))?,
            limit: line.limit.map(Power::size).transpose().at(|| format!("lines[{at}].limit"))?,
        });
    }
    let mut loads = Vec::with_capacity(file.loads.len());
    for (at, load) in file.loads.iter().enumerate() {
        loads.push(Load {
            bus: buses.index(&load.bus, || format!("loads[{at}].bus"))?,
            active: Power::new(load.p).at(|| format!("loads[{at}].p"))?,
            reactive: Power::new(load.q).at(|| format!("loads[{at}].q"))?,
        });
    }
    let plans = Plans::read(&buses, file.offers, file.bids)?;
    let losses = file.losses;
    Ok(Feeder { nominal, root, least, most, grid_price, losses, buses, radial, lines, loads, plans })
}
