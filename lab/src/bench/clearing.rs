//! `veilgrid bench clearing`: what the rules and models cost that see many attributes or a network:
//! CMAP, `nodal`, and DC-OPF with its intervals of prices.

mod inputs;
mod show;

use super::figure::odd;
use super::stopwatch::{median, timed, Took};
use crate::output::Output;
use market::cmap;
use terminal::{Coded, Failure, Progress};

/// The part's name in the names of its files.
const NAME: &str = "bench-clearing";

/// Arguments of `bench clearing`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
The command draws problems from a seed, in five sizes each, and times how long one thread takes to
read and solve them. The times are of the processor, and medians.

  clearing.cmap   a market by many attributes: as many buyers as sellers, each pair scored, one round
  clearing.nodal  a market under the limits of a radial network of 50 buses, by the rule `nodal`; its
                  size is the number of plans
  clearing.dcopf  the best dispatch of a meshed network with its prices and their intervals; its size
                  is the number of buses

Examples:
  veilgrid bench clearing
  veilgrid bench clearing --percent 20 --runs 1
  veilgrid bench clearing --json | jq .clearing.cmap
  veilgrid bench clearing --out docs/results/bench --write-results docs/results --force")]
pub struct Arguments {
    #[command(flatten)]
    pub(super) options: Options,
    #[command(flatten)]
    pub(super) output: Output,
}

/// How large the problems are, and how often they are solved.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// The size of the largest problems, in percent of 500 buyers, 1,000 plans and 300 buses
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u16).range(10..=400))]
    percent: u16,
    /// How many runs the median is taken of: an odd number
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = odd)]
    runs: u16,
}

impl Default for Options {
    fn default() -> Options {
        Options { percent: 100, runs: 3 }
    }
}

/// Parts of the largest size that are measured, in tenths.
const TENTHS: [usize; 5] = [1, 2, 4, 7, 10];

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Cmap,
    Nodal,
    Dcopf,
}

impl Kind {
    const ALL: [Kind; 3] = [Kind::Cmap, Kind::Nodal, Kind::Dcopf];

    /// Its name in JSON.
    const fn key(self) -> &'static str {
        match self {
            Kind::Cmap => "cmap",
            Kind::Nodal => "nodal",
            Kind::Dcopf => "dcopf",
        }
    }

    /// Its name and what its size counts.
    const fn words(self) -> (&'static str, &'static str) {
        match self {
            Kind::Cmap => ("CMAP", "buyers, and as many sellers"),
            Kind::Nodal => ("nodal", "plans on 50 buses"),
            Kind::Dcopf => ("DC-OPF", "buses"),
        }
    }

    const fn largest(self) -> usize {
        match self {
            Kind::Cmap => 500,
            Kind::Nodal => 1000,
            Kind::Dcopf => 300,
        }
    }

    fn input(self, size: usize) -> Vec<u8> {
        match self {
            Kind::Cmap => inputs::cmap(size),
            Kind::Nodal => inputs::nodal(size),
            Kind::Dcopf => inputs::dcopf(size),
        }
    }

    /// Reads and solves a problem.
    fn solve(self, input: &[u8]) -> Result<(), Unsolved> {
        match self {
            Kind::Cmap => {
                let market = cmap::Market::parse(input).map_err(|error| self.unsolved(error.code(), &error))?;
                std::hint::black_box(market.clear(false));
            }
            Kind::Nodal | Kind::Dcopf => {
                let answer = grid::problem::solve(input).map_err(|error| self.unsolved(error.code(), &error))?;
                std::hint::black_box(answer);
            }
        }
        Ok(())
    }

    fn unsolved(self, code: &'static str, why: &dyn std::fmt::Display) -> Unsolved {
        Unsolved { what: self.words().0, code, why: why.to_string() }
    }
}

/// A problem that the command drew was refused.
#[derive(Debug, thiserror::Error)]
#[error("{what}: a problem that was drawn is refused: {why}")]
struct Unsolved {
    what: &'static str,
    code: &'static str,
    why: String,
}

impl Coded for Unsolved {
    fn code(&self) -> &'static str {
        self.code
    }
    fn exit_code(&self) -> u8 {
        terminal::exit::DOES_NOT_HOLD
    }
}

/// What problems of one kind took, by size.
struct Growth {
    kind: Kind,
    sizes: Vec<(usize, Took)>,
}

impl Growth {
    /// The slope of processor time over size, both as logarithms, between the two largest sizes.
    fn slope(&self) -> f64 {
        match self.sizes[..] {
            [.., (small, before), (large, after)] if large > small => {
                (after.processor / before.processor).ln() / (large as f64 / small as f64).ln()
            }
            _ => f64::NAN,
        }
    }
}

/// Everything that the benchmark measures.
struct Found {
    runs: u16,
    growth: Vec<Growth>,
}

/// Measures, prints and writes.
pub(super) fn run(options: &Options, output: &Output) -> Result<(), Failure> {
    output.publish(NAME, || find(options).map(|found| show::findings(&found)))
}

fn find(options: &Options) -> Result<Found, Unsolved> {
    let progress = Progress::new("problems");
    progress.over(Kind::ALL.len() * TENTHS.len());
    let mut growth = Vec::new();
    for kind in Kind::ALL {
        let mut sizes = Vec::new();
        for tenths in TENTHS {
            let size = (kind.largest() * usize::from(options.percent) * tenths / 1000).max(2);
            progress.now(format!("problems, {} with {size}", kind.words().0));
            let input = kind.input(size);
            let took: Result<Vec<Took>, Unsolved> = (0..options.runs)
                .map(|_| {
                    let (took, solved) = timed(|| kind.solve(&input));
                    solved.map(|()| took)
                })
                .collect();
            sizes.push((size, median(&took?)));
            progress.step();
        }
        growth.push(Growth { kind, sizes });
    }
    progress.done();
    Ok(Found { runs: options.runs, growth })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn problems_of_every_kind_are_solved_at_small_sizes() {
        for kind in Kind::ALL {
            for size in [2, 9] {
                kind.solve(&kind.input(size)).unwrap();
                assert_eq!(kind.input(size), kind.input(size));
            }
        }
    }
}
