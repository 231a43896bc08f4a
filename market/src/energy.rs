//! What both experiments assume of energy (Ai 2021, section 3.5; `docs/sources.md`).

use protocol::units::{EnergyType, PerMille};

/// Whether energy of a type counts as clean: every type but fossil does (Ai 2021, table 3.2).
pub fn is_clean(energy_type: EnergyType) -> bool {
    energy_type != EnergyType::Fossil
}

/// The part of the energy sent that a kilometre of line takes away: 1 %.
pub fn loss_per_km() -> PerMille {
    PerMille::new(10).expect("below 1000")
}
