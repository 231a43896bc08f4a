//! The encoding of masked scores, which travel from the matching node to validators and to the
//! opener.

use crate::columns::Columns;
use crate::packing::{pack, unpack_residues};
use crate::parameters::{DEGREE, PACK, RESIDUE_BITS};
use crate::ring::Coefficients;
use crate::Error;

/// The greatest number of slots of a vector: 4095 offers and the reference.
pub const MAX_SLOTS: usize = 4096;

/// A pack of up to 64 slots.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct MaskedPack {
    /// The slots' coefficients, modulo each prime.
    pub(crate) c0: [Vec<u64>; 2],
    /// Transformed, modulo each prime.
    pub(crate) c1: Columns,
    /// Transformed, modulo each prime.
    pub(crate) c2: Columns,
}

impl MaskedPack {
    /// Bytes of a pack of so many slots.
    const fn size(slots: usize) -> usize {
        2 * (slots + 2 * DEGREE) * RESIDUE_BITS as usize / 8
    }

    fn write(&self, out: &mut Vec<u8>) {
        let [c1, c2] = [self.c1.values(), self.c2.values()];
        let residues = (0..2).flat_map(|i| [&self.c0[i], &c1.0[i], &c2.0[i]]).flatten();
        pack(residues, out);
    }

    fn read(bytes: &[u8], slots: usize) -> Result<MaskedPack, Error> {
        let residues = unpack_residues(bytes, [slots + 2 * DEGREE; 2])?;
        let part = |from: usize, count: usize| residues.each_ref().map(|r| r[from..from + count].to_vec());
        let columns = |from| Columns::from_values(&Coefficients(part(from, DEGREE)));
        Ok(MaskedPack { c0: part(0, slots), c1: columns(slots), c2: columns(slots + DEGREE) })
    }
}

/// The masked scores of one bid. **The opener must know that the vector is genuine**: unlike
/// [`crate::score::ScoreVector`] it can be decoded from bytes, and a key holder that opens
/// ciphertexts of others gives its key away. Validators certify it.
#[derive(Clone, PartialEq, Eq)]
pub struct MaskedScores {
    packs: Vec<MaskedPack>,
}

impl MaskedScores {
    pub(crate) fn new(packs: Vec<MaskedPack>) -> MaskedScores {
        MaskedScores { packs }
    }

    /// Number of slots: the offers and the reference.
    pub fn slots(&self) -> usize {
        self.packs.iter().map(|pack| pack.c0[0].len()).sum()
    }

    #[cfg(feature = "decrypt")]
    pub(crate) fn packs(&self) -> &[MaskedPack] {
        &self.packs
    }

    /// Bytes of a vector of so many slots, 2 to [`MAX_SLOTS`].
    pub const fn size(slots: usize) -> usize {
        let (full, rest) = (slots / PACK, slots % PACK);
        2 + full * MaskedPack::size(PACK) + if rest > 0 { MaskedPack::size(rest) } else { 0 }
    }

    /// The canonical bytes: the number of slots (2, little end first), then pack by pack, modulo
    /// the first and then the second prime, c0 at the slots, c1 and c2 in the transform's order;
    /// each residue in 52 bits.
    pub fn to_bytes(&self) -> Vec<u8> {
        let slots = self.slots();
        let mut out = Vec::with_capacity(MaskedScores::size(slots));
        out.extend_from_slice(&(slots as u16).to_le_bytes());
        self.packs.iter().for_each(|pack| pack.write(&mut out));
        out
    }

    /// Decodes a vector. It checks the length against the number of slots before it reads further.
    /// Error: [`Error::Encoding`] unless `bytes` is what [`Self::to_bytes`] gives for some vector.
    pub fn from_bytes(bytes: &[u8]) -> Result<MaskedScores, Error> {
        let (slots, mut rest) = bytes.split_first_chunk().ok_or(Error::Encoding("no number of slots"))?;
        let slots = usize::from(u16::from_le_bytes(*slots));
        if !(2..=MAX_SLOTS).contains(&slots) || bytes.len() != MaskedScores::size(slots) {
            return Err(Error::Encoding("not the length of a masked vector"));
        }
        let mut packs = Vec::with_capacity(slots.div_ceil(PACK));
        for first in (0..slots).step_by(PACK) {
            let slots = PACK.min(slots - first);
            let (pack, others) = rest.split_at(MaskedPack::size(slots));
            packs.push(MaskedPack::read(pack, slots)?);
            rest = others;
        }
        Ok(MaskedScores { packs })
    }

    /// BLAKE3 of a tag and the canonical bytes.
    pub fn digest(&self) -> [u8; 32] {
        *blake3::Hasher::new().update(b"veilgrid/masked-scores/1").update(&self.to_bytes()).finalize().as_bytes()
    }

    #[cfg(test)]
    pub(crate) fn first_mut(&mut self) -> &mut MaskedPack {
        &mut self.packs[0]
    }
}

impl std::fmt::Debug for MaskedScores {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MaskedScores").field("slots", &self.slots()).finish_non_exhaustive()
    }
}
