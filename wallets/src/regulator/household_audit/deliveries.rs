//! What an audit reads of a trade's delivery: both halves, from the ledger.

use super::super::trail::Matched;
use super::super::{Error, Regulator};
use super::{HouseholdAudit, Proofs};
use protocol::light::HeaderChain;
use protocol::transaction::body::Purpose;
use protocol::units::Energy;

impl HouseholdAudit {
    /// What the meters of the seller and of the buyer read for a trade. The regulator reads both halves
    /// from the ledger.
    pub(super) fn delivered(
        &self,
        regulator: &mut Regulator,
        proofs: &dyn Proofs,
        headers: &HeaderChain,
        matched: &Matched,
    ) -> Result<[Energy; 2], Error> {
        let (id, [Some(sold), Some(bought)]) = (matched.body.match_id, matched.deliveries) else {
            let id = matched.body.match_id;
            return Err(Error::Incomplete(format!("a half of the delivery of {id} is not on the ledger")));
        };
        let mut amounts = [Energy::ZERO; 2];
        for (amount, half) in amounts.iter_mut().zip([sold, bought]) {
            let evidence = self.evidence(Purpose::Trade, id.0, &half, proofs)?;
            *amount = regulator.delivery(&evidence, headers)?.amount;
        }
        Ok(amounts)
    }
}
