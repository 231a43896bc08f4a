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
        let last = self.rounds().last().unwrap_or(0);
        Time(self.delivery_due(last).0 + u64::from(rest_window))
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
    /// When the halves of a round's trades are due, in seconds since 1970.
    pub fn delivery_due(&self, round: u8) -> Time {
        self.start.schedule.delivery_due(round)
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
/// closure; matches confirmed within a round; delivery slots after the last confirmation, the last
/// round's before the end of time.
pub(crate) fn is_sane(s: &Schedule, max_rounds: u8, now: Time) -> bool {
    // No sum below overflows: the first three are small, and the last is saturating.
    let latest = now.0.saturating_add(MAX_AHEAD).min(END_OF_TIME);
    if [s.opens, s.closes, s.delivery_from].iter().any(|t| t.0 > latest) {
        return false;
    }
    let last = (0..max_rounds).take_while(|r| cut_off(s, *r) < s.closes).last().unwrap_or(0);
    s.delivery_due(last).0 <= latest
        && s.delivery_slot >= 2
        && s.round_seconds >= 2
        && (1..s.round_seconds).contains(&s.confirm_seconds)
        && cut_off(s, 0) > now
        && cut_off(s, 0) < s.closes
        && s.delivery_from.0 >= s.closes.0 + u64::from(s.confirm_seconds)
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
            delivery_from: Time(1040),
            delivery_slot: 2,
        }
    }

    #[test]
    fn each_part_of_a_schedule_is_checked() {
        assert!(is_sane(&schedule(), 4, Time(1009)));
        assert!(!is_sane(&schedule(), 4, Time(1010)));
        let broken: [fn(&mut Schedule); 10] = [
            |s| s.round_seconds = 1,
            |s| s.confirm_seconds = 0,
            |s| s.confirm_seconds = 10,
            |s| s.closes = Time(1010),
            |s| s.delivery_from = Time(1039),
            |s| s.delivery_from = Time(END_OF_TIME - 5),
            |s| s.delivery_from = Time(u64::MAX),
            |s| s.delivery_slot = 1,
            |s| s.delivery_slot = 0,
            |s| s.opens = Time(u64::MAX),
        ];
        for (i, change) in broken.iter().enumerate() {
            let mut s = schedule();
            change(&mut s);
            assert!(!is_sane(&s, 4, Time(1000)), "{i}");
        }
        let mut s = schedule();
        s.delivery_from = Time(1000 + MAX_AHEAD - 6);
        assert!(is_sane(&s, 4, Time(1000)) && !is_sane(&s, 4, Time(999)), "the last slot ends 24 days ahead");
    }

    /// Cut-offs are at 1010, 1020 and 1030, so the last round is number 2, whatever the parameters
    /// allow.
    #[test]
    fn the_last_rounds_slot_ends_before_the_end_of_time() {
        let start = Time(END_OF_TIME - 1000);
        let late = |s: Schedule| Schedule { opens: start, closes: Time(start.0 + 35), ..s };
        let at_the_end = late(Schedule { delivery_from: Time(END_OF_TIME - 6), ..schedule() });
        assert!(is_sane(&at_the_end, 255, start));
        let over = Schedule { delivery_from: Time(END_OF_TIME - 5), ..at_the_end };
        assert!(!is_sane(&over, 255, start) && is_sane(&over, 2, start));
        let long = Schedule { delivery_slot: u32::MAX, ..schedule() };
        assert!(!is_sane(&long, 255, Time(1000)), "beyond 24 days");
        let endless = Schedule { opens: Time(0), closes: Time(END_OF_TIME), ..long };
        assert!(!is_sane(&endless, 255, Time(0)));
    }
}
