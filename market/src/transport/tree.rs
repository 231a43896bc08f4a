//! A basis of the simplex: a spanning tree of rows and columns, with the amount on each of its lines
//! and a potential at each node.
//!
//! The tree is strongly feasible (Cunningham): from every node some amount could be moved towards the
//! root. A line without an amount therefore leads from a row up to a column, never from a column up
//! to a row. A simplex that keeps this never comes back to a tree that it had.

use super::forest::Forest;
use super::greatest_total::GreatestTotal;
use super::table::Table;

/// No node.
pub(super) const NONE: usize = usize::MAX;

/// A spanning tree. Nodes are the rows, then the columns; the last column, which takes what rows
/// keep, is the root.
#[derive(Clone, Debug)]
pub(super) struct Tree {
    /// How many rows, the row of what columns lack among them.
    pub rows: usize,
    /// How many columns, the column of what rows keep among them.
    pub columns: usize,
    pub parent: Vec<usize>,
    /// The amount on the line to the parent.
    pub amount: Vec<u64>,
    pub depth: Vec<u32>,
    /// Worth of a line = potential of its row + potential of its column, on every line of the tree.
    pub potential: Vec<i128>,
    pub first_child: Vec<usize>,
    /// Neighbours in the list of the parent's children.
    next: Vec<usize>,
    previous: Vec<usize>,
}

impl Tree {
    /// A strongly feasible tree that carries a maximum flow of more than nothing. The last row and
    /// column are those of the rests.
    pub(super) fn start(rows: &[u64], columns: &[u64], allowed: &Table<bool>, found: GreatestTotal) -> Tree {
        let (last_row, last_column) = (rows.len() - 1, columns.len() - 1);
        let mut amounts = Table::of(rows.len(), columns.len(), |row, column| match (row, column) {
            (row, column) if row < last_row && column < last_column => found.amounts[(row, column)],
            (row, _) if row < last_row => found.kept[row],
            (_, column) if column < last_column => found.lacked[column],
            _ => 0,
        });
        let neighbours = Forest::of(&mut amounts);
        let nodes = rows.len() + columns.len();
        let mut tree = Tree {
            rows: rows.len(),
            columns: columns.len(),
            parent: vec![NONE; nodes],
            amount: vec![0; nodes],
            depth: vec![0; nodes],
            potential: vec![0; nodes],
            first_child: vec![NONE; nodes],
            next: vec![NONE; nodes],
            previous: vec![NONE; nodes],
        };
        let root = nodes - 1;
        let mut reached = vec![false; nodes];
        reached[root] = true;
        let mut with_amounts = vec![root];
        // Columns whose rows without an amount to them have not been asked yet.
        let mut columns_to_ask = vec![root];
        loop {
            // All that hangs together by amounts comes before a line without one.
            while let Some(node) = with_amounts.pop() {
                for &other in &neighbours[node] {
                    if !reached[other] {
                        reached[other] = true;
                        let cell = (node.min(other), node.max(other) - tree.rows);
                        tree.attach(other, node, amounts[cell]);
                        with_amounts.push(other);
                        columns_to_ask.extend((other >= tree.rows).then_some(other));
                    }
                }
            }
            let Some(&column) = columns_to_ask.last() else { break };
            let open = |row: usize| match (row < last_row, column < root) {
                (true, true) => allowed[(row, column - rows.len())] && columns[column - rows.len()] > 0,
                (false, false) => false,
                _ => true,
            };
            match (0..rows.len()).find(|row| !reached[*row] && open(*row)) {
                Some(row) => {
                    reached[row] = true;
                    tree.attach(row, column, 0);
                    with_amounts.push(row);
                }
                None => {
                    columns_to_ask.pop();
                }
            }
        }
        for column in rows.len()..nodes {
            // No amount ever moves through a column that takes nothing: it is a leaf for good.
            if !reached[column] && columns[column - rows.len()] == 0 {
                reached[column] = true;
                tree.attach(column, last_row, 0);
            }
        }
        assert!(reached.iter().all(|reached| *reached), "where something can go, all hangs together by the rests");
        tree
    }

    /// Hangs a node without a parent under another, its depth and potential still to be set.
    pub(super) fn attach(&mut self, node: usize, parent: usize, amount: u64) {
        let sibling = std::mem::replace(&mut self.first_child[parent], node);
        if sibling != NONE {
            self.previous[sibling] = node;
        }
        (self.next[node], self.previous[node]) = (sibling, NONE);
        (self.parent[node], self.amount[node]) = (parent, amount);
    }

    /// Takes a node from its parent.
    pub(super) fn detach(&mut self, node: usize) {
        let (next, previous) = (self.next[node], self.previous[node]);
        match previous {
            NONE => self.first_child[self.parent[node]] = next,
            _ => self.next[previous] = next,
        }
        if next != NONE {
            self.previous[next] = previous;
        }
        self.parent[node] = NONE;
    }

    /// Calls `visit` with each node below one, every parent before its children.
    pub(super) fn below(&mut self, node: usize, mut visit: impl FnMut(&mut Tree, usize)) {
        let mut stack = vec![self.first_child[node]];
        while let Some(child) = stack.pop() {
            if child != NONE {
                visit(self, child);
                stack.push(self.next[child]);
                stack.push(self.first_child[child]);
            }
        }
    }

    /// Whether a node is a row.
    pub(super) const fn is_row(&self, node: usize) -> bool {
        node < self.rows
    }

    /// The cell of the line from a node to its parent.
    pub(super) fn line(&self, node: usize) -> (usize, usize) {
        let parent = self.parent[node];
        (node.min(parent), node.max(parent) - self.rows)
    }

    /// The potentials of rows, and of columns.
    pub(super) fn potentials(&self) -> (&[i128], &[i128]) {
        self.potential.split_at(self.rows)
    }

    /// The amount of each cell.
    pub(super) fn amounts(&self) -> Table<u64> {
        let mut amounts = Table::filled(self.rows, self.columns, 0);
        for node in (0..self.parent.len()).filter(|node| self.parent[*node] != NONE) {
            amounts[self.line(node)] = self.amount[node];
        }
        amounts
    }
}
