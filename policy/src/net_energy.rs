//! What a household has left over, or lacks.

use crate::decimal::kwh;
use protocol::units::Energy;
use std::fmt;

/// Energy that a household gives less what it takes, in Wh: above zero it has energy left over,
/// below zero it lacks energy. Below 2^32 either way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct NetEnergy(i64);

impl NetEnergy {
    /// What is given less what is taken: generation less load, or export less import.
    pub fn of(given: Energy, taken: Energy) -> NetEnergy {
        NetEnergy(given.get() as i64 - taken.get() as i64)
    }

    /// The mean of some net energies, in Wh, rounded towards zero. None without any.
    pub(crate) fn mean(sum: i64, count: u64) -> Option<NetEnergy> {
        let count = i64::try_from(count).ok().filter(|count| *count > 0)?;
        Some(NetEnergy(sum / count))
    }

    /// What is left when `taken` Wh are taken from it, or given to it where that is below zero. The
    /// result stays below 2^32 either way.
    pub fn less(self, taken: i64) -> NetEnergy {
        const MOST: i64 = Energy::MAX.get() as i64;
        NetEnergy(self.0.saturating_sub(taken).clamp(-MOST, MOST))
    }

    /// The net energy in Wh.
    pub const fn get(self) -> i64 {
        self.0
    }

    /// What is left over; zero where energy lacks.
    pub fn surplus(self) -> Energy {
        Energy::new(self.0.max(0) as u64).expect("a net energy is below 2^32 either way")
    }

    /// What lacks; zero where energy is left over.
    pub fn lack(self) -> Energy {
        Energy::new((-self.0).max(0) as u64).expect("a net energy is below 2^32 either way")
    }
}

/// In kWh with its sign.
impl fmt::Display for NetEnergy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0.. => write!(f, "{}", kwh(self.surplus())),
            _ => write!(f, "-{}", kwh(self.lack())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_net_energy_has_one_side() {
        let net = NetEnergy::of(Energy::ZERO, Energy::MAX);
        assert_eq!((net.surplus(), net.lack()), (Energy::ZERO, Energy::MAX));
        assert_eq!(NetEnergy::of(Energy::MAX, Energy::ZERO).surplus(), Energy::MAX);
        assert_eq!(NetEnergy(-1500).to_string(), "-1.5");
        assert_eq!(NetEnergy(400).to_string(), "0.4");
        assert_eq!(NetEnergy::mean(-5, 2), Some(NetEnergy(-2)));
        assert_eq!(NetEnergy::mean(5, 2), Some(NetEnergy(2)));
        assert_eq!(NetEnergy::mean(5, 0), None);
    }
}
