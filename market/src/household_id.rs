//! What a household may be called.

/// Longest id of a household, in bytes.
pub const MAX_BYTES: usize = 64;

/// Whether a text may be a household's id: 1 to [`MAX_BYTES`] bytes of UTF-8 without control
/// characters.
pub fn is_valid(id: &str) -> bool {
    !id.is_empty() && id.len() <= MAX_BYTES && !id.chars().any(char::is_control)
}
