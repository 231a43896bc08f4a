//! A household in the runner: its wallet, its own randomness, and its own data.

use super::error::Error;
use protocol::ids::Height;
use protocol::units::{Place, Reputation};
use rand_chacha::ChaCha20Rng;
use rand_core::RngCore;
use wallets::household::{ChainParameters, Wallet};
use zeroize::Zeroizing;

/// A household.
pub struct Household {
    /// Its name in the scenario.
    pub id: String,
    /// Its place in the grid.
    pub place: Place,
    /// Its reputation in force.
    pub reputation: Reputation,
    /// Its wallet.
    pub wallet: Wallet,
    /// Its randomness.
    pub rng: ChaCha20Rng,
}

impl Household {
    /// A household of a scenario, with a fresh phrase from its own randomness.
    pub fn new(
        of: &market::scenario::Household,
        mut rng: ChaCha20Rng,
        parameters: ChainParameters,
    ) -> Result<Self, Error> {
        let phrase = fresh_phrase(&mut rng);
        let wallet = Wallet::create(&phrase, Height(0), parameters)?;
        Ok(Household { id: of.id.clone(), place: of.place, reputation: of.reputation, wallet, rng })
    }
}

/// A fresh phrase of 24 words: the first thing that a household draws.
pub fn fresh_phrase(rng: &mut ChaCha20Rng) -> Zeroizing<String> {
    let mut entropy = Zeroizing::new([0; 32]);
    rng.fill_bytes(&mut entropy[..]);
    Zeroizing::new(bip39::Mnemonic::from_entropy(&entropy[..]).expect("32 bytes are an entropy of BIP-39").to_string())
}
