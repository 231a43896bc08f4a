//! What a transaction of any kind says that its check needs: nullifiers, first halves of ciphertexts,
//! anchor, plan.

use protocol::elgamal::Point;
use protocol::record::{Handle, Nullifier};
use protocol::transaction::Body;
use protocol::tree::Root;

/// The nullifiers that a transaction publishes.
pub(super) fn nullifiers(body: &Body) -> Vec<Nullifier> {
    match body {
        Body::SellPlan(b) | Body::BuyPlan(b) => vec![b.nullifier],
        Body::SettleSell(b) | Body::SettleBuy(b) => vec![b.nullifier],
        Body::Merge(b) => b.nullifiers.to_vec(),
        Body::Surplus(b) => vec![b.nullifier_metered, b.nullifier_balance],
        Body::Shortfall(b) => vec![b.nullifier],
        Body::Withdraw(b) => vec![b.nullifier],
        _ => Vec::new(),
    }
}

/// The first half of a transaction's ciphertexts, and whether a proof shows that it is a multiple
/// of the generator.
pub(super) fn ephemeral(body: &Body) -> Option<(Point, bool)> {
    match body {
        Body::SellPlan(b) | Body::BuyPlan(b) => Some((b.c1, true)),
        Body::ConfirmSell(b) | Body::ConfirmBuy(b) => Some((b.c1, true)),
        Body::Surplus(b) => Some((b.c1, true)),
        Body::Shortfall(b) => Some((b.c1, true)),
        Body::Withdraw(b) => Some((b.c1, true)),
        Body::IssueCredential(b) => Some((b.deposit.c1, true)),
        Body::IssueMetered(b) => Some((b.c1, true)),
        Body::Match(b) => Some((b.c1, false)),
        Body::Deliver(b) => Some((b.c1, true)),
        _ => None,
    }
}

/// Whether the holders of the keys can open what is encrypted with this point. Nobody can open what
/// is encrypted with the identity, which is a multiple of the generator like any other, so a proof
/// does not exclude it.
pub(super) fn opens((c1, proved): (Point, bool)) -> bool {
    match proved {
        true => !c1.is_identity(),
        false => c1.checked().is_ok(),
    }
}

/// The anchor that a transaction proves against.
pub(super) fn anchor(body: &Body) -> Option<Root> {
    match body {
        Body::SellPlan(b) | Body::BuyPlan(b) => Some(b.root),
        Body::SettleSell(b) | Body::SettleBuy(b) => Some(b.root),
        Body::Merge(b) => Some(b.root),
        Body::Surplus(b) => Some(b.root),
        Body::Shortfall(b) => Some(b.root),
        Body::Withdraw(b) => Some(b.root),
        _ => None,
    }
}

/// The plan that a transaction is about, listings aside.
pub(super) fn handle(body: &Body) -> Option<Handle> {
    match body {
        Body::ConfirmSell(b) | Body::ConfirmBuy(b) => Some(b.handle),
        Body::Refuse(b) => Some(b.handle),
        Body::Complain(b) => Some(b.handle),
        Body::SettleSell(b) | Body::SettleBuy(b) => Some(b.handle),
        Body::Release(b) => Some(b.handle),
        Body::Void(b) => Some(b.handle),
        _ => None,
    }
}
