//! The proof of an optimum by potentials, in one pass over all cells: no cell gains, and amounts go
//! only through cells that gain nothing and lose nothing.

use super::table::Table;
use super::tree::Tree;
use super::FORBIDDEN;

/// Where a proof breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// A row does not give all its amount.
    Row(usize),
    /// A column does not take all its amount.
    Column(usize),
    /// A cell that would gain if it took more.
    Gains(usize, usize),
    /// An amount in a cell that is forbidden, or that is worth less than its potentials.
    Loses(usize, usize),
}

/// The first fault of a proof that these amounts are the best use of the rows and columns (those of
/// the rests are the last ones). None: it is one.
pub(super) fn fault(
    rows: &[u64],
    columns: &[u64],
    worths: &Table<i128>,
    tree: &Tree,
    amounts: &Table<u64>,
) -> Option<Fault> {
    let (of_rows, of_columns) = tree.potentials();
    let mut taken = vec![0u64; columns.len()];
    for row in 0..rows.len() {
        let mut given = 0u64;
        for column in 0..columns.len() {
            let (worth, amount) = (worths[(row, column)], amounts[(row, column)]);
            let gain = worth - of_rows[row] - of_columns[column];
            if gain > 0 {
                return Some(Fault::Gains(row, column));
            }
            if amount > 0 && (gain < 0 || worth == FORBIDDEN) {
                return Some(Fault::Loses(row, column));
            }
            given = given.saturating_add(amount);
            taken[column] = taken[column].saturating_add(amount);
        }
        if given != rows[row] {
            return Some(Fault::Row(row));
        }
    }
    (0..columns.len()).find(|column| taken[*column] != columns[*column]).map(Fault::Column)
}
