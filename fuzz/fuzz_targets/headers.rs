//! See [`fuzz::light`].
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::light::headers(bytes));
