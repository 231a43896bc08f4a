//! Progress of long work.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::sync::Once;
use std::time::{Duration, Instant};

/// A bar on a terminal's standard error, once the work has taken a second.
pub(crate) struct Progress {
    start: Instant,
    shown: Once,
    bar: ProgressBar,
}

impl Progress {
    /// No bar yet; `what` says what is counted.
    pub(crate) fn new(what: &'static str) -> Progress {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        let style = ProgressStyle::with_template("{bar:30} {pos} of {len} {msg}, {elapsed}");
        bar.set_style(style.expect("the template is well formed"));
        bar.set_message(what);
        Progress { start: Instant::now(), shown: Once::new(), bar }
    }

    /// From now on, something else is counted.
    pub(crate) fn now(&self, what: &'static str) {
        self.bar.set_message(what);
    }

    /// So many steps are to come.
    pub(crate) fn over(&self, steps: usize) {
        self.bar.set_length(steps as u64);
        self.bar.set_position(0);
    }

    /// One of them is done.
    pub(crate) fn step(&self) {
        self.bar.inc(1);
        if self.start.elapsed() >= Duration::from_secs(1) {
            // indicatif draws on a terminal only.
            self.shown.call_once(|| self.bar.set_draw_target(ProgressDrawTarget::stderr()));
        }
    }

    /// Takes the bar away.
    pub(crate) fn done(&self) {
        self.bar.finish_and_clear();
    }
}
