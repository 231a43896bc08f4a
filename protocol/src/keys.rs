//! Keys of a household (spec 10): spending key, nullifier key, address, payment address, viewing key, trace key.
//!
//! What is public stands here for everyone; secrets only under the feature `witness`, which wallets and provers turn on
//! and the ledger and the matcher do not.

use crate::encoding::{Canonical, Reader};
use crate::Error;
use bech32::{Bech32m, Hrp};

crate::field_newtype! {
    /// Owner address `addr = H_addr(nk)`. Hidden inside commitments; known to the household, its issuers, the regulator.
    Address,
    /// `kappa = H_kappa(k)`: commitment to an epoch's trace key.
    TraceCommitment,
    /// Trace tag `T = H_T(k, kind, cycle, n)`.
    TraceTag,
}

/// Bits of a trace tag's counter n: a plan that is filled round by round is listed once a round, and a cycle has up to 255
/// rounds (docs/decisions/0006).
pub const COUNTER_BITS: usize = 8;

/// Kind of transaction, as a trace tag names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum TraceKind {
    /// Sell plan.
    Sell = 1,
    /// Buy plan.
    Buy = 2,
    /// Surplus to the grid.
    Surplus = 3,
    /// Shortfall from the grid.
    Shortfall = 4,
    /// Withdrawal.
    Withdraw = 5,
}

/// An X25519 public key for notes (HPKE, RFC 9180).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoteKey(pub [u8; 32]);

impl Canonical for NoteKey {
    const SIZE: usize = 32;
    fn write(&self, out: &mut Vec<u8>) {
        self.0.write(out);
    }
    fn read(input: &mut Reader<'_>) -> Result<Self, Error> {
        Ok(NoteKey(Canonical::read(input)?))
    }
}

/// Which network an address is for: its bech32m prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Network {
    /// A market with real money.
    Main,
    /// Demonstrations and tests.
    Demo,
}

impl Network {
    fn prefix(self) -> Hrp {
        Hrp::parse_unchecked(match self {
            Network::Main => "veil",
            Network::Demo => "veildemo",
        })
    }
}

/// Where issuers, the regulator and desks send what is for a household.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PaymentAddress {
    /// Owner of the records.
    pub address: Address,
    /// Where their openings are sent.
    pub note_key: NoteKey,
}

impl PaymentAddress {
    /// As bech32m text.
    pub fn encode(&self, network: Network) -> String {
        let mut bytes = self.address.to_bytes();
        self.note_key.write(&mut bytes);
        bech32::encode::<Bech32m>(network.prefix(), &bytes).expect("64 bytes fit bech32m's checksum")
    }
    /// From text; refuses another network's, another variant's, wrong checksums and non-canonical contents.
    pub fn decode(network: Network, text: &str) -> Result<Self, Error> {
        let parsed = bech32::primitives::decode::CheckedHrpstring::new::<Bech32m>(text)
            .map_err(|_| Error::Encoding("not a bech32m address"))?;
        if parsed.hrp() != network.prefix() {
            return Err(Error::Encoding("an address of another network"));
        }
        let bytes: Vec<u8> = parsed.byte_iter().take(65).collect();
        if bytes.len() != 64 {
            return Err(Error::Encoding("wrong length of an address"));
        }
        let mut input = Reader(&bytes);
        Ok(PaymentAddress { address: Canonical::read(&mut input)?, note_key: Canonical::read(&mut input)? })
    }
}

#[cfg(feature = "witness")]
pub use secret::{NullifierKey, SpendingKey, TraceKey, ViewingKey};

#[cfg(feature = "witness")]
mod secret {
    use super::*;
    use crate::encoding::hash_to_field;
    use crate::ids::ChainId;
    use crate::poseidon::{hash, Tag};
    use crate::units::{Cycle, Epoch};
    use ark_bls12_381::Fr;
    use ark_ff::Zero;
    use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

    /// Spending secret `sk`. Never printed, wiped on drop.
    #[derive(Clone, Zeroize, ZeroizeOnDrop)]
    pub struct SpendingKey(Fr);

    /// Nullifier key `nk = H_nk(sk)`: sees which of one's records are spent, spends none.
    #[derive(Clone, Zeroize, ZeroizeOnDrop)]
    pub struct NullifierKey(Fr);

    /// Trace key `k` of one epoch.
    #[derive(Clone, Zeroize, ZeroizeOnDrop)]
    pub struct TraceKey(Fr);

    /// Sees everything of a household and spends nothing: nullifier key and the secret of its static note key.
    #[derive(Clone, Zeroize, ZeroizeOnDrop)]
    pub struct ViewingKey {
        /// Nullifier key.
        pub nullifier_key: NullifierKey,
        /// X25519 secret of the static note key.
        pub note_secret: [u8; 32],
    }

    fn derive(seed: &[u8; 64], what: &str, index: u32) -> Fr {
        // of its full length from the first: a vector that grows leaves copies behind
        let mut bytes = Zeroizing::new([0; 68]);
        bytes[..64].copy_from_slice(seed);
        bytes[64..].copy_from_slice(&index.to_le_bytes());
        let derived = hash_to_field(what, &bytes[..]);
        assert!(!derived.is_zero(), "a SHA-512 of a seed is zero modulo r with probability 2^-255");
        derived
    }

    impl SpendingKey {
        /// From a BIP-39 seed (64 bytes).
        pub fn from_seed(seed: &[u8; 64]) -> Self {
            SpendingKey(derive(seed, "veilgrid/spending-key/1", 0))
        }
        /// `nk = H_nk(sk)`.
        pub fn nullifier_key(&self) -> NullifierKey {
            NullifierKey(hash(Tag::NullifierKey, &[self.0]))
        }
        /// `addr = H_addr(H_nk(sk))`.
        pub fn address(&self) -> Address {
            self.nullifier_key().address()
        }
        /// The trace key of an epoch on a chain: from `sk`, never from `nk`, so that a viewing key cannot trace; and another on
        /// every chain, or a household with one phrase on two would show equal kappas and tags on both.
        pub fn trace_key(&self, chain: ChainId, epoch: Epoch) -> TraceKey {
            let mut bytes = Zeroizing::new(Vec::with_capacity(68));
            self.0.write(&mut bytes);
            bytes.extend_from_slice(&chain.0);
            bytes.extend_from_slice(&epoch.get().to_le_bytes());
            TraceKey(hash_to_field("veilgrid/trace-key/2", &bytes))
        }
        /// The secret itself, for a witness.
        pub fn expose(&self) -> Fr {
            self.0
        }
    }

    impl NullifierKey {
        /// `addr = H_addr(nk)`.
        pub fn address(&self) -> Address {
            Address(hash(Tag::Address, &[self.0]))
        }
        /// The secret itself.
        pub fn expose(&self) -> Fr {
            self.0
        }
    }

    impl TraceKey {
        /// From an audit's opening.
        pub fn from_field(k: Fr) -> Self {
            TraceKey(k)
        }
        /// `kappa = H_kappa(k)`.
        pub fn commitment(&self) -> TraceCommitment {
            TraceCommitment(hash(Tag::TraceKey, &[self.0]))
        }
        /// `T = H_T(k, kind, cycle, n)`.
        pub fn tag(&self, kind: TraceKind, cycle: Cycle, n: u8) -> TraceTag {
            let (kind, cycle) = (Fr::from(kind as u64), Fr::from(cycle.get()));
            TraceTag(hash(Tag::TraceTag, &[self.0, kind, cycle, Fr::from(n)]))
        }
        /// The secret itself, for a witness.
        pub fn expose(&self) -> Fr {
            self.0
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Fr;

    #[test]
    fn addresses_round_trip_and_refuse_damage() {
        let a = PaymentAddress { address: Address(Fr::from(5u64)), note_key: NoteKey([7; 32]) };
        let text = a.encode(Network::Demo);
        assert_eq!(text, "veildemo1q5qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqwpc8qurswpc8qurswpc8qurswpc8qurswpc8qurswpc8qurswpcqae276");
        assert_eq!(PaymentAddress::decode(Network::Demo, &text), Ok(a));
        assert!(PaymentAddress::decode(Network::Main, &text).is_err());
        for i in 0..text.len() {
            let mut damaged: Vec<u8> = text.clone().into_bytes();
            damaged[i] = if damaged[i] == b'q' { b'p' } else { b'q' };
            let damaged = String::from_utf8(damaged).unwrap();
            assert!(PaymentAddress::decode(Network::Demo, &damaged).is_err(), "{damaged}");
        }
    }

    /// Else whoever reads two chains would see one household on both.
    #[cfg(feature = "witness")]
    #[test]
    fn a_trace_key_is_of_one_epoch_on_one_chain() {
        use crate::ids::ChainId;
        use crate::units::Epoch;
        let (one, other) = (SpendingKey::from_seed(&[1; 64]), SpendingKey::from_seed(&[2; 64]));
        let kappa = |key: &SpendingKey, chain, epoch| {
            key.trace_key(ChainId([chain; 32]), Epoch::new(epoch).unwrap()).commitment()
        };
        let first = kappa(&one, 1, 1);
        assert_eq!(kappa(&one, 1, 1), first);
        for another in [kappa(&one, 2, 1), kappa(&one, 1, 2), kappa(&other, 1, 1)] {
            assert_ne!(another, first);
        }
    }
}
