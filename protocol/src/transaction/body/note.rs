//! Notes: encrypted messages of one length, which transactions carry to households.

use crate::encoding::{Canonical, Reader};
use crate::Error;

/// Bytes of a note's plaintext.
pub const NOTE_PLAINTEXT: usize = 128;
/// Bytes of a note: HPKE's encapsulated key, the plaintext, the authentication tag.
pub const NOTE_BYTES: usize = 32 + NOTE_PLAINTEXT + 16;

/// An HPKE ciphertext (RFC 9180) of fixed size. The ledger cannot read it and does not check it.
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
