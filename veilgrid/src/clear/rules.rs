//! `veilgrid clear rules`: every clearing rule with its properties.

use grid::nodal::Nodal;
use market::description::Shares;
use market::mechanism::{Properties, Venue};
use market::play::Rule;
use serde_json::{json, Map, Value};
use terminal::output::Overwrite;
use terminal::table::table;
use terminal::Failure;

/// Arguments of `clear rules`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
A rule decides who trades with whom in a cycle, how much, and at what price. `simulate --rule NAME`
plays any scenario by any of them; `nodal` needs a network (--feeder).

  individually rational   nobody pays above its limit or earns below its ask
  balanced                buyers pay what sellers earn, exactly
  weakly balanced         buyers pay at least what sellers earn
  incentive compatible    nobody gains by another plan than its true one
  efficient               no other clearing gains more, energy times (limit less ask)

Examples:
  veilgrid clear rules
  veilgrid clear rules --json | jq '.rules[] | {rule, on_ledger}'

docs/market.md describes the rules.")]
pub struct Arguments {
    /// Print the rules, their properties and reasons as JSON; the table then goes to standard error
    #[arg(long)]
    json: bool,
}

/// A rule as the list shows it.
struct Listed {
    name: &'static str,
    venue: Venue,
    properties: Properties,
    needs_feeder: bool,
}

fn every_rule() -> Vec<Listed> {
    let shares = Shares::default();
    let listed = |rule: Rule| Listed {
        name: rule.name(),
        venue: rule.venue(),
        properties: rule.properties(),
        needs_feeder: false,
    };
    let nodal =
        Listed { name: Nodal::NAME, venue: Venue::InTheClear, properties: Nodal::PROPERTIES, needs_feeder: true };
    Rule::every(&shares).into_iter().map(listed).chain([nodal]).collect()
}

/// Runs `clear rules`.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let rules = every_rule();
    let printing = Overwrite::default().outputs::<&str>([])?.printing(arguments.json)?;
    printing.print(&text(&rules), || json(&rules))
}

fn yes_or_no(holds: bool) -> String {
    if holds { "yes" } else { "no" }.to_string()
}

fn text(rules: &[Listed]) -> String {
    const HEAD: [&str; 7] = [
        "rule",
        "individually rational",
        "balanced",
        "weakly balanced",
        "incentive compatible",
        "efficient",
        "on the ledger",
    ];
    let row = |rule: &Listed| {
        let properties = rule.properties.named().into_iter().map(|(_, property)| yes_or_no(property.holds));
        let on_ledger = yes_or_no(rule.venue == Venue::Ledger);
        [rule.name.to_string()].into_iter().chain(properties).chain([on_ledger]).collect()
    };
    let mut text = table("Clearing rules", &HEAD, rules.len(), rules.iter().map(row).collect());
    for rule in rules {
        text += &format!("\n{}{}\n", rule.name, if rule.needs_feeder { " (needs --feeder)" } else { "" });
        for (name, property) in rule.properties.named() {
            text += &format!("  {name}: {}, {}\n", yes_or_no(property.holds), property.why);
        }
    }
    text
}

fn json(rules: &[Listed]) -> Vec<u8> {
    let rule = |rule: &Listed| {
        let properties =
            rule.properties.named().into_iter().map(|(name, property)| {
                (name.replace(' ', "_"), json!({ "holds": property.holds, "why": property.why }))
            });
        let mut of = Map::from_iter([
            ("rule".to_string(), Value::from(rule.name)),
            ("on_ledger".to_string(), Value::from(rule.venue == Venue::Ledger)),
            ("needs_feeder".to_string(), Value::from(rule.needs_feeder)),
        ]);
        of.extend(properties.map(|(name, value)| (name.replace(",", ""), value)));
        Value::from(of)
    };
    let rules: Vec<Value> = rules.iter().map(rule).collect();
    let json = json!({ "format": "veilgrid-rules/1", "rules": rules });
    format!("{json:#}\n").into_bytes()
}
