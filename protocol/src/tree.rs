//! The record tree: append-only, arity 4, 16 levels, 2^32 leaves. A node is
//! `P4(c0, c1, c2, c3)[0] + c0`, an empty leaf is 0 (docs/protocol/10-records-and-keys.md).
//!
//! The arity is 4 because a proof of membership then costs 16 permutations of width 4, against 32
//! of width 2.

mod shared;

use crate::poseidon::compress;
use crate::Error;
use ark_bls12_381::Fr;
use ark_ff::Zero;
use shared::Shared;
use std::sync::OnceLock;

/// Levels of the tree.
pub const LEVELS: usize = 16;
/// Children of a node.
pub const ARITY: usize = 4;

crate::field_newtype! {
    /// A root of the record tree. One that the ledger accepts for proofs is an anchor.
    Root,
}

/// A leaf's position, 0..2^32.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position(pub u32);

/// The roots of empty subtrees, by their height.
fn empty() -> &'static [Fr; LEVELS + 1] {
    static EMPTY: OnceLock<[Fr; LEVELS + 1]> = OnceLock::new();
    EMPTY.get_or_init(|| {
        let mut all = [Fr::zero(); LEVELS + 1];
        for level in 0..LEVELS {
            all[level + 1] = compress(&[all[level]; ARITY]);
        }
        all
    })
}

/// A leaf's path: at each level, from the leaves up, all four children of the node above.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    /// The leaf's position. Its base-4 digits, least first, say which child is on the path.
    pub position: Position,
    /// The children, level by level.
    pub children: [[Fr; ARITY]; LEVELS],
}

impl Path {
    /// A consistent path for a dummy record, whose membership is not checked: the path of `leaf` in
    /// a tree that holds nothing else.
    pub fn dummy(leaf: Fr) -> Self {
        let mut tree = Tree::new();
        let position = tree.append(leaf).expect("an empty tree has room");
        tree.path(position).expect("just appended")
    }
    /// The path from a leaf up, given the other three children of each node on it.
    pub fn from_siblings(position: Position, leaf: Fr, siblings: &[[Fr; ARITY - 1]; LEVELS]) -> Self {
        let mut path = Path { position, children: [[Fr::zero(); ARITY]; LEVELS] };
        let mut current = leaf;
        for (level, others) in siblings.iter().enumerate() {
            let on_path = path.digit(level);
            let children = core::array::from_fn(|i| match i.cmp(&on_path) {
                core::cmp::Ordering::Less => others[i],
                core::cmp::Ordering::Equal => current,
                core::cmp::Ordering::Greater => others[i - 1],
            });
            path.children[level] = children;
            current = compress(&children);
        }
        path
    }
    /// The index of the child on the path at a level, 0..4.
    pub fn digit(&self, level: usize) -> usize {
        (self.position.0 >> (2 * level)) as usize % ARITY
    }
    /// The root that the path leads to.
    pub fn root(&self) -> Root {
        Root(compress(&self.children[LEVELS - 1]))
    }
    /// Whether every level's child on the path is the node below it, beginning with `leaf`.
    pub fn leads_from(&self, leaf: Fr) -> bool {
        let mut current = leaf;
        self.children.iter().enumerate().all(|(level, children)| {
            let on_path = children[self.digit(level)] == current;
            current = compress(children);
            on_path
        })
    }
}

/// The tree with all its full nodes. It gives roots and paths for its present and any earlier
/// length. Nodes along the right edge are not kept; they are hashed when a root or path is asked
/// for. So an append costs a third of a hash on average, and not one for each level.
///
/// A copy shares all nodes with its original, so it costs the same at every length.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    /// For each level from the leaves up, every node whose leaves are all present.
    full: [Shared<Fr>; LEVELS],
}

/// The nodes along the right edge of a tree of some length: at each level the first that is not
/// full.
struct Edge {
    len: u64,
    nodes: [Fr; LEVELS],
    root: Fr,
}

impl Tree {
    /// An empty tree.
    pub fn new() -> Self {
        Self::default()
    }
    /// The tree with these leaves. Error: [`Error::Arithmetic`] when there are more than 2^32.
    pub fn from_leaves(leaves: impl IntoIterator<Item = Fr>) -> Result<Self, Error> {
        let mut tree = Tree::new();
        leaves.into_iter().try_for_each(|leaf| tree.append(leaf).map(|_| ()))?;
        Ok(tree)
    }
    /// Number of leaves.
    pub fn len(&self) -> u64 {
        self.full[0].len() as u64
    }
    /// Whether the tree has no leaves.
    pub fn is_empty(&self) -> bool {
        self.full[0].len() == 0
    }
    /// The leaves in order.
    pub fn leaves(&self) -> impl ExactSizeIterator<Item = &Fr> {
        self.full[0].iter()
    }
    /// The leaf at a position; None beyond the last.
    pub fn leaf(&self, position: Position) -> Option<Fr> {
        self.full[0].get(position.0 as usize).copied()
    }
    /// Appends a leaf. Error: [`Error::Arithmetic`] when all 2^32 are taken.
    pub fn append(&mut self, leaf: Fr) -> Result<Position, Error> {
        let position = u32::try_from(self.full[0].len()).map_err(|_| Error::Arithmetic("the record tree is full"))?;
        self.full[0].push(leaf);
        for level in 1..LEVELS {
            let below = &self.full[level - 1];
            let len = below.len();
            if !len.is_multiple_of(ARITY) {
                break;
            }
            let child = |i| *below.get(len - ARITY + i).expect("a full group of children");
            let node = compress(&core::array::from_fn(child));
            self.full[level].push(node);
        }
        Ok(Position(position))
    }
    /// The right edge of the tree of the first `len` leaves. It costs at most one hash for each
    /// level.
    fn edge(&self, len: u64) -> Edge {
        let mut edge = Edge { len, nodes: [Fr::zero(); LEVELS], root: Fr::zero() };
        for level in 0..LEVELS {
            // The last node is the root, of a full tree too.
            let above = if level + 1 < LEVELS { len >> (2 * (level + 1)) } else { 0 };
            let node = if level + 1 < LEVELS && len == above << (2 * (level + 1)) {
                empty()[level + 1]
            } else {
                compress(&core::array::from_fn(|i| self.node(level, above * ARITY as u64 + i as u64, &edge)))
            };
            *edge.nodes.get_mut(level + 1).unwrap_or(&mut edge.root) = node;
        }
        edge
    }
    /// Node `index` of a level, given the edge up to that level.
    fn node(&self, level: usize, index: u64, edge: &Edge) -> Fr {
        let full = edge.len >> (2 * level);
        match index.cmp(&full) {
            core::cmp::Ordering::Less => *self.full[level].get(index as usize).expect("a full node is kept"),
            core::cmp::Ordering::Equal => edge.nodes[level],
            core::cmp::Ordering::Greater => empty()[level],
        }
    }
    /// The root. It costs at most one hash for each level.
    pub fn root(&self) -> Root {
        Root(self.edge(self.len()).root)
    }
    /// The path of a leaf; None beyond the last. It costs as much as [`Self::root`].
    pub fn path(&self, position: Position) -> Option<Path> {
        self.path_at(position, self.len())
    }
    /// The path of a leaf in the tree when it had `len` leaves, for a proof under an older anchor.
    /// None when the leaf was not there yet or the tree never had so many. It costs as much as
    /// [`Self::root`].
    pub fn path_at(&self, position: Position, len: u64) -> Option<Path> {
        if u64::from(position.0) >= len || len > self.len() {
            return None;
        }
        let edge = self.edge(len);
        let first = |level: usize| u64::from(position.0) >> (2 * (level + 1)) << 2;
        let children = |level| core::array::from_fn(|i| self.node(level, first(level) + i as u64, &edge));
        Some(Path { position, children: core::array::from_fn(children) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The root by its definition: level by level, filled up with empty subtrees.
    fn textbook(leaves: &[Fr]) -> Fr {
        let mut nodes = leaves.to_vec();
        for empty in &empty()[..LEVELS] {
            let group = |group: &[Fr]| compress(&core::array::from_fn(|i| group.get(i).copied().unwrap_or(*empty)));
            nodes = nodes.chunks(ARITY).map(group).collect();
        }
        nodes.first().copied().unwrap_or(empty()[LEVELS])
    }

    #[test]
    fn an_empty_tree_has_the_root_of_no_leaves() {
        assert_eq!(Tree::new().root().0, textbook(&[]));
        assert!(Tree::new().path(Position(0)).is_none());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(12))]
        #[test]
        fn every_path_leads_to_the_root_and_only_from_its_leaf(n in 1usize..70) {
            let mut tree = Tree::new();
            let mut earlier = vec![tree.clone()];
            for i in 0..n {
                prop_assert_eq!(tree.append(Fr::from(i as u64 + 1)).unwrap(), Position(i as u32));
                earlier.push(tree.clone());
            }
            for i in 0..n {
                let path = tree.path(Position(i as u32)).unwrap();
                prop_assert_eq!(path.root(), tree.root());
                prop_assert!(path.leads_from(Fr::from(i as u64 + 1)));
                prop_assert!(!path.leads_from(Fr::from(i as u64 + 2)));
                let mut moved = path.clone();
                moved.position = Position(path.position.0 ^ 1);
                prop_assert!(!moved.leads_from(Fr::from(i as u64 + 1)));
            }
            prop_assert!(tree.path(Position(n as u32)).is_none());
            let leaves: Vec<Fr> = tree.leaves().copied().collect();
            prop_assert_eq!(&Tree::from_leaves(leaves.iter().copied()).unwrap(), &tree);
            prop_assert_eq!(textbook(&leaves), tree.root().0);
            for len in [1, n / 3 + 1, n / 2 + 1, n] {
                let then = &earlier[len];
                prop_assert_eq!(textbook(&leaves[..len]), then.root().0);
                for i in [0, len / 2, len - 1] {
                    let position = Position(i as u32);
                    prop_assert_eq!(tree.path_at(position, len as u64), then.path(position));
                }
                prop_assert_eq!(tree.path_at(Position(len as u32), len as u64), None);
            }
            prop_assert_eq!(tree.path_at(Position(0), n as u64 + 1), None);
        }
    }
}
