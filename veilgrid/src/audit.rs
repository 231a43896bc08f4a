//! `veilgrid audit`: opens one household or one plan. Each opening has an entry of its own on the
//! ledger.

mod error;
pub mod office;
mod output;

pub use error::Error;

use crate::reading::Reading;
use ledger::Archive;
use office::Office;
use protocol::hexadecimal::hexadecimal;
use protocol::record::Handle;
use protocol::transaction::Body;
use protocol::units::{Cycle, Side};
use serde_json::{json, Value};
use std::path::PathBuf;
use terminal::output::{note, print, Printing};
use terminal::table::price;
use terminal::Failure;

/// The name of the JSON format of `audit plan`: prices in micro-currency per kWh, energy in Wh.
const PLAN_FORMAT: &str = "veilgrid-audit-plan/1";

const ABOUT_KEYS: &str =
    "The folder holds the keys of every role, among them the regulator's keys and the shares of the audit
key, because `market` plays all roles in one process. In a real market each holder keeps its own. An
audit first writes its entries (who opens what, and the digest of the reason) as blocks of the
ledger, and every holder of a share checks their inclusion proofs before anything is opened.";

/// What to audit.
#[derive(Clone, Debug, clap::Subcommand)]
pub enum Command {
    /// Open everything of one household in a range of cycles, and nothing of any other household
    Household(HouseholdArguments),
    /// Open one plan
    Plan(PlanArguments),
}

/// The folder, the seed and the reason of an audit.
#[derive(Clone, Debug, clap::Args)]
pub struct Where {
    /// The folder that `market --data-dir` was given; the market must be finished
    #[arg(long, value_name = "DIR")]
    data_dir: PathBuf,
    /// The seed that the market was given; the passphrase of the demonstration's keys follows from
    /// it
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// The reason of the audit; the digest of this text goes on the ledger
    #[arg(long, value_name = "TEXT", default_value = "demonstration", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    reason: String,
}

/// Arguments of `audit household`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = format!("Examples:
  veilgrid market --data-dir /tmp/market
  veilgrid audit household --data-dir /tmp/market --household H001 --from 1 --to 1
  veilgrid audit household --data-dir /tmp/market --household H001 --from 1 --to 1 --csv > H001.csv

The audit opens the household's trace key of each epoch, computes all of its trace tags, searches for
them, and opens only the ciphertexts with these tags. The statement lists top-ups, generation, plans,
trades and the grid. Its sum is the growth of the household's money; over all cycles this is its
balance. In --json and --csv, money is in nano-currency and energy in Wh. A payment belongs to the
epoch in which it was made.

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
    /// Print the statement as JSON (veilgrid-audit/1); the text then goes to standard error
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// Print the statement as CSV instead of text; the counts of the search then go to standard
    /// error
    #[arg(long)]
    csv: bool,
}

/// Arguments of `audit plan`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = format!("Examples:
  veilgrid audit plan --data-dir /tmp/market    # lists the plans, as anyone can; opens nothing
  veilgrid audit plan --data-dir /tmp/market --plan HANDLE

The list needs only the ledger, and the folder is only read for it. So it may be one that cannot be
written, or a snapshot.

{ABOUT_KEYS}"))]
pub struct PlanArguments {
    #[command(flatten)]
    place: Where,
    /// The plan's handle, 64 hexadecimal digits; without it, all plans of the ledger are listed
    #[arg(long, value_name = "HANDLE")]
    plan: Option<String>,
    /// Print JSON (veilgrid-audit-plan/1); the text then goes to standard error
    #[arg(long)]
    json: bool,
}

/// Runs the subcommand.
pub fn run(command: &Command) -> Result<(), Failure> {
    match command {
        Command::Household(arguments) => household(arguments),
        Command::Plan(arguments) => plan(arguments),
    }
}

/// Names the holders of the audit key whose parts were not by their shares.
fn say_bad_parts(office: &Office) {
    for bad in office.regulator.bad_parts() {
        note(&format!("holder {} of the audit key gave a part that is not by its share; others opened it", bad.holder));
    }
}

fn household(arguments: &HouseholdArguments) -> Result<(), Failure> {
    let HouseholdArguments { place, household, from, to, json, csv } = arguments;
    let bad = |why| Error::Range { from: *from, to: *to, why };
    let range = (Cycle::new(*from).map_err(|_| bad("not cycles"))?, Cycle::new(*to).map_err(|_| bad("not cycles"))?);
    if from > to {
        return Err(bad("the first cycle comes after the last").into());
    }
    let mut office = Office::open(&place.data_dir, place.seed)?;
    let who = office.address(household)?;
    if office.regulator.trail().range(range.0, range.1).0.is_empty() {
        return Err(bad("the ledger has no cycle in this range").into());
    }
    let (account, entry) = office.household(who, range, &place.reason)?;
    say_bad_parts(&office);
    if *csv {
        note(output::checks(&account, entry).trim_end());
        return print(&output::csv(&account).map_err(Error::Csv)?);
    }
    let text = output::text(household, &account, entry);
    Printing::plain(*json).print(&text, || format!("{:#}\n", output::json(household, &account, entry)).into_bytes())
}

fn side(side: Side) -> &'static str {
    match side {
        Side::Sell => "sell",
        Side::Buy => "buy",
    }
}

/// All plans of a ledger, by cycle, side and handle. Everybody can read them there.
fn plans(archive: &Archive) -> Vec<(Cycle, Side, Handle)> {
    let bodies = archive.ledger.compact.iter().flat_map(|block| &block.transactions).map(|t| &t.body);
    let listed = bodies.filter_map(|body| match body {
        Body::SellPlan(b) => Some((b.cycle, Side::Sell, b.handle)),
        Body::BuyPlan(b) => Some((b.cycle, Side::Buy, b.handle)),
        _ => None,
    });
    let mut plans: Vec<_> = listed.collect();
    plans.sort_by_key(|(cycle, side, handle)| (*cycle, *side as u8, *handle));
    plans
}

fn plan(arguments: &PlanArguments) -> Result<(), Failure> {
    let PlanArguments { place, plan, json } = arguments;
    let asked = match plan {
        Some(text) => Some((text, hexadecimal::<Handle>(text).ok_or_else(|| Error::Handle(text.clone()))?)),
        None => None,
    };
    let (text, found) = match asked {
        Some((text, handle)) => one_plan(place, text, handle)?,
        None => all_plans(&Reading::open(&place.data_dir).map_err(Error::from)?.archive),
    };
    Printing::plain(*json).print(&text, || format!("{found:#}\n").into_bytes())
}

/// The list of the plans that are on the ledger, as text and as JSON.
fn all_plans(archive: &Archive) -> (String, Value) {
    let plans = plans(archive);
    let text = plans.iter().map(|(cycle, of, handle)| format!("cycle {}  {:4}  {handle}\n", cycle.get(), side(*of)));
    let text = text.collect();
    let plans = plans
        .iter()
        .map(|(cycle, of, handle)| json!({ "cycle": cycle.get(), "side": side(*of), "handle": handle.to_string() }));
    (text, json!({ "format": PLAN_FORMAT, "plans": plans.collect::<Vec<_>>() }))
}

/// Opens one plan; gives its terms as text and as JSON. `text` is the handle as it was typed.
fn one_plan(place: &Where, text: &str, handle: Handle) -> Result<(String, Value), Error> {
    let mut office = Office::open(&place.data_dir, place.seed)?;
    let Ok((_, _, of)) = office.regulator.trail().plan(handle) else {
        return Err(Error::UnknownPlan(text.to_owned()));
    };
    let (audited, entry) = office.plan(handle, &place.reason)?;
    say_bad_parts(&office);
    let owner = office.names.iter().find(|(_, address)| *address == audited.owner).map(|(name, _)| name.as_str());
    let (cycle, volume, limit) = (audited.cycle.get(), audited.volume.get(), audited.price.get());
    let text = format!(
        "{handle}\n{} plan of {} in cycle {cycle}\n{volume} Wh for {} {} per kWh\n\
         announced on the ledger in block {}, before it was opened\n",
        side(of),
        owner.unwrap_or("a household unknown here"),
        if of == Side::Sell { "at least" } else { "at most" },
        price(limit),
        entry.0
    );
    let found = json!({
        "format": PLAN_FORMAT,
        "handle": handle.to_string(),
        "side": side(of),
        "household": owner,
        "cycle": cycle,
        "volume_wh": volume,
        "price": limit,
        "entry_block": entry.0,
    });
    Ok((text, found))
}
