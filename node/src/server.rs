//! A listener, its time limits, and its end.

mod connections;

pub(crate) use connections::peer_of;
pub use connections::Connections;

use axum::Router;
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use axum_server::Handle;
use connections::Admitting;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::time::Duration;
use tokio::sync::watch;

/// How long a client may take for its first request, for the headers of a request, and for a TLS
/// handshake.
const HEADER_TIME: Duration = Duration::from_secs(10);
/// How many bytes the headers of a request may have.
const HEADER_BYTES: usize = 16 << 10;
/// How long requests may go on after the node was told to stop.
const DRAIN: Duration = Duration::from_secs(5);

/// A certificate and its key, as PEM files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// The chain of certificates.
    pub certificate: PathBuf,
    /// The private key.
    pub key: PathBuf,
}

/// Why a server does not run.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Without TLS everybody on the way reads and changes what clients send.
    #[error("{0} is not a loopback address, and no certificate is configured: configure `tls`, or allow it with `plain_http`")]
    PlainHttp(SocketAddr),
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {error}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The system's reason.
        error: std::io::Error,
    },
    /// The certificate or its key cannot be used.
    #[error("cannot use the certificate {}: {error}", path.display())]
    Certificate {
        /// The certificate's file.
        path: PathBuf,
        /// The reason.
        error: std::io::Error,
    },
    /// The server ended by a fault.
    #[error("the server ended: {0}")]
    Ended(std::io::Error),
}

impl Error {
    /// A code that stays the same across versions.
    pub const fn code(&self) -> &'static str {
        match self {
            Error::PlainHttp(_) => "plain-http",
            Error::Listen { .. } => "listen",
            Error::Certificate { .. } => "certificate",
            Error::Ended(_) => "server-ended",
        }
    }
}

/// How a node listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listening {
    /// The address. Port 0 lets the system choose one.
    pub address: SocketAddr,
    /// The certificate; None for plain HTTP.
    pub tls: Option<TlsFiles>,
    /// Whether plain HTTP is allowed on an address that others reach.
    pub plain_http: bool,
    /// How many connections it keeps.
    pub connections: Connections,
}

/// A bound listener that does not serve yet.
pub struct Server {
    listener: TcpListener,
    tls: Option<TlsFiles>,
    connections: Connections,
}

impl Server {
    /// Binds the listener.
    ///
    /// # Errors
    /// [`Error::PlainHttp`], [`Error::Listen`].
    pub fn bind(listening: &Listening) -> Result<Self, Error> {
        let address = listening.address;
        if listening.tls.is_none() && !listening.plain_http && !address.ip().is_loopback() {
            return Err(Error::PlainHttp(address));
        }
        let listener = TcpListener::bind(address).map_err(|error| Error::Listen { address, error })?;
        Ok(Server { listener, tls: listening.tls.clone(), connections: listening.connections })
    }
    /// The address that it listens on.
    ///
    /// # Errors
    /// [`Error::Ended`] where the system cannot tell.
    pub fn address(&self) -> Result<SocketAddr, Error> {
        self.listener.local_addr().map_err(Error::Ended)
    }
    /// Serves these routes until `stopping` becomes true. Streams end then, and other requests have five more
    /// seconds.
    ///
    /// # Errors
    /// [`Error::Certificate`], [`Error::Ended`].
    pub async fn serve(self, routes: Router, mut stopping: watch::Receiver<bool>) -> Result<(), Error> {
        let app = routes.into_make_service_with_connect_info::<SocketAddr>();
        let handle = Handle::new();
        let stop = handle.clone();
        tokio::spawn(async move {
            // The sender of `stopping` goes away only with the program.
            let _ = stopping.wait_for(|stopping| *stopping).await;
            stop.graceful_shutdown(Some(DRAIN));
        });
        let mut server = axum_server::from_tcp(self.listener).map_err(Error::Ended)?;
        server.http_builder().http1().header_read_timeout(HEADER_TIME).max_buf_size(HEADER_BYTES);
        let server = server.handle(handle).first_request_timeout(HEADER_TIME);
        let admitting = Admitting::new(self.connections);
        match self.tls {
            None => server.acceptor(admitting).serve(app).await,
            Some(TlsFiles { certificate, key }) => {
                let config = RustlsConfig::from_pem_file(&certificate, key).await;
                let config = config.map_err(|error| Error::Certificate { path: certificate, error })?;
                let acceptor = RustlsAcceptor::new(config).handshake_timeout(HEADER_TIME).acceptor(admitting);
                server.acceptor(acceptor).serve(app).await
            }
        }
        .map_err(Error::Ended)
    }
}
