//! Readings are gathered by meter and quarter hour, and what is missing stays missing.

use super::*;

fn slot(number: u32) -> QuarterHour {
    QuarterHour::parse("2025-06-10T12:00:00Z").unwrap().plus(number).unwrap()
}

fn row(meter: &str, number: u32, energy: [Option<u32>; 4]) -> Row<'_> {
    Row { meter, start: slot(number), energy, quality: Quality::Measured }
}

fn gathered(rows: &[Row<'_>]) -> Gatherer {
    let mut gatherer = Gatherer::new();
    rows.iter().for_each(|row| gatherer.put(row).unwrap());
    gatherer
}

#[test]
fn rows_of_two_files_are_merged_by_column() {
    let load = [row("B", 1, [None, None, None, Some(500)]), row("B", 2, [None, None, None, Some(100)])];
    let pv = [row("B", 0, [None, None, Some(7), None]), row("B", 2, [None, None, Some(300), None])];
    let roof = [row("A", 1, [None, None, Some(40), None])];
    let found = gathered(&[&load[..], &pv, &roof].concat()).finish(&Wanted::default()).unwrap();
    assert_eq!((found.start(), found.slots()), (slot(0), 3));
    let [b, a] = found.households() else { panic!("two households") };
    assert_eq!((b.name(), a.name()), ("B", "A"));
    assert_eq!([0, 1, 2].map(|slot| b.net(slot)), [None, None, Some(-200)]);
    assert_eq!([0, 1, 2].map(|slot| a.net(slot)), [None, Some(-40), None]);
    assert_eq!(b.quality(2), Quality::Measured);
    assert_eq!(b.quality(1), Quality::Missing);
    assert_eq!(b.gross_load(2).map(|energy| energy.get()), Some(100));
    assert_eq!(b.gross_generation(2).map(|energy| energy.get()), Some(300));
    assert_eq!(found.missing(), 4);
    assert_eq!(found.greatest().map(|(energy, of, slot)| (energy.get(), of.name(), slot)), Some((200, "B", 2)));
}

#[test]
fn the_grid_goes_before_what_is_behind_the_meter() {
    let rows = [
        row("A", 0, [Some(10), Some(30), Some(100), None]),
        row("A", 1, [Some(10), None, Some(100), None]),
        row("I", 0, [Some(5), None, None, None]),
    ];
    let found = gathered(&rows).finish(&Wanted::default()).unwrap();
    let [a, i] = found.households() else { panic!("two households") };
    assert_eq!((a.net(0), a.net(1)), (Some(-20), Some(-100)));
    assert_eq!(a.gross_load(0).map(|energy| energy.get()), Some(80));
    assert_eq!(a.gross_load(1), None);
    // Nobody knows what is behind a meter that only measures import.
    assert_eq!((i.net(0), i.gross_load(0), i.gross_generation(0)), (Some(5), None, None));
}

#[test]
fn a_row_that_says_otherwise_is_refused() {
    let mut gatherer = gathered(&[row("A", 0, [Some(1), None, None, None])]);
    gatherer.put(&row("A", 0, [Some(1), Some(2), None, None])).unwrap();
    let refused = gatherer.put(&row("A", 0, [Some(3), None, None, None])).unwrap_err();
    assert_eq!(refused.code(), "readings-conflict");
    assert_eq!(
        refused.to_string(),
        "meter \"A\", 2025-06-10T12:00:00Z: import_wh is 3 here, but an earlier row says 1; leave one of the two files out"
    );
    let refused = gatherer.put(&row("A", 1, [Some(u32::MAX), None, None, None])).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "meter \"A\", 2025-06-10T12:15:00Z: 4294967295 Wh are no reading of a quarter hour"
    );
    assert_eq!(gatherer.put(&row("", 1, [None; 4])).unwrap_err(), Refused::Id { meter: String::new() });
    let far = Row { start: QuarterHour::new(u32::MAX), ..row("A", 0, [None; 4]) };
    assert!(matches!(gatherer.put(&far), Err(Refused::TooMany { .. })));
}

#[test]
fn a_period_and_households_are_chosen() {
    let rows: Vec<Row<'_>> =
        ["A", "B", "C"].iter().flat_map(|meter| (0..4).map(|s| row(meter, s, [Some(s), None, None, None]))).collect();
    let all = gathered(&rows);
    let choose = |wanted: Wanted| all.finish(&wanted);
    let found = choose(Wanted { start: Some(slot(1)), cycles: Some(2), ..Wanted::default() }).unwrap();
    assert_eq!((found.start(), found.slots(), found.cycle(0), found.cycle(1)), (slot(1), 2, 1, 2));
    assert_eq!(found.households()[2].net(1), Some(2));
    assert_eq!(found.quarter_hour(1), slot(2));
    let named = Households::Named(vec!["C".into(), "A".into()]);
    let found = choose(Wanted { end: Some(slot(3)), households: named, ..Wanted::default() }).unwrap();
    assert_eq!(found.households().iter().map(Metered::name).collect::<Vec<_>>(), ["C", "A"]);
    assert_eq!(found.slots(), 3);
    let first = choose(Wanted { households: Households::First(2), ..Wanted::default() }).unwrap();
    assert_eq!(first.households().len(), 2);

    let why = |wanted: Wanted| choose(wanted).unwrap_err().to_string();
    let within = |from: &str, to: &str| {
        format!("the period from 2025-06-10T{from}:00Z to 2025-06-10T{to}:00Z is not within the readings, which go from 2025-06-10T12:00:00Z to 2025-06-10T13:00:00Z")
    };
    assert_eq!(why(Wanted { cycles: Some(5), ..Wanted::default() }), within("12:00", "13:15"));
    assert_eq!(why(Wanted { start: Some(slot(3)), end: Some(slot(3)), ..Wanted::default() }), within("12:45", "12:45"));
    let households = |households| Wanted { households, ..Wanted::default() };
    assert_eq!(why(households(Households::First(4))), "4 households were asked for, but the readings have 3");
    assert_eq!(
        why(households(Households::Named(vec!["D".into()]))),
        "there is no meter \"D\" in the readings; the meters are \"A\", \"B\", \"C\""
    );
    assert_eq!(why(households(Households::Named(vec!["A".into(), "A".into()]))), "meter \"A\" is asked for twice");
    assert_eq!(Gatherer::new().finish(&Wanted::default()), Err(Refused::Empty));
}
