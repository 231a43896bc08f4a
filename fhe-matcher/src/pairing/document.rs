//! The document behind a transcript, and its digest.
//!
//! ```text
//! kind 1 | blinding 32 | number of bids 4 | bids x (handle 32 | number of offers 4 | offers x (place 4))
//! digest = BLAKE3("veilgrid/transcript/1" | chain 32 | cycle 4 | round 1 | document)
//! ```
//!
//! Integers have their little end first. The kind says what sort of document it is, so that another way of opening scores can
//! post its own in the same transaction: 1 is this one. The blinding is there because the digest is public and a small round
//! has few rankings: without it, whoever tries them all would find the one behind the digest.

use super::Ranking;
use crate::Error;
use protocol::encoding::{Canonical, Reader};
use protocol::ids::ChainId;
use protocol::record::Handle;
use protocol::units::Cycle;

/// No document is longer: 8,000 bids that can each take any of 8,000 offers.
pub const MAX_DOCUMENT_BYTES: usize = 1 << 28;
/// The kind of a document of rankings.
const RANKINGS: u8 = 1;

/// What the regulator found in a round: a ranking for each of the round's bids, in ledger order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rankings {
    /// A secret of the regulator's, of this round alone, that says nothing.
    pub blinding: [u8; 32],
    /// The bids.
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
    /// The canonical bytes.
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

    /// From exactly the canonical bytes, at most [`MAX_DOCUMENT_BYTES`]. Any places: which are wrong is for
    /// [`super::faults`] to say. Error: [`Error::Encoding`].
    pub fn decode(bytes: &[u8]) -> Result<Self, Error> {
        if bytes.len() > MAX_DOCUMENT_BYTES {
            return Err(Error::Encoding("longer than any document"));
        }
        let mut input = Reader(bytes);
        if read::<u8>(&mut input)? != RANKINGS {
            return Err(Error::Encoding("not a document of rankings"));
        }
        let blinding = read(&mut input)?;
        // Nothing is allocated by what a count says: each item is there before it is kept.
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
