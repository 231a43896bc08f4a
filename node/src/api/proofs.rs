//! Proofs against headers, and blobs.

use super::answer::{named, Octets};
use super::asked::{Asked, Named};
use super::{Api, Problem};
use axum::extract::State;
use protocol::ids::{BlobHash, Height, TransactionId};
use protocol::tree::Position;
use serde::Deserialize;
use utoipa::IntoParams;

/// Proof that a transaction was accepted. It can be checked once the block after the transaction's
/// own is there.
#[utoipa::path(get, path = "/v1/proofs/tx/{id}", operation_id = "acceptance_proof",
    params(("id" = String, Path, description = "The transaction's id, in hexadecimal")),
    responses((status = 200, body = Octets, content_type = "application/octet-stream"),
        (status = 404, body = Problem, content_type = "application/problem+json")))]
pub async fn acceptance(State(api): State<Api>, Named(id): Named<String>) -> Result<Octets, Problem> {
    let id: TransactionId = named(&id)?;
    api.ask(move |service| match service.acceptance_proof(&id)? {
        Some(proof) => Ok(Octets(proof.encode())),
        None => Err(Problem::not_found("no transaction with this id was accepted")),
    })
    .await
}

/// The block after which a record is to be in the tree.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct After {
    /// The block's height.
    height: u64,
}

/// Proof that the record at a position is in the tree as it was after a block. It can be checked
/// once the next block is there.
#[utoipa::path(get, path = "/v1/proofs/commitment/{position}", operation_id = "record_proof",
    params(("position" = u32, Path, description = "The record's place in the tree, from 0"), After),
    responses((status = 200, body = Octets, content_type = "application/octet-stream"),
        (status = 404, body = Problem, content_type = "application/problem+json")))]
pub async fn record(
    State(api): State<Api>,
    Named(position): Named<u32>,
    Asked(After { height }): Asked<After>,
) -> Result<Octets, Problem> {
    api.ask(move |service| match service.record_proof(Position(position), Height(height))? {
        Some(proof) => Ok(Octets(proof.encode())),
        None => Err(Problem::not_found("no record was at this position after that block")),
    })
    .await
}

/// A blob: the ciphertext of a plan, or another one that a transaction names.
#[utoipa::path(get, path = "/v1/blobs/{hash}", operation_id = "blob",
    params(("hash" = String, Path, description = "The blob's SHA-256, in hexadecimal")),
    responses((status = 200, body = Octets, content_type = "application/octet-stream"),
        (status = 404, body = Problem, content_type = "application/problem+json")))]
pub async fn blob(State(api): State<Api>, Named(hash): Named<String>) -> Result<Octets, Problem> {
    let hash: BlobHash = named(&hash)?;
    api.ask(move |service| match service.blob(hash)? {
        Some(bytes) => Ok(Octets(bytes)),
        None => Err(Problem::not_found("the node has no blob with this hash")),
    })
    .await
}
