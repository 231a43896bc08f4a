//! The name and the limits of the scenario format.

/// The format's name, in the file's first field.
pub const FORMAT: &str = "veilgrid-scenario/1";

/// Largest scenario file that is read, in bytes: some 500,000 plans.
pub const MAX_BYTES: u64 = 256 << 20;
