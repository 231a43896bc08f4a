//! Text of files: encoding, lines, fields, numbers, dates.

pub(crate) mod encoding;
pub(crate) mod evidence;
pub(crate) mod fold;
pub(crate) mod header;
pub(crate) mod input;
pub(crate) mod number;
pub(crate) mod record;
pub(crate) mod stamp;

pub(crate) use evidence::{Evidence, Found};
pub(crate) use header::Header;
pub(crate) use input::{Input, Text, Unpacked};
pub(crate) use record::{Record, Records};
pub(crate) use stamp::Stamp;
