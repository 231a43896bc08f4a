//! Lengths of time as people read them, with the label that says which kind of time they are.

use std::time::Duration;

/// Time by the clock: what a person waits.
pub fn wall(time: Duration) -> String {
    format!("{} wall", length(time))
}

/// Processor time, summed over all threads.
pub fn cpu(time: Duration) -> String {
    format!("{} CPU", length(time))
}

/// A length of time in the unit that suits it: milliseconds below a second, minutes from two
/// minutes on, hours from two hours on.
pub(crate) fn length(time: Duration) -> String {
    let seconds = time.as_secs();
    match () {
        () if seconds < 1 => format!("{} ms", time.as_millis()),
        () if seconds < 120 => format!("{:.1} s", time.as_secs_f64()),
        () if seconds < 7200 => format!("{} min {} s", seconds / 60, seconds % 60),
        () => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_unit_suits_the_length() {
        for (millis, text) in [
            (0, "0 ms"),
            (999, "999 ms"),
            (1000, "1.0 s"),
            (119_999, "120.0 s"),
            (120_000, "2 min 0 s"),
            (7_260_000, "2 h 1 min"),
        ] {
            assert_eq!(length(Duration::from_millis(millis)), text);
        }
        assert_eq!(wall(Duration::from_millis(5)), "5 ms wall");
        assert_eq!(cpu(Duration::from_secs(3)), "3.0 s CPU");
    }
}
