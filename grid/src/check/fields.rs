//! Lines and loads as files have them.

market::object! {
    /// A line of a feeder, as a file has it.
    LineFields {
        /// The bus nearer to the root.
        from: String,
        /// The bus that it feeds.
        to: String,
        /// Its resistance in milliohm.
        r: u64,
        /// Its reactance in milliohm.
        x: u64,
        /// The power in W that it carries at most in either direction; `null`: any.
        #[serde(deserialize_with = "market::json::nullable")]
        limit: Option<u64>,
    }
}

market::object! {
    /// What a bus takes out of a feeder, as a file has it.
    LoadFields {
        /// The bus.
        bus: String,
        /// Active power in W; negative: put in.
        p: i64,
        /// Reactive power in var.
        q: i64,
    }
}
