//! What an import detected, dropped, assumed or filled: said in the end, never silently done.

use std::fmt;

/// What sort of thing is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sort {
    /// Found in the file: separator, decimal mark, encoding, header, date format, unit, format.
    Detected,
    /// Taken for true, because no file can tell.
    Assumed,
    /// Rows were brought into order.
    Ordered,
    /// Rows or values were left out.
    Dropped,
    /// Values were filled or changed by a named rule.
    Filled,
    /// Something that is allowed and that a person should look at.
    Warned,
}

impl Sort {
    /// The word that stands before what is said.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Detected => "detected",
            Self::Assumed => "assumed",
            Self::Ordered => "ordered",
            Self::Dropped => "dropped",
            Self::Filled => "filled",
            Self::Warned => "warning",
        }
    }
}

/// One thing that is said. The same thing said again is counted, not repeated.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Said {
    /// What sort of thing it is.
    pub sort: Sort,
    /// The file that it is about, if it is about one.
    pub file: Option<String>,
    /// The sentence, without its count.
    pub text: String,
    /// How often it happened. 1 is not shown.
    pub count: u64,
}

impl Said {
    /// Something that happened once.
    pub fn new(sort: Sort, text: impl Into<String>) -> Self {
        Self { sort, file: None, text: text.into(), count: 1 }
    }

    /// Something found in the file.
    pub fn detected(text: impl Into<String>) -> Self {
        Self::new(Sort::Detected, text)
    }

    /// Something taken for true.
    pub fn assumed(text: impl Into<String>) -> Self {
        Self::new(Sort::Assumed, text)
    }

    /// Something left out.
    pub fn dropped(text: impl Into<String>) -> Self {
        Self::new(Sort::Dropped, text)
    }

    /// Something filled or changed by a rule.
    pub fn filled(text: impl Into<String>) -> Self {
        Self::new(Sort::Filled, text)
    }

    /// Something brought into order.
    pub fn ordered(text: impl Into<String>) -> Self {
        Self::new(Sort::Ordered, text)
    }

    /// Something that a person should look at.
    pub fn warned(text: impl Into<String>) -> Self {
        Self::new(Sort::Warned, text)
    }

    /// How often it happened.
    pub fn times(mut self, count: u64) -> Self {
        self.count = count;
        self
    }

    /// The file that it is about.
    pub fn in_file(mut self, file: impl Into<String>) -> Self {
        self.file = Some(file.into());
        self
    }
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.sort.word())?;
        if let Some(file) = &self.file {
            write!(f, "{file}: ")?;
        }
        f.write_str(&self.text)?;
        if self.count > 1 {
            write!(f, " ({} times)", self.count)?;
        }
        Ok(())
    }
}

/// The most different things that are kept. More of them would fill memory, and nobody reads them.
const MOST: usize = 10_000;

/// Everything that was said, each thing once, in the order in which it was said first.
#[derive(Clone, Debug, Default)]
pub struct Notes {
    said: Vec<Said>,
    places: std::collections::BTreeMap<(Sort, Option<String>, String), usize>,
    left_out: u64,
}

impl Notes {
    /// Adds one thing, or counts it if it was said before.
    pub fn add(&mut self, said: Said) {
        let key = (said.sort, said.file.clone(), said.text.clone());
        match self.places.get(&key) {
            Some(place) => self.said[*place].count += said.count,
            None if self.said.len() >= MOST => self.left_out += 1,
            None => {
                self.places.insert(key, self.said.len());
                self.said.push(said);
            }
        }
    }

    /// Adds all of another's.
    pub fn append(&mut self, other: Notes) {
        self.left_out += other.left_out;
        for said in other.said {
            self.add(said);
        }
    }

    /// The things said, and a last one if some were left out.
    pub fn into_vec(self) -> Vec<Said> {
        let mut said = self.said;
        if self.left_out > 0 {
            said.push(Said::warned("more was to be said than is kept").times(self.left_out));
        }
        said
    }
}
