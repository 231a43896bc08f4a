//! Whether the verifying keys of a chain can be trusted. Everybody knows the trapdoors of the keys
//! from the public seed, and can prove anything under them. So whoever holds a secret refuses them
//! on network `main`: in the genesis, and in every change of a key that it scans. The program's pins
//! say which keys these are.

use circuits::pins::Pins;
use circuits::KeyId;
use protocol::ids::VerifyingKeyId;
use protocol::key_schedule::genesis_keys_digest;
use protocol::keys::Network;
use protocol::relation::RelationKind;
use protocol::transaction::body::ActivateKey;
use protocol::transaction::genesis::Genesis;

/// Why a chain's verifying keys are refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UntrustedKeys {
    /// A key is from the public seed, and the chain is of network `main`.
    #[error("the chain is of network main, and its verifying key of relation {} is from the public seed, whose trapdoor everybody knows", .0.name())]
    Insecure(RelationKind),
    /// A genesis of network `main` pins keys of which this program does not know the origin.
    #[error("the genesis pins other verifying keys than this version has: use the version that has them")]
    Unknown,
}

impl UntrustedKeys {
    /// A code that stays the same across versions, for machines.
    pub const fn code(&self) -> &'static str {
        match self {
            UntrustedKeys::Insecure(_) => "insecure-key",
            UntrustedKeys::Unknown => "verifying-keys",
        }
    }
}

/// Judges the keys that a genesis pins.
pub(crate) fn judge_genesis(genesis: &Genesis) -> Result<(), UntrustedKeys> {
    judge_genesis_by(genesis, &Pins::embedded())
}

/// Judges the key that a change activates. A key that this program does not have passes: nobody can
/// prove under it here.
pub(crate) fn judge_change(network: Network, change: &ActivateKey) -> Result<(), UntrustedKeys> {
    judge_change_by(network, change, &Pins::embedded())
}

fn judge_genesis_by(genesis: &Genesis, pins: &Pins) -> Result<(), UntrustedKeys> {
    if genesis.network == Network::Test {
        return Ok(());
    }
    let id = |relation: RelationKind| pins.get(relation.name()).map(|pin| pin.key);
    let ids: Option<Vec<KeyId>> = RelationKind::ALL.into_iter().map(id).collect();
    let ids = ids.ok_or(UntrustedKeys::Unknown)?;
    let mut next = ids.iter();
    let digest = genesis_keys_digest(|_| VerifyingKeyId(next.next().expect("one a relation").0));
    if digest != genesis.verifying_keys {
        return Err(UntrustedKeys::Unknown);
    }
    match RelationKind::ALL.into_iter().zip(ids).find(|(_, key)| pins.is_insecure(*key)) {
        Some((relation, _)) => Err(UntrustedKeys::Insecure(relation)),
        None => Ok(()),
    }
}

fn judge_change_by(network: Network, change: &ActivateKey, pins: &Pins) -> Result<(), UntrustedKeys> {
    match network == Network::Main && pins.is_insecure(KeyId(change.key.0)) {
        true => Err(UntrustedKeys::Insecure(change.relation)),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::household::ChainParameters;
    use crate::issuer::{Desk, MeteringService};
    use crate::regulator::{Regulator, RegulatorKeys};
    use crate::testing::{cycle, genesis_on};
    use circuits::pins::Origin;
    use protocol::ids::{BlobHash, Serial};
    use protocol::units::IssuerId;
    use rand_chacha::ChaCha20Rng;
    use rand_core::SeedableRng;

    /// The program's pins, of which those of these relations keep the origin that they have and all
    /// others say that a ceremony made them.
    fn pins(insecure: &[RelationKind]) -> Pins {
        let embedded = Pins::embedded();
        let all = embedded.iter().cloned().map(|mut pin| {
            if !insecure.iter().any(|relation| relation.name() == pin.name) {
                pin.origin = Origin::Ceremony([7; 32]);
            }
            pin
        });
        Pins::new(all.collect())
    }

    fn on(network: Network) -> Genesis {
        let pins = Pins::embedded();
        let id = |relation: RelationKind| VerifyingKeyId(pins.get(relation.name()).unwrap().key.0);
        Genesis { verifying_keys: genesis_keys_digest(id), ..genesis_on(network, 1) }
    }

    #[test]
    fn on_main_a_genesis_has_no_key_from_the_seed_and_none_of_unknown_origin() {
        let main = on(Network::Main);
        assert_eq!(judge_genesis(&main), Err(UntrustedKeys::Insecure(RelationKind::SellPlan)));
        assert_eq!(judge_genesis_by(&main, &pins(&[])), Ok(()));
        for relation in RelationKind::ALL {
            let refused = judge_genesis_by(&main, &pins(&[relation]));
            assert_eq!(refused, Err(UntrustedKeys::Insecure(relation)));
        }
        let other = Genesis { verifying_keys: [1; 32], ..main };
        assert_eq!(judge_genesis_by(&other, &pins(&[])), Err(UntrustedKeys::Unknown));
        assert_eq!(judge_genesis_by(&main, &Pins::default()), Err(UntrustedKeys::Unknown));
        assert_eq!(judge_genesis(&on(Network::Test)), Ok(()));
    }

    /// A wallet, an issuer of either role and the regulator.
    #[test]
    fn no_role_begins_on_a_main_chain_with_keys_from_the_seed() {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        let keys = RegulatorKeys::generate(&mut rng);
        let matching_key = keys.matching_key().clone();
        let bytes = keys.to_bytes();
        for (network, code) in [(Network::Test, None), (Network::Main, Some("insecure-key"))] {
            let keys = RegulatorKeys::from_bytes(&bytes).unwrap();
            let genesis = Genesis { matching_key: BlobHash::of(&matching_key.to_bytes()), ..on(network) };
            let id = IssuerId::new(1).unwrap();
            let wallet = ChainParameters::new(genesis, matching_key.clone()).err().map(|e| e.code());
            let service = MeteringService::generate(&mut rng, &genesis, id).err().map(|e| e.code());
            let desk = Desk::generate(&mut rng, &genesis, id).err().map(|e| e.code());
            assert_eq!([wallet, service, desk], [code; 3]);
            let regulator = Regulator::new(keys, &genesis).err().map(|e| e.code());
            assert_eq!(regulator, code.or(Some("not-our-genesis")));
        }
    }

    #[test]
    fn on_main_no_change_brings_a_key_from_the_seed() {
        let all = Pins::embedded();
        for relation in RelationKind::ALL {
            let key = VerifyingKeyId(all.get(relation.name()).unwrap().key.0);
            let change = ActivateKey { serial: Serial(1), relation: RelationKind::Merge, key, from: cycle(7) };
            assert_eq!(judge_change(Network::Test, &change), Ok(()));
            assert_eq!(judge_change(Network::Main, &change), Err(UntrustedKeys::Insecure(RelationKind::Merge)));
            assert_eq!(judge_change_by(Network::Main, &change, &pins(&[])), Ok(()));
        }
    }
}
