//! The ledger answers any bytes with a receipt.

use crate::world::World;
use proptest::prelude::*;
use protocol::transaction::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn arbitrary_bytes_never_panic(kind in 0u8..30, noise in prop::collection::vec(any::<u8>(), 0..MAX_BYTES + 40)) {
        let w = World::empty();
        prop_assert!(w.execute(std::slice::from_ref(&noise)).receipts[0].outcome.is_err());
        // Random bytes behind a valid start, cut to a valid length.
        let mut bytes = vec![VERSION, kind];
        bytes.extend(w.state.chain().0);
        bytes.extend(9u64.to_le_bytes());
        bytes.extend(&noise);
        if let Ok(kind) = Kind::from_u8(kind) {
            bytes.resize(kind.size(), 0);
        }
        prop_assert!(w.execute(&[bytes]).receipts[0].outcome.is_err());
    }
}
