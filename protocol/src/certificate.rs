//! Who certifies blocks, and what certifies one.
//!
//! A [`ValidatorSet`] is an ordered list of signing keys; a [`Certificate`] is a list of
//! signatures, each by one member of the set. A certificate holds if at least
//! [`ValidatorSet::quorum`] different members have signed, and every signature in it verifies.
//! [`ValidatorSet::check`] is the only place that says so: ledger, clients and followers all call
//! it.
//!
//! ```text
//! set         = count 2 | count x Ed25519 key 32
//! certificate = count 2 | count x (member 2 | signature 64), in the set's order
//! set's hash  = SHA-256("veilgrid/validator-set/1" || 0 || set)
//! ```
//!
//! A set has 1 to [`MAX_VALIDATORS`] members, which differ, and a certificate at least one
//! signature. A header names the hash of the set that certifies the next block
//! ([`Header::next_validators`](crate::header::Header::next_validators)). Today every chain has the
//! orderer alone, and no transaction changes a set.
//!
//! These validators order and certify blocks. Those in [`crate::transaction::validators`] certify
//! the masked score vectors of one round, and are another list.

use crate::encoding::{digest, Canonical, Reader};
use crate::signing::{SigningKey, SIGNATURE_BYTES};
use crate::Error;

/// The greatest number of members of a set.
pub const MAX_VALIDATORS: usize = 100;

/// One member's signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Entry {
    /// The member's place in the set, from 0.
    member: u16,
    /// Its Ed25519 signature of the message that is certified.
    signature: [u8; SIGNATURE_BYTES],
}

/// What certifies a message, in practice a block's hash
/// ([`BlockHash::certificate_message`](crate::header::BlockHash::certificate_message)).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    entries: Vec<Entry>,
}

impl Certificate {
    /// A signature by the only member of a set of one.
    pub fn single(signature: [u8; SIGNATURE_BYTES]) -> Self {
        Certificate { entries: vec![Entry { member: 0, signature }] }
    }
    /// The greatest length of an encoding, in bytes.
    pub const MAX_BYTES: usize = 2 + MAX_VALIDATORS * (2 + SIGNATURE_BYTES);

    /// Appends the encoding to `out`.
    pub fn write(&self, out: &mut Vec<u8>) {
        count(self.entries.len()).write(out);
        for entry in &self.entries {
            entry.member.write(out);
            entry.signature.write(out);
        }
    }
    /// Reads a certificate from the front of `input`. Error: [`Error::Encoding`], also for members
    /// out of order and for none.
    pub fn read(input: &mut Reader<'_>) -> Result<Self, Error> {
        let read =
            |input: &mut Reader<'_>| Ok(Entry { member: Canonical::read(input)?, signature: Canonical::read(input)? });
        let entries: Vec<Entry> = read_counted(input, read)?;
        match entries.windows(2).all(|pair| pair[0].member < pair[1].member) {
            true => Ok(Certificate { entries }),
            false => Err(Error::Encoding("the members of a certificate are not in the set's order")),
        }
    }
    /// The encoding as a byte string of its own.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.write(&mut out);
        out
    }
    /// Decodes exactly these bytes. Errors as for [`Self::read`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        whole(bytes, Self::read)
    }
}

/// The number of entries of a set or a certificate, as it is encoded.
fn count(entries: usize) -> u16 {
    u16::try_from(entries).expect("a set has at most 100 members")
}

/// A list of 1 to [`MAX_VALIDATORS`] entries with its length before it.
fn read_counted<T>(
    input: &mut Reader<'_>,
    read: impl Fn(&mut Reader<'_>) -> Result<T, Error>,
) -> Result<Vec<T>, Error> {
    let count = usize::from(u16::read(input)?);
    if !(1..=MAX_VALIDATORS).contains(&count) {
        return Err(Error::Encoding("a set has 1 to 100 members, and a certificate as many signatures"));
    }
    (0..count).map(|_| read(input)).collect()
}

/// What exactly these bytes encode.
fn whole<T>(bytes: &[u8], read: impl Fn(&mut Reader<'_>) -> Result<T, Error>) -> Result<T, Error> {
    let mut input = Reader(bytes);
    let value = read(&mut input)?;
    match input.0.is_empty() {
        true => Ok(value),
        false => Err(Error::Encoding("wrong length")),
    }
}

/// The hash of a validator set, by which a header names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ValidatorSetHash(pub [u8; 32]);

/// The keys that certify the blocks of a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValidatorSet {
    members: Vec<SigningKey>,
}

impl ValidatorSet {
    /// A set of one: the orderer alone certifies.
    pub fn single(member: SigningKey) -> Self {
        ValidatorSet { members: vec![member] }
    }
    /// A set of these members, in this order. Error: [`Error::Key`] for no member, for more than
    /// [`MAX_VALIDATORS`], and for one that stands twice.
    pub fn new(members: Vec<SigningKey>) -> Result<Self, Error> {
        let twice = members.iter().enumerate().any(|(i, member)| members[..i].contains(member));
        match (1..=MAX_VALIDATORS).contains(&members.len()) && !twice {
            true => Ok(ValidatorSet { members }),
            false => Err(Error::Key("a validator set has 1 to 100 members, each once")),
        }
    }
    /// The greatest length of an encoding, in bytes.
    pub const MAX_BYTES: usize = 2 + MAX_VALIDATORS * SigningKey::SIZE;

    /// The set's hash.
    pub fn hash(&self) -> ValidatorSetHash {
        ValidatorSetHash(digest("veilgrid/validator-set/1", &self.to_bytes()))
    }
    /// The members, in the set's order; at least one.
    pub fn members(&self) -> &[SigningKey] {
        &self.members
    }
    /// How many members must have signed: `n - f`, where `f = floor((n - 1) / 3)` of the `n` may be
    /// faulty.
    pub fn quorum(&self) -> usize {
        let n = self.members.len();
        n - n.saturating_sub(1) / 3
    }
    /// Whether a certificate of this set holds for a message: its signatures are by different
    /// members, in the set's order, no fewer than the quorum, and each one verifies under the
    /// strict rule of [`SigningKey::verify`].
    ///
    /// # Errors
    /// [`Error::Signature`]; [`Error::Key`] for a member whose key is no Ed25519 key.
    pub fn check(&self, certificate: &Certificate, message: &[u8]) -> Result<(), Error> {
        let entries = &certificate.entries;
        let ordered = entries.windows(2).all(|pair| pair[0].member < pair[1].member);
        if !ordered || entries.len() < self.quorum() {
            return Err(Error::Signature);
        }
        entries.iter().try_for_each(|entry| {
            let member = self.members.get(usize::from(entry.member)).ok_or(Error::Signature)?;
            member.verify_message(message, &entry.signature)
        })
    }
}

impl ValidatorSet {
    /// Appends the encoding to `out`.
    pub fn write(&self, out: &mut Vec<u8>) {
        count(self.members.len()).write(out);
        self.members.iter().for_each(|member| member.write(out));
    }
    /// Reads a set from the front of `input`. Errors: [`Error::Encoding`], and those of
    /// [`Self::new`].
    pub fn read(input: &mut Reader<'_>) -> Result<Self, Error> {
        Self::new(read_counted(input, Canonical::read)?)
    }
    /// The encoding as a byte string of its own.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.write(&mut out);
        out
    }
    /// Decodes exactly these bytes. Errors as for [`Self::read`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        whole(bytes, Self::read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ed25519_dalek::Signer;

    const MESSAGE: &[u8] = b"what is certified";

    fn signer(n: u16) -> ed25519_dalek::SigningKey {
        ed25519_dalek::SigningKey::from_bytes(&[n as u8 + 1; 32])
    }

    fn set(n: u16) -> ValidatorSet {
        ValidatorSet { members: (0..n).map(|i| SigningKey(signer(i).verifying_key().to_bytes())).collect() }
    }

    fn entry(member: u16) -> Entry {
        Entry { member, signature: signer(member).sign(MESSAGE).to_bytes() }
    }

    fn certificate(members: impl IntoIterator<Item = u16>) -> Certificate {
        Certificate { entries: members.into_iter().map(entry).collect() }
    }

    #[test]
    fn quorums_leave_out_fewer_than_a_third() {
        let quorums = (1..=10).map(|n| set(n).quorum()).collect::<Vec<_>>();
        assert_eq!(quorums, [1, 2, 3, 3, 4, 5, 5, 6, 7, 7]);
    }

    #[test]
    fn one_signature_or_many_certify_and_one_too_few_does_not() {
        for n in 1..=7u16 {
            let (set, quorum) = (set(n), set(n).quorum() as u16);
            assert_eq!(set.check(&certificate(0..n), MESSAGE), Ok(()));
            for first in 0..=n - quorum {
                assert_eq!(set.check(&certificate(first..first + quorum), MESSAGE), Ok(()));
                assert_eq!(set.check(&certificate(first..first + quorum - 1), MESSAGE), Err(Error::Signature));
            }
            assert_eq!(set.check(&certificate(0..n), b"something else"), Err(Error::Signature));
            assert_eq!(set.check(&certificate([]), MESSAGE), Err(Error::Signature));
        }
    }

    #[test]
    fn each_entry_is_by_a_member_of_its_own_place_once() {
        let set = set(4);
        let refused = |entries: Vec<Entry>| {
            assert_eq!(set.check(&Certificate { entries }, MESSAGE), Err(Error::Signature));
        };
        refused(vec![entry(0), entry(1), entry(1)]);
        refused(vec![entry(0), entry(0), entry(0), entry(0)]);
        refused(vec![entry(2), entry(1), entry(0)]);
        // By a stranger, in a place of its own and in a member's.
        refused(vec![entry(0), entry(1), entry(9)]);
        refused(vec![entry(0), entry(1), Entry { member: 2, ..entry(9) }]);
        refused(vec![entry(0), entry(1), Entry { member: 2, ..entry(1) }]);
        // One bad signature beside a full quorum spoils the certificate: there is one rule, and no
        // choice.
        refused(vec![entry(0), entry(1), entry(2), Entry { member: 3, signature: [0; SIGNATURE_BYTES] }]);
        // A certificate of one is none of a larger set.
        refused(Certificate::single(entry(0).signature).entries);
    }

    #[test]
    fn sets_and_certificates_have_one_encoding() {
        for n in [1, 4, MAX_VALIDATORS as u16] {
            let (set, certificate) = (set(n), certificate(0..n));
            let (keys, signed) = (set.to_bytes(), certificate.to_bytes());
            assert_eq!((keys.len(), signed.len()), (2 + 32 * usize::from(n), 2 + 66 * usize::from(n)));
            assert!(keys.len() <= ValidatorSet::MAX_BYTES && signed.len() <= Certificate::MAX_BYTES);
            assert_eq!(ValidatorSet::from_bytes(&keys), Ok(set));
            assert_eq!(Certificate::from_bytes(&signed), Ok(certificate));
            for end in 0..keys.len() {
                assert!(ValidatorSet::from_bytes(&keys[..end]).is_err());
            }
            assert!(Certificate::from_bytes(&signed[..signed.len() - 1]).is_err());
            assert!(ValidatorSet::from_bytes(&[keys, vec![0]].concat()).is_err());
            assert!(Certificate::from_bytes(&[signed, vec![0]].concat()).is_err());
        }
        let key = signer(0).verifying_key().to_bytes();
        let keys = |count: u16, keys: &[u8]| ValidatorSet::from_bytes(&[&count.to_le_bytes(), keys].concat());
        assert!(keys(1, &key).is_ok());
        assert!(keys(0, &[]).is_err(), "no member");
        assert!(keys(2, &[key, key].concat()).is_err(), "one member twice");
        assert!(keys(1, &[0; 32]).is_err(), "a weak key");
        assert!(keys(101, &set(101).members.iter().flat_map(|member| member.0).collect::<Vec<_>>()).is_err());
        assert_eq!(ValidatorSet::new(vec![]), Err(Error::Key("a validator set has 1 to 100 members, each once")));
        for members in [vec![], vec![1, 0], vec![0, 0], (0..101).collect::<Vec<u16>>()] {
            assert!(Certificate::from_bytes(&certificate(members).to_bytes()).is_err());
        }
    }

    #[test]
    fn a_hash_is_of_the_members_and_their_order() {
        let (set, two) = (set(3), set(2));
        let mut other = set.clone();
        other.members.swap(0, 1);
        assert!(set.hash() != other.hash() && set.hash() != two.hash());
        let hexadecimal: String = set.hash().0.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hexadecimal, "c76c8fa192d73f50e0f7e0d17521ead60c881bf9e51feebf35790257f54356a4");
    }
}
