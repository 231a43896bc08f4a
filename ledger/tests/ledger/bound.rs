//! Listings' second proofs, real ones: a plan, its ciphertext, and the claim that the ciphertext
//! encrypts the plan.

use circuits::relation::plan_ciphertext::{bid::BuyCiphertext, offer::SellCiphertext};
use circuits::{prove, KeyStore, Relation};
use fhe_matcher::binding::{prove as project, Context, Proved};
use fhe_matcher::block::Block;
use fhe_matcher::ciphertext::encrypt_with_randomness;
use fhe_matcher::key::MatchingPublicKey;
use fhe_matcher::plaintext::score::{QuantisedBid, QuantisedOffer};
use ledger::{Blobs, CiphertextInputs, CiphertextStatus, ProofClaim, PublicInputs};
use protocol::ids::{BlobHash, VerifyingKeyId};
use protocol::keys::Address;
use protocol::market_parameters::MarketParameters;
use protocol::plan::{Bid, Offer, Wanted, Weights};
use protocol::record::plan::{offer_attributes, wanted_attributes, weight_attributes, Plan};
use protocol::relation::plan_ciphertext::{
    BidOpening, BuyCiphertextWitness, OfferOpening, PlanCiphertext as Statement, Scale, SellCiphertextWitness,
};
use protocol::relation::RelationKind;
use protocol::units::*;
use protocol::Fr;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use std::collections::BTreeMap;

/// Blobs by their hash.
#[derive(Clone, Default)]
pub struct Kept(pub BTreeMap<BlobHash, Vec<u8>>);

impl Kept {
    pub fn put(&mut self, bytes: Vec<u8>) -> BlobHash {
        let hash = BlobHash::of(&bytes);
        self.0.insert(hash, bytes);
        hash
    }
}

impl Blobs for Kept {
    fn plan_ciphertext(&self, hash: &BlobHash) -> CiphertextStatus {
        if self.0.contains_key(hash) {
            CiphertextStatus::Canonical
        } else {
            CiphertextStatus::Missing
        }
    }
    fn get(&self, hash: &BlobHash) -> Option<Vec<u8>> {
        self.0.get(hash).cloned()
    }
}

/// Makes claims under one matching key.
pub struct Maker {
    rng: ChaCha20Rng,
    store: KeyStore,
    key: MatchingPublicKey,
    market: MarketParameters,
    pub blobs: Kept,
}

impl Maker {
    pub fn new(market: MarketParameters) -> Self {
        let mut rng = ChaCha20Rng::seed_from_u64(5);
        let key = MatchingPublicKey::random(&mut rng);
        let mut blobs = Kept::default();
        blobs.put(key.to_bytes());
        Maker { rng, store: KeyStore::open(KeyStore::default_dir()), key, market, blobs }
    }

    /// An honest claim about a plan's ciphertext; another plan for each blinding.
    pub fn claim(&mut self, side: Side, blinding: u64) -> ProofClaim {
        let (cycle, meter, owner) = (Cycle::new(3).unwrap(), IssuerId::new(1).unwrap(), Address(Fr::from(99u64)));
        let place = Place { x: Metres::new(1200).unwrap(), y: Metres::new(8100).unwrap() };
        let (volume, reputation) = (Energy::new(1200).unwrap(), Reputation::new(86).unwrap());
        let (market, blinding) = (self.market, Fr::from(blinding));
        let (scale, price) = (Scale::from(&market), |n| market.grid.price(Tick::new(n).unwrap()));
        match side {
            Side::Sell => {
                let offer = Offer { volume, ask: price(20), energy_type: EnergyType::Wind, place, reputation };
                let plan = Plan::sell(&offer, meter, cycle, owner, blinding);
                let opening = OfferOpening::new(&scale, &plan, offer_attributes(&offer));
                let block = Block::offer(&QuantisedOffer::new(&market, &offer).unwrap()).unwrap();
                self.made::<SellCiphertext>(side, &plan, &block, |encryption| SellCiphertextWitness {
                    opening,
                    encryption,
                })
            }
            Side::Buy => {
                let w = |n| Weight::new(n).unwrap();
                let wanted = Wanted { price: price(15), volume, reputation, place };
                let types = [w(0), w(0), w(15), w(0), w(4)];
                let weights = Weights { price: w(12), volume: w(3), reputation: w(2), place: w(8), types };
                let bid = Bid { volume, limit: price(40), wanted, weights };
                let plan = Plan::buy(&market.grid, &bid, meter, cycle, owner, blinding).unwrap();
                let wanted = wanted_attributes(&market.grid, &bid).unwrap();
                let opening = BidOpening::new(&scale, &plan, wanted, weight_attributes(&bid));
                let block = Block::bid(&QuantisedBid::new(&market, &bid).unwrap()).unwrap();
                self.made::<BuyCiphertext>(side, &plan, &block, |encryption| BuyCiphertextWitness {
                    opening,
                    encryption,
                })
            }
        }
    }

    fn made<R: Relation<Statement = Statement>>(
        &mut self,
        side: Side,
        plan: &Plan,
        block: &Block,
        witness: impl FnOnce(protocol::relation::plan_ciphertext::Encryption) -> R::Witness,
    ) -> ProofClaim {
        let proving = self.store.proving_key::<R>().unwrap();
        let (key, matching_key) = (VerifyingKeyId(proving.id().0), BlobHash::of(&self.key.to_bytes()));
        let (scale, handle, binding) = (Scale::from(&self.market), plan.handle(), Fr::from(5u64));
        let (ciphertext, randomness) = encrypt_with_randomness(&self.key, block, &mut self.rng);
        let context = Context { verifying_key: key.0, key: &self.key, scale, binding, handle, side };
        let blindings = [Fr::from(6u64), Fr::from(7u64)];
        let proved = project(&context, &ciphertext, block, &randomness, blindings).unwrap();
        let Proved { commitments, challenge, encryption } = proved;
        let statement = Statement { handle, scale, commitments, challenge, binding };
        let proof = prove(&proving, &statement, &witness(encryption), &mut self.rng).unwrap().encode();
        let ciphertext = self.blobs.put(ciphertext.to_bytes());
        let inputs = CiphertextInputs { side, handle, scale, commitments, binding, ciphertext, matching_key };
        ProofClaim {
            relation: RelationKind::ciphertext(side),
            key,
            inputs: PublicInputs::Ciphertext(Box::new(inputs)),
            proof,
        }
    }
}
