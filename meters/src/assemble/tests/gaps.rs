//! R8: gaps.

use super::*;

const WITH_GAP: &str = "10:00 4, 10:15 8, 10:45 2, 11:00 -, 11:15 6";

#[test]
fn a_gap_is_refused_and_a_row_without_value_is_not() {
    Given::energy(WITH_GAP).is_refused("gap", 4, &["10:30:00Z", "--gaps", "15 minutes"]);
    let given = Given::energy("10:00 4, 10:15 -, 10:30 2");
    assert_eq!(given.imports(), ["10:00 4 measured", "10:15  missing", "10:30 2 measured"]);
}

#[test]
fn each_rule_fills_absent_rows_and_rows_without_value() {
    let filled = |gaps| Given::energy(WITH_GAP).gaps(gaps).imports();
    assert_eq!(filled(Gaps::Zero)[2..5], ["10:30 0 estimated", "10:45 2 measured", "11:00 0 estimated"]);
    assert_eq!(filled(Gaps::Hold)[2..5], ["10:30 8 estimated", "10:45 2 measured", "11:00 2 estimated"]);
    assert_eq!(filled(Gaps::Interpolate)[2..5], ["10:30 5 estimated", "10:45 2 measured", "11:00 4 estimated"]);
    let assembled = Given::energy(WITH_GAP).gaps(Gaps::Hold).assembled().unwrap();
    assert!(assembled.said.iter().any(|said| said.count == 2 && said.text.contains("--gaps hold")));
}

#[test]
fn absent_rows_and_rows_without_value_beside_each_other_are_one_gap() {
    let given = Given::energy("10:00 0, 10:15 -, 10:45 -, 11:00 8").gaps(Gaps::Interpolate);
    assert_eq!(given.imports()[1..4], ["10:15 2 estimated", "10:30 4 estimated", "10:45 6 estimated"]);
}

#[test]
fn gaps_are_filled_in_the_sources_own_step() {
    // Half an hour is held before it is split, and rounded once: 579 is 290 + 289.
    let given = Given::new(series("r", IMPORT, Kind::Energy, fixed(30)), "10:00 579, 11:00 2").gaps(Gaps::Hold);
    assert_eq!(given.imports()[2..4], ["10:30 290 estimated", "10:45 289 estimated"]);
    // (1 + 2) / 2 = 1.5 Wh of half an hour is 2, split evenly.
    let given = Given::new(series("r", IMPORT, Kind::Energy, fixed(30)), "10:00 1, 11:00 2").gaps(Gaps::Interpolate);
    assert_eq!(given.imports()[2..4], ["10:30 1 estimated", "10:45 1 estimated"]);
    // Minutes are filled before they are summed.
    let given = Given::new(series("r", IMPORT, Kind::Power, fixed(5)), "10:00 600, 10:10 1200").gaps(Gaps::Interpolate);
    assert_eq!(given.imports(), ["10:00 225 estimated"]);
    // A signed value is filled before it is split by its sign.
    let grid = series("r", Target::SignedGrid, Kind::Energy, fixed(15));
    let given = Given::new(grid, "10:00 30, 10:45 -60").gaps(Gaps::Interpolate);
    assert_eq!(given.rows()[1..3], ["10:15 0,0,, estimated", "10:30 0,30,, estimated"]);
}

#[test]
fn where_nothing_stands_before_or_after_it_stays_missing() {
    let list = "10:00 -, 10:15 4, 10:30 -";
    assert_eq!(
        Given::energy(list).gaps(Gaps::Hold).imports(),
        ["10:00  missing", "10:15 4 measured", "10:30 4 estimated"]
    );
    assert_eq!(
        Given::energy(list).gaps(Gaps::Interpolate).imports(),
        ["10:00  missing", "10:15 4 measured", "10:30  missing"]
    );
    assert_eq!(
        Given::energy(list).gaps(Gaps::Zero).imports(),
        ["10:00 0 estimated", "10:15 4 measured", "10:30 0 estimated"]
    );
}

#[test]
fn a_register_that_lacks_rows_at_the_ends_of_the_meters_period_has_a_gap() {
    let given =
        || Given::energy("10:00 1, 10:15 1, 10:30 1").and(series("s", EXPORT, Kind::Energy, fixed(15)), "10:15 5");
    given().is_refused("gap", 2, &["10:00:00Z", "--gaps"]);
    assert_eq!(
        given().gaps(Gaps::Zero).rows(),
        ["10:00 1,0,, estimated", "10:15 1,5,, measured", "10:30 1,0,, estimated"]
    );
    assert_eq!(
        given().gaps(Gaps::Hold).rows(),
        ["10:00 1,,, missing", "10:15 1,5,, measured", "10:30 1,5,, estimated"]
    );
}

#[test]
fn a_wrong_date_does_not_fill_memory() {
    let mut given = Given::energy("10:00 1, 10:01 1").gaps(Gaps::Zero);
    given.series[0].1[0].when = When::Utc(0);
    given.options.step = NonZeroU32::new(60);
    given.is_refused("gap-too-long", 2, &["1970-01-01"]);
}
