use super::*;

fn evidence(dates: &[&str], numbers: &[&str]) -> Evidence {
    let mut evidence = Evidence::new(&Options::default());
    dates.iter().zip(2..).for_each(|(date, row)| evidence.date(row, date.as_bytes()));
    numbers.iter().zip(2..).for_each(|(number, row)| evidence.number(row, number.as_bytes()));
    evidence
}

#[test]
fn one_date_settles_the_order_of_all() {
    let unsure = evidence(&["03/04/2025 00:00", "04/04/2025 00:00"], &["0.5"]);
    let refused = unsure.finish().unwrap_err();
    assert_eq!((refused.code(), refused.row), ("uncertain", Some(2)));
    assert!(refused.to_string().contains("--date-format"), "{refused}");
    assert!(!unsure.is_settled());

    let settled = evidence(&["03/04/2025 00:00", "26/10/2025 00:00"], &["0.5"]);
    assert!(settled.is_settled());
    assert_eq!(settled.finish().unwrap().order, Some(DateOrder::DayMonthYear));
    assert_eq!(evidence(&["10/26/2025"], &[]).finish().unwrap().order, Some(DateOrder::MonthDayYear));
    assert_eq!(evidence(&["03.04.2025"], &[]).finish().unwrap().order, Some(DateOrder::DayMonthYear));
    // The form says it: no order is needed.
    assert!(evidence(&["2025-04-03"], &["0.5"]).is_settled());
    assert_eq!(evidence(&["26-10-25"], &[]).finish().unwrap_err().code(), "uncertain");
}

#[test]
fn options_settle_what_the_file_does_not() {
    let options =
        Options { date_format: Some(DateOrder::MonthDayYear), decimal: Some(Decimal::Comma), ..Options::default() };
    let mut evidence = Evidence::new(&options);
    evidence.date(2, b"03/04/2025");
    evidence.number(2, b"1,234");
    assert_eq!(evidence.finish().unwrap(), Found { order: Some(DateOrder::MonthDayYear), decimal: Decimal::Comma });
}

#[test]
fn the_decimal_mark_is_found_or_refused() {
    let mark = |numbers: &[&str]| evidence(&[], numbers).finish().map(|found| found.decimal);
    assert_eq!(mark(&["0,553"]), Ok(Decimal::Comma));
    // A mark that stands there once stands before decimals.
    assert_eq!(mark(&["101,200", "88,150"]), Ok(Decimal::Comma));
    assert_eq!(mark(&["1.234", "2.345"]), Ok(Decimal::Point));
    assert_eq!(mark(&["1.234,5"]), Ok(Decimal::Comma));
    assert_eq!(mark(&["1,234,567"]), Ok(Decimal::Point));
    assert_eq!(mark(&["41218,417"]), Ok(Decimal::Comma));
    assert_eq!(mark(&["1800", "420"]), Ok(Decimal::Point));
}

#[test]
fn a_quoted_comma_among_commas_is_settled_by_another_number_or_refused() {
    let mark = |numbers: &[&str]| {
        let mut evidence = Evidence::new(&Options::default()).comma_separated(true);
        numbers.iter().zip(2..).for_each(|(number, row)| evidence.number(row, number.as_bytes()));
        evidence.finish().map(|found| found.decimal)
    };
    assert_eq!(mark(&["1,234", "0,5"]), Ok(Decimal::Comma));
    assert_eq!(mark(&["1,234", "12.5"]), Ok(Decimal::Point));
    let refused = mark(&["1,234", "2,345", "17"]).unwrap_err();
    assert_eq!((refused.code(), refused.row), ("uncertain", Some(2)));
    assert!(refused.to_string().contains("--decimal"));
}
