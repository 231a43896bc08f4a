use super::*;
use crate::text::input::Input;
use crate::Options;
use std::cell::Cell;
use std::io::Write;
use std::rc::Rc;

fn records_of(bytes: &[u8], options: &Options) -> Result<Vec<(u64, Vec<String>)>, Refused> {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    let input = Input::new(file.path(), &options.limits)?;
    let text = input.open(options, &Rc::new(Cell::new(u64::MAX)))?;
    let mut records = Records::new(text, b';', &options.limits);
    let (mut record, mut all) = (Record::default(), Vec::new());
    while records.next(&mut record)? {
        let fields = record.fields().map(|field| String::from_utf8_lossy(field).into_owned()).collect();
        all.push((record.row, fields));
    }
    Ok(all)
}

fn rows(text: &str) -> Vec<(u64, Vec<String>)> {
    records_of(text.as_bytes(), &Options::default()).unwrap()
}

fn row(row: u64, fields: &[&str]) -> (u64, Vec<String>) {
    (row, fields.iter().map(|field| field.to_string()).collect())
}

#[test]
fn rows_are_lines_of_the_file() {
    let text = "a;b\r\n\r\n;\r\n\"x\ny\";2\r\n 3 ; \"4 \"\"q\"\"\" \n5;";
    let expected = [row(1, &["a", "b"]), row(4, &["x\ny", "2"]), row(6, &["3", "4 \"q\""]), row(7, &["5", ""])];
    assert_eq!(rows(text), expected);
}

#[test]
fn quotes_within_a_field_are_characters() {
    assert_eq!(rows("=\"5414\";12\" pipe;\"a\"b"), [row(1, &["=\"5414\"", "12\" pipe", "ab"])]);
}

#[test]
fn old_line_ends_are_read() {
    assert_eq!(rows("a;b\r1;2\r"), [row(1, &["a", "b"]), row(2, &["1", "2"])]);
}

#[test]
fn bounds_hold() {
    let mut options = Options::default();
    options.limits.longest_line = 10;
    options.limits.most_fields = 3;
    let refused = |bytes: &[u8]| records_of(bytes, &options).unwrap_err();
    assert!(refused(b"a\n12345678901\n").to_string().contains("--longest-line"));
    assert_eq!(refused(b"a\n12345678901\n").row, Some(2));
    assert_eq!(refused(b"a;b;c;d\n").code(), "too-many-fields");
    assert_eq!(refused(b"\"a\nb\nc\nd\ne\nf\n").code(), "line-too-long");
    assert!(records_of(b"1234567890\r\n", &Options::default()).is_ok());
}

#[test]
fn a_quote_that_does_not_end_is_refused_at_its_row() {
    let refused = records_of(b"a;b\n\"c;d\n", &Options::default()).unwrap_err();
    assert_eq!((refused.code(), refused.row), ("structure", Some(2)));
    let long = format!("\"{}", "x\n".repeat(5000));
    assert_eq!(records_of(long.as_bytes(), &Options::default()).unwrap_err().code(), "structure");
}
