//! The file of a market on a feeder, and what it says.

use super::plans::{Market, Plan};
use super::room::Room;
use crate::network::{Buses, Ids, Radial};
use crate::refused::{At, Refused};
use crate::units::{self, CycleSeconds, Power};
use protocol::units::Energy;

market::object! {
    /// A line, as a file has it.
    LineFields {
        from: String,
        to: String,
        #[serde(deserialize_with = "market::json::nullable")]
        limit: Option<u64>,
    }
}

market::object! {
    /// What a bus takes out without the market, as a file has it.
    LoadFields {
        bus: String,
        p: i64,
    }
}

market::object! {
    /// An offer, as a file has it.
    OfferFields {
        id: String,
        bus: String,
        wh: u64,
        ask: u64,
    }
}

market::object! {
    /// A bid, as a file has it.
    BidFields {
        id: String,
        bus: String,
        wh: u64,
        limit: u64,
    }
}

market::object! {
    /// The whole file.
    Fields {
        format: String,
        cycle_seconds: u64,
        buses: Vec<String>,
        lines: Vec<LineFields>,
        base: Vec<LoadFields>,
        offers: Vec<OfferFields>,
        bids: Vec<BidFields>,
    }
}

/// What a file says.
pub(super) struct Case {
    pub(super) buses: Buses,
    radial: Radial,
    room: Vec<Room>,
    /// The ids of the offers.
    pub(super) sellers: Vec<String>,
    offers: Vec<Plan>,
    /// The ids of the bids.
    pub(super) buyers: Vec<String>,
    bids: Vec<Plan>,
}

impl Case {
    pub(super) fn read(bytes: &[u8]) -> Result<Case, Refused> {
        let fields: Fields = market::json::read(bytes)?;
        let cycle = CycleSeconds::new(fields.cycle_seconds).at(|| "cycle_seconds".into())?;
        let buses = Buses::new(fields.buses)?;
        let ends = fields.lines.iter().map(|line| (line.from.as_str(), line.to.as_str()));
        let radial = Radial::new(&buses, ends)?;
        // Several loads of a bus are summed.
        let mut base = vec![0i128; buses.count()];
        for (index, load) in fields.base.iter().enumerate() {
            let bus = buses.index(&load.bus, || format!("base[{index}].bus"))?;
            base[bus] += i128::from(Power::new(load.p).at(|| format!("base[{index}].p"))?.get());
        }
        let mut room = Vec::with_capacity(fields.lines.len());
        for (index, (line, flow)) in fields.lines.iter().zip(radial.flows(&base)).enumerate() {
            let limit = line.limit.map(Power::size).transpose().at(|| format!("lines[{index}].limit"))?;
            room.push(Room::beside(flow, limit, cycle));
        }
        let offers: Vec<Listed> =
            fields.offers.into_iter().map(|offer| (offer.id, offer.bus, offer.wh, offer.ask)).collect();
        let bids: Vec<Listed> = fields.bids.into_iter().map(|bid| (bid.id, bid.bus, bid.wh, bid.limit)).collect();
        let mut taken = Ids::default();
        let (sellers, offers) = plans(&buses, &mut taken, offers, ("offers", "ask"))?;
        let (buyers, bids) = plans(&buses, &mut taken, bids, ("bids", "limit"))?;
        Ok(Case { buses, radial, room, sellers, offers, buyers, bids })
    }

    pub(super) fn market(&self) -> Market<'_> {
        Market { radial: &self.radial, room: &self.room, offers: &self.offers, bids: &self.bids }
    }
}

/// A plan's id, bus, Wh and price.
type Listed = (String, String, u64, u64);

/// The plans of a list and their ids, which no other plan of the file may have. `list` is the list's
/// name, and `price_field` the name of its prices.
fn plans(
    buses: &Buses,
    taken: &mut Ids,
    plans: Vec<Listed>,
    (list, price_field): (&str, &str),
) -> Result<(Vec<String>, Vec<Plan>), Refused> {
    let (mut ids, mut read) = (Vec::with_capacity(plans.len()), Vec::with_capacity(plans.len()));
    for (index, (id, bus, wh, price)) in plans.into_iter().enumerate() {
        let path = |field: &str| format!("{list}[{index}].{field}");
        taken.take(&id, path("id"))?;
        let bus = buses.index(&bus, || path("bus"))?;
        let (energy, price) = (Energy::new(wh).at(|| path("wh"))?, units::price(price).at(|| path(price_field))?);
        ids.push(id);
        read.push(Plan { bus, energy, price });
    }
    Ok((ids, read))
}
