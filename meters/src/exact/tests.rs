use super::*;

fn exact(text: &str) -> Exact {
    Exact::parse(text, '.').unwrap()
}

#[test]
fn numbers_are_read_as_files_write_them() {
    assert_eq!(exact("0E-20"), Exact::ZERO);
    assert_eq!(exact("1.5e3"), Exact::whole(1500));
    assert_eq!(exact("+2.50"), exact("2.5"));
    assert_eq!(exact("-.5").to_string(), "-0.5");
    assert_eq!(exact("5.").to_string(), "5");
    assert_eq!(exact(" 0.341 ").to_string(), "0.341");
    assert_eq!(Exact::parse("41218,417", ',').unwrap().to_string(), "41218.417");
    assert_eq!(exact("0e99999999999999999999"), Exact::ZERO);
}

#[test]
fn what_is_no_number_is_refused() {
    for text in ["", "-", ".", "e5", "1e", "1e+", "1.2.3", "1,5", "0x10", "NaN", "inf", "1 000", "--1", "½"] {
        assert_eq!(Exact::parse(text, '.'), Err(NotExact::NoNumber), "{text}");
    }
    assert_eq!(Exact::parse("1.234,5", ','), Err(NotExact::NoNumber));
}

#[test]
fn what_cannot_be_kept_exactly_is_refused() {
    for text in ["1e39", "1e-37", "1e99999999999", &"9".repeat(40), &format!("0.{}1", "0".repeat(36))] {
        assert_eq!(Exact::parse(text, '.'), Err(NotExact::TooLong), "{text}");
    }
    let large = exact(&"9".repeat(30));
    assert_eq!(large.times(large), Err(NotExact::TooLong));
    assert_eq!(large.times_ten_to(20), Err(NotExact::TooLong));
}

#[test]
fn arithmetic_is_exact() {
    assert_eq!(exact("0.579").times_ten_to(3).unwrap(), Exact::whole(579));
    assert_eq!(exact("7").times_ten_to(-3).unwrap(), exact("0.007"));
    assert_eq!(exact("0.0047").times(exact("0.278792")).unwrap(), exact("0.0013103224"));
    assert_eq!(exact("0.1").plus(exact("0.2")).unwrap(), exact("0.3"));
    assert_eq!(exact("88.15").minus(exact("101.402")).unwrap(), exact("-13.252"));
    assert!(exact("1e30") > exact("1e-30"));
    assert!(exact("-1e30") < exact("1e-30"));
    assert!(exact("0.30") == exact("0.3"));
}
