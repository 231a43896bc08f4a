//! Masked scores, which the matching node sends to be opened in mode `masked` instead of the scores
//! themselves.
//!
//! The opener of a masked vector learns which of its **slots** are least, and not whose they are.
//! For one bid and the offers that are still free the matching node
//! 1. puts the offers and one reference into a uniformly drawn order of slots, and packs them in
//!    that order; the reference has no plan, only a value above every feasible score and not above
//!    any infeasible one: if it is among the least, there is no match;
//! 2. multiplies as ever, and keeps of c0 the slots' coefficients alone: all others could be cross
//!    terms;
//! 3. adds one offset to all slots, drawn so that none wraps modulo t;
//! 4. **re-randomises**: `c2 = A a` is a function of the ledger's ciphertexts and of the order of
//!    slots, which anybody finds from it by linear algebra. So it adds the tensor product of the
//!    public key, a ciphertext of zero, and a fresh pair (h, g) of ternary polynomials, and errors
//!    f1, f2: `c0 += b g, c1 += a g + b h + t f1, c2 += a h + t f2`. Since
//!    `(b - a Y)(g - h Y) = b g - (a g + b h) Y + a h Y^2` and b - a s = t e, the phase
//!    `c0 - c1 s + c2 s^2` changes by `t (e (g - h s) - f1 s + f2 s^2)`;
//! 5. **floods**: adds t F to each slot, F uniform in [-[`FLOOD_MAX`], [`FLOOD_MAX`]], all that
//!    fits below Q/2.
//!
//! After 4, `a h + t f2` and `a g + t f1` are two RLWE samples of secrets h and g that are drawn
//! for this vector alone, so c1 and c2 are indistinguishable from uniform polynomials, also for the
//! holder of s. c0 at a slot follows from the phase there, c1, c2 and s. The flood hides the part
//! of the phase that depends on g, h, f1 and f2. (The key's a must be uniform; it comes with the
//! genesis.)
//!
//! Everything is drawn from ChaCha20 under BLAKE3 of the round's seed, the chain, cycle, round, bid
//! and list of free offers, So a holder of the seed recomputes a masked vector bit for bit, and no
//! two vectors share randomness. The seed is committed on the ledger, and the opener never has it.

mod pairing;
mod scores;

pub use pairing::{check_pairs, pairs, Answer, HandlePair, MaskedRound};
pub use scores::{MaskedScores, MAX_SLOTS};

use crate::columns::Columns;
use crate::key::MatchingPublicKey;
use crate::matching_node::ListedPlan;
use crate::parameters::{BLOCK, DEGREE, FEASIBLE_MAX, FLOOD_MAX, OFFSET_MAX, PACK, PLAINTEXT_MODULUS, PRIMES};
use crate::ring::{reduce_once, Coefficients};
use crate::sampling::{self, Small};
use crate::score::{Pack, PreparedBid};
use crate::Error;
use market::score::BIG;
use protocol::encoding::Canonical;
use protocol::ids::ChainId;
use protocol::units::Cycle;
use rand_chacha::ChaCha20Rng;
use rand_core::{CryptoRng, RngCore, SeedableRng};
use rayon::prelude::*;
pub(crate) use scores::MaskedPack;
use zeroize::{Zeroize, Zeroizing};

/// The seed of a round's masks. It cannot be printed or compared, and is wiped on drop.
#[derive(Clone)]
pub struct MaskSeed(Zeroizing<[u8; 32]>);

/// A round of a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RoundId {
    /// The chain's id.
    pub chain: ChainId,
    /// The market cycle.
    pub cycle: Cycle,
    /// The round of matching, from 0.
    pub round: u8,
}

impl RoundId {
    fn write(&self, hash: &mut blake3::Hasher) {
        hash.update(&self.chain.0).update(&self.cycle.to_bytes()).update(&[self.round]);
    }
}

impl MaskSeed {
    /// Draws a seed.
    pub fn generate<R: RngCore + CryptoRng>(rng: &mut R) -> MaskSeed {
        let mut seed = Zeroizing::new([0; 32]);
        rng.fill_bytes(seed.as_mut());
        MaskSeed(seed)
    }

    /// The seed with these bytes.
    pub fn from_bytes(bytes: [u8; 32]) -> MaskSeed {
        MaskSeed(Zeroizing::new(bytes))
    }

    /// The commitment that is posted to the ledger: BLAKE3 of a tag, the round and the seed.
    pub fn commitment(&self, round: &RoundId) -> [u8; 32] {
        let mut hash = blake3::Hasher::new();
        hash.update(b"veilgrid/mask-commitment/1");
        round.write(&mut hash);
        *hash.update(self.0.as_ref()).finalize().as_bytes()
    }

    /// The randomness of one vector.
    fn draw(&self, round: &RoundId, bid: &[u8; 32], list: &[u8; 32]) -> ChaCha20Rng {
        let mut hash = blake3::Hasher::new();
        hash.update(b"veilgrid/mask/1").update(self.0.as_ref());
        round.write(&mut hash);
        let mut key = *hash.update(bid).update(list).finalize().as_bytes();
        let rng = ChaCha20Rng::from_seed(key);
        key.zeroize();
        rng
    }
}

/// Digest of a list of free offers: their handles and ciphertexts, in order.
pub fn list_digest(free: &[&ListedPlan]) -> [u8; 32] {
    let mut hash = blake3::Hasher::new();
    hash.update(b"veilgrid/free-offers/1").update(&(free.len() as u64).to_le_bytes());
    for plan in free {
        hash.update(&plan.handle).update(&plan.ciphertext.digest());
    }
    *hash.finalize().as_bytes()
}

/// The slots of the offers and the reference in one masked vector.
pub struct Slots {
    /// For each slot the offer's index in the list of free offers. The list's length stands for the
    /// reference.
    order: Vec<u16>,
}

impl Slots {
    /// The layout of a vector with this many offers. Error: [`Error::VectorSize`].
    fn draw(rng: &mut ChaCha20Rng, offers: usize) -> Result<Slots, Error> {
        let slots = offers + 1;
        if offers == 0 || slots > MAX_SLOTS {
            return Err(Error::VectorSize(offers));
        }
        let mut order: Vec<u16> = (0..).take(slots).collect();
        for last in (1..slots).rev() {
            let other = below(rng, last as u128 + 1) as usize;
            order.swap(last, other);
        }
        Ok(Slots { order })
    }

    /// The slots of the vector that `seed` masks for this bid and these offers. Error:
    /// [`Error::VectorSize`].
    pub fn of(seed: &MaskSeed, round: &RoundId, bid: &[u8; 32], free: &[&ListedPlan]) -> Result<Slots, Error> {
        Slots::draw(&mut seed.draw(round, bid, &list_digest(free)), free.len())
    }

    /// The offer that the bid gets, by its place in the list, of the slots that were found least:
    /// the first listed of them; none if the reference is among them. Error: [`Error::Slots`]
    /// unless there are some, in order and in range.
    pub fn winner(&self, least: &[u16]) -> Result<Option<usize>, Error> {
        if least.is_empty() || !least.windows(2).all(|two| two[0] < two[1]) {
            return Err(Error::Slots("some, in order, each once"));
        }
        let places = least.iter().map(|slot| self.order.get(usize::from(*slot)).map(|place| usize::from(*place)));
        let places = places.collect::<Option<Vec<usize>>>().ok_or(Error::Slots("a slot beyond the last"))?;
        let reference = self.order.len() - 1;
        Ok(places.iter().min().copied().filter(|_| !places.contains(&reference)))
    }
}

/// Uniform in `0..bound`, by rejection. `bound` is not 0.
fn below(rng: &mut ChaCha20Rng, bound: u128) -> u128 {
    let mask = u128::MAX >> (bound - 1).leading_zeros().min(127);
    loop {
        let candidate = (u128::from(rng.next_u64()) | u128::from(rng.next_u64()) << 64) & mask;
        if candidate < bound {
            return candidate;
        }
    }
}

/// Uniform in `-greatest..=greatest`.
fn flood(rng: &mut ChaCha20Rng, greatest: u128) -> i128 {
    below(rng, 2 * greatest + 1) as i128 - greatest as i128
}

/// The randomness of one pack.
struct Draws {
    /// The ternary polynomials g and h.
    ternary: [Small; 2],
    /// The errors f1 and f2.
    errors: [Small; 2],
    /// The flood of each slot.
    floods: Zeroizing<Vec<i128>>,
}

impl Draws {
    fn of(rng: &mut ChaCha20Rng, slots: usize) -> Draws {
        Draws {
            ternary: [0; 2].map(|_| sampling::ternary(rng)),
            errors: [0; 2].map(|_| sampling::error(rng)),
            floods: Zeroizing::new((0..slots).map(|_| flood(rng, FLOOD_MAX)).collect()),
        }
    }
}

/// The public key in the form that masking multiplies by.
pub struct Masker {
    a: Columns,
    b: Columns,
    /// t, by which errors are multiplied.
    t: Columns,
}

impl Masker {
    /// Prepares the key for the vectors of all bids.
    pub fn new(key: &MatchingPublicKey) -> Masker {
        let (a, b) = key.transformed();
        let t = Coefficients([0, 1].map(|_| vec![PLAINTEXT_MODULUS; DEGREE]));
        Masker { a: Columns::new(a), b: Columns::new(b), t: Columns::from_values(&t) }
    }

    /// The masked scores of a bid with the offers that are still free, in ledger order. Every
    /// holder of the seed gets the same bits. Error: [`Error::VectorSize`].
    pub fn mask(
        &self,
        seed: &MaskSeed,
        round: &RoundId,
        bid: &ListedPlan,
        free: &[&ListedPlan],
    ) -> Result<MaskedScores, Error> {
        let mut rng = seed.draw(round, &bid.handle, &list_digest(free));
        let rng = &mut rng;
        let slots = Slots::draw(rng, free.len())?;
        let reference = FEASIBLE_MAX + 1 + below(rng, u128::from(BIG - FEASIBLE_MAX)) as u32;
        let offset = below(rng, u128::from(OFFSET_MAX) + 1) as u32;
        let bid = PreparedBid::new(&bid.ciphertext);
        // The draws go pack after pack, so the bits are the same on any number of threads.
        let drawn: Vec<_> = slots.order.chunks(PACK).map(|places| (places, Draws::of(rng, places.len()))).collect();
        let packs = drawn.into_par_iter().map(|(places, draws)| {
            let values = places.iter().map(|place| match free.get(usize::from(*place)) {
                Some(_) => offset,
                None => offset + reference,
            });
            let offers = places.iter().map(|place| free.get(usize::from(*place)));
            let offers = offers.enumerate().filter_map(|(slot, offer)| Some((slot, &offer?.ciphertext)));
            self.mask_pack(&draws, &Pack::placed(offers, places.len()), &bid, values)
        });
        Ok(MaskedScores::new(packs.collect()))
    }

    /// One product with its mask: `values` are added to the slots.
    fn mask_pack(
        &self,
        draws: &Draws,
        pack: &Pack,
        bid: &PreparedBid,
        values: impl Iterator<Item = u32>,
    ) -> MaskedPack {
        let columns = |small: &Small| Columns::new(&Coefficients::from_small(small).transform());
        let [[g, h], [f1, f2]] = [&draws.ternary, &draws.errors].map(|two| two.each_ref().map(columns));
        let ([big_a, big_b], [a, b, folding]) = (pack.halves(), bid.parts());
        let [scores] = big_b.fold_and_project([folding], []).0;
        let [fresh] = self.b.fold_and_project([&g.for_folding()], []).0;
        let mut c0 = [Vec::with_capacity(BLOCK), Vec::with_capacity(BLOCK)];
        for ((slot, value), flood) in values.enumerate().zip(draws.floods.iter()) {
            let added = i128::from(value) + i128::from(PLAINTEXT_MODULUS) * flood;
            for (i, q) in PRIMES.into_iter().enumerate() {
                let added = added.rem_euclid(i128::from(q)) as u64;
                c0[i].push(reduce_once(reduce_once(scores[i][slot] + fresh[i][slot], q) + added, q));
            }
        }
        let c1 = [(big_a, b), (big_b, a), (&self.a, &g), (&self.b, &h), (&f1, &self.t)];
        let c2 = [(big_a, a), (&self.a, &h), (&f2, &self.t)];
        MaskedPack { c0, c1: Columns::sum_of_products(c1), c2: Columns::sum_of_products(c2) }
    }
}

#[cfg(test)]
mod tests;
