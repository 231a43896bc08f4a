use super::*;
use crate::options::Limits;
use crate::source::{Column, Habits, Kind, Mark, Stamps, Step, When};
use crate::Exact;
use proptest::prelude::*;
use std::num::NonZeroU32;

fn series(meter: &str) -> Series {
    Series {
        meter: meter.into(),
        register: "r".into(),
        target: Target::Column(Column::Import),
        kind: Kind::Energy,
        step: Step::Detect,
        stamps: Stamps::Start,
        habits: Habits::default(),
    }
}

fn sample(time: i64) -> Sample {
    Sample {
        row: 2,
        when: When::Utc(time),
        seconds: None,
        value: Some(Exact::whole(time)),
        mark: Mark::Measured,
        device: 0,
    }
}

prop_compose! {
    fn any_sample()(
        row in any::<u64>(),
        time in any::<i64>(),
        local in any::<bool>(),
        seconds in any::<u32>(),
        digits in prop_oneof![any::<i64>().prop_map(i128::from), any::<i64>().prop_map(|n| i128::from(n) << 60)],
        decimals in 0u32..36,
        empty in any::<bool>(),
        estimated in any::<bool>(),
        device in 0u32..3,
    ) -> Sample {
        Sample {
            row,
            when: if local { When::Local(time) } else { When::Utc(time) },
            seconds: NonZeroU32::new(seconds),
            value: if empty { None } else { Exact::new(digits, decimals).ok() },
            mark: if estimated { Mark::Estimated } else { Mark::Measured },
            device,
        }
    }
}

proptest! {
    #[test]
    fn samples_are_found_as_they_were_kept(
        pushed in prop::collection::vec((0usize..4, any_sample()), 0..200),
        memory in prop_oneof![Just(0usize), Just(50), Just(1 << 20)],
    ) {
        let mut store = Store::new(&Limits { memory, ..Limits::default() });
        let mut ids = Vec::new();
        for meter in ["a", "b", "c", "d"] {
            ids.push(store.series(series(meter)).unwrap());
        }
        let mut expected = vec![Vec::new(); 4];
        for (at, (which, sample)) in pushed.iter().enumerate() {
            if at % 50 == 0 {
                store.file("f");
            }
            store.push(ids[*which], *sample).unwrap();
            expected[*which].push(Packed { sample: *sample, file: (at / 50) as u32 });
        }
        let stored = store.finish();
        for (id, expected) in ids.into_iter().zip(expected) {
            prop_assert_eq!(stored.samples(id).unwrap(), expected);
        }
    }

    #[test]
    fn bytes_that_no_packer_wrote_do_not_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Unpacker::new(&bytes).count();
    }
}

#[test]
fn a_year_of_quarter_hours_takes_three_bytes_a_value() {
    let mut store = Store::new(&Limits::default());
    let id = store.series(series("a")).unwrap();
    for quarter in 0..35_040 {
        let value = Exact::whole(quarter % 2000);
        store.push(id, Sample { row: quarter as u64, value: Some(value), ..sample(quarter * 900) }).unwrap();
    }
    assert!(store.finish().packed_len(id) < 3 * 35_040 + 100);
}

#[test]
fn one_register_is_one_series_and_another_kind_of_it_is_refused() {
    let mut store = Store::new(&Limits::default());
    let first = store.series(series("a")).unwrap();
    assert_eq!(store.series(series("a")).unwrap(), first);
    assert_ne!(store.series(Series { register: "s".into(), ..series("a") }).unwrap(), first);
    let error = store.series(Series { kind: Kind::Power, ..series("a") }).unwrap_err();
    assert_eq!(error.code(), "structure");
}

#[test]
fn more_meters_than_the_bound_are_refused() {
    let mut store = Store::new(&Limits { most_meters: 2, ..Limits::default() });
    store.series(series("a")).unwrap();
    store.series(series("b")).unwrap();
    store.series(Series { register: "s".into(), ..series("b") }).unwrap();
    let error = store.series(series("c")).unwrap_err();
    assert!(error.to_string().contains("--most-meters"), "{error}");
}

#[test]
fn more_values_than_the_bound_are_refused() {
    let mut store = Store::new(&Limits { most_values: 2, ..Limits::default() });
    let id = store.series(series("a")).unwrap();
    store.push(id, sample(1)).unwrap();
    store.push(id, sample(2)).unwrap();
    let error = store.push(id, sample(3)).unwrap_err();
    assert!(error.to_string().contains("--most-values"), "{error}");
    assert_eq!((error.code(), error.meter.as_deref()), ("too-many-values", Some("a")));
}

#[test]
fn the_direction_of_a_file_is_counted_within_its_series() {
    let mut store = Store::new(&Limits::default());
    let (a, b) = (store.series(series("a")).unwrap(), store.series(series("b")).unwrap());
    store.file("newest first");
    for time in [3, 2, 1] {
        store.push(a, sample(time)).unwrap();
        store.push(b, sample(time)).unwrap();
    }
    store.file("oldest first");
    for time in [4, 5] {
        store.push(a, sample(time)).unwrap();
    }
    let files = store.finish().files;
    assert_eq!(files[0].direction, Direction { later: 0, earlier: 4 });
    assert_eq!(files[1].direction, Direction { later: 1, earlier: 0 });
}
