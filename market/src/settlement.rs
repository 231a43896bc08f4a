//! The asynchronous settlement of one cycle (`docs/settlement.md`; Ai 2021, figure 2.5;
//! `docs/sources.md`): plain integers, one pass over the sellers.
//!
//! There are no plans and no matching. Neighbours have agreed prices and priorities beforehand, in
//! a [`Matrix`], and the settlement pays the energy that the meters report by that matrix.

use protocol::units::{Energy, Money, Price};
use std::collections::BTreeMap;

/// Energy of a user in a cycle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Amount {
    /// The user.
    pub user: String,
    /// The energy supplied, or consumed.
    pub energy: Energy,
}

/// What the meters report of a cycle. No user occurs twice in a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Flows {
    /// The energy that each seller supplied, in the order in which sellers are served.
    pub supply: Vec<Amount>,
    /// The energy that each consumer consumed.
    pub consumption: Vec<Amount>,
}

/// What a seller and a buyer have agreed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell {
    /// The seller serves lower numbers first.
    pub priority: i64,
    /// The price.
    pub price: Price,
}

/// The agreements, by seller and then by buyer.
pub type Matrix = BTreeMap<String, BTreeMap<String, Cell>>;

/// The grid's prices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tariff {
    /// The price that the grid pays.
    pub feed_in: Price,
    /// The price that the grid takes.
    pub retail: Price,
}

/// A party of a record.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Party {
    /// A user.
    User(String),
    /// The grid.
    Grid,
}

impl Party {
    /// The name in reports. No user is called `grid`.
    pub fn name(&self) -> &str {
        match self {
            Party::User(name) => name,
            Party::Grid => "grid",
        }
    }
}

/// A sale of energy in a cycle. The energy is never zero.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The party that supplied the energy.
    pub seller: Party,
    /// The party that consumed the energy.
    pub buyer: Party,
    /// The energy.
    pub energy: Energy,
    /// The price.
    pub price: Price,
}

impl Record {
    /// What the buyer pays the seller, in nano-currency.
    pub fn amount(&self) -> Money {
        self.energy.at(self.price)
    }
}

/// Settles a cycle. For every input, each Wh supplied is sold once and each Wh consumed is bought
/// once.
pub fn settle(flows: &Flows, matrix: &Matrix, tariff: Tariff) -> Vec<Record> {
    let mut records = Vec::new();
    let mut sell = |seller: Party, buyer: Party, energy: Energy, price: Price| {
        if energy > Energy::ZERO {
            records.push(Record { seller, buyer, energy, price });
        }
    };
    let mut needs: Vec<Energy> = flows.consumption.iter().map(|c| c.energy).collect();
    let places: BTreeMap<&str, usize> =
        flows.consumption.iter().enumerate().map(|(place, c)| (c.user.as_str(), place)).collect();
    for seller in &flows.supply {
        let mut left = seller.energy;
        for (place, price) in buyers(&seller.user, matrix, &places) {
            let energy = left.min(needs[place]);
            left = less(left, energy);
            needs[place] = less(needs[place], energy);
            sell(user(&seller.user), user(&flows.consumption[place].user), energy, price);
        }
        sell(user(&seller.user), Party::Grid, left, tariff.feed_in);
    }
    for (consumer, need) in flows.consumption.iter().zip(needs) {
        sell(Party::Grid, user(&consumer.user), need, tariff.retail);
    }
    records
}

/// The buyers that a seller serves, in order: by priority, then by place in the consumption. Each
/// is an index into the consumption, with its price.
fn buyers(seller: &str, matrix: &Matrix, places: &BTreeMap<&str, usize>) -> Vec<(usize, Price)> {
    let Some(row) = matrix.get(seller) else { return Vec::new() };
    let mut buyers: Vec<(i64, usize, Price)> = (row.iter())
        .filter(|(buyer, _)| *buyer != seller)
        .filter_map(|(buyer, cell)| Some((cell.priority, *places.get(buyer.as_str())?, cell.price)))
        .collect();
    buyers.sort_by_key(|(priority, place, _)| (*priority, *place));
    buyers.into_iter().map(|(_, place, price)| (place, price)).collect()
}

fn user(name: &str) -> Party {
    Party::User(name.to_owned())
}

fn less(from: Energy, energy: Energy) -> Energy {
    from.minus(energy).expect("energy is the least of the two")
}
