//! A viewing key sees what the wallet sees, and its holder cannot make a proof that spends.

use super::{office, phrase};
use crate::support::*;
use fhe_matcher::key::MatchingPublicKey;
use protocol::ids::Height;
use protocol::record::nullifier;
use protocol::relation::check::Owner;
use protocol::relation::merge::{Merge, MergeInput, MergeWitness};
use protocol::tree::Path;
use protocol::Fr;
use wallets::household::{ChainParameters, Wallet, Watch};
use wallets::note::Payload;

#[test]
fn a_viewing_key_reads_and_cannot_spend() {
    let (_folder, _, office) = office();
    let genesis = *office.node().state().genesis();
    let blob = office.node().blob(&genesis.matching_key).unwrap().unwrap();
    let parameters = ChainParameters::new(genesis, MatchingPublicKey::from_bytes(&blob).unwrap()).unwrap();
    let mut wallet = Wallet::create(&phrase(1), Height(0), parameters.clone()).unwrap();
    let mut watch = Watch::new(wallet.viewing_key(), Height(0), parameters);
    for block in &office.blocks().unwrap() {
        wallet.scan(block).unwrap();
        watch.scan(block).unwrap();
    }
    // It reads everything: the final balance, every record, every plan and its trade.
    assert_eq!(Some(watch.balance().get()), reference().report["households"][1]["balance"].as_u64());
    let of = |watch: &Watch| watch.records().map(|r| (r.position(), r.commitment(), r.spent())).collect::<Vec<_>>();
    assert_eq!(of(&watch), of(wallet.watch()));
    assert!(watch.plans().next().is_some_and(|(_, plan)| plan.match_opening().is_some()));
    // It spends nothing. A `Watch` makes no transactions; by hand, with all that it knows
    // (openings, paths, nk):
    let key = wallet.viewing_key();
    let record = watch.records().find(|r| !r.spent() && matches!(r.payload(), Payload::Balance { .. })).unwrap();
    let Payload::Balance { amount, blinding } = *record.payload() else { unreachable!() };
    let node = office.node();
    let tree = node.state().tree();
    let path = tree.path(record.position()).unwrap();
    let spend = |sk: Fr| {
        let dummy = Fr::from(5u64);
        let mut witness = MergeWitness {
            owner: Owner { sk },
            is_balance: true,
            energy_type: Fr::from(0u64),
            cycle: Fr::from(0u64),
            meter: Fr::from(0u64),
            records: [
                MergeInput { value: Fr::from(amount.get()), blinding, path: path.clone() },
                MergeInput { value: Fr::from(0u64), blinding: dummy, path: path.clone() },
            ],
            blinding: dummy,
        };
        let nothing = witness.commitment(Fr::from(0u64), dummy);
        witness.records[1].path = Path::dummy(nothing.0);
        let first = nullifier(key.nullifier_key.expose(), record.commitment(), path.position);
        let second = witness.owner.nullifier(nothing, &witness.records[1].path);
        let merged = witness.commitment(Fr::from(amount.get()), dummy);
        let statement =
            Merge { root: tree.root(), nullifiers: [first, second], record: merged, binding: Fr::from(1u64) };
        // The wallet has no second record, so that a merge is never whole: the first one's spend counts.
        let Err(broken) = statement.check(&witness) else { panic!("a record that is not in the tree was merged") };
        !broken.0.iter().any(|condition| condition.starts_with("1.first"))
    };
    let seed = bip39::Mnemonic::parse(phrase(1)).unwrap().to_seed_normalized("");
    let right = protocol::keys::SpendingKey::from_seed(&seed).expose();
    assert!(spend(right), "with the spending key it would be a spend");
    for guess in [key.nullifier_key.expose(), watch.address().0, Fr::from_le(&key.note_secret), Fr::from(0u64)] {
        assert!(!spend(guess));
    }
}

trait FromBytes {
    fn from_le(bytes: &[u8; 32]) -> Fr;
}

impl FromBytes for Fr {
    fn from_le(bytes: &[u8; 32]) -> Fr {
        ark_ff::PrimeField::from_le_bytes_mod_order(bytes)
    }
}
