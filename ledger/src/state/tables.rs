//! The one list of a state's tables. The struct, its first value, its sum and the sum's upkeep are
//! all made from it, so a table cannot be in one of them and missing in another.
//!
//! **To add a table:** give it a line in the list of `state.rs`, with a number that no line has (the
//! numbers are part of every state's digest, so a number is never given a second time), and a type
//! `Table<K, V>`, `Set<K>` or `Single<T>`. A type that is new to tables needs [`super::encode`]. Then
//! change entries through the table's methods alone. Nothing else is to be done: equality, copies and
//! the digest follow.
//!
//! **A value that changes with every transaction** costs one hash a block, not one a transaction:
//! what was changed is noted by key, and hashed when the block ends.

/// Declares the state: first what is not in its sum, then its tables by number.
macro_rules! tables {
    (
        $(#[$doc:meta])* pub struct $state:ident {
            $($(#[$fixed_doc:meta])* $fixed:ident: $fixed_type:ty,)*
            ---
            $($(#[$table_doc:meta])* $number:literal $table:ident: $type:ty,)*
        }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct $state {
            $($(#[$fixed_doc])* pub(crate) $fixed: $fixed_type,)*
            $($(#[$table_doc])* pub(crate) $table: $type,)*
        }

        impl $state {
            /// A state with empty tables.
            #[allow(clippy::too_many_arguments)]
            fn empty($($fixed: $fixed_type),*) -> Self {
                $state { $($fixed,)* $($table: Default::default(),)* }
            }
            /// Brings the sum up to date with what was changed since the last time.
            pub(crate) fn update_sum(&mut self) {
                $(self.$table.update_sum($number, &mut self.sum);)*
            }
            /// The sum over all entries, computed from nothing.
            pub(crate) fn sum_anew(&self) -> Sum {
                let mut sum = Sum::default();
                $(self.$table.add_all($number, &mut sum);)*
                sum
            }
        }

        #[cfg(test)]
        mod numbers {
            #[test]
            fn no_two_tables_have_one_number() {
                let numbers: &[u8] = &[$($number),*];
                let different: std::collections::BTreeSet<u8> = numbers.iter().copied().collect();
                assert_eq!(different.len(), numbers.len());
            }
        }
    };
}
