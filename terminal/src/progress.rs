//! The progress bar of long work.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::borrow::Cow;
use std::sync::Once;
use std::time::{Duration, Instant};

/// A bar on standard error. It appears once the work has taken a second, and on a terminal only.
pub struct Progress {
    start: Instant,
    shown: Once,
    bar: ProgressBar,
}

impl Progress {
    /// A bar that is not shown yet. `what` names what is counted: "3 of 10 relations proved".
    pub fn new(what: &'static str) -> Progress {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        let style = ProgressStyle::with_template("{bar:30} {pos} of {len} {msg}, {elapsed}");
        bar.set_style(style.expect("the template is well formed"));
        bar.set_message(what);
        Progress { start: Instant::now(), shown: Once::new(), bar }
    }

    /// Names anew what is counted.
    pub fn now(&self, what: impl Into<Cow<'static, str>>) {
        self.bar.set_message(what);
    }

    /// Sets how many steps there are, and begins at 0.
    pub fn over(&self, steps: usize) {
        self.bar.set_length(steps as u64);
        self.bar.set_position(0);
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
