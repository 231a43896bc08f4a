//! The genesis of the chain that a checker of proofs means, as a person gives it.

use super::headers::Headers;
use super::MAX_HEADERS_FILE;
use protocol::header::BlockHash;
use protocol::hexadecimal::hexadecimal;
use std::path::Path;
use terminal::output::read_limited;
use terminal::Failure;

/// Largest file of text that is looked through for a genesis, in bytes.
const MAX_TEXT: usize = 1 << 20;

/// Why a value of `--genesis` names no chain.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The value is no hash, and there is no such file.
    #[error("--genesis {0}: neither 64 hexadecimal digits nor a file that can be read")]
    Value(String),
    /// The file cannot be read.
    #[error("--genesis {0}")]
    File(Failure),
    /// The file names no genesis.
    #[error("--genesis {0}: the file names no genesis (64 hexadecimal digits, or what `veilgrid ledger show` prints)")]
    Nothing(String),
    /// The file has the very headers that are to be checked.
    #[error(
        "--genesis {0}: these are the headers to be checked; take the genesis from another source, which you trust"
    )]
    Itself(String),
}

/// The genesis that a value names: a hash, or a file with one. `headers` is the file that is to be
/// checked. It cannot vouch for itself.
pub fn of(value: &str, headers: &[u8]) -> Result<BlockHash, Error> {
    if let Some(hash) = hexadecimal(value) {
        return Ok(BlockHash(hash));
    }
    let path = Path::new(value);
    if !path.exists() {
        return Err(Error::Value(value.to_string()));
    }
    let bytes = read_limited(path, MAX_HEADERS_FILE).map_err(Error::File)?;
    if bytes == headers {
        return Err(Error::Itself(value.to_string()));
    }
    let named = Headers::decode(&bytes).map(|headers| headers.name()).ok();
    named.or_else(|| in_text(&bytes)).ok_or_else(|| Error::Nothing(value.to_string()))
}

/// The genesis in a text: the whole text, the word after `genesis` in its first line, or the field
/// `genesis` of a JSON object.
fn in_text(bytes: &[u8]) -> Option<BlockHash> {
    let text = std::str::from_utf8(bytes.get(..bytes.len().min(MAX_TEXT))?).ok()?.trim_start_matches('\u{feff}');
    if text.trim_start().starts_with('{') {
        let json: serde_json::Value = serde_json::from_slice(bytes).ok()?;
        return hexadecimal(json.get("genesis")?.as_str()?).map(BlockHash);
    }
    let mut words = text.lines().next()?.split_whitespace();
    let first = words.next()?;
    let hash = if first == "genesis" { words.next()? } else { first };
    hexadecimal(hash).map(BlockHash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_names_a_genesis_in_three_ways_and_in_no_other() {
        let digits = "0123456789abcdef".repeat(4);
        let expected: Option<BlockHash> = hexadecimal(&digits).map(BlockHash);
        assert!(expected.is_some());
        for text in [
            format!("{digits}\n"),
            format!("\u{feff}{digits}"),
            format!("  {digits}  the chain of our street\n"),
            format!("genesis {digits}\nblock 1  time 0\n"),
            format!("{{ \"format\": \"veilgrid-ledger/1\", \"genesis\": \"{digits}\" }}"),
        ] {
            assert_eq!(in_text(text.as_bytes()), expected, "{text}");
        }
        for text in ["", "\n", "genesis", "{", "{}", "{\"genesis\": 1}", "genesis abc", &digits[1..]] {
            assert_eq!(in_text(text.as_bytes()), None, "{text}");
        }
        assert_eq!(in_text(&[0xff; 64]), None);
    }
}
