//! The offer that a bid takes.

/// The offer that a bid takes. The lesser of two is the better: by score, equal scores by list
/// position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Found {
    /// Its dissimilarity.
    pub score: u32,
    /// The offer's list position.
    pub position: u32,
}
