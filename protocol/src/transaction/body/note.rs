//! Notes: encrypted messages of one length that a transaction carries to a household.

use crate::encoding::{Canonical, Reader};
use crate::Error;

/// Bytes of a note's plaintext.
pub const NOTE_PLAINTEXT: usize = 128;
/// Bytes of a note: HPKE's encapsulated key, the plaintext, the authentication tag.
pub const NOTE_BYTES: usize = 32 + NOTE_PLAINTEXT + 16;

/// An HPKE ciphertext of fixed size; opaque to the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Note(pub [u8; NOTE_BYTES]);

impl Canonical for Note {
    const SIZE: usize = NOTE_BYTES;
    fn write(&self, out: &mut Vec<u8>) {
        self.0.write(out);
    }
    fn read(input: &mut Reader<'_>) -> Result<Self, Error> {
        Ok(Note(Canonical::read(input)?))
    }
}
