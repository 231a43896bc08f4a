//! The transactions' bodies of a market's parties.

use super::{market, schedule, World, NOTE};
use crate::keys::{encryption, encryption_of_issuer, possession, public, shared, signer_of_issuer, CHALLENGER, PLAN};
use crate::units::{cycle, epoch, issuer};
use ledger::CiphertextStatus;
use protocol::elgamal::{stream, Role};
use protocol::encoding::Canonical;
use protocol::ids::{BlobHash, VerifyingKeyId};
use protocol::keys::{TraceCommitment, TraceTag};
use protocol::record::matching;
use protocol::record::{Commitment, DeliveryId, Handle, MatchId, Nullifier};
use protocol::relation::withdraw::PayeeDigest;
use protocol::relation::RelationKind;
use protocol::terms::{Terms, LAPSE_ALARM};
use protocol::transaction::body::*;
use protocol::transaction::Body;
use protocol::units::{Epoch, Money, Side};
use protocol::Fr;

impl World {
    /// The nonce that the regulator's next transaction has to have.
    pub fn regulator_nonce(&self) -> u64 {
        self.state.regulator_nonce() + 1
    }
    /// The regulator starts an epoch.
    pub fn epoch_start(&self, n: u32) -> Body {
        Body::EpochStart(EpochStart { nonce: self.regulator_nonce(), epoch: epoch(n), lapse_alarm: LAPSE_ALARM })
    }
    /// The regulator starts a cycle of the running epoch, which opens at this time.
    pub fn cycle_start(&self, n: u32, opens: u64) -> Body {
        let epoch = self.state.epoch().unwrap_or(Epoch::ZERO);
        let (market, schedule) = (market(), schedule(opens));
        Body::CycleStart(CycleStart {
            nonce: self.regulator_nonce(),
            cycle: cycle(n),
            epoch,
            market,
            terms: Terms::default(),
            turn: Turn::Listed,
            schedule,
        })
    }
    /// The regulator registers an issuer, with the keys that [`crate::keys`] has for its number.
    pub fn register(&self, n: u32, role: IssuerRole) -> Body {
        Body::RegisterIssuer(RegisterIssuer {
            nonce: self.regulator_nonce(),
            issuer: issuer(n),
            role,
            key: public(signer_of_issuer(n)),
            encryption_key: encryption(encryption_of_issuer(n)),
            possession: possession(encryption_of_issuer(n), &n.to_le_bytes()),
        })
    }
    /// An issuer issues a record.
    pub fn issue(&mut self, by: u32, issued: Issued) -> Body {
        let (issuer, commitment) = (issuer(by), Commitment(self.fr()));
        Body::Issue(Issue { issuer, nonce: self.state.issuer_nonce(issuer) + 1, issued, commitment, note: NOTE })
    }
    /// A household deposits its trace key.
    pub fn deposit(&mut self) -> Body {
        let (kappa, c1, ciphertext) = (TraceCommitment(self.fr()), self.point(), [self.fr()]);
        Body::Deposit(Deposit { kappa, c1, ciphertext })
    }
    /// The regulator issues the credential of an epoch for a trace key.
    pub fn credential(&mut self, n: u32, kappa: TraceCommitment) -> Body {
        let (nonce, commitment) = (self.regulator_nonce(), Commitment(self.fr()));
        Body::IssueCredential(IssueCredential { nonce, epoch: epoch(n), commitment, kappa, note: NOTE })
    }
    /// A household lists a plan in cycle 1. Its ciphertext enters the blobs.
    pub fn plan(&mut self, side: Side) -> Body {
        let handle = Handle(self.fr());
        let ciphertext = BlobHash::of(&handle.to_bytes());
        self.blobs.0.insert(ciphertext, CiphertextStatus::Canonical);
        let body = ListPlan {
            cycle: cycle(1),
            epoch: epoch(1),
            root: self.root(),
            nullifier: Nullifier(self.fr()),
            handle,
            change: Commitment(self.fr()),
            tag: TraceTag(self.fr()),
            c1: self.point(),
            terms: [self.fr(), self.fr()],
            audit: [self.fr(), self.fr(), self.fr()],
            plan_key: encryption(PLAN).point(),
            ciphertext,
            memo: NOTE,
        };
        match side {
            Side::Sell => Body::SellPlan(body),
            Side::Buy => Body::BuyPlan(body),
        }
    }
    /// The regulator publishes a round's transcript.
    pub fn transcript(&self, round: u8) -> Body {
        let nonce = self.regulator_nonce();
        Body::Transcript(Transcript { nonce, cycle: cycle(1), round, digest: [6; 32] })
    }
    /// The regulator matches two plans. The round's transcript goes onto the ledger first, if the
    /// ledger accepts it.
    pub fn pairing(&mut self, round: u8, sell: Handle, buy: Handle) -> Body {
        if self.state.transcript(cycle(1), round).is_none() {
            let executed = self.execute(&[self.bytes(self.transcript(round))]);
            if executed.receipts[0].outcome.is_ok() {
                self.state = executed.state;
            }
        }
        let (nonce, match_id) = (self.regulator_nonce(), MatchId(self.fr()));
        let (c1, [terms, seller, buyer]) = (self.point(), [(); 3].map(|()| [(); 3].map(|()| self.fr())));
        let cycle = cycle(1);
        Body::Match(Match { nonce, cycle, round, match_id, sell, buy, c1, terms, seller, buyer })
    }
    /// The same match, but so that it opens for the sides that `said` names: to them it says this
    /// volume and price, and it is the record of them.
    pub fn opening_for(&mut self, body: Match, said: [(Side, u64, u64); 2]) -> Match {
        let blinding = self.fr();
        let ((_, volume, price), cycle) = (said[0], Fr::from(body.cycle.get()));
        let (volume, price) = (Fr::from(volume), Fr::from(price));
        let record = matching::Match { sell: body.sell.0, buy: body.buy.0, volume, price, cycle, blinding };
        let mut body = Match { match_id: record.id(), ..body };
        let (point, _) = shared(PLAN, body.c1, b"");
        for (side, volume, price) in said {
            let pad = stream(Role::in_match(side), body.match_id.0, body.c1, point);
            let opening = [Fr::from(volume), Fr::from(price), blinding];
            let pair = core::array::from_fn(|i| opening[i] + pad[i]);
            match side {
                Side::Sell => body.seller = pair,
                Side::Buy => body.buyer = pair,
            }
        }
        body
    }
    /// A household shows that its match does not open, with the right point of the plan's key. Of an
    /// unknown match there is none.
    pub fn complain(&self, match_id: MatchId, handle: Handle) -> Body {
        let base = self.state.trade(&match_id).map_or(encryption(1).point(), |trade| trade.c1);
        let (shared, _) = shared(PLAN, base, b"");
        Body::Complain(Complaint { match_id, handle, shared })
    }
    /// The matching node posts scores of a bid. Their digest is not the right one.
    pub fn scores(&self, round: u8, buy: Handle) -> Body {
        let nonce = self.state.matcher_nonce() + 1;
        Body::Scores(Scores { nonce, cycle: cycle(1), round, buy, digest: [4; 32] })
    }
    /// The matching node commits to a round's mask.
    pub fn mask(&self, round: u8) -> Body {
        let nonce = self.state.matcher_nonce() + 1;
        Body::Mask(Mask { nonce, cycle: cycle(1), round, commitment: [3; 32] })
    }
    /// A contest of the scores that are posted of a bid, or of the digest that [`Self::scores`]
    /// has.
    pub fn contest(&self, round: u8, buy: Handle) -> Body {
        let digest = self.state.score_digest(cycle(1), round, &buy).unwrap_or([4; 32]);
        Body::Contest(Contest { challenger: public(CHALLENGER), cycle: cycle(1), round, buy, digest })
    }
    /// The regulator announces what it will decrypt.
    pub fn opening(&self, purpose: Purpose, round: u8, first: Fr, second: Fr) -> Body {
        let (nonce, cycle) = (self.regulator_nonce(), cycle(1));
        Body::Open(Open { nonce, purpose, cycle, round, first, second, reason: [0; 32] })
    }
    /// A household confirms its side of a match.
    pub fn confirm(&mut self, side: Side, match_id: MatchId, handle: Handle) -> Body {
        let body = Confirm {
            match_id,
            handle,
            meter: issuer(side as u32),
            c1: self.point(),
            metering: [self.fr(), self.fr()],
            change: Commitment(self.fr()),
            memo: NOTE,
        };
        match side {
            Side::Sell => Body::ConfirmSell(body),
            Side::Buy => Body::ConfirmBuy(body),
        }
    }
    /// A metering service posts a delivery record. Service 0 is the sellers', 1 the buyers'.
    pub fn deliver(&mut self, side: Side, match_id: MatchId) -> Body {
        let issuer = issuer(side as u32);
        Body::Deliver(Deliver {
            issuer,
            nonce: self.state.issuer_nonce(issuer) + 1,
            match_id,
            side,
            delivery: DeliveryId(self.fr()),
            c1: self.point(),
            terms: [self.fr(), self.fr()],
            seller: [self.fr(), self.fr()],
            buyer: [self.fr(), self.fr()],
            meter: [self.fr(), self.fr()],
        })
    }
    /// A household settles its side of a trade that was kept.
    pub fn settle(&mut self, side: Side, match_id: MatchId, handle: Handle) -> Body {
        let (root, nullifier, balance) = (self.root(), Nullifier(self.fr()), Commitment(self.fr()));
        let body = Settle { match_id, handle, root, within: true, nullifier, balance, memo: NOTE };
        match side {
            Side::Sell => Body::SettleSell(body),
            Side::Buy => Body::SettleBuy(body),
        }
    }
    /// A household withdraws a plan and takes back its lock.
    pub fn release(&mut self, handle: Handle) -> Body {
        Body::Release(Release { handle, refund: Commitment(self.fr()), memo: NOTE })
    }
    /// A household takes back its lock of a void trade.
    pub fn void(&mut self, match_id: MatchId, handle: Handle) -> Body {
        Body::Void(Void { match_id, handle, refund: Commitment(self.fr()), memo: NOTE })
    }
    /// A household merges two records.
    pub fn merge(&mut self) -> Body {
        let nullifiers = [Nullifier(self.fr()), Nullifier(self.fr())];
        Body::Merge(Merge { root: self.root(), nullifiers, record: Commitment(self.fr()), memo: NOTE })
    }
    /// The grid operator pays a household for a surplus.
    pub fn surplus(&mut self) -> Body {
        Body::Surplus(Surplus {
            root: self.root(),
            epoch: epoch(1),
            cycle: cycle(1),
            nullifier_metered: Nullifier(self.fr()),
            nullifier_balance: Nullifier(self.fr()),
            balance: Commitment(self.fr()),
            tag: TraceTag(self.fr()),
            c1: self.point(),
            audit: [self.fr(), self.fr()],
            memo: NOTE,
        })
    }
    /// A household pays the grid operator for a shortfall.
    pub fn shortfall(&mut self, obligation: Commitment) -> Body {
        Body::Shortfall(Shortfall {
            obligation,
            root: self.root(),
            epoch: epoch(1),
            nullifier: Nullifier(self.fr()),
            balance: Commitment(self.fr()),
            tag: TraceTag(self.fr()),
            c1: self.point(),
            audit: [self.fr(), self.fr()],
            memo: NOTE,
        })
    }

    /// A household withdraws money through desk 2.
    pub fn withdraw(&mut self, amount: u64) -> Body {
        Body::Withdraw(Withdraw {
            desk: issuer(2),
            root: self.root(),
            epoch: epoch(1),
            nullifier: Nullifier(self.fr()),
            balance: Commitment(self.fr()),
            amount: Money::new(amount).unwrap(),
            payee: PayeeDigest(self.fr()),
            tag: TraceTag(self.fr()),
            c1: self.point(),
            audit: [self.fr(), self.fr()],
            memo: NOTE,
        })
    }
    /// The regulator activates another key of a relation from a cycle on.
    pub fn activate(&self, relation: RelationKind, key: VerifyingKeyId, from: u32) -> Body {
        Body::ActivateKey(ActivateKey { nonce: self.regulator_nonce(), relation, key, from: cycle(from) })
    }

    // Of the encrypted deviation.

    /// Puts a blob among those that are here. The ledger finds every length right for it.
    pub fn blob(&mut self) -> BlobHash {
        let hash = BlobHash::of(&self.fr().to_bytes());
        self.blobs.0.insert(hash, CiphertextStatus::Canonical);
        hash
    }
    /// The regulator publishes a match's encrypted amounts.
    pub fn amounts(&mut self, match_id: MatchId) -> Body {
        Body::MatchAmounts(MatchAmounts { nonce: self.regulator_nonce(), match_id, ciphertext: self.blob() })
    }
    /// A metering service publishes one side's encrypted reading.
    pub fn amount(&mut self, side: Side, match_id: MatchId) -> Body {
        let (issuer, ciphertext) = (issuer(side as u32), self.blob());
        let nonce = self.state.issuer_nonce(issuer) + 1;
        Body::DeliveryAmount(DeliveryAmount { issuer, nonce, match_id, side, ciphertext })
    }
    /// The matching node publishes a trade's encrypted deviation.
    pub fn deviation(&mut self, match_id: MatchId) -> Body {
        Body::Deviation(Deviation { nonce: self.state.matcher_nonce() + 1, match_id, result: self.blob() })
    }
    /// The regulator announces that it will open a trade's bit.
    pub fn open_bit(&self, match_id: MatchId) -> Body {
        self.opening(Purpose::Deviation, 0, match_id.0, Fr::from(0u64))
    }
    /// The regulator publishes the bit that it opened.
    pub fn verdict(&self, match_id: MatchId, within: bool) -> Body {
        Body::Verdict(Verdict { nonce: self.regulator_nonce(), match_id, within })
    }
}
