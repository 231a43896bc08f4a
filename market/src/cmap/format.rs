//! The format of a CMAP market's file.

/// The format of a market.
pub const FORMAT: &str = "veilgrid-cmap/1";
/// Largest file that is read, in bytes.
pub const MAX_BYTES: u64 = 256 << 20;
