//! Plans by the households' policy: each household forecasts from its past readings, and lists what
//! its policy says, by the same code as a household's gateway.

use crate::described::{Described, Policies};
use crate::devices::{Compared, Moved};
use market::neighbourhood::{AboveGreatest, Metered, Neighbourhood, Quality};
use market::scenario::file::{self, File};
use market::scenario::{cycle_tariff, home, CyclePlans, Intent, NoScenario, Scenario, ScenarioPlan};
use policy::devices::Devices;
use policy::net_energy::NetEnergy;
use policy::planner::{plan_scenario, Home, Planned};
use policy::policy::Policy;
use policy::reading::{self, Reading};
use policy::slot::Slot;
use policy::terms::Terms;
use protocol::units::{Cycle, Energy, Metres, Money, Place, Price};
use std::collections::BTreeMap;
use terminal::{Failure, Progress};

/// What became of the forecasts.
pub struct Made {
    /// The scenario.
    pub file: Result<File, NoScenario>,
    /// What a person should know.
    pub notes: Vec<String>,
    /// What it is compared with, where households have devices.
    pub compared: Option<Compared>,
}

/// Makes the scenario of `period`, whose households have the readings of `whole` to forecast from.
/// Error: a policy that is refused.
pub fn scenario(
    whole: &Neighbourhood,
    period: &Neighbourhood,
    described: &Described,
    seed: u64,
) -> Result<Made, Failure> {
    let policies = described.policies()?;
    let first = period.start().since(whole.start()).max(0) as usize;
    let cycles = period.slots() as u64;
    let of_households = whole.households().iter().enumerate();
    let homes: Vec<file::Household> =
        of_households.map(|(h, of)| home(h, of.name(), cycles, &described.description, seed)).collect();
    let tariffs = match tariffs(period, described) {
        Ok(tariffs) => tariffs,
        Err(error) => return Ok(Made { file: Err(error), notes: Vec::new(), compared: None }),
    };
    let made = |scheduled: bool| {
        let planned = plan(whole, first, &homes, &policies, scheduled, described, &tariffs);
        (notes(&planned), moved(&planned), assembled(planned, period, homes.clone(), described, tariffs.clone()))
    };
    let (notes, moved, file) = made(true);
    let compared = match moved.iter().any(Option::is_some) {
        true => {
            let (_, at_once, without) = made(false);
            without.map(|without| Some(Compared { without, at_once, moved }))
        }
        false => Ok(None),
    };
    Ok(match (file, compared) {
        (Ok(file), Ok(compared)) => Made { file: Ok(file), notes, compared },
        (Err(error), _) | (_, Err(error)) => Made { file: Err(error), notes, compared: None },
    })
}

/// What devices are compared with: the same cars and flexible loads, which take their energy at once,
/// and no battery.
fn at_once(devices: &Devices) -> Devices {
    let cars = devices.stores.iter().filter(|store| store.trips.is_some());
    Devices { stores: cars.copied().collect(), flexible: devices.flexible.clone() }
}

/// What the devices of each household did.
fn moved(planned: &Planned) -> Vec<Option<Moved>> {
    let net = |reading: &Option<Reading>| reading.map(|reading| reading.net.get());
    let of = planned.devices.iter();
    of.map(|of| of.as_ref().map(|of| Moved { used: of.used, net: of.metered.iter().map(net).collect() })).collect()
}

/// Each cycle's tariff, where it is not the market's.
fn tariffs(period: &Neighbourhood, described: &Described) -> Result<Vec<Option<file::Tariff>>, NoScenario> {
    let local = |slot| described.local(slot);
    let of = |slot| cycle_tariff(&described.description, period.quarter_hour(slot), &local).map_err(NoScenario::from);
    (0..period.slots()).map(of).collect()
}

fn plan(
    whole: &Neighbourhood,
    first: usize,
    homes: &[file::Household],
    policies: &Policies,
    scheduled: bool,
    described: &Described,
    tariffs: &[Option<file::Tariff>],
) -> Planned {
    const IN_BOUNDS: &str = "places come from a description that was checked";
    let metres = |of: u64| Metres::new(of as u32).expect(IN_BOUNDS);
    let policy = |name: &str| match (policies.of(name).clone(), scheduled) {
        (policy, true) => policy,
        (policy, false) => Policy { devices: at_once(&policy.devices), ..policy },
    };
    let homes = homes.iter().map(|of| Home {
        policy: policy(&of.id),
        place: Place { x: metres(of.x), y: metres(of.y) },
        balance: Money::MAX,
        schedules: scheduled,
    });
    let slot = |index: usize| {
        let quarter = whole.quarter_hour(index);
        let offset = described.clock.offset_at(quarter.seconds()).div_euclid(900);
        Slot::since_1970(quarter.number(), offset as i32)
    };
    let slots: Vec<Slot> = (0..whole.slots()).map(slot).collect();
    let parameters = described.description.parameters().expect("series of prices were read");
    let rules = described.description.market.terms;
    let begin = whole.start().number() + first as u32;
    let terms = |slot: Slot| {
        let mut terms = Terms {
            penalty: rules.penalty,
            least_lot: rules.least_lot,
            greatest_energy: rules.greatest_energy,
            ..Terms::of(&parameters)
        };
        if let Some(Some(tariff)) = tariffs.get((slot.number() - begin) as usize) {
            let price = |of| Price::new(of).expect("a price of the description");
            (terms.feed_in, terms.retail) = (price(tariff.feed_in), price(tariff.retail));
        }
        terms
    };
    let reading = |household: usize, slot: usize| reading(&whole.households()[household], slot);
    let homes: Vec<Home> = homes.collect();
    let progress = Progress::new("decisions");
    progress.over((slots.len() - first) * homes.len());
    let planned = plan_scenario(homes, &slots, first, &reading, &terms, &mut |_, _, _| progress.step());
    progress.done();
    planned.expect("slots rise")
}

/// What a household's meter showed in a slot.
fn reading(of: &Metered, slot: usize) -> Option<Reading> {
    let net = of.net(slot)?;
    let energy = |wh: i64| Energy::new(wh.max(0) as u64).expect("a reading is below 2^32");
    let quality = match of.quality(slot) {
        Quality::Split => reading::Quality::Split,
        Quality::Estimated => reading::Quality::Estimated,
        Quality::Measured | Quality::Missing => reading::Quality::Measured,
    };
    Some(Reading { net: NetEnergy::of(energy(-net), energy(net)), quality })
}

/// The scenario of the plans, with the readings that no plan covers.
fn assembled(
    planned: Planned,
    period: &Neighbourhood,
    homes: Vec<file::Household>,
    described: &Described,
    tariffs: Vec<Option<file::Tariff>>,
) -> Result<File, NoScenario> {
    let market = file::Market::of(&described.description);
    let greatest = market.greatest_energy;
    let empty = File { format: market::scenario::FORMAT.into(), market, households: homes, cycles: Vec::new() };
    const CHECKED: &str = "a market and households of a description that was checked";
    let mut scenario = Scenario::checked(empty).expect(CHECKED);
    let mut cycles = Vec::with_capacity(period.slots());
    for (slot, of) in planned.cycles.into_iter().enumerate() {
        let number = period.cycle(slot);
        let mut unplanned = Vec::new();
        let mut plans: BTreeMap<usize, ScenarioPlan> =
            of.plans.into_iter().map(|plan| (plan.household, plan)).collect();
        for (h, household) in period.households().iter().enumerate() {
            let with_devices = planned.devices[h].as_ref().map(|of| of.metered[slot].map(|of| -of.net.get()));
            let Some(net) = with_devices.unwrap_or_else(|| household.net(slot)) else {
                // Nothing is known of this household in this slot, so it takes no part.
                plans.remove(&h);
                continue;
            };
            let wh = net.unsigned_abs();
            if wh > greatest {
                let household = household.name().to_string();
                return Err(AboveGreatest { household, cycle: number, wh, greatest }.into());
            }
            let covered = plans.get(&h).is_some_and(|plan| match plan.intent {
                Intent::Sell(_) => net < 0,
                Intent::Buy(_) => net > 0,
            });
            if net != 0 && !covered {
                let (injected, consumed) = if net < 0 { (wh, 0) } else { (0, wh) };
                unplanned.push(file::Unplanned { household: household.name().into(), injected, consumed });
            }
        }
        let cycle = Cycle::new(number).expect("every u32 numbers a cycle");
        let plans = plans.into_values().collect();
        scenario.cycles = vec![CyclePlans { cycle, starts: None, tariff: None, plans, unplanned: Vec::new() }];
        let mut written = File::of(&scenario).cycles.remove(0);
        written.starts = Some(period.quarter_hour(slot).to_string());
        written.tariff = tariffs[slot].clone();
        written.unplanned = unplanned;
        cycles.push(written);
    }
    scenario.cycles.clear();
    Ok(File { cycles, ..File::of(&scenario) })
}

/// How often households decided what, and how good their forecasts were.
fn notes(planned: &Planned) -> Vec<String> {
    let mut reasons: BTreeMap<&str, u64> = BTreeMap::new();
    for (reason, count) in planned.reasons.iter().flatten() {
        *reasons.entry(reason).or_default() += count;
    }
    let reasons: Vec<String> = reasons.iter().map(|(reason, count)| format!("{reason} {count}")).collect();
    vec![format!("decisions of the households' policy: {}", reasons.join(", "))]
}
