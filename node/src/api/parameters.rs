//! The rules in force, for people: the network's limits, and the parameters of the newest cycles.

use super::{Api, Problem};
use axum::extract::State;
use axum::Json;
use ledger::state::CycleState;
use protocol::market_parameters::PriceRule;
use protocol::terms::Imbalance;
use serde::Serialize;
use utoipa::ToSchema;

/// How many cycles are shown.
const CYCLES: usize = 16;

/// The rules in force.
#[derive(Serialize, ToSchema)]
pub struct Parameters {
    /// The greatest energy of a household in a cycle, in Wh.
    greatest_energy_wh: String,
    /// For how many epochs after its own a credential still counts for taking money out.
    exit_epochs: u32,
    /// For how many seconds after a cycle's last delivery deadline metered records are accepted.
    rest_window_seconds: u32,
    /// The expiry of a transaction is a multiple of this number of blocks.
    expiry_step: u32,
    /// The expiry of a transaction is at most this number of blocks ahead.
    validity: u32,
    /// The current epoch; none before the first.
    epoch: Option<u32>,
    /// The newest cycles, at most 16, the newest last.
    cycles: Vec<Cycle>,
}

/// A cycle and its parameters. Prices are in micro-currency per kWh, times in seconds since 1970.
#[derive(Serialize, ToSchema)]
pub struct Cycle {
    /// Its number.
    cycle: u32,
    /// The epoch of its plans' credentials.
    epoch: u32,
    /// The lowest price of the grid.
    first_price: String,
    /// The step of the grid, which has 48 prices.
    price_step: String,
    /// The tolerance of deliveries, in thousandths of the matched volume.
    tolerance_per_mille: u16,
    /// What a trade's price is: `midpoint` or `ask`.
    price_rule: &'static str,
    /// How many rounds it has.
    rounds: u8,
    /// The tariff for surplus.
    feed_in: String,
    /// The tariff for shortfall.
    retail: String,
    /// The price of a Wh that a side failed to deliver or take, outside the tolerance.
    penalty: String,
    /// The least volume of a plan, in Wh.
    least_lot_wh: String,
    /// Who bears the difference between trades and meter: `operator` or `household`.
    imbalance: &'static str,
    /// From when plans may be listed.
    opens: String,
    /// The length of a round, in seconds.
    round_seconds: u32,
    /// From a match to its confirmation deadline, in seconds.
    confirm_seconds: u32,
    /// Gate closure.
    closes: String,
    /// From when delivery slots run.
    delivery_from: String,
    /// The length of a delivery slot, in seconds.
    delivery_slot: u32,
}

impl Cycle {
    fn of(cycle: &CycleState) -> Self {
        let (start, market, terms) = (&cycle.start, &cycle.start.market, &cycle.start.terms);
        Cycle {
            cycle: start.cycle.get(),
            epoch: start.epoch.get(),
            first_price: market.grid.first().get().to_string(),
            price_step: market.grid.step().get().to_string(),
            tolerance_per_mille: market.tolerance.get(),
            price_rule: match market.price_rule {
                PriceRule::Midpoint => "midpoint",
                PriceRule::Ask => "ask",
            },
            rounds: market.max_rounds,
            feed_in: market.feed_in.get().to_string(),
            retail: market.retail.get().to_string(),
            penalty: terms.penalty.get().to_string(),
            least_lot_wh: terms.least_lot.get().to_string(),
            imbalance: match terms.imbalance {
                Imbalance::Operator => "operator",
                Imbalance::Household => "household",
            },
            opens: start.schedule.opens.0.to_string(),
            round_seconds: start.schedule.round_seconds,
            confirm_seconds: start.schedule.confirm_seconds,
            closes: start.schedule.closes.0.to_string(),
            delivery_from: start.schedule.delivery_from.0.to_string(),
            delivery_slot: start.schedule.delivery_slot,
        }
    }
}

/// The rules in force.
#[utoipa::path(get, path = "/v1/parameters", operation_id = "parameters",
    responses((status = 200, body = Parameters)))]
pub async fn parameters(State(api): State<Api>) -> Result<Json<Parameters>, Problem> {
    let parameters = api.ask(|service| {
        let (limits, state) = (service.genesis().genesis.limits, service.state());
        let skipped = state.cycles().count().saturating_sub(CYCLES);
        Ok(Parameters {
            greatest_energy_wh: limits.greatest_energy.get().to_string(),
            exit_epochs: limits.exit_epochs,
            rest_window_seconds: limits.rest_window,
            expiry_step: limits.expiry_step,
            validity: limits.validity,
            epoch: state.epoch().map(|epoch| epoch.get()),
            cycles: state.cycles().skip(skipped).map(Cycle::of).collect(),
        })
    });
    Ok(Json(parameters.await?))
}
