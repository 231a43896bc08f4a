use super::*;

const GOOD: &str = "slot,A,B\nt0,1,0\nt1,12500,7\n";

#[track_caller]
fn refused(csv: &[u8], line: &str) {
    assert_eq!(Readings::parse(csv).unwrap_err().to_string(), line);
}

#[test]
fn a_file_is_read() {
    let meters = Readings::parse(GOOD.as_bytes()).unwrap();
    assert_eq!(meters.households, ["A", "B"]);
    assert_eq!(meters.energy, [[1, 0], [12_500, 7]]);
    assert_eq!(meters.slot("t1", 1), Ok(1));
    assert_eq!(Readings::parse(GOOD.replace('\n', "\r\n").as_bytes()).unwrap(), meters);
}

#[test]
fn readings_are_whole_numbers_in_bounds() {
    let file = |bad: &str| format!("slot,A,B\nt0,1,0\nt1,2,{bad}\n");
    for bad in ["", "x", "-1", "+", " 1", "1e3", "99999999999999999999999"] {
        refused(file(bad).as_bytes(), &format!("row 3, column B: {bad:?} is not a whole number of Wh"));
    }
    let unit = "is not a whole number of Wh; if the file is in another unit, name it with --unit (kWh, W, kW)";
    for bad in ["1.5", "+1"] {
        refused(file(bad).as_bytes(), &format!("row 3, column B: {bad:?} {unit}"));
    }
    let most = "more than 12500 Wh (50 kW) in 15 minutes, so it may be a counter or in another unit; a greater bound is set with --greatest-energy";
    for (bad, power) in [("12501", "50 kW"), ("15508510", "62 MW"), ("4294967286", "17 GW"), ("4294967296", "17 GW")] {
        refused(file(bad).as_bytes(), &format!("row 3, column B: {bad:?} is {power}: {most}"));
    }
    let wide = Options { greatest: 20_000, ..Options::default() };
    assert_eq!(Readings::read(file("12501").as_bytes(), &wide).unwrap().energy[1][1], 12_501);
}

#[test]
fn rows_are_as_long_as_the_headers_and_slots_differ() {
    refused(b"slot,A,B\nt0,1\n", "row 2, column B: 2 columns, but the headers have 3");
    refused(b"slot,A,B\n\nt0,1,2,3\n", "row 3, column after the last: 4 columns, but the headers have 3");
    refused(b"slot,A,B\r\nt0,1,2\r\n\r\nt1,1\r\n", "row 4, column B: 2 columns, but the headers have 3");
    refused(
        b"slot,A,\"B\nb\"\nt0,1,2\n",
        "row 1, column 3: \"B\\nb\" is not a household's id: it must be 1 to 64 bytes without control characters",
    );
    refused(b"slot,\"A\"\n\"t\n0\",1\nt1,x\n", "row 4, column A: \"x\" is not a whole number of Wh");
    refused(b"slot,A\nt0,1\nt0,1\n", "row 3, column slot: \"t0\" occurs twice");
}

#[test]
fn headers_are_ids() {
    refused(b"", "the file is empty: it needs a row of headers and a row for each slot");
    refused(b"slot,A\n", "row 1, the file has headers and no slots");
    let one =
        "there is one column, \"slot\", and none for a household; columns are separated by commas, semicolons or tabs";
    refused(b"slot\nt0\n", &format!("row 1, {one}"));
    refused(b"slot,A,A\n", "row 1, column 3: \"A\" occurs twice");
    refused(
        b"slot,A,\n",
        "row 1, column 3: \"\" is not a household's id: it must be 1 to 64 bytes without control characters",
    );
    let many = format!("slot{}\n", (0..=MAX_HOUSEHOLDS).map(|h| format!(",{h}")).collect::<String>());
    refused(many.as_bytes(), "row 1, 10001 households, more than 10000");
}

#[test]
fn bytes_that_are_no_text() {
    refused(b"slot,A,B\nt0,1,\xff\n", "row 2, column B: not UTF-8");
    refused(b"slot,\xff\n", "row 1, column 2: not UTF-8");
    Readings::parse(b"\"slot,A\nt0").unwrap_err();
}

#[test]
fn the_two_files_are_of_one_shape() {
    let load = Readings::parse(GOOD.as_bytes()).unwrap();
    let differs = |csv: &str| {
        Readings::parse(csv.as_bytes()).unwrap().same_shape_as(&load, "load.csv").map_err(|refused| refused.to_string())
    };
    assert_eq!(differs(GOOD), Ok(()));
    let line = |text: &str| Err(text.to_string());
    assert_eq!(differs("slot,A,C\nt0,1,0\nt1,1,7\n"), line("row 1, column 3: \"C\" where load.csv has \"B\""));
    assert_eq!(differs("slot,A\nt0,1\nt1,1\n"), line("row 1, column 3: \"nothing\" where load.csv has \"B\""));
    assert_eq!(differs("slot,A,B\nt0,1,0\nt2,1,7\n"), line("row 3, column slot: \"t2\" where load.csv has \"t1\""));
    assert_eq!(differs("slot,A,B\nt0,1,0\n"), line("row 3, column slot: \"nothing\" where load.csv has \"t1\""));
    assert_eq!(
        differs("slot,A,B\nt0,1,0\nt1,1,7\nt2,1,1\n"),
        line("row 4, column slot: \"t2\" where load.csv has \"nothing\"")
    );
}

#[test]
fn slots_and_households_asked_for_are_there() {
    let meters = Readings::parse(GOOD.as_bytes()).unwrap();
    let line = |result: Result<usize, Refused>| result.unwrap_err().to_string();
    assert_eq!(
        line(meters.slot("t9", 1)),
        "column slot: no slot is named \"t9\"; the first is \"t0\" and the last \"t1\""
    );
    assert_eq!(line(meters.slot("t1", 2)), "column slot: 2 slots from the start on were asked for, but the file has 1");
    assert_eq!(line(meters.first_households(Some(3))), "row 1, 3 households were asked for, but the file has 2");
    assert_eq!((meters.first_households(Some(2)), meters.first_households(None)), (Ok(2), Ok(2)));
}

/// Berlin in 2025, and Sydney's autumn.
struct Berlin(bool);

const BACK: i64 = 1_761_444_000; // 2025-10-26T02:00 by the wall clock
const FORWARD: i64 = 1_743_300_000; // 2025-03-30T02:00 by the wall clock

impl Clock for Berlin {
    fn repeats(&self, local: i64) -> bool {
        (BACK..BACK + 3600).contains(&local)
    }
    fn skips(&self, local: i64) -> bool {
        (FORWARD..FORWARD + 3600).contains(&local)
    }
    fn zone(&self) -> Option<&str> {
        self.0.then_some("Europe/Berlin")
    }
}

fn read(csv: &str, zone: bool) -> Result<Readings, String> {
    let clock = Berlin(zone);
    let options = Options { clock: &clock, ..Options::default() };
    let read = Readings::read(csv.as_bytes(), &options).map_err(|refused| refused.to_string())?;
    read.check(0, read.slots.len(), read.households.len()).map_err(|refused| refused.to_string())?;
    Ok(read)
}

/// A file of slots `(hour, quarter)` of a day, with rising readings.
fn day(date: &str, slots: &[(u32, u32)]) -> String {
    let row = |(nth, (hour, quarter)): (usize, &(u32, u32))| format!("{date}T{hour:02}:{:02},{nth}\n", quarter * 15);
    format!("slot,A\n{}", slots.iter().enumerate().map(row).collect::<String>())
}

fn hours(hours: &[u32]) -> Vec<(u32, u32)> {
    hours.iter().flat_map(|hour| (0..4).map(|quarter| (*hour, quarter))).collect()
}

#[test]
fn the_hour_that_comes_twice_is_read_in_the_order_of_the_file() {
    let all: Vec<u32> = [0, 1, 2, 2].into_iter().chain(3..24).collect();
    let file = day("2025-10-26", &hours(&all));
    for zone in [false, true] {
        let found = read(&file, zone).unwrap();
        assert_eq!(found.slots.len(), 100);
        assert_eq!((0..100).map(|slot| found.number(slot)).collect::<Vec<_>>(), (0..100).collect::<Vec<_>>());
        assert_eq!(found.energy[12], [12]);
        assert!(found.notes[0].starts_with("the hour from 2025-10-26T02:00 on comes twice"), "{:?}", found.notes);
    }
    // Newest first, and with CRLF and quotes.
    let mut rows: Vec<&str> = file.lines().skip(1).collect();
    rows.reverse();
    let reversed = format!(
        "slot,A\r\n{}",
        rows.iter().map(|row| format!("\"{}\"\r\n", row.replace(',', "\",\""))).collect::<String>()
    );
    let found = read(&reversed, false).unwrap();
    assert_eq!((found.slots.len(), found.energy[12][0], found.energy[99][0]), (100, 12, 99));
    // On another day the same slots are there twice.
    let twice = read(&day("2025-10-27", &hours(&[1, 2, 2, 3])), false).unwrap_err();
    assert!(twice.starts_with("row 10, column slot: \"2025-10-27T02:00\" is there twice; in the hour"), "{twice}");
    let twice = read(&day("2025-10-27", &hours(&[1, 2, 2, 3])), true).unwrap_err();
    assert!(twice.ends_with("; in Europe/Berlin this hour does not come twice"), "{twice}");
    // No hour comes three times.
    assert!(read(&day("2025-10-26", &hours(&[1, 2, 2, 2, 3])), false).unwrap_err().contains("is there twice"));
    // Both hours interleaved, as some files have them.
    let interleaved: Vec<(u32, u32)> = (0..4).flat_map(|quarter| [(2, quarter), (2, quarter)]).collect();
    assert!(read(&day("2025-10-26", &interleaved), false).unwrap_err().contains("one hour after the other"));
    // With a zone, an hour that should be there twice and is there once is a gap.
    let once = read(&day("2025-10-26", &hours(&[1, 2, 3])), true).unwrap_err();
    assert!(
        once.starts_with("row 10, column slot: 03:00 does not come 15 minutes after 02:45: in Europe/Berlin the hour"),
        "{once}"
    );
    // Names with offsets need no rule.
    let offsets = "slot,A\n2025-10-26T02:45+02:00,1\n2025-10-26T02:00+01:00,2\n2025-10-26T02:15+01:00,3\n";
    assert_eq!(read(offsets, false).unwrap().energy, [[1], [2], [3]]);
    let utc = "slot,A\n2025-10-26T00:45:00Z,1\n2025-10-26T01:00:00Z,2\n";
    assert_eq!(read(utc, true).unwrap().slots.len(), 2);
}

#[test]
fn the_hour_that_is_not_there_is_no_gap() {
    let all: Vec<u32> = [0, 1].into_iter().chain(3..24).collect();
    for zone in [false, true] {
        let found = read(&day("2025-03-30", &hours(&all)), zone).unwrap();
        assert_eq!((found.slots.len(), found.number(91)), (92, 91));
        assert!(found.notes[0].starts_with("the hour before 2025-03-30T03:00 is not there"), "{:?}", found.notes);
    }
    let gap = read(&day("2025-03-31", &hours(&all)), false).unwrap_err();
    assert!(
        gap.starts_with("row 10, column slot: 03:00 does not come 15 minutes after 01:45: 4 slots are missing"),
        "{gap}"
    );
    let there = read(&day("2025-03-30", &hours(&[0, 1, 2, 3])), true).unwrap_err();
    assert_eq!(
        there,
        "row 10, column slot: 2025-03-30T02:00 does not exist in Europe/Berlin: clocks go forward over it"
    );
}

#[test]
fn a_gap_is_refused_or_left_out() {
    let file = "slot,A\n2025-06-10T10:30,1\n2025-06-10T10:45,2\n2025-06-10T12:00,3\n2025-06-10T12:15,4\n";
    let line = "row 4, column slot: 12:00 does not come 15 minutes after 10:45: 4 slots are missing; --gaps skip leaves them out";
    assert_eq!(read(file, false).unwrap_err(), line);
    let strict = Readings::read(file.as_bytes(), &Options::default()).unwrap();
    // Slots on one side of it are good, and keep their numbers.
    assert_eq!(strict.check(0, 2, 1), Ok(()));
    assert_eq!(strict.check(2, 2, 1), Ok(()));
    assert_eq!(strict.check(1, 2, 1).unwrap_err().to_string(), line);
    assert_eq!(strict.number(2), 6);
    let options = Options { gaps: Gaps::Skip, ..Options::default() };
    let skipped = Readings::read(file.as_bytes(), &options).unwrap();
    assert_eq!(skipped.check(0, 4, 1), Ok(()));
    assert_eq!([0, 1, 2, 3].map(|slot| skipped.number(slot)), [0, 1, 6, 7]);
    assert!(skipped.notes[0].starts_with("1 gaps are left out"), "{:?}", skipped.notes);
    // Over midnight the whole names are said.
    let night = "slot,A\n2025-06-10T23:30,1\n2025-06-10T23:45,1\n2025-06-11T00:15,1\n";
    assert!(read(night, false)
        .unwrap_err()
        .contains("2025-06-11T00:15 does not come 15 minutes after 2025-06-10T23:45"));
}

#[test]
fn newest_first_is_put_into_order_and_what_jumps_is_refused() {
    let slots: Vec<(u32, u32)> = hours(&[10, 11]).into_iter().rev().collect();
    let found = read(&day("2025-06-10", &slots), false).unwrap();
    assert_eq!((found.slots[0].as_str(), found.energy[0][0], found.number(7)), ("2025-06-10T10:00", 7, 7));
    assert_eq!(found.notes, ["the newest slot is first; the slots are put into the order of time"]);
    // A fault is still named by its row in the file.
    let bad = day("2025-06-10", &slots).replace("11:45,0", "11:45,x");
    assert_eq!(read(&bad, false).unwrap_err(), "row 2, column A: \"x\" is not a whole number of Wh");
    let gap: Vec<(u32, u32)> = slots.iter().copied().filter(|slot| *slot != (10, 3)).collect();
    let line = read(&day("2025-06-10", &gap), false).unwrap_err();
    assert!(line.starts_with("row 5, column slot: 11:00 does not come 15 minutes after 10:30: 1 slots"), "{line}");
    let mut mixed = hours(&[10, 11]);
    mixed.swap(2, 6);
    let line = read(&day("2025-06-10", &mixed), false).unwrap_err();
    assert!(line.contains("row 4, column slot: 11:30 does not come") || line.contains("is earlier"), "{line}");
    let pair = read(&day("2025-06-10", &[(10, 1), (10, 0)]), false).unwrap();
    assert_eq!(pair.slots, ["2025-06-10T10:00", "2025-06-10T10:15"]);
}

#[test]
fn another_step_and_other_styles() {
    let step = read("slot,A\n2025-06-10T10:00,1\n2025-06-10T10:30,1\n2025-06-10T11:00,1\n", false).unwrap_err();
    assert!(
        step.starts_with(
            "row 3, column slot: 10:30 does not come 15 minutes after 10:00, but 30 minutes: slots are 15 minutes"
        ),
        "{step}"
    );
    let five = read("slot,A\n2025-06-10T10:00,1\n2025-06-10T10:05,1\n", false).unwrap_err();
    assert!(five.contains("but 5 minutes"), "{five}");
    for good in [
        "slot,A\n2025-06-10 23:45:00,1\n2025-06-11 00:00:00,2\n",
        "slot,A\n30.06.2025 23:45,1\n01.07.2025 00:00,2\n",
        "slot,A\n31/10/2025 23:45,1\n01/11/2025 00:00,2\n",
        "slot,A\n10/31/2025 23:45,1\n11/1/2025 00:00,2\n",
        "slot,A\n2025/06/10 9:45,1\n2025/06/10 10:00,2\n",
        "slot,A\n23:45,1\n00:00,2\n",
        "slot,A\n2025-06-10T23:45:00.000+0200,1\n2025-06-10T22:00:00Z,2\n",
    ] {
        let found = read(good, false).expect(good);
        assert_eq!((found.energy.as_slice(), found.number(1)), ([vec![1], vec![2]].as_slice(), 1), "{good}");
    }
    assert!(read("slot,A\n12:00,1\n12:45,2\n13:00,1\n", false)
        .unwrap_err()
        .contains("12:45 does not come 15 minutes after 12:00: 2 slots"));
    let mixed = read("slot,A\n2025-06-10T10:00,1\n10/06/2025 10:15,1\n", false).unwrap_err();
    assert_eq!(mixed, "row 3, column slot: the slot \"10/06/2025 10:15\" is not written like \"2025-06-10T10:00\", the first of the file");
    let offset = read("slot,A\n2025-06-10T10:00Z,1\n2025-06-10T10:15,1\n", false).unwrap_err();
    assert!(offset.contains("is not written like"), "{offset}");
    assert!(read("slot,A\nt0,1\n10:15,1\n", false).unwrap_err().contains("is not written like"));
    assert!(read("slot,A\n0,1\n1,1\n", false).unwrap().notes[0].contains("no times"));
    let named = Readings::parse(b"slot,A\n2025-06-10T10:00,1\n2025-06-10T10:15,2\n").unwrap();
    assert_eq!(named.slot("2025-06-10 10:15", 1), Ok(1));
}

#[test]
fn semicolons_decimal_commas_and_units_are_read_or_refused_for_what_they_are() {
    let file = "\u{feff}slot;H1;H2\r\n2025-06-10T00:00;0,100;0,050\r\n2025-06-10T00:15;0,1005;\"12,5\"\r\n";
    let line = Readings::parse(file.as_bytes()).unwrap_err().to_string();
    assert_eq!(line, "row 2, column H1: \"0,100\" is not a whole number of Wh; if the file is in another unit, name it with --unit (kWh, W, kW)");
    let in_unit = |csv: &str, unit| Readings::read(csv.as_bytes(), &Options { unit: Some(unit), ..Options::default() });
    let found = in_unit(file, Unit::KWh).unwrap();
    assert_eq!(found.energy, [[100, 50], [101, 12_500]]);
    assert_eq!(found.notes, ["columns are separated by semicolons"]);
    assert_eq!(found.check(0, 2, 2), Ok(()));
    assert_eq!(in_unit("slot\tA\n10:00\t1800\n10:15\t3\n", Unit::W).unwrap().energy, [[450], [1]]);
    assert_eq!(in_unit("slot,A\n10:00,1.8\n", Unit::KW).unwrap().energy, [[450]]);
    let bad = in_unit("slot,A\n10:00,1.8e3\n", Unit::W).unwrap();
    assert_eq!(
        bad.check(0, 1, 1).unwrap_err().to_string(),
        "row 2, column A: \"1.8e3\" is not a number of W of 0 or more with at most 9 decimals"
    );

    let power = "INTERVAL,POWER(W)\n12:00,1800\n12:15,420\n";
    refused(power.as_bytes(), "row 1, column 2: the header \"POWER(W)\" names the unit W, but cells are read as Wh; say --unit W if they are in W");
    let found = in_unit(power, Unit::W).unwrap();
    assert_eq!((found.households.as_slice(), found.energy[0][0]), (["POWER".to_string()].as_slice(), 450));
    let other = in_unit(power, Unit::KWh).unwrap_err().to_string();
    assert_eq!(other, "row 1, column 2: the header \"POWER(W)\" names the unit W, but --unit says kWh");
    for header in ["H1 [kWh]", "H1 (kwh)", "H1 kWh", "H1_kWh"] {
        let line = Readings::parse(format!("slot,{header}\n10:00,1\n").as_bytes()).unwrap_err().to_string();
        assert!(line.contains("say --unit kWh"), "{line}");
    }
    let line = Readings::parse(b"slot,H1 [MWh]\n10:00,1\n").unwrap_err().to_string();
    assert!(line.ends_with("names the unit MWh, but cells are read as Wh; convert the file to Wh"), "{line}");
    for (header, id) in [("H1 [Wh]", "H1"), ("Haus W", "Haus W"), ("W", "W"), ("H_7", "H_7")] {
        let found = Readings::parse(format!("slot,{header}\n10:00,1\n").as_bytes()).unwrap();
        assert_eq!(found.households, [id]);
    }
}

#[test]
fn only_cells_that_are_asked_for_must_be_good() {
    let load = "slot,A,B\n10:00,1,\n10:15,2,x\n10:30,3,9\n10:45,4,99999\n";
    let pv = "slot,A,B\n10:00,0,0\n10:15,0,0\n10:30,0,0\n10:45,-,0\n";
    let read = |csv: &str| Readings::read(csv.as_bytes(), &Options::default()).unwrap();
    let pair = Pair::new(read(load), read(pv), "load.csv").unwrap();
    let choose = |start, cycles, households| {
        pair.choose(&Asked { start: Some(start), cycles: Some(cycles), households: Some(households), seed: 1 })
    };
    assert!(choose("10:00", 3, 1).is_ok() && choose("10:30", 1, 2).is_ok());
    let why = |result: Result<crate::scenario::Choice, (Which, Refused)>| {
        let (which, refused) = result.unwrap_err();
        (which, refused.to_string())
    };
    assert_eq!(why(choose("10:00", 3, 2)), (Which::Load, "row 2, column B: \"\" is not a whole number of Wh".into()));
    assert_eq!(why(choose("10:15", 2, 2)), (Which::Load, "row 3, column B: \"x\" is not a whole number of Wh".into()));
    assert_eq!(why(choose("10:45", 1, 1)), (Which::Pv, "row 5, column A: \"-\" is not a whole number of Wh".into()));
    assert!(why(choose("10:45", 1, 2)).1.starts_with("row 5, column B: \"99999\" is 399 kW"));
    assert_eq!((pair.faults(Which::Load), pair.faults(Which::Pv)), (3, 1));
}
