//! Dishonest parties with keys of their own. Each attacks as well as its keys allow, and no better.

mod equivocating_validator;
#[cfg(feature = "wallets")]
mod lying_issuer;
#[cfg(feature = "circuits")]
pub mod trapdoor;
mod wrong_scores_matcher;

pub use equivocating_validator::EquivocatingValidator;
#[cfg(feature = "wallets")]
pub use lying_issuer::{IssuedLeaf, LyingIssuer};
pub use wrong_scores_matcher::WrongScoresMatcher;
