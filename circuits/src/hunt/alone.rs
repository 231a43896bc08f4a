//! Single variables: an exhaustive search over the values of one.
//!
//! Every constraint that contains the variable allows at most one other value of it, or any value.
//! So the intersection of what they allow decides whether there is a second value, and which, over
//! the whole field and without sampling.

use super::{Index, Others, System};

/// A variable that can take another value while all others stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Alone {
    /// The variable.
    pub variable: Index,
    /// The changes of it that are possible.
    pub by: Others,
}

impl System {
    /// Every variable, public or not, that can change alone.
    pub fn alone(&self) -> Vec<Alone> {
        let all = (1..self.z.len()).map(|variable| Alone { variable, by: self.others(variable) });
        all.filter(|a| a.by != Others::None).collect()
    }

    fn others(&self, x: Index) -> Others {
        let mut left = Others::Any;
        for row in self.touching(x) {
            left = left.and(row.others(&row.of(x)));
            if left == Others::None {
                break;
            }
        }
        left
    }
}
