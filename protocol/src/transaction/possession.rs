//! What a proof of possession is bound to, so that it shows the secret's owner in one role of one
//! chain only. The proofs of the genesis's keys stand in the genesis, whose digest is the chain's
//! id. So they cannot be bound to the id; the chain's name and network stand for it.

use super::body::IssuerRole;
use crate::encoding::Canonical;
use crate::ids::ChainId;
use crate::keys::Network;
use crate::units::IssuerId;

/// The role of a key that a genesis names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum GenesisKey {
    /// The key for terms, K_t.
    Terms = 0,
    /// The audit key, K_a.
    Audit = 1,
}

/// The context of the proof for a key of a genesis: `0 1 | name 32 | network 1 | role 1`.
pub fn genesis_context(name: &[u8; 32], network: Network, role: GenesisKey) -> Vec<u8> {
    let mut context = vec![0];
    name.write(&mut context);
    network.write(&mut context);
    context.push(role as u8);
    context
}

/// The context of the proof for an issuer's key K_m: `1 1 | chain 32 | role 1 | number 4`.
pub fn issuer_context(chain: ChainId, role: IssuerRole, issuer: IssuerId) -> Vec<u8> {
    let mut context = vec![1];
    chain.write(&mut context);
    role.write(&mut context);
    issuer.write(&mut context);
    context
}
