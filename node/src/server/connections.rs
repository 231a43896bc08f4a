//! How many connections a server keeps: in all, and of one peer. A connection beyond is closed at
//! once, so that neither thousands of connections of one peer nor of many fill the memory.

use axum_server::accept::Accept;
use std::collections::HashMap;
use std::future::{ready, Ready};
use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// How many connections a server keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Connections {
    /// In all.
    pub all: usize,
    /// Of one peer: an IPv4 address, or the first 64 bits of an IPv6 address.
    pub of_a_peer: usize,
}

impl Default for Connections {
    fn default() -> Self {
        Connections { all: 4096, of_a_peer: 256 }
    }
}

/// The number of the peer behind an address. The holder of an IPv6 address usually has the 2^64
/// addresses around it, so these count as one peer. A number of an IPv4 address is below 2^32, and one of an IPv6 network has the top bit.
pub fn peer_of(address: IpAddr) -> u64 {
    match address.to_canonical() {
        IpAddr::V4(address) => u64::from(u32::from(address)),
        IpAddr::V6(address) => (u128::from(address) >> 64) as u64 | 1 << 63,
    }
}

#[derive(Default)]
struct Open {
    all: usize,
    by_peer: HashMap<u64, usize>,
}

/// Lets connections in as long as there are few enough.
#[derive(Clone, Default)]
pub struct Admitting {
    limits: Connections,
    open: Arc<Mutex<Open>>,
}

impl Admitting {
    /// Lets in so many.
    pub fn new(limits: Connections) -> Self {
        Admitting { limits, open: Arc::default() }
    }
    fn open(&self) -> MutexGuard<'_, Open> {
        // The two numbers are changed together, and nothing panics between them.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
    /// A place for a connection of this address; None where there is none.
    fn place(&self, address: IpAddr) -> Option<Place> {
        let peer = peer_of(address);
        let mut open = self.open();
        let of_a_peer = open.by_peer.get(&peer).copied().unwrap_or(0);
        if open.all >= self.limits.all || of_a_peer >= self.limits.of_a_peer {
            return None;
        }
        open.all += 1;
        open.by_peer.insert(peer, of_a_peer + 1);
        Some(Place { admitting: self.clone(), peer })
    }
}

/// The place of an open connection.
struct Place {
    admitting: Admitting,
    peer: u64,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.admitting.open();
        open.all -= 1;
        match open.by_peer.get_mut(&self.peer) {
            Some(of_a_peer) if *of_a_peer > 1 => *of_a_peer -= 1,
            _ => {
                open.by_peer.remove(&self.peer);
            }
        }
    }
}

/// A connection with its place.
pub struct Counted {
    stream: TcpStream,
    _place: Place,
}

impl<S> Accept<TcpStream, S> for Admitting {
    type Stream = Counted;
    type Service = S;
    type Future = Ready<io::Result<(Counted, S)>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        let place = stream.peer_addr().map(|address| self.place(address.ip()));
        ready(place.and_then(|place| match place {
            Some(place) => {
                // Answers are small and whole: waiting for more to send would only delay them.
                stream.set_nodelay(true)?;
                Ok((Counted { stream, _place: place }, service))
            }
            None => Err(io::Error::new(io::ErrorKind::ConnectionRefused, "too many connections")),
        }))
    }
}

impl AsyncRead for Counted {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Counted {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }
    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }
    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_given_up_to_the_limits_and_come_back() {
        let admitting = Admitting::new(Connections { all: 3, of_a_peer: 2 });
        let address = |n: u8| IpAddr::from([10, 0, 0, n]);
        let held = [admitting.place(address(1)).unwrap(), admitting.place(address(1)).unwrap()];
        assert!(admitting.place(address(1)).is_none(), "two of one peer");
        let other = admitting.place(address(2)).unwrap();
        assert!(admitting.place(address(3)).is_none(), "three in all");
        drop(other);
        drop(held);
        let open = admitting.open();
        assert_eq!((open.all, open.by_peer.len()), (0, 0));
    }

    #[test]
    fn a_peer_is_an_address_or_a_network() {
        let v6 = |text: &str| peer_of(text.parse().unwrap());
        assert_eq!(v6("2001:db8::1"), v6("2001:db8::2"));
        assert_ne!(v6("2001:db8::1"), v6("2001:db8:0:1::1"));
        assert_eq!(v6("::ffff:10.0.0.1"), v6("10.0.0.1"));
        assert_ne!(v6("10.0.0.1"), v6("10.0.0.2"));
    }
}
