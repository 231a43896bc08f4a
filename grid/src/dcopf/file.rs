//! The format `veilgrid-grid-dcopf/1`.

use super::{Line, Network, MAX_BUSES, MAX_LINES};
use crate::network::Buses;
use crate::plans::{BidFile, OfferFile, Plans};
use crate::refused::{At, Problem, Refused};
use crate::units::{Milliohms, Power};
use market::json::nullable;

market::object! {
    /// A line of the file.
    LineFile {
        /// Where flow that is positive comes from.
        from: String,
        /// Where it goes.
        to: String,
        /// Reactance.
        x: u64,
        /// Most flow in W; `null` for none.
        #[serde(deserialize_with = "nullable")]
        limit: Option<u64>,
    }
}

market::object! {
    /// The file.
    File {
        /// Its format.
        format: String,
        /// Names of the buses.
        buses: Vec<String>,
        /// The lines.
        lines: Vec<LineFile>,
        /// The offers.
        offers: Vec<OfferFile>,
        /// The bids.
        bids: Vec<BidFile>,
    }
}

pub(super) fn read(bytes: &[u8]) -> Result<Network, Refused> {
    let file: File = market::json::read(bytes)?;
    for (field, count, most) in [("buses", file.buses.len(), MAX_BUSES), ("lines", file.lines.len(), MAX_LINES)] {
        if count > most {
            return Err(Refused::at(field, Problem::TooMany { count, most }));
        }
    }
    let buses = Buses::new(file.buses)?;
    let mut lines = Vec::with_capacity(file.lines.len());
    for (at, line) in file.lines.iter().enumerate() {
        let ends = buses.ends(at, &line.from, &line.to)?;
        let limit = line.limit.map(Power::size).transpose().at(|| format!("lines[{at}].limit"))?;
        lines.push(Line { ends, reactance: reactance(line.x).at(|| format!("lines[{at}].x"))?, limit });
    }
    buses.connected(&lines.iter().map(|line| line.ends).collect::<Vec<_>>())?;
    let plans = Plans::read(&buses, file.offers, file.bids)?;
    Ok(Network { buses, lines, plans })
}

/// A reactance is at least 1: a line without any would carry all flow of its loops.
fn reactance(value: u64) -> Result<u32, Problem> {
    let most = Milliohms::MOST.get();
    match u32::try_from(value) {
        Ok(reactance) if (1..=most).contains(&value) => Ok(reactance),
        _ => Err(Problem::Bounds { value: value.into(), least: 1, most: most.into() }),
    }
}
