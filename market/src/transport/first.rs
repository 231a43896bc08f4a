//! The first of all optima: the greatest amount in the first cell, then in the second, and so on.
//!
//! The optima are all ways to use up the amounts through cells whose worth is the sum of their
//! potentials. A cell takes more where its column can give back: another row's cell in that column
//! takes less, and more in a further column, and so on, until the way comes back to the cell's own
//! row at a later cell. A search backwards from the row finds all columns that lead there. A column
//! that leads nowhere never leads anywhere again while the row is read, because what moves along a
//! way, and each cell that is read, only takes possibilities away. So a search is made again only
//! when something moved, or when a way ended at a cell that has been read since.

use super::table::Table;
use super::tree::{Tree, NONE};

/// The amounts of the first optimum. `amounts` are those of the tree, which is optimal.
pub(super) fn first(tree: &Tree, worths: &Table<i128>, amounts: Table<u64>) -> Table<u64> {
    let (of_rows, of_columns) = tree.potentials();
    let mut open = Open {
        columns_of: vec![Vec::new(); tree.rows],
        rows_of: vec![Vec::new(); tree.columns],
        amounts,
        row: 0,
        read: 0,
        next_row: vec![NONE; tree.columns],
        next_column: vec![NONE; tree.rows],
    };
    for (row, of_row) in of_rows.iter().enumerate() {
        for (column, of_column) in of_columns.iter().enumerate() {
            if worths[(row, column)] == of_row + of_column {
                open.columns_of[row].push(column);
                open.rows_of[column].push(row);
            }
        }
    }
    // The last row is that of the rests, which nobody reads, and so is the last column.
    for row in 0..tree.rows - 1 {
        open.read_row(row);
    }
    open.amounts
}

/// The cells on which optima may differ.
struct Open {
    columns_of: Vec<Vec<usize>>,
    rows_of: Vec<Vec<usize>>,
    amounts: Table<u64>,
    /// The row that is read now. Those before it stay as they are.
    row: usize,
    /// The column that is read now. The row's cells before it stay as they are.
    read: usize,
    /// The row that takes less in a column, on the way back. [`NONE`]: no way.
    next_row: Vec<usize>,
    /// The column in which a row takes more.
    next_column: Vec<usize>,
}

impl Open {
    fn read_row(&mut self, row: usize) {
        (self.row, self.read) = (row, 0);
        let last_column = self.next_row.len() - 1;
        let mut columns = self.columns_of[row].clone();
        columns.retain(|column| *column < last_column);
        self.search();
        for column in columns {
            self.read = column;
            while self.next_row[column] != NONE {
                match self.bears(column) {
                    0 => {}
                    amount => self.shift(column, amount),
                }
                self.search();
            }
        }
    }

    /// Finds a way from each column back to the row.
    fn search(&mut self) {
        self.next_row.fill(NONE);
        self.next_column.fill(NONE);
        let mut rows = vec![self.row];
        while let Some(row) = rows.pop() {
            for &column in &self.columns_of[row] {
                let unread = row != self.row || column > self.read;
                if self.next_row[column] != NONE || self.amounts[(row, column)] == 0 || !unread {
                    continue;
                }
                self.next_row[column] = row;
                for &other in self.rows_of[column].iter().filter(|other| **other > self.row) {
                    if self.next_column[other] == NONE {
                        self.next_column[other] = column;
                        rows.push(other);
                    }
                }
            }
        }
    }

    /// How much can move along the way from a column, if it still leads back.
    fn bears(&self, column: usize) -> u64 {
        let (mut column, mut least) = (column, u64::MAX);
        loop {
            let row = self.next_row[column];
            least = least.min(self.amounts[(row, column)]);
            match row == self.row {
                true if column <= self.read => return 0,
                true => return least,
                false => column = self.next_column[row],
            }
        }
    }

    /// Moves an amount into the row's cell of a column, along the way back.
    fn shift(&mut self, column: usize, amount: u64) {
        let mut column = column;
        self.amounts[(self.row, column)] += amount;
        loop {
            let row = self.next_row[column];
            self.amounts[(row, column)] -= amount;
            if row == self.row {
                return;
            }
            column = self.next_column[row];
            self.amounts[(row, column)] += amount;
        }
    }
}
