//! A transaction that is held, and a set that forgets its oldest members.

use super::source::Source;
use crate::receipt::TransactionDigest;
use protocol::ids::{BlobHash, TransactionId};
use std::collections::{BTreeSet, VecDeque};

/// How far a held transaction has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// Its seal is not verified yet.
    Waiting,
    /// Its own proof holds. It is a listing whose blob is not here.
    WithoutBlob,
    /// A step before it is missing, so nobody can tell yet whether its seal is good.
    Early,
    /// Its seal holds on the state after the last block.
    Verified,
}

/// A transaction that is held.
pub(super) struct Held {
    pub bytes: Vec<u8>,
    pub digest: TransactionDigest,
    pub id: TransactionId,
    pub source: Source,
    /// Whether an operator must have sealed it.
    pub by_operator: bool,
    /// The blob that it names.
    pub blob: Option<BlobHash>,
    /// Whether it contests scores.
    pub contests: bool,
    pub standing: Standing,
}

/// A set that forgets its oldest members.
pub(super) struct Forgetful<T> {
    members: BTreeSet<T>,
    order: VecDeque<T>,
}

impl<T> Default for Forgetful<T> {
    fn default() -> Self {
        Forgetful { members: BTreeSet::new(), order: VecDeque::new() }
    }
}

impl<T: Copy + Ord> Forgetful<T> {
    pub fn contains(&self, member: &T) -> bool {
        self.members.contains(member)
    }
    /// Adds a member, and forgets the oldest one if there are more than `most`.
    pub fn remember(&mut self, member: T, most: usize) {
        if self.members.insert(member) {
            self.order.push_back(member);
        }
        if self.order.len() > most {
            if let Some(oldest) = self.order.pop_front() {
                self.members.remove(&oldest);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forgetful_set_keeps_the_newest_members() {
        let mut set = Forgetful::default();
        for member in [1, 2, 2, 3, 4] {
            set.remember(member, 3);
        }
        let known: Vec<i32> = (0..6).filter(|member| set.contains(member)).collect();
        assert_eq!(known, [2, 3, 4]);
    }
}
