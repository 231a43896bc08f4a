//! Networks: buses by name, and the lines between them. A feeder is radial: one line feeds every bus
//! but the first, its root.

mod ids;
mod places;
mod radial;

pub use ids::{Buses, Ids};
pub use places::Places;
pub use radial::{Radial, Way};

#[cfg(test)]
mod tests;
