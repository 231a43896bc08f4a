//! R6: local time and its two clock changes.

use super::*;

/// The rows of the night in which clocks go back, with a value that tells the row.
fn autumn(list: &str) -> Given {
    let list: Vec<String> =
        list.split_whitespace().enumerate().map(|(nth, time)| format!("w10-26T{time} {}", nth + 1)).collect();
    Given::energy(&list.join(", ")).zone("Europe/Berlin")
}

#[test]
fn both_orders_of_the_hour_that_comes_twice_are_read() {
    let after_each_other = autumn("01:30 02:00 02:30 02:00 02:30 03:00").imports();
    let halves = |rows: Vec<String>| rows.into_iter().step_by(2).collect::<Vec<_>>();
    assert_eq!(
        halves(after_each_other),
        ["23:30 1 split", "00:00 1 split", "00:30 2 split", "01:00 2 split", "01:30 3 split", "02:00 3 split"]
    );
    let interleaved = autumn("01:30 02:00 02:00 02:30 02:30 03:00").imports();
    assert_eq!(
        halves(interleaved),
        ["23:30 1 split", "00:00 1 split", "00:30 2 split", "01:00 2 split", "01:30 3 split", "02:00 3 split"]
    );
    // Rows 4 and 6 are winter time when they stand second.
    let rows = autumn("01:30 02:00 02:30 02:00 02:30 03:00").imports();
    let sum = |from: usize| -> u32 {
        rows[from..from + 2].iter().map(|row| row.split(' ').nth(1).unwrap().parse::<u32>().unwrap()).sum()
    };
    assert_eq!([2, 4, 6, 8].map(sum), [2, 3, 4, 5]);
}

#[test]
fn a_file_that_runs_newest_first_has_winter_time_first() {
    let rows = autumn("03:00 02:30 02:00 02:30 02:00 01:30").imports();
    let sum = |from: usize| -> u32 {
        rows[from..from + 2].iter().map(|row| row.split(' ').nth(1).unwrap().parse::<u32>().unwrap()).sum()
    };
    assert_eq!([0, 2, 4, 6, 8, 10].map(sum), [6, 5, 4, 3, 2, 1]);
    let rows = autumn("03:00 02:30 02:30 02:00 02:00 01:30").imports();
    let sum = |from: usize| -> u32 {
        rows[from..from + 2].iter().map(|row| row.split(' ').nth(1).unwrap().parse::<u32>().unwrap()).sum()
    };
    assert_eq!([0, 2, 4, 6, 8, 10].map(sum), [6, 5, 3, 4, 2, 1]);
}

#[test]
fn an_hour_that_should_be_there_twice_and_is_once_is_a_gap() {
    let given = autumn("01:30 01:45 02:00 02:15 02:30 02:45 03:00 03:15");
    given.is_refused("gap", 8, &["01:00:00Z", "02:00 in Europe/Berlin", "daylight saving", "--gaps"]);
    // The hour is winter time in a file that runs newest first.
    let given = autumn("03:15 03:00 02:45 02:30 02:15 02:00 01:45 01:30");
    given.is_refused("gap", 7, &["00:00:00Z", "daylight saving"]);
    let filled = autumn("01:45 02:00 02:15 02:30 02:45 03:00").gaps(Gaps::Hold).imports();
    assert_eq!(filled[5..9], ["01:00 5 estimated", "01:15 5 estimated", "01:30 5 estimated", "01:45 5 estimated"]);
    // A gap elsewhere has nothing to do with it.
    let message = autumn("03:00 03:15 03:45").refused().to_string();
    assert!(!message.contains("daylight"), "{message}");
}

#[test]
fn a_gap_within_the_hour_that_comes_twice_takes_the_first_occurrence() {
    // 02:15 is there once: it is summer time, and is missing in winter time.
    let given = autumn("02:00 02:15 02:30 02:45 02:00 02:30 02:45 03:00");
    given.is_refused("gap", 7, &["01:15:00Z", "daylight saving"]);
}

#[test]
fn a_time_that_does_not_exist_is_refused() {
    let given = Given::energy("w03-30T01:30 1, w03-30T02:00 1, w03-30T02:30 1").zone("Europe/Berlin");
    given.is_refused("no-such-local-time", 3, &["2025-03-30 02:00", "Europe/Berlin", "clocks go forward"]);
    let given = Given::energy("w10:00 1, w10:15 1");
    given.is_refused("zone-needed", 2, &["--zone"]);
}

#[test]
fn a_local_time_cannot_come_three_times() {
    let given = Given::energy("w10-26T02:00 1, w10-26T02:00 2, w10-26T02:00 2, w10-26T02:30 1, w10-26T02:30 1");
    assert_eq!(given.zone("Europe/Berlin").imports().len(), 8);
    let given = Given::energy("w10-26T02:00 1, w10-26T02:00 2, w10-26T02:00 3").zone("Europe/Berlin");
    given.is_refused("too-often", 4, &["twice", "rows 3 and 4"]);
}

#[test]
fn occurrences_are_counted_within_a_register() {
    let given = Given::new(series("day", IMPORT, Kind::Energy, fixed(60)), "w10-26T02:00 4, w10-26T02:00 8")
        .and(series("back", EXPORT, Kind::Energy, fixed(60)), "w10-26T02:00 12, w10-26T02:00 16")
        .zone("Europe/Berlin");
    assert_eq!(given.rows()[3..5], ["00:45 1,3,, split", "01:00 2,4,, split"]);
}

#[test]
fn stamps_of_the_end_are_read_on_the_clock_too() {
    // A clock shows 02:00 twice: when summer's 02:00 is there, and when its 03:00 becomes 02:00.
    let ends = Series { stamps: Stamps::End, ..test_series() };
    let list = "w10-26T01:30 1, w10-26T02:00 2, w10-26T02:30 3, w10-26T02:00 4, w10-26T02:30 5, w10-26T03:00 6";
    let rows = Given::new(ends, list).zone("Europe/Berlin").imports();
    assert_eq!(rows.len(), 12);
    assert_eq!(rows[0], "23:00 1 split");
    assert_eq!(rows[11], "01:45 3 split");
}

#[test]
fn a_whole_clock_has_columns_for_hours_that_do_not_exist() {
    let clock = |stamps| Series {
        stamps,
        habits: Habits { whole_clock: true, takes_turns: false },
        ..series("GC", IMPORT, Kind::Energy, fixed(30))
    };
    // In Berlin clocks go from 02:00 to 03:00: the columns that end at 02:30 and 03:00 are no time.
    let list = "w03-30T01:30 2, w03-30T02:00 2, w03-30T02:30 0, w03-30T03:00 -, w03-30T03:30 4";
    let rows = Given::new(clock(Stamps::End), list).zone("Europe/Berlin").imports();
    assert_eq!(
        rows,
        ["00:00 1 split", "00:15 1 split", "00:30 1 split", "00:45 1 split", "01:00 2 split", "01:15 2 split"]
    );
    let given = Given::new(clock(Stamps::End), &list.replace("02:30 0", "02:30 7")).zone("Europe/Berlin");
    given.is_refused("no-such-local-time", 4, &["clocks go forward"]);
    let list = "w03-30T01:30 2, w03-30T02:00 0, w03-30T02:30 -, w03-30T03:00 4";
    assert_eq!(Given::new(clock(Stamps::Start), list).zone("Europe/Berlin").imports().len(), 4);
}
