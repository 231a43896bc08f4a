//! The hunt for second satisfying assignments: over every relation, and over gadgets with a planted
//! hole of each sort.

mod names;
mod planted;
mod relations;
