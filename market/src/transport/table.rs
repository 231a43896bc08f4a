//! Tables with a cell for each row and column.

use std::ops::{Index, IndexMut};

/// A table, indexed by (row, column).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table<T> {
    rows: usize,
    columns: usize,
    cells: Vec<T>,
}

impl<T: Clone> Table<T> {
    /// A table of equal cells.
    pub fn filled(rows: usize, columns: usize, cell: T) -> Table<T> {
        Table { rows, columns, cells: vec![cell; rows * columns] }
    }
}

impl<T> Table<T> {
    /// A table whose cells are made from row and column, row by row.
    pub fn of(rows: usize, columns: usize, mut cell: impl FnMut(usize, usize) -> T) -> Table<T> {
        let mut cells = Vec::with_capacity(rows * columns);
        for row in 0..rows {
            cells.extend((0..columns).map(|column| cell(row, column)));
        }
        Table { rows, columns, cells }
    }

    /// How many rows.
    pub const fn rows(&self) -> usize {
        self.rows
    }
    /// How many columns.
    pub const fn columns(&self) -> usize {
        self.columns
    }
    /// The cells of a row.
    pub fn row(&self, row: usize) -> &[T] {
        &self.cells[row * self.columns..(row + 1) * self.columns]
    }
    /// All cells, row by row.
    pub fn cells(&self) -> &[T] {
        &self.cells
    }
}

impl<T> Index<(usize, usize)> for Table<T> {
    type Output = T;
    fn index(&self, (row, column): (usize, usize)) -> &T {
        &self.row(row)[column]
    }
}

impl<T> IndexMut<(usize, usize)> for Table<T> {
    fn index_mut(&mut self, (row, column): (usize, usize)) -> &mut T {
        assert!(column < self.columns);
        &mut self.cells[row * self.columns + column]
    }
}
