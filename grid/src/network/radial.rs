//! The shape of a feeder.

use super::ids::Buses;
use crate::refused::{Problem, Refused};

/// A radial network: the first bus is the root, and one line feeds each other bus. Lines and buses
/// are named by their indices in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Radial {
    /// The ends of each line: the bus nearer to the root, and the bus that the line feeds.
    ends: Vec<(usize, usize)>,
    /// The line that feeds each bus; None for the root.
    feeding: Vec<Option<usize>>,
    /// The lines, each after the line that feeds its nearer end.
    outward: Vec<usize>,
}

/// A direction on a line of a feeder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Away from the root: a positive flow.
    Outward,
    /// Towards the root: a negative flow.
    Inward,
}

impl Way {
    /// 1 outward, -1 inward.
    pub const fn sign(self) -> i128 {
        match self {
            Way::Outward => 1,
            Way::Inward => -1,
        }
    }
}

impl Radial {
    /// Reads the lines, as pairs of the names of their ends (`from`, `to`). Errors:
    /// [`Problem::UnknownBus`], [`Problem::ToItself`], [`Problem::FeedsRoot`], [`Problem::FedTwice`],
    /// [`Problem::Unconnected`] (a loop is one, too: it cuts itself off from the root).
    pub fn new<'a>(buses: &Buses, lines: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Radial, Refused> {
        let mut ends: Vec<(usize, usize)> = Vec::new();
        let mut feeding: Vec<Option<usize>> = vec![None; buses.count()];
        for (line, (from, to)) in lines.into_iter().enumerate() {
            let (near, far) = buses.ends(line, from, to)?;
            let refused = |problem| Err(Refused::at(format!("lines[{line}].to"), problem));
            match feeding[far] {
                _ if far == 0 => return refused(Problem::FeedsRoot(to.to_string())),
                Some(earlier) => return refused(Problem::FedTwice { bus: to.to_string(), earlier }),
                None => feeding[far] = Some(line),
            }
            ends.push((near, far));
        }
        buses.connected(&ends)?;
        // Every bus but the root is fed once and all are connected, so the lines are a tree.
        let mut from_bus = vec![Vec::new(); buses.count()];
        for (line, (near, _)) in ends.iter().enumerate() {
            from_bus[*near].push(line);
        }
        let mut outward: Vec<usize> = from_bus[0].clone();
        let mut next = 0;
        while next < outward.len() {
            outward.extend(&from_bus[ends[outward[next]].1]);
            next += 1;
        }
        Ok(Radial { ends, feeding, outward })
    }

    /// How many buses there are.
    pub fn buses(&self) -> usize {
        self.feeding.len()
    }

    /// How many lines there are.
    pub fn lines(&self) -> usize {
        self.ends.len()
    }

    /// The ends of a line: the bus nearer to the root, and the bus that the line feeds.
    pub fn ends(&self, line: usize) -> (usize, usize) {
        self.ends[line]
    }

    /// The line that feeds a bus; None for the root.
    pub fn feeding(&self, bus: usize) -> Option<usize> {
        self.feeding[bus]
    }

    /// The lines, each after the line that feeds its nearer end.
    pub fn outward(&self) -> &[usize] {
        &self.outward
    }

    /// The lines between a bus and the root, the bus's own first.
    pub fn path(&self, bus: usize) -> impl Iterator<Item = usize> + '_ {
        let mut at = bus;
        std::iter::from_fn(move || {
            let line = self.feeding[at]?;
            at = self.ends[line].0;
            Some(line)
        })
    }

    /// The lines on the way from one bus to another, each with its direction: up to the bus where the
    /// two ways to the root meet, then down.
    pub fn between(&self, from: usize, to: usize) -> impl Iterator<Item = (usize, Way)> {
        let (up, down): (Vec<usize>, Vec<usize>) = (self.path(from).collect(), self.path(to).collect());
        let common = up.iter().rev().zip(down.iter().rev()).take_while(|(a, b)| a == b).count();
        let (ups, downs) = (up.len() - common, down.len() - common);
        let up = up.into_iter().take(ups).map(|line| (line, Way::Inward));
        up.chain(down.into_iter().take(downs).rev().map(|line| (line, Way::Outward)))
    }

    /// The flow on each line when each bus takes out this much: the sum over all buses behind it.
    pub fn flows<T: Copy + std::ops::AddAssign>(&self, taken: &[T]) -> Vec<T> {
        let mut behind = taken.to_vec();
        for &line in self.outward.iter().rev() {
            let (near, far) = self.ends[line];
            let flow = behind[far];
            behind[near] += flow;
        }
        self.ends.iter().map(|(_, far)| behind[*far]).collect()
    }
}
