//! A market on a feeder.

use super::room::Room;
use crate::network::Radial;
use protocol::units::{Energy, Price};

/// An offer or a bid at a bus. A plan of no energy takes no part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The bus.
    pub bus: usize,
    /// The energy that it sells or buys.
    pub energy: Energy,
    /// The ask of an offer, the limit of a bid.
    pub price: Price,
}

/// Offers and bids on a feeder.
#[derive(Clone, Copy, Debug)]
pub struct Market<'a> {
    /// The feeder.
    pub radial: &'a Radial,
    /// The room of each line for the market's trades.
    pub room: &'a [Room],
    /// The offers, in list order.
    pub offers: &'a [Plan],
    /// The bids, in list order.
    pub bids: &'a [Plan],
}

/// What is left of a market's room and plans, by their indices.
pub(super) struct Left {
    /// The room of each line.
    pub(super) room: Vec<Room>,
    /// What each offer has not sold.
    pub(super) unsold: Vec<Energy>,
    /// What each bid has not got.
    pub(super) unserved: Vec<Energy>,
}
