//! What relations share: ownership, records, membership, nullifiers, plans, the credential shown, ciphertexts. The twin
//! of `protocol::relation::check`.

use super::{Builder, Synthesis};
use crate::gadget::{elgamal, jubjub::PointVar, merkle, poseidon::hash, poseidon::hash_with_capacity, Bit, Var};
use ark_bls12_381::Fr;
use protocol::elgamal::Role;
use protocol::poseidon::{capacity, Tag};
use protocol::record::plan::Plan;
use protocol::relation::check::{Condition, Ephemeral, Owner, Shown};
use protocol::tree::Path;

/// Who proves: nullifier key and address computed from the witness `sk`.
pub struct OwnerVar {
    /// `nk = H_nk(sk)`
    pub nk: Var,
    /// `addr = H_addr(nk)`
    pub address: Var,
}

impl OwnerVar {
    /// Allocates `sk`.
    pub fn new(b: &mut Builder, owner: &Owner) -> Synthesis<Self> {
        let sk = b.witness(owner.sk)?;
        let nk = hash(b.cs(), Tag::NullifierKey, &[sk])?;
        let address = hash(b.cs(), Tag::Address, &[nk.clone()])?;
        Ok(OwnerVar { nk, address })
    }
    /// `H_nf(nk, commitment, position)`.
    pub fn nullifier(&self, b: &Builder, commitment: &Var, position: &Var) -> Synthesis<Var> {
        hash(b.cs(), Tag::Nullifier, &[self.nk.clone(), commitment.clone(), position.clone()])
    }
}

/// The root and position that a path leads to from a leaf.
pub fn climb(b: &Builder, leaf: &Var, path: &Path) -> Synthesis<(Var, Var)> {
    merkle::root(b.cs(), leaf, &merkle::Path { position: path.position.0, children: path.children })
}

/// An opened plan.
pub struct PlanVar {
    /// Volume.
    pub volume: Var,
    /// Price.
    pub price: Var,
    /// Packed attributes.
    pub attributes: Var,
    /// Packed preferences.
    pub preferences: Var,
    /// Metering service.
    pub meter: Var,
    /// Cycle.
    pub cycle: Var,
    /// Owner.
    pub owner: Var,
    /// The commitment computed from all.
    pub handle: Var,
}

/// The side of a plan in a circuit: fixed by the relation, or a witness bit (set for buy).
pub enum SideVar<'a> {
    /// Sell.
    Sell,
    /// Buy.
    Buy,
    /// Either.
    Either(&'a Bit),
}

impl PlanVar {
    /// Allocates the opening and computes the handle.
    pub fn new(b: &mut Builder, plan: &Plan, side: SideVar<'_>) -> Synthesis<Self> {
        let [volume, price, attributes, preferences, meter, cycle, owner, blinding] = b.witnesses([
            plan.volume,
            plan.price,
            plan.attributes,
            plan.preferences,
            plan.meter,
            plan.cycle,
            plan.owner,
            plan.blinding,
        ])?;
        let inputs = [&volume, &price, &attributes, &preferences, &meter, &cycle, &owner, &blinding].map(Var::clone);
        let handle = match side {
            SideVar::Sell => hash(b.cs(), Tag::SellPlan, &inputs)?,
            SideVar::Buy => hash(b.cs(), Tag::BuyPlan, &inputs)?,
            SideVar::Either(buy) => {
                let (sell, step) = (capacity(Tag::SellPlan, 8), capacity(Tag::BuyPlan, 8) - capacity(Tag::SellPlan, 8));
                let capacity = Var::from(buy.clone()) * step + sell;
                hash_with_capacity(b.cs(), &capacity, &inputs)?
            }
        };
        Ok(PlanVar { volume, price, attributes, preferences, meter, cycle, owner, handle })
    }
}

/// What the credential says, for the plan's own conditions.
pub struct ShownVar {
    /// Reputation.
    pub reputation: Var,
    /// East.
    pub x: Var,
    /// North.
    pub y: Var,
    /// Metering service.
    pub meter: Var,
}

/// Conditions `2.*` of [`Shown`].
#[allow(clippy::too_many_arguments)]
pub fn shown(
    b: &mut Builder,
    w: &Shown,
    root: &Var,
    epoch: &Var,
    kind: u64,
    cycle: &Var,
    address: &Var,
    tag: &Var,
) -> Synthesis<ShownVar> {
    let c = &w.credential;
    let all = b.witnesses([c.owner, c.reputation, c.x, c.y, c.kappa, c.meter, c.epoch, c.blinding])?;
    let commitment = hash(b.cs(), Tag::Credential, &all)?;
    let (reached, _) = climb(b, &commitment, &w.path)?;
    b.equal("2.membership", &reached, root)?;
    let [owner, reputation, x, y, kappa, meter, c_epoch, _] = all;
    b.equal("2.owner", &owner, address)?;
    b.equal("2.epoch", &c_epoch, epoch)?;
    let [k, n] = b.witnesses([w.trace_key, w.counter])?;
    let committed = hash(b.cs(), Tag::TraceKey, &[k.clone()])?;
    b.equal("2.trace-key", &kappa, &committed)?;
    b.range("2.counter", &n, 4)?;
    let computed = hash(b.cs(), Tag::TraceTag, &[k, Var::Constant(Fr::from(kind)), cycle.clone(), n])?;
    b.equal("2.tag", tag, &computed)?;
    Ok(ShownVar { reputation, x, y, meter })
}

/// Allocates `e` and enforces that `c1` is `e G`.
pub fn ephemeral(b: &mut Builder, name: Condition, w: &Ephemeral, x: &Var, y: &Var) -> Synthesis<elgamal::Ephemeral> {
    let e = elgamal::Ephemeral::witness(b.cs(), || Ok(w.e))?;
    b.equal(name, &e.point.x, x)?;
    b.equal(name, &e.point.y, y)?;
    Ok(e)
}

/// Enforces that `published` encrypts `messages` to the key (x, y).
pub fn ciphertext(
    b: &mut Builder,
    name: Condition,
    e: &elgamal::Ephemeral,
    role: Role,
    key: [&Var; 2],
    context: &Var,
    messages: &[Var],
    published: &[Var],
) -> Synthesis {
    let key = PointVar::new(key[0].clone(), key[1].clone());
    let computed = e.encrypt(b.cs(), &key, role as u64, context, messages)?;
    computed.iter().zip(published).try_for_each(|(a, p)| b.equal(name, a, p))
}
