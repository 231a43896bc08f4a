//! How many requests a peer may make. A flood of one peer is turned away before anything is done for
//! it, and the others are served as before.

use super::Problem;
use crate::server::peer_of;
use axum::extract::{ConnectInfo, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::Arc;

/// How many requests a peer may make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Requests {
    /// In a second, for as long as one likes.
    pub per_second: NonZeroU32,
    /// At once, after a pause.
    pub at_once: NonZeroU32,
}

impl Default for Requests {
    fn default() -> Self {
        const { Requests { per_second: NonZeroU32::new(200).unwrap(), at_once: NonZeroU32::new(1000).unwrap() } }
    }
}

/// After so many requests, peers that have been quiet are forgotten.
const FORGET_EVERY: u32 = 4096;

/// Counts the requests of each peer.
#[derive(Clone)]
pub(super) struct Paced {
    limiter: Arc<DefaultKeyedRateLimiter<u64>>,
    served: Arc<AtomicU32>,
}

impl Paced {
    pub fn new(requests: Requests) -> Self {
        let quota = Quota::per_second(requests.per_second).allow_burst(requests.at_once);
        Paced { limiter: Arc::new(RateLimiter::keyed(quota)), served: Arc::default() }
    }
}

/// Answers `too-many-requests` to a peer that has made too many.
pub(super) async fn paced(
    State(Paced { limiter, served }): State<Paced>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
    next: Next,
) -> Response {
    if served.fetch_add(1, Ordering::Relaxed) % FORGET_EVERY == FORGET_EVERY - 1 {
        limiter.retain_recent();
    }
    match limiter.check_key(&peer_of(peer.ip())) {
        Ok(()) => next.run(request).await,
        Err(_) => Problem::too_many_requests().into_response(),
    }
}
