//! A node that runs: its blocks are sealed on one thread, and its API is served on others, until it
//! is told to stop.

use crate::clock::now;
use crate::config::Config;
use crate::embedded::Embedded;
use crate::home::Home;
use crate::metrics::Metrics;
use crate::server::Server;
use crate::{api, health, home, server};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// How often the node looks whether a block is due.
const TICK: Duration = Duration::from_millis(100);
/// How long the node waits after a fault of its disk before it tries again.
const AFTER_FAULT: Duration = Duration::from_secs(2);

/// A node whose last block is older than this many seconds is not ready, unless it may be idle for
/// longer.
const STALE: u64 = 30;

/// Why a node does not run, or runs no more.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Its home cannot be used.
    #[error(transparent)]
    Home(#[from] home::Error),
    /// Its API cannot be served.
    #[error(transparent)]
    Server(#[from] server::Error),
    /// The system has no threads for it.
    #[error("cannot start threads: {0}")]
    Threads(std::io::Error),
}

impl Error {
    /// A code that stays the same across versions.
    pub const fn code(&self) -> &'static str {
        match self {
            Error::Home(error) => error.code(),
            Error::Server(error) => error.code(),
            Error::Threads(_) => "threads",
        }
    }
}

/// Stops a node.
pub struct Stop(watch::Sender<bool>);

impl Stop {
    /// Stops it.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }
}

/// A way to stop a node, and what the node watches.
pub fn stop_signal() -> (Stop, watch::Receiver<bool>) {
    let (stop, stopping) = watch::channel(false);
    (Stop(stop), stopping)
}

/// Runs the node of a home until `stopping` becomes true.
///
/// # Errors
/// Any. A fault of the disk while it runs is logged, and the node tries again.
pub fn run(folder: &Path, config: &Config, stopping: &watch::Receiver<bool>) -> Result<(), Error> {
    let home = Home::at(folder);
    let metrics = Arc::new(Metrics::default());
    let node = Arc::new(Embedded::new(home.node()?, config.pace(), metrics.clone()));
    let server = Server::bind(&config.listening(folder))?;
    let watched = config.watch_listening().map(|listening| Server::bind(&listening)).transpose()?;
    let scheme = if config.tls.is_some() { "https" } else { "http" };
    let url = format!("{scheme}://{}", server.address()?);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Error::Threads)?;
    let (sealing, stop) = (node.clone(), stopping.clone());
    let sealer = std::thread::Builder::new().name("sealer".into()).spawn(move || seal(&sealing, &stop));
    let sealer = sealer.map_err(Error::Threads)?;
    home.say_address(&url)?;
    tracing::info!(url, genesis = %home.genesis()?.hash(), "the node listens");
    if let Some(server) = watched {
        tracing::info!(address = %server.address()?, "health and metrics");
        let routes = health::router(node.clone(), metrics.clone(), STALE.max(3 * config.idle_seconds));
        runtime.spawn(server.serve(routes, stopping.clone()));
    }
    let routes = api::router(node, metrics, config.requests(), stopping.clone());
    let served = runtime.block_on(server.serve(routes, stopping.clone()));
    home.forget_address();
    if served.is_ok() {
        // It ends because the node stops, and a panic there has been printed.
        let _ = sealer.join();
    }
    Ok(served?)
}

fn seal(node: &Embedded, stopping: &watch::Receiver<bool>) {
    while !*stopping.borrow() {
        match node.seal_if_due(now()) {
            Ok(Some(height)) => tracing::debug!(height = height.0, "a block is sealed"),
            Ok(None) => std::thread::sleep(TICK),
            Err(error) => {
                tracing::error!(code = error.code(), %error, "no block could be sealed; it is tried again");
                std::thread::sleep(AFTER_FAULT);
            }
        }
    }
}
