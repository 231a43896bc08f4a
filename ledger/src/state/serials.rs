//! The serials that an operator has used. The ledger takes each once, in any order, so a gap
//! blocks nothing. It remembers the highest one and which of the 4,096 below it are used; a serial
//! further away on either side is refused. So one transaction moves the highest serial by 4,096 at
//! most, and 2^52 transactions are needed to bring it to its end.

use crate::Refusal;
use protocol::ids::Serial;

/// Serials that the bitmap covers.
const WINDOW: usize = Serial::WINDOW as usize;

/// The serials that one operator has used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Serials {
    highest: Serial,
    /// A bit for each of the [`WINDOW`] serials below the highest, at the serial's remainder
    /// modulo the window. Bits of numbers that are no serials are clear, except that of 0, which
    /// counts as used.
    used: Box<[u64; WINDOW / 64]>,
}

impl Default for Serials {
    /// No serial is used yet.
    fn default() -> Self {
        Serials { highest: Serial(0), used: Box::new([0; WINDOW / 64]) }
    }
}

fn place(serial: u64) -> (usize, u64) {
    let bit = (serial % Serial::WINDOW) as usize;
    (bit / 64, 1 << (bit % 64))
}

impl Serials {
    /// The highest serial used; 0 before the first.
    pub fn highest(&self) -> Serial {
        self.highest
    }
    /// The serial above the highest one used. None after the greatest there is.
    pub fn next(&self) -> Option<Serial> {
        self.highest.0.checked_add(1).map(Serial)
    }
    /// The bitmap of the serials below the highest one.
    pub(super) fn used(&self) -> &[u64] {
        self.used.as_slice()
    }
    /// Whether a serial can be used. Errors: [`Refusal::SerialClosed`], [`Refusal::SerialUsed`].
    pub(crate) fn check(&self, serial: Serial) -> Result<(), Refusal> {
        if serial.0.abs_diff(self.highest.0) > Serial::WINDOW {
            return Err(Refusal::SerialClosed);
        }
        let (word, bit) = place(serial.0);
        let below = serial < self.highest && self.used[word] & bit != 0;
        if serial == self.highest || below {
            return Err(Refusal::SerialUsed);
        }
        Ok(())
    }
    /// Uses a serial that was checked.
    pub(crate) fn take(&mut self, serial: Serial) {
        if serial > self.highest {
            for skipped in self.highest.0 + 1..serial.0 {
                let (word, bit) = place(skipped);
                self.used[word] &= !bit;
            }
        }
        let (word, bit) = place(serial.min(self.highest).0);
        self.used[word] |= bit;
        self.highest = self.highest.max(serial);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// Serials as a set, without a bitmap: used ones, and the rule of the window.
    #[derive(Default)]
    struct Set(BTreeSet<u64>, u64);

    impl Set {
        fn check(&self, serial: u64) -> Result<(), Refusal> {
            if serial.abs_diff(self.1) > 4096 {
                return Err(Refusal::SerialClosed);
            }
            match serial == 0 || self.0.contains(&serial) {
                true => Err(Refusal::SerialUsed),
                false => Ok(()),
            }
        }
    }

    fn agree(serials: &Serials, set: &Set) {
        let near = set.1.saturating_sub(4099)..=set.1.saturating_add(4099);
        for serial in near.chain([0, 1, u64::MAX]) {
            assert_eq!(serials.check(Serial(serial)), set.check(serial), "{serial} after {}", set.1);
        }
    }

    #[test]
    fn each_serial_is_used_once_in_any_order_within_the_window_as_in_a_set() {
        let (mut serials, mut set, mut random) = (Serials::default(), Set::default(), 7u64);
        agree(&serials, &set);
        for step in 0..3000u64 {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let far = [3, 64, 700, 4096][(random >> 40) as usize % 4];
            let shift = (random >> 20) % (2 * far + 1);
            let serial = (set.1 + shift).saturating_sub(far);
            assert_eq!(serials.check(Serial(serial)), set.check(serial));
            if set.check(serial).is_ok() {
                serials.take(Serial(serial));
                set.0.insert(serial);
                set.1 = set.1.max(serial);
            }
            if step % 100 == 0 {
                agree(&serials, &set);
            }
        }
        assert!(set.1 > 100_000);
        agree(&serials, &set);
    }

    #[test]
    fn no_jump_ends_the_numbers_and_the_last_of_them_are_used_like_any() {
        let mut serials = Serials::default();
        for far in [4097, 1 << 32, u64::MAX] {
            assert_eq!(serials.check(Serial(far)), Err(Refusal::SerialClosed));
        }
        serials.take(Serial(4096));
        assert_eq!(serials.check(Serial(1)), Ok(()), "what is skipped stays open");
        assert_eq!(serials.next(), Some(Serial(4097)));
        // 2^52 transactions later.
        let highest = u64::MAX - 10;
        let mut serials = Serials { highest: Serial(highest), ..Serials::default() };
        assert_eq!(serials.check(Serial(highest - 4096)), Ok(()));
        assert_eq!(serials.check(Serial(highest - 4097)), Err(Refusal::SerialClosed));
        serials.take(Serial(u64::MAX));
        assert_eq!((serials.next(), serials.check(Serial(u64::MAX))), (None, Err(Refusal::SerialUsed)));
        for serial in [u64::MAX - 1, highest - 1] {
            assert_eq!(serials.check(Serial(serial)), Ok(()));
            serials.take(Serial(serial));
            assert_eq!(serials.check(Serial(serial)), Err(Refusal::SerialUsed));
        }
        assert_eq!(serials.check(Serial(highest)), Err(Refusal::SerialUsed));
        assert_eq!(serials.check(Serial(0)), Err(Refusal::SerialClosed));
    }

    #[test]
    fn serials_are_the_same_in_whatever_order_they_were_used() {
        let orders = [[1, 2, 5, 4000], [4000, 5, 2, 1], [5, 4000, 1, 2]];
        let used = orders.map(|order| {
            let mut serials = Serials::default();
            order.into_iter().for_each(|serial| serials.take(Serial(serial)));
            serials
        });
        assert!(used[0] == used[1] && used[1] == used[2]);
    }
}
