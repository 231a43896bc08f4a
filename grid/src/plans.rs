//! Offers and bids at buses: power up to a maximum, at a price.

use crate::network::{Buses, Ids};
use crate::refused::{At, Refused};
use crate::units::{self, Power};
use protocol::units::Price;

market::object! {
    /// An offer of a file.
    OfferFile {
        /// Its name, which no other plan has.
        id: String,
        /// Where it feeds in.
        bus: String,
        /// Most power, in W.
        max: u64,
        /// Least price, in micro-currency per kWh.
        ask: u64,
    }
}

market::object! {
    /// A bid of a file.
    BidFile {
        /// Its name, which no other plan has.
        id: String,
        /// Where it takes out.
        bus: String,
        /// Most power, in W.
        max: u64,
        /// Greatest price, in micro-currency per kWh.
        limit: u64,
    }
}

/// An offer or a bid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Its name.
    pub id: String,
    /// Index of its bus.
    pub bus: usize,
    /// Most power that it feeds in or takes out; not negative.
    pub max: Power,
    /// An offer's ask, or a bid's limit.
    pub price: Price,
}

/// All offers and bids of a problem.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plans {
    /// Who feeds in.
    pub offers: Vec<Plan>,
    /// Who takes out.
    pub bids: Vec<Plan>,
}

impl Plans {
    /// Reads the plans of a file. Errors: an id that occurs twice, an unknown bus, a number outside
    /// its bounds.
    pub(crate) fn read(buses: &Buses, offers: Vec<OfferFile>, bids: Vec<BidFile>) -> Result<Plans, Refused> {
        let mut ids = Ids::default();
        let mut plans = Plans::default();
        for (at, file) in offers.into_iter().enumerate() {
            plans.offers.push(plan(buses, &mut ids, ("offers", at, "ask"), file.id, &file.bus, file.max, file.ask)?);
        }
        for (at, file) in bids.into_iter().enumerate() {
            plans.bids.push(plan(buses, &mut ids, ("bids", at, "limit"), file.id, &file.bus, file.max, file.limit)?);
        }
        Ok(plans)
    }
}

fn plan(
    buses: &Buses,
    ids: &mut Ids,
    (list, at, price_field): (&str, usize, &str),
    id: String,
    bus: &str,
    max: u64,
    price: u64,
) -> Result<Plan, Refused> {
    let path = |field: &str| format!("{list}[{at}].{field}");
    ids.take(&id, path("id"))?;
    let bus = buses.index(bus, || path("bus"))?;
    let max = Power::size(max).at(|| path("max"))?;
    let price = units::price(price).at(|| path(price_field))?;
    Ok(Plan { id, bus, max, price })
}
