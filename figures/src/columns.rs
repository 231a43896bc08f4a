//! The columns of bills, trades and intervals, and their cells. CSV, JSON and the guide go by the
//! same list.

use crate::bill::Bill;
use crate::bills::Period;
use crate::decimal::divided;
use crate::interval::Interval;
use crate::table::{column, Cell, Column, Holds};
use market::books::{CycleBooks, Traded};
use market::scenario::Scenario;
use protocol::units::EnergyType;

/// Nano-currency per kWh in a micro-currency per kWh.
const NANO: i128 = 1000;
/// Wh in a kWh.
const KILO: i128 = 1000;

/// The columns of a bill.
pub(crate) const BILL: [Column; 30] = [
    column("rule", Holds::Word),
    column("period", Holds::Word),
    column("from_to", Holds::Word),
    column("household", Holds::Name),
    column("bill_without_market", Holds::Money),
    column("bill_with_market", Holds::Money),
    column("saved", Holds::Money),
    column("bought", Holds::Wh),
    column("sold", Holds::Wh),
    column("own_use", Holds::Wh),
    column("from_grid", Holds::Wh),
    column("to_grid", Holds::Wh),
    column("price_paid", Holds::Price),
    column("price_earned", Holds::Price),
    column("paid_to_neighbours", Holds::Money),
    column("earned_from_neighbours", Holds::Money),
    column("paid_to_grid", Holds::Money),
    column("earned_from_grid", Holds::Money),
    column("penalties", Holds::Money),
    column("network_fee_without_market", Holds::Money),
    column("network_fee_with_market", Holds::Money),
    column("levies_without_market", Holds::Money),
    column("levies_with_market", Holds::Money),
    column("unpaid", Holds::Money),
    column("metered_consumed", Holds::Wh),
    column("metered_injected", Holds::Wh),
    column("consumption", Holds::Wh),
    column("generation", Holds::Wh),
    column("plans", Holds::Count),
    column("cycles_without_reading", Holds::Count),
];

/// The name under which the sum of all households stands among them in tables for people.
pub(crate) const ALL: &str = "all households";

/// The cells of a bill.
pub(crate) fn bill<'a>(rule: &'a str, period: &'a Period, household: &'a str, bill: &Bill) -> Vec<Cell<'a>> {
    let number = |value: i128| Cell::Number(value);
    let wh = |value: u64| Cell::Number(value.into());
    vec![
        Cell::Text(rule),
        Cell::Text(period.kind.name()),
        Cell::Text(&period.name),
        Cell::Text(household),
        number(bill.without()),
        number(bill.with()),
        number(bill.saved()),
        wh(bill.bought),
        wh(bill.sold),
        Cell::maybe(bill.own_use),
        wh(bill.from_grid),
        wh(bill.to_grid),
        Cell::maybe(per_kwh(bill.paid, bill.bought)),
        Cell::maybe(per_kwh(bill.earned, bill.sold)),
        number(bill.paid),
        number(bill.earned),
        number(bill.grid_paid),
        number(bill.grid_earned),
        number(bill.penalties),
        number(bill.alone.network),
        number(bill.network),
        number(bill.alone.levies),
        number(bill.levies),
        number(bill.unpaid),
        wh(bill.consumed),
        wh(bill.injected),
        Cell::maybe(bill.load),
        Cell::maybe(bill.generation),
        wh(bill.plans),
        wh(bill.missing),
    ]
}

/// A mean price in nano-currency per kWh, from nano-currency and Wh.
pub(crate) fn per_kwh(nano: i128, wh: u64) -> Option<i128> {
    divided(nano * KILO, wh)
}

/// The columns of a cycle.
pub(crate) const INTERVAL: [Column; 20] = [
    column("rule", Holds::Word),
    column("cycle", Holds::Count),
    column("starts", Holds::Word),
    column("plans", Holds::Count),
    column("trades", Holds::Count),
    column("injected", Holds::Wh),
    column("consumed", Holds::Wh),
    column("possible", Holds::Wh),
    column("delivered", Holds::Wh),
    column("settled", Holds::Wh),
    column("from_grid", Holds::Wh),
    column("to_grid", Holds::Wh),
    column("own_use", Holds::Wh),
    column("price_paid_mean", Holds::Price),
    column("price_paid_lowest", Holds::Price),
    column("price_paid_highest", Holds::Price),
    column("feed_in", Holds::Price),
    column("retail", Holds::Price),
    column("paid", Holds::Money),
    column("earned", Holds::Money),
];

/// The cells of a cycle. `start` is empty where the cycle has no date.
pub(crate) fn interval<'a>(rule: &'a str, start: &'a str, of: &Interval) -> Vec<Cell<'a>> {
    let wh = |value: u64| Cell::Number(value.into());
    let price = |micro: u64| i128::from(micro) * NANO;
    let bound = |price: Option<protocol::units::Price>| Cell::maybe(price.map(|p| i128::from(p.get()) * NANO));
    vec![
        Cell::Text(rule),
        Cell::Number(of.cycle.into()),
        Cell::Text(start),
        wh(of.all.plans),
        wh(of.trades),
        wh(of.all.injected),
        wh(of.all.consumed),
        wh(of.possible()),
        wh(of.delivered),
        wh(of.all.bought),
        wh(of.all.from_grid),
        wh(of.all.to_grid),
        Cell::maybe(of.all.own_use),
        Cell::maybe(per_kwh(of.all.paid, of.all.bought)),
        bound(of.prices.map(|(lowest, _)| lowest)),
        bound(of.prices.map(|(_, highest)| highest)),
        Cell::Number(price(of.tariff.feed_in.get())),
        Cell::Number(price(of.tariff.retail.get())),
        Cell::Number(of.all.paid),
        Cell::Number(of.all.earned),
    ]
}

/// The columns of a trade.
pub(crate) const TRADE: [Column; 20] = [
    column("rule", Holds::Word),
    column("cycle", Holds::Count),
    column("starts", Holds::Word),
    column("round", Holds::Count),
    column("seller", Holds::Name),
    column("buyer", Holds::Name),
    column("energy_type", Holds::Word),
    column("matched", Holds::Wh),
    column("delivered", Holds::Wh),
    column("within_tolerance", Holds::Flag),
    column("settled", Holds::Wh),
    column("ask", Holds::Price),
    column("limit", Holds::Price),
    column("price_earned", Holds::Price),
    column("price_paid", Holds::Price),
    column("earned", Holds::Money),
    column("paid", Holds::Money),
    column("seller_owes", Holds::Money),
    column("buyer_owes", Holds::Money),
    column("distance", Holds::Metres),
];

/// The cells of a trade, of energy of this type.
pub(crate) fn trade<'a>(
    (rule, start): (&'a str, &'a str),
    scenario: &'a Scenario,
    books: &CycleBooks,
    trade: &Traded,
    energy_type: Option<EnergyType>,
) -> Vec<Cell<'a>> {
    let wh = |energy: protocol::units::Energy| Cell::Number(energy.get().into());
    let price = |price: protocol::units::Price| Cell::Number(i128::from(price.get()) * NANO);
    let name = |row: usize| Cell::Text(&scenario.households[books.rows[row].meter.household].id);
    vec![
        Cell::Text(rule),
        Cell::Number(books.cycle.get().into()),
        Cell::Text(start),
        Cell::Number(trade.round.into()),
        name(trade.seller),
        name(trade.buyer),
        Cell::Text(word(energy_type)),
        wh(trade.matched),
        wh(trade.delivered),
        Cell::Flag(trade.within),
        wh(trade.settled),
        price(trade.ask),
        price(trade.limit),
        price(trade.seller_price),
        price(trade.buyer_price),
        Cell::Number(trade.earned.get().into()),
        Cell::Number(trade.paid.get().into()),
        Cell::Number(trade.seller_owes.get().into()),
        Cell::Number(trade.buyer_owes.get().into()),
        Cell::Number(trade.metres.into()),
    ]
}

/// An energy type's word. Empty where it is not known.
fn word(energy_type: Option<EnergyType>) -> &'static str {
    match energy_type {
        Some(EnergyType::Wind) => "wind",
        Some(EnergyType::Hydro) => "hydro",
        Some(EnergyType::Fossil) => "fossil",
        Some(EnergyType::Solar) => "solar",
        Some(EnergyType::Biomass) => "biomass",
        None => "",
    }
}
