//! `veilgrid audit`: one household or one plan is opened, each opening on its own entry on the
//! ledger.

mod error;
pub mod office;
mod output;

pub use error::Error;

use crate::hexadecimal::hexadecimal;
use office::Office;
use protocol::record::Handle;
use protocol::units::{Cycle, Side};
use std::fmt::Write as _;
use std::path::PathBuf;
use terminal::output::{note, print};
use terminal::Failure;

const ABOUT_KEYS: &str = "The folder holds the keys of every role, the regulator's and the audit key's shares among them, because `market` plays all
roles in one process; in a real market each is with its holder. An audit writes its entries (who opens what, and the digest
of the reason) as blocks of the ledger before anything is opened, and every holder of a share checks their inclusion proofs.";

/// What to audit.
#[derive(Clone, Debug, clap::Subcommand)]
pub enum Command {
    /// Everything of one household in a range of cycles, and nothing of anybody else
    Household(HouseholdArguments),
    /// One plan
    Plan(PlanArguments),
}

/// Where, as whom, and why.
#[derive(Clone, Debug, clap::Args)]
pub struct Where {
    /// The folder that `market --data-dir` was given; the market must have come to its end
    #[arg(long, value_name = "DIR")]
    data_dir: PathBuf,
    /// The seed that the market was given: the passphrase of its demonstration's keys follows from
    /// it
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Why: its digest goes on the ledger
    #[arg(long, value_name = "TEXT", default_value = "demonstration", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    reason: String,
}

/// Arguments of `audit household`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = format!("Examples:
  veilgrid market --data-dir /tmp/market
  veilgrid audit household --data-dir /tmp/market --household H001 --from 1 --to 1
  veilgrid audit household --data-dir /tmp/market --household H001 --from 1 --to 1 --csv > H001.csv

The household's trace key of each epoch is opened, all of its trace tags are computed and looked for, and only what carries
them is opened. The statement lists top-ups, generation, plans, trades and the grid; its sum is by how much what the
household has grew: over all cycles, its balance. Money in nano-currency, energy in Wh in --json and --csv. Payments
belong to the epoch in which they were made.

{ABOUT_KEYS}"))]
pub struct HouseholdArguments {
    #[command(flatten)]
    place: Where,
    /// The household's name in the scenario
    #[arg(long, value_name = "NAME")]
    household: String,
    /// First cycle
    #[arg(long, value_name = "CYCLE")]
    from: u32,
    /// Last cycle
    #[arg(long, value_name = "CYCLE")]
    to: u32,
    /// The statement as JSON (veilgrid-audit/1) instead of text
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// The statement as CSV instead of text; what was looked for then goes to standard error
    #[arg(long)]
    csv: bool,
}

/// Arguments of `audit plan`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = format!("Examples:
  veilgrid audit plan --data-dir /tmp/market                 # lists the plans, as anyone can; opens nothing
  veilgrid audit plan --data-dir /tmp/market --plan HANDLE

{ABOUT_KEYS}"))]
pub struct PlanArguments {
    #[command(flatten)]
    place: Where,
    /// The plan's handle, 64 hexadecimal digits; without it, all plans of the ledger are listed
    #[arg(long, value_name = "HANDLE")]
    plan: Option<String>,
}

/// Runs the subcommand.
pub fn run(command: &Command) -> Result<(), Failure> {
    match command {
        Command::Household(arguments) => household(arguments)?,
        Command::Plan(arguments) => plan(arguments)?,
    }
    .write()
}

/// What goes to standard output, and to standard error.
struct Said {
    out: Vec<u8>,
    err: String,
}

impl Said {
    fn write(self) -> Result<(), Failure> {
        if !self.err.is_empty() {
            note(self.err.trim_end());
        }
        print(&self.out)
    }
}

fn household(arguments: &HouseholdArguments) -> Result<Said, Error> {
    let HouseholdArguments { place, household, from, to, json, csv } = arguments;
    let bad = |why| Error::Range { from: *from, to: *to, why };
    let range = (Cycle::new(*from).map_err(|_| bad("not cycles"))?, Cycle::new(*to).map_err(|_| bad("not cycles"))?);
    if from > to {
        return Err(bad("the first cycle comes after the last"));
    }
    let mut office = Office::open(&place.data_dir, place.seed)?;
    let who = office.address(household)?;
    if office.regulator.trail().range(range.0, range.1).0.is_empty() {
        return Err(bad("the ledger has no cycle in this range"));
    }
    let (statement, entry) = office.household(who, range, &place.reason)?;
    Ok(if *json {
        let value = output::json(household, &statement, entry);
        Said { out: format!("{value:#}\n").into_bytes(), err: String::new() }
    } else if *csv {
        Said { out: output::csv(&statement)?, err: output::checks(&statement, entry) }
    } else {
        Said { out: output::text(household, &statement, entry).into_bytes(), err: String::new() }
    })
}

fn side(side: Side) -> &'static str {
    match side {
        Side::Sell => "sell",
        Side::Buy => "buy",
    }
}

fn plan(arguments: &PlanArguments) -> Result<Said, Error> {
    let PlanArguments { place, plan } = arguments;
    let asked = match plan {
        Some(text) => Some((text, hexadecimal::<Handle>(text).ok_or_else(|| Error::Handle(text.clone()))?)),
        None => None,
    };
    let mut office = Office::open(&place.data_dir, place.seed)?;
    const WRITES: &str = "writing to a string does not fail";
    let mut out = String::new();
    let Some((text, handle)) = asked else {
        let mut plans: Vec<_> = office.regulator.trail().plans().collect();
        plans.sort_by_key(|(cycle, side, handle)| (*cycle, *side as u8, *handle));
        for (cycle, of, handle) in plans {
            writeln!(out, "cycle {}  {:4}  {handle}", cycle.get(), side(of)).expect(WRITES);
        }
        return Ok(Said { out: out.into_bytes(), err: String::new() });
    };
    let Ok((_, _, of)) = office.regulator.trail().plan(handle) else {
        return Err(Error::UnknownPlan(text.clone()));
    };
    let (audited, entry) = office.plan(handle, &place.reason)?;
    let owner = office.names.iter().find(|(_, address)| *address == audited.owner).map(|(name, _)| name.as_str());
    let (cycle, volume, price) = (audited.cycle.get(), audited.volume.get(), audited.price.get());
    writeln!(out, "{handle}").expect(WRITES);
    writeln!(out, "{} plan of {} in cycle {cycle}", side(of), owner.unwrap_or("a household unknown here"))
        .expect(WRITES);
    let limit = if of == Side::Sell { "at least" } else { "at most" };
    writeln!(out, "{volume} Wh for {limit} {price} micro-currency per kWh").expect(WRITES);
    writeln!(out, "announced on the ledger in block {}, before it was opened", entry.0).expect(WRITES);
    Ok(Said { out: out.into_bytes(), err: String::new() })
}
