//! The body of the transaction that replaces an operator's keys, from its place in the ledger on. What
//! was done under the old keys stays valid.
//!
//! The regulator signs it for issuers and the matching node. For the regulator itself the recovery key
//! signs it, which the genesis names and which signs nothing else.

use crate::canonical_struct;
use crate::elgamal::{EncryptionKey, Possession};
use crate::encoding::{Canonical, Reader};
use crate::ids::Serial;
use crate::record::metered::SerialKey;
use crate::signing::SigningKey;
use crate::units::{Cycle, IssuerId};
use crate::Error;

/// An operator whose keys can be replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Operator {
    /// The regulator.
    Regulator,
    /// The matching node.
    Matcher,
    /// The issuer of this number.
    Issuer(IssuerId),
}

impl Canonical for Operator {
    const SIZE: usize = 1 + IssuerId::SIZE;
    fn write(&self, out: &mut Vec<u8>) {
        let (tag, issuer) = match self {
            Operator::Regulator => (0u8, IssuerId::ZERO),
            Operator::Matcher => (1, IssuerId::ZERO),
            Operator::Issuer(issuer) => (2, *issuer),
        };
        tag.write(out);
        issuer.write(out);
    }
    fn read(input: &mut Reader<'_>) -> Result<Self, Error> {
        match (u8::read(input)?, IssuerId::read(input)?) {
            (0, IssuerId::ZERO) => Ok(Operator::Regulator),
            (1, IssuerId::ZERO) => Ok(Operator::Matcher),
            (2, issuer) => Ok(Operator::Issuer(issuer)),
            _ => Err(Error::Encoding("unknown operator")),
        }
    }
}

canonical_struct! {
    /// What an issuer gets besides a signing key.
    pub struct IssuerKeys {
        /// The key K_m. A desk's is not used.
        pub encryption_key: EncryptionKey,
        /// Proof that the new holder knows the secret of K_m, for this chain, role and number
        /// ([`issuer_context`](crate::transaction::possession::issuer_context)).
        pub possession: Possession,
        /// The public half Y_m of a metering service's serial key. A desk's is not used.
        pub serial_key: SerialKey,
        /// The metered records of a cycle are under the Y_m that was in force when its gate closed.
        /// Those of this cycle, and of every later one, are under the new Y_m all the same: for a new
        /// holder who does not have the old secret. 0 if the new key reaches back to no cycle.
        pub reaches_back: Cycle,
    }
}

/// Whose keys are replaced, and by what besides the signing key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::large_enum_variant)]
pub enum NewKeys {
    /// The regulator's signing key.
    Regulator,
    /// The matching node's signing key.
    Matcher,
    /// All keys of the issuer of this number.
    Issuer(IssuerId, IssuerKeys),
}

impl NewKeys {
    /// The operator.
    pub const fn operator(&self) -> Operator {
        match self {
            NewKeys::Regulator => Operator::Regulator,
            NewKeys::Matcher => Operator::Matcher,
            NewKeys::Issuer(issuer, _) => Operator::Issuer(*issuer),
        }
    }
}

impl Canonical for NewKeys {
    const SIZE: usize = Operator::SIZE + IssuerKeys::SIZE;
    fn write(&self, out: &mut Vec<u8>) {
        self.operator().write(out);
        match self {
            NewKeys::Issuer(_, keys) => keys.write(out),
            _ => out.resize(out.len() + IssuerKeys::SIZE, 0),
        }
    }
    fn read(input: &mut Reader<'_>) -> Result<Self, Error> {
        let operator = Operator::read(input)?;
        if let Operator::Issuer(issuer) = operator {
            return Ok(NewKeys::Issuer(issuer, IssuerKeys::read(input)?));
        }
        if input.take(IssuerKeys::SIZE)?.iter().any(|byte| *byte != 0) {
            return Err(Error::Encoding("an issuer's keys where none belong"));
        }
        Ok(match operator {
            Operator::Regulator => NewKeys::Regulator,
            _ => NewKeys::Matcher,
        })
    }
}

canonical_struct! {
    /// Replaces an operator's keys.
    pub struct RotateKey {
        /// A serial of the regulator, which uses each once, in any order. Where the regulator's own
        /// key is replaced: how often it was replaced before, plus 1.
        pub serial: Serial,
        /// The key that the operator signs with from now on: one that no operator has, or had.
        pub key: SigningKey,
        /// Whose keys are replaced, and an issuer's other keys.
        pub of: NewKeys,
    }
}
