//! Transactions as clients send them, and how far they have come.

use super::answer::{hex, named, Octets};
use super::asked::{Asked, Named};
use super::{Api, Problem};
use crate::service::{Standing, Submission};
use axum::body::Bytes;
use axum::extract::{ConnectInfo, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::Json;
use ledger::Refusal;
use protocol::ids::TransactionId;
use protocol::transaction::Kind;
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use std::time::Duration;
use utoipa::{IntoParams, ToSchema};
use wallets::ledger_access::AccessError;

/// How long a client that waits for its transaction's block is kept waiting.
const PATIENCE: Duration = Duration::from_secs(45);

/// How long the answer should wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Until {
    /// Until the transaction is accepted or thrown out, and the header that proves it is there.
    Committed,
}

/// How to send a transaction.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Sending {
    /// Until when the answer should wait. Without it, it comes at once.
    wait: Option<Until>,
}

/// How far a transaction has come.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Outcome {
    /// The transaction's id, in hexadecimal.
    id: String,
    /// `held` for a later block, or `accepted`.
    status: &'static str,
    /// The height of the block that accepted it.
    #[serde(skip_serializing_if = "Option::is_none")]
    height: Option<String>,
    /// Its place in that block, from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<u32>,
    /// The proof that it was accepted, in hexadecimal: what `/v1/proofs/tx/{id}` gives. There once
    /// the next block is.
    #[serde(skip_serializing_if = "Option::is_none")]
    proof: Option<String>,
}

impl Outcome {
    fn held(id: &TransactionId) -> Self {
        Outcome { id: id.to_string(), status: "held", height: None, place: None, proof: None }
    }
}

/// Sends a transaction. The body is the transaction's full bytes, and after them those of the blob
/// that it names, if it names one. Sending the same bytes again changes nothing.
#[utoipa::path(post, path = "/v1/tx", operation_id = "submit", params(Sending),
    request_body(content = Octets, content_type = "application/octet-stream"),
    responses((status = 200, body = Outcome, description = "Accepted"),
        (status = 202, body = Outcome, description = "Held for a later block"),
        (status = 422, body = Problem, content_type = "application/problem+json",
            description = "Refused: no later block could accept it"),
        (status = 503, body = Problem, content_type = "application/problem+json",
            description = "The node has no room: send it again later")))]
pub async fn submit(
    State(api): State<Api>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Asked(Sending { wait }): Asked<Sending>,
    body: Bytes,
) -> Result<Response, Problem> {
    let (source, mut heights) = (api.sources.of(peer), api.service.heights());
    let (transaction, blob) = parts(&body)?;
    let submission = Submission { transaction, blob, source };
    let id = api.ask(move |service| Ok(service.accept(submission)?)).await?;
    if wait.is_none() {
        return Ok((StatusCode::ACCEPTED, Json(Outcome::held(&id))).into_response());
    }
    let waiting = async {
        loop {
            heights.borrow_and_update();
            match outcome(&api, id).await? {
                Some(outcome) if outcome.proof.is_some() => return Ok((StatusCode::OK, Json(outcome)).into_response()),
                _ => heights.changed().await.map_err(|_| Problem::stopping())?,
            }
        }
    };
    match tokio::time::timeout(PATIENCE, waiting).await {
        Ok(answer) => answer,
        Err(_) => Ok((StatusCode::ACCEPTED, Json(Outcome::held(&id))).into_response()),
    }
}

/// A transaction's bytes and its blob's: all transactions of a kind have one size, and the second
/// byte is the kind.
fn parts(body: &[u8]) -> Result<(Vec<u8>, Option<Vec<u8>>), Problem> {
    let encoding = || {
        Problem::from(AccessError::Refused { code: Refusal::Encoding.code(), message: Refusal::Encoding.to_string() })
    };
    let kind = body.get(1).and_then(|kind| Kind::from_u8(*kind).ok()).ok_or_else(encoding)?;
    let (transaction, blob) = body.split_at_checked(kind.size()).ok_or_else(encoding)?;
    Ok((transaction.to_vec(), (!blob.is_empty()).then(|| blob.to_vec())))
}

/// How far a transaction has come; None where the node knows nothing of it. Error: the refusal of
/// one that was thrown out.
async fn outcome(api: &Api, id: TransactionId) -> Result<Option<Outcome>, Problem> {
    api.ask(move |service| {
        let tip = service.tip();
        match service.standing(&id)? {
            Standing::Accepted(height, place) => {
                let proved = tip.height > height;
                let proof = if proved { service.acceptance_proof(&id)? } else { None };
                Ok(Some(Outcome {
                    id: id.to_string(),
                    status: "accepted",
                    height: Some(height.0.to_string()),
                    place: Some(place),
                    proof: proof.map(|proof| hex(&proof.encode())),
                }))
            }
            Standing::Held => Ok(Some(Outcome::held(&id))),
            Standing::ThrownOut(refusal) => Err(refusal.into()),
            Standing::Unknown => Ok(None),
        }
    })
    .await
}

/// How far a transaction has come. A wallet asks only the node that it sent the transaction to.
#[utoipa::path(get, path = "/v1/tx/{id}", operation_id = "standing",
    params(("id" = String, Path, description = "The transaction's id, in hexadecimal")),
    responses((status = 200, body = Outcome),
        (status = 404, body = Problem, content_type = "application/problem+json",
            description = "Neither accepted nor held, and nothing is remembered of it"),
        (status = 422, body = Problem, content_type = "application/problem+json", description = "Thrown out")))]
pub async fn standing(State(api): State<Api>, Named(id): Named<String>) -> Result<Json<Outcome>, Problem> {
    let id: TransactionId = named(&id)?;
    let found = outcome(&api, id).await?;
    found.map(Json).ok_or_else(|| Problem::not_found("the node knows nothing of this transaction: send it again"))
}
