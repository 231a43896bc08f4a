//! Who trades with whom, so that no trade runs against the prices.
//!
//! A trade may count on an earlier one's flow: it goes from a bus to one with a lower price, and the
//! earlier flow makes room for it. As long as all is delivered, what buyers pay covers what sellers
//! earn. If the earlier trade is not delivered, the network would have to pay for the later one.
//! Plans see only their volumes and their bus's price, so the same volumes can be paired another
//! way: along the flow on the lines, which goes to no lower price.

use super::cleared::{Cleared, Market, Plan, Trade};
use protocol::units::Energy;
use std::collections::VecDeque;

/// The trades of a cleared market: as made if each pays at least what it earns, else the same
/// volumes paired along the flow.
pub(super) fn trades(market: &Market<'_>, cleared: &Cleared) -> Vec<Trade> {
    let price = |plan: &Plan| cleared.price_of(plan);
    let covered = |trade: &Trade| price(&market.bids[trade.bid]) >= price(&market.offers[trade.offer]);
    match cleared.trades.iter().all(covered) {
        true => cleared.trades.clone(),
        false => along_the_flow(market, cleared),
    }
}

/// Energy with the offer that it comes from, in the order in which it came.
type Pool = VecDeque<(usize, u64)>;

/// Takes energy out of a pool, the first first.
fn take(pool: &mut Pool, mut wanted: u64) -> Vec<(usize, u64)> {
    let mut taken = Vec::new();
    while wanted > 0 {
        let (offer, has) = pool.pop_front().expect("what flows into a bus and is sold there covers what leaves it");
        let energy = has.min(wanted);
        if energy < has {
            pool.push_front((offer, has - energy));
        }
        taken.push((offer, energy));
        wanted -= energy;
    }
    taken
}

/// Carries what is sold at each bus along the flow, and serves the bids of each bus out of what is
/// there.
fn along_the_flow(market: &Market<'_>, cleared: &Cleared) -> Vec<Trade> {
    let buses = market.radial.buses();
    let (mut pools, mut wanted) = (vec![Pool::new(); buses], vec![Vec::new(); buses]);
    let (mut sold, mut bought) = (vec![0; market.offers.len()], vec![0; market.bids.len()]);
    for trade in &cleared.trades {
        sold[trade.offer] += trade.energy.get();
        bought[trade.bid] += trade.energy.get();
    }
    for (offer, (plan, sold)) in market.offers.iter().zip(sold).enumerate().filter(|(_, (_, sold))| *sold > 0) {
        pools[plan.bus].push_back((offer, sold));
    }
    for (bid, (plan, bought)) in market.bids.iter().zip(bought).enumerate().filter(|(_, (_, bought))| *bought > 0) {
        wanted[plan.bus].push((bid, bought));
    }
    // From each bus the lines that carry energy away, with the bus at the other end; into each bus
    // how many carry energy that has not come yet.
    let (mut out, mut expected) = (vec![Vec::new(); buses], vec![0; buses]);
    for (line, flow) in cleared.flows.iter().enumerate().filter(|(_, flow)| **flow != 0) {
        let (near, far) = market.radial.ends(line);
        let (from, to) = if *flow > 0 { (near, far) } else { (far, near) };
        out[from].push((to, u64::try_from(flow.abs()).expect("a flow is at most the energy of all plans")));
        expected[to] += 1;
    }
    let mut ready: VecDeque<usize> = (0..buses).filter(|bus| expected[*bus] == 0).collect();
    let mut trades = Vec::new();
    while let Some(bus) = ready.pop_front() {
        for (bid, energy) in &wanted[bus] {
            trades.extend(take(&mut pools[bus], *energy).into_iter().map(|(offer, energy)| {
                let energy = Energy::new(energy).expect("at most what the offer sells");
                Trade { offer, bid: *bid, energy }
            }));
        }
        for (to, flow) in std::mem::take(&mut out[bus]) {
            let carried = take(&mut pools[bus], flow);
            pools[to].extend(carried);
            expected[to] -= 1;
            if expected[to] == 0 {
                ready.push_back(to);
            }
        }
    }
    trades
}
