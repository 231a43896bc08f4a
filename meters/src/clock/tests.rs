use super::*;
use proptest::prelude::*;

fn at(text: &str) -> i64 {
    parse_utc(text.as_bytes()).unwrap()
}

#[test]
fn the_hour_of_autumn_comes_twice_and_that_of_spring_never() {
    let berlin = Clock::of_zone("Europe/Berlin").unwrap();
    let meaning = |text| berlin.meaning(at(text), &mut 0).unwrap();
    assert_eq!(meaning("2025-10-26T01:59:59Z"), Meaning::One(at("2025-10-25T23:59:59Z")));
    assert_eq!(meaning("2025-10-26T02:00:00Z"), Meaning::Two(at("2025-10-26T00:00:00Z"), at("2025-10-26T01:00:00Z")));
    assert_eq!(meaning("2025-10-26T02:59:59Z"), Meaning::Two(at("2025-10-26T00:59:59Z"), at("2025-10-26T01:59:59Z")));
    assert_eq!(meaning("2025-10-26T03:00:00Z"), Meaning::One(at("2025-10-26T02:00:00Z")));
    assert_eq!(meaning("2025-03-30T01:59:59Z"), Meaning::One(at("2025-03-30T00:59:59Z")));
    assert_eq!(meaning("2025-03-30T02:00:00Z"), Meaning::None);
    assert_eq!(meaning("2025-03-30T02:59:59Z"), Meaning::None);
    assert_eq!(meaning("2025-03-30T03:00:00Z"), Meaning::One(at("2025-03-30T01:00:00Z")));
}

#[test]
fn a_gap_in_the_hour_that_comes_twice_is_known() {
    let berlin = Clock::of_zone("Europe/Berlin").unwrap();
    assert!(berlin.goes_back_within(at("2025-10-26T00:00:00Z"), at("2025-10-26T01:00:00Z")));
    assert!(berlin.goes_back_within(at("2025-10-26T01:00:00Z"), at("2025-10-26T02:00:00Z")));
    assert!(!berlin.goes_back_within(at("2025-10-26T02:00:00Z"), at("2025-10-26T03:00:00Z")));
    assert!(!berlin.goes_back_within(at("2025-03-30T00:00:00Z"), at("2025-03-30T03:00:00Z")));
}

#[test]
fn zones_are_found_by_name_or_offset_and_others_are_refused() {
    for name in ["UTC", "Europe/Vienna", "Australia/Sydney", "+10:00", "UTC+10", "-06", "Asia/Kathmandu"] {
        Clock::of_zone(name).unwrap();
    }
    for name in ["Europe/Berlim", "", "+99", "+1x", "é"] {
        assert_eq!(Clock::of_zone(name).unwrap_err().code(), "no-such-zone", "{name}");
    }
}

#[test]
fn times_out_of_reach_are_refused() {
    let utc = Clock::of_zone("UTC").unwrap();
    for local in [i64::MIN, FIRST, LAST, i64::MAX] {
        assert_eq!(utc.meaning(local, &mut 0).unwrap_err().code(), "time-out-of-range");
    }
}

#[test]
fn a_time_is_shown_in_utc_and_on_the_clock() {
    let berlin = Clock::of_zone("Europe/Berlin").unwrap();
    assert_eq!(berlin.shown(at("2025-06-10T07:15:00Z")), "2025-06-10T07:15:00Z (2025-06-10 09:15 in Europe/Berlin)");
}

#[test]
fn only_times_of_the_calendar_are_read() {
    for text in ["2025-02-29T00:00:00Z", "2025-13-01T00:00:00Z", "2025-00-01T00:00:00Z", "2025-01-01T24:00:00Z"] {
        assert_eq!(parse_utc(text.as_bytes()), None, "{text}");
    }
    assert_eq!(parse_utc(b"2024-02-29T23:59:59Z"), Some(1_709_251_199));
}

proptest! {
    #[test]
    fn a_time_written_is_read_again(seconds in FIRST..LAST) {
        prop_assert_eq!(parse_utc(Utc(seconds).to_string().as_bytes()), Some(seconds));
    }

    #[test]
    fn a_time_put_on_the_clock_is_found_again(
        seconds in 0i64..4_000_000_000,
        zone in prop::sample::select(vec!["Europe/Berlin", "Australia/Lord_Howe", "America/New_York", "Asia/Kathmandu", "UTC"]),
        near in 0usize..1000,
    ) {
        let clock = Clock::of_zone(zone).unwrap();
        let local = seconds + clock.offset_at(seconds);
        let found = match clock.meaning(local, &mut near.clone()).unwrap() {
            Meaning::One(only) => only == seconds,
            Meaning::Two(first, second) => first < second && (first == seconds || second == seconds),
            Meaning::None => false,
        };
        prop_assert!(found);
    }
}
