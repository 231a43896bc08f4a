//! Keys of a household: spending key, nullifier key, address, payment address, viewing key, trace
//! key (docs/protocol/10-records-and-keys.md).
//!
//! Public types are always here. Secret keys are only under the feature `witness`, which wallets
//! and provers turn on and the ledger and the matching node do not.

use crate::encoding::{Canonical, Reader};
use crate::Error;
use bech32::{Bech32m, Hrp};

crate::field_newtype! {
    /// A household's address `addr = H_addr(nk)`, hidden inside commitments. The household, its
    /// issuers and the regulator know it.
    Address,
    /// The commitment to an epoch's trace key, `kappa = H_kappa(k)`.
    TraceCommitment,
    /// A trace tag, `T = H_T(k, kind, cycle, n)`. Who knows the trace key k can compute all tags of
    /// the household that show the credential of k's epoch; nobody else can link them.
    TraceTag,
}

/// The kind of transaction in a trace tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum TraceKind {
    /// The listing of a sell plan.
    Sell = 1,
    /// The listing of a buy plan.
    Buy = 2,
    /// The sale of a surplus to the grid, or the return of a shortfall's price.
    Surplus = 3,
    /// The payment for a shortfall from the grid, or of a surplus's price that is taken back.
    Shortfall = 4,
    /// Withdrawal.
    Withdraw = 5,
}

impl TraceKind {
    /// Bits of the tag's counter n. The ledger takes a plan's tag and a withdrawal's once. So a
    /// household has 16 listings a side and cycle, hence as many plans that it can let lapse, and 256
    /// withdrawals an epoch for each credential that it may show. The payment of a metered record
    /// counts its sign, which is below 4 (docs/decisions/0006-trace-tag-counter.md).
    pub const fn counter_bits(self) -> usize {
        match self {
            TraceKind::Sell | TraceKind::Buy => 4,
            TraceKind::Surplus | TraceKind::Shortfall => 2,
            TraceKind::Withdraw => 8,
        }
    }
    /// The counters that a tag of this kind can have, in order.
    pub fn counters(self) -> impl Iterator<Item = u8> {
        (0..1u16 << self.counter_bits()).map(|n| n as u8)
    }
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

/// The network that a chain belongs to. Its genesis names it, and the bech32m prefix of an address
/// shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Network {
    /// Demonstrations and tests: prefix `veiltest`.
    Test = 0,
    /// A market with real money: prefix `veil`.
    Main = 1,
}

impl Network {
    /// `test` or `main`.
    pub const fn name(self) -> &'static str {
        match self {
            Network::Test => "test",
            Network::Main => "main",
        }
    }
}

impl Canonical for Network {
    const SIZE: usize = 1;
    fn write(&self, out: &mut Vec<u8>) {
        out.push(*self as u8);
    }
    fn read(input: &mut Reader<'_>) -> Result<Self, Error> {
        match u8::read(input)? {
            0 => Ok(Network::Test),
            1 => Ok(Network::Main),
            _ => Err(Error::Encoding("a network is 0 or 1")),
        }
    }
}

impl Network {
    fn prefix(self) -> Hrp {
        Hrp::parse_unchecked(match self {
            Network::Main => "veil",
            Network::Test => "veiltest",
        })
    }
}

/// The address to which issuers and the regulator send a household's records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PaymentAddress {
    /// The address that the records name as their owner.
    pub address: Address,
    /// The key to which the openings are encrypted.
    pub note_key: NoteKey,
}

impl PaymentAddress {
    /// The address as bech32m text with the network's prefix.
    pub fn encode(&self, network: Network) -> String {
        let mut bytes = self.address.to_bytes();
        self.note_key.write(&mut bytes);
        bech32::encode::<Bech32m>(network.prefix(), &bytes).expect("64 bytes fit bech32m's checksum")
    }
    /// Decodes bech32m text. Error: [`Error::Encoding`] for another network, another variant, a
    /// wrong checksum or non-canonical contents.
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

    /// The spending secret sk. Never printed, wiped on drop.
    #[derive(Clone, Zeroize, ZeroizeOnDrop)]
    pub struct SpendingKey(Fr);

    /// The nullifier key `nk = H_nk(sk)`. Its holder sees which of the household's records are
    /// spent and cannot spend them.
    #[derive(Clone, Zeroize, ZeroizeOnDrop)]
    pub struct NullifierKey(Fr);

    /// The trace key k of one epoch on one chain.
    #[derive(Clone, Zeroize, ZeroizeOnDrop)]
    pub struct TraceKey(Fr);

    /// The viewing key: nullifier key and the secret of the static note key. Its holder sees
    /// everything of a household and cannot spend.
    #[derive(Clone, Zeroize, ZeroizeOnDrop)]
    pub struct ViewingKey {
        /// The nullifier key nk.
        pub nullifier_key: NullifierKey,
        /// X25519 secret of the static note key.
        pub note_secret: [u8; 32],
    }

    fn derive(seed: &[u8; 64], what: &str, index: u32) -> Fr {
        // The array has its full length from the start: a vector that grows would leave copies
        // behind.
        let mut bytes = Zeroizing::new([0; 68]);
        bytes[..64].copy_from_slice(seed);
        bytes[64..].copy_from_slice(&index.to_le_bytes());
        let derived = hash_to_field(what, &bytes[..]);
        assert!(!derived.is_zero(), "a SHA-512 of a seed is zero modulo r with probability 2^-255");
        derived
    }

    impl SpendingKey {
        /// The spending key of a BIP-39 seed of 64 bytes.
        pub fn from_seed(seed: &[u8; 64]) -> Self {
            SpendingKey(derive(seed, "veilgrid/spending-key/1", 0))
        }
        /// The nullifier key, `nk = H_nk(sk)`.
        pub fn nullifier_key(&self) -> NullifierKey {
            NullifierKey(hash(Tag::NullifierKey, &[self.0]))
        }
        /// The address, `addr = H_addr(H_nk(sk))`.
        pub fn address(&self) -> Address {
            self.nullifier_key().address()
        }
        /// The trace key of an epoch on a chain. It follows from sk and not from nk, so a viewing
        /// key cannot trace. It differs from chain to chain; else a household with one phrase on
        /// two chains would show equal kappas and tags on both.
        pub fn trace_key(&self, chain: ChainId, epoch: Epoch) -> TraceKey {
            let mut bytes = Zeroizing::new(Vec::with_capacity(68));
            self.0.write(&mut bytes);
            bytes.extend_from_slice(&chain.0);
            bytes.extend_from_slice(&epoch.get().to_le_bytes());
            TraceKey(hash_to_field("veilgrid/trace-key/2", &bytes))
        }
        /// The secret as a field element, for a witness.
        pub fn expose(&self) -> Fr {
            self.0
        }
    }

    impl NullifierKey {
        /// The address, `addr = H_addr(nk)`.
        pub fn address(&self) -> Address {
            Address(hash(Tag::Address, &[self.0]))
        }
        /// The secret as a field element, for an encrypted store or a witness.
        pub fn expose(&self) -> Fr {
            self.0
        }
    }

    impl TraceKey {
        /// The trace key that an audit opened.
        pub fn from_field(k: Fr) -> Self {
            TraceKey(k)
        }
        /// The commitment `kappa = H_kappa(k)`.
        pub fn commitment(&self) -> TraceCommitment {
            TraceCommitment(hash(Tag::TraceKey, &[self.0]))
        }
        /// The trace tag `T = H_T(k, kind, cycle, n)`.
        pub fn tag(&self, kind: TraceKind, cycle: Cycle, n: u8) -> TraceTag {
            self.tag_in(kind, Fr::from(cycle.get()), n)
        }
        /// The trace tag of a withdrawal. A withdrawal belongs to no cycle: the epoch in which it is
        /// made stands in the cycle's place.
        pub fn withdrawal_tag(&self, made: Epoch, n: u8) -> TraceTag {
            self.tag_in(TraceKind::Withdraw, Fr::from(made.get()), n)
        }
        fn tag_in(&self, kind: TraceKind, period: Fr, n: u8) -> TraceTag {
            TraceTag(hash(Tag::TraceTag, &[self.0, Fr::from(kind as u64), period, Fr::from(n)]))
        }
        /// The secret as a field element, for a witness.
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
        let text = a.encode(Network::Test);
        assert_eq!(text, "veiltest1q5qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqwpc8qurswpc8qurswpc8qurswpc8qurswpc8qurswpc8qurswpcq52fw9");
        assert_eq!(PaymentAddress::decode(Network::Test, &text), Ok(a));
        assert!(PaymentAddress::decode(Network::Main, &text).is_err());
        for i in 0..text.len() {
            let mut damaged: Vec<u8> = text.clone().into_bytes();
            damaged[i] = if damaged[i] == b'q' { b'p' } else { b'q' };
            let damaged = String::from_utf8(damaged).unwrap();
            assert!(PaymentAddress::decode(Network::Test, &damaged).is_err(), "{damaged}");
        }
    }

    /// Else a reader of two chains would recognise a household that is on both.
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
