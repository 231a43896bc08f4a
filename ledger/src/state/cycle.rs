//! A cycle: the values that its start fixed, and the arithmetic of its schedule.

use protocol::ids::Time;
use protocol::transaction::body::{CycleStart, Schedule};
use protocol::Fr;

/// A cycle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CycleState {
    /// The values that its start fixed.
    pub start: CycleStart,
    /// Digest of the cycle's parameters and terms, a public input of its plans' proofs.
    pub parameters: Fr,
}

impl CycleState {
    pub(crate) fn new(start: &CycleStart) -> Self {
        CycleState { start: *start, parameters: start.parameters() }
    }
    /// Whether plans may be listed.
    pub fn is_open(&self, now: Time) -> bool {
        self.start.schedule.opens <= now && now < self.start.schedule.closes
    }
    /// Whether gate closure has passed.
    pub fn is_closed(&self, now: Time) -> bool {
        now >= self.start.schedule.closes
    }
    /// The time from which no more metered records of the cycle are taken: `rest_window` seconds
    /// after its last delivery deadline.
    pub fn settled_from(&self, rest_window: u32) -> Time {
        Time(self.start.schedule.delivery_deadline.0 + u64::from(rest_window))
    }
    /// The cut-off of a round, in seconds since 1970.
    pub fn cut_off(&self, round: u8) -> Time {
        cut_off(&self.start.schedule, round)
    }
    /// The current round: the one whose cut-off has passed and whose successor's has not. None
    /// before the first cut-off, from gate closure on, and from `max_rounds` on.
    pub fn round(&self, now: Time) -> Option<u8> {
        let s = &self.start.schedule;
        if now >= s.closes {
            return None;
        }
        let passed = now.0.checked_sub(s.opens.0)? / u64::from(s.round_seconds);
        let round = u8::try_from(passed.checked_sub(1)?).ok()?;
        (round < self.start.market.max_rounds).then_some(round)
    }
    /// The rounds that have a cut-off before gate closure.
    pub fn rounds(&self) -> impl Iterator<Item = u8> + '_ {
        (0..self.start.market.max_rounds).take_while(|r| self.cut_off(*r) < self.start.schedule.closes)
    }
}

fn cut_off(s: &Schedule, round: u8) -> Time {
    Time(s.opens.0 + (u64::from(round) + 1) * u64::from(s.round_seconds))
}

/// The latest time of a schedule, in seconds since 1970. Sums of times up to it never overflow.
const END_OF_TIME: u64 = 1 << 40;

/// No time of a schedule is further ahead of its block than 24 days, in seconds. Else one wrong
/// schedule would keep a cycle open for ever.
const MAX_AHEAD: u64 = 24 * 24 * 3600;

/// Whether a schedule makes sense at its start: at least one cut-off, still to come, before gate
/// closure; matches confirmed within a round; delivery records due after the last confirmation.
pub(crate) fn is_sane(s: &Schedule, now: Time) -> bool {
    let latest = now.0.saturating_add(MAX_AHEAD).min(END_OF_TIME);
    let late = [s.opens, s.closes, s.delivery_deadline].iter().any(|t| t.0 > latest);
    !late
        && s.round_seconds >= 2
        && (1..s.round_seconds).contains(&s.confirm_seconds)
        && cut_off(s, 0) > now
        && cut_off(s, 0) < s.closes
        && s.delivery_deadline.0 >= s.closes.0 + u64::from(s.confirm_seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schedule() -> Schedule {
        Schedule {
            opens: Time(1000),
            round_seconds: 10,
            confirm_seconds: 5,
            closes: Time(1035),
            delivery_deadline: Time(1040),
        }
    }

    #[test]
    fn each_part_of_a_schedule_is_checked() {
        assert!(is_sane(&schedule(), Time(1009)));
        assert!(!is_sane(&schedule(), Time(1010)));
        let broken: [fn(&mut Schedule); 7] = [
            |s| s.round_seconds = 1,
            |s| s.confirm_seconds = 0,
            |s| s.confirm_seconds = 10,
            |s| s.closes = Time(1010),
            |s| s.delivery_deadline = Time(1039),
            |s| s.delivery_deadline = Time(u64::MAX),
            |s| s.opens = Time(u64::MAX),
        ];
        for (i, change) in broken.iter().enumerate() {
            let mut s = schedule();
            change(&mut s);
            assert!(!is_sane(&s, Time(1000)), "{i}");
        }
        let mut s = schedule();
        s.delivery_deadline = Time(1000 + MAX_AHEAD);
        assert!(is_sane(&s, Time(1000)) && !is_sane(&s, Time(999)), "24 days ahead");
    }
}
