//! Sums of many lists of points at once: each list is halved again and again by adding its points
//! in pairs.
//!
//! Two affine points are added with 6 multiplications and an inversion, and inversions of many
//! numbers cost 3 multiplications each and one inversion for all of them (Montgomery). All pairs of
//! a level share theirs, whichever list they are of.

use crate::blst_ffi::{prefetch, Field};
use zeroize::Zeroizing;

/// A point in affine coordinates, of a group of prime order; the identity is two zeros.
#[derive(Clone, Copy)]
pub(super) struct Point<F> {
    pub x: F,
    pub y: F,
}

impl<F: Field> Point<F> {
    pub const IDENTITY: Self = Point { x: F::ZERO, y: F::ZERO };

    /// No other point of the groups has x = 0: on both curves such points have order 3.
    #[inline(always)]
    pub fn is_identity(&self) -> bool {
        self.x.is_zero()
    }
}

/// Lists of signed places in a slice of points. They tell the scalars, so their memory is wiped.
#[derive(Default)]
pub(super) struct Lists {
    /// The members of all lists: twice the place, and one more where the point's opposite is meant.
    pub members: Zeroizing<Vec<u32>>,
    /// The end of each list.
    pub ends: Zeroizing<Vec<u32>>,
}

/// The greatest number of additions that share an inversion, which costs about a hundred
/// multiplications.
const BATCH: usize = 1024;
/// Number of points that are worked on at once, unless a list is longer. They all stay in a core's
/// own cache.
const GROUP: usize = 4096;

/// Points are fetched this many points ahead of their use, since they lie scattered over megabytes.
const AHEAD: usize = 16;

/// The sum of each list.
pub(super) fn sums<F: Field>(points: &[Point<F>], lists: &Lists) -> Vec<Point<F>> {
    let mut out = Vec::with_capacity(lists.ends.len());
    let mut batch = Batch::new();
    let (mut level, mut next, mut sizes) = (Vec::new(), Vec::new(), Zeroizing::new(Vec::new()));
    let (mut start, mut first) = (0, 0);
    for (i, end) in lists.ends.iter().enumerate() {
        let end = *end as usize;
        sizes.push(end - first);
        first = end;
        if end - start < GROUP && i + 1 < lists.ends.len() {
            continue;
        }
        let members = &lists.members[start..end];
        halve(&mut sizes, &mut batch, &mut level, |i, out| {
            let p = &points[(members[i] >> 1) as usize];
            if let Some(next) = members.get(i + AHEAD) {
                prefetch(&points[(next >> 1) as usize]);
            }
            out.x = p.x;
            out.y.set_signed(members[i] & 1 == 1, &p.y);
        });
        while sizes.iter().any(|n| *n > 1) {
            halve(&mut sizes, &mut batch, &mut next, |i, out| *out = level[i]);
            std::mem::swap(&mut level, &mut next);
        }
        let mut left = level.iter();
        let one = |n: &usize| if *n == 0 { None } else { left.next().copied() };
        out.extend(sizes.iter().map(one).map(|p| p.unwrap_or(Point::IDENTITY)));
        sizes.clear();
        start = end;
    }
    out
}

/// Adds the points of each list in pairs; an odd one is taken over. `sizes` tells how long each
/// list is.
fn halve<F: Field>(
    sizes: &mut [usize],
    batch: &mut Batch<F>,
    out: &mut Vec<Point<F>>,
    point: impl Fn(usize, &mut Point<F>),
) {
    out.clear();
    let mut i = 0;
    for size in sizes {
        for _ in 0..*size / 2 {
            batch.add(|p| point(i, p), |q| point(i + 1, q), out);
            i += 2;
        }
        if *size % 2 == 1 {
            let mut p = Point::IDENTITY;
            point(i, &mut p);
            out.push(p);
            i += 1;
        }
        *size = size.div_ceil(2);
    }
    batch.finish(out);
}

/// An addition that waits for its inverse.
#[derive(Clone, Copy)]
struct Waiting<F> {
    /// Index that the sum is written to.
    to: usize,
    /// The slope of the line through the two points is `rise / run`.
    run: F,
    rise: F,
    /// The product of all runs up to this one.
    runs: F,
    /// One of the points, and the sum of both abscissas.
    p: Point<F>,
    xs: F,
}

struct Batch<F> {
    /// The first `count` wait.
    waiting: Vec<Waiting<F>>,
    count: usize,
}

impl<F: Field> Batch<F> {
    fn new() -> Self {
        let none = Waiting { to: 0, run: F::ZERO, rise: F::ZERO, runs: F::ZERO, p: Point::IDENTITY, xs: F::ZERO };
        Batch { waiting: vec![none; BATCH], count: 0 }
    }

    /// Appends `p + q`, at the latest when the batch is finished.
    #[inline(always)]
    fn add(&mut self, p: impl Fn(&mut Point<F>), q: impl Fn(&mut Point<F>), out: &mut Vec<Point<F>>) {
        let (before, rest) = self.waiting.split_at_mut(self.count);
        let this = &mut rest[0];
        p(&mut this.p);
        let (p, mut other) = (&this.p, Point::IDENTITY);
        q(&mut other);
        if p.is_identity() || other.is_identity() {
            out.push(if p.is_identity() { other } else { *p });
            return;
        }
        this.run.set_difference(&other.x, &p.x);
        this.rise.set_difference(&other.y, &p.y);
        if this.run.is_zero() {
            if !this.rise.is_zero() {
                // Opposites.
                out.push(Point::IDENTITY);
                return;
            }
            // The same point twice: the tangent, of slope 3 x^2 / 2 y. No point has y = 0, for that
            // has order two.
            let (mut square, mut twice) = (F::ZERO, F::ZERO);
            square.set_square(&p.x);
            twice.set_sum(&square, &square);
            this.rise.set_sum(&twice, &square);
            this.run.set_sum(&p.y, &p.y);
        }
        this.xs.set_sum(&p.x, &other.x);
        match before.last() {
            Some(last) => this.runs.set_product(&last.runs, &this.run),
            None => this.runs = this.run,
        }
        this.to = out.len();
        out.push(Point::IDENTITY);
        self.count += 1;
        if self.count == BATCH {
            self.finish(out);
        }
    }

    /// Makes the additions that wait.
    fn finish(&mut self, out: &mut [Point<F>]) {
        let Some(last) = self.waiting[..self.count].last() else { return };
        // The inverse of the product of the runs up to the current one. The next value is written
        // to the other place, and the two change roles.
        let (mut inverse, mut next) = (&mut last.runs.inverse(), &mut { F::ZERO });
        let (mut slope, mut t, mut u) = (F::ZERO, F::ZERO, F::ZERO);
        for i in (0..self.count).rev() {
            let Waiting { to, run, rise, p, xs, .. } = &self.waiting[i];
            if i > 0 {
                t.set_product(inverse, &self.waiting[i - 1].runs);
                slope.set_product(rise, &t);
                next.set_product(inverse, run);
                std::mem::swap(&mut inverse, &mut next);
            } else {
                slope.set_product(rise, inverse);
            }
            let sum = &mut out[*to];
            t.set_square(&slope);
            sum.x.set_difference(&t, xs);
            t.set_difference(&p.x, &sum.x);
            u.set_product(&slope, &t);
            sum.y.set_difference(&u, &p.y);
        }
        self.count = 0;
    }
}
