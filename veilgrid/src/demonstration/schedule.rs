//! The runner's clock. A real market lists, matches and delivers by the wall; the runner moves a
//! virtual clock from step to step, so that a market that takes hours by its schedule is played in
//! seconds, and a rerun gives the same headers.

use protocol::ids::Time;
use protocol::transaction::body::Schedule;

/// Time of genesis: the first slot of the household data, 2016-06-13T00:00Z.
pub const GENESIS: Time = Time(1_465_776_000);
/// Length of a round in seconds.
pub const ROUND: u32 = 600;
/// From a match to its confirmation deadline, and from a cut-off to the anchor for plans listed
/// again.
pub const CONFIRM: u32 = 300;
/// From gate closure to the first delivery slot: what readings may be late.
const DELIVERY: u64 = 900;
/// Length of a delivery slot in seconds.
const SLOT: u32 = 60;
/// Before a cycle opens: epoch, credentials, merges.
const PREPARE: u64 = 1800;
/// After the last delivery deadline: settlements, the grid.
const SETTLE: u64 = 3600;

/// The schedule of the cycle played `index`-th.
pub fn schedule(index: usize, max_rounds: u8) -> Schedule {
    let rounds = (u64::from(max_rounds) + 1) * u64::from(ROUND);
    let slots = u64::from(max_rounds) * u64::from(SLOT);
    let length = PREPARE + rounds + DELIVERY + slots + SETTLE;
    let opens = GENESIS.0 + 60 + index as u64 * length + PREPARE;
    let closes = opens + rounds;
    Schedule {
        opens: Time(opens),
        round_seconds: ROUND,
        confirm_seconds: CONFIRM,
        closes: Time(closes),
        delivery_from: Time(closes + DELIVERY),
        delivery_slot: SLOT,
    }
}

/// When a cycle's preparations begin.
pub fn begins(schedule: &Schedule) -> Time {
    Time(schedule.opens.0 - PREPARE)
}

/// The cut-off of a round.
pub fn cut_off(schedule: &Schedule, round: u8) -> Time {
    Time(schedule.opens.0 + (u64::from(round) + 1) * u64::from(schedule.round_seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cycles_follow_one_another_and_every_round_fits() {
        for max_rounds in [1, 8, 255] {
            let (a, b) = (schedule(0, max_rounds), schedule(1, max_rounds));
            assert!(begins(&a) > GENESIS && begins(&b) > a.delivery_due(max_rounds - 1));
            assert!(cut_off(&a, max_rounds - 1).0 + u64::from(ROUND) <= a.closes.0);
        }
    }
}
