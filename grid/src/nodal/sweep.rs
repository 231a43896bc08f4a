//! What reaches a bus, and what a bus reaches, on a tree whose lines are open or not in each
//! direction.

use crate::network::{Radial, Way};

/// For each bus the best of the values at the buses that reach it, itself among them. `open` says
/// whether energy can move on a line in a direction, `better` chooses the better of two values.
pub(super) fn reaching<T: Copy>(
    radial: &Radial,
    open: impl Fn(usize, Way) -> bool,
    own: Vec<Option<T>>,
    better: impl Fn(T, T) -> T,
) -> Vec<Option<T>> {
    sweep(radial, |line| open(line, Way::Inward), |line| open(line, Way::Outward), own, better)
}

/// For each bus the best of the values at the buses that it reaches, itself among them.
pub(super) fn reached<T: Copy>(
    radial: &Radial,
    open: impl Fn(usize, Way) -> bool,
    own: Vec<Option<T>>,
    better: impl Fn(T, T) -> T,
) -> Vec<Option<T>> {
    sweep(radial, |line| open(line, Way::Outward), |line| open(line, Way::Inward), own, better)
}

/// Carries values over lines: first from each line's far end to its near one where `up` says so,
/// then back where `down` says so. After both, each bus has what can come to it from anywhere: what
/// comes from below is there after the first pass, and all else comes by way of the bus above.
fn sweep<T: Copy>(
    radial: &Radial,
    up: impl Fn(usize) -> bool,
    down: impl Fn(usize) -> bool,
    mut best: Vec<Option<T>>,
    better: impl Fn(T, T) -> T,
) -> Vec<Option<T>> {
    let both = |a: Option<T>, b: Option<T>| match (a, b) {
        (Some(a), Some(b)) => Some(better(a, b)),
        (one, other) => one.or(other),
    };
    for &line in radial.outward().iter().rev() {
        let (near, far) = radial.ends(line);
        if up(line) {
            best[near] = both(best[near], best[far]);
        }
    }
    for &line in radial.outward() {
        let (near, far) = radial.ends(line);
        if down(line) {
            best[far] = both(best[far], best[near]);
        }
    }
    best
}
