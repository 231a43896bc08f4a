//! What holds of every decision, whatever policy, market and readings are.

use market::scenario::Intent;
use policy::decide::{decide, Act, Decision, Occasion, Plan, Standing};
use policy::diary::Diary;
use policy::forecast::{Forecast, Lookback, Method};
use policy::net_energy::NetEnergy;
use policy::planner::{plan_scenario, Home, Planned};
use policy::policy::{Policy, PriceBounds};
use policy::reading::{Quality, Reading};
use policy::share::Share;
use policy::slot::{Slot, Weekday};
use policy::terms::Terms;
use proptest::prelude::*;
use protocol::market_parameters::{PriceGrid, Range, Ranges};
use protocol::units::{Energy, Money, Place, Price};

fn wh(wh: u64) -> Energy {
    Energy::new(wh).unwrap()
}

fn price(micro: u64) -> Price {
    Price::new(micro).unwrap()
}

fn share() -> impl Strategy<Value = Share> {
    (0..=1000u16).prop_map(|per_mille| Share::new(per_mille).unwrap())
}

prop_compose! {
    /// A market, now and then beyond the default bounds.
    fn any_terms()(
        first in 0..900_000u64, step in 1..60_000u64, feed_in in 0..600_000u64, gap in 0..700_000u64,
        penalty in 0..600_000u64, least_lot in 1..300u64, greatest in 200..20_000u64,
    ) -> Terms {
        let range = |hi| Range::new(0, hi).unwrap();
        Terms {
            grid: PriceGrid::new(price(first), price(step)).unwrap(),
            ranges: Ranges { volume: range(2000), reputation: range(100), place: range(10_000) },
            feed_in: price(feed_in),
            retail: price(feed_in + gap),
            penalty: price(penalty),
            least_lot: wh(least_lot),
            greatest_energy: wh(greatest),
        }
    }
}

prop_compose! {
    fn any_policy()(
        floor in 0..900_000u64, ceiling in 0..900_000u64, floor_share in share(), ceiling_share in share(),
        sold in share(), bought in share(), keep in 0..500u64, budget in 0..3_000_000_000u64,
        wanted in share(), days in 1..=20u16, wide in any::<bool>(),
    ) -> Policy {
        let mut policy = Policy::default();
        (policy.sell.floor, policy.sell.floor_share) = (price(floor), floor_share);
        (policy.buy.ceiling, policy.buy.ceiling_share) = (price(ceiling), ceiling_share);
        (policy.sell.share, policy.buy.share, policy.sell.keep) = (sold, bought, wh(keep));
        policy.buy.daily_budget = Money::new(budget).unwrap();
        policy.preferences.wanted_price_share = wanted;
        policy.forecast.lookback = Lookback { days, least_days: 1, least_days_of_kind: 1 };
        if wide {
            let anything = PriceBounds { least: Price::ZERO, most: Price::MAX };
            (policy.bounds.feed_in, policy.bounds.retail, policy.bounds.grid) = (anything, anything, anything);
            (policy.bounds.penalty_most, policy.bounds.grid_step_most) = (Price::MAX, Price::MAX);
        }
        policy
    }
}

/// Whether all terms are within the policy's bounds.
fn in_bounds(policy: &Policy, terms: &Terms) -> bool {
    let (bounds, grid) = (&policy.bounds, &terms.grid);
    let last = price(grid.first().get() + 47 * grid.step().get());
    let within = |bounds: &PriceBounds, price| (bounds.least..=bounds.most).contains(&price);
    within(&bounds.feed_in, terms.feed_in)
        && within(&bounds.retail, terms.retail)
        && terms.penalty <= bounds.penalty_most
        && within(&bounds.grid, grid.first())
        && within(&bounds.grid, last)
        && grid.step() <= bounds.grid_step_most
}

/// Holds a decision against its policy, terms, forecast, and the money that was left.
fn check(policy: &Policy, terms: &Terms, net: Option<NetEnergy>, money: u64, decision: &Decision) {
    assert_eq!(decision.act == Act::AskAPerson, !in_bounds(policy, terms), "{}", decision.reason);
    assert!(!decision.reason.to_string().is_empty() && !decision.reason.code().is_empty());
    let Some(plan) = decision.plan() else { return };
    let net = net.expect("no plan without a forecast");
    assert!(plan.volume() >= terms.least_lot && plan.volume() <= terms.greatest_energy);
    match plan {
        Plan::Sell(sell) => {
            assert!(terms.grid.tick(sell.ask).is_ok());
            assert!(sell.ask >= policy.sell.floor && sell.ask >= terms.feed_in && sell.ask <= terms.retail);
            let kept = net.surplus().get() - policy.sell.keep.get();
            assert!(sell.volume.get() * 1000 <= kept * u64::from(policy.sell.share.get()));
            assert!(sell.volume <= sell.generated && sell.generated <= net.surplus());
            assert!(sell.generated <= terms.greatest_energy);
            let share = u64::from(policy.sell.floor_share.get());
            let gap = terms.retail.get() - terms.feed_in.get();
            assert!((sell.ask.get() - terms.feed_in.get()) * 1000 >= gap * share);
        }
        Plan::Buy(bid) => {
            assert!(terms.grid.tick(bid.limit).is_ok() && terms.grid.tick(bid.wanted.price).is_ok());
            assert!(bid.limit <= policy.buy.ceiling && bid.limit <= terms.retail && bid.limit >= terms.feed_in);
            assert!(bid.wanted.price <= bid.limit);
            assert!(bid.volume.get() * 1000 <= net.lack().get() * u64::from(policy.buy.share.get()));
            assert!(plan.lock().get() <= money);
            let share = u64::from(policy.buy.ceiling_share.get());
            let gap = terms.retail.get() - terms.feed_in.get();
            assert!((bid.limit.get() - terms.feed_in.get()) * 1000 <= gap * share);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn a_decision_keeps_the_policy(
        policy in any_policy(), terms in any_terms(), given in 0..20_000u64, taken in 0..20_000u64,
        committed in 0..4_000_000_000u64, balance in 0..4_000_000_000u64,
    ) {
        let slot = Slot::of_table(4000, Weekday::Monday);
        let mut diary = Diary::default();
        diary.commit(slot.day(), Money::new(committed).unwrap());
        let balance = Money::new(balance).unwrap();
        let standing = Standing { now: slot, place: Place::default(), balance, has_plan: false, diary: &diary };
        let net = NetEnergy::of(wh(given), wh(taken));
        let outlook = Ok(Forecast { net, method: Method::SameSlot, readings: 1, estimated: 0 });
        let decision = decide(&policy, &Occasion { slot, terms: &terms, outlook }, &standing);
        let money = policy.buy.daily_budget.get().saturating_sub(committed).min(balance.get());
        check(&policy, &terms, Some(net), money, &decision);
    }
}

/// A quarter hour's reading: nothing now and then, of any quality.
fn any_reading() -> impl Strategy<Value = Option<Reading>> {
    let quality = prop_oneof![
        6 => Just(Quality::Measured), 1 => Just(Quality::Split), 1 => Just(Quality::Estimated),
        1 => Just(Quality::Unchecked),
    ];
    let reading = (0..3000u64, 0..3000u64, quality)
        .prop_map(|(given, taken, quality)| Reading::new(wh(given), wh(taken), quality));
    prop_oneof![1 => Just(None), 9 => reading.prop_map(Some)]
}

/// Few quarter hours a day, so that days go by quickly.
const OF_DAY: usize = 3;
const SLOTS: usize = 30 * OF_DAY;
const HOMES: usize = 2;

fn slots() -> Vec<Slot> {
    let slot = |number: usize| {
        let (day, of_day) = (number / OF_DAY, (number % OF_DAY) as u8);
        Slot::new(number as u32, day as u32, of_day, Weekday::Thursday.plus(day as u64)).unwrap()
    };
    (0..SLOTS).map(slot).collect()
}

/// All decisions of a simulation, by slot and household, and the plans that it listed.
fn planned(policies: &[Policy], terms: &Terms, readings: &[Option<Reading>]) -> (Vec<Decision>, Planned) {
    let home = |policy: &Policy| Home {
        policy: policy.clone(),
        place: Place::default(),
        balance: Money::MAX,
        schedules: true,
    };
    let mut decisions = Vec::new();
    let planned = plan_scenario(
        policies.iter().map(home).collect(),
        &slots(),
        0,
        &|household, slot| readings[slot * HOMES + household],
        &|_| *terms,
        &mut |_, _, decision| decisions.push(*decision),
    );
    (decisions, planned.unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn no_decision_looks_ahead(
        policies in proptest::collection::vec(any_policy(), HOMES), terms in any_terms(),
        readings in proptest::collection::vec(any_reading(), SLOTS * HOMES),
        others in proptest::collection::vec(any_reading(), SLOTS * HOMES), from in 0..SLOTS,
    ) {
        let (before, first) = planned(&policies, &terms, &readings);
        prop_assert_eq!((&before, &first), (&planned(&policies, &terms, &readings).0, &planned(&policies, &terms, &readings).1));
        let changed: Vec<_> = [&readings[..from * HOMES], &others[from * HOMES..]].concat();
        let (after, second) = planned(&policies, &terms, &changed);
        // The slot from which readings differ is decided alike, and so are all before it.
        let alike = (from + 1) * HOMES;
        prop_assert_eq!(&before[..alike], &after[..alike]);
        prop_assert_eq!(&first.cycles[..from], &second.cycles[..from]);
    }

    #[test]
    fn simulations_keep_budgets_and_forecasts(
        policies in proptest::collection::vec(any_policy(), HOMES), terms in any_terms(),
        readings in proptest::collection::vec(any_reading(), SLOTS * HOMES),
    ) {
        let (_, planned) = planned(&policies, &terms, &readings);
        for (household, policy) in policies.iter().enumerate() {
            for cycles in planned.cycles.chunks(OF_DAY) {
                let locked: u64 = cycles
                    .iter()
                    .flat_map(|cycle| &cycle.plans)
                    .filter(|plan| plan.household == household)
                    .map(|plan| match &plan.intent {
                        Intent::Buy(buy) => buy.lock().get(),
                        Intent::Sell(_) => 0,
                    })
                    .sum();
                prop_assert!(locked <= policy.buy.daily_budget.get());
            }
            let made: u64 = planned.reasons[household].values().sum();
            prop_assert_eq!(made, SLOTS as u64);
            let measured = &planned.measured[household];
            let checked = (0..SLOTS).filter_map(|slot| readings[slot * HOMES + household]);
            let real = checked.filter(|reading| reading.quality.is_measured()).count() as u64;
            prop_assert_eq!(measured.made.slots + measured.without_forecast, real);
            prop_assert!(measured.made.signed_wh.unsigned_abs() <= measured.made.absolute_wh);
        }
        for cycle in &planned.cycles {
            prop_assert!(cycle.plans.is_sorted_by_key(|plan| plan.household));
            for plan in &cycle.plans {
                let reading = readings[cycle.cycle.get() as usize * HOMES + plan.household];
                let net = reading.map_or(0, |reading| reading.net.get());
                let metered = match &plan.intent {
                    Intent::Sell(sell) => (sell.injected.get(), net.max(0)),
                    Intent::Buy(buy) => (buy.consumed.get(), (-net).max(0)),
                };
                prop_assert_eq!(metered.0, metered.1 as u64);
            }
        }
    }

    #[test]
    fn a_policy_file_never_panics(text in "[a-z_.=\"0-9\\[\\] \n-]{0,200}") {
        let _ = Policy::parse(&text);
    }
}
