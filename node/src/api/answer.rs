//! What handlers have in common: binary answers, ranges of heights, and names in hexadecimal.

use super::Problem;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use protocol::encoding::Canonical;
use protocol::hexadecimal::hexadecimal;
use serde::Deserialize;
use std::ops::RangeInclusive;
use utoipa::{IntoParams, ToSchema};

/// The content type of canonical bytes.
pub const BYTES: &str = "application/octet-stream";

/// Canonical bytes.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary)]
pub struct Octets(pub Vec<u8>);

impl IntoResponse for Octets {
    fn into_response(self) -> Response {
        ([(header::CONTENT_TYPE, BYTES)], self.0).into_response()
    }
}

/// A range of heights.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Range {
    /// The first height; the first block's is 1.
    from: u64,
    /// The last height. The answer may end before it: ask again from where it ends.
    to: u64,
}

impl Range {
    /// At most this many heights from the range's start on. Error: a range that is empty or begins
    /// before the first block.
    pub fn heights(self, at_most: u64) -> Result<RangeInclusive<u64>, Problem> {
        if self.from == 0 || self.to < self.from {
            return Err(Problem::bad_request("`from` is at least 1 and at most `to`"));
        }
        Ok(self.from..=self.to.min(self.from.saturating_add(at_most - 1)))
    }
}

/// Bytes in small hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A value that the address names in hexadecimal.
pub fn named<T: Canonical>(text: &str) -> Result<T, Problem> {
    hexadecimal(text).ok_or_else(|| Problem::bad_request(format!("not {} hexadecimal digits", 2 * T::SIZE)))
}
