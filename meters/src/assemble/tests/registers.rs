//! R9: readings of registers.

use super::*;

fn register(step: Step) -> Series {
    series("1.8.0", IMPORT, KWH_REGISTER, step)
}

fn readings(list: &str) -> Given {
    // Readings are in Wh here as they are in samples.
    Given::new(register(Step::Detect), list)
}

#[test]
fn energy_is_the_difference_of_two_readings() {
    let given = readings("10:00 1000.5, 10:15 1003.25, 10:30 1003.25, 10:45 1010");
    assert_eq!(given.imports(), ["10:00 3 measured", "10:15 0 measured", "10:30 7 measured"]);
    assert!(Given::new(register(fixed(15)), "10:00 5").rows().is_empty());
}

#[test]
fn a_meter_changed_within_a_quarter_hour_counts_both() {
    let given = readings("10:30 100, 10:45 110, 10:52#0 117, 10:52#1 5, 11:00#1 12, 11:15#1 20");
    assert_eq!(given.imports(), ["10:30 10 measured", "10:45 14 measured", "11:00 8 measured"]);
    // In a file that runs newest first, too.
    let mut newest_first = readings("10:30 100, 10:45 110, 10:52#0 117, 10:52#1 5, 11:00#1 12, 11:15#1 20");
    newest_first.series[0].1.reverse();
    assert_eq!(newest_first.imports(), given.imports());
    // The old meter's last reading may be some minutes before the new one's first.
    let given = readings("10:30 100, 10:45 110, 10:50#0 115, 10:53#1 5, 11:00#1 12");
    assert_eq!(given.imports(), ["10:30 10 measured", "10:45 12 measured"]);
    // More than a quarter hour without a reading is a gap, and nothing tells its energy.
    let list = "10:00 100, 10:15 110, 11:00#1 5, 11:15#1 12";
    readings(list).is_refused("gap", 5, &["--gaps"]);
    let given = readings(list).gaps(Gaps::Interpolate);
    assert_eq!(given.imports()[1..4], ["10:15  missing", "10:30  missing", "10:45  missing"]);
    // Two meters at one time are none.
    readings("10:00 100, 10:15 110, 10:30 120, 10:00#1 5, 10:15#1 7").is_refused("overlap", 6, &["row 3 and row 6"]);
}

#[test]
fn a_fall_is_a_wrap_around_if_that_is_plausible() {
    let list = "10:00 999999310, 10:15 999999871, 10:30 225";
    let mut given = readings(list);
    given.is_refused("register-falls", 4, &["falls", "999999.871 kWh", "0.225 kWh", "row 3", "--register-digits"]);
    given.options.register_digits = Some(6);
    assert_eq!(given.imports(), ["10:00 561 measured", "10:15 354 measured"]);
    given.options.register_digits = Some(7);
    given.is_refused("register-falls", 4, &["falls", "--register-digits 7", "--max-power"]);
    // A fall that no wrap-around explains.
    let mut given = readings("10:00 101310, 10:15 101402, 10:30 88150");
    given.options.register_digits = Some(6);
    given.is_refused("register-falls", 4, &["101.402 kWh", "88.15 kWh"]);
    // Digits count in the register's own unit.
    let wh = Kind::Register { may_be_negative: false, unit: Unit::Wh };
    let mut given = Given::new(series("r", IMPORT, wh, Step::Detect), "10:00 999990, 10:15 5");
    given.options.register_digits = Some(6);
    assert_eq!(given.imports(), ["10:00 15 measured"]);
}

#[test]
fn a_missing_reading_is_a_gap_whose_energy_is_known() {
    let list = "10:00 0, 10:15 10, 11:00 25, 11:15 30";
    readings(list).is_refused("gap", 4, &["10:30:00Z", "--gaps"]);
    for gaps in [Gaps::Zero, Gaps::Hold] {
        readings(list).gaps(gaps).is_refused("register-gap", 4, &["interpolate", gaps.name()]);
    }
    // 15 Wh over three quarter hours, and 16 as one block.
    let given = readings(list).gaps(Gaps::Interpolate);
    let expected =
        ["10:00 10 measured", "10:15 5 estimated", "10:30 5 estimated", "10:45 5 estimated", "11:00 5 measured"];
    assert_eq!(given.imports(), expected);
    let given = readings("10:00 0, 10:15 10, 11:00 26, 11:15 30").gaps(Gaps::Interpolate);
    assert_eq!(given.imports()[1..4], ["10:15 6 estimated", "10:30 5 estimated", "10:45 5 estimated"]);
}

#[test]
fn a_reading_without_value_is_no_gap() {
    let list = "10:00 0, 10:15 -, 10:30 25, 10:45 30";
    assert_eq!(readings(list).imports(), ["10:00  missing", "10:15  missing", "10:30 5 measured"]);
    let given = readings(list).gaps(Gaps::Interpolate);
    assert_eq!(given.imports(), ["10:00 13 estimated", "10:15 12 estimated", "10:30 5 measured"]);
    readings(list).gaps(Gaps::Hold).is_refused("register-gap", 4, &["interpolate"]);
    let ends = readings("10:00 -, 10:15 0, 10:30 5, 10:45 -");
    assert_eq!(ends.imports(), ["10:00  missing", "10:15 5 measured", "10:30  missing"]);
}

#[test]
fn registers_have_steps_too() {
    assert_eq!(readings("10:00 0, 10:30 3, 11:00 5").imports()[..2], ["10:00 2 split", "10:15 1 split"]);
    assert_eq!(readings("10:00 0, 10:05 1, 10:10 2, 10:15 3.4").imports(), ["10:00 3 measured"]);
    readings("10:00 0, 12:00 3, 14:00 5").is_refused("interval-too-long", 3, &["120 minutes"]);
    Given::new(register(fixed(15)), "10:00 0, 10:30 3, 11:00 5").is_refused("wrong-step", 4, &["30 minutes", "15"]);
    readings("10:03 0, 10:18 3, 10:33 5").is_refused("unaligned", 3, &["10:03"]);
    // The first reading is no quarter hour's beginning: that one is covered in part.
    assert_eq!(readings("10:07 0, 10:15 3, 10:30 5, 10:45 9").imports(), ["10:15 2 measured", "10:30 4 measured"]);
}

#[test]
fn totals_may_be_negative_and_are_at_the_end_of_their_hour() {
    let total = |target| {
        let kind = Kind::Register { may_be_negative: true, unit: Unit::KWh };
        Series { stamps: Stamps::Start, ..series("sum", target, kind, fixed(60)) }
    };
    let given = Given::new(total(IMPORT), "10:00 -21, 11:00 -17, 12:00 -17");
    assert_eq!(
        given.imports()[..5],
        ["11:00 1 split", "11:15 1 split", "11:30 1 split", "11:45 1 split", "12:00 0 split"]
    );
    Given::new(total(IMPORT), "10:00 -21, 11:00 -22").is_refused("register-falls", 3, &["-0.021 kWh"]);
    assert_eq!(Given::new(total(GENERATION), "10:00 100, 11:00 60").rows()[0], "11:00 ,,0, split");
    Given::new(total(GENERATION), "10:00 100, 11:00 49").is_refused("register-falls", 3, &[]);
    readings("10:00 -5, 10:15 -4").is_refused("negative", 3, &["-0.004 kWh"]);
}

proptest! {
    /// A register that wraps around anywhere counts as one that does not.
    #[test]
    fn a_wrap_around_loses_nothing(begin in 0u64..1_000_000, rises in prop::collection::vec(0u64..12_000, 2..20)) {
        let list = |modulus: u64| {
            let mut total = 999_000_000 + begin;
            let mut list = Vec::new();
            for (at, rise) in rises.iter().enumerate() {
                list.push(format!("{:02}:{:02} {}", 10 + at / 4, at % 4 * 15, total % modulus));
                total += rise;
            }
            list.join(", ")
        };
        let mut wrapping = readings(&list(1_000_000_000));
        wrapping.options.register_digits = Some(6);
        prop_assert_eq!(wrapping.imports(), readings(&list(u64::MAX)).imports());
    }
}
