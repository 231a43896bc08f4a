//! Numbers for the peers that send transactions. The pool is fair by them.

use ledger::Source;
use std::hash::{BuildHasher, RandomState};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// Gives each peer's address its number. The numbers differ from start to start, so nobody can
/// choose an address that shares another's number. They are never logged.
#[derive(Clone, Default)]
pub struct Sources(Arc<RandomState>);

impl Sources {
    /// The source behind an address. Whoever has an IPv6 address usually has the 2^64 around it, so
    /// these count as one.
    pub fn of(&self, peer: SocketAddr) -> Source {
        let network = match peer.ip().to_canonical() {
            IpAddr::V4(address) => u64::from(u32::from(address)),
            IpAddr::V6(address) => (u128::from(address) >> 64) as u64 | 1 << 63,
        };
        // 0 is the node's own number.
        Source(self.0.hash_one(network).max(1))
    }
}
