//! What clocks do, as far as the order of slots depends on it. This crate knows no time zones: a
//! caller does.

/// Where clocks change. Local times are in seconds, as if they were UTC.
pub trait Clock {
    /// Whether the clock may show that local time twice: clocks go back over it.
    fn repeats(&self, local: i64) -> bool;
    /// Whether the clock may never show that local time: clocks go forward over it.
    fn skips(&self, local: i64) -> bool;
    /// The zone, where the caller knows it. Without one, a change that is possible somewhere is
    /// taken for one where the slots look like it.
    fn zone(&self) -> Option<&str>;
}

/// A clock that never changes, of no known zone.
#[derive(Clone, Copy, Debug)]
pub struct NoZone;

impl Clock for NoZone {
    fn repeats(&self, _: i64) -> bool {
        false
    }

    fn skips(&self, _: i64) -> bool {
        false
    }

    fn zone(&self) -> Option<&str> {
        None
    }
}
