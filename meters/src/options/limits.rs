//! Bounds, so that no file can fill memory or disk.

/// What bounds an import. Each has an option, and its error names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// `--longest-line`, in bytes.
    pub longest_line: usize,
    /// `--most-fields` in a line.
    pub most_fields: usize,
    /// `--most-unpacked`: the bytes that all compressed files together may unpack to.
    pub most_unpacked: u64,
    /// `--most-meters`: the meters of one import.
    pub most_meters: usize,
    /// `--most-values`: the values of one register of a meter, which is assembled in memory.
    pub most_values: u64,
    /// Bytes of samples kept in memory before they are written to a temporary file.
    pub memory: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            longest_line: 1 << 20,
            most_fields: 20_000,
            most_unpacked: 16 << 30,
            most_meters: 100_000,
            most_values: 3_000_000,
            memory: 64 << 20,
        }
    }
}
