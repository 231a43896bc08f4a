//! Why a request fails, as an RFC 9457 problem document with a stable code.

use axum::http::{header, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;
use wallets::ledger_access::AccessError;

/// The content type of problem documents.
pub const PROBLEM: &str = "application/problem+json";
/// After how many seconds a client that is told to wait should try again.
const RETRY_SECONDS: &str = "2";

/// Why a request fails.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Problem {
    /// A name of this kind of problem that stays the same across versions.
    #[serde(rename = "type")]
    kind: String,
    /// The kind of problem, in words.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// What is wrong with this request, and what to do.
    detail: String,
    /// The code in the problem's type, alone.
    code: &'static str,
}

impl Problem {
    fn new(status: StatusCode, title: &'static str, code: &'static str, detail: impl Into<String>) -> Self {
        Problem {
            kind: format!("urn:veilgrid:problem:{code}"),
            title,
            status: status.as_u16(),
            detail: detail.into(),
            code,
        }
    }
    /// A request that is not what the route takes.
    pub(crate) fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "The request is not what this route takes", "bad-request", detail)
    }
    /// Something that the node does not have.
    pub(crate) fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "The node does not have this", "not-found", detail)
    }
    /// An address that is no route.
    pub(crate) fn no_route() -> Self {
        Self::new(StatusCode::NOT_FOUND, "There is no such route", "no-route", "/v1/openapi.json lists the routes")
    }
    /// A method that the route does not have.
    pub(crate) fn no_method() -> Self {
        let detail = "/v1/openapi.json lists the routes with their methods";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "The route has no such method", "no-method", detail)
    }
    /// A node with as many streams as it keeps.
    pub(crate) fn too_many_streams() -> Self {
        let detail = "the node keeps no more streams: try again, or ask for ranges";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "The node has too much to do", "busy", detail)
    }
    /// A peer that asks too often.
    pub(crate) fn too_many_requests() -> Self {
        let detail = "ask less often: whole ranges of headers and blocks in one request, and the stream for news";
        Self::new(StatusCode::TOO_MANY_REQUESTS, "Too many requests from one peer", "too-many-requests", detail)
    }
    /// A node that stops.
    pub(crate) fn stopping() -> Self {
        let detail = "the node stops: ask another, or ask again when it is back";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "The node stops", "stopping", detail)
    }
    /// A fault of this program.
    pub(crate) fn internal() -> Self {
        let detail = "this is a fault of the node: its log says more";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "The node failed", "internal", detail)
    }
}

/// Turns the answers of the layers around the routes into problem documents: a body that is too
/// long, a request that took too long.
pub(super) async fn in_words(response: Response) -> Response {
    match response.status() {
        StatusCode::PAYLOAD_TOO_LARGE => {
            let detail = format!("send at most {} bytes: a transaction and its blob", super::MAX_BODY_BYTES);
            Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "The body is too long", "too-long", detail).into_response()
        }
        StatusCode::REQUEST_TIMEOUT => {
            let detail = "the request was not there, or not answered, in time: send it again";
            Problem::new(StatusCode::REQUEST_TIMEOUT, "The request took too long", "too-slow", detail).into_response()
        }
        _ => response,
    }
}

impl From<AccessError> for Problem {
    fn from(error: AccessError) -> Self {
        match error {
            AccessError::Refused { code: "busy", message } => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "The node has too much to do", "busy", message)
            }
            AccessError::Refused { code, message } => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, "The ledger refuses this", code, message)
            }
            AccessError::Failed { code, message } => {
                tracing::error!(code, message, "the node failed");
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, "The node failed", code, message)
            }
            AccessError::ReadOnly => {
                Self::new(StatusCode::FORBIDDEN, "The node takes nothing", "read-only", error.to_string())
            }
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, axum::Json(self)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, header::HeaderValue::from_static(PROBLEM));
        if matches!(status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS) {
            headers.insert(header::RETRY_AFTER, header::HeaderValue::from_static(RETRY_SECONDS));
        }
        response
    }
}
