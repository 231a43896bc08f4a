//! Ranges of headers and compact blocks, and whole blocks.

use super::answer::{Octets, Range};
use super::asked::{Asked, Named};
use super::{Api, Problem};
use crate::wire;
use axum::extract::State;
use protocol::ids::Height;

/// How many headers one answer has at most.
pub const HEADERS: u64 = 1024;
/// How many compact blocks one answer has at most.
pub const BLOCKS: u64 = 64;
/// An answer takes no further compact block once it has this many bytes.
const ENOUGH: usize = 8 << 20;

/// Headers with their certificates, in order. At most 1024. None where the range begins beyond the
/// last block.
#[utoipa::path(get, path = "/v1/headers", operation_id = "headers", params(Range),
    responses((status = 200, body = Octets, content_type = "application/octet-stream"),
        (status = 400, body = Problem, content_type = "application/problem+json")))]
pub async fn headers(State(api): State<Api>, Asked(range): Asked<Range>) -> Result<Octets, Problem> {
    let heights = range.heights(HEADERS)?;
    api.ask(move |service| Ok(Octets(wire::encode_headers(&service.headers(heights)?)))).await
}

/// What wallets scan: compact blocks with the openings of the states after them, in order. At most
/// 64, and fewer where they are long.
#[utoipa::path(get, path = "/v1/compact", operation_id = "compact", params(Range),
    responses((status = 200, body = Octets, content_type = "application/octet-stream"),
        (status = 400, body = Problem, content_type = "application/problem+json")))]
pub async fn compact(State(api): State<Api>, Asked(range): Asked<Range>) -> Result<Octets, Problem> {
    let heights = range.heights(BLOCKS)?;
    let blocks = api.ask(move |service| {
        let mut out = Vec::new();
        for height in heights {
            let found = service.compact_blocks(height..=height)?;
            found.iter().for_each(|block| wire::append_block(block, &mut out));
            if found.is_empty() || out.len() >= ENOUGH {
                break;
            }
        }
        Ok(Octets(out))
    });
    blocks.await
}

/// A block's full bytes.
#[utoipa::path(get, path = "/v1/blocks/{height}", operation_id = "block",
    params(("height" = u64, Path, description = "The block's height; the first block's is 1")),
    responses((status = 200, body = Octets, content_type = "application/octet-stream"),
        (status = 404, body = Problem, content_type = "application/problem+json")))]
pub async fn block(State(api): State<Api>, Named(height): Named<u64>) -> Result<Octets, Problem> {
    api.ask(move |service| match service.block(Height(height))? {
        Some(bytes) => Ok(Octets(bytes)),
        None => Err(Problem::not_found("the chain has no block of this height yet")),
    })
    .await
}
