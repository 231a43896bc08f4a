//! The network simplex: while a cell would bring more than its row's and its column's potentials, it
//! enters the tree, and amounts move round the cycle that it closes.

use super::table::Table;
use super::tree::{Tree, NONE};

impl Tree {
    /// Makes the sum of worth times amount greatest. The row and the column of the rests stand in
    /// the table too, and forbidden cells are far below every other.
    pub(super) fn optimise(&mut self, worths: &Table<i128>) {
        self.price(worths);
        // Row by row, the cell that gains most: a block of the search is a row.
        let (mut row, mut rows_without_gain) = (0, 0);
        while rows_without_gain < self.rows {
            match self.best(worths.row(row), row) {
                Some((column, gain)) => {
                    self.pivot(row, column, gain);
                    rows_without_gain = 0;
                }
                None => rows_without_gain += 1,
            }
            row = if row + 1 == self.rows { 0 } else { row + 1 };
        }
    }

    /// Sets depths and potentials by the tree; the root's are zero.
    fn price(&mut self, worths: &Table<i128>) {
        let root = self.parent.len() - 1;
        self.potential[root] = 0;
        self.below(root, |tree, node| {
            let parent = tree.parent[node];
            tree.depth[node] = tree.depth[parent] + 1;
            tree.potential[node] = worths[tree.line(node)] - tree.potential[parent];
        });
    }

    /// The column of a row whose cell gains most, with its gain above zero. The first one of equal
    /// ones.
    fn best(&self, worths: &[i128], row: usize) -> Option<(usize, i128)> {
        let (rows, columns) = self.potentials();
        let of_row = rows[row];
        let (mut best, mut most) = (NONE, 0);
        for (column, (worth, of_column)) in worths.iter().zip(columns).enumerate() {
            let gain = worth - of_row - of_column;
            if gain > most {
                (best, most) = (column, gain);
            }
        }
        (best != NONE).then_some((best, most))
    }

    /// Lets a cell enter the tree. As much as possible moves through it, and round the cycle back
    /// from its column to its row. Of the lines that this empties, the last one on the cycle leaves,
    /// as seen from the cycle's node nearest to the root: so the tree stays strongly feasible.
    fn pivot(&mut self, row: usize, column: usize, gain: i128) {
        let column = self.rows + column;
        let apex = self.apex(row, column);
        // Above the cell's row, rows give less to their parents; above its column, columns get less.
        let (mut least, mut leaving, mut above_row) = (u64::MAX, NONE, true);
        let mut node = row;
        while node != apex {
            if self.is_row(node) && self.amount[node] < least {
                (least, leaving) = (self.amount[node], node);
            }
            node = self.parent[node];
        }
        node = column;
        while node != apex {
            if !self.is_row(node) && self.amount[node] <= least {
                (least, leaving, above_row) = (self.amount[node], node, false);
            }
            node = self.parent[node];
        }
        if least > 0 {
            self.shift(row, apex, true, least);
            self.shift(column, apex, false, least);
        }
        // The part of the tree that the leaving line cuts off hangs by the new line instead.
        let (top, under) = if above_row { (row, column) } else { (column, row) };
        let (mut node, mut parent, mut amount) = (top, under, least);
        loop {
            let (above, before) = (self.parent[node], self.amount[node]);
            self.detach(node);
            self.attach(node, parent, amount);
            if node == leaving {
                break;
            }
            (node, parent, amount) = (above, node, before);
        }
        // The new line's worth is now the sum of its potentials.
        let by_row = if above_row { gain } else { -gain };
        self.depth[top] = self.depth[under] + 1;
        self.potential[top] += gain;
        self.below(top, |tree, node| {
            tree.depth[node] = tree.depth[tree.parent[node]] + 1;
            tree.potential[node] += if tree.is_row(node) { by_row } else { -by_row };
        });
    }

    /// The lowest node above two nodes.
    fn apex(&self, mut one: usize, mut other: usize) -> usize {
        while one != other {
            if self.depth[one] >= self.depth[other] {
                one = self.parent[one];
            } else {
                other = self.parent[other];
            }
        }
        one
    }

    /// Moves an amount along the lines from a node up to the apex: the lines above rows lose it
    /// where `rows_lose`, and those above columns gain it; otherwise the other way round.
    fn shift(&mut self, from: usize, apex: usize, rows_lose: bool, amount: u64) {
        let mut node = from;
        while node != apex {
            if self.is_row(node) == rows_lose {
                self.amount[node] -= amount;
            } else {
                self.amount[node] += amount;
            }
            node = self.parent[node];
        }
    }
}
