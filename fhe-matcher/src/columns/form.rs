//! How residues lie in memory: in two limbs, or whole.

use crate::lanes::{best, Lanes, Work};
use crate::parameters::RESIDUE_BITS;

/// Number of bits of a limb.
pub(super) const LIMB: u32 = RESIDUE_BITS / 2;

/// The `bits` lowest bits set.
pub(super) const fn mask(bits: u32) -> u64 {
    (1 << bits) - 1
}

/// The layout of a residue in a 64-bit word.
#[derive(Clone, Copy)]
pub(super) enum Form {
    /// In limbs: the upper one in the upper half of the word.
    Limbs,
    /// One residue in a word.
    Whole,
}

impl Form {
    /// The form of the lanes that [`best`] chooses.
    pub(super) fn of_best() -> Form {
        struct Ask;
        impl Work for Ask {
            type Output = Form;
            #[inline(always)]
            fn run<L: Lanes>(self, _: L) -> Form {
                Form::of::<L>()
            }
        }
        best(Ask)
    }

    #[inline(always)]
    pub(super) const fn of<L: Lanes>() -> Form {
        if L::FUSED {
            Form::Whole
        } else {
            Form::Limbs
        }
    }

    #[inline]
    pub(super) fn word(self, residue: u64) -> u64 {
        match self {
            Form::Limbs => (residue >> LIMB) << 32 | residue & mask(LIMB),
            Form::Whole => residue,
        }
    }

    #[inline]
    pub(super) fn residue(self, word: u64) -> u64 {
        match self {
            Form::Limbs => (word >> 32) << LIMB | word & mask(LIMB),
            Form::Whole => word,
        }
    }

    /// [`Self::word`], lane by lane.
    #[inline(always)]
    pub(super) fn words<L: Lanes>(lanes: L, residues: L::Register) -> L::Register {
        match Form::of::<L>() {
            Form::Limbs => {
                let high = lanes.shl(lanes.shr(residues, LIMB), 32);
                lanes.add(high, lowest(lanes, residues, LIMB))
            }
            Form::Whole => residues,
        }
    }
}

/// The lowest `bits` bits of each lane.
#[inline(always)]
pub(super) fn lowest<L: Lanes>(lanes: L, x: L::Register, bits: u32) -> L::Register {
    lanes.and(x, lanes.splat(mask(bits)))
}
