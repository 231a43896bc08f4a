//! The mode of matching, and the validators of mode masked. There the holder of the matching key
//! opens a masked vector only with enough **certificates**: a validator signs one after it has
//! recomputed product and mask bit for bit. Certificates are sent directly and are never on the
//! ledger (docs/protocol/30-matching.md).

use crate::canonical_struct;
use crate::encoding::{Canonical, Reader};
use crate::ids::ChainId;
use crate::record::Handle;
use crate::signing::{SigningKey, SIGNATURE_BYTES};
use crate::units::Cycle;
use crate::Error;

/// Most validators that a genesis can name.
pub const VALIDATORS_MAX: usize = 7;

/// No key: fills the places of a genesis that name no validator.
const NONE: SigningKey = SigningKey([0; 32]);

/// The mode of matching (docs/protocol/30-matching.md).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "a genesis is a plain value, and there is one")]
pub enum MatchingMode {
    /// The regulator opens score vectors that it has recomputed.
    Open,
    /// The regulator opens masked vectors that validators certify, and learns which slots are
    /// least.
    Masked(Validators),
}

impl Canonical for MatchingMode {
    const SIZE: usize = 1 + Validators::SIZE;
    fn write(&self, out: &mut Vec<u8>) {
        match self {
            MatchingMode::Open => out.resize(out.len() + Self::SIZE, 0),
            MatchingMode::Masked(validators) => {
                1u8.write(out);
                validators.write(out);
            }
        }
    }
    fn read(input: &mut Reader<'_>) -> Result<Self, Error> {
        match (u8::read(input)?, Validators::read(input)?) {
            (0, Validators { threshold: 0, keys }) if keys == [NONE; VALIDATORS_MAX] => Ok(MatchingMode::Open),
            (1, validators) => Ok(MatchingMode::Masked(validators)),
            _ => Err(Error::Encoding("the mode of matching is open, without validators, or masked")),
        }
    }
}

/// The validators who certify masked vectors, and how many certificates an opening takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validators {
    threshold: u8,
    /// The places after the last key are empty.
    keys: [SigningKey; VALIDATORS_MAX],
}

impl Validators {
    /// Validators with these keys and this threshold. Error: [`Error::Key`] for more than
    /// [`VALIDATORS_MAX`] or a key of zeros. The genesis's check finds everything else that is
    /// wrong with them.
    pub fn new(threshold: u8, validators: &[SigningKey]) -> Result<Validators, Error> {
        let mut keys = [NONE; VALIDATORS_MAX];
        if validators.contains(&NONE) {
            return Err(Error::Key("not an Ed25519 key"));
        }
        let places = keys.get_mut(..validators.len()).ok_or(Error::Key("a genesis names at most 7 validators"))?;
        places.copy_from_slice(validators);
        Ok(Validators { threshold, keys })
    }
    /// Number of certificates that an opening takes.
    pub const fn threshold(&self) -> u8 {
        self.threshold
    }
    /// The validators' keys, in the genesis's order.
    pub fn keys(&self) -> impl Iterator<Item = &SigningKey> {
        self.keys.iter().filter(|key| **key != NONE)
    }
    /// Checks the keys and the threshold: no two keys are equal, none is an operator's, and the
    /// threshold is 1 to their number. Error: [`Error::Key`].
    pub(super) fn check(&self, operators: &[SigningKey]) -> Result<(), Error> {
        let count = self.keys().count();
        for (i, key) in self.keys().enumerate() {
            SigningKey::from_bytes(&key.0)?;
            if operators.contains(key) || self.keys[..i].contains(key) {
                return Err(Error::Key("a validator's key is another role's, or another validator's"));
            }
        }
        match (1..=count).contains(&usize::from(self.threshold)) {
            true => Ok(()),
            false => Err(Error::Key("the validators' threshold is 1 to their number")),
        }
    }
    /// Whether enough different validators certify this statement. Certificates of others, and
    /// those that do not verify, do not count.
    pub fn certify(&self, statement: &MaskStatement, certificates: &[MaskCertificate]) -> bool {
        let valid =
            |key: &&SigningKey| certificates.iter().any(|c| c.validator == **key && c.verify(statement).is_ok());
        let found = self.keys().filter(valid).count();
        found > 0 && found >= usize::from(self.threshold)
    }
}

impl Canonical for Validators {
    const SIZE: usize = 1 + 32 * VALIDATORS_MAX;
    fn write(&self, out: &mut Vec<u8>) {
        self.threshold.write(out);
        self.keys.iter().for_each(|key| key.write(out));
    }
    fn read(input: &mut Reader<'_>) -> Result<Self, Error> {
        let threshold = u8::read(input)?;
        let mut keys = [NONE; VALIDATORS_MAX];
        for key in &mut keys {
            let bytes: [u8; 32] = Canonical::read(input)?;
            if bytes != NONE.0 {
                *key = SigningKey::from_bytes(&bytes)?;
            }
        }
        match keys.windows(2).all(|two| two[0] != NONE || two[1] == NONE) {
            true => Ok(Validators { threshold, keys }),
            false => Err(Error::Encoding("a validator after an empty place")),
        }
    }
}

canonical_struct! {
    /// What a validator certifies: these are the masked scores of the bid with the free offers,
    /// under the seed whose commitment is on the ledger.
    pub struct MaskStatement {
        /// The chain that the round is on.
        pub chain: ChainId,
        /// The market cycle.
        pub cycle: Cycle,
        /// The round of matching, from 0.
        pub round: u8,
        /// Handle of the buy plan.
        pub bid: Handle,
        /// Digest of the list of free offers.
        pub free: [u8; 32],
        /// Digest of the masked scores.
        pub scores: [u8; 32],
    }
}

impl MaskStatement {
    /// The message that is signed: a domain, then the encoding.
    pub fn message(&self) -> Vec<u8> {
        [b"veilgrid/mask-certificate/1\0".as_slice(), &self.to_bytes()].concat()
    }
}

canonical_struct! {
    /// A validator's signature of a [`MaskStatement`].
    pub struct MaskCertificate {
        /// The key of the validator who signed.
        pub validator: SigningKey,
        /// The Ed25519 signature of the statement's message.
        pub signature: [u8; SIGNATURE_BYTES],
    }
}

impl MaskCertificate {
    /// Checks that the certificate is a signature of this statement. Errors: [`Error::Key`],
    /// [`Error::Signature`].
    pub fn verify(&self, statement: &MaskStatement) -> Result<(), Error> {
        self.validator.verify_message(&statement.message(), &self.signature)
    }
}
