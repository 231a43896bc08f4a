//! Values whose encoding has one size.

use protocol::encoding::Canonical;

/// Decodes bytes, and checks that the value encodes to the same bytes.
pub(crate) fn canonical<T: Canonical>(bytes: &[u8]) -> Option<T> {
    let value = T::from_bytes(bytes).ok()?;
    assert_eq!(value.to_bytes(), bytes);
    Some(value)
}
