//! The result of a check as JSON.

use super::admit::Admission;
use super::feeder::Feeder;
use super::file::Case;
use super::state::{Limiting, State};
use crate::refused::Refused;
use crate::whole::whole;
use serde_json::{json, Map, Value};

pub(super) fn answer(case: &Case, admission: &Admission) -> Result<Value, Refused> {
    let feeder = &case.feeder;
    let admitted = case.trades.iter().zip(&admission.admitted).map(|(named, admitted)| {
        json!({
            "seller": named.seller,
            "buyer": named.buyer,
            "wh": admitted.energy.get(),
            "cut": admitted.cut.get(),
            "by": admitted.by.map(|limit| limit.name(feeder)),
        })
    });
    Ok(json!({
        "format": "veilgrid-grid-check-result/1",
        "base": state(feeder, &admission.base)?,
        "as_matched": state(feeder, &admission.as_matched)?,
        "admitted": admitted.collect::<Vec<Value>>(),
        "after": state(feeder, &admission.after)?,
    }))
}

fn state(feeder: &Feeder, state: &State) -> Result<Value, Refused> {
    let (lines, buses) = (|line: usize| move || format!("lines[{line}]"), |bus: usize| move || format!("buses[{bus}]"));
    let flow = |line: usize| whole(state.flows[line], lines(line));
    let flows: Vec<Value> = (0..state.flows.len()).map(flow).collect::<Result<_, _>>()?;
    let squared = feeder.buses().names().iter().zip(&state.squared).enumerate();
    let squared = squared.map(|(bus, (name, squared))| Ok((name.clone(), whole(*squared, buses(bus))?)));
    let squared: Map<String, Value> = squared.collect::<Result<_, Refused>>()?;
    let mut violations = Vec::new();
    for exceeded in state.exceeded(feeder) {
        violations.push(match exceeded.limit {
            Limiting::Line(line) => {
                json!({ "line": line, "flow": flow(line)?, "over": whole(exceeded.by, lines(line))? })
            }
            Limiting::Bus(bus, side) => {
                let name = &feeder.buses().names()[bus];
                json!({ "bus": name, "limit": side.word(), "by": whole(exceeded.by, buses(bus))? })
            }
        });
    }
    Ok(json!({ "feasible": violations.is_empty(), "flows": flows, "squared_mv": squared, "violations": violations }))
}
