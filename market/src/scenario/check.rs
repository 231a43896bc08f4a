//! Turns the content of a file into a [`Scenario`]. It checks every bound and rule of
//! `docs/protocol/80-market-rules.md`, and each refusal has the path of the field.

mod bounds;
mod cycle;
mod market;
mod plan;

use super::file;
use super::format::FORMAT;
use super::plans::{CyclePlans, Household, Scenario};
use super::refused::{Problem, Refused};
use crate::household_id;
use crate::utc::Utc;
use bounds::{metres, reputation, within, At};
use protocol::units::{Cycle, Money, Place};
use std::collections::HashMap;

impl Scenario {
    /// Reads and checks a file's bytes.
    pub fn parse(bytes: &[u8]) -> Result<Scenario, Refused> {
        Scenario::checked(file::File::parse(bytes)?)
    }

    /// Checks the content of a file.
    pub fn checked(file: file::File) -> Result<Scenario, Refused> {
        check(file)
    }
}

fn check(file: file::File) -> Result<Scenario, Refused> {
    if file.format != FORMAT {
        return Err(Refused { path: "format".into(), problem: Problem::Format { found: file.format } });
    }
    let (market, terms) = market::market(&file.market)?;
    let mut indices = HashMap::with_capacity(file.households.len());
    let mut households = Vec::with_capacity(file.households.len());
    for (h, of) in file.households.iter().enumerate() {
        let at = |field: &'static str| move || format!("households[{h}].{field}");
        if !household_id::is_valid(&of.id) {
            return Err(Problem::Id { id: of.id.clone() }).at(at("id"));
        }
        if let Some(earlier) = indices.insert(of.id.as_str(), h) {
            return Err(Problem::DuplicateId { id: of.id.clone(), earlier }).at(at("id"));
        }
        let place = Place { x: metres(of.x).at(at("x"))?, y: metres(of.y).at(at("y"))? };
        households.push(Household {
            id: of.id.clone(),
            place,
            reputation: reputation(of.reputation).at(at("reputation"))?,
            balance: Money::new(of.balance).expect("every u64 is an amount of money"),
        });
    }
    let mut cycles: Vec<CyclePlans> = Vec::with_capacity(file.cycles.len());
    let mut last_start = None;
    for (c, of) in file.cycles.iter().enumerate() {
        let at = || format!("cycles[{c}].cycle");
        let number = within(of.cycle, 0, Cycle::MAX.get().into()).at(at)? as u32;
        if let Some(before) = cycles.last().map(|cycle| cycle.cycle.get()).filter(|before| number <= *before) {
            return Err(Problem::CycleOrder { cycle: of.cycle, before }).at(at);
        }
        let starts = starts(of, last_start).at(|| format!("cycles[{c}].starts"))?;
        last_start = starts.or(last_start);
        let tariff = cycle::tariff(of, c)?;
        let plans = cycle::plans(&market, &terms, of, c, &indices)?;
        let unplanned = cycle::unplanned(&terms, of, c, &plans, &indices)?;
        let cycle = Cycle::new(number).expect("every u32 numbers a cycle");
        cycles.push(CyclePlans { cycle, starts, tariff, plans, unplanned });
    }
    Ok(Scenario { market, terms, households, cycles })
}

/// When a cycle starts: after the last start that an earlier cycle states.
fn starts(of: &file::Cycle, before: Option<Utc>) -> Result<Option<Utc>, Problem> {
    let Some(text) = &of.starts else { return Ok(None) };
    let starts: Utc = text.parse().map_err(|_| Problem::Starts { found: text.clone() })?;
    match before {
        Some(before) if starts <= before => Err(Problem::StartsOrder { starts, before }),
        _ => Ok(Some(starts)),
    }
}
