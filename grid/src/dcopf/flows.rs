//! How flows follow from what buses feed in and take out.

use super::Network;
use crate::program::Unsolved;

/// Power transfer distribution factors: the flow of a line for each W that is fed in at a bus and
/// taken out at the first bus.
#[derive(Clone, Debug, PartialEq)]
pub struct Ptdf {
    buses: usize,
    factors: Vec<f64>,
}

impl Ptdf {
    /// The factors of a line, one for each bus.
    pub fn line(&self, line: usize) -> &[f64] {
        &self.factors[line * self.buses..(line + 1) * self.buses]
    }

    /// How many lines there are.
    pub fn lines(&self) -> usize {
        self.factors.len() / self.buses
    }

    /// The flow of each line when buses feed in this much, net, in W. The sum over all buses is zero.
    pub fn flows(&self, fed: &[f64]) -> Vec<f64> {
        (0..self.lines()).map(|line| crate::span::dot(self.line(line), fed)).collect()
    }

    /// Of a connected network. The angles that one W brings are a column of the inverse of the
    /// network's matrix: `f = (angle_from - angle_to) / x`. Error: reactances are so unlike each
    /// other that rounding leaves the matrix without an inverse.
    pub(super) fn of(network: &Network) -> Result<Ptdf, Unsolved> {
        let buses = network.buses.count();
        let least = network.lines.iter().map(|line| line.reactance).min().unwrap_or(1);
        let conductances: Vec<f64> =
            network.lines.iter().map(|line| f64::from(least) / f64::from(line.reactance)).collect();
        // Row and column of the first bus are left out: its angle is zero.
        let size = buses - 1;
        let mut matrix = vec![0.0; size * size];
        for (line, conductance) in network.lines.iter().zip(&conductances) {
            let ends = [line.ends.0.checked_sub(1), line.ends.1.checked_sub(1)];
            for at in ends.into_iter().flatten() {
                matrix[at * size + at] += conductance;
            }
            if let [Some(from), Some(to)] = ends {
                matrix[from * size + to] -= conductance;
                matrix[to * size + from] -= conductance;
            }
        }
        let root = cholesky(matrix, size).ok_or(Unsolved::NotConverged)?;
        let mut factors = vec![0.0; network.lines.len() * buses];
        for bus in 1..buses {
            let mut angles = vec![0.0; size];
            angles[bus - 1] = 1.0;
            substitute(&root, size, &mut angles, bus - 1);
            let angle = |bus: usize| if bus == 0 { 0.0 } else { angles[bus - 1] };
            for (at, (line, conductance)) in network.lines.iter().zip(&conductances).enumerate() {
                factors[at * buses + bus] = conductance * (angle(line.ends.0) - angle(line.ends.1));
            }
        }
        match factors.iter().all(|factor| factor.abs() <= 1.0 + 1e-6) {
            true => Ok(Ptdf { buses, factors }),
            false => Err(Unsolved::NotConverged),
        }
    }
}

/// The lower triangle whose product with its transpose is the matrix. None: it has none.
fn cholesky(mut matrix: Vec<f64>, size: usize) -> Option<Vec<f64>> {
    for row in 0..size {
        for column in 0..=row {
            let (above, below) = matrix.split_at_mut(row * size);
            let this = &below[..size];
            let other = if column == row { this } else { &above[column * size..(column + 1) * size] };
            let value = this[column] - crate::span::dot(&this[..column], &other[..column]);
            below[column] = match column == row {
                true if value > 0.0 => value.sqrt(),
                true => return None,
                false => value / other[column],
            };
        }
    }
    Some(matrix)
}

/// Replaces a vector, which is zero before `first`, by the solution of the matrix's equations.
fn substitute(root: &[f64], size: usize, vector: &mut [f64], first: usize) {
    for row in first..size {
        let known = crate::span::dot(&root[row * size + first..row * size + row], &vector[first..row]);
        vector[row] = (vector[row] - known) / root[row * size + row];
    }
    for row in (0..size).rev() {
        let value = vector[row] / root[row * size + row];
        vector[row] = value;
        let (before, _) = vector.split_at_mut(row);
        before.iter_mut().zip(&root[row * size..]).for_each(|(entry, factor)| *entry -= factor * value);
    }
}
