//! Checks the content of a file and makes a [`Market`] of it. Each refusal has the path of the
//! field.

use super::distances::{End, Network};
use super::file;
use super::format::FORMAT;
use super::market::Market;
use super::pool::{After, Buyer, BuyerWeights, Pairs, Pool, Seller, SellerWeights, Stance, Terms};
use super::refused::{At, Problem, Refused};
use crate::household_id;
use crate::json;
use crate::order_book::distance;
use crate::settlement::Tariff;
use crate::transport::Table;
use protocol::units::{Energy, Metres, Place, Price, Reputation};
use std::collections::HashMap;

const OF_TYPE: &str = "the bound is the type's own";
/// Bound of the sum of a side's volumes in Wh; the sum lies below it.
const VOLUMES_BELOW: u64 = 1 << 40;
/// Greatest length of a line, loss of a router, and reach, in metres.
const MOST_METRES: u64 = (1 << 32) - 1;

/// What has an id.
type Named<'a> = HashMap<&'a str, End>;

impl Market {
    /// Reads and checks a file's bytes. Error: [`Refused`], with the path of the field.
    pub fn parse(bytes: &[u8]) -> Result<Market, Refused> {
        read(&json::read::<file::File>(bytes)?)
    }
}

fn read(of: &file::File) -> Result<Market, Refused> {
    if of.format != FORMAT {
        return Err(Problem::Format(of.format.clone())).at(|| "format".into());
    }
    let terms = terms(&of.market)?;
    let at = |field: &'static str| move || format!("market.{field}");
    let max_rounds = within(of.market.max_rounds, 1, u8::MAX.into()).at(at("max_rounds"))? as u8;
    let feed_in = price(of.market.feed_in, 0).at(at("feed_in"))?;
    let retail = price(of.market.retail, 0).at(at("retail"))?;
    let mut named = Named::new();
    let (mut sellers, mut seller_places, mut sum) = (Vec::new(), Vec::new(), 0);
    for (index, plan) in of.sellers.iter().enumerate() {
        let path = |field: &str| format!("sellers[{index}].{field}");
        name(&mut named, &plan.id, End::Seller(index)).at(|| path("id"))?;
        sellers.push(seller(plan, &mut sum, &path)?);
        seller_places.push(place(plan.x, plan.y, &path)?);
    }
    let (mut buyers, mut buyer_places, mut sum) = (Vec::new(), Vec::new(), 0);
    for (index, plan) in of.buyers.iter().enumerate() {
        let path = |field: &str| format!("buyers[{index}].{field}");
        name(&mut named, &plan.id, End::Buyer(index)).at(|| path("id"))?;
        buyers.push(buyer(plan, &mut sum, &path)?);
        buyer_places.push(place(plan.x, plan.y, &path)?);
    }
    let distances = match &of.network {
        Some(network) => lines(network, named, sellers.len(), buyers.len())?.distances(),
        None => Table::of(buyers.len(), sellers.len(), |buyer, seller| {
            Some(distance(seller_places[seller], buyer_places[buyer]))
        }),
    };
    Ok(Market {
        sellers: of.sellers.iter().map(|plan| plan.id.clone()).collect(),
        buyers: of.buyers.iter().map(|plan| plan.id.clone()).collect(),
        pool: Pool { terms, sellers, buyers, distances },
        max_rounds,
        tariff: Tariff { feed_in, retail },
    })
}

fn terms(of: &file::Market) -> Result<Terms, Refused> {
    let at = |field: &'static str| move || format!("market.{field}");
    let price_min = price(of.price_min, 0).at(at("price_min"))?.get();
    let price_max = price(of.price_max, 0).at(at("price_max"))?.get();
    if price_max < price_min {
        return Err(Problem::Prices { price_min, price_max }).at(at("price_max"));
    }
    let reach = within(of.reach, 1, MOST_METRES).at(at("reach"))?;
    for (side, weight) in of.side_weights.iter().enumerate() {
        within(*weight, 0, 15).at(|| format!("market.side_weights[{side}]"))?;
    }
    if of.side_weights == [0, 0] {
        return Err(Problem::SideWeights).at(at("side_weights"));
    }
    let pairs = match of.pairs {
        file::Pairs::Willing => Pairs::Willing,
        file::Pairs::All => Pairs::All,
    };
    Ok(Terms { price_min, price_max, reach, pairs, side_weights: of.side_weights.map(|weight| weight as u8) })
}

fn seller(of: &file::Seller, sum: &mut u64, path: &impl Fn(&str) -> String) -> Result<Seller, Refused> {
    let ask = price(of.price, 1).at(|| path("price"))?;
    let volume = volume(of.volume, sum).at(|| path("volume"))?;
    let reputation = reputation(of.reputation).at(|| path("reputation"))?;
    let w = &of.weights;
    let [price, demand, loss, reputation_weight] =
        weights([("price", w.price), ("demand", w.demand), ("loss", w.loss), ("reputation", w.reputation)], path)?;
    let after_refusal = match of.after_refusal {
        file::After::Again => After::Again,
        file::After::Grid => After::Grid,
    };
    Ok(Seller {
        ask,
        volume,
        energy_type: of.energy_type.into(),
        reputation,
        weights: SellerWeights { price, demand, loss, reputation: reputation_weight },
        stance: Stance { refuse_below: refuse_below(of.refuse_below).at(|| path("refuse_below"))?, after_refusal },
    })
}

fn buyer(of: &file::Buyer, sum: &mut u64, path: &impl Fn(&str) -> String) -> Result<Buyer, Refused> {
    let limit = price(of.price, 1).at(|| path("price"))?;
    let volume = volume(of.volume, sum).at(|| path("volume"))?;
    let reputation = reputation(of.reputation).at(|| path("reputation"))?;
    let w = &of.weights;
    let [price, supply, loss, energy_type, environment, reputation_weight] = weights(
        [
            ("price", w.price),
            ("supply", w.supply),
            ("loss", w.loss),
            ("type", w.energy_type),
            ("environment", w.environment),
            ("reputation", w.reputation),
        ],
        path,
    )?;
    match (w.energy_type, of.energy_type) {
        (Some(_), None) => return Err(Problem::NoType).at(|| path("type")),
        (None, Some(_)) => return Err(Problem::UnusedType).at(|| path("type")),
        _ => {}
    }
    let refuse_below = refuse_below(of.refuse_below).at(|| path("refuse_below"))?;
    Ok(Buyer {
        limit,
        volume,
        wanted: of.energy_type.map(Into::into),
        reputation,
        weights: BuyerWeights { price, supply, loss, energy_type, environment, reputation: reputation_weight },
        stance: Stance { refuse_below, after_refusal: After::Again },
    })
}

/// The network, its lines' ends found.
fn lines<'a>(of: &'a file::Network, mut named: Named<'a>, sellers: usize, buyers: usize) -> Result<Network, Refused> {
    let mut losses = Vec::with_capacity(of.routers.len());
    for (index, router) in of.routers.iter().enumerate() {
        let path = |field: &str| format!("network.routers[{index}].{field}");
        name(&mut named, &router.id, End::Router(index)).at(|| path("id"))?;
        losses.push(within(router.loss, 0, MOST_METRES).at(|| path("loss"))?);
    }
    let mut network = Network::new(losses, sellers, buyers);
    for (index, line) in of.lines.iter().enumerate() {
        let path = |field: &str| format!("network.lines[{index}].{field}");
        let end = |id: &String| named.get(id.as_str()).copied().ok_or_else(|| Problem::UnknownEnd(id.clone()));
        let from = match end(&line.from).at(|| path("from"))? {
            End::Buyer(_) => return Err(Problem::FromBuyer(line.from.clone())).at(|| path("from")),
            from => from,
        };
        let to = match end(&line.to).at(|| path("to"))? {
            End::Seller(_) => return Err(Problem::ToSeller(line.to.clone())).at(|| path("to")),
            to => to,
        };
        network.add(from, to, within(line.metres, 0, MOST_METRES).at(|| path("metres"))?);
    }
    Ok(network)
}

/// Notes an id that nothing before has.
fn name<'a>(named: &mut Named<'a>, id: &'a str, end: End) -> Result<(), Problem> {
    if !household_id::is_valid(id) {
        return Err(Problem::Id(id.into()));
    }
    match named.insert(id, end) {
        None => Ok(()),
        Some(earlier) => {
            let earlier = match earlier {
                End::Seller(index) => format!("sellers[{index}]"),
                End::Buyer(index) => format!("buyers[{index}]"),
                End::Router(index) => format!("network.routers[{index}]"),
            };
            Err(Problem::SecondId { id: id.into(), earlier })
        }
    }
}

/// Weights per mille: each that is there is at least 1, and they sum to 1000.
fn weights<const N: usize>(of: [(&str, Option<u64>); N], path: &impl Fn(&str) -> String) -> Result<[u16; N], Refused> {
    for (field, weight) in of {
        within(weight.unwrap_or(1), 1, 1000).at(|| path(&format!("weights.{field}")))?;
    }
    let sum = of.iter().filter_map(|(_, weight)| *weight).sum();
    if sum != 1000 {
        return Err(Problem::WeightSum(sum)).at(|| path("weights"));
    }
    Ok(of.map(|(_, weight)| weight.unwrap_or(0) as u16))
}

fn within(value: u64, least: u64, most: u64) -> Result<u64, Problem> {
    match (least..=most).contains(&value) {
        true => Ok(value),
        false => Err(Problem::Bounds { value, least, most }),
    }
}

fn price(value: u64, least: u64) -> Result<Price, Problem> {
    within(value, least, Price::MAX.get()).map(|value| Price::new(value).expect(OF_TYPE))
}

/// A plan's volume, which is added to its side's sum.
fn volume(value: u64, sum: &mut u64) -> Result<Energy, Problem> {
    let volume = within(value, 1, Energy::MAX.get()).map(|value| Energy::new(value).expect(OF_TYPE))?;
    *sum += value;
    match *sum < VOLUMES_BELOW {
        true => Ok(volume),
        false => Err(Problem::Volumes(*sum)),
    }
}

fn reputation(value: u64) -> Result<Reputation, Problem> {
    within(value, 0, Reputation::MAX.get().into()).map(|value| Reputation::new(value as u8).expect(OF_TYPE))
}

fn place(x: u64, y: u64, path: &impl Fn(&str) -> String) -> Result<Place, Refused> {
    let metres = |value| within(value, 0, Metres::MAX.get().into());
    let metres = |value| metres(value).map(|value| Metres::new(value as u32).expect(OF_TYPE));
    Ok(Place { x: metres(x).at(|| path("x"))?, y: metres(y).at(|| path("y"))? })
}

/// Per mille in the file, millionths in the market.
fn refuse_below(value: u64) -> Result<u32, Problem> {
    within(value, 0, 1000).map(|value| 1000 * value as u32)
}
