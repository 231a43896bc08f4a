use super::*;
use crate::forecast::Method;
use crate::net_energy::NetEnergy;
use crate::share::Share;
use crate::slot::Weekday;
use protocol::market_parameters::{PriceGrid, Ranges};
use protocol::units::{EnergyType, Price};

fn wh(wh: u64) -> Energy {
    Energy::new(wh).unwrap()
}

fn price(micro: u64) -> Price {
    Price::new(micro).unwrap()
}

fn money(nano: u64) -> Money {
    Money::new(nano).unwrap()
}

/// The market of the default scenario.
fn terms() -> Terms {
    let range = |hi| Range::new(0, hi).unwrap();
    Terms {
        grid: PriceGrid::new(price(300_000), price(7_500)).unwrap(),
        ranges: Ranges { volume: range(2000), reputation: range(100), place: range(10_000) },
        feed_in: price(300_000),
        retail: price(650_000),
        penalty: Price::ZERO,
        least_lot: wh(1),
        greatest_energy: wh(12_500),
    }
}

fn slot() -> Slot {
    Slot::of_table(1000, Weekday::Monday)
}

fn forecast(given: u64, taken: u64) -> Forecast {
    let net = NetEnergy::of(wh(given), wh(taken));
    Forecast { net, method: Method::SameSlot, readings: 4, estimated: 0 }
}

/// What is decided with much money, after `prepare` changed the diary.
fn decided(
    policy: &Policy,
    terms: &Terms,
    outlook: Result<Forecast, NoForecast>,
    prepare: impl Fn(&mut Diary),
) -> Decision {
    let mut diary = Diary::default();
    prepare(&mut diary);
    let place = Place { x: Metres::new(70).unwrap(), y: Metres::new(20_000).unwrap() };
    let standing = Standing { now: slot(), place, balance: money(100_000_000_000), has_plan: false, diary: &diary };
    decide(policy, &Occasion { slot: slot(), terms, outlook }, &standing)
}

fn by_default(outlook: Result<Forecast, NoForecast>) -> Decision {
    decided(&Policy::default(), &terms(), outlook, |_| ())
}

#[test]
fn surplus_is_sold_above_the_floor() {
    let decision = by_default(Ok(forecast(1500, 400)));
    let Some(Plan::Sell(sell)) = decision.plan() else { panic!("{decision:?}") };
    // The floor is half way from 0.30 to 0.65, 0.475, and the grid has 0.4725 and 0.48.
    assert_eq!((sell.volume, sell.generated, sell.ask), (wh(990), wh(1100), price(480_000)));
    assert_eq!(sell.energy_type, EnergyType::Solar);
    assert_eq!(
        decision.reason.to_string(),
        "sell 0.99 kWh at 0.48 or more: forecast surplus 1.1 kWh (mean of the same slot), floor 0.475"
    );
    assert_eq!(decision.plan().unwrap().lock(), Money::ZERO);
}

#[test]
fn what_lacks_is_bought_below_the_ceiling() {
    let decision = by_default(Ok(forecast(100, 1100)));
    let Some(plan @ Plan::Buy(bid)) = decision.plan() else { panic!("{decision:?}") };
    // Retail, 0.65, is not on the grid; 0.645 is.
    assert_eq!((bid.volume, bid.limit), (wh(900), price(645_000)));
    assert_eq!(
        (bid.wanted.price, bid.wanted.volume, bid.wanted.reputation),
        (price(300_000), wh(900), Reputation::MAX)
    );
    // The place is moved into the market's range.
    assert_eq!((bid.wanted.place.x.get(), bid.wanted.place.y.get()), (70, 10_000));
    assert_eq!(bid.weights, Policy::default().preferences.weights);
    assert_eq!(plan.lock(), money(900 * 645_000));
    assert_eq!(
        decision.reason.to_string(),
        "buy 0.9 kWh at 0.645 or less: forecast lack 1 kWh (mean of the same slot), ceiling 0.65"
    );
}

#[test]
fn floor_and_ceiling_of_the_file_count_where_they_are_stricter() {
    let mut policy = Policy::default();
    policy.sell.floor = price(500_001);
    policy.buy.ceiling = price(400_000);
    let sells = decided(&policy, &terms(), Ok(forecast(100, 0)), |_| ());
    assert!(matches!(sells.plan(), Some(Plan::Sell(sell)) if sell.ask == price(502_500)));
    let buys = decided(&policy, &terms(), Ok(forecast(0, 100)), |_| ());
    assert!(matches!(buys.plan(), Some(Plan::Buy(bid)) if bid.limit == price(397_500)));
    // The floor's and the ceiling's share count where they are stricter.
    (policy.sell.floor, policy.sell.floor_share) = (Price::ZERO, Share::ALL);
    (policy.buy.ceiling, policy.buy.ceiling_share) = (Price::MAX, Share::new(0).unwrap());
    let sells = decided(&policy, &terms(), Ok(forecast(100, 0)), |_| ());
    assert_eq!(sells.reason, Reason::NoPrice { side: Side::Sell, bound: price(650_000) });
    let buys = decided(&policy, &terms(), Ok(forecast(0, 100)), |_| ());
    assert!(matches!(buys.plan(), Some(Plan::Buy(bid)) if bid.limit == price(300_000)));
}

#[test]
fn energy_for_own_use_is_kept() {
    let mut policy = Policy::default();
    policy.sell.keep = wh(100);
    let decision = decided(&policy, &terms(), Ok(forecast(1100, 0)), |_| ());
    assert_eq!(decision.plan().unwrap().volume(), wh(900));
    let decision = decided(&policy, &terms(), Ok(forecast(100, 0)), |_| ());
    assert_eq!(decision.reason.code(), "below-lot");
}

#[test]
fn lots_are_kept_to() {
    let mut market = terms();
    (market.least_lot, market.greatest_energy) = (wh(500), wh(800));
    for (given, taken, verb, noun) in [(555, 0, "sell", "surplus"), (0, 555, "buy", "lack")] {
        let decision = decided(&Policy::default(), &market, Ok(forecast(given, taken)), |_| ());
        assert_eq!(
            decision.reason.to_string(),
            format!("nothing: to {verb} 0.499 kWh of forecast {noun} 0.555 kWh is below the least lot of 0.5 kWh")
        );
        let decision = decided(&Policy::default(), &market, Ok(forecast(given * 2, taken * 2)), |_| ());
        assert_eq!(decision.plan().unwrap().volume(), wh(800));
        assert!(decision.reason.to_string().ends_with(", cut to the market's greatest energy"));
    }
    let decision = decided(&Policy::default(), &market, Ok(forecast(4000, 0)), |_| ());
    let Some(Plan::Sell(sell)) = decision.plan() else { panic!("{decision:?}") };
    assert_eq!(sell.generated, wh(800));
}

#[test]
fn the_daily_budget_holds() {
    let spent = |nano| move |diary: &mut Diary| diary.commit(slot().day(), money(nano));
    let decide = |nano| decided(&Policy::default(), &terms(), Ok(forecast(0, 1000)), spent(nano));
    // What is left of 5 pays for 620 Wh at 0.645.
    let cut = decide(4_600_000_000);
    assert_eq!(cut.plan().unwrap().volume(), wh(620));
    assert!(cut.reason.to_string().ends_with(", cut to what is left of the daily budget"));
    let none = decide(5_000_000_000);
    assert_eq!(
        none.reason.to_string(),
        "nothing: to buy 0 kWh of forecast lack 1 kWh is below the least lot of 0.001 kWh, cut to what is left of \
         the daily budget"
    );
    assert_eq!(decide(6_000_000_000).reason.code(), "below-lot");
    // Money of another day does not count.
    let other = |diary: &mut Diary| diary.commit(slot().day() + 1, money(5_000_000_000));
    assert_eq!(decided(&Policy::default(), &terms(), Ok(forecast(0, 1000)), other).plan().unwrap().volume(), wh(900));
}

#[test]
fn the_balance_bounds_the_lock() {
    let (diary, terms) = (Diary::default(), terms());
    let occasion = Occasion { slot: slot(), terms: &terms, outlook: Ok(forecast(0, 1000)) };
    let standing = Standing {
        now: slot(),
        place: Place::default(),
        balance: money(64_500_000 - 1),
        has_plan: false,
        diary: &diary,
    };
    let decision = decide(&Policy::default(), &occasion, &standing);
    assert_eq!(decision.plan().unwrap().volume(), wh(99));
    assert!(decision.reason.to_string().ends_with(", cut to what the balance can pay"));
    let with_plan = Standing { has_plan: true, ..standing };
    let decision = decide(&Policy::default(), &occasion, &with_plan);
    assert_eq!((decision.act, decision.reason), (Act::Nothing, Reason::HasPlan));
}

#[test]
fn free_energy_locks_nothing() {
    let mut market = terms();
    (market.grid, market.feed_in) = (PriceGrid::new(Price::ZERO, price(10_000)).unwrap(), Price::ZERO);
    let mut policy = Policy::default();
    policy.buy.ceiling = price(9_999);
    policy.buy.daily_budget = Money::ZERO;
    let decision = decided(&policy, &market, Ok(forecast(0, 1000)), |_| ());
    assert!(matches!(decision.plan(), Some(Plan::Buy(bid)) if bid.limit == Price::ZERO && bid.volume == wh(900)));
}

#[test]
fn without_a_forecast_nothing_is_listed() {
    let decision = by_default(Err(NoForecast::NoHistory));
    assert_eq!((decision.act, decision.plan()), (Act::Nothing, None));
    assert_eq!(decision.reason.to_string(), "nothing: no history of this slot yet");
    assert_eq!(by_default(Err(NoForecast::NotAhead)).reason.to_string(), "nothing: the slot is already measured");
    let balanced = by_default(Ok(forecast(500, 500)));
    assert_eq!(balanced.reason.to_string(), "nothing: the forecast leaves nothing over and lacks nothing");
}

#[test]
fn a_forecast_of_estimates_lists_nothing() {
    let estimated = |estimated| by_default(Ok(Forecast { estimated, ..forecast(1000, 0) }));
    assert!(estimated(2).plan().is_some());
    assert_eq!(
        estimated(3).reason.to_string(),
        "nothing: 3 of 4 readings of the forecast are estimated, and the policy allows 500 per mille"
    );
}

#[test]
fn a_side_that_is_off_lists_nothing() {
    let policy = Policy::parse("sell.enabled = false\nbuy.enabled = false\n").unwrap();
    let text = |given, taken| decided(&policy, &terms(), Ok(forecast(given, taken)), |_| ()).reason.to_string();
    assert_eq!(text(500, 0), "nothing: forecast surplus 0.5 kWh, and the policy does not sell");
    assert_eq!(text(0, 500), "nothing: forecast lack 0.5 kWh, and the policy does not buy");
}

#[test]
fn failed_matches_hold_back() {
    let failures = |count: u32| {
        let prepare = move |diary: &mut Diary| (0..count).for_each(|back| diary.fail(slot().number() - back));
        decided(&Policy::default(), &terms(), Ok(forecast(1000, 0)), prepare)
    };
    assert!(failures(2).plan().is_some());
    assert_eq!(failures(3).reason.to_string(), "nothing: 3 matches lapsed or were refused within 96 quarter hours");
    let old = |diary: &mut Diary| (0..3).for_each(|back| diary.fail(slot().number() - 96 - back));
    assert!(decided(&Policy::default(), &terms(), Ok(forecast(1000, 0)), old).plan().is_some());
}

#[test]
fn no_price_is_better_for_both_without_a_gap_of_tariffs() {
    let mut market = terms();
    market.feed_in = market.retail.min(price(500_000));
    market.retail = price(500_000);
    let decision = decided(&Policy::default(), &market, Ok(forecast(1000, 0)), |_| ());
    assert_eq!(decision.reason.to_string(), "nothing: the retail tariff 0.5 is not above the feed-in tariff 0.5");
}

#[test]
fn a_grid_between_whose_prices_the_policy_lies_gets_no_plan() {
    let mut market = terms();
    market.grid = PriceGrid::new(price(700_000), price(7_500)).unwrap();
    let text =
        |given, taken| decided(&Policy::default(), &market, Ok(forecast(given, taken)), |_| ()).reason.to_string();
    assert_eq!(text(500, 0), "nothing: no price of the grid lies from the floor 0.475 to retail");
    assert_eq!(text(0, 500), "nothing: no price of the grid lies from feed-in to the ceiling 0.65");
}

#[test]
fn terms_out_of_bounds_ask_a_person() {
    let change = |change: fn(&mut Terms)| {
        let mut market = terms();
        change(&mut market);
        // Even without a forecast, a person should know.
        let decision = decided(&Policy::default(), &market, Err(NoForecast::NoHistory), |_| ());
        assert_eq!((decision.act, decision.reason.code()), (Act::AskAPerson, "out-of-bounds"));
        decision.reason.to_string()
    };
    let grid = |first, step| PriceGrid::new(Price::new(first).unwrap(), Price::new(step).unwrap()).unwrap();
    assert_eq!(
        change(|terms| terms.retail = Price::new(1_000_001).unwrap()),
        "ask a person: the retail tariff is 1.000001, and the policy allows 0.05 to 1"
    );
    assert!(change(|terms| terms.retail = Price::new(49_999).unwrap()).contains("the retail tariff"));
    assert!(change(|terms| terms.feed_in = Price::new(500_001).unwrap()).contains("the feed-in tariff"));
    assert!(change(|terms| terms.penalty = Price::new(500_001).unwrap()).contains("the penalty"));
    let mut policy = Policy::default();
    policy.bounds.grid = crate::policy::PriceBounds { least: price(200_000), most: price(700_000) };
    policy.bounds.feed_in.least = price(250_000);
    let breach = |market: &Terms| match decided(&policy, market, Ok(forecast(1, 0)), |_| ()).reason {
        Reason::OutOfBounds(breach) => breach.term,
        other => panic!("{other}"),
    };
    assert_eq!(breach(&Terms { grid: grid(199_999, 1), ..terms() }), Term::GridFirst);
    assert_eq!(breach(&Terms { grid: grid(700_000, 1), ..terms() }), Term::GridLast);
    assert_eq!(breach(&Terms { feed_in: price(249_999), ..terms() }), Term::FeedIn);
    policy.bounds.grid_step_most = price(7_499);
    let step = decided(&policy, &terms(), Ok(forecast(1, 0)), |_| ());
    assert!(matches!(step.reason, Reason::OutOfBounds(breach) if breach.term == Term::GridStep));
}

#[test]
fn extreme_terms_do_not_overflow() {
    let mut policy = Policy::default();
    let anything = crate::policy::PriceBounds { least: Price::ZERO, most: Price::MAX };
    (policy.bounds.feed_in, policy.bounds.retail, policy.bounds.grid) = (anything, anything, anything);
    policy.bounds.grid_step_most = Price::MAX;
    (policy.buy.ceiling, policy.buy.daily_budget) = (Price::MAX, Money::MAX);
    let grid = PriceGrid::new(Price::ZERO, price(u64::from(u32::MAX) / 47)).unwrap();
    let market = Terms { grid, retail: Price::MAX, greatest_energy: Energy::MAX, ..terms() };
    for (given, taken) in [(u32::MAX.into(), 0), (0, u32::MAX.into())] {
        assert!(decided(&policy, &market, Ok(forecast(given, taken)), |_| ()).plan().is_some());
    }
}
