//! The report's records as plans of this program's market: prices on 48 ticks, weights of 4 bits,
//! attributes quantised by declared ranges.

use super::draw::{BuyRecord, Distances, Records, MILLION, REACH};
use super::measure::Deal;
use market::energy::{is_clean, loss_per_km};
use market::mechanism::Clearing;
use market::order_book::{Buying, OrderBook, Selling};
use market::scenario::Confirm;
use protocol::market_parameters::{MarketParameters, PriceGrid, PriceRule, Range, Ranges};
use protocol::plan::{Bid, Offer, Wanted, Weights};
use protocol::units::{EnergyType, PerMille, Place, Price, Reputation, Tick, Weight, TICKS};

/// Price of tick 0: 0.4 a kWh, in micro-currency.
pub const FIRST: u64 = 400_000;
/// Difference of neighbouring ticks, in micro-currency per kWh. The last tick, 0.600032, is the
/// first above the highest price.
pub const STEP: u64 = 4256;
/// The declared range of volumes, in Wh.
pub const VOLUME: (u32, u32) = (10_000, 50_000);

const FITS: &str = "constants within their bounds";

/// The market's parameters. Rounds go on until one makes no match.
pub fn parameters() -> MarketParameters {
    let price = |micro: u64| Price::new(micro).expect(FITS);
    MarketParameters {
        grid: PriceGrid::new(price(FIRST), price(STEP)).expect(FITS),
        ranges: Ranges {
            volume: Range::new(VOLUME.0, VOLUME.1).expect(FITS),
            reputation: Range::new(0, 100).expect(FITS),
            place: Range::new(0, REACH as u32).expect(FITS),
        },
        tolerance: PerMille::new(50).expect(FITS),
        price_rule: PriceRule::Ask,
        max_rounds: u8::MAX,
        feed_in: price(FIRST),
        retail: price(FIRST + STEP * (TICKS as u64 - 1)),
    }
}

/// The tick of an ask: the first that is not below it.
pub fn tick_of_ask(price: Price) -> Tick {
    Tick::new(price.get().saturating_sub(FIRST).div_ceil(STEP) as u8).expect("at most 0.6")
}

/// The tick of a limit: the last that is not above it.
pub fn tick_of_limit(price: Price) -> Tick {
    Tick::new((price.get().saturating_sub(FIRST) / STEP) as u8).expect("at most 0.6")
}

/// A buyer's exact weights in parts in a million: price, volume, reputation, place, and the cost of
/// each type, which has the environmental index in it: weight x (wished index less that of the
/// type, 0 or 1)^2, and the 0/1 mismatch.
pub fn exact_weights(record: &BuyRecord) -> [u64; 9] {
    let cost = |energy_type: EnergyType| {
        let index = if is_clean(energy_type) { MILLION } else { 0 };
        let difference = record.environment.abs_diff(index);
        let mismatch = if energy_type == record.energy_type { 0 } else { record.weights.energy_type };
        mismatch + record.weights.environment * difference / MILLION * difference / MILLION
    };
    let [wind, hydro, fossil, solar, biomass] = EnergyType::ALL.map(cost);
    [record.weights.price, record.weights.volume, 0, record.weights.loss, wind, hydro, fossil, solar, biomass]
}

/// The weights in 4 bits, rounded to the nearest. The greatest becomes 15, since only the ratios of
/// weights count.
pub fn four_bits(weights: [u64; 9]) -> [u8; 9] {
    let most = weights.into_iter().max().unwrap_or(0).max(1);
    weights.map(|weight| ((weight * 15 + most / 2) / most) as u8)
}

/// The order book of the records, at these places.
fn market(records: &Records, sells: &[Place], buys: &[Place]) -> OrderBook {
    let parameters = parameters();
    let offers = records.sells.iter().zip(sells).map(|(record, place)| Selling {
        offer: Offer {
            volume: record.supply,
            ask: parameters.grid.price(tick_of_ask(record.price)),
            energy_type: record.energy_type,
            place: *place,
            reputation: Reputation::MAX,
        },
        confirm: Confirm::Yes,
    });
    let bids = records.buys.iter().zip(buys).map(|(record, place)| {
        let [price, volume, reputation, loss, types @ ..] =
            four_bits(exact_weights(record)).map(|weight| Weight::new(weight).expect("at most 15"));
        let limit = parameters.grid.price(tick_of_limit(record.price));
        let wanted = Wanted { price: limit, volume: record.demand, reputation: Reputation::MAX, place: *place };
        let weights = Weights { price, volume, reputation, place: loss, types };
        Buying { bid: Bid { volume: record.demand, limit, wanted, weights }, place: *place, confirm: Confirm::Yes }
    });
    OrderBook::new(parameters, loss_per_km(), offers.collect(), bids.collect()).expect("every price is a tick's")
}

/// The order book of a run's records. None where distances are drawn pair by pair, without places.
pub fn market_of(records: &Records, distances: &Distances) -> Option<OrderBook> {
    let places = distances.places.as_ref()?;
    Some(market(records, &places.sells, &places.buys))
}

/// The trades of a clearing as the measures see them, at the price that the buyer pays.
pub fn deals(clearing: &Clearing) -> Vec<Deal> {
    let deal = |trade: &market::mechanism::ClearedTrade| Deal {
        seller: trade.seller,
        buyer: trade.buyer,
        sent: trade.sent.get(),
        price: trade.buyer_price.get(),
    };
    clearing.trades.iter().map(deal).collect()
}
