//! The result of a cleared market as JSON.

use super::cleared::{Cleared, Plan, Trade};
use super::file::Case;
use crate::refused::Refused;
use crate::whole::whole;
use market::concentration::by_price;
use protocol::units::Price;
use serde_json::{json, Map, Value};

pub(super) fn answer(case: &Case, cleared: &Cleared) -> Result<Value, Refused> {
    let market = case.market();
    let line = |line: usize| move || format!("lines[{line}]");
    let mut room = Vec::with_capacity(market.room.len());
    for (index, of) in market.room.iter().enumerate() {
        let wh = |wh: Option<i128>| wh.map(|wh| whole(wh, line(index))).transpose();
        room.push(json!({ "forward": wh(of.forward)?, "backward": wh(of.backward)? }));
    }
    let (mut trades, mut sales) = (Vec::new(), Vec::new());
    let (mut gains, mut paid, mut earned) = (0, 0, 0);
    for trade in &cleared.trades {
        let Trade { offer, bid, energy } = *trade;
        let at = |plan: &Plan| cleared.price_of(plan);
        let (seller_price, buyer_price) = (at(&market.offers[offer]), at(&market.bids[bid]));
        trades.push(json!({
            "seller": case.sellers[offer],
            "buyer": case.buyers[bid],
            "wh": energy.get(),
            "seller_price": seller_price.get(),
            "buyer_price": buyer_price.get(),
        }));
        let worth = |price: Price| i128::from(energy.at(price).get());
        gains += worth(market.bids[bid].price) - worth(market.offers[offer].price);
        paid += worth(buyer_price);
        earned += worth(seller_price);
        sales.push((seller_price, offer, energy));
    }
    let flows = cleared.flows.iter().enumerate().map(|(index, flow)| whole(*flow, line(index)));
    let prices = case.buses.names().iter().zip(&cleared.prices).map(|(name, of)| {
        let micro = |price: Option<Price>| price.map(Price::get);
        let prices = json!({ "low": micro(of.low), "high": micro(of.high), "price": micro(of.price()) });
        (name.clone(), prices)
    });
    let hhi = by_price(sales).into_iter().map(|of| {
        let sold = whole(of.sold.into(), || "offers".into())?;
        Ok(json!({ "price": of.price.get(), "sold": sold, "hhi": of.hhi }))
    });
    let money = |sum: i128| whole(sum, String::new);
    Ok(json!({
        "format": "veilgrid-grid-nodal-result/1",
        "line_room": room,
        "trades": trades,
        "flows_wh": flows.collect::<Result<Vec<_>, _>>()?,
        "prices": prices.collect::<Map<String, Value>>(),
        "gains": money(gains)?,
        "paid": money(paid)?,
        "earned": money(earned)?,
        "rent": money(paid - earned)?,
        "hhi": hhi.collect::<Result<Vec<_>, Refused>>()?,
    }))
}
