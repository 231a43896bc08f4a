//! Reports, `veilgrid-report/1` (`docs/protocol/80-market-rules.md`), and their summary for a
//! terminal.

mod table;

use market::outcome::{GridRow, HouseholdRow, Outcome, Rejection, Trade};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The format's name, in the report's first field.
pub const FORMAT: &str = "veilgrid-report/1";

/// The outcome of a scenario and how it was played. Fields are in the order of the format.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// `veilgrid-report/1`.
    pub format: String,
    /// The trades, in the order made.
    pub trades: Vec<Trade>,
    /// The settlements with the grid.
    pub grid: Vec<GridRow>,
    /// The households at the end.
    pub households: Vec<HouseholdRow>,
    /// Plans rejected and shortfalls unpaid.
    pub rejected: Vec<Rejection>,
    /// The ledger at the end; null from `simulate`, which has none.
    pub ledger: Option<LedgerSummary>,
    /// How many milliseconds each step took, by the name of the step.
    pub timings: BTreeMap<String, u64>,
    /// The encrypted deviations of `market --deviation`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deviation: Option<DeviationSummary>,
}

/// The verdicts of a run's encrypted deviations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviationSummary {
    /// Number of verdicts on the ledger; each equals the one that its trade settled with.
    pub verdicts: u64,
    /// Number of verdicts that say "within tolerance".
    pub within: u64,
}

/// The ledger at the end of a market.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerSummary {
    /// Blocks after genesis.
    pub height: u64,
    /// The record root (that of the record tree), in hexadecimal. It repeats after a block that makes
    /// no record.
    pub root: String,
    /// Number of accepted transactions of each kind.
    pub transactions: BTreeMap<String, u64>,
}

impl Report {
    /// A report of an outcome.
    pub fn new(outcome: Outcome, ledger: Option<LedgerSummary>, timings: BTreeMap<String, u64>) -> Report {
        let Outcome { trades, grid, households, rejected } = outcome;
        Report { format: FORMAT.into(), trades, grid, households, rejected, ledger, timings, deviation: None }
    }

    /// The JSON.
    pub fn to_json(&self) -> Vec<u8> {
        let mut json = serde_json::to_vec_pretty(self).expect("structs of strings and integers are JSON");
        json.push(b'\n');
        json
    }
}
