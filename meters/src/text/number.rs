//! Numbers as files write them, and units in headers.

use super::fold::fold;
use crate::exact::{Exact, NotExact};
use crate::options::{Decimal, Unit};
use crate::Problem;

/// Whether a field says that it has no value.
pub(crate) fn says_nothing(field: &[u8]) -> bool {
    field.is_empty() || [&b"null"[..], b"nan", b"na", b"n/a"].iter().any(|word| field.eq_ignore_ascii_case(word))
}

/// Reads a number. Digits may be grouped where the decimal mark makes it plain: `1.234,5`.
pub(crate) fn parse(field: &[u8], mark: Decimal) -> Result<Exact, Problem> {
    match Exact::parse_bytes(field, mark.byte()) {
        Ok(number) => Ok(number),
        Err(NotExact::TooLong) => Err(NotExact::TooLong.into()),
        Err(NotExact::NoNumber) => match ungrouped(field, mark) {
            Some(plain) => Exact::parse_bytes(&plain, mark.byte()).map_err(Problem::from),
            None => Err(Problem::BadNumber {
                text: String::from_utf8_lossy(field).into_owned(),
                why: format!("the decimal mark is a {}; --decimal names another", mark.name()),
            }),
        },
    }
}

/// Reads a number, or none where the field says that it has no value.
pub(crate) fn parse_or_none(field: &[u8], mark: Decimal) -> Result<Option<Exact>, Problem> {
    if says_nothing(field) {
        return Ok(None);
    }
    parse(field, mark).map(Some)
}

/// The other mark, which may group digits.
const fn other(mark: Decimal) -> Decimal {
    match mark {
        Decimal::Point => Decimal::Comma,
        Decimal::Comma => Decimal::Point,
    }
}

/// The number without the marks that group its digits by three.
fn ungrouped(field: &[u8], mark: Decimal) -> Option<Vec<u8>> {
    let group = other(mark).byte();
    let (whole, decimals) = match field.iter().position(|byte| *byte == mark.byte()) {
        Some(place) => (&field[..place], &field[place..]),
        None => (field, &[][..]),
    };
    let groups = grouped(whole, group)?;
    // One group alone may as well be decimals.
    if decimals.is_empty() && groups < 2 {
        return None;
    }
    Some(whole.iter().filter(|byte| **byte != group).chain(decimals).copied().collect())
}

/// How many groups of three digits follow the first digits of a whole number. None: it has none.
fn grouped(whole: &[u8], group: u8) -> Option<usize> {
    let digits = whole.strip_prefix(b"-").or(whole.strip_prefix(b"+")).unwrap_or(whole);
    let mut parts = digits.split(|byte| *byte == group);
    let first = parts.next()?;
    let all_digits = |part: &[u8]| part.iter().all(u8::is_ascii_digit);
    if first.is_empty() || first.len() > 3 || first[0] == b'0' || !all_digits(first) {
        return None;
    }
    let mut groups = 0;
    for part in parts {
        if part.len() != 3 || !all_digits(part) {
            return None;
        }
        groups += 1;
    }
    (groups > 0).then_some(groups)
}

/// The decimal marks that a number may have been written with: point, comma. Both: it has none. A
/// mark that stands there once stands before decimals, also before three.
pub(crate) fn marks(field: &[u8]) -> [bool; 2] {
    let count = |mark: u8| field.iter().filter(|byte| **byte == mark).count();
    let last = |mark: u8| field.iter().rposition(|byte| *byte == mark);
    match (count(b'.'), count(b',')) {
        (0, 0) => [true, true],
        (1, 0) => [true, false],
        (0, 1) => [false, true],
        (_, 0) => [false, true],
        (0, _) => [true, false],
        _ => [last(b'.') > last(b','), last(b',') > last(b'.')],
    }
}

/// Whether the comma in a number may as well group its thousands: `1,234`.
pub(crate) fn may_group(field: &[u8]) -> bool {
    grouped(field, b',') == Some(1)
}

/// A header without its unit, and the unit that it names in brackets.
pub(crate) fn unit_of(header: &str) -> (&str, Option<Unit>) {
    let header = header.trim();
    for (open, close) in [('[', ']'), ('(', ')')] {
        let Some(inner) = header.strip_suffix(close) else { continue };
        let Some(place) = inner.rfind(open) else { continue };
        if let Ok(unit) = inner[place + 1..].parse() {
            return (inner[..place].trim_end(), Some(unit));
        }
    }
    (header, None)
}

/// Units of what is neither energy nor power, in lower case. A single letter in brackets may belong
/// to a name, so it is none of them.
const FOREIGN: &[&str] = &[
    "ct", "eur", "hz", "kva", "kvah", "kvar", "kvarh", "m3", "mvar", "mvarh", "vah", "var", "varh", "%", "°c", "€",
    "£", "$",
];

/// The unit in brackets at the end of a header, where it is one of neither energy nor power.
pub(crate) fn foreign_unit(header: &str) -> Option<&str> {
    let header = header.trim();
    [('[', ']'), ('(', ')')].into_iter().find_map(|(open, close)| {
        let inner = header.strip_suffix(close)?;
        let unit = inner[inner.rfind(open)? + open.len_utf8()..].trim();
        let lower = unit.to_lowercase().replace('³', "3");
        FOREIGN.contains(&lower.as_str()).then_some(unit)
    })
}

/// Words that name a quantity and no meter, in order, as [`fold`] writes them.
const QUANTITIES: &[&str] = &[
    "",
    "active energy",
    "active power",
    "consommation",
    "consumption",
    "einspeisung",
    "energie",
    "energy",
    "erzeugung",
    "export",
    "feed in",
    "generation",
    "import",
    "kw",
    "kwh",
    "last",
    "leistung",
    "load",
    "mw",
    "mwh",
    "power",
    "production",
    "puissance",
    "pv",
    "reading",
    "solar",
    "usage",
    "use",
    "valeur",
    "value",
    "verbrauch",
    "verbruik",
    "volume",
    "w",
    "wert",
    "wh",
    "wirkleistung",
];

/// Whether a header without its unit names a quantity and no meter.
pub(crate) fn is_quantity(name: &str) -> bool {
    QUANTITIES.binary_search(&fold(name).as_str()).is_ok()
}

#[cfg(test)]
mod tests;
