//! What the devices of a community's households did, and what they are compared with.

use market::scenario::file::File;
use policy::devices::Use;

/// What the devices of households are compared with.
pub struct Compared {
    /// The scenario of the same households when loads run and cars charge at once, without batteries.
    pub without: File,
    /// What the devices of each household do then; `None` where it has none but batteries.
    pub at_once: Vec<Option<Moved>>,
    /// What the devices of each household did; `None` where it has none.
    pub moved: Vec<Option<Moved>>,
}

/// What the devices of a household did.
pub struct Moved {
    /// In all.
    pub used: Use,
    /// What the household gave in each slot of the period, less what it took, in Wh; `None` where no
    /// reading came.
    pub net: Vec<Option<i64>>,
}
