//! Ausgrid and NEM12.

use super::recorder::{read, refused};
use crate::{Format, Options};

const TITLE: &str = "2012-2013 Solar home electricity data - read the notes,,,,\n";

fn ausgrid_head() -> String {
    let halves: Vec<String> = (1..=48).map(|half| format!("{}:{:02}", half / 2 % 24, half % 2 * 30)).collect();
    format!("Customer,Generator Capacity,Postcode,Consumption Category,date,{},Row Quality\n", halves.join(","))
}

fn ausgrid_row(category: &str, date: &str, values: &[&str; 48], quality: &str) -> String {
    format!("17,1.5,2099,{category},{date},{},{quality}\n", values.join(","))
}

#[test]
fn ausgrid_columns_are_half_hours_that_end_at_their_name() {
    let mut values = ["0.25"; 48];
    (values[0], values[1], values[47]) = ("0.5", "", "1.5");
    for date in ["1/07/2012", "1-Jul-12", "01/07/2012"] {
        let text = [TITLE, &ausgrid_head(), &ausgrid_row("GC", date, &values, "NA")].concat();
        let recorded = read(Format::Ausgrid, &text, &Options::default()).unwrap();
        let lines = recorded.lines();
        assert_eq!(lines.len(), 48);
        assert_eq!(lines[0], "3 17 consumption 2012-07-01T00:00:00 1800s 500 Wh estimated");
        assert_eq!(lines[1], "3 17 consumption 2012-07-01T00:30:00 1800s none Wh estimated");
        assert_eq!(lines[47], "3 17 consumption 2012-07-01T23:30:00 1800s 1500 Wh estimated");
        assert!(recorded.series[0].habits.whole_clock);
    }
}

#[test]
fn ausgrid_categories() {
    let rows = ["CL", "GC", "GG"].map(|category| ausgrid_row(category, "2/07/2012", &["0"; 48], ""));
    let text = [TITLE, &ausgrid_head(), &rows.concat()].concat();
    let recorded = read(Format::Ausgrid, &text, &Options::default()).unwrap();
    let lines = recorded.lines();
    assert_eq!(lines[0], "3 17 consumption 2012-07-02T00:00:00 1800s 0 Wh");
    assert_eq!(lines[48], "4 17 consumption 2012-07-02T00:00:00 1800s 0 Wh");
    assert_eq!(lines[96], "5 17 generation 2012-07-02T00:00:00 1800s 0 Wh");
    assert_eq!(recorded.series.len(), 3);
    // Without the title line, and with hours of two digits.
    let bare = [ausgrid_head().replace(",1:30", ",01:30"), rows.concat()].concat();
    assert_eq!(read(Format::Ausgrid, &bare, &Options::default()).unwrap().samples.len(), 144);
}

#[test]
fn ausgrid_refusals() {
    let none = Options::default();
    let other = [TITLE, &ausgrid_head(), &ausgrid_row("XX", "2/07/2012", &["0"; 48], "")].concat();
    refused(Format::Ausgrid, &other, &none, "bad-field", Some(3), &["XX", "GC, CL or GG"]);
    let lacks = ausgrid_head().replace(",13:30", ",13:31");
    refused(Format::Ausgrid, &lacks, &none, "not-this-format", Some(1), &["13:30", "ausgrid"]);
    let no_date = ausgrid_head().replace("date", "day");
    refused(Format::Ausgrid, &no_date, &none, "not-this-format", Some(1), &["\"date\""]);
    let mut values = ["0"; 48];
    values[2] = "much";
    let words = [ausgrid_head(), ausgrid_row("GC", "2/07/2012", &values, "")].concat();
    refused(Format::Ausgrid, &words, &none, "bad-number", Some(2), &["much", "1:30"]);
}

fn day(minutes: usize, value: &str) -> String {
    vec![value; 1440 / minutes].join(",")
}

fn nem12(records: &[&str]) -> String {
    format!("100,NEM12,202502030912,TESTMDP,TESTRET\n{}\n900\n", records.join("\n"))
}

#[test]
fn nem12_steps_units_and_flags() {
    for (minutes, unit, wh) in [(5, "Wh", "0.5"), (15, "KWH", "500"), (30, "mwh", "500000"), (30, "kwh", "500")] {
        for (flag, mark) in [("A", ""), ("E52", " estimated"), ("F14", " estimated"), ("S14", " estimated")] {
            let stream = format!("200,NMI1,E1B1,E1,E1,N1,SER1,{unit},{minutes},");
            let values = format!("300,20250131,{},{flag},,,20250203,", day(minutes, "0.5"));
            let recorded = read(Format::Nem12, &nem12(&[&stream, &values]), &Options::default()).unwrap();
            let lines = recorded.lines();
            assert_eq!(lines.len(), 1440 / minutes);
            let seconds = minutes * 60;
            assert_eq!(lines[0], format!("3 NMI1 import 2025-01-30T14:00:00Z {seconds}s {wh} Wh{mark}"));
            let last = jiff::Timestamp::from_second(1_738_245_600 + 86_400 - seconds as i64).unwrap();
            assert_eq!(*lines.last().unwrap(), format!("3 NMI1 import {last} {seconds}s {wh} Wh{mark}"));
        }
    }
}

#[test]
fn nem12_no_value_and_streams_that_are_not_read() {
    let (values, other) = (format!("300,20250131,{},N,,,,", day(30, "0")), format!("300,broken,{},V", day(5, "x")));
    let text = nem12(&[
        "200,NMI1,B1Q1,B1,B1,,S,kWh,30,",
        &values,
        "500,O,S,20250203,1",
        "200,NMI1,B1Q1,Q1,Q1,,S,KVARH,30,",
        &other,
        "400,0,99,?",
        "200,NMI1,B1Q1,K1,K1,,S,KVARH,7,",
        &other,
    ]);
    let recorded = read(Format::Nem12, &text, &Options::default()).unwrap();
    assert_eq!(recorded.lines().len(), 48);
    assert_eq!(recorded.lines()[47], "3 NMI1 export 2025-01-31T13:30:00Z 1800s none Wh");
    assert!(recorded.said().contains("neither import (E) nor export (B) (2 times)"));
}

#[test]
fn nem12_variable_quality() {
    let values = format!("300,20250201,{},V,,,,", day(30, "0.1"));
    let text = nem12(&["200,NMI1,E1,E1,E1,,S,kWh,30,", &values, "400,1,20,F14,76,", "400,21,24,A,,", "400,25,48,N,,"]);
    let lines = read(Format::Nem12, &text, &Options::default()).unwrap().lines();
    let with = |text: &str| lines.iter().filter(|line| line.ends_with(text)).count();
    assert_eq!((with("100 Wh estimated"), with("100 Wh"), with("none Wh")), (20, 4, 24));
    assert!(lines[19].ends_with("estimated") && lines[20].ends_with("100 Wh") && lines[24].ends_with("none Wh"));
    // A record 400 after a flag A says more of its intervals.
    let values = format!("300,20250201,{},A,79,,,", day(30, "0.1"));
    let text = nem12(&["200,NMI1,E1,E1,E1,,S,kWh,30,", &values, "400,48,48,S14,,"]);
    let lines = read(Format::Nem12, &text, &Options::default()).unwrap().lines();
    assert!(lines[46].ends_with("100 Wh") && lines[47].ends_with("100 Wh estimated"));
}

#[test]
fn nem12_refusals() {
    let none = Options::default();
    let check = |records: &[&str], code: &str, row: Option<u64>, parts: &[&str]| {
        refused(Format::Nem12, &nem12(records), &none, code, row, parts);
    };
    let stream = "200,NMI1,E1,E1,E1,,S,kWh,30,";
    let values = |count: usize, flag: &str| format!("300,20250201,{},{flag},,,,", vec!["0.1"; count].join(","));
    check(&[stream, &values(47, "A")], "structure", Some(3), &["47", "48"]);
    check(&[stream, &values(49, "A")], "structure", Some(3), &["49", "48"]);
    check(&[stream, &values(288, "A")], "structure", Some(3), &["288", "30 minutes"]);
    check(&[stream, &values(48, "Q")], "bad-field", Some(3), &["\"Q\""]);
    check(&[stream, &values(48, "V")], "structure", Some(3), &["400", "interval 1"]);
    check(&[stream, &values(48, "V"), "400,1,47,A,,"], "structure", Some(3), &["interval 48"]);
    check(&[stream, &values(48, "V"), "400,0,48,A,,"], "structure", Some(4), &["1 to 48"]);
    check(&[stream, &values(48, "V"), "400,1,49,A,,"], "structure", Some(4), &["1 to 48"]);
    check(&[stream, &values(48, "V"), "400,9,8,A,,"], "structure", Some(4), &["9 to 8"]);
    check(&[stream, &values(48, "V"), "400,1,48,V,,"], "bad-field", Some(4), &["\"V\""]);
    check(&[stream, &values(48, "V"), "400,1,20,A,,", "400,20,48,A,,"], "structure", Some(5), &["same interval"]);
    check(&[stream, "400,1,48,A,,"], "structure", Some(3), &["400"]);
    check(&[&values(48, "A")], "structure", Some(2), &["200"]);
    check(&["200,NMI1,E1,E1,E1,,S,kW,30,"], "bad-field", Some(2), &["kW", "kWh"]);
    check(&["200,NMI1,E1,E1,E1,,S,kWh,60,"], "bad-field", Some(2), &["60", "5, 15 or 30"]);
    check(&[stream, &values(48, "A").replace("20250201", "20250230")], "bad-time", Some(3), &["20250230"]);
    check(&["250,NMI1"], "structure", Some(2), &["250"]);
    check(&["900", stream], "structure", Some(3), &["900"]);
    let cut = nem12(&[stream, &values(48, "A")]).replace("900\n", "");
    refused(Format::Nem12, &cut, &none, "structure", None, &["900", "cut off"]);
    refused(Format::Nem12, "100,NEM13,1,A,B\n900\n", &none, "not-this-format", Some(1), &["NEM13"]);
    refused(Format::Nem12, "a,b\n", &none, "not-this-format", Some(1), &["100,NEM12"]);
    refused(Format::Nem12, "", &none, "not-this-format", None, &["100,NEM12"]);
}
