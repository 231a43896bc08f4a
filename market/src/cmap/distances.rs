//! How far the energy goes from each seller to each buyer: straight, or on the shortest way through a
//! network of lines and routers.

use crate::transport::Table;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Where a line begins, or which router or buyer it ends at, by index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Seller(usize),
    Router(usize),
    Buyer(usize),
}

/// A network. Lengths and losses are below 2^32 metres, and there are fewer than 2^31 routers, so
/// that no way, which enters each router once at most, reaches 2^64 metres.
#[derive(Clone, Debug)]
pub(super) struct Network {
    /// What entering each router costs, in metres.
    losses: Vec<u64>,
    /// The lines from each seller, and from each router: where they end, and their length.
    from_sellers: Vec<Vec<(End, u64)>>,
    from_routers: Vec<Vec<(End, u64)>>,
    buyers: usize,
}

impl Network {
    pub(super) fn new(losses: Vec<u64>, sellers: usize, buyers: usize) -> Network {
        let from_routers = vec![Vec::new(); losses.len()];
        Network { losses, from_sellers: vec![Vec::new(); sellers], from_routers, buyers }
    }

    /// Adds a line from a seller or a router; from a buyer there is none.
    pub(super) fn add(&mut self, from: End, to: End, metres: u64) {
        match from {
            End::Seller(seller) => self.from_sellers[seller].push((to, metres)),
            End::Router(router) => self.from_routers[router].push((to, metres)),
            End::Buyer(_) => {}
        }
    }

    /// The length of the shortest way, by buyer (row) and seller (column). None: there is no way.
    pub(super) fn distances(&self) -> Table<Option<u64>> {
        let sellers = self.from_sellers.len();
        let mut distances = Table::filled(self.buyers, sellers, None);
        for seller in 0..sellers {
            for (buyer, metres) in self.from(seller).into_iter().enumerate() {
                distances[(buyer, seller)] = metres;
            }
        }
        distances
    }

    /// The shortest ways from a seller to all buyers (Dijkstra).
    fn from(&self, seller: usize) -> Vec<Option<u64>> {
        let (mut routers, mut buyers) = (vec![None; self.losses.len()], vec![None; self.buyers]);
        let mut next = BinaryHeap::new();
        let mut walk = |lines: &[(End, u64)], before: u64, next: &mut BinaryHeap<Reverse<(u64, usize)>>| {
            for (to, metres) in lines {
                match *to {
                    End::Router(router) => {
                        next.push(Reverse((before + metres + self.losses[router], router)));
                    }
                    End::Buyer(buyer) => {
                        let way = before + metres;
                        let shortest = buyers[buyer].map_or(way, |other: u64| other.min(way));
                        buyers[buyer] = Some(shortest);
                    }
                    End::Seller(_) => {}
                }
            }
        };
        walk(&self.from_sellers[seller], 0, &mut next);
        while let Some(Reverse((metres, router))) = next.pop() {
            if routers[router].is_none() {
                routers[router] = Some(metres);
                walk(&self.from_routers[router], metres, &mut next);
            }
        }
        buyers
    }
}
