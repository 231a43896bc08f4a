use super::*;

#[test]
fn numbers_are_read_with_their_mark() {
    let read = |text: &str, mark| parse(text.as_bytes(), mark).map(|number| number.to_string());
    assert_eq!(read("0,553", Decimal::Comma).unwrap(), "0.553");
    assert_eq!(read("1.234,5", Decimal::Comma).unwrap(), "1234.5");
    assert_eq!(read("-1,234.5", Decimal::Point).unwrap(), "-1234.5");
    assert_eq!(read("1,234,567", Decimal::Point).unwrap(), "1234567");
    assert_eq!(read("0E-20", Decimal::Point).unwrap(), "0");
    for wrong in ["0,5", "1,234", "12,34.5", "1,2345.6", "0,123.4", "x", "", "1.2.3"] {
        let problem = read(wrong, Decimal::Point).unwrap_err();
        assert_eq!(problem.code(), "bad-number", "{wrong}");
        assert!(problem.to_string().contains("--decimal"));
    }
    assert_eq!(read(&"9".repeat(50), Decimal::Point).unwrap_err().code(), "too-many-digits");
}

#[test]
fn a_field_may_say_that_it_has_no_value() {
    for text in ["", "Null", "NULL", "NaN", "N/A", "NA"] {
        assert_eq!(parse_or_none(text.as_bytes(), Decimal::Point).unwrap(), None, "{text}");
    }
    assert!(parse_or_none(b"none of it", Decimal::Point).is_err());
}

#[test]
fn the_unit_is_no_part_of_the_name() {
    for (header, name, unit) in [
        ("House A (W)", "House A", Some(Unit::W)),
        ("1.8.0 [kWh]", "1.8.0", Some(Unit::KWh)),
        ("POWER(W)", "POWER", Some(Unit::W)),
        ("use [KWH] ", "use", Some(Unit::KWh)),
        ("Haus 1 (Keller)", "Haus 1 (Keller)", None),
        ("Haus 1", "Haus 1", None),
        ("(Wh)", "", Some(Unit::Wh)),
        ("x)", "x)", None),
    ] {
        assert_eq!(unit_of(header), (name, unit), "{header}");
    }
}

#[test]
fn quantities_are_no_meters() {
    assert!(QUANTITIES.is_sorted());
    for name in ["POWER", "Energy", "", "Feed-in", "Leistung"] {
        assert!(is_quantity(name), "{name}");
    }
    for name in ["House A", "Haus 1", "PV1", "17"] {
        assert!(!is_quantity(name), "{name}");
    }
}

#[test]
fn units_of_other_quantities_are_seen() {
    for (header, unit) in
        [("A [kvarh]", Some("kvarh")), ("Gas (m³)", Some("m³")), ("Haus 1 [kWh]", None), ("House (A)", None)]
    {
        assert_eq!(foreign_unit(header), unit, "{header}");
    }
}
