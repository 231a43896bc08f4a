//! The claim that a household hands a desk, outside the ledger, so that the desk pays what the
//! household has withdrawn. The ledger shows only a digest of it.

use protocol::ids::TransactionId;
use protocol::relation::withdraw::PayeeDigest;
use protocol::units::IssuerId;

/// An account's description is not longer than this many bytes.
pub const MAX_ACCOUNT: usize = 128;

/// Opens the payee of a withdrawal. It shows its reader that this household made the withdrawal, so
/// it goes to the desk only.
#[derive(Clone, PartialEq, Eq)]
pub struct Claim {
    /// The withdrawal.
    pub withdrawal: TransactionId,
    /// What keeps the account from being found by trying.
    pub salt: [u8; 32],
    /// Where the desk is to pay: what that means is between household and desk. At most
    /// [`MAX_ACCOUNT`] bytes.
    pub account: Vec<u8>,
}

impl Claim {
    /// The digest on the ledger, for this desk.
    pub fn payee(&self, desk: IssuerId) -> PayeeDigest {
        PayeeDigest::of(desk, &self.salt, &self.account)
    }
}
