//! R1 to R5: quarter hours from finer and coarser values, rounding, quality.

use super::*;

#[test]
fn finer_values_are_summed_and_rounded_once() {
    let given = Given::energy("10:00 0.4, 10:05 0.4, 10:10 0.4, 10:15 100.2, 10:20 22.2, 10:25 0.1");
    assert_eq!(given.imports(), ["10:00 1 measured", "10:15 123 measured"]);
    let watts = series("r", IMPORT, Kind::Power, Step::Detect);
    let given = Given::new(watts, "10:00 1800, 10:05 420, 10:10 1100");
    assert_eq!(given.imports(), ["10:00 277 measured"]);
}

#[test]
fn a_quarter_hour_that_is_covered_in_part_is_dropped_at_the_ends() {
    let given = Given::energy("10:05 1, 10:10 1, 10:15 2, 10:20 2, 10:25 2, 10:30 3");
    assert_eq!(given.imports(), ["10:15 6 measured"]);
    let assembled = given.assembled().unwrap();
    assert!(assembled.said.iter().any(|said| said.count == 2 && said.text.contains("in part")));
    let given = Given::energy("10:05 1, 10:10 1");
    assert!(given.rows().is_empty());
}

#[test]
fn coarser_values_are_split_by_the_largest_remainder() {
    let half = |value| Given::new(series("r", IMPORT, Kind::Energy, fixed(30)), &format!("10:00 {value}")).imports();
    assert_eq!(half("579"), ["10:00 290 split", "10:15 289 split"]);
    assert_eq!(half("578.5"), ["10:00 290 split", "10:15 289 split"]);
    assert_eq!(half("578.4"), ["10:00 289 split", "10:15 289 split"]);
    assert_eq!(half("0.5"), ["10:00 1 split", "10:15 0 split"]);
    let hour = Given::new(series("r", IMPORT, Kind::Energy, fixed(60)), "10:00 1215").imports();
    assert_eq!(hour, ["10:00 304 split", "10:15 304 split", "10:30 304 split", "10:45 303 split"]);
    let watts = Given::new(series("r", IMPORT, Kind::Power, fixed(30)), "10:00 245").imports();
    assert_eq!(watts, ["10:00 62 split", "10:15 61 split"]);
}

#[test]
fn ten_minutes_are_shared_out_by_half_hours() {
    let ten = |list| Given::new(series("r", EXPORT, Kind::Power, Step::Detect), list).rows();
    assert_eq!(ten("10:00 998, 10:10 1001, 10:20 1939"), ["10:00 ,250,, split", "10:15 ,406,, split"]);
    // The first quarter hour is covered in part: the second one stands alone.
    assert_eq!(ten("10:10 600, 10:20 600"), ["10:15 ,150,, split"]);
    // So it does where the first value is missing.
    assert_eq!(ten("10:00 -, 10:10 600, 10:20 600"), ["10:00 ,,, missing", "10:15 ,150,, split"]);
    assert_eq!(ten("10:00 600, 10:10 -, 10:20 600"), ["10:00 ,,, missing", "10:15 ,,, missing"]);
    // Nepal's half hours begin at a quarter past.
    let given = Given::new(series("r", IMPORT, Kind::Power, Step::Detect), "w10:00 998, w10:10 1001, w10:20 1939");
    assert_eq!(given.zone("Asia/Kathmandu").imports(), ["04:15 250 split", "04:30 406 split"]);
}

#[test]
fn longer_and_crooked_intervals_are_refused() {
    let given = Given::new(series("r", IMPORT, Kind::Energy, fixed(90)), "10:00 1");
    given.is_refused("interval-too-long", 2, &["90 minutes", "60 minutes"]);
    Given::energy("10:00 1, 12:00 1, 14:00 1").is_refused("interval-too-long", 2, &["120 minutes"]);
    let given = Given::new(series("r", IMPORT, Kind::Energy, fixed(30)), "10:05 1");
    given.is_refused("unaligned", 2, &["10:05", "30 minutes"]);
    let given = Given::new(series("r", IMPORT, Kind::Energy, fixed(7)), "10:00 1, 10:07 1, 10:14 1");
    given.is_refused("unaligned", 2, &["7 minutes"]);
}

#[test]
fn quality_is_the_worst_of_the_parts() {
    let given = Given::energy("10:00 1, 10:05 1e, 10:10 1, 10:15 1, 10:20 -, 10:25 1e");
    assert_eq!(given.imports(), ["10:00 3 estimated", "10:15  missing"]);
    let given = Given::new(series("r", IMPORT, Kind::Energy, fixed(30)), "10:00 4e, 10:30 4");
    assert_eq!(given.imports(), ["10:00 2 estimated", "10:15 2 estimated", "10:30 2 split", "10:45 2 split"]);
    // A row has the worst of its columns.
    let given = Given::new(series("r", IMPORT, Kind::Energy, fixed(15)), "10:00 1, 10:15 1")
        .and(series("s", EXPORT, Kind::Energy, fixed(30)), "10:00 4");
    assert_eq!(given.rows(), ["10:00 1,2,, split", "10:15 1,2,, split"]);
}

#[test]
fn a_column_without_any_value_is_not_measured() {
    let given =
        Given::energy("10:00 1, 10:15 1").and(series("s", GENERATION, Kind::Power, fixed(15)), "10:00 -, 10:15 -");
    assert_eq!(given.rows(), ["10:00 1,,, measured", "10:15 1,,, measured"]);
    let assembled = Given::energy("10:00 -, 10:15 -").assembled().unwrap();
    assert!(assembled.first.is_none() && assembled.said[0].text.contains("no value"));
}

#[test]
fn rows_without_value_at_the_ends_are_rows() {
    let given = Given::energy("10:00 -, 10:15 1, 10:30 -");
    assert_eq!(given.imports(), ["10:00  missing", "10:15 1 measured", "10:30  missing"]);
}

proptest! {
    /// Whatever the step, no Wh is lost or made: the rows of a stretch of whole blocks sum up to
    /// the sum of its rounded blocks.
    #[test]
    fn resampling_keeps_the_energy(
        minutes in prop::sample::select(vec![1u32, 5, 10, 15, 20, 30, 60]),
        thousandths in prop::collection::vec(0i128..2_000_000, 24),
    ) {
        let minutes = i64::from(minutes);
        let block = match minutes { 10 => 30, 1 | 5 => 15, 20 => 60, other => other };
        // Whole hours of values, repeated from the list.
        let count = 60 / minutes * 4;
        let values: Vec<i128> = (0..count).map(|at| thousandths[at as usize % 24] * i128::from(minutes) / 60).collect();
        let expected: i128 = values
            .chunks((block / minutes) as usize)
            .map(|values| (2 * values.iter().sum::<i128>() + 1000).div_euclid(2000))
            .sum();
        let list: Vec<String> = values
            .iter()
            .enumerate()
            .map(|(at, value)| {
                let minute = at as i64 * minutes;
                format!("{:02}:{:02} {}", 10 + minute / 60, minute % 60, Exact::new(*value, 3).unwrap())
            })
            .collect();
        let assembled = Given::energy(&list.join(", ")).assembled().unwrap();
        prop_assert_eq!(assembled.rows, 16);
        prop_assert_eq!(assembled.energy[0], Some(expected as u128));
    }
}
