//! An append-only list of which copies share what they have in common. A copy costs one counter. An
//! append to a copied list copies one node of each level of the list, and there are four levels at
//! a million elements.

use std::sync::Arc;

/// Logarithm of the number of elements or children of a node.
const BITS: usize = 5;
/// The most elements or children of a node.
const WIDTH: usize = 1 << BITS;

#[derive(Debug)]
enum Node<T> {
    Leaf(Vec<T>),
    Branch(Vec<Arc<Node<T>>>),
}

impl<T: Clone> Clone for Node<T> {
    /// A copy with room for what will be appended to it.
    fn clone(&self) -> Self {
        fn roomy<E: Clone>(all: &[E]) -> Vec<E> {
            let mut copy = Vec::with_capacity(WIDTH);
            copy.extend_from_slice(all);
            copy
        }
        match self {
            Node::Leaf(elements) => Node::Leaf(roomy(elements)),
            Node::Branch(children) => Node::Branch(roomy(children)),
        }
    }
}

impl<T: Clone> Node<T> {
    /// A node without elements, `height` levels above the elements' own.
    fn empty(height: usize) -> Self {
        match height {
            0 => Node::Leaf(Vec::new()),
            _ => Node::Branch(Vec::new()),
        }
    }
    fn push(&mut self, height: usize, index: usize, element: T) {
        match self {
            Node::Leaf(elements) => elements.push(element),
            Node::Branch(children) => {
                let child = (index >> (BITS * height)) % WIDTH;
                if child == children.len() {
                    children.push(Arc::new(Node::empty(height - 1)));
                }
                Arc::make_mut(&mut children[child]).push(height - 1, index, element);
            }
        }
    }
}

/// The list.
#[derive(Clone, Debug)]
pub(super) struct Shared<T> {
    root: Arc<Node<T>>,
    /// Levels of branches above the elements.
    height: usize,
    len: usize,
}

impl<T: Clone> Shared<T> {
    /// Number of elements.
    pub fn len(&self) -> usize {
        self.len
    }
    /// Appends an element.
    pub fn push(&mut self, element: T) {
        if self.len == WIDTH << (BITS * self.height) {
            self.root = Arc::new(Node::Branch(vec![self.root.clone()]));
            self.height += 1;
        }
        Arc::make_mut(&mut self.root).push(self.height, self.len, element);
        self.len += 1;
    }
    /// The element at an index; None beyond the last.
    pub fn get(&self, index: usize) -> Option<&T> {
        if index >= self.len {
            return None;
        }
        let (mut node, mut height) = (self.root.as_ref(), self.height);
        loop {
            let place = (index >> (BITS * height)) % WIDTH;
            match node {
                Node::Leaf(elements) => return elements.get(place),
                Node::Branch(children) => node = children.get(place)?,
            }
            height = height.checked_sub(1)?;
        }
    }
    /// The elements in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &T> {
        (0..self.len).map(|index| self.get(index).expect("below the length"))
    }
}

impl<T: Clone> Default for Shared<T> {
    fn default() -> Self {
        Shared { root: Arc::new(Node::empty(0)), height: 0, len: 0 }
    }
}

impl<T: Clone> FromIterator<T> for Shared<T> {
    fn from_iter<I: IntoIterator<Item = T>>(elements: I) -> Self {
        let mut list = Shared::default();
        elements.into_iter().for_each(|element| list.push(element));
        list
    }
}

impl<T: Clone + PartialEq> PartialEq for Shared<T> {
    /// Whether the elements are the same, in the same order.
    fn eq(&self, other: &Self) -> bool {
        self.len == other.len && (Arc::ptr_eq(&self.root, &other.root) || self.iter().eq(other.iter()))
    }
}

impl<T: Clone + Eq> Eq for Shared<T> {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_has_what_was_appended_at_every_length() {
        let mut list = Shared::default();
        for n in 0..=WIDTH * WIDTH + WIDTH + 1 {
            assert_eq!((list.len(), list.get(n)), (n, None));
            list.push(n);
            assert_eq!((list.get(0), list.get(n / 2), list.get(n)), (Some(&0), Some(&(n / 2)), Some(&n)));
        }
        assert!(list.iter().copied().eq(0..list.len()));
        assert_eq!((0..list.len()).collect::<Shared<_>>(), list);
    }

    #[test]
    fn copies_go_their_own_ways_and_share_the_rest() {
        let base: Shared<usize> = (0..1000).collect();
        let (mut left, mut right) = (base.clone(), base.clone());
        (0..100).for_each(|n| left.push(n));
        (0..100).for_each(|n| right.push(n + 1));
        assert_eq!((base.len(), left.len()), (1000, 1100));
        assert!(base.iter().copied().eq(0..1000));
        assert!(left.iter().copied().eq((0..1000).chain(0..100)));
        assert!(right.iter().copied().eq((0..1000).chain(1..101)));
        assert!(left != right && left != base);
        // What is full in all of them is there once.
        let first = |list: &Shared<usize>| {
            let mut node = list.root.clone();
            while let Node::Branch(children) = node.clone().as_ref() {
                node = children[0].clone();
            }
            node
        };
        assert!(Arc::ptr_eq(&first(&left), &first(&right)) && Arc::ptr_eq(&first(&left), &first(&base)));
    }
}
