//! Why a scenario cannot be played to its end.

/// Why a scenario cannot be played to its end.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A balance reaches 2^64 nano-currency, the bound of money.
    #[error("in cycle {cycle} the balance of household {household:?} reaches 2^64 nano-currency")]
    BalanceOverflow {
        /// The cycle.
        cycle: u32,
        /// The household.
        household: String,
    },
}

impl Error {
    /// A code that stays the same across versions, for machines.
    pub const fn code(&self) -> &'static str {
        match self {
            Error::BalanceOverflow { .. } => "balance-overflow",
        }
    }
}
