//! A metering service's readings, encrypted under the market's deviation key: only for a half whose
//! Deliver is on the ledger.

use super::{Error, MeteringService};
use crate::deviation::Ciphered;
use deviation::key::DeviationPublicKey;
use protocol::ids::{BlobHash, Height};
use protocol::record::MatchId;
use protocol::transaction::body::DeliveryAmount;
use protocol::transaction::Body;
use protocol::units::{Cycle, Energy, Side};
use rand_core::{CryptoRng, RngCore};

impl MeteringService {
    /// The amounts of this service's halves that are on the ledger, each once, encrypted under the
    /// key that the genesis names. Error: [`Error::UnknownCycle`].
    pub fn delivery_amounts<R: RngCore + CryptoRng>(
        &mut self,
        rng: &mut R,
        key: &DeviationPublicKey,
        cycle: Cycle,
        expiry: Height,
    ) -> Result<Vec<Ciphered>, Error> {
        self.cycle(cycle)?;
        self.identity.in_force()?;
        let mut due: Vec<(MatchId, Side, Energy)> = Vec::new();
        for trade in self.trades.of(cycle) {
            for side in [Side::Sell, Side::Buy] {
                let i = side as usize;
                let on_ledger = trade.owners[i].is_some() && trade.posted[i].is_some();
                if let Some(half) = trade.halves[i].filter(|_| on_ledger) {
                    due.push((trade.id, side, half.amount));
                }
            }
        }
        due.retain(|(match_id, side, _)| !self.encrypted.contains(&(*match_id, *side)));
        let mut all = Vec::with_capacity(due.len());
        for (match_id, side, amount) in due {
            let blob = key.encrypt_delivery(rng, amount).to_bytes();
            let (issuer, serial) = (self.identity.id, self.identity.serials.take(expiry));
            let body = DeliveryAmount { issuer, serial, match_id, side, ciphertext: BlobHash::of(&blob) };
            let transaction = self.identity.keys.signer.seal(self.identity.chain, expiry, Body::DeliveryAmount(body));
            self.encrypted.insert((match_id, side));
            all.push(Ciphered { transaction, blob });
        }
        Ok(all)
    }
}
