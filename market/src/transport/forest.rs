//! Turns a flow into one without cycles: the cells through which something goes are then the lines
//! of a forest.

use super::table::Table;

/// The neighbours of each node, rows first, by the lines of a forest.
#[derive(Clone, Debug)]
pub(super) struct Forest {
    rows: usize,
    neighbours: Vec<Vec<usize>>,
    /// The node by which nodes that hang together are known; a chain leads to it.
    known_by: Vec<usize>,
}

impl Forest {
    /// Moves amounts round cycles until none is left; rows and columns keep their sums. Gives the
    /// neighbours of each node.
    pub(super) fn of(amounts: &mut Table<u64>) -> Vec<Vec<usize>> {
        let (rows, nodes) = (amounts.rows(), amounts.rows() + amounts.columns());
        let mut forest = Forest { rows, neighbours: vec![Vec::new(); nodes], known_by: (0..nodes).collect() };
        for row in 0..rows {
            for column in 0..amounts.columns() {
                if amounts[(row, column)] > 0 {
                    forest.add(amounts, row, rows + column);
                }
            }
        }
        // A cycle may have emptied more cells than the one that left the forest.
        let mut neighbours = forest.neighbours;
        for (node, of) in neighbours.iter_mut().enumerate() {
            of.retain(|other| amounts[cell(rows, node, *other)] > 0);
        }
        neighbours
    }

    fn add(&mut self, amounts: &mut Table<u64>, row: usize, column: usize) {
        let (one, other) = (self.known_by(row), self.known_by(column));
        if one != other {
            self.known_by[one] = other;
            self.join(row, column);
            return;
        }
        // Less through the new line: more through the first line of the way from its column, less
        // through the second, and so on, back to its row.
        let way = self.way(column, row);
        let line = |pair: &[usize]| cell(self.rows, pair[0], pair[1]);
        let (more, less): (Vec<_>, Vec<_>) = way.windows(2).map(line).enumerate().partition(|(at, _)| at % 2 == 0);
        let new = (row, column - self.rows);
        let least = less.iter().map(|(at, cell)| (amounts[*cell], *at)).min();
        let amount = least.map_or(u64::MAX, |(amount, _)| amount).min(amounts[new]);
        more.iter().for_each(|(_, cell)| amounts[*cell] += amount);
        less.iter().for_each(|(_, cell)| amounts[*cell] -= amount);
        amounts[new] -= amount;
        if let Some((_, at)) = least.filter(|_| amounts[new] > 0) {
            self.part(way[at], way[at + 1]);
            self.join(row, column);
        }
    }

    fn join(&mut self, one: usize, other: usize) {
        self.neighbours[one].push(other);
        self.neighbours[other].push(one);
    }

    fn part(&mut self, one: usize, other: usize) {
        self.neighbours[one].retain(|node| *node != other);
        self.neighbours[other].retain(|node| *node != one);
    }

    fn known_by(&mut self, node: usize) -> usize {
        let mut end = node;
        while self.known_by[end] != end {
            end = self.known_by[end];
        }
        let mut at = node;
        while at != end {
            at = std::mem::replace(&mut self.known_by[at], end);
        }
        end
    }

    /// The nodes from one to another that hangs together with it.
    fn way(&self, from: usize, to: usize) -> Vec<usize> {
        let mut before = vec![usize::MAX; self.neighbours.len()];
        before[from] = from;
        let mut stack = vec![from];
        while let Some(node) = stack.pop().filter(|node| *node != to) {
            for &next in &self.neighbours[node] {
                if before[next] == usize::MAX {
                    before[next] = node;
                    stack.push(next);
                }
            }
        }
        let mut way = vec![to];
        while let Some(&last) = way.last().filter(|last| **last != from) {
            way.push(before[last]);
        }
        way.reverse();
        way
    }
}

/// The cell of two neighbours.
fn cell(rows: usize, one: usize, other: usize) -> (usize, usize) {
    (one.min(other), one.max(other) - rows)
}
