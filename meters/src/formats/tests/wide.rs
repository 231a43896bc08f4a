//! A column a meter.

use super::recorder::{lines, read, read_as, refused};
use crate::options::{DateOrder, Quantity, Separator, Unit};
use crate::source::Stamps;
use crate::{Format, Options};
use std::num::NonZeroU32;

fn kwh() -> Options {
    Options { unit: Some(Unit::KWh), ..Options::default() }
}

const GERMAN: &str = "Zeitpunkt;Haus 1;Haus 2\n26.10.2025 02:00;0,714;\n26.10.2025 02:15;0,588;0,341\n";

fn german() -> Vec<String> {
    [
        "2 Haus 1 consumption 2025-10-26T02:00:00 step 714 Wh",
        "2 Haus 2 consumption 2025-10-26T02:00:00 step none Wh",
        "3 Haus 1 consumption 2025-10-26T02:15:00 step 588 Wh",
        "3 Haus 2 consumption 2025-10-26T02:15:00 step 341 Wh",
    ]
    .map(str::to_owned)
    .to_vec()
}

#[test]
fn separators_and_decimal_marks_are_detected_and_said() {
    for (text, said) in [
        (GERMAN.to_owned(), ["semicolon", "comma"]),
        (GERMAN.replace(';', "\t"), ["tab", "comma"]),
        (GERMAN.replace(';', "|").replace(',', "."), ["bar", "point"]),
        (GERMAN.replace(',', ".").replace(';', ","), ["comma", "point"]),
        (
            GERMAN.replace("0,714", "\"0,714\"").replace("0,588;0,341", "\"0,588\";\"0,341\"").replace(';', ","),
            ["comma", "comma"],
        ),
        (format!("sep=;\n{GERMAN}"), ["semicolon", "comma"]),
        (GERMAN.replace('\n', "\r\n"), ["semicolon", "comma"]),
        (GERMAN.replace('\n', ";\n"), ["semicolon", "comma"]),
    ] {
        let recorded = read(Format::Wide, &text, &kwh()).unwrap();
        let rows = if text.starts_with("sep") { 1 } else { 0 };
        let expected: Vec<String> = german()
            .into_iter()
            .map(|line| format!("{}{}", line[..1].parse::<u64>().unwrap() + rows, &line[1..]))
            .collect();
        assert_eq!(recorded.lines(), expected, "{text}");
        assert!(recorded.said().contains(&format!("separator {}", said[0])), "{}", recorded.said());
        assert!(recorded.said().contains(&format!("decimal mark {}", said[1])), "{}", recorded.said());
        assert!(recorded.said().contains("order dmy, as in \"26.10.2025 02:00\""), "{}", recorded.said());
    }
}

#[test]
fn encodings_are_detected_and_said() {
    let text = "Zeitpunkt;Müller\n26.10.2025 02:00;0,714\n";
    let utf_16 = |bytes: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(bytes).collect::<Vec<u8>>();
    for (bytes, said) in [
        (text.as_bytes().to_vec(), "UTF-8"),
        ([&b"\xef\xbb\xbf"[..], text.as_bytes()].concat(), "UTF-8 with byte order mark"),
        (text.chars().map(|letter| letter as u8).collect(), "Latin-1"),
        ([&b"\xff\xfe"[..], &utf_16(u16::to_le_bytes)].concat(), "UTF-16LE with byte order mark"),
        (utf_16(u16::to_be_bytes), "UTF-16BE"),
    ] {
        let recorded = read_as(Format::Wide, "data.csv", &bytes, &kwh()).unwrap();
        assert_eq!(recorded.lines(), ["2 Müller consumption 2025-10-26T02:00:00 step 714 Wh"]);
        assert!(recorded.said().contains(&format!("encoding {said}\n")), "{}", recorded.said());
    }
}

#[test]
fn date_and_time_may_be_two_columns() {
    for text in [
        "Datum;Uhrzeit;Haus 1\n26.10.2025;02:15;0,5\n",
        "Uhrzeit;Datum;Haus 1\n02:15:00;26.10.2025;0,5\n",
        "Datum;Uhrzeit;Haus 1\n2025-10-26;2:15;0,5\n",
    ] {
        assert_eq!(lines(Format::Wide, text, &kwh()), ["2 Haus 1 consumption 2025-10-26T02:15:00 step 500 Wh"]);
    }
}

#[test]
fn units_stand_in_the_header_and_are_no_part_of_the_name() {
    let text = "time,House A (W),B [kWh]\n2025-06-10T10:00Z,1800,0.5\n";
    let expected =
        ["2 House A consumption 2025-06-10T10:00:00Z step 1800 W", "2 B consumption 2025-06-10T10:00:00Z step 500 Wh"];
    assert_eq!(lines(Format::Wide, text, &Options::default()), expected);
    refused(Format::Wide, text, &kwh(), "unit-conflict", Some(1), &["House A (W)", "--unit", "kWh"]);
    refused(Format::Wide, GERMAN, &Options::default(), "unit-needed", Some(1), &["Haus 1", "--unit"]);
}

#[test]
fn a_header_that_names_a_quantity_is_no_meter() {
    let text = "INTERVAL,POWER(W)\n2025-06-10T10:00Z,960\n";
    let options = Options { meter: Some("house-1".into()), ..Options::default() };
    assert_eq!(lines(Format::Wide, text, &options), ["2 house-1 consumption 2025-06-10T10:00:00Z step 960 W"]);
    assert_eq!(lines(Format::Wide, text, &Options::default()), ["2 data consumption 2025-06-10T10:00:00Z step 960 W"]);
    let two = "INTERVAL,POWER(W),ENERGY [kWh]\n2025-06-10T10:00Z,960,1\n";
    refused(Format::Wide, two, &options, "unsupported", Some(1), &["POWER(W)", "--meter"]);
    let named = "INTERVAL,H1 (W)\n2025-06-10T10:00Z,960\n";
    assert_eq!(lines(Format::Wide, named, &options), ["2 H1 consumption 2025-06-10T10:00:00Z step 960 W"]);
}

#[test]
fn without_header() {
    let one = "2025-06-10 10:00;0,5\n2025-06-10 10:15;0,25\n";
    let expected =
        ["1 data consumption 2025-06-10T10:00:00 step 500 Wh", "2 data consumption 2025-06-10T10:15:00 step 250 Wh"];
    assert_eq!(lines(Format::Wide, one, &kwh()), expected);
    refused(Format::Wide, "2025-06-10 10:00;0,5;1\n", &kwh(), "unsupported", Some(1), &["column 2", "name"]);
    let no_header = Options { header: Some(false), ..kwh() };
    refused(Format::Wide, "time;H1\n2025-06-10 10:00;0,5\n", &no_header, "bad-time", Some(1), &["time"]);
}

#[test]
fn options_say_what_the_file_does_not() {
    let options = Options {
        quantity: Some(Quantity::Generation),
        stamps: Some(Stamps::End),
        step: NonZeroU32::new(900),
        ..kwh()
    };
    let recorded = read(Format::Wide, GERMAN, &options).unwrap();
    assert_eq!(recorded.lines()[0], "2 Haus 1 generation 2025-10-26T02:00:00 900s 714 Wh");
    assert_eq!(recorded.series[0].stamps, Stamps::End);
}

#[test]
fn dates_that_are_not_certain_are_refused() {
    let text = "time;H1\n03/04/2025 00:00;0,5\n03/04/2025 00:15;0,5\n";
    refused(Format::Wide, text, &kwh(), "uncertain", Some(2), &["--date-format", "03/04/2025 00:00"]);
    let options = Options { date_format: Some(DateOrder::MonthDayYear), ..kwh() };
    assert!(lines(Format::Wide, text, &options)[0].contains("2025-03-04T00:00:00"));
    let settled = format!("{text}26/10/2025 00:00;0,5\n");
    assert!(lines(Format::Wide, &settled, &kwh())[0].contains("2025-04-03T00:00:00"));
    // One date far behind the beginning of the file settles it as well.
    let rows: String = (0..60_000).map(|row| format!("03/04/2025 {:02}:15;0,50000\n", row % 24)).collect();
    let late = format!("time;H1\n{rows}10/26/2025 00:00;0,5\n");
    assert!(late.len() > 1 << 20);
    assert!(lines(Format::Wide, &late, &kwh())[0].contains("2025-03-04T00:15:00"));
    let mixed = format!("{settled}10/26/2025 00:00;0,5\n");
    refused(Format::Wide, &mixed, &kwh(), "bad-time", Some(5), &["10/26/2025"]);
}

#[test]
fn numbers_that_are_not_certain_are_refused() {
    let text = "time,H1\n2025-06-10 10:00,\"1,234\"\n2025-06-10 10:15,\"2,345\"\n";
    refused(Format::Wide, text, &kwh(), "uncertain", Some(2), &["--decimal", "1,234"]);
    let mixed = "time;H1\n2025-06-10 10:00;0,5\n2025-06-10 10:15;0.5\n";
    refused(Format::Wide, mixed, &kwh(), "bad-number", Some(3), &["0.5", "--decimal", "H1"]);
    let grouped = "time;H1\n2025-06-10 10:00;1.234,5\n";
    assert!(lines(Format::Wide, grouped, &kwh())[0].ends_with("1234500 Wh"));
}

#[test]
fn separators_that_do_not_fit_are_refused() {
    // The semicolon leaves no time in the first field.
    let text = "time;t\tH1\n2025-06-10 10:00\t5;5\n";
    refused(Format::Wide, text, &kwh(), "bad-number", Some(2), &["5;5"]);
    let options = Options { separator: Some(Separator::Comma), ..kwh() };
    refused(Format::Wide, GERMAN, &options, "uncertain", Some(1), &["--separator"]);
    refused(Format::Wide, "hello\nworld\n", &kwh(), "uncertain", Some(1), &["--separator"]);
}

#[test]
fn rows_that_do_not_fit_are_refused() {
    let cut = format!("{GERMAN}26.10.2025 02:30;0,3\n");
    refused(Format::Wide, &cut, &kwh(), "field-count", Some(4), &["2 fields", "3"]);
    let long = format!("{GERMAN}26.10.2025 02:30;0,3;1;2\n");
    refused(Format::Wide, &long, &kwh(), "field-count", Some(4), &["4 fields"]);
    let no_time = format!("{GERMAN}Summe;0,3;1\n");
    refused(Format::Wide, &no_time, &kwh(), "bad-time", Some(4), &["Summe"]);
    let hours = "INTERVAL,POWER(W)\n12:00,1800\n";
    refused(Format::Wide, hours, &Options::default(), "bad-time", Some(2), &["12:00", "date"]);
    let words = format!("{GERMAN}26.10.2025 02:30;viel;1\n");
    refused(Format::Wide, &words, &kwh(), "bad-number", Some(4), &["viel", "Haus 1"]);
    let twice = GERMAN.replace("Haus 2", "Haus 1");
    refused(Format::Wide, &twice, &kwh(), "column-twice", Some(1), &["Haus 1", "2", "3"]);
    refused(Format::Wide, "time;H1\n", &kwh(), "empty", Some(1), &[]);
    refused(Format::Wide, "", &kwh(), "empty", None, &[]);
}

#[test]
fn rows_are_lines_of_the_file() {
    let text = "time;\"Haus\n1\"\n\n\n2025-06-10 10:00;0,5\n";
    let recorded = read(Format::Wide, text, &kwh()).unwrap();
    assert_eq!(recorded.lines()[0], "5 Haus\n1 consumption 2025-06-10T10:00:00 step 500 Wh");
}
