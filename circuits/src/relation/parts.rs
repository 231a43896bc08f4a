//! The parts that relations share: ownership, records, membership, nullifiers, plans, credentials,
//! ciphertexts. The twin of `protocol::relation::check`.

use super::{Builder, Synthesis};
use crate::gadget::lin::{enforce, Lin};
use crate::gadget::{elgamal, jubjub::PointVar, merkle, poseidon::hash, poseidon::hash_with_capacity, range, Bit, Var};
use ark_bls12_381::Fr;
use ark_ff::{AdditiveGroup, Field, PrimeField};
use protocol::elgamal::Role;
use protocol::keys::TraceKind;
use protocol::poseidon::{capacity, Tag};
use protocol::record::plan::Plan;
use protocol::record::{balance::Balance, metered::Metered};
use protocol::relation::check::{Condition, CredentialShown, Ephemeral, Owner};
use protocol::relation::list_plan::ParametersOpening;
use protocol::tree::Path;

/// The prover's identity: nullifier key and address, computed from the witness sk.
pub struct OwnerVar {
    /// The nullifier key, `nk = H_nk(sk)`.
    pub nk: Var,
    /// The address, `addr = H_addr(nk)`.
    pub address: Var,
}

impl OwnerVar {
    /// Allocates sk and computes both.
    pub fn new(b: &mut Builder, owner: &Owner) -> Synthesis<Self> {
        let sk = b.witness(owner.sk)?;
        let nk = hash(b.cs(), Tag::NullifierKey, &[sk])?;
        let address = hash(b.cs(), Tag::Address, std::slice::from_ref(&nk))?;
        Ok(OwnerVar { nk, address })
    }
    /// The nullifier `H_nf(nk, commitment, position)`.
    pub fn nullifier(&self, b: &Builder, commitment: &Var, position: &Var) -> Synthesis<Var> {
        hash(b.cs(), Tag::Nullifier, &[self.nk.clone(), commitment.clone(), position.clone()])
    }
}

/// The root and position that a path leads to from a leaf.
pub fn climb(b: &mut Builder, leaf: &Var, path: &Path) -> Synthesis<(Var, Var)> {
    let path = merkle::Path { position: path.position.0, children: path.children };
    let merkle::Climb { root, position, chosen: path } = merkle::climb(b.cs(), leaf, &path)?;
    b.declare(path);
    Ok((root, position))
}

/// An opened plan.
pub struct PlanVar {
    /// Volume in Wh.
    pub volume: Var,
    /// Price in micro-currency per kWh.
    pub price: Var,
    /// Packed attributes.
    pub attributes: Var,
    /// Packed preferences.
    pub preferences: Var,
    /// Number of the metering service.
    pub meter: Var,
    /// The market cycle.
    pub cycle: Var,
    /// The owner's address.
    pub owner: Var,
    /// The commitment, computed from the other fields.
    pub handle: Var,
}

/// The side of a plan in a circuit: fixed by the relation, or a witness bit (set for buy).
pub enum SideVar<'a> {
    /// A sell plan, fixed by the relation.
    Sell,
    /// A buy plan, fixed by the relation.
    Buy,
    /// Either, as the bit says: set for buy.
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

/// The credential's values that the plan's own conditions use.
pub struct ShownVar {
    /// Reputation.
    pub reputation: Var,
    /// East coordinate.
    pub x: Var,
    /// North coordinate.
    pub y: Var,
    /// Number of the metering service.
    pub meter: Var,
}

/// Conditions `2.*` of [`CredentialShown`]. The tag's counter is the sign where a metered record is
/// paid.
#[allow(clippy::too_many_arguments)]
pub fn shown(
    b: &mut Builder,
    w: &CredentialShown,
    root: &Var,
    epoch: &Var,
    kind: TraceKind,
    cycle: &Var,
    address: &Var,
    tag: &Var,
    sign: Option<&Var>,
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
    let committed = hash(b.cs(), Tag::TraceKey, std::slice::from_ref(&k))?;
    b.equal("2.trace-key", &kappa, &committed)?;
    match sign {
        None => b.range("2.counter", &n, kind.counter_bits())?,
        Some(sign) => b.equal("2.counter", &n, sign)?,
    }
    let computed = hash(b.cs(), Tag::TraceTag, &[k, Var::Constant(Fr::from(kind as u64)), cycle.clone(), n])?;
    b.equal("2.tag", tag, &computed)?;
    Ok(ShownVar { reputation, x, y, meter })
}

/// Allocates `e` and enforces that `c1` is `e G`.
pub fn ephemeral(b: &mut Builder, name: Condition, w: &Ephemeral, x: &Var, y: &Var) -> Synthesis<elgamal::Ephemeral> {
    let e = elgamal::Ephemeral::witness(b.cs(), || Ok(w.e))?;
    b.declare(e.chosen());
    b.equal(name, &e.point.x, x)?;
    b.equal(name, &e.point.y, y)?;
    Ok(e)
}

/// Enforces that `published` encrypts `messages` to the key (x, y).
#[allow(clippy::too_many_arguments)]
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

/// Condition `x < 2^n`. Returns the n bits, which are free witnesses when the condition is left
/// out.
pub fn ranged(b: &mut Builder, condition: Condition, x: &Var, n: usize) -> Synthesis<Vec<Bit>> {
    let low = range::value_of(b.cs(), x)?.into_bigint().0[0];
    let (spelled, bits) = range::witness(b.cs(), || Ok(low), n)?;
    b.equal(condition, x, &spelled)?;
    Ok(bits)
}

/// Condition: `a x c = d`, one constraint.
pub fn equal_product(b: &mut Builder, condition: Condition, a: &Var, c: &Var, d: &Var) -> Synthesis {
    if b.enforces(condition) {
        enforce(b.cs(), &Lin::of(b.cs(), a)?, &Lin::of(b.cs(), c)?, &Lin::of(b.cs(), d)?)?;
    }
    Ok(())
}

/// Condition: not both bits are set.
pub fn not_both(b: &mut Builder, condition: Condition, first: &Bit, second: &Bit) -> Synthesis {
    if b.enforces(condition) {
        enforce(b.cs(), &Lin::bit(b.cs(), first)?, &Lin::bit(b.cs(), second)?, &Lin::constant(Fr::ZERO))?;
    }
    Ok(())
}

/// Condition: `whole` is the parts, each at the sum of the lengths before it. Injective once every
/// part is ranged.
pub fn packed(b: &mut Builder, condition: Condition, whole: &Var, parts: &[Var], bits: &[usize]) -> Synthesis {
    let (mut sum, mut shift) = (Lin::constant(Fr::ZERO), Fr::ONE);
    for (part, n) in parts.iter().zip(bits) {
        sum = sum.plus(shift, &Lin::of(b.cs(), part)?);
        shift *= Fr::from(1u64 << n);
    }
    let sum = sum.var(b.cs())?;
    b.equal(condition, whole, &sum)
}

/// Conditions `3.parameters`, `3.least-lot`, `3.greatest-energy`, `3.tick-range`, `3.tick`: the
/// volume is one that the cycle's terms allow, and the price is one of the 48 of the cycle's grid.
///
/// Least lot and greatest energy are below 2^32, as the ledger digests no others. So a volume that
/// passes both comparisons is below 2^32 too, and neither difference wraps.
pub fn within_parameters(
    b: &mut Builder,
    w: &ParametersOpening,
    parameters: &Var,
    volume: &Var,
    price: &Var,
) -> Synthesis {
    let opened = b.witnesses([w.first, w.step, w.least_lot, w.greatest_energy, w.rest])?;
    let digest = hash(b.cs(), Tag::Parameters, &opened)?;
    b.equal("3.parameters", &digest, parameters)?;
    let [first, step, least_lot, greatest_energy, _] = opened;
    b.range("3.least-lot", &(volume - least_lot), 32)?;
    b.range("3.greatest-energy", &(greatest_energy - volume), 32)?;
    let tick = b.witness(w.tick)?;
    if b.enforces("3.tick-range") {
        range::tick(b.cs(), &tick)?;
    }
    equal_product(b, "3.tick", &step, &tick, &(price - &first))
}

/// An opened balance record.
pub struct BalanceVar {
    /// Money in nano-currency.
    pub amount: Var,
    /// The owner's address.
    pub owner: Var,
    /// The commitment, computed from the other fields.
    pub commitment: Var,
}

impl BalanceVar {
    /// Allocates the opening and computes the commitment.
    pub fn new(b: &mut Builder, w: &Balance) -> Synthesis<Self> {
        let opening = b.witnesses([w.amount, w.owner, w.blinding])?;
        let commitment = hash(b.cs(), Tag::Balance, &opening)?;
        let [amount, owner, _] = opening;
        Ok(BalanceVar { amount, owner, commitment })
    }
}

/// The commitment of a new balance record with a fresh blinding.
pub fn new_balance(b: &mut Builder, amount: &Var, owner: &Var, blinding: Fr) -> Synthesis<Var> {
    let blinding = b.witness(blinding)?;
    hash(b.cs(), Tag::Balance, &[amount.clone(), owner.clone(), blinding])
}

/// An opened metered record.
pub struct MeteredVar {
    /// Energy in Wh.
    pub volume: Var,
    /// Number of the metering service.
    pub meter: Var,
    /// The commitment, computed from the other fields.
    pub commitment: Var,
}

/// Conditions `1.range`, `1.sign`, `1.cycle`, `1.owner`.
pub fn metered(b: &mut Builder, w: &Metered, sign: &Var, cycle: &Var, address: &Var) -> Synthesis<MeteredVar> {
    let opening = b.witnesses([w.volume, w.sign, w.cycle, w.owner, w.meter, w.blinding])?;
    let commitment = hash(b.cs(), Tag::Metered, &opening)?;
    let [volume, its_sign, its_cycle, owner, meter, _] = opening;
    b.range("1.range", &volume, 32)?;
    b.equal("1.sign", &its_sign, sign)?;
    b.equal("1.cycle", &its_cycle, cycle)?;
    b.equal("1.owner", &owner, address)?;
    Ok(MeteredVar { volume, meter, commitment })
}
