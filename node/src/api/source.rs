//! Numbers for the peers that send transactions. The pool is fair by them.

use crate::server::peer_of;
use ledger::Source;
use std::hash::{BuildHasher, RandomState};
use std::net::SocketAddr;
use std::sync::Arc;

/// Gives each peer's address its number. The numbers differ from start to start, so nobody can
/// choose an address that shares another's number. They are never logged.
#[derive(Clone, Default)]
pub struct Sources(Arc<RandomState>);

impl Sources {
    /// The source behind an address.
    pub fn of(&self, peer: SocketAddr) -> Source {
        // 0 is the node's own number.
        Source(self.0.hash_one(peer_of(peer.ip())).max(1))
    }
}
