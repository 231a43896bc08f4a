//! This machine's clock.

use protocol::ids::Time;
use std::time::{SystemTime, UNIX_EPOCH};

/// The time by this machine's clock, in seconds since 1970.
pub fn now() -> Time {
    Time(SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()))
}
