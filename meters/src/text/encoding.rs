//! How a file writes characters, found from its beginning.

use crate::options::Encoding;
use encoding_rs_io::{DecodeReaderBytes, DecodeReaderBytesBuilder};
use std::io::Read;

/// The encoding of a text that begins so, and the length of its byte order mark. `fixed` is what
/// the person said; a byte order mark is skipped all the same.
pub(crate) fn detect(sample: &[u8], fixed: Option<Encoding>) -> (Encoding, usize) {
    let (found, mark) = match sample {
        [0xef, 0xbb, 0xbf, ..] => (Encoding::Utf8, 3),
        [0xff, 0xfe, ..] => (Encoding::Utf16Le, 2),
        [0xfe, 0xff, ..] => (Encoding::Utf16Be, 2),
        _ => (without_mark(sample), 0),
    };
    match fixed {
        // `--encoding utf-16` means whichever the mark says.
        Some(Encoding::Utf16Le) if found == Encoding::Utf16Be => (Encoding::Utf16Be, mark),
        Some(fixed) if fixed != found => (fixed, 0),
        _ => (found, mark),
    }
}

/// Text of digits and separators in UTF-16 has a zero in nearly every second byte. Bytes that are
/// no UTF-8 are Latin-1.
fn without_mark(sample: &[u8]) -> Encoding {
    let head = &sample[..sample.len().min(4096)];
    let zeros = |odd: usize| head.iter().skip(odd).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd, pairs) = (zeros(0), zeros(1), head.len() / 2);
    if pairs > 0 && odd * 10 >= pairs * 8 && even * 10 < pairs {
        return Encoding::Utf16Le;
    }
    if pairs > 0 && even * 10 >= pairs * 8 && odd * 10 < pairs {
        return Encoding::Utf16Be;
    }
    match std::str::from_utf8(sample) {
        Ok(_) => Encoding::Utf8,
        // The sample may end within a character.
        Err(error) if error.error_len().is_none() => Encoding::Utf8,
        Err(_) => Encoding::Latin1,
    }
}

/// The text in UTF-8 and without byte order mark.
pub(crate) fn decode<R: Read>(from: R, encoding: Encoding) -> DecodeReaderBytes<R, Vec<u8>> {
    let encoding = match encoding {
        Encoding::Utf8 => encoding_rs::UTF_8,
        Encoding::Utf16Le => encoding_rs::UTF_16LE,
        Encoding::Utf16Be => encoding_rs::UTF_16BE,
        Encoding::Latin1 => encoding_rs::WINDOWS_1252,
    };
    DecodeReaderBytesBuilder::new().encoding(Some(encoding)).strip_bom(true).build(from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_order_mark_decides() {
        assert_eq!(detect(b"\xef\xbb\xbfa", None), (Encoding::Utf8, 3));
        assert_eq!(detect(b"\xff\xfea\0", None), (Encoding::Utf16Le, 2));
        assert_eq!(detect(b"\xfe\xff\0a", None), (Encoding::Utf16Be, 2));
        assert_eq!(detect(b"\xfe\xff\0a", Some(Encoding::Utf16Le)), (Encoding::Utf16Be, 2));
    }

    #[test]
    fn without_a_mark_the_bytes_decide() {
        assert_eq!(detect(b"t\0;\0a\0", None).0, Encoding::Utf16Le);
        assert_eq!(detect(b"\0t\0;\0a", None).0, Encoding::Utf16Be);
        assert_eq!(detect("Müller".as_bytes(), None).0, Encoding::Utf8);
        assert_eq!(detect(b"M\xfcller", None).0, Encoding::Latin1);
        assert_eq!(detect(b"", None).0, Encoding::Utf8);
        // Cut within a character.
        assert_eq!(detect(&"Mü".as_bytes()[..2], None).0, Encoding::Utf8);
    }

    #[test]
    fn text_becomes_utf_8() {
        let mut text = String::new();
        decode(&b"M\xfcller\x80"[..], Encoding::Latin1).read_to_string(&mut text).unwrap();
        assert_eq!(text, "Müller€");
        text.clear();
        decode(&b"\xff\xfet\0\xfc\0"[..], Encoding::Utf16Le).read_to_string(&mut text).unwrap();
        assert_eq!(text, "tü");
    }
}
