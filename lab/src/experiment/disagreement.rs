//! Two computations of one result that differ.

use terminal::{exit, Coded};

/// Two computations of one result disagree, so the experiment's figures mean nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("two computations disagree: {found} are not those of {expected}")]
pub struct Disagreement {
    /// Which result the experiment computed, in the plural.
    pub found: &'static str,
    /// What the result is compared with.
    pub expected: &'static str,
}

impl Coded for Disagreement {
    fn code(&self) -> &'static str {
        "disagrees"
    }
    fn exit_code(&self) -> u8 {
        exit::DOES_NOT_HOLD
    }
}
