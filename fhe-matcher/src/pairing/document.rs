//! The document behind a transcript, and its digest.
//!
//! ```text
//! kind 1 | blinding 32 | number of bids 4 | bids x (handle 32 | number of offers 4 | offers x (place 4))
//! digest = BLAKE3("veilgrid/transcript/1" | chain 32 | cycle 4 | round 1 | document)
//! ```
//!
//! Integers have their little end first. The kind is 1 here; another way of opening scores can post
//! a document of its own kind in the same transaction. The blinding is needed because the digest is
//! public and a small round has few rankings: without it an attacker could try them all and find
//! the one behind the digest.

use super::Ranking;
use crate::Error;
use protocol::encoding::{Canonical, Reader};
use protocol::ids::ChainId;
use protocol::record::Handle;
use protocol::units::Cycle;

/// The greatest length of a document, which is that of 8,000 bids that each rank 8,000 offers.
pub const MAX_DOCUMENT_BYTES: usize = 1 << 28;
/// The kind of a document of rankings.
const RANKINGS: u8 = 1;

/// The rankings that the regulator found in a round: one for each of the round's bids, in ledger
/// order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rankings {
    /// The blinding: a secret of the regulator for this round, which holds no information.
    pub blinding: [u8; 32],
    /// The rankings of the bids.
    pub bids: Vec<Ranking>,
}

/// Digest of a document of any kind, of this chain, cycle and round: what a transcript names.
pub fn document_digest((chain, cycle, round): (ChainId, Cycle, u8), document: &[u8]) -> [u8; 32] {
    let mut hash = blake3::Hasher::new();
    hash.update(b"veilgrid/transcript/1").update(&chain.0).update(&cycle.to_bytes()).update(&[round]).update(document);
    hash.finalize().into()
}

fn length(count: usize) -> u32 {
    u32::try_from(count).expect("a round has far fewer plans than 2^32")
}

impl Rankings {
    /// The canonical encoding.
    pub fn encode(&self) -> Vec<u8> {
        let size = self.bids.iter().map(|ranking| 36 + 4 * ranking.offers.len()).sum::<usize>();
        let mut out = Vec::with_capacity(37 + size);
        RANKINGS.write(&mut out);
        self.blinding.write(&mut out);
        length(self.bids.len()).write(&mut out);
        for Ranking { bid, offers } in &self.bids {
            bid.write(&mut out);
            length(offers.len()).write(&mut out);
            offers.iter().for_each(|place| place.write(&mut out));
        }
        out
    }

    /// Decodes exactly the canonical bytes, at most [`MAX_DOCUMENT_BYTES`]. It accepts any places;
    /// [`super::faults`] finds the wrong ones. Error: [`Error::Encoding`].
    pub fn decode(bytes: &[u8]) -> Result<Self, Error> {
        if bytes.len() > MAX_DOCUMENT_BYTES {
            return Err(Error::Encoding("longer than any document"));
        }
        let mut input = Reader(bytes);
        if read::<u8>(&mut input)? != RANKINGS {
            return Err(Error::Encoding("not a document of rankings"));
        }
        let blinding = read(&mut input)?;
        // No count alone allocates memory: each item is read before it is stored.
        let mut bids = Vec::new();
        for _ in 0..read::<u32>(&mut input)? {
            let bid = read::<Handle>(&mut input)?;
            let count = usize::try_from(read::<u32>(&mut input)?).ok().and_then(|count| count.checked_mul(4));
            let places = count.ok_or(Error::Encoding("too short"))?;
            let places = input.take(places).map_err(|_| Error::Encoding("too short"))?;
            let place = |bytes: &[u8]| u32::from_le_bytes(bytes.try_into().expect("chunks of 4"));
            bids.push(Ranking { bid, offers: places.chunks_exact(4).map(place).collect() });
        }
        if !input.0.is_empty() {
            return Err(Error::Encoding("too long"));
        }
        Ok(Rankings { blinding, bids })
    }

    /// The digest that a transcript names.
    pub fn digest(&self, of: (ChainId, Cycle, u8)) -> [u8; 32] {
        document_digest(of, &self.encode())
    }
}

fn read<T: Canonical>(input: &mut Reader<'_>) -> Result<T, Error> {
    T::read(input).map_err(|_| Error::Encoding("too short, or no handle"))
}
