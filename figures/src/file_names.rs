//! The names of the files that figures are written to.

/// The names of the files, in the order in which they are written.
pub const NAMES: [&str; 7] =
    ["bills.csv", "measures.csv", "trades.csv", "intervals.csv", "figures.json", "figures.md", "index.html"];
