//! The greatest total that can go from rows to columns: a maximum flow by levels (Dinic), and the
//! cut that proves it.

use super::table::Table;
use std::collections::VecDeque;

/// The level of a node that a search has not reached.
const UNREACHED: u32 = u32::MAX;

/// A maximum flow.
#[derive(Clone, Debug)]
pub(super) struct GreatestTotal {
    /// How much goes.
    pub total: u64,
    /// What goes from each row to each column.
    pub amounts: Table<u64>,
    /// What each row keeps.
    pub kept: Vec<u64>,
    /// What each column lacks.
    pub lacked: Vec<u64>,
    /// Whether more could go, if it came, from this row.
    reached_rows: Vec<bool>,
    /// Whether more could come to this column.
    reached_columns: Vec<bool>,
}

/// Levels of rows and columns in a search that starts at all rows that keep something.
struct Levels {
    rows: Vec<u32>,
    columns: Vec<u32>,
    /// Whether a column that lacks something was reached.
    open: bool,
}

impl GreatestTotal {
    pub(super) fn find(rows: &[u64], columns: &[u64], allowed: &Table<bool>) -> GreatestTotal {
        let mut found = GreatestTotal {
            total: 0,
            amounts: Table::filled(rows.len(), columns.len(), 0),
            kept: rows.to_vec(),
            lacked: columns.to_vec(),
            reached_rows: Vec::new(),
            reached_columns: Vec::new(),
        };
        for row in 0..rows.len() {
            for column in 0..columns.len() {
                let amount = found.kept[row].min(found.lacked[column]);
                if allowed[(row, column)] && amount > 0 {
                    found.add(row, column, amount);
                    found.kept[row] -= amount;
                    found.lacked[column] -= amount;
                    found.total += amount;
                }
                if found.kept[row] == 0 {
                    break;
                }
            }
        }
        loop {
            let levels = found.levels(allowed);
            if !levels.open {
                let reached = |levels: Vec<u32>| levels.into_iter().map(|level| level != UNREACHED).collect();
                (found.reached_rows, found.reached_columns) = (reached(levels.rows), reached(levels.columns));
                return found;
            }
            found.block(allowed, &levels);
        }
    }

    /// Whether the cut proves that no more can go: all that goes leaves a row that was not reached,
    /// or comes to a column that was.
    pub(super) fn is_greatest(&self, rows: &[u64], columns: &[u64], allowed: &Table<bool>) -> bool {
        let across = (0..rows.len()).filter(|row| self.reached_rows[*row]).any(|row| {
            let open = |column: &usize| allowed[(row, *column)] && !self.reached_columns[*column];
            (0..columns.len()).any(|column| open(&column))
        });
        let sum = |amounts: &[u64], counts: &dyn Fn(usize) -> bool| -> u64 {
            amounts.iter().enumerate().filter(|(node, _)| counts(*node)).map(|(_, amount)| *amount).sum()
        };
        let cut = sum(rows, &|row| !self.reached_rows[row]) + sum(columns, &|column| self.reached_columns[column]);
        let goes: u64 = self.amounts.cells().iter().sum();
        !across && cut == self.total && goes == self.total
    }

    fn add(&mut self, row: usize, column: usize, amount: u64) {
        self.amounts[(row, column)] += amount;
    }

    fn levels(&self, allowed: &Table<bool>) -> Levels {
        let (rows, columns) = (self.kept.len(), self.lacked.len());
        let mut levels = Levels { rows: vec![UNREACHED; rows], columns: vec![UNREACHED; columns], open: false };
        let mut queue: VecDeque<usize> = (0..rows).filter(|row| self.kept[*row] > 0).collect();
        for row in &queue {
            levels.rows[*row] = 0;
        }
        // Rows come first among the nodes.
        while let Some(node) = queue.pop_front() {
            match node.checked_sub(rows) {
                None => {
                    for column in 0..columns {
                        if levels.columns[column] == UNREACHED && allowed[(node, column)] {
                            levels.columns[column] = levels.rows[node] + 1;
                            levels.open |= self.lacked[column] > 0;
                            queue.push_back(rows + column);
                        }
                    }
                }
                Some(column) => {
                    for row in 0..rows {
                        if levels.rows[row] == UNREACHED && self.amounts[(row, column)] > 0 {
                            levels.rows[row] = levels.columns[column] + 1;
                            queue.push_back(row);
                        }
                    }
                }
            }
        }
        levels
    }

    /// Sends as much as goes along ways whose levels rise by one at each step.
    fn block(&mut self, allowed: &Table<bool>, levels: &Levels) {
        let (rows, columns) = (self.kept.len(), self.lacked.len());
        // The next neighbour to try, of each row and of each column. A neighbour that led nowhere is
        // not tried again.
        let (mut next_column, mut next_row) = (vec![0; rows], vec![0; columns]);
        for start in 0..rows {
            // A way: row, column, row, and so on; it starts at the row `start`.
            let mut way: Vec<(usize, usize)> = Vec::new();
            let mut row = start;
            while self.kept[start] > 0 {
                let at = &mut next_column[row];
                while *at < columns && !(allowed[(row, *at)] && levels.columns[*at] == levels.rows[row] + 1) {
                    *at += 1;
                }
                if *at == columns {
                    // The row leads nowhere: back to the column before it.
                    let Some((before, column)) = way.pop() else { break };
                    next_row[column] += 1;
                    row = before;
                    self.go_on(levels, &mut way, &mut row, column, &mut next_column, &mut next_row);
                    continue;
                }
                let column = *at;
                if self.lacked[column] > 0 {
                    way.push((row, column));
                    self.send(start, &way);
                    way.clear();
                    row = start;
                } else {
                    self.go_on(levels, &mut way, &mut row, column, &mut next_column, &mut next_row);
                }
            }
        }
    }

    /// From a row by way of a column to a further row, if the column leads to one; otherwise the row
    /// tries its next column.
    fn go_on(
        &self,
        levels: &Levels,
        way: &mut Vec<(usize, usize)>,
        row: &mut usize,
        column: usize,
        next_column: &mut [usize],
        next_row: &mut [usize],
    ) {
        let at = &mut next_row[column];
        let onward = |row: usize| self.amounts[(row, column)] > 0 && levels.rows[row] == levels.columns[column] + 1;
        while *at < self.kept.len() && !onward(*at) {
            *at += 1;
        }
        if *at == self.kept.len() {
            next_column[*row] += 1;
        } else {
            way.push((*row, column));
            *row = *at;
        }
    }

    /// Sends along a way as much as it bears.
    fn send(&mut self, start: usize, way: &[(usize, usize)]) {
        let (_, last) = *way.last().expect("a way has a step");
        let back = || way.windows(2).map(|pair| (pair[1].0, pair[0].1));
        let bears = back().map(|cell| self.amounts[cell]).min().unwrap_or(u64::MAX);
        let amount = bears.min(self.kept[start]).min(self.lacked[last]);
        for cell in back() {
            self.amounts[cell] -= amount;
        }
        for (row, column) in way {
            self.add(*row, *column, amount);
        }
        self.kept[start] -= amount;
        self.lacked[last] -= amount;
        self.total += amount;
    }
}
