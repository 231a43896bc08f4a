//! Names compared without regard to case, accents and punctuation.

/// A name in lower case, without accents, its words parted by one blank: `Type de données` and
/// `TYPE DE DONNEES` fold to the same, and so do `Van (datum)` and `Van datum`.
pub(crate) fn fold(name: &str) -> String {
    let mut folded = String::with_capacity(name.len());
    for letter in name.chars().flat_map(char::to_lowercase) {
        match plain(letter) {
            Some(plain) => folded.push(plain),
            None if folded.is_empty() || folded.ends_with(' ') => {}
            None => folded.push(' '),
        }
    }
    folded.truncate(folded.trim_end().len());
    folded
}

/// A letter without its accent, or nothing for what is no letter and no digit.
fn plain(letter: char) -> Option<char> {
    Some(match letter {
        'à' | 'á' | 'â' | 'ä' | 'ã' | 'å' => 'a',
        'ç' => 'c',
        'è' | 'é' | 'ê' | 'ë' => 'e',
        'ì' | 'í' | 'î' | 'ï' => 'i',
        'ñ' => 'n',
        'ò' | 'ó' | 'ô' | 'ö' | 'õ' => 'o',
        'ù' | 'ú' | 'û' | 'ü' => 'u',
        letter if letter.is_alphanumeric() => letter,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::fold;

    #[test]
    fn names_are_alike_without_case_accents_and_punctuation() {
        for (name, folded) in [
            ("Type de données", "type de donnees"),
            ("Van (datum)", "van datum"),
            ("KWH/hh (per half hour) ", "kwh hh per half hour"),
            ("  Date & Time", "date time"),
            ("EAN-code", "ean code"),
            ("solar2", "solar2"),
            ("___", ""),
        ] {
            assert_eq!(fold(name), folded);
        }
    }
}
