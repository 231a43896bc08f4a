//! How far long work is, and how long it still takes.

use crate::interrupt::Shown;
use crate::time::length;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::borrow::Cow;
use std::sync::Once;
use std::time::{Duration, Instant};

/// A bar on standard error, with a count and an estimate of the time left. It appears once the work
/// has taken a second, and on a terminal only. It has no colours.
pub struct Progress {
    start: Instant,
    shown: Once,
    bar: ProgressBar,
    _shown: Shown,
}

impl Progress {
    /// A bar that is not shown yet. `what` names what is counted: "3 of 10 relations proved".
    pub fn new(what: &'static str) -> Progress {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        let style = ProgressStyle::with_template("{bar:30} {pos} of {len} {msg}, {elapsed} wall, about {eta} left");
        bar.set_style(style.expect("the template is well formed"));
        bar.set_message(what);
        Progress { start: Instant::now(), shown: Once::new(), _shown: Shown::new(bar.clone()), bar }
    }

    /// Names anew what is counted.
    pub fn now(&self, what: impl Into<Cow<'static, str>>) {
        self.bar.set_message(what);
    }

    /// Sets how many steps there are, and begins at 0.
    pub fn over(&self, steps: usize) {
        self.bar.set_length(steps as u64);
        self.bar.set_position(0);
        self.bar.reset_eta();
    }

    /// Counts one step more.
    pub fn step(&self) {
        self.bar.inc(1);
        self.show();
    }

    /// Sets how many steps are done.
    pub fn reach(&self, done: usize) {
        self.bar.set_position(done as u64);
        self.show();
    }

    /// Sets how many steps are done of how many. For work that learns only on the way how many there
    /// are.
    pub fn of(&self, done: usize, steps: usize) {
        self.bar.set_length(steps as u64);
        self.reach(done);
    }

    fn show(&self) {
        if self.start.elapsed() >= Duration::from_secs(1) {
            // indicatif draws on a terminal only.
            self.shown.call_once(|| self.bar.set_draw_target(ProgressDrawTarget::stderr()));
        }
    }

    /// Takes the bar away.
    pub fn done(&self) {
        self.bar.finish_and_clear();
    }
}

/// The pace of work that says a line about each of its steps.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    start: Instant,
    steps: usize,
}

impl Pace {
    /// Work of so many steps that begins now.
    pub fn over(steps: usize) -> Pace {
        Pace { start: Instant::now(), steps }
    }

    /// The count, the time since the start and an estimate of the time left, when `done` steps are
    /// done: "3 of 10, 12.0 s wall, about 28.0 s left". The estimate is missing before the first
    /// step and after the last.
    pub fn after(&self, done: usize) -> String {
        says(done, self.steps, self.start.elapsed())
    }
}

fn says(done: usize, steps: usize, taken: Duration) -> String {
    let mut text = format!("{done} of {steps}, {} wall", length(taken));
    if (1..steps).contains(&done) {
        let left = taken.as_secs_f64() * (steps - done) as f64 / done as f64;
        // A time that no duration can hold is no estimate.
        if let Ok(left) = Duration::try_from_secs_f64(left) {
            text += &format!(", about {} left", length(left));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_left_follows_from_the_steps_done() {
        let taken = Duration::from_secs(12);
        assert_eq!(says(3, 10, taken), "3 of 10, 12.0 s wall, about 28.0 s left");
        assert_eq!(says(0, 10, taken), "0 of 10, 12.0 s wall");
        assert_eq!(says(10, 10, taken), "10 of 10, 12.0 s wall");
        assert_eq!(says(1, usize::MAX, taken), format!("1 of {}, 12.0 s wall", usize::MAX));
    }
}
