//! The permutation against published vectors and its textbook form; the hash's separation of
//! domains.

use super::*;
use ark_ff::{AdditiveGroup, BigInteger, Field, PrimeField};

fn hex(x: Fr) -> String {
    x.into_bigint().to_bytes_be().iter().map(|b| format!("{b:02x}")).collect()
}

fn textbook<const T: usize>(p: &Poseidon<T>, s: &mut [Fr; T]) {
    let half = p.full_rounds / 2;
    for r in 0..p.full_rounds + p.partial_rounds {
        s.iter_mut().zip(&p.ark[r]).for_each(|(x, constant)| *x += constant);
        let full = r < half || r >= half + p.partial_rounds;
        for x in s.iter_mut().take(if full { T } else { 1 }) {
            *x = sbox(*x);
        }
        *s = core::array::from_fn(|i| (0..T).map(|j| p.mds[i][j] * s[j]).sum());
    }
}

fn agree<const T: usize>(p: &Poseidon<T>) {
    for seed in 0..20u64 {
        let mut a: [Fr; T] = core::array::from_fn(|i| Fr::from(seed * 977 + i as u64).square() - Fr::ONE);
        let mut b = a;
        p.permute(&mut a);
        textbook(p, &mut b);
        assert_eq!(a, b);
    }
}

#[test]
fn optimised_permutation_is_the_textbook_one() {
    agree(width2());
    agree(width3());
    agree(width4());
    agree(width5());
    agree(width6());
    agree(width7());
    agree(width8());
    agree(width9());
}

/// Published by the Poseidon authors: hadeshash, test_vectors.txt, poseidonperm_x5_255_3 and _5.
#[test]
fn published_vectors() {
    let mut s: [Fr; 3] = core::array::from_fn(|i| Fr::from(i as u64));
    width3().permute(&mut s);
    assert_eq!(
        s.map(hex),
        [
            "28ce19420fc246a05553ad1e8c98f5c9d67166be2c18e9e4cb4b4e317dd2a78a",
            "51f3e312c95343a896cfd8945ea82ba956c1118ce9b9859b6ea56637b4b1ddc4",
            "3b2b69139b235626a0bfb56c9527ae66a7bf486ad8c11c14d1da0c69bbe0f79a"
        ]
    );
    let mut s: [Fr; 5] = core::array::from_fn(|i| Fr::from(i as u64));
    width5().permute(&mut s);
    assert_eq!(
        s.map(hex),
        [
            "2a918b9c9f9bd7bb509331c81e297b5707f6fc7393dcee1b13901a0b22202e18",
            "65ebf8671739eeb11fb217f2d5c5bf4a0c3f210e3f3cd3b08b5db75675d797f7",
            "2cc176fc26bc70737a696a9dfd1b636ce360ee76926d182390cdb7459cf585ce",
            "4dc4e29d283afd2a491fe6aef122b9a968e74eff05341f3cc23fda1781dcb566",
            "03ff622da276830b9451b88b85e6184fd6ae15c8ab3ee25a5667be8592cce3b1"
        ]
    );
}

#[test]
fn neither_length_nor_tag_collides() {
    let (a, z) = (Fr::from(7u64), Fr::ZERO);
    assert_ne!(hash(Tag::Address, &[a]), hash(Tag::Address, &[a, z]));
    assert_ne!(hash(Tag::Address, &[a]), hash(Tag::NullifierKey, &[a]));
    assert_ne!(hash(Tag::Generation, &[a, z, z]), hash(Tag::Generation, &[a, z, z, z]));
}

/// A tree node differs from the hash with the same permutation and from the hash of four inputs. It
/// depends on each child and on the child's place.
#[test]
fn a_node_is_no_hash() {
    let c: [Fr; 4] = core::array::from_fn(|i| Fr::from(100 + i as u64));
    let mut s = c;
    textbook(width4(), &mut s);
    assert_eq!(compress(&c), s[0] + c[0]);
    let mut seen = vec![compress(&c), s[0], compress(&[c[1], c[0], c[2], c[3]])];
    for i in 0..4 {
        let mut other = c;
        other[i] += Fr::ONE;
        seen.push(compress(&other));
    }
    // A first child that is a capacity: the one input on which the two share a query.
    let meet = capacity(Tag::Balance, 3);
    seen.extend([compress(&[meet, c[1], c[2], c[3]]), hash(Tag::Balance, &c[1..]), hash(Tag::Balance, &c)]);
    for (i, x) in seen.iter().enumerate() {
        assert!(!seen[..i].contains(x), "{i}");
    }
}
