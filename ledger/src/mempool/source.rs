//! Where transactions come from.

/// The peer that brought a transaction to this node, by a number that the node gives it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Source(pub u64);

impl Source {
    /// The node itself, and what runs in its process.
    pub const OWN: Source = Source(0);
}
