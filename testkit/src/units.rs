//! Units from plain numbers. Each function panics on a number beyond the unit's bound: a test names
//! its numbers itself.

use protocol::units::{Cycle, Energy, Epoch, IssuerId, Price};

/// A cycle's number.
pub fn cycle(n: u32) -> Cycle {
    Cycle::new(n).expect("a cycle's number")
}

/// An epoch's number.
pub fn epoch(n: u32) -> Epoch {
    Epoch::new(n).expect("an epoch's number")
}

/// An issuer's number.
pub fn issuer(n: u32) -> IssuerId {
    IssuerId::new(n).expect("an issuer's number")
}

/// Energy in Wh.
pub fn wh(n: u64) -> Energy {
    Energy::new(n).expect("an energy")
}

/// A price in millionths of the currency a kWh.
pub fn price(micro: u64) -> Price {
    Price::new(micro).expect("a price")
}
