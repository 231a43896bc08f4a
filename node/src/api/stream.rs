//! Server-sent events: one for each block.

use super::asked::Asked;
use super::{Api, Problem};
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::stream::{self, Stream};
use serde::{Deserialize, Serialize};
use std::convert::Infallible;
use tokio::sync::{watch, OwnedSemaphorePermit};
use utoipa::{IntoParams, ToSchema};

/// Where a stream begins.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct From {
    /// The height of the first block that is told of. Without it, and without the header
    /// `Last-Event-ID`, it is the next block.
    from: Option<u64>,
}

/// A block, as the stream tells of it.
#[derive(Serialize, ToSchema)]
pub struct NewBlock {
    /// Its height, which is also the event's id.
    height: String,
    /// Its hash.
    block: String,
    /// Its time, in seconds since 1970.
    time: String,
}

struct Telling {
    api: Api,
    next: u64,
    heights: watch::Receiver<protocol::ids::Height>,
    stopping: watch::Receiver<bool>,
    _place: OwnedSemaphorePermit,
}

/// Tells of every block, from a height on. The stream ends when the node stops. The header
/// `Last-Event-ID` with a block's height goes on after that block.
#[utoipa::path(get, path = "/v1/stream/blocks", operation_id = "stream_blocks", params(From),
    responses((status = 200, body = NewBlock, content_type = "text/event-stream"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub async fn blocks(
    State(api): State<Api>,
    Asked(From { from }): Asked<From>,
    headers: HeaderMap,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    let place = api.streams.clone().try_acquire_owned().map_err(|_| Problem::too_many_streams())?;
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok()?.parse::<u64>().ok());
    let heights = api.service.heights();
    let tip = heights.borrow().0;
    let next = from.or(last.map(|last| last.saturating_add(1))).unwrap_or(tip.saturating_add(1)).max(1);
    let telling = Telling { next, heights, stopping: api.stopping.clone(), api, _place: place };
    Ok(Sse::new(stream::unfold(telling, tell)).keep_alive(KeepAlive::default()))
}

/// The next event; None when the node stops or fails.
async fn tell(mut telling: Telling) -> Option<(Result<Event, Infallible>, Telling)> {
    loop {
        if *telling.stopping.borrow() {
            return None;
        }
        if telling.heights.borrow_and_update().0 >= telling.next {
            break;
        }
        tokio::select! {
            changed = telling.heights.changed() => changed.ok()?,
            stopping = telling.stopping.changed() => stopping.ok()?,
        }
    }
    let height = telling.next;
    let found = telling.api.ask(move |service| Ok(service.headers(height..=height)?)).await.ok()?;
    let header = found.first()?.header;
    let block =
        NewBlock { height: height.to_string(), block: header.hash().to_string(), time: header.time.0.to_string() };
    telling.next += 1;
    let event = Event::default().id(height.to_string()).event("block").json_data(block).ok()?;
    Some((Ok(event), telling))
}
