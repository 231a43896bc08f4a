use super::*;

const GOOD: &str = "slot,A,B\nt0,1,0\nt1,4294967295,7\n";

#[track_caller]
fn refused(csv: &[u8], line: &str) {
    assert_eq!(Readings::parse(csv).unwrap_err().to_string(), line);
}

#[test]
fn a_file_is_read() {
    let meters = Readings::parse(GOOD.as_bytes()).unwrap();
    assert_eq!(meters.households, ["A", "B"]);
    assert_eq!(meters.energy, [[1, 0], [u32::MAX, 7]]);
    assert_eq!(meters.slot("t1", 1), Ok(1));
    assert_eq!(Readings::parse(GOOD.replace('\n', "\r\n").as_bytes()).unwrap(), meters);
}

#[test]
fn readings_are_whole_numbers_in_bounds() {
    for bad in ["", "x", "-1", "+1", "1.5", "4294967296", " 1", "1e3", "99999999999999999999999"] {
        let line = format!("row 3, column B: {bad:?} is not a whole number of Wh from 0 to 4294967295");
        refused(format!("slot,A,B\nt0,1,0\nt1,2,{bad}\n").as_bytes(), &line);
    }
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
    refused(
        b"slot,\"A\"\n\"t\n0\",1\nt1,x\n",
        "row 4, column A: \"x\" is not a whole number of Wh from 0 to 4294967295",
    );
    refused(b"slot,A\nt0,1\nt0,1\n", "row 3, column slot: \"t0\" occurs twice");
}

#[test]
fn headers_are_ids() {
    refused(b"", "no headers, no households or no slots");
    refused(b"slot,A\n", "no headers, no households or no slots");
    refused(b"slot\nt0\n", "row 1, no headers, no households or no slots");
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
