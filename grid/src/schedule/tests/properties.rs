//! What holds for every horizon.

use super::drawn::{grid, horizon, wh};
use super::other_solver;
use crate::refused::{Problem, Refused};
use crate::schedule::solved::Solved;
use crate::schedule::{one_battery, plan, Fault, Horizon, Listing, Schedule};
use proptest::prelude::*;
use protocol::units::Energy;

/// Whether two costs are equal, in nano-currency; one may be some thousandths of a Wh's price off.
fn same(one: f64, other: f64) -> bool {
    (one - other).abs() <= 2_000.0 + 1e-6 * one.abs()
}

fn infeasible(refused: &Refused) -> bool {
    refused.problem == Problem::Schedule(Fault::Infeasible)
}

/// How far a schedule is from keeping to a limit, in Wh.
fn broken(of: &Horizon, schedule: &Schedule) -> f64 {
    let mut worst = 0f64;
    let mut within = |value: f64, least: f64, most: f64| worst = worst.max(least - value).max(value - most);
    let limit = |of: &Option<crate::units::Power>, horizon: &Horizon| of.map_or(f64::INFINITY, |of| horizon.energy(of));
    for cycle in 0..of.cycles() {
        let mut net = -(of.load[cycle].get() as f64);
        if let Some(generator) = &of.generator {
            let now = schedule.generated[cycle];
            within(now, 0.0, generator.available[cycle].get() as f64);
            let before = cycle.checked_sub(1).map_or(generator.before.get() as f64, |at| schedule.generated[at]);
            let ramp = limit(&generator.ramp, of);
            within(now - before, -ramp, ramp);
            net += now * generator.efficiency.share();
        }
        for (battery, stored) in of.batteries.iter().zip(&schedule.batteries) {
            let (charge, discharge) = (stored.charge[cycle], stored.discharge[cycle]);
            let home = if battery.away.contains(&cycle) { 0.0 } else { 1.0 };
            within(charge, 0.0, home * of.energy(battery.charge));
            within(discharge, 0.0, home * of.energy(battery.discharge));
            let before = cycle.checked_sub(1).map_or(battery.initial.get() as f64, |at| stored.stored[at]);
            let now = before + charge * battery.charge_efficiency.share()
                - discharge / battery.discharge_efficiency.share()
                - battery.drive(cycle).get() as f64;
            within(stored.stored[cycle] - now, 0.0, 0.0);
            let least = if cycle + 1 == of.cycles() { battery.r#final.max(battery.minimum) } else { battery.minimum };
            within(stored.stored[cycle], least.get() as f64, battery.capacity.get() as f64);
            net += discharge - charge;
        }
        for (flexible, takes) in of.flexible.iter().zip(&schedule.flexible) {
            let window = if (flexible.from..flexible.until).contains(&cycle) { 1.0 } else { 0.0 };
            within(takes[cycle], 0.0, window * of.energy(flexible.most));
            net -= takes[cycle];
        }
        within(schedule.net[cycle] - net, 0.0, 0.0);
        within(net, -limit(&of.import, of), limit(&of.export, of));
    }
    for (flexible, takes) in of.flexible.iter().zip(&schedule.flexible) {
        within(takes.iter().sum::<f64>() - flexible.energy.get() as f64, 0.0, 0.0);
    }
    worst
}

/// What a schedule costs, by its own net energy and devices.
fn priced(of: &Horizon, schedule: &Schedule) -> f64 {
    let network = schedule.net.iter().enumerate().map(|(cycle, net)| {
        let price = if *net > 0.0 { of.sell[cycle] } else { of.buy[cycle] };
        -net * price.get() as f64
    });
    let wear = of.batteries.iter().zip(&schedule.batteries).map(|(battery, stored)| {
        let moved: f64 = stored.charge.iter().chain(&stored.discharge).sum();
        moved * battery.wear.get() as f64
    });
    let generated: f64 = schedule.generated.iter().sum();
    let generated = of.generator.iter().map(|of| generated * of.cost.get() as f64);
    network.chain(wear).chain(generated).sum()
}

/// A household that leaves its devices alone: the battery rests, flexible loads take the same in each
/// cycle of their windows, and the generator generates all that it may. None where that keeps not to
/// all limits.
fn without_flexibility(of: &Horizon) -> Option<f64> {
    let cycles = of.cycles();
    let mut rest = Schedule { net: vec![0.0; cycles], ..Schedule::default() };
    for battery in &of.batteries {
        let stored = vec![battery.initial.get() as f64; cycles];
        let zeros = vec![0.0; cycles];
        rest.batteries.push(super::super::Stored { charge: zeros.clone(), discharge: zeros, stored });
    }
    if let Some(generator) = &of.generator {
        rest.generated = generator.available.iter().map(|of| of.get() as f64).collect();
    }
    for flexible in &of.flexible {
        let each = flexible.energy.get() as f64 / (flexible.until - flexible.from) as f64;
        let takes = |cycle| if (flexible.from..flexible.until).contains(&cycle) { each } else { 0.0 };
        rest.flexible.push((0..cycles).map(takes).collect());
    }
    for cycle in 0..cycles {
        let generated = rest.generated.get(cycle).copied().unwrap_or(0.0);
        let efficiency = of.generator.as_ref().map_or(1.0, |of| of.efficiency.share());
        let flexible: f64 = rest.flexible.iter().map(|of| of[cycle]).sum();
        rest.net[cycle] = generated * efficiency - of.load[cycle].get() as f64 - flexible;
    }
    (broken(of, &rest) <= 1e-6).then(|| priced(of, &rest))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn a_schedule_keeps_to_every_limit_and_costs_the_least(of in horizon(true)) {
        let expected = other_solver::cost(&of, 0.0);
        match plan(&of) {
            Err(refused) => {
                prop_assert!(infeasible(&refused), "{refused}");
                prop_assert!(expected.is_none(), "another solver has a schedule of {expected:?}");
            }
            Ok(planned) => {
                let schedule = planned.schedule();
                let expected = expected.expect("another solver has no schedule");
                prop_assert!(same(schedule.cost, expected), "{} is not {expected}", schedule.cost);
                prop_assert!(same(priced(&of, schedule), schedule.cost));
                prop_assert!(broken(&of, schedule) <= 1e-3, "{} Wh off", broken(&of, schedule));
                if let Some(rest) = without_flexibility(&of) {
                    prop_assert!(schedule.cost <= rest + 2_000.0 + 1e-6 * rest.abs());
                }
            }
        }
    }

    #[test]
    fn one_battery_needs_no_program(of in horizon(false)) {
        prop_assert!(one_battery::fits(&of));
        match (one_battery::solve(&of), Solved::new(&of)) {
            (Ok((schedule, worth)), Ok(solved)) => {
                let program = solved.schedule();
                prop_assert!(same(schedule.cost, program.cost), "{} is not {}", schedule.cost, program.cost);
                prop_assert!(same(priced(&of, &schedule), schedule.cost));
                prop_assert!(broken(&of, &schedule) <= 1e-6, "{} Wh off", broken(&of, &schedule));
                if solved.unique_net().unwrap() {
                    for (one, other) in schedule.net.iter().zip(&program.net) {
                        prop_assert!((one - other).abs() <= 1e-3, "{:?} is not {:?}", schedule.net, program.net);
                    }
                }
                let other = solved.value_now().unwrap();
                // The program is exact to a part in 10,000 of the dearest price.
                let most = of.buy.iter().map(|price| price.get()).max().unwrap_or(0) as f64;
                let near = 5.0 + 1e-4 * most;
                for (one, other) in [(worth.low, other.low), (worth.high, other.high)] {
                    match (one, other) {
                        (Some(one), Some(other)) => prop_assert!((one - other).abs() <= near, "{one} is not {other}"),
                        (one, other) => prop_assert_eq!(one, other),
                    }
                }
            }
            (Err(one), Err(other)) => prop_assert_eq!((one, other), (Fault::Infeasible, Fault::Infeasible)),
            (one, other) => prop_assert!(false, "{:?}, {:?}", one.map(|of| of.0.cost), other.map(|of| of.schedule().cost)),
        }
    }

    /// The least cost is convex in the load: what the last Wh cost is at most the low end, and what
    /// the next one costs is at least the high end. Very small steps meet both ends.
    #[test]
    fn a_wh_is_worth_what_it_costs(of in horizon(true)) {
        let Ok(planned) = plan(&of) else { return Ok(()) };
        let (worth, cost) = (planned.value_now().unwrap(), other_solver::cost(&of, 0.0).unwrap());
        for (step, rate) in [(-1.0, worth.low), (1.0, worth.high), (-0.01, worth.low), (0.01, worth.high)] {
            let small = f64::abs(step) < 1.0;
            match (other_solver::cost(&of, step), rate) {
                (Some(other), Some(rate)) => {
                    let found = (other - cost) / step;
                    let over = (found - rate) * f64::signum(step);
                    prop_assert!(over >= -50.0, "a step of {step} Wh costs {found} a Wh, and the rate is {rate}");
                    // A limit that the small step meets explains a difference; the whole Wh then differs, too.
                    let whole = other_solver::cost(&of, f64::signum(step)).map(|of| (of - cost) / f64::signum(step));
                    let straight = whole.is_some_and(|whole| (whole - found).abs() <= 50.0);
                    prop_assert!(!small || !straight || over <= 50.0, "{step} Wh: {found}, and the rate is {rate}");
                }
                (None, None) => {}
                (None, Some(_)) => prop_assert!(!small || other_solver::cost(&of, step / 100.0).is_some()),
                (Some(other), None) => prop_assert!(false, "a step of {step} Wh costs {other}"),
            }
        }
    }

    /// A match at the listed price or a better one leaves a household no worse off than its schedule
    /// without a market, and the rest of the schedule may still change. With a connection that limits
    /// what it gives or takes, that needs one thing more: that it asks for no less than the network
    /// pays and bids no more than the network asks. The next test shows why.
    #[test]
    fn a_match_is_never_worse_than_no_market(of in horizon(true), part in 0.0..=1.0f64, better in 0..200_000u64) {
        let Ok(planned) = plan(&of) else { return Ok(()) };
        let cost = planned.schedule().cost;
        let (gain, change) = match planned.listing(&grid()).unwrap() {
            None => return Ok(()),
            Some(Listing::Sell { volume, ask }) => {
                let volume = (volume.get() as f64 * part).floor();
                (ask.max(of.sell[0]).get() as f64 + better as f64, volume)
            }
            Some(Listing::Buy { volume, limit }) => {
                let volume = (volume.get() as f64 * part).floor();
                (limit.min(of.buy[0]).get() as f64 - better as f64, -volume)
            }
        };
        let with = other_solver::matched(&of, change).map(|rest| rest - gain * change);
        let with = with.expect("the schedule itself is one of those that remain");
        prop_assert!(with <= cost + 2_000.0 + 1e-6 * cost.abs(), "{with} with a match, {cost} without");
    }
}

#[test]
fn at_a_full_connection_the_low_end_is_below_what_the_network_pays() {
    let of = Horizon {
        export: Some(super::drawn::watts(400)),
        load: vec![Energy::ZERO],
        buy: vec![super::drawn::price(650_000)],
        sell: vec![super::drawn::price(300_000)],
        generator: Some(super::worked::roof(vec![wh(500)])),
        ..super::worked::horizon()
    };
    let planned = plan(&of).unwrap();
    // One Wh less of load would only be curtailed. A household that sold its 100 Wh at the first price
    // of a grid below the tariff would lose.
    assert_eq!(planned.schedule().net, [100.0]);
    let worth = planned.value_now().unwrap();
    assert_eq!((worth.low, worth.high), (Some(0.0), Some(0.0)));
}
