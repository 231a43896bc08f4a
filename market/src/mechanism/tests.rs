//! Each property that a rule claims is tested on random markets; each that it disclaims has its
//! counterexample.

use super::uniform_price::Interval;
use super::*;
use crate::order_book::{distance, Buying, OrderBook, Selling};
use crate::rules;
use crate::scenario::{Confirm, Scenario};
use proptest::prelude::*;
use protocol::market_parameters::{MarketParameters, PriceGrid, PriceRule, Range, Ranges};
use protocol::plan::{Bid, Offer, Wanted, Weights};
use protocol::units::{Energy, EnergyType, Metres, PerMille, Place, Price, Reputation, Weight, TICKS};
use std::path::Path;

const STEP: u64 = 500_000;

fn price(halves: u64) -> Price {
    Price::new(halves * STEP).unwrap()
}

fn energy(wh: u64) -> Energy {
    Energy::new(wh).unwrap()
}

fn place(x: u32, y: u32) -> Place {
    Place { x: Metres::new(x).unwrap(), y: Metres::new(y).unwrap() }
}

fn parameters(price_rule: PriceRule) -> MarketParameters {
    MarketParameters {
        grid: PriceGrid::new(Price::ZERO, price(1)).unwrap(),
        ranges: Ranges {
            volume: Range::new(0, 5000).unwrap(),
            reputation: Range::new(0, 100).unwrap(),
            place: Range::new(0, 10_000).unwrap(),
        },
        tolerance: PerMille::new(50).unwrap(),
        price_rule,
        max_rounds: 255,
        feed_in: Price::ZERO,
        retail: price(40),
    }
}

fn selling(volume: u64, ask: u64) -> Selling {
    let (volume, ask) = (energy(volume), price(ask));
    let offer = Offer { volume, ask, energy_type: EnergyType::Solar, place: place(0, 0), reputation: Reputation::MAX };
    Selling { offer, confirm: Confirm::Yes }
}

fn buying(volume: u64, limit: u64) -> Buying {
    let (volume, limit) = (energy(volume), price(limit));
    let wanted = Wanted { price: Price::ZERO, volume, reputation: Reputation::MAX, place: place(0, 0) };
    let one = Weight::new(1).unwrap();
    let weights = Weights { price: one, volume: one, reputation: one, place: one, types: [Weight::ZERO; 5] };
    Buying { bid: Bid { volume, limit, wanted, weights }, place: place(0, 0), confirm: Confirm::Yes }
}

/// A market of whole kWh; prices in units of half a currency.
fn kwh(rule: PriceRule, asks: &[u64], limits: &[u64]) -> OrderBook {
    let offers = asks.iter().map(|ask| selling(1000, *ask)).collect();
    let bids = limits.iter().map(|limit| buying(1000, *limit)).collect();
    OrderBook::new(parameters(rule), PerMille::ZERO, offers, bids).unwrap()
}

prop_compose! {
    /// Few prices and few volumes, so that ties and equal sums are common; some plans of no energy,
    /// some that refuse.
    fn markets()(
        ask_rule in any::<bool>(),
        loss in 0u16..50,
        few in any::<bool>(),
        offers in prop::collection::vec((0u64..6, 0u64..TICKS as u64, 0u8..5, 0u32..10_000, 0u32..12), 0..12),
        bids in prop::collection::vec((0u64..6, 0u64..TICKS as u64, 0u8..16, 0u32..10_000, 0u32..12), 0..12),
    ) -> OrderBook {
        let level = |tick: u64| if few { tick / 16 * 16 } else { tick };
        let confirm = |n: u32| if n == 0 { Confirm::Refuse } else { Confirm::Yes };
        let offers = offers.into_iter().map(|(volume, ask, kind, x, refuse)| {
            let mut selling = selling(volume * 500, level(ask));
            selling.offer.energy_type = EnergyType::from_u8(kind).unwrap();
            selling.offer.place = place(x, 10_000 - x);
            Selling { confirm: confirm(refuse), ..selling }
        });
        let bids = bids.into_iter().map(|(volume, limit, weight, x, refuse)| {
            let mut buying = buying(volume * 500, level(limit));
            buying.bid.weights.place = Weight::new(weight).unwrap();
            buying.bid.weights.types = [0, 3, 15, 0, 1].map(|w| Weight::new(w).unwrap());
            buying.bid.wanted.place = place(x, x);
            Buying { place: place(x, x), confirm: confirm(refuse), ..buying }
        });
        let rule = if ask_rule { PriceRule::Ask } else { PriceRule::Midpoint };
        OrderBook::new(parameters(rule), PerMille::new(loss).unwrap(), offers.collect(), bids.collect()).unwrap()
    }
}

/// Checks what must hold of the clearing of every mechanism.
fn is_a_clearing(market: &OrderBook, clearing: &Clearing) {
    let (mut sold, mut bought) = (vec![0; market.offers().len()], vec![0; market.bids().len()]);
    for trade in &clearing.trades {
        assert!(trade.sent > Energy::ZERO);
        assert!(trade.loss <= trade.sent);
        let distance = distance(market.offers()[trade.seller].offer.place, market.bids()[trade.buyer].place);
        let lost = trade.sent.get() * distance * u64::from(market.loss_per_km().get()) / 1_000_000;
        assert_eq!(trade.received().get(), trade.sent.get() - lost);
        assert_eq!(market.offers()[trade.seller].confirm, Confirm::Yes);
        assert_eq!(market.bids()[trade.buyer].confirm, Confirm::Yes);
        sold[trade.seller] += trade.sent.get();
        bought[trade.buyer] += trade.sent.get();
    }
    for (index, selling) in market.offers().iter().enumerate() {
        assert_eq!(sold[index] + clearing.unsold[index].get(), selling.offer.volume.get());
    }
    for (index, buying) in market.bids().iter().enumerate() {
        assert_eq!(bought[index] + clearing.unserved[index].get(), buying.bid.volume.get());
    }
}

fn individually_rational(market: &OrderBook, clearing: &Clearing) -> bool {
    clearing.trades.iter().all(|trade| {
        trade.buyer_price <= market.bids()[trade.buyer].bid.limit
            && trade.seller_price >= market.offers()[trade.seller].offer.ask
    })
}

/// The least value of the dual of "greatest gains": an upper bound of any clearing's gains, by an
/// argument that has nothing to do with curves. Sum over plans of what each would gain at one
/// price, least over all prices on the grid (the dual is piecewise linear with its corners at asks
/// and limits, which are on the grid).
fn greatest_gains(market: &OrderBook) -> i128 {
    let at = |tick: u64| {
        let p = i128::from(tick * STEP);
        let gain = |volume: Energy, margin: i128| i128::from(volume.get()) * margin.max(0);
        let bids = market.bids().iter().filter(|buying| buying.confirm == Confirm::Yes);
        let bids = bids.map(|buying| gain(buying.bid.volume, i128::from(buying.bid.limit.get()) - p));
        let offers = market.offers().iter().filter(|selling| selling.confirm == Confirm::Yes);
        let offers = offers.map(|selling| gain(selling.offer.volume, p - i128::from(selling.offer.ask.get())));
        bids.chain(offers).sum()
    };
    (0..TICKS as u64).map(at).min().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn what_a_rule_claims_holds(market in markets()) {
        for rule in ALL {
            let (clearing, claims) = (rule.clear(&market), rule.properties());
            is_a_clearing(&market, &clearing);
            prop_assert_eq!(&clearing, &rule.clear(&market));
            prop_assert!(!claims.individual_rationality.holds || individually_rational(&market, &clearing));
            prop_assert!(!claims.strong_budget_balance.holds || clearing.operator_surplus() == 0);
            prop_assert!(!claims.weak_budget_balance.holds || clearing.operator_surplus() >= 0);
            prop_assert!(clearing.gains(&market) <= greatest_gains(&market));
            prop_assert!(!claims.efficiency.holds || clearing.gains(&market) == greatest_gains(&market));
        }
    }

    #[test]
    fn the_uniform_price_leaves_nobody_out_who_would_trade_at_it(market in markets()) {
        let clearing = UniformPrice.clear(&market);
        let Some(interval) = UniformPrice.interval(&market) else {
            prop_assert!(clearing.trades.is_empty());
            return Ok(());
        };
        prop_assert!(interval.low <= interval.price() && interval.price() <= interval.high);
        for p in [interval.low, interval.price(), interval.high] {
            for (left, buying) in clearing.unserved.iter().zip(market.bids()) {
                prop_assert!(*left == Energy::ZERO || buying.confirm == Confirm::Refuse || buying.bid.limit <= p);
                prop_assert!(*left == buying.bid.volume || buying.bid.limit >= p);
            }
            for (left, selling) in clearing.unsold.iter().zip(market.offers()) {
                prop_assert!(*left == Energy::ZERO || selling.confirm == Confirm::Refuse || selling.offer.ask >= p);
                prop_assert!(*left == selling.offer.volume || selling.offer.ask <= p);
            }
        }
        prop_assert!(clearing.trades.iter().all(|trade| trade.buyer_price == interval.price()));
    }
}

#[test]
fn the_worked_example_of_p2p_market_modelling() {
    let market = kwh(PriceRule::Ask, &[10, 14, 18], &[24, 20, 16]);
    let interval = UniformPrice.interval(&market).unwrap();
    // [7, 10] by the matched pair alone; the unmatched 8 and 9 narrow it. The midpoint is the same.
    assert_eq!((interval.low, interval.high), (price(16), price(18)));
    let clearing = UniformPrice.clear(&market);
    assert_eq!(clearing.sent(), 2000);
    assert!(clearing.trades.iter().all(|trade| trade.buyer_price.get() == 8_500_000));
    assert_eq!(clearing.unsold, [0, 0, 1000].map(energy));
    assert_eq!(clearing.unserved, [0, 0, 1000].map(energy));
    assert_eq!(clearing.gains(&market), 10 * 1_000_000 * 1000);
}

#[test]
fn unmatched_offers_bound_the_price_and_so_does_a_plan_matched_in_part() {
    // Matched: 10 at 2. The bid of 9 is left out, so nothing below 9 clears; the midpoint of 2 and
    // 10 alone would be 6.
    let interval = UniformPrice.interval(&kwh(PriceRule::Ask, &[4], &[20, 18])).unwrap();
    assert_eq!((interval.low, interval.high), (price(18), price(20)));
    let interval = UniformPrice.interval(&kwh(PriceRule::Ask, &[4, 6], &[20])).unwrap();
    assert_eq!((interval.low, interval.high), (price(4), price(6)));
    let offers = vec![selling(1500, 4)];
    let market = OrderBook::new(parameters(PriceRule::Ask), PerMille::ZERO, offers, vec![buying(1000, 20)]).unwrap();
    let interval = UniformPrice.interval(&market).unwrap();
    assert_eq!((interval.low, interval.high), (price(4), price(4)));
    // The midpoint is rounded down to the micro-currency.
    assert_eq!(Interval { low: Price::new(3).unwrap(), high: Price::new(6).unwrap() }.price().get(), 4);
    assert_eq!(Interval { low: Price::MAX, high: Price::MAX }.price(), Price::MAX);
}

#[test]
fn ties_go_to_the_plan_listed_first_and_equal_prices_trade() {
    for rule in [&UniformPrice as &dyn Mechanism, &PayAsBid] {
        let clearing = rule.clear(&kwh(PriceRule::Ask, &[8, 8, 8], &[8, 8]));
        let pairs: Vec<_> = clearing.trades.iter().map(|trade| (trade.seller, trade.buyer)).collect();
        assert_eq!(pairs, [(0, 0), (1, 1)]);
        assert!(clearing.trades.iter().all(|t| t.buyer_price == price(8) && t.seller_price == price(8)));
        assert_eq!(clearing.unsold, [0, 0, 1000].map(energy));
    }
}

#[test]
fn nothing_comes_of_nothing() {
    let zero =
        OrderBook::new(parameters(PriceRule::Ask), PerMille::ZERO, vec![selling(0, 1)], vec![buying(0, 9)]).unwrap();
    let markets = [kwh(PriceRule::Ask, &[], &[]), kwh(PriceRule::Ask, &[3], &[]), kwh(PriceRule::Ask, &[], &[3]), zero];
    for market in markets.iter().chain([&kwh(PriceRule::Ask, &[9, 10], &[8, 7])]) {
        for rule in ALL {
            let clearing = rule.clear(market);
            assert!(clearing.trades.is_empty(), "{}", rule.name());
            is_a_clearing(market, &clearing);
        }
        assert_eq!(UniformPrice.interval(market), None);
    }
}

#[test]
fn a_plan_of_no_energy_or_that_refuses_does_not_bound_the_price() {
    let mut offers = vec![selling(1000, 4), selling(0, 6), Selling { confirm: Confirm::Refuse, ..selling(1000, 7) }];
    offers.push(selling(1000, 10));
    let market = OrderBook::new(parameters(PriceRule::Ask), PerMille::ZERO, offers, vec![buying(1000, 20)]).unwrap();
    assert_eq!(UniformPrice.interval(&market).map(|interval| interval.high), Some(price(10)));
}

#[test]
fn losses_are_of_what_is_sent_by_distance() {
    let mut far = buying(1000, 9);
    far.place = place(3000, 4000);
    let ten = PerMille::new(10).unwrap();
    let market = OrderBook::new(parameters(PriceRule::Ask), ten, vec![selling(1000, 3)], vec![far]).unwrap();
    for rule in ALL {
        let trade = rule.clear(&market).trades[0];
        assert_eq!((trade.sent, trade.loss, trade.received()), (energy(1000), energy(50), energy(950)));
    }
    assert_eq!(market.loss(0, 0, Energy::MAX).get(), Energy::MAX.get() * 5 / 100);
    // No more is lost than was sent, however far.
    let (mut near, mut further) = (selling(1000, 3), buying(1000, 9));
    near.offer.place = Place::default();
    further.place = Place { x: Metres::MAX, y: Metres::MAX };
    let market = OrderBook::new(parameters(PriceRule::Ask), PerMille::MAX, vec![near], vec![further]).unwrap();
    assert_eq!(market.loss(0, 0, Energy::MAX), Energy::MAX);
}

#[test]
fn a_price_off_the_grid_is_refused() {
    let off = Price::new(1).unwrap();
    let (mut offer, mut bid, mut wish) = (selling(1, 1), buying(1, 1), buying(1, 1));
    (offer.offer.ask, bid.bid.limit, wish.bid.wanted.price) = (off, off, off);
    let of = |offers, bids| OrderBook::new(parameters(PriceRule::Ask), PerMille::ZERO, offers, bids).err();
    assert_eq!(of(vec![offer], vec![]), Some(protocol::Error::OffGrid));
    assert_eq!(of(vec![], vec![bid]), Some(protocol::Error::OffGrid));
    assert_eq!(of(vec![], vec![wish]), Some(protocol::Error::OffGrid));
}

/// What a buyer gains at its true limit, or a seller at its true ask.
fn gain_of_buyer(clearing: &Clearing, buyer: usize, truth: Price) -> i128 {
    let own = clearing.trades.iter().filter(|trade| trade.buyer == buyer);
    own.map(|trade| i128::from(trade.sent.at(truth).get()) - i128::from(trade.paid().get())).sum()
}

fn gain_of_seller(clearing: &Clearing, seller: usize, truth: Price) -> i128 {
    let own = clearing.trades.iter().filter(|trade| trade.seller == seller);
    own.map(|trade| i128::from(trade.earned().get()) - i128::from(trade.sent.at(truth).get())).sum()
}

#[test]
fn no_rule_is_incentive_compatible() {
    assert!(ALL.iter().all(|rule| !rule.properties().incentive_compatibility.holds));
    // The only seller, whose cost is 2, asks for the buyer's limit of 10.
    for price_rule in [PriceRule::Ask, PriceRule::Midpoint] {
        let (truth, lie) = (kwh(price_rule, &[4], &[20]), kwh(price_rule, &[20], &[20]));
        let gain = |market| gain_of_seller(&KPrototypes.clear(market), 0, price(4));
        assert!(gain(&lie) > gain(&truth));
    }
    // By CMAP it earns halfway to the limit, and with the lie the limit.
    let gain = |market| gain_of_seller(&Cmap.clear(market), 0, price(4));
    assert!(gain(&kwh(PriceRule::Ask, &[20], &[20])) > gain(&kwh(PriceRule::Ask, &[4], &[20])));
    // The buyer of the worked example whose true limit is 10 bids 8.5, above the 8 that is left
    // out.
    for rule in [&UniformPrice as &dyn Mechanism, &PayAsBid] {
        let truth = kwh(PriceRule::Ask, &[10, 14, 18], &[24, 20, 16]);
        let lie = kwh(PriceRule::Ask, &[10, 14, 18], &[24, 17, 16]);
        let gain = |market| gain_of_buyer(&rule.clear(market), 1, price(20));
        assert!(gain(&lie) > gain(&truth), "{}", rule.name());
    }
}

#[test]
fn k_prototypes_is_not_efficient() {
    assert!(!KPrototypes.properties().efficiency.holds);
    let market = kwh(PriceRule::Ask, &[4], &[6, 20]);
    let clearing = KPrototypes.clear(&market);
    assert_eq!(clearing.trades[0].buyer, 0);
    assert!(clearing.gains(&market) < UniformPrice.clear(&market).gains(&market));
}

/// The cheap seller and the eager buyer gain most with each other. CMAP parts them, since each is the
/// only one for another plan, and so twice the energy flows.
#[test]
fn cmap_is_not_efficient() {
    assert!(!Cmap.properties().efficiency.holds);
    let market = kwh(PriceRule::Ask, &[2, 18], &[20, 4]);
    let clearing = Cmap.clear(&market);
    let pairs: Vec<_> = clearing.trades.iter().map(|trade| (trade.seller, trade.buyer)).collect();
    assert_eq!(pairs, [(1, 0), (0, 1)]);
    assert_eq!(clearing.sent(), 2000);
    assert_eq!(UniformPrice.clear(&market).sent(), 1000);
    assert!(clearing.gains(&market) < UniformPrice.clear(&market).gains(&market));
}

#[test]
fn cmap_trades_halfway_whatever_the_price_rule_and_asks_again_after_a_refusal() {
    for rule in [PriceRule::Ask, PriceRule::Midpoint] {
        let trade = Cmap.clear(&kwh(rule, &[3], &[8])).trades[0];
        assert_eq!((trade.buyer_price, trade.seller_price), (price(5), price(5)));
    }
    // The cheaper seller is the better one for both, and refuses; the buyer comes back to the other.
    let mut offers = vec![selling(1000, 3), selling(1000, 8)];
    offers[0].confirm = Confirm::Refuse;
    let of = |offers: &[Selling], bid: Buying| {
        OrderBook::new(parameters(PriceRule::Ask), PerMille::ZERO, offers.to_vec(), vec![bid]).unwrap()
    };
    let trades = |market: &OrderBook| {
        let trades = Cmap.clear(market).trades;
        trades.iter().map(|trade| (trade.round, trade.seller, trade.sent.get())).collect::<Vec<_>>()
    };
    let market = of(&offers, buying(1000, 10));
    assert_eq!(trades(&market), [(1, 1, 1000)]);
    // A rest below the least lot is not listed again: the buyer gets 600 Wh at once, and the 400 that
    // the refuser would have sent never.
    offers[0] = selling(600, 3);
    offers[1].confirm = Confirm::Refuse;
    offers.push(selling(1000, 9));
    let market = of(&offers, buying(1000, 10));
    assert_eq!(trades(&market), [(0, 0, 600), (1, 2, 400)]);
    assert_eq!(trades(&market.with_least_lot(energy(401))), [(0, 0, 600)]);
    let mut none = buying(1000, 10);
    none.confirm = Confirm::Refuse;
    assert!(trades(&of(&offers, none)).is_empty());
}

#[test]
fn pay_as_bid_leaves_the_difference_with_the_operator() {
    assert!(!PayAsBid.properties().strong_budget_balance.holds);
    let clearing = PayAsBid.clear(&kwh(PriceRule::Ask, &[4], &[20]));
    assert_eq!(clearing.operator_surplus(), 8 * 1_000_000 * 1000);
}

#[test]
fn names_differ_and_every_property_has_its_reason() {
    let names: std::collections::BTreeSet<_> = ALL.iter().map(|rule| rule.name()).collect();
    assert_eq!(names.len(), ALL.len());
    let on_the_ledger = ALL.iter().filter(|rule| rule.venue() == Venue::Ledger).map(|rule| rule.name());
    assert_eq!(on_the_ledger.collect::<Vec<_>>(), ["k-prototypes"], "no other has an encrypted computation");
    for rule in ALL {
        assert!(rule.properties().named().iter().all(|(name, property)| !name.is_empty() && !property.why.is_empty()));
    }
}

/// `simulate` plays the rule itself: the trades of each case's cycles are the rule's.
#[test]
fn the_cases_trades_are_the_rules() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../data/cases");
    let mut cases = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let Some(name) = path.to_str().and_then(|name| name.strip_suffix(".scenario.json")) else { continue };
        let expected: serde_json::Value =
            serde_json::from_slice(&std::fs::read(format!("{name}.expected.json")).unwrap()).unwrap();
        let scenario = Scenario::parse(&std::fs::read(&path).unwrap()).unwrap();
        for (index, cycle) in scenario.cycles.iter().enumerate() {
            let before = Scenario { cycles: scenario.cycles[..index].to_vec(), ..scenario.clone() };
            let households = rules::play(&before, &mut |_| ()).unwrap().households;
            let reputations: Vec<_> = households.iter().map(|row| Reputation::new(row.reputation).unwrap()).collect();
            let number = cycle.cycle.get();
            let listed: Vec<usize> = (0..cycle.plans.len()).collect();
            let (market, plans) = OrderBook::of_cycle(&scenario, cycle, &listed, &reputations, PerMille::ZERO);
            let clearing = KPrototypes.clear(&market);
            let id = |plan: usize| scenario.households[cycle.plans[plan].household].id.as_str();
            let found: Vec<_> = clearing
                .trades
                .iter()
                .map(|t| {
                    (t.round, id(plans.buyers[t.buyer]), id(plans.sellers[t.seller]), t.sent.get(), t.buyer_price.get())
                })
                .collect();
            let rows = expected["trades"].as_array().unwrap().iter().filter(|row| row["cycle"] == number);
            let number_of = |row: &serde_json::Value, field: &str| row[field].as_u64().unwrap();
            let rows: Vec<_> = rows
                .map(|row| {
                    (
                        number_of(row, "round") as u8,
                        row["buyer"].as_str().unwrap(),
                        row["seller"].as_str().unwrap(),
                        number_of(row, "volume"),
                        number_of(row, "price"),
                    )
                })
                .collect();
            assert_eq!(found, rows, "{name}");
            cases += 1;
        }
    }
    assert!(cases >= 6, "{cases}");
}
