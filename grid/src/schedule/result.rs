//! The result of a file, `veilgrid-grid-schedule-result/1`.

use super::{Fault, Horizon, Listing, Planned};
use serde_json::{json, Map, Value};

/// The format of the result.
const FORMAT: &str = "veilgrid-grid-schedule-result/1";

/// Decimals of a number in the result.
const DECIMALS: f64 = 1e6;

/// Writes a schedule. Lists of devices that the household lacks are left out.
/// Error: [`Fault::Unsolved`].
pub(super) fn written(horizon: &Horizon, planned: &Planned, unique_net: bool) -> Result<Value, Fault> {
    let (schedule, value_now) = (planned.schedule(), planned.value_now()?);
    let mut result = Map::new();
    let mut put = |key: &str, value: Value| result.insert(key.into(), value);
    put("format", json!(FORMAT));
    put("cost", number(schedule.cost));
    put("net", numbers(&schedule.net));
    put("unique_net", json!(unique_net));
    let end = |of: Option<f64>| of.map_or(Value::Null, number);
    put("value_now", json!({ "low": end(value_now.low), "high": end(value_now.high) }));
    if let Some(of) = schedule.batteries.first() {
        put("charge", numbers(&of.charge));
        put("discharge", numbers(&of.discharge));
        put("stored", numbers(&of.stored));
    }
    if horizon.generator.is_some() {
        put("generated", numbers(&schedule.generated));
    }
    if !horizon.flexible.is_empty() {
        put("flexible", schedule.flexible.iter().map(|of| numbers(of)).collect());
    }
    let plan = match planned.listing(&horizon.price_grid)? {
        None => Value::Null,
        Some(Listing::Sell { volume, ask }) => {
            json!({ "side": "sell", "volume": volume.get(), "price": ask.get() })
        }
        Some(Listing::Buy { volume, limit }) => {
            json!({ "side": "buy", "volume": volume.get(), "limit": limit.get() })
        }
    };
    put("plan", plan);
    Ok(Value::Object(result))
}

fn numbers(of: &[f64]) -> Value {
    of.iter().map(|of| number(*of)).collect()
}

/// Rounded, because digits beyond are the solver's; and no zero has a sign.
fn number(of: f64) -> Value {
    json!((of * DECIMALS).round() / DECIMALS + 0.0)
}
