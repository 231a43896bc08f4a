//! The file of a feeder over a week.

use crate::check::{LineFields, LoadFields};

market::object! {
    /// What flows from a slot on, as a file has it.
    FromFields {
        from: String,
        loads: Vec<LoadFields>,
    }
}

market::object! {
    /// The whole file.
    Fields {
        format: String,
        cycle_seconds: u64,
        root_mv: u64,
        v_min_mv: u64,
        v_max_mv: u64,
        buses: Vec<String>,
        lines: Vec<LineFields>,
        base: Vec<FromFields>,
        #[serde(deserialize_with = "market::json::table")]
        places: Vec<(String, String)>,
    }
}
