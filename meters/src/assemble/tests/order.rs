//! R7 and R12: order, rows that repeat others, steps, plausible power.

use super::*;

#[test]
fn the_same_row_again_is_dropped_and_another_value_is_refused() {
    let given = Given::energy("10:00 1, 10:15 2, 10:15 2.0, 10:30 3");
    assert_eq!(given.imports(), ["10:00 1 measured", "10:15 2 measured", "10:30 3 measured"]);
    assert!(given.assembled().unwrap().said.iter().any(|said| said.text.contains("repeats")));
    let given = Given::energy("10:00 1, 10:15 2, 10:30 3, 10:15 2.1");
    given.is_refused("differing-duplicate", 5, &["row 3 and row 5", "2 Wh", "2.1 Wh", "2025-06-10T10:15:00Z"]);
    let given = Given::energy("10:00 1, 10:15 2, 10:15 -");
    given.is_refused("differing-duplicate", 4, &["no value"]);
}

#[test]
fn another_step_than_declared_is_refused() {
    let half = || Given::energy("10:00 1, 10:30 1, 11:00 1, 12:00 1");
    let mut given = half();
    given.options.step = NonZeroU32::new(900);
    given.is_refused("wrong-step", 3, &["30 minutes", "15", "--step"]);
    // No rule for gaps makes gaps of it.
    given.gaps(Gaps::Zero).is_refused("wrong-step", 3, &["--step"]);
    let given = Given::new(series("r", IMPORT, Kind::Energy, fixed(30)), "10:00 1, 10:15 1, 10:30 1");
    given.is_refused("wrong-step", 3, &["15 minutes", "30"]);
    Given::energy("10:00 1, 10:15 1, 10:30 1, 10:40 1").is_refused("wrong-step", 5, &["10 minutes", "15"]);
    let mut given = Given::new(series("r", IMPORT, Kind::Energy, Step::Each), "10:00/30 1, 10:30/30 1");
    given.options.step = NonZeroU32::new(900);
    given.is_refused("wrong-step", 2, &["30 minutes", "15"]);
}

#[test]
fn a_single_row_has_no_step_to_be_seen() {
    Given::energy("10:00 1").is_refused("no-step", 2, &["--step"]);
    let mut given = Given::energy("10:00 1");
    given.options.step = NonZeroU32::new(900);
    assert_eq!(given.imports(), ["10:00 1 measured"]);
}

#[test]
fn overlapping_intervals_are_refused() {
    let given = Given::new(series("r", IMPORT, Kind::Energy, Step::Each), "10:00/30 1, 10:15/30 1");
    given.is_refused("overlap", 3, &["10:00:00Z", "10:15:00Z", "row 2 and row 3"]);
    let given = Given::new(series("r", IMPORT, Kind::Energy, Step::Each), "10:00/30 1, 10:00/15 1");
    given.is_refused("overlap", 3, &[]);
}

#[test]
fn lengths_may_differ_from_row_to_row() {
    let given = Given::new(
        series("r", IMPORT, Kind::Energy, Step::Each),
        "10:00/30 3, 10:30/15 2, 10:45/5 1, 10:50/5 1, 10:55/5 1",
    );
    assert_eq!(given.imports(), ["10:00 2 split", "10:15 1 split", "10:30 2 measured", "10:45 3 measured"]);
    let ends = Series { stamps: Stamps::End, ..series("r", IMPORT, Kind::Energy, Step::Each) };
    assert_eq!(
        Given::new(ends, "10:30/30 3, 10:45/15 2").imports(),
        ["10:00 2 split", "10:15 1 split", "10:30 2 measured"]
    );
}

#[test]
fn a_step_may_change_where_the_format_allows_it() {
    let changing = |stamps, first: Option<u32>| Series {
        stamps,
        ..series("r", IMPORT, Kind::Energy, Step::Changing { first: first.and_then(NonZeroU32::new) })
    };
    let ends = |first, list| Given::new(changing(Stamps::End, first), list);
    let expected =
        ["09:30 1 split", "09:45 1 split", "10:00 1 split", "10:15 1 split", "10:30 3 measured", "10:45 3 measured"];
    assert_eq!(ends(None, "09:30 2, 10:00 2, 10:30 2, 10:45 3, 11:00 3").imports()[2..], expected);
    assert_eq!(ends(Some(1800), "10:00 2, 10:30 2, 10:45 3, 11:00 3").imports(), expected);
    let given = Given::new(changing(Stamps::Start, None), "09:30 2, 10:00 2, 10:30 3, 10:45 3, 11:00 4");
    assert_eq!(given.imports()[..5], expected[..5]);
    assert_eq!(given.imports()[4..], ["10:30 3 measured", "10:45 3 measured", "11:00 4 measured"]);
    // A single longer distance is a gap.
    ends(None, "10:00 2, 10:30 2, 11:30 2, 12:00 2").is_refused("gap", 4, &["10:30:00Z", "--gaps"]);
    // A shorter one alone is neither.
    ends(None, "10:00 2, 10:30 2, 11:00 2, 11:15 3").is_refused("wrong-step", 5, &["15 minutes"]);
    ends(Some(600), "10:00 2, 10:30 2, 11:00 2").is_refused("wrong-step", 3, &["30 minutes", "10"]);
    assert_eq!(ends(Some(1800), "10:00 2").imports(), ["09:30 1 split", "09:45 1 split"]);
    ends(None, "10:00 2").is_refused("no-step", 2, &["--step"]);
}

#[test]
fn more_power_than_is_plausible_is_refused() {
    let half = |value| Given::new(series("r", IMPORT, Kind::Energy, fixed(30)), &format!("10:00 {value}"));
    assert_eq!(half("25000").rows().len(), 2);
    half("25001").is_refused("too-much-power", 2, &["50.002 kW", "50 kW", "--max-power"]);
    half("25000.000001").is_refused("too-much-power", 2, &["--max-power"]);
    assert!(!half("25001").refused().to_string().contains("MW"));
    half("600000").is_refused("too-much-power", 2, &["1 MW", "Wh", "register"]);
    let mut given = half("25001");
    given.options.max_power = exact("50.002");
    assert_eq!(given.rows().len(), 2);
    let power = |value| Given::new(series("r", Target::SignedGrid, Kind::Power, fixed(15)), &format!("10:00 {value}"));
    assert_eq!(power("-50000").rows(), ["10:00 0,12500,, measured"]);
    power("-50001").is_refused("too-much-power", 2, &["50.001"]);
    power("50000.5").is_refused("too-much-power", 2, &["50.0005"]);
    // Each register is plausible, their sum is not.
    let given = Given::new(series("E1", IMPORT, Kind::Power, fixed(15)), "10:00 30000")
        .and(series("E2", IMPORT, Kind::Power, fixed(15)), "10:00 30000");
    let message = given.refused().to_string();
    assert!(message.contains("60 kW") && message.contains("several registers"), "{message}");
}

proptest! {
    #[test]
    fn any_order_of_rows_gives_the_same(
        order in Just((0usize..40).collect::<Vec<_>>()).prop_shuffle(),
        again in prop::collection::vec(0usize..40, 0..10),
    ) {
        let item = |at: &usize| format!("{:02}:{:02} {}.5", 8 + at / 12, at % 12 * 5, at * at);
        let in_order: Vec<String> = (0..40).map(|at| item(&at)).collect();
        let shuffled: Vec<String> = order.iter().chain(&again).map(item).collect();
        let step = NonZeroU32::new(300);
        let rows = |list: Vec<String>| {
            let mut given = Given::energy(&list.join(", "));
            given.options.step = step;
            given.rows()
        };
        prop_assert_eq!(rows(shuffled), rows(in_order));
    }
}
