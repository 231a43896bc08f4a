//! Sums of multiples of a proving key's points, which are most of a prover's work.
//!
//! The algorithm is Pippenger's, with three improvements that the fixed points and their number
//! allow:
//! * the curves have maps that multiply by z^2 (first group) or z (second), so a scalar is two
//!   pieces of 128 bits or four of 64, of a point and its images, which are computed once, when a
//!   key is loaded; half or a quarter of the windows remain (Gallant, Lambert, Vanstone 2001;
//!   Galbraith, Lin, Scott 2009);
//! * points are added in affine coordinates, very many additions for one inversion ([`sums`]);
//! * buckets are not added up one after the other, which no two additions could share an inversion
//!   in, but as a table: the sums of its rows and columns, of which those are added whose number
//!   has a given bit. So the sum of the windows is a single run of doublings.
//!
//! Identities (most variables are in few of the matrices) are left out when a key is loaded, and
//! zero digits when it is used: a bit costs one addition.
//!
//! Time and memory access depend on the scalars, which are the witness. The prover runs on its
//! owner's machine; an attacker who can time it there or shares its caches may learn of the
//! witness, as with arkworks' prover. Scalars, digits and lists of places are wiped after use;
//! points, of which none tells a scalar short of a search for it, are not.
//!
//! All of it runs on one thread. Callers that have several proofs to make run them at once.

mod digits;
mod sums;

pub(crate) use digits::Scalars;

use crate::blst_ffi::{Field, Fp, Fp2};
use ark_bls12_381::{g1, g2, Fr};
use ark_ec::{
    short_weierstrass::{Affine, Projective, SWCurveConfig},
    AffineRepr, CurveGroup,
};
use ark_ff::{AdditiveGroup, Field as _};
use digits::{Windows, Z};
use sums::{sums, Lists, Point};
use zeroize::Zeroizing;

/// A curve of the pairing, as the prover uses it.
pub(crate) trait Curve: SWCurveConfig<ScalarField = Fr> {
    /// The field of coordinates.
    type Coordinate: Field<Ark = Self::BaseField>;
    /// Number of digits in base z of a scalar's piece. The map multiplies by z to this power.
    const DIGITS: usize;
}

impl Curve for g1::Config {
    type Coordinate = Fp;
    const DIGITS: usize = 2;
}

impl Curve for g2::Config {
    type Coordinate = Fp2;
    const DIGITS: usize = 1;
}

/// A list of points that is combined with many lists of scalars.
pub(crate) struct Bases<C: Curve> {
    len: usize,
    /// Indices of the points that are not the identity.
    places: Vec<u32>,
    /// Each of those points, followed by its images, one for each piece.
    points: Vec<Point<C::Coordinate>>,
}

impl<C: Curve> Bases<C> {
    /// Number of pieces of a scalar.
    const PIECES: usize = 4 / C::DIGITS;

    /// The points must be of the group of prime order.
    pub fn new<'a>(list: impl Iterator<Item = &'a Affine<C>>) -> Self {
        let map = Map::<C>::new();
        let (mut len, mut places, mut points) = (0, Vec::new(), Vec::new());
        for p in list {
            if let Some((x, y)) = p.xy() {
                places.push(u32::try_from(len).expect("keys have fewer points"));
                let p = Point { x: C::Coordinate::from_ark(&x), y: C::Coordinate::from_ark(&y) };
                points.extend(std::iter::successors(Some(p), |p| Some(map.of(p))).take(Self::PIECES));
            }
            len += 1;
        }
        Bases { len, places, points }
    }

    pub fn len(&self) -> usize {
        self.len
    }

    /// The list in arkworks' form, identities included.
    pub fn to_ark(&self) -> Vec<Affine<C>> {
        let mut list = vec![Affine::identity(); self.len];
        for (i, p) in self.places.iter().zip(self.points.iter().step_by(Self::PIECES)) {
            list[*i as usize] = to_ark(p);
        }
        list
    }

    /// The sum of `scalar x point`. The list may be longer than the scalars: the rest counts as
    /// zero.
    pub fn combine(&self, scalars: &Scalars) -> Projective<C> {
        self.combine_in(scalars, Windows::of)
    }

    fn combine_in(&self, scalars: &Scalars, windows: impl Fn(usize, u32) -> Windows) -> Projective<C> {
        let mut places = Zeroizing::new(Vec::new());
        let mut pieces = Zeroizing::new(Vec::new());
        for (i, place) in self.places.iter().enumerate() {
            let Some(digits) = scalars.0.get(*place as usize) else { break };
            for (k, digits) in digits.chunks(C::DIGITS).enumerate() {
                let piece = digits.iter().rev().fold(0, |sum, d| sum * u128::from(Z) + u128::from(*d));
                if piece != 0 {
                    places.push((Self::PIECES * i + k) as u32);
                    pieces.push(piece);
                }
            }
        }
        let windows = windows(pieces.len(), 64 * C::DIGITS as u32);
        let mut digits = Zeroizing::new(vec![0; pieces.len() * windows.count]);
        for (i, piece) in pieces.iter().enumerate() {
            for (w, digit) in windows.digits(*piece).enumerate() {
                digits[w * pieces.len() + i] = digit;
            }
        }
        let mut lines = Lines::new(windows);
        for w in 0..windows.count {
            let buckets = sums(&self.points, &buckets(windows, &places, &digits[w * pieces.len()..][..pieces.len()]));
            lines.add(&buckets);
        }
        lines.sum()
    }
}

/// The list of each bucket: bucket b's has the places with digit b, and the opposites of those with
/// digit -b. Bucket 0 is left empty.
fn buckets(windows: Windows, places: &[u32], digits: &[i16]) -> Lists {
    let bucket = |digit: i16| usize::from(digit.unsigned_abs());
    // First how many each has, then where each begins, and in the end where each ends.
    let mut ends = Zeroizing::new(vec![0u32; windows.most() + 1]);
    for digit in digits {
        ends[bucket(*digit)] += 1;
    }
    ends[0] = 0;
    let mut total = 0;
    for end in ends.iter_mut() {
        (*end, total) = (total, total + *end);
    }
    let mut members = Zeroizing::new(vec![0; total as usize]);
    for (place, digit) in places.iter().zip(digits) {
        if *digit != 0 {
            let end = &mut ends[bucket(*digit)];
            members[*end as usize] = place << 1 | u32::from(*digit < 0);
            *end += 1;
        }
    }
    Lists { members, ends }
}

/// The buckets of every window as a table: bucket `b` is in column `b mod 2^low` and row
/// `b / 2^low`.
struct Lines<F> {
    windows: Windows,
    low: u32,
    /// For each window the sums of the columns, then of the rows.
    sums: Vec<Point<F>>,
}

impl<F: Field> Lines<F> {
    fn new(windows: Windows) -> Self {
        Lines { windows, low: windows.width / 2, sums: Vec::new() }
    }

    fn columns(&self) -> usize {
        1 << self.low
    }

    fn rows(&self) -> usize {
        (self.windows.most() >> self.low) + 1
    }

    /// Adds up the next window's lines.
    fn add(&mut self, buckets: &[Point<F>]) {
        let mut lists = Lists::default();
        let columns = self.columns();
        // Column and row 0 weigh nothing.
        for line in 0..columns {
            if line > 0 {
                push(&mut lists, buckets, (line..buckets.len()).step_by(columns));
            }
            end(&mut lists);
        }
        for line in 0..self.rows() {
            if line > 0 {
                push(&mut lists, buckets, line * columns..buckets.len().min((line + 1) * columns));
            }
            end(&mut lists);
        }
        self.sums.extend(sums(buckets, &lists));
    }

    /// The sum of `2^(width w) b x bucket` over all windows w and their buckets b.
    fn sum<C: Curve<Coordinate = F>>(&self) -> Projective<C> {
        let mut lists = Lists::default();
        for w in 0..self.windows.count {
            let columns = w * (self.columns() + self.rows());
            let rows = columns + self.columns();
            for bit in 0..self.windows.width {
                let (lines, bit) =
                    if bit < self.low { (columns..rows, bit) } else { (rows..rows + self.rows(), bit - self.low) };
                let start = lines.start;
                push(&mut lists, &self.sums, lines.filter(|line| (line - start) >> bit & 1 == 1));
                end(&mut lists);
            }
        }
        let bits = sums(&self.sums, &lists);
        bits.iter().rev().fold(Projective::ZERO, |sum, bit| sum.double() + to_ark::<C>(bit))
    }
}

/// Appends those of the places in which there is a point to the last list.
fn push<F: Field>(lists: &mut Lists, points: &[Point<F>], places: impl Iterator<Item = usize>) {
    lists.members.extend(places.filter(|i| !points[*i].is_identity()).map(|i| (i as u32) << 1));
}

/// Ends the last list.
fn end(lists: &mut Lists) {
    lists.ends.push(lists.members.len() as u32);
}

fn to_ark<C: Curve>(p: &Point<C::Coordinate>) -> Affine<C> {
    if p.is_identity() {
        return Affine::identity();
    }
    Affine::new_unchecked(p.x.to_ark(), p.y.to_ark())
}

/// The map that multiplies points of the group by z to the power of [`Curve::DIGITS`].
///
/// In the first group that is `(x, y) -> (b x, -y)` for a cube root b of one, in the second
/// `(x, y) -> (c x^p, d y^p)`; the constants are read off the generator and its multiple.
struct Map<C: Curve> {
    x: C::Coordinate,
    y: C::Coordinate,
}

impl<C: Curve> Map<C> {
    fn new() -> Self {
        let generator = Affine::<C>::generator();
        let multiple = (generator * Fr::from(Z).pow([C::DIGITS as u64])).into_affine();
        let ratio = |image: &C::BaseField, of: &C::BaseField| {
            let (image, of) = (C::Coordinate::from_ark(image), C::Coordinate::from_ark(of));
            image.times(&of.frobenius().inverse())
        };
        Map { x: ratio(&multiple.x, &generator.x), y: ratio(&multiple.y, &generator.y) }
    }

    fn of(&self, p: &Point<C::Coordinate>) -> Point<C::Coordinate> {
        Point { x: self.x.times(&p.x.frobenius()), y: self.y.times(&p.y.frobenius()) }
    }
}

#[cfg(test)]
mod tests;
