//! The bank that a desk pays from, as the desk needs it. A bank keeps every order under the reference
//! that the desk gave, so the desk can ask whether it has ordered a payment before.

use protocol::ids::TransactionId;
use protocol::units::Money;

/// An order to the bank.
#[derive(Clone, PartialEq, Eq)]
pub struct Order {
    /// The id of the withdrawal. Each withdrawal has one order.
    pub reference: TransactionId,
    /// The amount, in nano-currency.
    pub amount: Money,
    /// The account to be paid, as the household named it.
    pub account: Vec<u8>,
}

/// Why a bank did not answer, or did not take an order.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the bank: {0}")]
pub struct BankError(pub String);

/// A desk's bank.
pub trait Bank {
    /// Whether the bank has an order with this reference, however long ago it was given.
    fn has(&self, reference: TransactionId) -> Result<bool, BankError>;
    /// Gives an order. A bank that answers with an error may still have taken it: the desk asks again.
    fn order(&mut self, order: &Order) -> Result<(), BankError>;
}
