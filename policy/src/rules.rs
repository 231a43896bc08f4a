//! Rules of a policy that several decisions share.

pub(crate) mod bounds;
pub(crate) mod prices;
