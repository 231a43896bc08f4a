//! That two points have the same discrete logarithm: Chaum's and Pedersen's proof, made
//! non-interactive by a challenge from SHA-512 over the whole statement (Chaum and Pedersen 1992;
//! docs/sources.md).
//!
//! With G the generator of order q, the key `D = d G` and another base B of order q, the point
//! `S = d B` is what the holder of d shares with whoever made `B = e G`. The holder shows S and
//! proves that `log_G D = log_B S`:
//!
//! ```text
//! prover      k uniform below q, R = k G, T = k B
//!             c = SHA-512("veilgrid/equal-logs/1" | 0 | D | B | S | R | T | context) mod q
//!             s = k + c d mod q; the proof is (c, s)
//! verifier    R' = s G - c D, T' = s B - c S; accept if c is the challenge of these
//! ```
//!
//! **Sound**: for a false statement, R and T fix at most one challenge c that has an answer s: from
//! `k1 = r + c d1`, `k2 = t + c d2` with d1 and d2 different only one c makes both equal s. The hash
//! meets it with a chance of about 2^-252 a try. This needs G and B of order q, and D and S
//! in the group: [`Equality::verify`] checks all of them. **Zero knowledge**: pairs (c, s) are
//! uniform, and R and T follow from them.
//!
//! The context ties a proof to one place, so a proof that is shown once is of no use elsewhere.

use super::{EncryptionKey, Point};
use crate::encoding::Canonical;
use crate::Error;
use ark_ec::{AffineRepr, CurveGroup};
use ark_ed_on_bls12_381::{EdwardsAffine, Fr as Scalar};
use ark_ff::{BigInteger, PrimeField};
use sha2::{Digest, Sha512};

crate::canonical_struct! {
    /// A proof that `log_G D = log_B S`.
    pub struct Equality {
        /// The challenge c, little end first, below the group order.
        pub challenge: [u8; 32],
        /// The response `s = k + c d`, in the same form.
        pub response: [u8; 32],
    }
}

/// What a proof is about: the key D, the base B, the shared point S.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shared {
    /// The public key D.
    pub key: Point,
    /// The base B: the first half of a ciphertext.
    pub base: Point,
    /// The shared point `S = d B`, from which the key stream follows.
    pub point: Point,
}

impl Shared {
    /// What the holder of a secret d shares with the maker of a ciphertext whose first half is
    /// `base`. Error: [`Error::Key`] for a base that is not of prime order, and for the secret 0.
    pub fn of_secret(secret: &Scalar, base: Point) -> Result<Self, Error> {
        let key = EncryptionKey::of_secret(secret)?.point();
        Ok(Shared { key, base, point: (base.checked()? * secret).into_affine().into() })
    }

    fn challenge(&self, commitments: [EdwardsAffine; 2], context: &[u8]) -> Scalar {
        let mut hash = Sha512::new().chain_update(b"veilgrid/equal-logs/1\0");
        let [r, t] = commitments.map(Point::from);
        for point in [self.key, self.base, self.point, r, t] {
            hash.update(point.to_bytes());
        }
        Scalar::from_le_bytes_mod_order(&hash.chain_update(context).finalize())
    }
}

fn bytes(scalar: Scalar) -> [u8; 32] {
    scalar.into_bigint().to_bytes_le().try_into().expect("the order has 252 bits")
}

fn scalar(bytes: &[u8; 32]) -> Result<Scalar, Error> {
    let mut limbs = [0; 4];
    for (limb, chunk) in limbs.iter_mut().zip(bytes.chunks_exact(8)) {
        *limb = u64::from_le_bytes(chunk.try_into().expect("chunks of 8"));
    }
    Scalar::from_bigint(ark_ff::BigInt(limbs)).ok_or(Error::Encoding("scalar not below the group order"))
}

impl Equality {
    /// Proves the statement of a secret. `k` must be fresh and uniform: two proofs with one `k`
    /// reveal the secret. Error: that of [`Shared::of_secret`].
    pub fn prove(secret: &Scalar, base: Point, k: &Scalar, context: &[u8]) -> Result<(Shared, Self), Error> {
        let shared = Shared::of_secret(secret, base)?;
        let commitments = [EdwardsAffine::generator(), base.checked()?].map(|p| (p * k).into_affine());
        let c = shared.challenge(commitments, context);
        Ok((shared, Equality { challenge: bytes(c), response: bytes(*k + c * secret) }))
    }

    /// Checks the proof for a statement and a context. Errors: [`Error::Key`] for a point that is
    /// not of prime order, [`Error::Encoding`] for a scalar that is not canonical,
    /// [`Error::Signature`].
    pub fn verify(&self, shared: &Shared, context: &[u8]) -> Result<(), Error> {
        let (c, s) = (scalar(&self.challenge)?, scalar(&self.response)?);
        let (key, base, point) = (shared.key.checked()?, shared.base.checked()?, shared.point.checked()?);
        let commitments = [EdwardsAffine::generator() * s - key * c, base * s - point * c].map(|p| p.into_affine());
        if shared.challenge(commitments, context) == c {
            Ok(())
        } else {
            Err(Error::Signature)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ark_bls12_381::Fr;
    use ark_ff::{AdditiveGroup, Field, UniformRand};
    use rand_core::SeedableRng;

    struct Case {
        d: Scalar,
        base: Point,
        shared: Shared,
        proof: Equality,
    }

    fn multiple(e: Scalar) -> Point {
        (EdwardsAffine::generator() * e).into_affine().into()
    }

    fn case(seed: u64) -> Case {
        let mut rng = rand_chacha::ChaCha20Rng::seed_from_u64(seed);
        let [d, e, k] = [(); 3].map(|()| Scalar::rand(&mut rng));
        let base = multiple(e);
        let (shared, proof) = Equality::prove(&d, base, &k, b"here").unwrap();
        assert_eq!(shared.point, multiple(d * e), "what the maker of the base computes");
        Case { d, base, shared, proof }
    }

    #[test]
    fn a_proof_verifies_for_its_statement_and_context_alone() {
        for seed in 0..4 {
            let Case { shared, proof, base, .. } = case(seed);
            assert_eq!(proof.verify(&shared, b"here"), Ok(()));
            assert_eq!(Equality::from_bytes(&proof.to_bytes()), Ok(proof));
            assert_eq!(proof.verify(&shared, b"elsewhere"), Err(Error::Signature));
            let other = case(seed + 100).shared;
            let wrong = [
                Shared { key: other.key, ..shared },
                Shared { base: other.base, ..shared },
                Shared { point: other.point, ..shared },
                // The points in each other's places, and the opposite of the shared point.
                Shared { key: base, base: shared.key, ..shared },
                Shared { point: Point { x: -shared.point.x, y: shared.point.y }, ..shared },
            ];
            for (i, wrong) in wrong.iter().enumerate() {
                assert_eq!(proof.verify(wrong, b"here"), Err(Error::Signature), "{i}");
            }
            for at in [0, 31, 32, 60] {
                let mut bytes = proof.to_bytes();
                bytes[at] ^= 1;
                assert!(Equality::from_bytes(&bytes).unwrap().verify(&shared, b"here").is_err(), "byte {at}");
            }
        }
    }

    /// Proofs that the honest prover's algorithm gives for a false statement.
    #[test]
    fn no_shared_point_but_the_right_one_is_provable_by_the_provers_steps() {
        let Case { d, base, shared, .. } = case(7);
        let k = Scalar::from(12345u64);
        let other = Shared { point: (base.checked().unwrap() * (d + Scalar::ONE)).into_affine().into(), ..shared };
        let commitments = [EdwardsAffine::generator(), base.checked().unwrap()].map(|p| (p * k).into_affine());
        let c = other.challenge(commitments, b"here");
        for secret in [d, d + Scalar::ONE] {
            let proof = Equality { challenge: bytes(c), response: bytes(k + c * secret) };
            assert_eq!(proof.verify(&other, b"here"), Err(Error::Signature));
        }
    }

    #[test]
    fn points_of_low_order_off_the_curve_and_out_of_the_subgroup_are_refused() {
        let Case { d, shared, proof, .. } = case(3);
        let (zero, one) = (Fr::ZERO, Fr::ONE);
        let minus = EdwardsAffine::new_unchecked(zero, -one);
        // The right point plus the point of order two.
        let mixed: Point = (shared.point.checked().unwrap() + minus).into_affine().into();
        let bad = [Point { x: zero, y: one }, Point { x: zero, y: -one }, Point { x: one, y: one }, mixed];
        for point in bad {
            for wrong in [Shared { key: point, ..shared }, Shared { base: point, ..shared }, Shared { point, ..shared }]
            {
                assert!(matches!(proof.verify(&wrong, b"here"), Err(Error::Key(_))), "{point:?}");
            }
            assert!(matches!(Shared::of_secret(&d, point), Err(Error::Key(_))));
        }
        assert!(matches!(Shared::of_secret(&Scalar::ZERO, shared.base), Err(Error::Key(_))));
    }

    #[test]
    fn scalars_have_one_encoding() {
        let Case { shared, proof, .. } = case(5);
        let raised = |bytes: [u8; 32]| {
            let mut sum = scalar(&bytes).unwrap().into_bigint();
            assert!(!sum.add_with_carry(&Scalar::MODULUS));
            <[u8; 32]>::try_from(sum.to_bytes_le()).unwrap()
        };
        for wrong in [
            Equality { challenge: raised(proof.challenge), ..proof },
            Equality { response: raised(proof.response), ..proof },
            Equality { response: [0xff; 32], ..proof },
        ] {
            assert!(matches!(wrong.verify(&shared, b"here"), Err(Error::Encoding(_))));
        }
    }
}
