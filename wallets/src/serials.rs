//! The serials of an operator's transactions, as the operator counts them. The counter is part of
//! what the operator stores, before it sends what it has sealed.

use protocol::encoding::{Canonical, Reader};
use protocol::ids::{Height, Serial};
use protocol::Error;

/// So many serials are left out when a stored counter is used again, or one that was lost and is
/// found again by scanning. The counter may be older than the last transaction that it counted: a
/// serial of a transaction that is on its way would then be used for another.
const LEAP: u64 = 1024;

/// Counts the serials of an operator's transactions. Each is given to one transaction. Only after
/// more than [`Serial::WINDOW`] transactions in a row have expired without effect, the counter goes
/// back to where the ledger takes serials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SerialCounter {
    /// The next serial to be used.
    next: u64,
    /// The highest serial that the ledger has of the operator; 0 for none.
    highest: Serial,
    /// No transaction that was given a serial is valid at a later height.
    valid: Height,
    /// Whether this program has used the counter.
    used: bool,
}

impl Default for SerialCounter {
    /// The counter of an operator without transactions.
    fn default() -> Self {
        SerialCounter { next: 1, highest: Serial(0), valid: Height(0), used: false }
    }
}

impl SerialCounter {
    /// Gives a transaction that expires at this height its serial.
    pub(crate) fn take(&mut self, expiry: Height) -> Serial {
        if !self.used && self.next > 1 {
            let far = self.next.saturating_add(LEAP);
            // Beyond the window the ledger would take nothing.
            if far <= self.highest.0.saturating_add(Serial::WINDOW) {
                self.next = far;
            }
        }
        self.used = true;
        let serial = Serial(self.next);
        self.next = self.next.saturating_add(1);
        self.valid = expiry.max(self.valid);
        serial
    }
    /// Notes that the ledger has a transaction with this serial.
    pub(crate) fn seen(&mut self, serial: Serial) {
        self.highest = self.highest.max(serial);
        self.next = self.next.max(self.highest.0.saturating_add(1));
    }
    /// Notes that the block at this height was scanned.
    pub(crate) fn passed(&mut self, height: Height) {
        if height >= self.valid && self.next > self.highest.0.saturating_add(Serial::WINDOW) {
            self.next = self.highest.0.saturating_add(1);
        }
    }
}

impl Canonical for SerialCounter {
    const SIZE: usize = 8 + Serial::SIZE + Height::SIZE;
    fn write(&self, out: &mut Vec<u8>) {
        self.next.write(out);
        self.highest.write(out);
        self.valid.write(out);
    }
    fn read(input: &mut Reader<'_>) -> Result<Self, Error> {
        let (next, highest) = (u64::read(input)?, Serial::read(input)?);
        if next <= highest.0 && highest.0 < u64::MAX {
            return Err(Error::Encoding("the next serial is not above the highest one"));
        }
        Ok(SerialCounter { next, highest, valid: Height::read(input)?, used: false })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn restored(counter: &SerialCounter) -> SerialCounter {
        SerialCounter::from_bytes(&counter.to_bytes()).unwrap()
    }

    #[test]
    fn each_serial_is_given_once_and_those_on_the_ledger_are_left_out() {
        let mut n = SerialCounter::default();
        let take = |n: &mut SerialCounter| n.take(Height(9)).0;
        assert_eq!((take(&mut n), take(&mut n), take(&mut n)), (1, 2, 3));
        n.seen(Serial(1));
        n.passed(Height(100));
        assert_eq!(take(&mut n), 4, "a gap blocks nothing, so nothing is used again");
        n.seen(Serial(9));
        n.seen(Serial(5));
        assert_eq!(take(&mut n), 10);
    }

    #[test]
    fn a_stored_counter_gives_no_serial_that_was_given_since() {
        let mut n = SerialCounter::default();
        n.take(Height(9));
        let old = n;
        (0..1000).for_each(|_| {
            n.take(Height(9));
        });
        assert_eq!(restored(&n).take(Height(9)), Serial(1002 + LEAP));
        let mut back = restored(&old);
        assert!(back.take(Height(9)) > Serial(1001));
        // The ledger has some of those that the old counter does not know.
        let mut back = restored(&old);
        back.seen(Serial(900));
        assert_eq!(back.take(Height(9)), Serial(901 + LEAP));
        // A counter that was lost is found again by scanning.
        let mut lost = SerialCounter::default();
        lost.seen(Serial(900));
        assert_eq!(lost.take(Height(9)), Serial(901 + LEAP));
        assert_eq!(lost.take(Height(9)), Serial(902 + LEAP));
    }

    #[test]
    fn restarts_without_end_stay_where_the_ledger_takes_serials() {
        let mut n = SerialCounter::default();
        n.take(Height(9));
        for _ in 0..20 {
            n = restored(&n);
            assert!(n.take(Height(9)).0 <= Serial::WINDOW);
        }
    }

    #[test]
    fn more_lost_transactions_than_the_window_has_serials_stop_nobody() {
        let mut n = SerialCounter::default();
        (0..5000).for_each(|_| {
            n.take(Height(9));
        });
        n.passed(Height(8));
        assert_eq!(n.take(Height(9)), Serial(5001), "block 9 can still take them");
        n.passed(Height(9));
        assert_eq!(n.take(Height(20)), Serial(1));
        n.seen(Serial(u64::MAX));
        assert_eq!(n.take(Height(20)), Serial(u64::MAX), "there is none above it, and nothing panics");
    }
}
