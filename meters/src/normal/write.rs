//! Rows as text, by hand: a year of a thousand meters has 35 million of them.

use super::{Energies, Quality, Quarter};
use crate::clock::push_utc;

/// Appends a text, in quotes where CSV needs them.
pub(crate) fn push_text(out: &mut Vec<u8>, text: &str) {
    if !text.bytes().any(|byte| matches!(byte, b',' | b'"' | b'\n' | b'\r')) {
        out.extend_from_slice(text.as_bytes());
        return;
    }
    out.push(b'"');
    for byte in text.bytes() {
        if byte == b'"' {
            out.push(b'"');
        }
        out.push(byte);
    }
    out.push(b'"');
}

fn push_number(out: &mut Vec<u8>, mut number: u64) {
    let mut digits = [0u8; 20];
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[at..]);
}

/// Appends a row. `meter` is its name as [`push_text`] writes it.
pub(crate) fn push_row(out: &mut Vec<u8>, meter: &[u8], quarter: Quarter, energies: &Energies, quality: Quality) {
    out.extend_from_slice(meter);
    out.push(b',');
    push_utc(out, quarter.start());
    out.push(b',');
    push_utc(out, quarter.end());
    for energy in energies.columns() {
        out.push(b',');
        if let Some(energy) = energy {
            push_number(out, energy.0);
        }
    }
    out.push(b',');
    out.extend_from_slice(quality.name().as_bytes());
    out.push(b'\n');
}
