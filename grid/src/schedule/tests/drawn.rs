//! Horizons that are drawn for properties. Many numbers are drawn from few, so that limits meet and
//! schedules tie.

use crate::schedule::{Battery, Efficiency, Flexible, Generator, Horizon};
use crate::units::{CycleSeconds, Power};
use proptest::prelude::*;
use protocol::market_parameters::PriceGrid;
use protocol::units::{Energy, Price};

pub fn wh(of: u64) -> Energy {
    Energy::new(of).unwrap()
}

pub fn price(of: u64) -> Price {
    Price::new(of).unwrap()
}

pub fn watts(of: i64) -> Power {
    Power::new(of).unwrap()
}

pub fn grid() -> PriceGrid {
    PriceGrid::new(price(300_000), price(7_500)).unwrap()
}

fn energies(cycles: usize, most: u64) -> impl Strategy<Value = Vec<Energy>> {
    let one = prop_oneof![Just(0), Just(most / 4), 0..=most];
    prop::collection::vec(one.prop_map(wh), cycles)
}

fn efficiency() -> impl Strategy<Value = Efficiency> {
    prop_oneof![Just(1000), Just(950), 300..=1000u16].prop_map(|of| Efficiency::new(of).unwrap())
}

fn power(most: i64) -> impl Strategy<Value = Power> {
    prop_oneof![Just(most), 0..=most].prop_map(watts)
}

/// A price to buy and a price to sell.
fn tariff() -> impl Strategy<Value = (Price, Price)> {
    let few = prop_oneof![Just((650_000, 300_000)), Just((500_000, 500_000)), Just((400_000, 0))];
    let any = (0..700_000u64).prop_flat_map(|buy| (Just(buy), 0..=buy));
    prop_oneof![2 => few, 1 => any].prop_map(|(buy, sell)| (price(buy), price(sell)))
}

fn battery(cycles: usize) -> impl Strategy<Value = Battery> {
    let levels = (0..6000u64).prop_flat_map(|capacity| {
        (0..=capacity / 4).prop_flat_map(move |minimum| {
            let level = || prop_oneof![Just(minimum), minimum..=capacity];
            (Just(capacity), Just(minimum), level(), level())
        })
    });
    let wear = prop_oneof![Just(0), Just(10_000), 0..40_000u64];
    let road = prop::collection::vec(prop_oneof![3 => Just(None), 1 => (0..600u64).prop_map(Some)], cycles);
    let road = prop_oneof![2 => Just(None), 1 => road.prop_map(Some)];
    (levels, power(3000), power(3000), efficiency(), efficiency(), wear, road).prop_map(
        |((capacity, minimum, initial, last), charge, discharge, into, out, wear, road)| {
            let road = road.as_ref();
            let away = road.iter().flat_map(|road| (0..road.len()).filter(|cycle| road[*cycle].is_some()));
            Battery {
                capacity: wh(capacity),
                minimum: wh(minimum),
                initial: wh(initial),
                r#final: wh(last),
                charge,
                discharge,
                charge_efficiency: into,
                discharge_efficiency: out,
                wear: price(wear),
                away: away.collect(),
                drive: road.map(|road| road.iter().map(|of| wh(of.unwrap_or(0))).collect()),
            }
        },
    )
}

fn generator(cycles: usize, ramps: bool) -> impl Strategy<Value = Generator> {
    let ramp = match ramps {
        true => prop_oneof![Just(None), (500..6000i64).prop_map(|of| Some(watts(of)))].boxed(),
        false => Just(None).boxed(),
    };
    let cost = prop_oneof![2 => Just(0), 1 => 0..700_000u64];
    (energies(cycles, 2000), ramp, 0..500u64, efficiency(), cost).prop_map(
        |(available, ramp, before, efficiency, cost)| Generator {
            available,
            ramp,
            before: wh(before),
            efficiency,
            cost: price(cost),
        },
    )
}

fn flexible(cycles: usize) -> impl Strategy<Value = Flexible> {
    (0..cycles, 500..4000i64).prop_flat_map(move |(from, most)| {
        (from + 1..=cycles).prop_flat_map(move |until| {
            let room = most as u64 * (until - from) as u64 / 4;
            let energy = prop_oneof![Just(room), 0..=room];
            energy.prop_map(move |energy| Flexible { energy: wh(energy), from, until, most: watts(most) })
        })
    })
}

/// A horizon of up to eight quarter hours. `all`: with everything that a household may have; otherwise
/// with one battery at most, and nothing else that ties cycles together.
pub fn horizon(all: bool) -> impl Strategy<Value = Horizon> {
    (1..=8usize).prop_flat_map(move |cycles| {
        let limit = || prop_oneof![2 => Just(None), 1 => power(9000).prop_map(Some)];
        let tariffs = prop::collection::vec(tariff(), cycles);
        let batteries = prop::collection::vec(battery(cycles), 0..=if all { 2 } else { 1 });
        let flexible = prop::collection::vec(flexible(cycles), 0..=if all { 2 } else { 0 });
        let generator = prop::option::of(generator(cycles, all));
        (energies(cycles, 1000), tariffs, limit(), limit(), batteries, generator, flexible).prop_map(
            |(load, tariffs, import, export, batteries, generator, flexible)| Horizon {
                cycle: CycleSeconds::new(900).unwrap(),
                price_grid: grid(),
                load,
                buy: tariffs.iter().map(|of| of.0).collect(),
                sell: tariffs.iter().map(|of| of.1).collect(),
                import,
                export,
                batteries,
                generator,
                flexible,
            },
        )
    })
}
