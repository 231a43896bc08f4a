//! The API of a node: REST under `/v1`, described by an OpenAPI document.
//!
//! Binary bodies are in the protocol's canonical encodings. Beside them there are JSON views for
//! people. In JSON, integers of 64 bits are strings, since many readers keep only 53 bits of a
//! number.
//!
//! A request that says what its sender owns would betray it. So a wallet asks only for ranges of
//! headers and blocks, for blobs, and for proofs of what it sent through this very node.

mod answer;
mod asked;
mod blocks;
mod chain;
mod pace;
mod parameters;
mod problem;
mod proofs;
mod register;
mod source;
mod stream;
mod transactions;

pub use pace::Requests;
pub use problem::Problem;

use crate::metrics::Metrics;
use crate::service::Service;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use axum::Router;
use pace::Paced;
use source::Sources;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{watch, Semaphore};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::timeout::TimeoutLayer;
use utoipa::openapi::OpenApi;
use utoipa::OpenApi as _;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The greatest length of a request's body, in bytes: a transaction with its blob.
pub const MAX_BODY_BYTES: usize = protocol::transaction::MAX_BYTES + ledger::blobs::MAX_BLOB_BYTES;
/// How long a request may take. Waiting for a transaction's block is part of it.
const REQUEST_TIME: Duration = Duration::from_secs(60);
/// How many streams of blocks a node keeps open.
const MAX_STREAMS: usize = 1024;
/// How many requests a node works on at once. Others wait for their turn, within their time.
const MAX_AT_ONCE: usize = 64;

/// What every handler has.
#[derive(Clone)]
pub(crate) struct Api {
    service: Arc<dyn Service>,
    sources: Sources,
    /// Becomes true when the node stops. Streams end then.
    stopping: watch::Receiver<bool>,
    streams: Arc<Semaphore>,
    turns: Arc<Semaphore>,
}

impl Api {
    /// Asks the node on a thread that may wait.
    async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&dyn Service) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let turn = self.turns.clone().acquire_owned().await.map_err(|_| Problem::stopping())?;
        let service = self.service.clone();
        let asked = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            question(service.as_ref())
        });
        asked.await.unwrap_or_else(|_| Err(Problem::internal()))
    }
}

/// The description of the API, but for its paths.
#[derive(utoipa::OpenApi)]
#[openapi(info(
    title = "Veilgrid node",
    description = "A node of a Veilgrid ledger. Nobody has to believe its answers: headers are certified by the \
                   chain's validators, and blocks, blobs and proofs are checked against headers and hashes."
))]
struct Description;

fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::with_openapi(Description::openapi())
        .routes(routes!(chain::status))
        .routes(routes!(chain::genesis))
        .routes(routes!(chain::validators))
        .routes(routes!(parameters::parameters))
        .routes(routes!(register::openings))
        .routes(routes!(register::plan))
        .routes(routes!(blocks::headers))
        .routes(routes!(blocks::compact))
        .routes(routes!(blocks::block))
        .routes(routes!(transactions::submit))
        .routes(routes!(transactions::standing))
        .routes(routes!(proofs::acceptance))
        .routes(routes!(proofs::record))
        .routes(routes!(proofs::blob))
        .routes(routes!(stream::blocks))
}

/// The OpenAPI document of this version.
pub fn document() -> OpenApi {
    routes().into_openapi()
}

/// Counts a request by its route. An address that is no route counts as one route, `none`.
async fn counted(State(metrics): State<Arc<Metrics>>, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map_or("none".to_string(), |path| path.as_str().to_string());
    let method = match *request.method() {
        Method::GET | Method::HEAD => "get",
        Method::POST => "post",
        _ => "other",
    };
    let start = Instant::now();
    let response = next.run(request).await;
    metrics.answered(&route, method, response.status().as_u16(), start.elapsed());
    response
}

/// The routes over a node. Requests are counted in `metrics`, and a peer may make so many. `stopping` becomes true when the node stops.
pub fn router(
    service: Arc<dyn Service>,
    metrics: Arc<Metrics>,
    requests: Requests,
    stopping: watch::Receiver<bool>,
) -> Router {
    let (router, document) = routes().split_for_parts();
    let api = Api {
        service,
        sources: Sources::default(),
        stopping,
        streams: Arc::new(Semaphore::new(MAX_STREAMS)),
        turns: Arc::new(Semaphore::new(MAX_AT_ONCE)),
    };
    let document = Arc::new(document);
    router
        .route("/v1/openapi.json", axum::routing::get(move || async move { axum::Json(document.as_ref().clone()) }))
        .fallback(|| async { Problem::no_route() })
        .method_not_allowed_fallback(|| async { Problem::no_method() })
        .with_state(api)
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, REQUEST_TIME))
        .layer(RequestBodyLimitLayer::new(MAX_BODY_BYTES))
        .layer(axum::extract::DefaultBodyLimit::disable())
        .layer(axum::middleware::map_response(problem::in_words))
        .layer(axum::middleware::from_fn_with_state(Paced::new(requests), pace::paced))
        .layer(axum::middleware::from_fn_with_state(metrics, counted))
        .layer(CatchPanicLayer::custom(|_| axum::response::IntoResponse::into_response(Problem::internal())))
}
