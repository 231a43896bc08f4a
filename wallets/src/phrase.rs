//! A recovery phrase as people write it down: BIP-39, English, 12 to 24 words.
//!
//! Paper and text editors add to a phrase what is no part of it: capital letters, a byte order mark,
//! commas, the number of each word. [`Phrase::read`] takes these away. A phrase that is refused is
//! refused by a count or by the place of a word, never by the word: a message may end in a log.

use bip39::{Language, Mnemonic};
use zeroize::Zeroizing;

/// The numbers of words that a phrase can have.
const COUNTS: [usize; 5] = [12, 15, 18, 21, 24];

/// Why a text is not a phrase. No variant holds a part of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PhraseError {
    /// The number of words is none that a phrase has.
    #[error("not a BIP-39 phrase: {} where a phrase has 12, 15, 18, 21 or 24{}", words(*.found), also(*.unknown))]
    Count {
        /// The number of words.
        found: usize,
        /// The place of the first word that is not in the list, from 1. None if all are.
        unknown: Option<usize>,
    },
    /// A word is not in the list.
    #[error("not a BIP-39 phrase: word {place} of {count} is not in the English list of words")]
    UnknownWord {
        /// The place of the word, from 1. Where the words are numbered, its number.
        place: usize,
        /// The number of words.
        count: usize,
    },
    /// Every word is in the list, but they do not belong together.
    #[error(
        "not a BIP-39 phrase: all {count} words are in the list, but the checksum does not hold: two words may be \
         swapped, or one may be another word of the list"
    )]
    Checksum {
        /// The number of words.
        count: usize,
    },
    /// The words are numbered, but not each word with one number from 1 on.
    #[error(
        "not a BIP-39 phrase: the words are numbered, but not each once from 1 on: write them in their order, without \
         numbers"
    )]
    Numbers,
}

fn words(count: usize) -> String {
    match count {
        0 => "no words".into(),
        1 => "1 word".into(),
        count => format!("{count} words"),
    }
}

fn also(unknown: Option<usize>) -> String {
    unknown.map_or(String::new(), |place| format!(", and word {place} is not in the English list of words"))
}

/// A valid phrase in its one normal form. Not printable; its words are wiped on drop.
pub struct Phrase(Mnemonic);

impl Phrase {
    /// Reads a phrase. Upper case and lower case are the same, and so are all kinds of white space,
    /// commas and semicolons between words. A byte order mark is skipped. The words may be numbered
    /// from 1 on (`1 word`, `1. word`, `(1) word`, `1.word`); then the numbers give their order, so
    /// that a phrase can stand in columns.
    ///
    /// # Errors
    /// [`PhraseError`].
    pub fn read(text: &str) -> Result<Self, PhraseError> {
        // As long as the text, so that it never moves and leaves a copy behind.
        let mut small = Zeroizing::new(String::with_capacity(text.len()));
        small.push_str(text);
        small.make_ascii_lowercase();
        let normal = in_order(&small)?;
        let words = normal.split(' ').filter(|word| !word.is_empty());
        let count = words.clone().count();
        let unknown = words.zip(1..).find(|(word, _)| Language::English.find_word(word).is_none());
        let unknown = unknown.map(|(_, place)| place);
        if !COUNTS.contains(&count) {
            return Err(PhraseError::Count { found: count, unknown });
        }
        if let Some(place) = unknown {
            return Err(PhraseError::UnknownWord { place, count });
        }
        let read = Mnemonic::parse_in_normalized(Language::English, &normal);
        Ok(Phrase(read.map_err(|_| PhraseError::Checksum { count })?))
    }
    /// The wallet seed that follows from the phrase, without a passphrase.
    pub(crate) fn seed(&self) -> Zeroizing<[u8; 64]> {
        Zeroizing::new(self.0.to_seed_normalized(""))
    }
}

/// The words in their order, one blank between two.
fn in_order(text: &str) -> Result<Zeroizing<String>, PhraseError> {
    let between = |c: char| c.is_whitespace() || matches!(c, ',' | ';' | BYTE_ORDER_MARK);
    let mut numbers = Numbers::default();
    for token in text.split(between).filter(|token| !token.is_empty()) {
        let token = token.trim_start_matches(['(', '#']).trim_end_matches('.');
        let (number, rest) = token.split_at(token.bytes().take_while(u8::is_ascii_digit).count());
        if !number.is_empty() {
            numbers.number(number)?;
        }
        // What stands between a number and its word.
        let word = match numbers.waiting {
            Some(_) => rest.trim_start_matches(['.', ')', ':', '-']),
            None => rest,
        };
        if !word.is_empty() {
            numbers.words.push((numbers.waiting.take(), word));
        }
    }
    numbers.in_order(text.len())
}

/// The character that some editors put before a text.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// The words read so far, each with the number before it.
#[derive(Default)]
struct Numbers<'a> {
    words: Vec<(Option<usize>, &'a str)>,
    /// A number whose word comes next.
    waiting: Option<usize>,
}

impl Numbers<'_> {
    fn number(&mut self, digits: &str) -> Result<(), PhraseError> {
        let number = digits.parse().map_err(|_| PhraseError::Numbers)?;
        match self.waiting.replace(number) {
            None => Ok(()),
            Some(_) => Err(PhraseError::Numbers),
        }
    }
    /// `room` is at least as long as the words with the blanks between them.
    fn in_order(mut self, room: usize) -> Result<Zeroizing<String>, PhraseError> {
        let numbered = self.words.iter().filter(|(number, _)| number.is_some()).count();
        if self.waiting.is_some() || (numbered > 0 && numbered < self.words.len()) {
            return Err(PhraseError::Numbers);
        }
        self.words.sort_by_key(|(number, _)| *number);
        if numbered > 0 && self.words.iter().zip(1..).any(|((number, _), place)| *number != Some(place)) {
            return Err(PhraseError::Numbers);
        }
        let mut normal = Zeroizing::new(String::with_capacity(room));
        for (_, word) in &self.words {
            if !normal.is_empty() {
                normal.push(' ');
            }
            normal.push_str(word);
        }
        Ok(normal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORDS: [&str; 12] = [
        "legal", "winner", "thank", "year", "wave", "sausage", "worth", "useful", "legal", "winner", "thank", "yellow",
    ];

    fn plain() -> String {
        WORDS.join(" ")
    }
    fn seed(text: &str) -> Zeroizing<[u8; 64]> {
        Phrase::read(text).unwrap_or_else(|error| panic!("{text}: {error}")).seed()
    }
    fn refused(text: &str) -> PhraseError {
        Phrase::read(text).err().unwrap_or_else(|| panic!("{text} is refused"))
    }

    /// The seed of this phrase in the test vectors of BIP-39 has another passphrase, so it is made
    /// here by the library from the entropy of the vector.
    #[test]
    fn the_seed_is_that_of_bip_39() {
        let made = Mnemonic::from_entropy(&[0x7f; 16]).unwrap();
        assert_eq!(made.to_string(), plain());
        assert!(*seed(&plain()) == made.to_seed(""));
    }

    #[test]
    fn what_paper_and_editors_add_is_no_part_of_the_phrase() {
        let numbered = |before: &str, after: &str, between: &str| {
            let all: Vec<String> =
                WORDS.iter().enumerate().map(|(at, word)| format!("{before}{}{after}{word}", at + 1)).collect();
            all.join(between)
        };
        let title: Vec<String> = WORDS.iter().map(|word| word[..1].to_uppercase() + &word[1..]).collect();
        // Two columns: 1 beside 7, 2 beside 8, and so on.
        let row = |at: usize| format!("{}. {}\t{}. {}\n", at + 1, WORDS[at], at + 7, WORDS[at + 6]);
        let columns: String = (0..6).map(row).collect();
        for text in [
            plain().to_uppercase(),
            title.join(" "),
            format!("\u{feff}{}", plain()),
            format!("\u{feff}{}\r\n", plain().to_uppercase()),
            WORDS.join("\n"),
            WORDS.join("\r\n"),
            WORDS.join(",\u{a0}\t"),
            WORDS.join(","),
            WORDS.join("; "),
            format!("{},", WORDS.join(", ")),
            numbered("", ". ", "\n"),
            numbered("", ".", " "),
            numbered("", ") ", ", "),
            numbered("(", ") ", " "),
            numbered("#", " - ", "\n"),
            format!("{}.", plain()),
            numbered("", ": ", "\n"),
            numbered("", " . ", "\n"),
            numbered("0", ".", " "),
            numbered("", " ", " "),
            numbered("", "", " "),
            columns,
        ] {
            assert!(*seed(&text) == *seed(&plain()), "{text}");
        }
    }

    #[test]
    fn a_refusal_names_place_or_count_or_checksum() {
        let with = |at: usize, word: &'static str| {
            let mut words = WORDS;
            words[at] = word;
            words.join(" ")
        };
        assert_eq!(refused(&with(4, "waive")), PhraseError::UnknownWord { place: 5, count: 12 });
        assert_eq!(refused(&with(0, "légal")), PhraseError::UnknownWord { place: 1, count: 12 });
        assert_eq!(refused(&with(11, "thank")), PhraseError::Checksum { count: 12 });
        let mut swapped = WORDS;
        swapped.swap(3, 4);
        assert_eq!(refused(&swapped.join(" ")), PhraseError::Checksum { count: 12 });
        assert_eq!(refused(&WORDS[..11].join(" ")), PhraseError::Count { found: 11, unknown: None });
        assert_eq!(refused(&format!("my {}", plain())), PhraseError::Count { found: 13, unknown: Some(1) });
        assert_eq!(refused("winner"), PhraseError::Count { found: 1, unknown: None });
        assert_eq!(refused(" ,\u{feff} "), PhraseError::Count { found: 0, unknown: None });
        assert_eq!(refused(&"legal ".repeat(25)), PhraseError::Count { found: 25, unknown: None });
        // In columns it is the number that is named.
        let numbered: Vec<String> = WORDS.iter().zip(1..13).rev().map(|(word, n)| format!("{n} {word}")).collect();
        let bad = numbered.join(" ").replace("sausage", "sausages");
        assert_eq!(refused(&bad), PhraseError::UnknownWord { place: 6, count: 12 });
    }

    #[test]
    fn numbers_that_give_no_order_are_refused() {
        let numbered = |numbers: [usize; 12]| {
            let all: Vec<String> = WORDS.iter().zip(numbers).map(|(word, n)| format!("{n}. {word}")).collect();
            all.join(" ")
        };
        for text in [
            numbered([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 11]),
            numbered([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]),
            numbered([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13]),
            format!("1. {}", plain()),
            format!("{} 12", plain()),
            format!("1 2 {}", plain()),
            format!("{}{}", "9".repeat(40), plain()),
        ] {
            assert_eq!(refused(&text), PhraseError::Numbers, "{text}");
        }
    }

    #[test]
    fn no_message_repeats_a_word() {
        let unknown = plain().replace("year", "yeahr");
        for text in [unknown, WORDS[..11].join(" "), format!("my {}", plain()), WORDS[..11].join(" ") + " wave"] {
            let error = refused(&text);
            let said = format!("{error} {error:?}");
            let listed: Vec<&str> = said.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty()).collect();
            let of_the_phrase = ["legal", "winner", "thank", "yeahr", "wave", "sausage", "worth", "useful", "my"];
            assert!(of_the_phrase.iter().all(|word| !listed.contains(word)), "{said}");
        }
    }
}
