//! What a household pays for each kWh that it takes from the network, beside the energy itself.

use protocol::units::Price;

/// Network fees and levies, each in micro-currency per kWh. They are no part of the market's rules:
/// they stand on bills only. The default is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fees {
    /// The network fee on energy from the grid.
    pub network: Price,
    /// The network fee on energy from neighbours.
    pub network_local: Price,
    /// Levies and taxes on energy from the grid.
    pub levies: Price,
    /// Levies and taxes on energy from neighbours.
    pub levies_local: Price,
}

impl Fees {
    /// Whether every fee is zero.
    pub fn none(&self) -> bool {
        *self == Fees::default()
    }

    /// The network fee of a consumption, nano-currency: `grid` Wh from the grid, `local` Wh from
    /// neighbours.
    pub fn network_of(&self, grid: u64, local: u64) -> i128 {
        of(self.network, grid) + of(self.network_local, local)
    }

    /// The levies of the same consumption, nano-currency.
    pub fn levies_of(&self, grid: u64, local: u64) -> i128 {
        of(self.levies, grid) + of(self.levies_local, local)
    }
}

/// 1 micro-currency per kWh is 1 nano-currency per Wh.
fn of(price: Price, wh: u64) -> i128 {
    i128::from(price.get()) * i128::from(wh)
}
