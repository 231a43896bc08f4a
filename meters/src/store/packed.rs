//! Samples in few bytes: what is as in the sample before is not written again.
//!
//! The samples of one series make one stream of bytes. A sample begins with a byte of flags; a
//! second one follows where something other than row, time and value changes. All numbers are of
//! variable length, seven bits a byte, signed ones with their sign in the lowest bit.

use crate::source::{Mark, Sample, When};
use crate::Exact;
use std::num::NonZeroU32;

/// A sample with the number of its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Packed {
    pub(crate) sample: Sample,
    pub(crate) file: u32,
}

const NONE: u8 = 1;
const ESTIMATED: u8 = 2;
const SAME_STEP: u8 = 4;
const SAME_ROW_STEP: u8 = 8;
const SAME_DECIMALS: u8 = 16;
const MORE: u8 = 32;
/// The value has more than 63 bits.
const LONG: u8 = 64;

const LOCAL: u8 = 1;
const NEW_FILE: u8 = 2;
const NEW_SECONDS: u8 = 4;
const NEW_DEVICE: u8 = 8;

/// What the sample before was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Before {
    local: bool,
    time: i64,
    step: i64,
    row: u64,
    row_step: i64,
    decimals: u8,
    seconds: u32,
    device: u32,
    file: u32,
}

fn push_number(mut number: u64, bytes: &mut Vec<u8>) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

const fn zigzag(number: i64) -> u64 {
    ((number << 1) ^ (number >> 63)) as u64
}

const fn unzigzag(number: u64) -> i64 {
    (number >> 1) as i64 ^ -((number & 1) as i64)
}

/// Writes samples.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Packer {
    before: Before,
    begun: bool,
}

impl Packer {
    /// Appends a sample. Returns how much later it is than the sample before in the same file.
    pub(super) fn pack(&mut self, sample: &Sample, file: u32, bytes: &mut Vec<u8>) -> Option<i64> {
        let before = &mut self.before;
        let (local, time) = match sample.when {
            When::Utc(time) => (false, time),
            When::Local(time) => (true, time),
        };
        let step = time.wrapping_sub(before.time);
        let row_step = sample.row.wrapping_sub(before.row) as i64;
        let value = sample.value.unwrap_or(Exact::ZERO);
        let decimals = value.decimals() as u8;
        let seconds = sample.seconds.map_or(0, NonZeroU32::get);
        let later = (self.begun && file == before.file && local == before.local).then_some(step);

        let mut more = 0;
        more |= if local { LOCAL } else { 0 };
        more |= if file == before.file { 0 } else { NEW_FILE };
        more |= if seconds == before.seconds { 0 } else { NEW_SECONDS };
        more |= if sample.device == before.device { 0 } else { NEW_DEVICE };
        let needs_more = more & !LOCAL != 0 || local != before.local;
        let short = i64::try_from(value.digits()).ok().filter(|_| sample.value.is_some());

        let mut flags = 0;
        flags |= if sample.value.is_none() { NONE } else { 0 };
        flags |= if sample.mark == Mark::Estimated { ESTIMATED } else { 0 };
        flags |= if step == before.step { SAME_STEP } else { 0 };
        flags |= if row_step == before.row_step { SAME_ROW_STEP } else { 0 };
        flags |= if decimals == before.decimals { SAME_DECIMALS } else { 0 };
        flags |= if needs_more { MORE } else { 0 };
        flags |= if sample.value.is_some() && short.is_none() { LONG } else { 0 };
        bytes.push(flags);
        if needs_more {
            bytes.push(more);
        }
        if step != before.step {
            push_number(zigzag(step), bytes);
        }
        if row_step != before.row_step {
            push_number(zigzag(row_step), bytes);
        }
        if decimals != before.decimals {
            bytes.push(decimals);
        }
        if needs_more {
            for (flag, number) in [(NEW_FILE, file), (NEW_SECONDS, seconds), (NEW_DEVICE, sample.device)] {
                if more & flag != 0 {
                    push_number(u64::from(number), bytes);
                }
            }
        }
        match (sample.value, short) {
            (None, _) => {}
            (Some(_), Some(short)) => push_number(zigzag(short), bytes),
            (Some(value), None) => bytes.extend_from_slice(&value.digits().to_le_bytes()),
        }
        *before =
            Before { local, time, step, row: sample.row, row_step, decimals, seconds, device: sample.device, file };
        self.begun = true;
        later
    }
}

/// Reads samples again. The bytes come from a [`Packer`]; others end the stream.
pub(super) struct Unpacker<'a> {
    bytes: &'a [u8],
    before: Before,
}

impl<'a> Unpacker<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, before: Before::default() }
    }

    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.bytes.split_first()?;
        self.bytes = rest;
        Some(*first)
    }

    fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    fn signed(&mut self) -> Option<i64> {
        self.number().map(unzigzag)
    }

    fn small(&mut self) -> Option<u32> {
        u32::try_from(self.number()?).ok()
    }
}

impl Iterator for Unpacker<'_> {
    type Item = Packed;

    fn next(&mut self) -> Option<Packed> {
        let flags = self.byte()?;
        let more = if flags & MORE != 0 { Some(self.byte()?) } else { None };
        if flags & SAME_STEP == 0 {
            self.before.step = self.signed()?;
        }
        if flags & SAME_ROW_STEP == 0 {
            self.before.row_step = self.signed()?;
        }
        if flags & SAME_DECIMALS == 0 {
            self.before.decimals = self.byte()?;
        }
        if let Some(more) = more {
            self.before.local = more & LOCAL != 0;
            if more & NEW_FILE != 0 {
                self.before.file = self.small()?;
            }
            if more & NEW_SECONDS != 0 {
                self.before.seconds = self.small()?;
            }
            if more & NEW_DEVICE != 0 {
                self.before.device = self.small()?;
            }
        }
        let digits = if flags & LONG != 0 {
            let (digits, rest) = self.bytes.split_first_chunk::<16>()?;
            self.bytes = rest;
            Some(i128::from_le_bytes(*digits))
        } else if flags & NONE == 0 {
            Some(i128::from(self.signed()?))
        } else {
            None
        };
        let value = match digits {
            Some(digits) => Some(Exact::new(digits, u32::from(self.before.decimals)).ok()?),
            None => None,
        };
        let before = &mut self.before;
        before.time = before.time.wrapping_add(before.step);
        before.row = before.row.wrapping_add(before.row_step as u64);
        Some(Packed {
            sample: Sample {
                row: before.row,
                when: if before.local { When::Local(before.time) } else { When::Utc(before.time) },
                seconds: NonZeroU32::new(before.seconds),
                value,
                mark: if flags & ESTIMATED != 0 { Mark::Estimated } else { Mark::Measured },
                device: before.device,
            },
            file: before.file,
        })
    }
}
