//! A tree of bounding boxes over open offers, for branch and bound. Boxes, types and least
//! positions cover exactly the offers that are still open, so offers that were taken cost later
//! searches nothing.

use super::attributes::Attributes;
use super::found::Found;
use crate::score::{score, QuantisedBid, QuantisedOffer, TYPE_UNIT};
use protocol::market_parameters::quantise_tick;

/// Number of numeric coordinates: price, volume, reputation, x, y.
const DIMENSIONS: usize = 5;
/// Most offers of a leaf.
const LEAF: usize = 8;
/// Stands for no node and for no offer.
const NONE: u32 = u32::MAX;

type Coordinates = [u8; DIMENSIONS];

fn coordinates(offer: &QuantisedOffer) -> Coordinates {
    [quantise_tick(offer.ask), offer.volume, offer.reputation, offer.x, offer.y]
}

/// A bid, with what the bounds of boxes need.
pub(super) struct Query<'a> {
    bid: &'a QuantisedBid,
    at: [i32; DIMENSIONS],
    weights: [u32; DIMENSIONS],
    /// The least cost of a type for each set of types (bit i: type i).
    types: [u32; 32],
    limit: u8,
}

impl<'a> Query<'a> {
    pub(super) fn new(bid: &'a QuantisedBid) -> Self {
        let [price, volume, reputation, place] = bid.weights.map(u32::from);
        let mut types = [0; 32];
        for (set, cost) in types.iter_mut().enumerate().skip(1) {
            let members = (0..bid.types.len()).filter(|t| set >> t & 1 == 1);
            *cost = members.map(|t| TYPE_UNIT * u32::from(bid.types[t])).min().expect("the set is not empty");
        }
        Query {
            bid,
            at: [bid.price, bid.volume, bid.reputation, bid.x, bid.y].map(i32::from),
            weights: [price, volume, reputation, place, place],
            types,
            limit: quantise_tick(bid.limit),
        }
    }
}

/// Bounds of the open offers below a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Bounds {
    low: Coordinates,
    high: Coordinates,
    /// Bit i: an open offer of type i.
    types: u8,
    /// The least position, or NONE if nothing is open.
    position: u32,
}

impl Bounds {
    const EMPTY: Bounds = Bounds { low: [u8::MAX; DIMENSIONS], high: [0; DIMENSIONS], types: 0, position: NONE };

    fn of(slot: &Slot) -> Bounds {
        Bounds { low: slot.at, high: slot.at, types: 1 << slot.offer.energy_type, position: slot.position }
    }

    fn with(mut self, other: &Bounds) -> Bounds {
        for d in 0..DIMENSIONS {
            self.low[d] = self.low[d].min(other.low[d]);
            self.high[d] = self.high[d].max(other.high[d]);
        }
        self.types |= other.types;
        self.position = self.position.min(other.position);
        self
    }

    /// A lower bound: no feasible offer inside has a smaller (score, position). None when no offer
    /// inside is feasible.
    fn bound(&self, query: &Query) -> Option<Found> {
        // Equal ticks quantise equally and different ones differently, so this is exact: some offer
        // inside is feasible.
        if self.position == NONE || self.low[0] > query.limit {
            return None;
        }
        let mut sum = query.types[usize::from(self.types)];
        for d in 0..DIMENSIONS {
            let high = if d == 0 { self.high[d].min(query.limit) } else { self.high[d] };
            let away = (i32::from(self.low[d]) - query.at[d]).max(query.at[d] - i32::from(high)).max(0);
            sum += query.weights[d] * (away * away) as u32;
        }
        Some(Found { score: sum, position: self.position })
    }
}

#[derive(Clone, Copy, Debug)]
struct Slot {
    offer: QuantisedOffer,
    at: Coordinates,
    position: u32,
    open: bool,
}

#[derive(Clone, Copy, Debug)]
struct Node {
    bounds: Bounds,
    parent: u32,
    kind: Kind,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Inner { left: u32, right: u32 },
    Leaf { first: u32, end: u32 },
}

/// Offers under bounding boxes.
#[derive(Clone, Debug)]
pub(super) struct Tree {
    /// The root is the first; children come after their parent.
    nodes: Vec<Node>,
    slots: Vec<Slot>,
    /// The leaf of each slot.
    leaves: Vec<u32>,
    open: usize,
}

impl Tree {
    pub(super) fn new(offers: Vec<(u32, QuantisedOffer)>, attributes: Attributes) -> Tree {
        let slot = |(position, offer): (u32, QuantisedOffer)| {
            debug_assert!(position < NONE);
            Slot { at: coordinates(&offer), offer, position, open: true }
        };
        let slots: Vec<Slot> = offers.into_iter().map(slot).collect();
        let open = slots.len();
        let mut tree = Tree { nodes: Vec::with_capacity(open / 2), leaves: vec![0; open], slots, open };
        tree.build(0, open, NONE, &attributes);
        tree
    }

    pub(super) fn len(&self) -> usize {
        self.open
    }

    /// The open offers.
    pub(super) fn offers(&self) -> impl Iterator<Item = (u32, QuantisedOffer)> + '_ {
        self.slots.iter().filter(|slot| slot.open).map(|slot| (slot.position, slot.offer))
    }

    /// The position in each slot, open or not.
    pub(super) fn positions(&self) -> impl Iterator<Item = u32> + '_ {
        self.slots.iter().map(|slot| slot.position)
    }

    /// Builds the node over `slots[first..end]`. Its depth is logarithmic: each split is by type or
    /// at the median.
    fn build(&mut self, first: usize, end: usize, parent: u32, attributes: &Attributes) -> u32 {
        let node = self.nodes.len() as u32;
        let slots = &mut self.slots[first..end];
        let bounds = slots.iter().fold(Bounds::EMPTY, |bounds, slot| bounds.with(&Bounds::of(slot)));
        self.nodes.push(Node { bounds, parent, kind: Kind::Leaf { first: first as u32, end: end as u32 } });
        if slots.len() <= LEAF {
            self.leaves[first..end].fill(node);
            return node;
        }
        let middle = first + split(slots, &bounds, attributes);
        let left = self.build(first, middle, node, attributes);
        let right = self.build(middle, end, node, attributes);
        self.nodes[node as usize].kind = Kind::Inner { left, right };
        node
    }

    /// The least (score, position) of an open feasible offer, if it is below `bound`. Adds the
    /// number of leaves searched to `leaves`.
    pub(super) fn best(&self, query: &Query, bound: Option<Found>, leaves: &mut usize) -> Option<Found> {
        let mut best = bound.unwrap_or(Found { score: u32::MAX, position: u32::MAX });
        let mut better = None;
        let mut stack = Vec::with_capacity(64);
        stack.extend(self.nodes[0].bounds.bound(query).map(|bound| (bound, 0u32)));
        while let Some((bound, node)) = stack.pop() {
            if bound >= best {
                continue;
            }
            match self.nodes[node as usize].kind {
                Kind::Inner { left, right } => {
                    let child = |child: u32| {
                        let bound = self.nodes[child as usize].bounds.bound(query)?;
                        (bound < best).then_some((bound, child))
                    };
                    match (child(left), child(right)) {
                        // The better one is on top, so that it lowers `best` before the other is
                        // searched.
                        (Some(a), Some(b)) => stack.extend(if a < b { [b, a] } else { [a, b] }),
                        (one, other) => stack.extend(one.or(other)),
                    }
                }
                Kind::Leaf { first, end } => {
                    *leaves += 1;
                    for candidate in &self.slots[first as usize..end as usize] {
                        let Some(score) = candidate.open.then(|| score(query.bid, &candidate.offer)).flatten() else {
                            continue;
                        };
                        let found = Found { score, position: candidate.position };
                        if found < best {
                            (best, better) = (found, Some(found));
                        }
                    }
                }
            }
        }
        better
    }

    /// Closes an open slot and tightens the boxes above it.
    pub(super) fn remove(&mut self, slot: usize) {
        debug_assert!(self.slots[slot].open);
        self.slots[slot].open = false;
        self.open -= 1;
        let mut node = self.leaves[slot];
        while node != NONE {
            let bounds = match self.nodes[node as usize].kind {
                Kind::Leaf { first, end } => {
                    let open = self.slots[first as usize..end as usize].iter().filter(|slot| slot.open);
                    open.fold(Bounds::EMPTY, |bounds, slot| bounds.with(&Bounds::of(slot)))
                }
                Kind::Inner { left, right } => {
                    self.nodes[left as usize].bounds.with(&self.nodes[right as usize].bounds)
                }
            };
            let node_now = &mut self.nodes[node as usize];
            if node_now.bounds == bounds {
                break;
            }
            node_now.bounds = bounds;
            node = node_now.parent;
        }
    }
}

/// Divides the slots in two and gives the index of the second part. While there are several types
/// it divides by type, since another type can cost as much as the whole width of an attribute. Then
/// it divides at the median of the widest attribute, equal ones by position. When all are equal it
/// divides by position, so that the first listed is found at once.
fn split(slots: &mut [Slot], bounds: &Bounds, attributes: &Attributes) -> usize {
    if attributes.energy_type && bounds.types.count_ones() > 1 {
        let least = bounds.types.trailing_zeros() as u8;
        slots.sort_by_key(|slot| slot.offer.energy_type);
        return slots.partition_point(|slot| slot.offer.energy_type == least);
    }
    let counts = [true, attributes.volume, attributes.reputation, attributes.place, attributes.place];
    let width = |d: usize| if counts[d] { bounds.high[d] - bounds.low[d] } else { 0 };
    let widest = (0..DIMENSIONS).max_by_key(|d| width(*d)).expect("there are dimensions");
    let middle = slots.len() / 2;
    if width(widest) == 0 {
        slots.select_nth_unstable_by_key(middle, |slot| slot.position);
    } else {
        slots.select_nth_unstable_by_key(middle, |slot| (slot.at[widest], slot.position));
    }
    middle
}
