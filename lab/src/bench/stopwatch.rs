//! Times by the clock and of the processor, and their medians.

use rustix::time::{clock_gettime, ClockId};
use std::hint::black_box;
use std::time::Instant;

/// The time that some work took, in seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Took {
    /// By the clock.
    pub clock: f64,
    /// Processor time of all threads of the process, those that have ended included.
    pub processor: f64,
}

impl Took {
    /// The time of one of `count` things that were done together.
    pub fn each(self, count: usize) -> Took {
        Took { clock: self.clock / count as f64, processor: self.processor / count as f64 }
    }
}

fn processor() -> f64 {
    let t = clock_gettime(ClockId::ProcessCPUTime);
    t.tv_sec as f64 + t.tv_nsec as f64 / 1e9
}

/// Does the work and times it.
pub fn timed<T>(work: impl FnOnce() -> T) -> (Took, T) {
    let (start, before) = (Instant::now(), processor());
    let out = black_box(work());
    (Took { clock: start.elapsed().as_secs_f64(), processor: processor() - before }, out)
}

/// The medians of several runs, of each kind of time by itself. Panics without a run.
pub fn median(took: &[Took]) -> Took {
    let middle = |kind: fn(&Took) -> f64| {
        let mut times: Vec<f64> = took.iter().map(kind).collect();
        times.sort_by(f64::total_cmp);
        times[times.len() / 2]
    };
    Took { clock: middle(|t| t.clock), processor: middle(|t| t.processor) }
}

/// The medians of `runs` runs of work that cannot fail.
pub fn medians<T>(runs: u16, mut work: impl FnMut() -> T) -> Took {
    median(&(0..runs).map(|_| timed(&mut work).0).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_of_each_kind_by_itself() {
        let took = |clock, processor| Took { clock, processor };
        let all = [took(3.0, 1.0), took(1.0, 9.0), took(2.0, 2.0)];
        assert_eq!(median(&all), took(2.0, 2.0));
        assert_eq!(median(&all[..1]).each(3), took(1.0, 1.0 / 3.0));
    }

    #[test]
    fn the_clock_goes_on_in_sleep() {
        // Processor time is that of the whole process, other tests included, so it is not checked
        // here.
        let (took, ()) = timed(|| std::thread::sleep(std::time::Duration::from_millis(50)));
        assert!(took.clock >= 0.05);
    }
}
