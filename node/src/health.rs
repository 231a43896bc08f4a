//! The listener for those who watch over a node: whether it lives, whether it is ready, and what it
//! counts. It is apart from the API, so that it can stay on loopback and answers when the API is
//! busy.

use crate::clock::now;
use crate::metrics::Metrics;
use crate::service::Service;
use axum::extract::State;
use axum::http::{header, StatusCode};
use axum::response::IntoResponse;
use axum::routing::get;
use axum::Router;
use std::sync::Arc;

/// The text format of Prometheus.
const TEXT: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// What the listener has.
#[derive(Clone)]
struct Watched {
    service: Arc<dyn Service>,
    metrics: Arc<Metrics>,
    /// A node whose last block is older than this many seconds is not ready.
    stale_seconds: u64,
}

/// The routes `/healthz`, `/readyz` and `/metrics`. A node is ready as long as its last block is at
/// most `stale_seconds` old by this machine's clock.
pub fn router(service: Arc<dyn Service>, metrics: Arc<Metrics>, stale_seconds: u64) -> Router {
    Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(counted))
        .with_state(Watched { service, metrics, stale_seconds })
}

async fn ready(State(watched): State<Watched>) -> impl IntoResponse {
    let asked = tokio::task::spawn_blocking(move || {
        let tip = watched.service.tip();
        let age = now().0.saturating_sub(tip.time.0);
        match tip.height.0 > 0 && age <= watched.stale_seconds {
            true => (StatusCode::OK, format!("ready: block {} is {age} s old\n", tip.height.0)),
            false => (StatusCode::SERVICE_UNAVAILABLE, format!("not ready: block {} is {age} s old\n", tip.height.0)),
        }
    });
    asked.await.unwrap_or((StatusCode::INTERNAL_SERVER_ERROR, "the node failed\n".into()))
}

async fn counted(State(watched): State<Watched>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, TEXT)], watched.metrics.text())
}
