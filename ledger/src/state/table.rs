//! Tables of a state: ordered maps of which copies share what they have in common, and which note
//! what was changed since the state's sum was last brought up to date.

use super::encode::Encode;
use super::sum::Sum;
use rpds::RedBlackTreeMapSync;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::{Deref, DerefMut, RangeBounds};

/// A table. Its copies share their entries, so a copy costs the same at every length. Whoever
/// changes an entry goes through here, so no change is missing from the sum.
#[derive(Clone)]
pub(crate) struct Table<K: Ord, V> {
    entries: RedBlackTreeMapSync<K, V>,
    /// For each entry that may have been changed since the last [`Table::update_sum`]: its value then.
    before: BTreeMap<K, Option<V>>,
}

/// A table of keys alone.
pub(crate) type Set<K> = Table<K, ()>;

impl<K: Ord + Clone, V: Clone> Table<K, V> {
    /// The value of a key; None if the table does not have it.
    pub fn get(&self, key: &K) -> Option<&V> {
        self.entries.get(key)
    }
    /// Whether the table has a key.
    pub fn contains_key(&self, key: &K) -> bool {
        self.entries.contains_key(key)
    }
    /// The value of a key, to be changed; None if the table does not have it.
    pub fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        self.note(key);
        self.entries.get_mut(key)
    }
    /// The value of a key, to be changed; the default value if the table did not have it.
    pub fn or_default(&mut self, key: K) -> &mut V
    where
        V: Default,
    {
        self.note(&key);
        if !self.entries.contains_key(&key) {
            self.entries.insert_mut(key.clone(), V::default());
        }
        self.entries.get_mut(&key).expect("just inserted")
    }
    /// Sets the value of a key.
    pub fn insert(&mut self, key: K, value: V) {
        self.note(&key);
        self.entries.insert_mut(key, value);
    }
    /// Removes a key, if the table has it.
    pub fn remove(&mut self, key: &K) {
        if self.contains_key(key) {
            self.note(key);
            self.entries.remove_mut(key);
        }
    }
    /// Removes the keys from this one on, up to the first that does not belong to them.
    pub fn remove_run(&mut self, from: K, belongs: impl Fn(&K) -> bool) {
        let keys: Vec<K> = self.range(from..).map(|(key, _)| key.clone()).take_while(belongs).collect();
        keys.iter().for_each(|key| self.remove(key));
    }
    /// The entries in the order of their keys.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&K, &V)> + ExactSizeIterator {
        self.entries.iter()
    }
    /// The keys in order.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &K> + ExactSizeIterator {
        self.entries.keys()
    }
    /// The values in the order of their keys.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &V> + ExactSizeIterator {
        self.entries.values()
    }
    /// The entries of a range of keys, in order.
    pub fn range(&self, range: impl RangeBounds<K>) -> impl DoubleEndedIterator<Item = (&K, &V)> {
        self.entries.range::<K, _>(range)
    }
    /// The first entry; None of an empty table.
    pub fn first(&self) -> Option<(&K, &V)> {
        self.entries.first()
    }
    /// The last entry; None of an empty table.
    pub fn last(&self) -> Option<(&K, &V)> {
        self.entries.last()
    }
    /// Number of entries.
    pub fn len(&self) -> usize {
        self.entries.size()
    }
    /// Notes the value of a key before its first change.
    fn note(&mut self, key: &K) {
        if !self.before.contains_key(key) {
            self.before.insert(key.clone(), self.entries.get(key).cloned());
        }
    }
}

impl<K: Ord + Clone + Encode, V: Clone + PartialEq + Encode> Table<K, V> {
    /// Brings a sum up to date with the changes since the last time. `number` is the table's own.
    pub fn update_sum(&mut self, number: u8, sum: &mut Sum) {
        for (key, before) in std::mem::take(&mut self.before) {
            let now = self.entries.get(&key);
            if now == before.as_ref() {
                continue;
            }
            if let Some(value) = &before {
                sum.remove(&entry(number, &key, value));
            }
            if let Some(value) = now {
                sum.add(&entry(number, &key, value));
            }
        }
    }
    /// Adds every entry to a sum.
    pub fn add_all(&self, number: u8, sum: &mut Sum) {
        self.iter().for_each(|(key, value)| sum.add(&entry(number, key, value)));
    }
}

/// The encoding of an entry: `table 1 | key | value`.
fn entry(number: u8, key: &impl Encode, value: &impl Encode) -> Vec<u8> {
    let mut out = vec![number];
    key.encode(&mut out);
    value.encode(&mut out);
    out
}

impl<K: Ord + Clone> Set<K> {
    /// Whether the set has a key.
    pub fn contains(&self, key: &K) -> bool {
        self.contains_key(key)
    }
    /// Adds a key.
    pub fn add(&mut self, key: K) {
        self.insert(key, ());
    }
}

impl<K: Ord, V> Default for Table<K, V> {
    fn default() -> Self {
        Table { entries: RedBlackTreeMapSync::new_sync(), before: BTreeMap::new() }
    }
}

impl<K: Ord, V: PartialEq> PartialEq for Table<K, V> {
    /// Whether the entries are the same.
    fn eq(&self, other: &Self) -> bool {
        self.entries == other.entries
    }
}

impl<K: Ord, V: Eq> Eq for Table<K, V> {}

impl<K: Ord + fmt::Debug, V: fmt::Debug> fmt::Debug for Table<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.entries.iter()).finish()
    }
}

/// A single value that enters the sum, as a table with one entry does. It is read and changed
/// through a dereference.
#[derive(Clone, Debug)]
pub(crate) struct Single<T> {
    value: T,
    /// If it may have been changed since the last [`Single::update_sum`]: its value then.
    before: Option<T>,
}

impl<T: Clone + PartialEq + Encode> Single<T> {
    /// Brings a sum up to date. A default value is added like any other, so the first call for a
    /// new state is [`Single::add_all`].
    pub fn update_sum(&mut self, number: u8, sum: &mut Sum) {
        if let Some(before) = self.before.take().filter(|before| *before != self.value) {
            sum.remove(&entry(number, &(), &before));
            sum.add(&entry(number, &(), &self.value));
        }
    }
    /// Adds the value to a sum.
    pub fn add_all(&self, number: u8, sum: &mut Sum) {
        sum.add(&entry(number, &(), &self.value));
    }
}

impl<T: Default> Default for Single<T> {
    fn default() -> Self {
        Single { value: T::default(), before: None }
    }
}

impl<T> Deref for Single<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: Clone> DerefMut for Single<T> {
    fn deref_mut(&mut self) -> &mut T {
        self.before.get_or_insert_with(|| self.value.clone());
        &mut self.value
    }
}

impl<T: PartialEq> PartialEq for Single<T> {
    /// Whether the values are the same.
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<T: Eq> Eq for Single<T> {}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn anew(table: &Table<u32, u64>, single: &Single<u64>) -> Sum {
        let mut sum = Sum::default();
        table.add_all(1, &mut sum);
        single.add_all(2, &mut sum);
        sum
    }

    #[test]
    fn a_copy_shares_every_entry_and_a_change_touches_its_own_alone() {
        const ENTRIES: u64 = 10_000;
        let (mut table, mut sum) = (Table::default(), Sum::default());
        (0..ENTRIES).for_each(|key| table.insert(key, key));
        table.update_sum(1, &mut sum);
        let shared = |a: &Table<u64, u64>, b: &Table<u64, u64>| {
            (0..ENTRIES).filter(|key| std::ptr::eq(a.get(key).unwrap(), b.get(key).unwrap())).count() as u64
        };
        let mut copy = table.clone();
        assert_eq!((shared(&table, &copy), copy.before.len()), (ENTRIES, 0));
        copy.insert(ENTRIES / 2, 0);
        assert_eq!((shared(&table, &copy), copy.before.len()), (ENTRIES - 1, 1));
    }

    proptest! {
        #[test]
        fn the_sum_follows_every_way_of_changing(
            changes in prop::collection::vec((0u8..7, 0u32..9, 0u64..4), 0..60), every in 1usize..5,
        ) {
            let (mut table, mut single) = (Table::<u32, u64>::default(), Single::<u64>::default());
            let mut sum = anew(&table, &single);
            for (n, (way, key, value)) in changes.into_iter().enumerate() {
                let (was, sum_then) = (table.clone(), anew(&table, &single));
                match way {
                    0 | 1 => table.insert(key, value),
                    2 => table.remove(&key),
                    3 => table.remove_run(key, |k| *k < key + 2),
                    4 => table.get_mut(&key).into_iter().for_each(|v| *v = value),
                    5 => *table.or_default(key) += value,
                    _ => *single = value,
                }
                if way < 6 {
                    prop_assert_eq!(anew(&was, &single), sum_then, "a copy keeps its entries");
                }
                if n % every == 0 {
                    table.update_sum(1, &mut sum);
                    single.update_sum(2, &mut sum);
                    prop_assert_eq!(&sum, &anew(&table, &single));
                }
            }
        }
    }

    #[test]
    fn tables_with_the_same_entries_are_told_apart_by_their_numbers() {
        let mut table = Table::<u32, u64>::default();
        table.insert(1, 2);
        let of = |number| {
            let mut sum = Sum::default();
            table.add_all(number, &mut sum);
            sum
        };
        assert!(of(1) != of(2));
    }
}
