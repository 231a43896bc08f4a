//! Values that a person types as hexadecimal digits.

use crate::encoding::Canonical;

/// Decodes a value from its canonical bytes in hexadecimal. The text must have exactly the digits
/// that the value needs, small or capital. None for any other text.
pub fn hexadecimal<T: Canonical>(text: &str) -> Option<T> {
    let digits = text.as_bytes();
    if digits.len() != 2 * T::SIZE {
        return None;
    }
    let value = |digit: u8| char::from(digit).to_digit(16).and_then(|d| u8::try_from(d).ok());
    let bytes: Option<Vec<u8>> = digits.chunks(2).map(|pair| Some(value(pair[0])? << 4 | value(pair[1])?)).collect();
    T::from_bytes(&bytes?).ok()
}
