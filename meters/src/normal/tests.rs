use super::*;
use crate::options::Limits;
use crate::Exact;
use proptest::prelude::*;
use std::io::{Cursor, Write};

fn source(text: &str) -> Source {
    Source::new("readings.csv", Box::new(Cursor::new(text.as_bytes().to_vec())))
}

fn file(rows: &str) -> String {
    format!("{HEADER}\n{rows}")
}

fn rows(text: &str) -> Result<Vec<Row>, crate::Refused> {
    Reader::new(source(text), Limits::default())?.collect()
}

fn row(meter: &str, minutes: i64, import: Option<u64>, quality: &str) -> String {
    let mut out = Vec::new();
    let mut name = Vec::new();
    push_text(&mut name, meter);
    let quarter = Quarter::starting_at(1_749_549_600 + minutes * 60).unwrap();
    let energies = Energies { import: import.map(WattHours), ..Energies::default() };
    push_row(&mut out, &name, quarter, &energies, quality.parse().unwrap());
    String::from_utf8(out).unwrap()
}

prop_compose! {
    fn any_row()(
        meter in "\\PC{0,8}",
        quarter in 0i64..3_000_000,
        columns in prop::array::uniform4(prop::option::of(any::<u64>())),
        quality in prop::sample::select(Quality::ALL.to_vec()),
    ) -> (String, i64, [Option<u64>; 4], Quality) {
        (meter, quarter, columns, quality)
    }
}

proptest! {
    #[test]
    fn rows_that_are_written_are_read_again(written in prop::collection::vec(any_row(), 0..20)) {
        let mut text = format!("{HEADER}\n").into_bytes();
        let mut expected = Vec::new();
        for (meter, quarter, columns, quality) in written {
            let quarter = Quarter::starting_at(quarter * 900).unwrap();
            let energies = Energies::from_columns(columns.map(|energy| energy.map(WattHours)));
            let mut name = Vec::new();
            push_text(&mut name, &meter);
            push_row(&mut text, &name, quarter, &energies, quality);
            expected.push(Row { meter: meter.into(), quarter, energies, quality });
        }
        let source = Source::new("f", Box::new(Cursor::new(text)));
        let found: Result<Vec<Row>, _> = Reader::new(source, Limits::default()).unwrap().collect();
        prop_assert_eq!(found.unwrap(), expected);
    }

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let text = [format!("{HEADER}\n").into_bytes(), bytes].concat();
        let source = Source::new("f", Box::new(Cursor::new(text)));
        let _ = Reader::new(source, Limits::default()).unwrap().count();
    }

    #[test]
    fn no_rows_make_the_check_panic(written in prop::collection::vec(any_row(), 0..20)) {
        let mut text = format!("{HEADER}\n").into_bytes();
        for (meter, quarter, columns, quality) in written {
            let mut name = Vec::new();
            push_text(&mut name, &meter);
            let energies = Energies::from_columns(columns.map(|energy| energy.map(WattHours)));
            push_row(&mut text, &name, Quarter::starting_at(quarter * 900).unwrap(), &energies, quality);
        }
        let reader = Reader::new(Source::new("f", Box::new(Cursor::new(text))), Limits::default()).unwrap();
        verify(reader, Exact::whole(50)).unwrap();
    }
}

#[test]
fn names_are_quoted_only_where_csv_needs_it() {
    let text = file(&row("Haus 1", 0, Some(5), "measured"));
    assert!(text.ends_with("\nHaus 1,2025-06-10T10:00:00Z,2025-06-10T10:15:00Z,5,,,,measured\n"), "{text}");
    let text = file(&row("a\"b,c", 0, Some(5), "measured"));
    assert!(text.contains("\n\"a\"\"b,c\",2025"), "{text}");
    assert_eq!(&*rows(&text).unwrap()[0].meter, "a\"b,c");
}

#[test]
fn what_is_no_row_is_refused_with_row_and_column() {
    let good = "m,2025-06-10T10:00:00Z,2025-06-10T10:15:00Z,5,,,,measured";
    assert_eq!(rows(&file(good)).unwrap().len(), 1);
    for (bad, code, column) in [
        ("", "field-count", None),
        ("m,2025-06-10T10:00:00Z", "field-count", None),
        (&format!("{good},x"), "field-count", None),
        (&good.replace("10:00", "10:01"), "bad-field", Some("start")),
        (&good.replace("10:00:00Z", "10:00:00+00:00"), "bad-field", Some("start")),
        (&good.replace("10:15", "10:30"), "bad-field", Some("end")),
        (&good.replace(",5,", ",5.0,"), "bad-field", Some("import_wh")),
        (&good.replace(",5,", ",-5,"), "bad-field", Some("import_wh")),
        (&good.replace(",5,", ",99999999999999999999,"), "bad-field", Some("import_wh")),
        (&good.replace("measured", "good"), "bad-field", Some("quality")),
        (&good.replace("m,", "\"m\"x,"), "not-normal", None),
        (&good.replace("m,", "\"m,"), "not-normal", None),
    ] {
        let refused = rows(&file(&format!("{good}\n{bad}\n"))).unwrap_err();
        assert_eq!((refused.code(), refused.row), (code, Some(3)), "{bad}: {refused}");
        assert_eq!(refused.column.as_deref(), column, "{bad}: {refused}");
        assert_eq!(refused.file.as_deref(), Some("readings.csv"));
    }
    for text in ["", "meter,start", "\u{feff}meter"] {
        assert_eq!(rows(text).unwrap_err().code(), "not-this-format");
    }
}

#[test]
fn long_lines_and_bombs_are_refused() {
    let long = file(&format!("{},2025", "m".repeat(5000)));
    let limits = Limits { longest_line: 4000, ..Limits::default() };
    let refused = Reader::new(source(&long), limits).unwrap().next().unwrap().unwrap_err();
    assert_eq!(refused.code(), "line-too-long");
    assert!(refused.to_string().contains("--longest-line"));

    let folder = tempfile::tempdir().unwrap();
    let rows = row("m", 0, Some(5), "measured").repeat(10_000);
    let limits = Limits { most_unpacked: 100_000, ..Limits::default() };
    let gzip = folder.path().join("a.csv.gz");
    let mut encoder = flate2::write::GzEncoder::new(std::fs::File::create(&gzip).unwrap(), flate2::Compression::best());
    encoder.write_all(file(&rows).as_bytes()).unwrap();
    encoder.finish().unwrap();
    let zstandard = folder.path().join("a.csv.zst");
    std::fs::write(&zstandard, zstd::encode_all(file(&rows).as_bytes(), 3).unwrap()).unwrap();
    for path in [gzip, zstandard] {
        let all: Result<Vec<Row>, _> = Reader::open(&path, Limits::default()).unwrap().collect();
        assert_eq!(all.unwrap().len(), 10_000);
        let refused = Reader::open(&path, limits).unwrap().find_map(Result::err).unwrap();
        assert_eq!(refused.code(), "unpacks-to-too-much");
        let bytes = std::fs::read(&path).unwrap();
        std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
        let cut =
            Reader::open(&path, Limits::default()).and_then(|mut rows| rows.find_map(Result::err).map_or(Ok(()), Err));
        assert!(matches!(cut.unwrap_err().code(), "damaged" | "field-count" | "bad-field"));
    }
}

fn verified(rows: &[String]) -> Verified {
    verify(Reader::new(source(&file(&rows.concat())), Limits::default()).unwrap(), Exact::whole(50)).unwrap()
}

#[test]
fn a_file_that_holds_is_summed_up() {
    let found = verified(&[
        row("a", 0, Some(5), "measured"),
        row("a", 15, None, "missing"),
        row("a", 30, Some(7), "split"),
        row("b", -15, Some(12_500), "estimated"),
    ]);
    assert!(found.holds(), "{:?}", found.broken);
    assert_eq!((found.meters, found.rows), (2, 4));
    assert_eq!(found.energy, [Some(12_512), None, None, None]);
    assert_eq!(found.quality, [1, 1, 1, 1]);
    assert_eq!(found.first.unwrap().to_string(), "2025-06-10T09:45:00Z");
    assert_eq!(found.last.unwrap().to_string(), "2025-06-10T10:30:00Z");
}

#[test]
fn each_rule_that_a_file_breaks_is_named() {
    let m = |minutes, import, quality| row("m", minutes, import, quality);
    for (rows, at, word) in [
        (vec![m(0, Some(1), "measured"), m(30, Some(1), "measured")], 3, "1 quarter hours are absent"),
        (vec![m(15, Some(1), "measured"), m(0, Some(1), "measured")], 3, "does not stand after"),
        (vec![m(0, Some(1), "measured"), m(0, Some(1), "measured")], 3, "does not stand after"),
        (vec![row("b", 0, Some(1), "measured"), row("a", 0, Some(1), "measured")], 3, "order of their bytes"),
        (
            vec![row("a", 0, Some(1), "measured"), row("b", 0, Some(1), "measured"), row("a", 15, Some(1), "measured")],
            4,
            "stand together",
        ),
        (vec![m(0, Some(12_502), "measured")], 2, "--max-power"),
        (vec![m(0, Some(1), "measured"), m(15, None, "measured")], 3, "the quality is not missing"),
        (vec![m(0, Some(1), "missing")], 2, "no column is empty"),
    ] {
        let found = verified(&rows);
        assert!(!found.holds(), "{rows:?}");
        assert!(found.broken.iter().any(|b| b.row == at && b.what.contains(word)), "{word}: {:?}", found.broken);
    }
}

#[test]
fn a_period_of_some_meters_is_loaded() {
    let text = file(
        &[
            row("a", 0, Some(1), "measured"),
            row("a", 15, None, "missing"),
            row("b", 0, Some(9), "measured"),
            row("c", 15, Some(3), "split"),
            row("c", 30, Some(4), "split"),
        ]
        .concat(),
    );
    let from = Quarter::starting_at(1_749_549_600).unwrap();
    let period = Period { from, to: from.next().next() };
    let read = |wanted: Option<&[String]>| load(Reader::new(source(&text), Limits::default()).unwrap(), wanted, period);
    let wanted = ["a".to_owned(), "c".to_owned()];
    let dense = read(Some(&wanted)).unwrap();
    assert_eq!(dense.meters.iter().map(|meter| meter.meter.as_str()).collect::<Vec<_>>(), ["a", "c"]);
    assert_eq!(dense.meters[0].energies(0).import, Some(WattHours(1)));
    assert_eq!(dense.meters[0].energies(1).import, None);
    assert_eq!(dense.meters[0].quality(1), Some(Quality::Missing));
    assert_eq!(dense.meters[1].quality(0), None);
    assert_eq!(dense.meters[1].energies(1).import, Some(WattHours(3)));
    assert_eq!(dense.meters[1].measures(), [true, false, false, false]);
    assert_eq!(read(None).unwrap().meters.len(), 3);
    let refused = read(Some(&["nobody".to_owned()])).unwrap_err();
    assert_eq!((refused.code(), refused.meter.as_deref()), ("empty", Some("nobody")));
    let twice = file(&row("a", 0, Some(1), "measured").repeat(2));
    let refused = load(Reader::new(source(&twice), Limits::default()).unwrap(), None, period).unwrap_err();
    assert_eq!((refused.code(), refused.row), ("not-normal", Some(3)));
}
