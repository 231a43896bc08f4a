//! Transportation problems, exactly: how much of each row's amount goes to each column, so that as
//! much as possible goes, and is worth as much as possible.
//!
//! A row has an amount to give, a column an amount to take. Some pairs are forbidden. [`Transport`]
//! finds the greatest total that can go (a maximum flow). [`Transport::greatest`] then finds, among
//! all ways to move exactly that total, one whose sum of worth times amount is greatest, and
//! [`Transport::first_greatest`] the one that comes first in the order of the rows. Everything is in
//! integers, so that the result is the same on every machine, and a check by potentials proves each
//! result before it is given away.
//!
//! The method is the network simplex on a bipartite graph (Ahuja, Magnanti, Orlin; `docs/sources.md`).
//! One more column takes what rows keep, one more row gives what columns lack. Both cost nothing, and
//! with them every amount is used up exactly. The start is a maximum flow, so that no pair needs an
//! artificial price: forbidden pairs are never looked at.
//!
//! No number overflows. A worth lies within 2^96 of zero. A potential is a sum of worths with
//! alternating signs along a path of the tree, and a path has fewer than 2^24 lines, so a potential
//! lies within 2^120 of zero, and a worth less two potentials within 2^122. The sum of worth times
//! amount is not needed and never made.

mod check;
mod first;
mod forest;
mod greatest_total;
mod simplex;
mod table;
mod tree;

pub use table::Table;

use greatest_total::GreatestTotal;
use tree::Tree;

/// Most rows and columns together.
pub const MOST_NODES: usize = 1 << 24;
/// Bound of the sum of a side's amounts; the sum lies below it.
pub const AMOUNTS_BELOW: u64 = 1 << 62;
/// A worth lies within so much of zero.
pub const MOST_WORTH: i128 = 1 << 96;
/// Stands in a table of worths where a pair is forbidden. It is so low that such a pair never looks
/// like a gain, and high enough that two potentials can be subtracted from it.
const FORBIDDEN: i128 = -(1 << 126);

/// Why a problem is too large for integers of 128 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TooLarge {
    /// [`MOST_NODES`].
    #[error("there are more than {MOST_NODES} rows and columns")]
    Nodes,
    /// [`AMOUNTS_BELOW`].
    #[error("the amounts of one side sum to {AMOUNTS_BELOW} or more")]
    Amounts,
    /// [`MOST_WORTH`].
    #[error("a worth is further than {MOST_WORTH} from zero")]
    Worth,
}

/// An amount that goes from a row to a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shipment {
    /// The row.
    pub row: usize,
    /// The column.
    pub column: usize,
    /// The amount, at least 1.
    pub amount: u64,
}

/// A transportation problem with its greatest total. It keeps the last basis, from which the next
/// program starts: the same amounts can be asked for by several worths.
#[derive(Clone, Debug)]
pub struct Transport {
    /// The rows' amounts, and behind them what the columns lack.
    rows: Vec<u64>,
    /// The columns' amounts, and behind them what the rows keep.
    columns: Vec<u64>,
    allowed: Table<bool>,
    total: u64,
    /// None where nothing can go.
    tree: Option<Tree>,
}

impl Transport {
    /// The problem of these amounts; `allowed` has a cell for each row and column. Errors:
    /// [`TooLarge::Nodes`], [`TooLarge::Amounts`].
    pub fn new(rows: &[u64], columns: &[u64], allowed: Table<bool>) -> Result<Transport, TooLarge> {
        assert_eq!((rows.len(), columns.len()), (allowed.rows(), allowed.columns()), "a cell for each pair");
        if rows.len().saturating_add(columns.len()) > MOST_NODES {
            return Err(TooLarge::Nodes);
        }
        let sum = |amounts: &[u64]| amounts.iter().try_fold(0u64, |sum, amount| sum.checked_add(*amount));
        let below = |amounts: &[u64]| sum(amounts).filter(|sum| *sum < AMOUNTS_BELOW).ok_or(TooLarge::Amounts);
        let (given, taken) = (below(rows)?, below(columns)?);
        let found = GreatestTotal::find(rows, columns, &allowed);
        assert!(found.is_greatest(rows, columns, &allowed), "no way is left when the search ends");
        let total = found.total;
        let with = |amounts: &[u64], rest: u64| amounts.iter().copied().chain([rest]).collect::<Vec<_>>();
        let (rows, columns) = (with(rows, taken - total), with(columns, given - total));
        let tree = (total > 0).then(|| Tree::start(&rows, &columns, &allowed, found));
        Ok(Transport { rows, columns, allowed, total, tree })
    }

    /// The greatest total that can go from rows to columns.
    pub const fn total(&self) -> u64 {
        self.total
    }

    /// A way to move exactly the total whose sum of worth times amount is greatest. There may be
    /// others. The shipments are in the order of the rows. Error: [`TooLarge::Worth`].
    pub fn greatest(&mut self, worth: impl Fn(usize, usize) -> i128) -> Result<Vec<Shipment>, TooLarge> {
        let worths = self.worths(worth)?;
        Ok(self.solve(&worths, |_, amounts| amounts))
    }

    /// Of all ways with the greatest sum, the one with the greatest amount in the first cell, then
    /// in the second, and so on, row by row and in each row column by column. Error:
    /// [`TooLarge::Worth`].
    pub fn first_greatest(&mut self, worth: impl Fn(usize, usize) -> i128) -> Result<Vec<Shipment>, TooLarge> {
        let worths = self.worths(worth)?;
        Ok(self.solve(&worths, |tree, amounts| first::first(tree, &worths, amounts)))
    }

    /// Solves, chooses among the optima, and checks what was chosen.
    fn solve(&mut self, worths: &Table<i128>, choose: impl FnOnce(&Tree, Table<u64>) -> Table<u64>) -> Vec<Shipment> {
        let Some(tree) = &mut self.tree else { return Vec::new() };
        tree.optimise(worths);
        let amounts = choose(tree, tree.amounts());
        let fault = check::fault(&self.rows, &self.columns, worths, tree, &amounts);
        assert_eq!(fault, None, "the simplex ends at an optimum, and the choice stays on the optima");
        let (rows, columns) = (self.allowed.rows(), self.allowed.columns());
        let cells = (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column)));
        let shipments = cells.map(|(row, column)| Shipment { row, column, amount: amounts[(row, column)] });
        shipments.filter(|shipment| shipment.amount > 0).collect()
    }

    /// The worths of all pairs, with the row and the column of the rests.
    fn worths(&self, worth: impl Fn(usize, usize) -> i128) -> Result<Table<i128>, TooLarge> {
        let (rows, columns) = (self.allowed.rows(), self.allowed.columns());
        let mut worths = Table::filled(rows + 1, columns + 1, 0);
        for row in 0..rows {
            for column in 0..columns {
                // A column that takes nothing stays out: no amount could ever move through it.
                let open = self.allowed[(row, column)] && self.columns[column] > 0;
                let worth = if open { worth(row, column) } else { FORBIDDEN };
                if open && !(-MOST_WORTH..=MOST_WORTH).contains(&worth) {
                    return Err(TooLarge::Worth);
                }
                worths[(row, column)] = worth;
            }
        }
        worths[(rows, columns)] = FORBIDDEN;
        Ok(worths)
    }
}

#[cfg(test)]
mod tests;
