//! Names that look alike.

use std::collections::BTreeMap;

/// A name without what the eye overlooks: case, blanks and dashes, O and 0, l and 1 and I, two
/// ways to write an umlaut.
fn looks_like(name: &str) -> String {
    let mut seen = String::with_capacity(name.len());
    for letter in name.chars().flat_map(char::to_lowercase) {
        match letter {
            'o' => seen.push('0'),
            'l' | 'i' | '|' | 'ı' => seen.push('1'),
            'ä' | 'æ' => seen.push_str("ae"),
            'ö' | 'œ' | 'ø' => seen.push_str("0e"),
            'ü' => seen.push_str("ue"),
            'ß' => seen.push_str("ss"),
            // The dots of an umlaut that is written as two characters.
            '\u{308}' => seen.push('e'),
            _ if letter.is_whitespace() || matches!(letter, '-' | '_' | '.' | '\u{200b}' | '\u{feff}') => {}
            letter => seen.push(letter),
        }
    }
    seen
}

/// Groups of two or more names that look alike, each in the order given.
pub(super) fn groups<'a>(names: impl Iterator<Item = &'a str>) -> Vec<Vec<String>> {
    let mut groups: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for name in names {
        groups.entry(looks_like(name)).or_default().push(name.to_owned());
    }
    groups.into_values().filter(|names| names.len() > 1).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_a_person_may_confuse_are_grouped() {
        let names = ["Haus 1", "Haus l", "haus1", "Haus 2", "H0F", "HOF", "Müller", "Mueller", "Mu\u{308}ller"];
        let groups = groups(names.into_iter());
        assert_eq!(groups.len(), 3);
        assert!(groups.contains(&vec!["Haus 1".into(), "Haus l".into(), "haus1".into()]));
        assert!(groups.contains(&vec!["H0F".into(), "HOF".into()]));
        assert!(groups.contains(&vec!["Müller".into(), "Mueller".into(), "Mu\u{308}ller".into()]));
    }
}
