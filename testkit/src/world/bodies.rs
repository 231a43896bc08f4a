//! The transactions' bodies of a market's parties.

use super::{market, schedule, terms, World, NOTE};
use crate::keys::{
    encryption, encryption_of, encryption_of_issuer, possession, public, serial_key_of, serial_key_of_issuer, shared,
    signer_of, signer_of_issuer, CHALLENGER, PLAN,
};
use crate::units::{cycle, epoch, issuer};
use ledger::CiphertextStatus;
use protocol::elgamal::{stream, Role};
use protocol::encoding::Canonical;
use protocol::ids::{BlobHash, Generation, Serial, TransactionId, VerifyingKeyId};
use protocol::keys::{TraceCommitment, TraceTag};
use protocol::record::matching;
use protocol::record::metered::{RecordSerial, Sign};
use protocol::record::{Commitment, DeliveryId, Handle, MatchId, Nullifier};
use protocol::relation::withdraw::PayeeDigest;
use protocol::relation::RelationKind;
use protocol::terms::LAPSE_ALARM;
use protocol::transaction::body::*;
use protocol::transaction::deposit::Deposit;
use protocol::transaction::obligation::{Ruled, Ruling};
use protocol::transaction::possession::issuer_context;
use protocol::transaction::validators::MatchingMode;
use protocol::transaction::Body;
use protocol::units::{Cycle, Epoch, IssuerId, Money, Side};
use protocol::Fr;

const FEW: &str = "a test uses few serials";

/// How many records of each kind a metering service may issue in an epoch.
pub const CAP: IssueCap = IssueCap { generation: 1000, metered: 1000 };

impl World {
    /// The serial above the highest one that the regulator has used.
    pub fn regulator_serial(&self) -> Serial {
        self.state.regulator_serials().next().expect(FEW)
    }
    /// The serial above the highest one that the matching node has used.
    pub fn matcher_serial(&self) -> Serial {
        self.state.matcher_serials().next().expect(FEW)
    }
    /// The serial above the highest one that an issuer has used; 1 for an unregistered one.
    pub fn issuer_serial(&self, issuer: IssuerId) -> Serial {
        self.state.issuer_serials(issuer).map_or(Serial(1), |serials| serials.next().expect(FEW))
    }
    /// The regulator starts an epoch.
    pub fn epoch_start(&self, n: u32) -> Body {
        self.epoch_with_alarm(n, LAPSE_ALARM)
    }
    /// The regulator starts an epoch in which so many plans may lapse or refuse a match.
    pub fn epoch_with_alarm(&self, n: u32, lapse_alarm: u32) -> Body {
        Body::EpochStart(EpochStart { serial: self.regulator_serial(), epoch: epoch(n), lapse_alarm })
    }
    /// The regulator starts a cycle of the running epoch, which opens at this time.
    pub fn cycle_start(&self, n: u32, opens: u64) -> Body {
        let epoch = self.state.epoch().unwrap_or(Epoch::ZERO);
        let (market, schedule) = (market(), schedule(opens));
        Body::CycleStart(CycleStart {
            serial: self.regulator_serial(),
            cycle: cycle(n),
            epoch,
            market,
            terms: terms(),
            turn: Turn::Listed,
            schedule,
        })
    }
    /// The regulator registers an issuer, with the keys that [`crate::keys`] has for its number.
    pub fn register(&self, n: u32, role: IssuerRole) -> Body {
        Body::RegisterIssuer(RegisterIssuer {
            serial: self.regulator_serial(),
            issuer: issuer(n),
            role,
            key: public(signer_of_issuer(n)),
            encryption_key: encryption(encryption_of_issuer(n)),
            possession: possession(encryption_of_issuer(n), &issuer_context(self.state.chain(), role, issuer(n))),
            serial_key: serial_key_of_issuer(n),
            cap: CAP,
        })
    }
    /// The regulator changes a metering service's cap.
    pub fn cap(&self, n: u32, generation: u32, metered: u32) -> Body {
        let cap = IssueCap { generation, metered };
        Body::SetIssueCap(SetIssueCap { serial: self.regulator_serial(), issuer: issuer(n), cap })
    }
    /// A metering service issues a metered record, with a serial never used before.
    pub fn issue_metered(&mut self, by: u32, sign: Sign, cycle: Cycle) -> Body {
        let issuer = issuer(by);
        Body::IssueMetered(IssueMetered {
            issuer,
            serial: self.issuer_serial(issuer),
            sign,
            cycle,
            record_serial: RecordSerial(self.fr()),
            commitment: Commitment(self.fr()),
            c1: self.point(),
            audit: [self.fr(), self.fr(), self.fr()],
            note: NOTE,
        })
    }
    /// The regulator rules about an obligation.
    pub fn ruling(&self, obligation: Commitment, ruled: Ruled) -> Body {
        Body::Ruling(Ruling { serial: self.regulator_serial(), obligation, ruled })
    }
    /// The regulator announces that an unpaid obligation is opened.
    pub fn open_obligation(&self, obligation: Commitment) -> Body {
        self.opening_without_cycle(Purpose::Obligation, obligation.0, Fr::from(0u64))
    }
    /// The regulator announces that a plan is opened which lapsed, or refused its match, in an epoch.
    pub fn open_lapse(&self, handle: Handle, epoch: u32) -> Body {
        self.opening_without_cycle(Purpose::Lapse, handle.0, Fr::from(epoch))
    }
    fn opening_without_cycle(&self, purpose: Purpose, first: Fr, second: Fr) -> Body {
        let (serial, cycle) = (self.regulator_serial(), Cycle::ZERO);
        Body::Open(Open { serial, purpose, cycle, round: 0, first, second, reason: [0; 32] })
    }
    /// The regulator stops an issuer, or lets it go on.
    pub fn suspend(&self, n: u32, suspended: bool) -> Body {
        Body::SuspendIssuer(SuspendIssuer { serial: self.regulator_serial(), issuer: issuer(n), suspended })
    }
    /// An operator's keys are replaced by its next ones. A service's new serial key reaches back to a
    /// cycle; 0 for none.
    pub fn rotate(&self, operator: Operator, reaches_back: Cycle) -> Body {
        let next = self.state.generation(operator).0 + 1;
        let of = match operator {
            Operator::Regulator => NewKeys::Regulator,
            Operator::Matcher => NewKeys::Matcher,
            Operator::Issuer(issuer) => {
                let (n, role) =
                    (issuer.get(), self.state.issuer(issuer).map_or(IssuerRole::MeteringService, |i| i.role));
                let secret = encryption_of(n, next);
                let keys = IssuerKeys {
                    encryption_key: encryption(secret),
                    possession: possession(secret, &issuer_context(self.state.chain(), role, issuer)),
                    serial_key: serial_key_of(n, next),
                    reaches_back,
                };
                NewKeys::Issuer(issuer, keys)
            }
        };
        let serial = match operator {
            Operator::Regulator => Serial(next.into()),
            _ => self.regulator_serial(),
        };
        Body::RotateKey(RotateKey { serial, key: public(signer_of(operator, next)), of })
    }
    /// How often an issuer's keys were replaced.
    fn generation_of(&self, issuer: IssuerId) -> Generation {
        self.state.generation(Operator::Issuer(issuer))
    }
    /// An issuer issues G or B.
    pub fn issue(&mut self, by: u32, issued: Issued) -> Body {
        let (issuer, commitment) = (issuer(by), Commitment(self.fr()));
        Body::Issue(Issue { issuer, serial: self.issuer_serial(issuer), issued, commitment, note: NOTE })
    }
    /// The regulator issues the credential of an epoch for a fresh trace key.
    pub fn credential(&mut self, n: u32) -> Body {
        let kappa = TraceCommitment(self.fr());
        self.credential_of(n, kappa)
    }
    /// The regulator issues the credential of an epoch for a trace key.
    pub fn credential_of(&mut self, n: u32, kappa: TraceCommitment) -> Body {
        let (serial, commitment) = (self.regulator_serial(), Commitment(self.fr()));
        let deposit = Deposit { kappa, c1: self.point(), ciphertext: [self.fr()] };
        Body::IssueCredential(IssueCredential { serial, epoch: epoch(n), commitment, deposit, note: NOTE })
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
        let serial = self.regulator_serial();
        let masked = self.state.genesis().matching_mode != MatchingMode::Open;
        let answers = if masked { [7; 32] } else { [0; 32] };
        Body::Transcript(Transcript { serial, cycle: cycle(1), round, digest: [6; 32], answers })
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
        let (serial, match_id) = (self.regulator_serial(), MatchId(self.fr()));
        let (c1, [terms, seller, buyer]) = (self.point(), [(); 3].map(|()| [(); 3].map(|()| self.fr())));
        let cycle = cycle(1);
        Body::Match(Match { serial, cycle, round, match_id, sell, buy, c1, terms, seller, buyer })
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
        let serial = self.matcher_serial();
        Body::Scores(Scores { serial, cycle: cycle(1), round, buy, digest: [4; 32] })
    }
    /// The matching node commits to a round's mask.
    pub fn mask(&self, round: u8) -> Body {
        let serial = self.matcher_serial();
        Body::Mask(Mask { serial, cycle: cycle(1), round, commitment: [3; 32] })
    }
    /// A contest of the scores that are posted of a bid, or of the digest that [`Self::scores`]
    /// has.
    pub fn contest(&self, round: u8, buy: Handle) -> Body {
        let digest = self.state.score_digest(cycle(1), round, &buy).unwrap_or([4; 32]);
        Body::Contest(Contest { challenger: public(CHALLENGER), cycle: cycle(1), round, buy, digest })
    }
    /// The regulator announces what it will decrypt.
    pub fn opening(&self, purpose: Purpose, round: u8, first: Fr, second: Fr) -> Body {
        let (serial, cycle) = (self.regulator_serial(), cycle(1));
        Body::Open(Open { serial, purpose, cycle, round, first, second, reason: [0; 32] })
    }
    /// A household confirms its side of a match.
    pub fn confirm(&mut self, side: Side, match_id: MatchId, handle: Handle) -> Body {
        let body = Confirm {
            match_id,
            handle,
            meter: issuer(side as u32),
            generation: self.generation_of(issuer(side as u32)),
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
            serial: self.issuer_serial(issuer),
            match_id,
            side,
            delivery: DeliveryId(self.fr()),
            c1: self.point(),
            terms: [self.fr(), self.fr()],
            seller: [self.fr(), self.fr()],
            buyer: [self.fr(), self.fr()],
            meter: [self.fr(), self.fr()],
            generation: self.generation_of(crate::units::issuer(side.other() as u32)),
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
            sign: Sign::Surplus,
            nullifier_metered: Nullifier(self.fr()),
            nullifier_balance: Nullifier(self.fr()),
            balance: Commitment(self.fr()),
            tag: TraceTag(self.fr()),
            c1: self.point(),
            audit: [self.fr(), self.fr(), self.fr()],
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
            audit: [self.fr(), self.fr(), self.fr()],
            memo: NOTE,
        })
    }

    /// A household withdraws money through desk 2.
    pub fn withdraw(&mut self, amount: u64) -> Body {
        Body::Withdraw(Withdraw {
            desk: issuer(2),
            root: self.root(),
            epoch: epoch(1),
            current: self.state.epoch().unwrap_or(epoch(1)),
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
    /// An issuer marks a withdrawal as paid.
    pub fn paid(&self, by: u32, withdrawal: TransactionId) -> Body {
        let issuer = issuer(by);
        Body::Paid(Paid { issuer, serial: self.issuer_serial(issuer), withdrawal })
    }
    /// The regulator activates another key of a relation from a cycle on.
    pub fn activate(&self, relation: RelationKind, key: VerifyingKeyId, from: u32) -> Body {
        Body::ActivateKey(ActivateKey { serial: self.regulator_serial(), relation, key, from: cycle(from) })
    }

    // Of the encrypted deviation.

    /// Puts a blob among those that are here. The ledger finds every length right for it.
    pub fn blob(&mut self) -> BlobHash {
        let hash = BlobHash::of(&self.fr().to_bytes());
        self.blobs.0.insert(hash, CiphertextStatus::Canonical);
        hash
    }
    /// The regulator publishes a match's encrypted threshold.
    pub fn threshold(&mut self, match_id: MatchId) -> Body {
        Body::MatchThreshold(MatchThreshold { serial: self.regulator_serial(), match_id, ciphertext: self.blob() })
    }
    /// A metering service publishes one side's encrypted reading.
    pub fn amount(&mut self, side: Side, match_id: MatchId) -> Body {
        let (issuer, ciphertext) = (issuer(side as u32), self.blob());
        let serial = self.issuer_serial(issuer);
        Body::DeliveryAmount(DeliveryAmount { issuer, serial, match_id, side, ciphertext })
    }
    /// The matching node publishes a trade's encrypted deviation.
    pub fn deviation(&mut self, match_id: MatchId) -> Body {
        Body::Deviation(Deviation { serial: self.matcher_serial(), match_id, result: self.blob() })
    }
    /// The regulator announces that it will open a trade's bit.
    pub fn open_bit(&self, match_id: MatchId) -> Body {
        self.opening(Purpose::Deviation, 0, match_id.0, Fr::from(0u64))
    }
    /// The regulator publishes the bit that it opened.
    pub fn verdict(&self, match_id: MatchId, within: bool) -> Body {
        Body::Verdict(Verdict { serial: self.regulator_serial(), match_id, within })
    }
}
