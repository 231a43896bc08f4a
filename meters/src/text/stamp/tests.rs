use super::*;

fn local(text: &str) -> i64 {
    parse(text.as_bytes(), None).unwrap().local
}

/// Counted one by one, so that the arithmetic of `days` is checked by something else.
#[test]
fn days_are_counted() {
    let mut expected = 0;
    for year in 1970..=2200 {
        for month in 1..=12 {
            for day in 1..=31 {
                if let Some(found) = days(year, month, day) {
                    assert_eq!(found, expected, "{year}-{month}-{day}");
                    expected += 1;
                }
            }
        }
    }
    assert_eq!(days(2025, 10, 26), Some(20_387));
    assert_eq!((days(2023, 2, 29), days(2024, 2, 29).is_some(), days(1900, 2, 29)), (None, true, None));
    assert_eq!((days(2025, 13, 1), days(2025, 0, 1), days(2025, 1, 0), days(9999, 1, 1)), (None, None, None, None));
}

#[test]
fn times_are_read_as_files_write_them() {
    let midnight = 20_387 * DAY;
    for text in [
        "2025-10-26 02:15",
        "2025-10-26T02:15",
        "2025-10-26T02:15:00",
        "2025-10-26 02:15:00.0000000",
        "2025/10/26 2:15",
        "20251026 02:15",
        "26-Oct-25 02:15",
        "26-Oct-2025 02:15:00",
        "26 October 2025 02:15",
        "2025-10-26 02:15 AM",
        "2025-10-26, 02:15",
    ] {
        assert_eq!(local(text), midnight + 8100, "{text}");
    }
    assert_eq!(local("2025-10-26 12:15 am"), midnight + 900);
    assert_eq!(local("2025-10-26 12:15PM"), midnight + 44_100);
    assert_eq!(local("2025-10-26 24:00"), midnight + DAY);
    assert_eq!(local("1-Jul-10"), days(2010, 7, 1).unwrap() * DAY);
}

#[test]
fn the_order_says_which_number_is_the_day() {
    use DateOrder::*;
    let of = |text: &str, order| parse(text.as_bytes(), Some(order)).map(|stamp| stamp.local / DAY);
    assert_eq!(of("03/04/2025 00:00", DayMonthYear), Ok(days(2025, 4, 3).unwrap()));
    assert_eq!(of("03/04/2025 00:00", MonthDayYear), Ok(days(2025, 3, 4).unwrap()));
    assert_eq!(of("25/04/03 00:00", YearMonthDay), Ok(days(2025, 4, 3).unwrap()));
    assert_eq!(of("1/07/2012", DayMonthYear), Ok(days(2012, 7, 1).unwrap()));
    assert_eq!(of("26/10/2025", MonthDayYear), Err(NoStamp::NoTime));
    assert_eq!(of("2025-10-26", MonthDayYear), Ok(20_387));
    assert_eq!(parse(b"03/04/2025", None), Err(NoStamp::Order));
    assert_eq!(orders(b"03/04/2025"), Some([true, true, false]));
    assert_eq!(orders(b"26/10/2025"), Some([true, false, false]));
    assert_eq!(orders(b"10/26/2025"), Some([false, true, false]));
    assert_eq!(orders(b"03-04-25"), Some([true, true, true]));
    assert_eq!(orders(b"03.04.2025"), Some([true, false, false]));
    assert_eq!(orders(b"2025-04-03"), None);
}

#[test]
fn offsets_are_seconds_ahead_of_utc() {
    let of = |text: &str| parse(text.as_bytes(), None).unwrap();
    for (text, offset) in [
        ("2018-03-11 00:00:00-06", -21_600),
        ("2018-03-11T00:00Z", 0),
        ("2018-03-11T00:00:00+01:00", 3600),
        ("2018-03-11 00:00:00 +0530", 19_800),
        ("2018-03-11 00:00:00.000+00", 0),
    ] {
        assert_eq!(of(text).offset, Some(offset), "{text}");
    }
    assert_eq!(of("2018-03-11T00:00:00+01:00").when(), When::Utc(days(2018, 3, 11).unwrap() * DAY - 3600));
    assert_eq!(of("2018-03-11T00:00:00").when(), When::Local(days(2018, 3, 11).unwrap() * DAY));
}

#[test]
fn what_is_no_time_is_refused() {
    for text in [
        "",
        "12:00",
        "abc",
        "2025",
        "2025-10",
        "2025-02-29",
        "2025-10-26 25:00",
        "2025-10-26 24:01",
        "2025-10-26 02:60",
        "2025-10-26 0215",
        "2025-10-26 02:15 x",
        "2025-10-26T02:15+1",
        "2025-10-26T02:15+19:00",
        "26-Okt-2025",
        "1-J-10",
        "2025-10-26 13:00 PM",
        "2025-10-26 00:00 AM",
        "2025--10-26",
        "1.2.3.4",
        "2025-10-26 2:5",
        "123456789 00:00",
        "2025-10-26 02:15:3",
        "2025-10-26T",
        "2025-10-26,",
        "1/7/123",
        "2025-10-2602:15",
    ] {
        assert_eq!(parse(text.as_bytes(), None), Err(NoStamp::NoTime), "{text}");
    }
    assert!(!parse(b"2013-03-31 00:00:00.5", None).unwrap().whole);
    assert!(!parse(b"2013-03-31", None).unwrap().timed);
    assert!(is_time(b"02:15") && is_time(b"2:15:00") && !is_time(b"0,5") && !is_time(b"02:15 x"));
}
