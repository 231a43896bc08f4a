//! Merkle trees over byte strings, such as a block's transactions or receipts. The hash is SHA-256.
//! Leaves, nodes and root each have a domain of their own, and the root includes the number of
//! leaves. So two different lists never have one root.

use crate::encoding::digest;

fn leaf(bytes: &[u8]) -> [u8; 32] {
    digest("veilgrid/merkle-leaf/1", bytes)
}

fn node(left: &[u8; 32], right: &[u8; 32]) -> [u8; 32] {
    digest("veilgrid/merkle-node/1", &[*left, *right].concat())
}

fn top(count: u64, node: &[u8; 32]) -> [u8; 32] {
    digest("veilgrid/merkle-root/1", &[count.to_le_bytes().as_slice(), node].concat())
}

/// The nodes one level up. A last node without a neighbour goes up unchanged.
fn level_up(level: &[[u8; 32]]) -> Vec<[u8; 32]> {
    level.chunks(2).map(|pair| if pair.len() == 2 { node(&pair[0], &pair[1]) } else { pair[0] }).collect()
}

/// The root of a list of byte strings.
pub fn root<I: IntoIterator<Item = B>, B: AsRef<[u8]>>(leaves: I) -> [u8; 32] {
    let mut level: Vec<[u8; 32]> = leaves.into_iter().map(|l| leaf(l.as_ref())).collect();
    let count = level.len() as u64;
    while level.len() > 1 {
        level = level_up(&level);
    }
    top(count, &level.first().copied().unwrap_or([0; 32]))
}

/// The number of neighbours in a proof for leaf `index` of `count`.
pub fn neighbours(index: u64, count: u64) -> usize {
    let (mut at, mut width, mut found) = (index, count, 0);
    while width > 1 {
        found += usize::from((at ^ 1) < width);
        at /= 2;
        width = width.div_ceil(2);
    }
    found
}

/// A proof that a byte string is at some index of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MerkleProof {
    /// The index of the byte string, from 0.
    pub index: u64,
    /// The length of the list.
    pub count: u64,
    /// The neighbours on the way from leaf to root. A level without a neighbour has no entry.
    pub neighbours: Vec<[u8; 32]>,
}

impl MerkleProof {
    /// The proof for the leaf at `index`; None beyond the last.
    pub fn new<B: AsRef<[u8]>>(leaves: &[B], index: usize) -> Option<Self> {
        leaves.get(index)?;
        let mut level: Vec<[u8; 32]> = leaves.iter().map(|l| leaf(l.as_ref())).collect();
        let (mut at, mut neighbours) = (index, Vec::new());
        while level.len() > 1 {
            neighbours.extend(level.get(at ^ 1));
            level = level_up(&level);
            at /= 2;
        }
        Some(MerkleProof { index: index as u64, count: leaves.len() as u64, neighbours })
    }
    /// Whether this proves that `bytes` are in the list with this root.
    pub fn proves(&self, bytes: &[u8], root: &[u8; 32]) -> bool {
        if self.index >= self.count {
            return false;
        }
        let (mut at, mut width, mut current) = (self.index, self.count, leaf(bytes));
        let mut neighbours = self.neighbours.iter();
        while width > 1 {
            if (at ^ 1) < width {
                let Some(neighbour) = neighbours.next() else { return false };
                current = if at % 2 == 0 { node(&current, neighbour) } else { node(neighbour, &current) };
            }
            at /= 2;
            width = width.div_ceil(2);
        }
        neighbours.next().is_none() && top(self.count, &current) == *root
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proofs_prove_their_leaf_at_its_place_only() {
        for n in 1..20usize {
            let leaves: Vec<Vec<u8>> = (0..n).map(|i| vec![i as u8; i]).collect();
            let root = root(&leaves);
            for i in 0..n {
                let proof = MerkleProof::new(&leaves, i).unwrap();
                assert!(proof.proves(&leaves[i], &root));
                assert_eq!(proof.neighbours.len(), neighbours(i as u64, n as u64));
                assert!(!proof.proves(b"else", &root));
                assert!(!MerkleProof { index: proof.index + 1, ..proof.clone() }.proves(&leaves[i], &root));
                assert!(!MerkleProof { count: proof.count + 1, ..proof.clone() }.proves(&leaves[i], &root));
                let longer = [proof.neighbours.clone(), vec![[0; 32]]].concat();
                assert!(!MerkleProof { neighbours: longer, ..proof }.proves(&leaves[i], &root));
            }
            assert!(MerkleProof::new(&leaves, n).is_none());
        }
    }

    #[test]
    fn lists_of_different_lengths_differ() {
        let empty: [&[u8]; 0] = [];
        assert_ne!(root(empty), root([b""]));
        assert_ne!(root([b"a"]), root([b"a", b"a"]));
        assert_ne!(root([b"a", b"b"]), root([b"b", b"a"]));
    }
}
