//! Who certifies blocks, and what certifies one.
//!
//! A [`ValidatorSet`] is an ordered list of signing keys; a [`Certificate`] is a list of
//! signatures, each by one member of the set. A certificate holds if at least
//! [`ValidatorSet::quorum`] different members have signed, and every signature in it verifies.
//! [`ValidatorSet::check`] is the only place that says so: ledger, clients and followers all call
//! it.
//!
//! ```text
//! set of one         = the member's Ed25519 key 32
//! certificate of one = the signature 64
//! ```
//!
//! The encodings have a set of one member, the orderer, and a certificate of one signature. They
//! decode to nothing else: more members need a new version of the encodings of headers' files,
//! snapshots, blocks and the store, so there is no way to make a larger set outside this module
//! yet.
//!
//! These validators order and certify blocks. Those in [`crate::transaction::validators`] certify
//! the masked score vectors of one round, and are another list.

use crate::encoding::{Canonical, Reader};
use crate::signing::{SigningKey, SIGNATURE_BYTES};
use crate::Error;

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
}

impl Canonical for Certificate {
    const SIZE: usize = SIGNATURE_BYTES;
    fn write(&self, out: &mut Vec<u8>) {
        self.entries.iter().for_each(|entry| entry.signature.write(out));
    }
    fn read(input: &mut Reader<'_>) -> Result<Self, Error> {
        Ok(Certificate::single(Canonical::read(input)?))
    }
}

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

impl Canonical for ValidatorSet {
    const SIZE: usize = SigningKey::SIZE;
    fn write(&self, out: &mut Vec<u8>) {
        self.members.iter().for_each(|member| member.write(out));
    }
    fn read(input: &mut Reader<'_>) -> Result<Self, Error> {
        Ok(ValidatorSet::single(Canonical::read(input)?))
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
    fn one_member_and_one_signature_are_encoded_as_themselves() {
        let (set, certificate) = (set(1), certificate([0]));
        assert_eq!(set.to_bytes(), signer(0).verifying_key().to_bytes());
        assert_eq!(certificate.to_bytes(), signer(0).sign(MESSAGE).to_bytes());
        assert_eq!(ValidatorSet::from_bytes(&set.to_bytes()), Ok(set.clone()));
        assert_eq!(Certificate::from_bytes(&certificate.to_bytes()), Ok(certificate));
        // More than one decodes to nothing.
        assert!(
            ValidatorSet::from_bytes(&[signer(0), signer(1)].map(|s| s.verifying_key().to_bytes()).concat()).is_err()
        );
        assert!(Certificate::from_bytes(&[entry(0).signature, entry(1).signature].concat()).is_err());
        assert!(Certificate::from_bytes(&[]).is_err() && ValidatorSet::from_bytes(&[]).is_err());
        assert!(ValidatorSet::from_bytes(&[0; 32]).is_err(), "a weak key");
    }
}
