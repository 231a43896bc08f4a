//! Sums of many lists of points at once: each list is halved again and again by adding its points in pairs.
//!
//! Two affine points are added with 6 multiplications and an inversion, and inversions of many numbers cost 3
//! multiplications each and one inversion for all of them (Montgomery). All pairs of a level share theirs, whichever
//! list they are of.

use crate::blst_ffi::Field;
use zeroize::Zeroizing;

/// A point in affine coordinates, of a group of odd order; the identity is two zeros, which is on neither curve.
#[derive(Clone, Copy, PartialEq)]
pub(super) struct Point<F> {
    pub x: F,
    pub y: F,
}

impl<F: Field> Point<F> {
    pub const IDENTITY: Self = Point { x: F::ZERO, y: F::ZERO };

    pub fn is_identity(&self) -> bool {
        *self == Self::IDENTITY
    }
}

/// Lists of signed places in a slice of points. They tell the scalars, so their memory is wiped.
#[derive(Default)]
pub(super) struct Lists {
    /// The members of all lists: twice the place, and one more where the point's opposite is meant.
    pub members: Zeroizing<Vec<u32>>,
    /// Where each list ends.
    pub ends: Zeroizing<Vec<u32>>,
}

/// How many additions share an inversion, at most: an inversion costs about a hundred multiplications.
const BATCH: usize = 1024;
/// How many points are worked on at once, unless a list is longer: so many that all stays in a core's own cache.
const GROUP: usize = 4096;

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
        halve(&mut sizes, &mut batch, &mut level, |i| {
            let Point { x, y } = points[(members[i] >> 1) as usize];
            Point { x, y: if members[i] & 1 == 1 { F::ZERO.minus(&y) } else { y } }
        });
        while sizes.iter().any(|n| *n > 1) {
            halve(&mut sizes, &mut batch, &mut next, |i| level[i]);
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

/// Adds the points of each list in pairs; an odd one is taken over. `sizes` tells where each list ends.
fn halve<F: Field>(
    sizes: &mut [usize],
    batch: &mut Batch<F>,
    out: &mut Vec<Point<F>>,
    point: impl Fn(usize) -> Point<F>,
) {
    out.clear();
    let mut i = 0;
    for size in sizes {
        for _ in 0..*size / 2 {
            batch.add(point(i), point(i + 1), out);
            i += 2;
        }
        if *size % 2 == 1 {
            out.push(point(i));
            i += 1;
        }
        *size = size.div_ceil(2);
    }
    batch.finish(out);
}

/// An addition that waits for its inverse.
struct Waiting<F> {
    /// Where the sum goes.
    to: usize,
    /// The product of the runs before this one, unless it is the first.
    before: F,
    /// The slope of the line through the two points is `rise / run`.
    run: F,
    rise: F,
    /// One of the points, and the sum of both abscissas.
    p: Point<F>,
    xs: F,
}

struct Batch<F> {
    waiting: Vec<Waiting<F>>,
    /// The product of all their runs.
    product: F,
}

impl<F: Field> Batch<F> {
    fn new() -> Self {
        Batch { waiting: Vec::with_capacity(BATCH), product: F::ZERO }
    }

    /// Appends `p + q`, at the latest when the batch is finished.
    #[inline(always)]
    fn add(&mut self, p: Point<F>, q: Point<F>, out: &mut Vec<Point<F>>) {
        if p.is_identity() || q.is_identity() {
            out.push(if p.is_identity() { q } else { p });
            return;
        }
        let (mut run, mut rise) = (q.x.minus(&p.x), q.y.minus(&p.y));
        if run == F::ZERO {
            if rise != F::ZERO {
                // Opposites.
                out.push(Point::IDENTITY);
                return;
            }
            // The same point twice: the tangent. No point has y = 0, for that has order two.
            let square = p.x.squared();
            (run, rise) = (p.y.plus(&p.y), square.plus(&square).plus(&square));
        }
        let before = self.product;
        self.product = if self.waiting.is_empty() { run } else { before.times(&run) };
        self.waiting.push(Waiting { to: out.len(), before, run, rise, p, xs: p.x.plus(&q.x) });
        out.push(Point::IDENTITY);
        if self.waiting.len() == BATCH {
            self.finish(out);
        }
    }

    /// Does the additions that wait.
    fn finish(&mut self, out: &mut [Point<F>]) {
        if self.waiting.is_empty() {
            return;
        }
        let mut inverse = self.product.inverse();
        for (i, Waiting { to, before, run, rise, p, xs }) in self.waiting.iter().enumerate().rev() {
            let slope = rise.times(&if i == 0 { inverse } else { inverse.times(before) });
            inverse = inverse.times(run);
            let x = slope.squared().minus(xs);
            let y = slope.times(&p.x.minus(&x)).minus(&p.y);
            out[*to] = Point { x, y };
        }
        self.waiting.clear();
    }
}
