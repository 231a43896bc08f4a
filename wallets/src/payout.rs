//! The claim that a household hands a desk, outside the ledger, so that the desk pays the money
//! that the household has withdrawn. The ledger shows only a digest of the claim.

use protocol::ids::TransactionId;
use protocol::relation::withdraw::PayeeDigest;
use protocol::units::IssuerId;

/// The greatest length of an account's description, in bytes.
pub const MAX_ACCOUNT: usize = 128;

/// Opens the payee of a withdrawal. The claim shows its reader that this household made the
/// withdrawal, so it goes to the desk only.
#[derive(Clone, PartialEq, Eq)]
pub struct Claim {
    /// The withdrawal.
    pub withdrawal: TransactionId,
    /// Random bytes that keep others from finding the account by guessing.
    pub salt: [u8; 32],
    /// The account to which the desk is to pay, in a form that household and desk agree on. At most
    /// [`MAX_ACCOUNT`] bytes.
    pub account: Vec<u8>,
}

impl Claim {
    /// The digest that the ledger shows for a withdrawal through this desk.
    pub fn payee(&self, desk: IssuerId) -> PayeeDigest {
        PayeeDigest::of(desk, &self.salt, &self.account)
    }
}
