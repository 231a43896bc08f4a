//! Linear equations in few variables: which of them are independent, the point that satisfies them
//! nearest to the origin, and the directions that they leave free.

/// Relative size below which what is left of a row is rounding.
const ROUNDING: f64 = 1e-9;
/// Rows have entries near 1. A row that is shorter than this times [`ROUNDING`] is zero.
const SHORT: f64 = 1e-3;

/// Equations `row · y = value`, kept as orthonormal rows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Span {
    rows: Vec<Vec<f64>>,
    values: Vec<f64>,
}

impl Span {
    /// Adds an equation. None: it was independent of the earlier ones. Otherwise by how much they
    /// already miss its value.
    pub fn add(&mut self, row: &[f64], value: f64) -> Option<f64> {
        let (mut rest, mut value) = (row.to_vec(), value);
        let before = norm(row);
        // Twice is enough: the second pass removes what rounding left in the first.
        for _ in 0..2 {
            for (unit, at) in self.rows.iter().zip(&self.values) {
                let part = dot(&rest, unit);
                rest.iter_mut().zip(unit).for_each(|(rest, unit)| *rest -= part * unit);
                value -= part * at;
            }
        }
        let after = norm(&rest);
        if after <= ROUNDING * before.max(SHORT) {
            return Some(value);
        }
        rest.iter_mut().for_each(|rest| *rest /= after);
        self.rows.push(rest);
        self.values.push(value / after);
        None
    }

    /// The point that satisfies all equations and is nearest to the origin.
    pub fn point(&self, variables: usize) -> Vec<f64> {
        let mut point = vec![0.0; variables];
        for (unit, value) in self.rows.iter().zip(&self.values) {
            point.iter_mut().zip(unit).for_each(|(point, unit)| *point += value * unit);
        }
        point
    }

    /// Orthonormal directions in which all equations stay as they are.
    pub fn free(&self, variables: usize) -> Vec<Vec<f64>> {
        let mut all = self.clone();
        for at in 0..variables {
            let mut axis = vec![0.0; variables];
            axis[at] = 1.0;
            all.add(&axis, 0.0);
        }
        all.rows.split_off(self.rows.len())
    }
}

/// The inner product.
pub(crate) fn dot(left: &[f64], right: &[f64]) -> f64 {
    left.iter().zip(right).map(|(left, right)| left * right).sum()
}

/// The Euclidean length.
pub(crate) fn norm(vector: &[f64]) -> f64 {
    dot(vector, vector).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equations_are_sorted_into_independent_and_dependent_ones() {
        let mut span = Span::default();
        assert_eq!(span.add(&[1.0, 1.0, 0.0], 2.0), None);
        assert_eq!(span.add(&[0.0, 0.0, 0.0], 0.0), Some(0.0));
        assert!(span.add(&[3.0, 3.0, 0.0], 6.0).unwrap().abs() < 1e-12);
        assert!((span.add(&[3.0, 3.0, 0.0], 7.0).unwrap() - 1.0).abs() < 1e-12);
        assert_eq!(span.add(&[1.0, 0.0, 0.0], 5.0), None);
        let point = span.point(3);
        for (found, expected) in point.iter().zip([5.0, -3.0, 0.0]) {
            assert!((found - expected).abs() < 1e-12);
        }
        let free = span.free(3);
        assert_eq!(free.len(), 1);
        assert!((free[0][2].abs() - 1.0).abs() < 1e-12);
    }
}
