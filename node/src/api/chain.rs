//! What a node's chain is, and how far it has come.

use super::answer::{hex, Octets};
use super::{Api, Problem};
use axum::extract::State;
use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;

/// How far a node has come.
#[derive(Serialize, ToSchema)]
pub struct Status {
    /// The version of the program.
    version: &'static str,
    /// The chain's id.
    chain: String,
    /// The hash of the genesis file, by which people recognise it.
    genesis: String,
    /// The network, `test` or `main`. Money on `test` is worth nothing.
    network: &'static str,
    /// The height of the last block; 0 before the first.
    height: String,
    /// The hash of the last block.
    block: String,
    /// The time of the last block, in seconds since 1970.
    time: String,
    /// How many transactions are held for later blocks.
    held: usize,
}

/// How far the node has come.
#[utoipa::path(get, path = "/v1/status", operation_id = "status", responses((status = 200, body = Status)))]
pub async fn status(State(api): State<Api>) -> Result<Json<Status>, Problem> {
    let status = api.ask(|service| {
        let (file, tip) = (service.genesis(), service.tip());
        Ok(Status {
            version: env!("CARGO_PKG_VERSION"),
            chain: file.genesis.chain().to_string(),
            genesis: file.hash().to_string(),
            network: file.genesis.network.name(),
            height: tip.height.0.to_string(),
            block: tip.block.to_string(),
            time: tip.time.0.to_string(),
            held: service.held(),
        })
    });
    Ok(Json(status.await?))
}

/// The genesis file. A client takes it from somebody whom it trusts; this route is for those who
/// know its hash.
#[utoipa::path(get, path = "/v1/genesis", operation_id = "genesis",
    responses((status = 200, body = Octets, content_type = "application/octet-stream")))]
pub async fn genesis(State(api): State<Api>) -> Octets {
    Octets(api.service.genesis().encode())
}

/// The keys that certify blocks.
#[derive(Serialize, ToSchema)]
pub struct Validators {
    /// The Ed25519 keys, in the set's order, in hexadecimal.
    members: Vec<String>,
    /// How many of them must have signed a block.
    quorum: usize,
}

/// The validators.
#[utoipa::path(get, path = "/v1/validators", operation_id = "validators",
    responses((status = 200, body = Validators)))]
pub async fn validators(State(api): State<Api>) -> Json<Validators> {
    let set = &api.service.genesis().validators;
    Json(Validators { members: set.members().iter().map(|key| hex(&key.0)).collect(), quorum: set.quorum() })
}
