//! Tests of schedules.

mod drawn;
mod other_solver;
mod properties;
mod refusals;
mod worked;
