//! Verifying keys by relation: written with the pins, see `pins.rs`.

pub(super) const TABLE: &[(&str, &[u8])] = &[("complain", include_bytes!("complain.vk"))];
