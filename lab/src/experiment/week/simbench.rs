//! The readings that the program has in it: consumption and generation of 100 households in a week of
//! June 2016.
//!
//! They are derived from SimBench (University of Kassel, Fraunhofer IEE, RWTH Aachen, TU Dortmund),
//! whose database is under the Open Database License (ODbL) 1.0 and its contents under the Database
//! Contents License 1.0. This derived database is offered under the ODbL 1.0 too.
//! `data/LICENCE-AND-SOURCE.txt` has the source and says how the readings were made.

/// Consumption, Wh: a row per slot, a column per household.
pub(super) const LOAD: &str = include_str!("../../../../data/simbench_100hh_7d_15min_load_Wh.csv");

/// Generation, Wh, in the same slots and of the same households.
pub(super) const PV: &str = include_str!("../../../../data/simbench_100hh_7d_15min_pv_Wh.csv");
