//! What is typed in as hexadecimal digits.

use protocol::encoding::Canonical;

/// From its canonical bytes in hexadecimal, exactly as many digits as it takes, small or capital.
pub fn hexadecimal<T: Canonical>(text: &str) -> Option<T> {
    let digits = text.as_bytes();
    if digits.len() != 2 * T::SIZE {
        return None;
    }
    let value = |digit: u8| char::from(digit).to_digit(16).and_then(|d| u8::try_from(d).ok());
    let bytes: Option<Vec<u8>> = digits.chunks(2).map(|pair| Some(value(pair[0])? << 4 | value(pair[1])?)).collect();
    T::from_bytes(&bytes?).ok()
}
