//! R10 and R11: sums of registers, signs, negative values.

use super::*;

#[test]
fn registers_of_one_direction_are_added_and_one_without_value_empties_the_sum() {
    let given = Given::new(series("E1", IMPORT, Kind::Energy, fixed(30)), "10:00 1, 10:30 5")
        .and(series("E2", IMPORT, Kind::Energy, fixed(30)), "10:00 2.4, 10:30 -");
    // 3.4 Wh are rounded as one.
    assert_eq!(given.imports(), ["10:00 2 split", "10:15 1 split", "10:30  missing", "10:45  missing"]);
    // Registers of other steps are added after they were split.
    let given = Given::new(series("E1", IMPORT, Kind::Energy, fixed(30)), "10:00 3")
        .and(series("E2", IMPORT, Kind::Energy, fixed(15)), "10:00 0.5, 10:15 1.2");
    assert_eq!(given.imports(), ["10:00 3 split", "10:15 2 split"]);
}

#[test]
fn a_signed_value_is_split_in_the_sources_own_step() {
    let grid = series("grid", Target::SignedGrid, Kind::Power, fixed(5));
    let given = Given::new(grid, "10:00 1200, 10:05 -600, 10:10 0");
    assert_eq!(given.rows(), ["10:00 100,50,, measured"]);
    let empty = series("grid", Target::SignedGrid, Kind::Power, fixed(15));
    let given = Given::new(empty, "10:00 -4, 10:15 -");
    assert_eq!(given.rows(), ["10:00 0,1,, measured", "10:15 ,,, missing"]);
}

#[test]
fn negative_values_are_refused_but_for_an_inverter_at_night() {
    for (target, word) in [(IMPORT, "import"), (EXPORT, "export"), (Target::Column(Column::Consumption), "consumption")]
    {
        let given = Given::new(series("r", target, Kind::Power, fixed(15)), "10:00 -0.001");
        given.is_refused("negative", 2, &[word, "--quantity grid"]);
    }
    let generation = |kind, list| Given::new(series("solar", GENERATION, kind, fixed(15)), list);
    let given = generation(Kind::Power, "10:00 -50, 10:15 -4, 10:30 400");
    assert_eq!(given.rows(), ["10:00 ,,0, measured", "10:15 ,,0, measured", "10:30 ,,100, measured"]);
    let said = given.assembled().unwrap().said;
    assert!(said.iter().any(|said| said.count == 2 && said.text.contains("50 W")), "{said:?}");
    generation(Kind::Power, "10:00 -50.1").is_refused("negative", 2, &["50 W", "-50.1 W"]);
    assert_eq!(generation(Kind::Energy, "10:00 -12.5").rows(), ["10:00 ,,0, measured"]);
    generation(Kind::Energy, "10:00 -12.6").is_refused("negative", 2, &["-12.6 Wh"]);
}

#[test]
fn registers_that_take_turns_have_no_gaps_in_each_others_time() {
    let turns = |register: &str| Series {
        habits: Habits { takes_turns: true, whole_clock: false },
        ..series(register, IMPORT, Kind::Energy, fixed(15))
    };
    let given = Given::new(turns("night"), "06:45 1, 07:00 2, 22:00 8").and(turns("day"), "07:15 3, 07:30 4");
    // From 07:45 to 22:00 both lack rows.
    given.is_refused("gap", 4, &["07:45:00Z"]);
    let given = Given::new(turns("night"), "06:45 1, 07:00 2, 07:45 8").and(turns("day"), "07:00 1, 07:15 3, 07:30 -");
    assert_eq!(
        given.imports(),
        ["06:45 1 measured", "07:00 3 measured", "07:15 3 measured", "07:30  missing", "07:45 8 measured"]
    );
}

#[test]
fn a_load_that_some_days_lack_is_added_where_it_is() {
    let some_days = Series {
        habits: Habits { takes_turns: true, whole_clock: false },
        ..series("CL", IMPORT, Kind::Energy, fixed(15))
    };
    let given = Given::new(series("GC", IMPORT, Kind::Energy, fixed(15)), "10:00 1, 10:15 1, 10:30 1")
        .and(some_days.clone(), "10:15 5");
    assert_eq!(given.imports(), ["10:00 1 measured", "10:15 6 measured", "10:30 1 measured"]);
    // The load that every day has does not lack rows because the other has them.
    let given = Given::new(series("GC", IMPORT, Kind::Energy, fixed(15)), "10:00 1, 10:30 1").and(some_days, "10:15 5");
    given.is_refused("gap", 3, &["10:15:00Z"]);
}

#[test]
fn strange_columns_are_warned_of() {
    let day = |value: &dyn Fn(usize) -> usize| -> String {
        let items: Vec<String> = (0..97)
            .map(|at| format!("06-{:02}T{:02}:{:02} {}", 10 + at / 96, at / 4 % 24, at % 4 * 15, value(at)))
            .collect();
        items.join(", ")
    };
    let warned = |given: Given, word: &str| given.assembled().unwrap().said.iter().any(|said| said.text.contains(word));
    assert!(warned(Given::energy(&day(&|_| 7)), "keeps one value"));
    assert!(!warned(Given::energy(&day(&|_| 0)), "keeps one value"));
    assert!(!warned(Given::energy(&day(&|at| at % 50)), "keeps one value"));
    let both = |other: &dyn Fn(usize) -> usize| {
        Given::new(series("use", Target::Column(Column::Consumption), Kind::Energy, fixed(15)), &day(&|at| at))
            .and(series("gen", GENERATION, Kind::Energy, fixed(15)), &day(other))
    };
    assert!(warned(both(&|at| at), "equal in every quarter hour"));
    assert!(!warned(both(&|at| at + at / 96), "equal in every quarter hour"));
}
