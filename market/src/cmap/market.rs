//! A CMAP market that was read from a file and checked whole.

use super::file;
use super::pool::Pool;
use super::read::read;
use super::refused::Refused;
use super::report::Report;
use super::rounds::play;
use crate::json;
use crate::settlement::Tariff;

/// The format of a market.
pub const FORMAT: &str = "veilgrid-cmap/1";
/// Largest file that is read, in bytes.
pub const MAX_BYTES: u64 = 256 << 20;

/// A market.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Market {
    /// Ids of the sell plans, in list order.
    pub sellers: Vec<String>,
    /// Ids of the buy plans, in list order.
    pub buyers: Vec<String>,
    /// The plans, in the same order.
    pub pool: Pool,
    /// Most rounds, at least 1.
    pub max_rounds: u8,
    /// The grid's prices for what is left.
    pub tariff: Tariff,
}

impl Market {
    /// Reads and checks a file's bytes. Error: [`Refused`], with the path of the field.
    pub fn parse(bytes: &[u8]) -> Result<Market, Refused> {
        read(&json::read::<file::File>(bytes)?)
    }

    /// Clears the market. The report has the scores of all pairs where they are asked for.
    pub fn clear(&self, scores: bool) -> Report {
        Report::of(self, &play(&self.pool, self.max_rounds, 1, scores))
    }
}
