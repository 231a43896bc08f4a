//! The targets of light clients: headers, proofs against them, and what a node serves.

use crate::canonical::canonical;
use crate::seeds;
use ledger::block::Header;
use node::wire;
use protocol::certificate::Certificate;
use protocol::encoding::Canonical;
use protocol::ids::ChainId;
use protocol::light::{self, AcceptanceProof, RecordProof, TransactionProof};
use protocol::signing::SIGNATURE_BYTES;
use testkit::world::World;
use veilgrid::inclusion::Headers;

/// Length of a certificate by a set of one, in bytes.
pub const CERTIFICATE_OF_ONE: usize = 2 + 2 + SIGNATURE_BYTES;

/// The file of headers that a light verifier reads; and headers with certificates, one after
/// another, each of which follows the last or is refused.
pub fn headers(bytes: &[u8]) {
    if let Ok(file) = Headers::decode(bytes) {
        assert_eq!(file.encode(), bytes);
        assert!(file.chain().map_or(true, |chain| chain.height().0 == file.blocks.len() as u64));
    }
    let mut chain = seeds::header_chain(&[]);
    for chunk in bytes.chunks_exact(Header::SIZE + CERTIFICATE_OF_ONE) {
        let (header, certificate) = chunk.split_at(Header::SIZE);
        let Some(header) = canonical::<Header>(header) else { return };
        let height = chain.height();
        let Some(certificate) = Certificate::from_bytes(certificate).ok() else { return };
        let mut taken = chain.extend(header, &certificate);
        if taken == Err(light::Error::Certificate(header.height)) {
            taken = chain.extend(header, &seeds::certificate(&header));
            assert_eq!(taken, Ok(()), "nothing but the certificate was wrong");
        }
        assert_eq!(chain.height().0, height.0 + u64::from(taken.is_ok()));
    }
}

/// The proofs that a light verifier reads and checks against headers. A proof that holds must be
/// about something that is on the chain.
pub fn light(bytes: &[u8]) {
    let there = seeds::proved();
    if let Ok(p) = TransactionProof::decode(bytes) {
        assert_eq!(p.encode(), bytes);
        assert!(p.verify(&there.headers).is_err() || there.transactions.contains(&p.bytes));
    }
    if let Ok(p) = AcceptanceProof::decode(bytes) {
        assert_eq!(p.encode(), bytes);
        assert!(p.verify(&there.headers).is_err() || there.accepted == p.included.bytes);
    }
    if let Ok(p) = RecordProof::decode(bytes) {
        assert_eq!(p.encode(), bytes);
        let (record, position) = there.record;
        assert!(p.verify(record, &there.headers).map_or(true, |at| at == position));
    }
}

/// What a node serves, as a client reads it: the genesis file, a range of headers, a range of
/// compact blocks. The client knows the chain.
pub fn served(bytes: &[u8]) {
    if let Ok(file) = wire::GenesisFile::decode(bytes) {
        assert_eq!(file.encode(), bytes);
    }
    if let Ok(headers) = wire::decode_headers(bytes) {
        assert_eq!(wire::encode_headers(&headers), bytes);
    }
    if let Ok(blocks) = wire::decode_blocks(served_chain(), bytes) {
        let mut out = Vec::new();
        blocks.iter().for_each(|block| wire::append_block(block, &mut out));
        assert_eq!(out, bytes);
    }
}

/// The chain of the blocks of [`seeds::served`].
fn served_chain() -> ChainId {
    World::open().state.chain()
}
