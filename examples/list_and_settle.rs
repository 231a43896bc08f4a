//! A household lists a plan, trades with a neighbour and settles, on a ledger in this process.
//!
//! Every role is here with its own keys: the regulator, a metering service, a desk, the matching
//! node, and two households. Proofs, ciphertexts and signatures are real. The steps are those of
//! docs/protocol/00-overview.md. The first run makes the proving keys that it needs, which takes
//! less than a minute of two idle cores, and keeps them. Later runs take some ten seconds.
//!
//!     cargo run --release -p veilgrid-examples --example list_and_settle

use ledger::{Groth16Verifier, Node, OrdererKey};
use protocol::ids::{Height, Time};
use protocol::keys::Network;
use protocol::light::HeaderChain;
use protocol::market_parameters::{MarketParameters, PriceGrid, PriceRule, Range, Ranges};
use protocol::plan::{Bid, Offer, Wanted, Weights};
use protocol::record::Handle;
use protocol::terms::Terms;
use protocol::transaction::body::Schedule;
use protocol::transaction::genesis::NO_KEY;
use protocol::transaction::limits::Limits;
use protocol::transaction::validators::MatchingMode;
use protocol::transaction::Transaction;
use protocol::units::{Cycle, Energy, EnergyType, Epoch, IssuerId, Money, PerMille, Place, Price, Reputation, Weight};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use std::error::Error;
use std::sync::Arc;
use veilgrid::in_process::InProcess;
use wallets::follower::Follower;
use wallets::household::{ChainParameters, Stage, Wallet};
use wallets::issuer::{Desk, MeteringService, Reading};
use wallets::ledger_access::{LedgerAccess, Served};
use wallets::matching_node::MatchingNode;
use wallets::prover::CircuitProver;
use wallets::regulator::{AuditKey, CredentialTerms, GenesisTerms, Regulator, RegulatorKeys};
use wallets::seal::Signer;

type Result<T = ()> = std::result::Result<T, Box<dyn Error>>;

/// The clock of the example, in seconds. A real market goes by the wall's.
const OPENS: u64 = 1000;
const ROUND: u32 = 600;
const CLOSES: u64 = OPENS + 2 * ROUND as u64;
/// Phrases that everybody knows (test vectors of BIP-39), for an example only.
const SELLER: &str = "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about";
const BUYER: &str = "legal winner thank year wave sausage worth useful legal winner thank yellow";

fn main() -> Result {
    let folder = tempfile::tempdir()?;
    let mut market = Market::new(folder.path())?;
    market.pay_in(Money::new(1_000_000_000)?)?;
    market.prepare()?;
    let (sell, buy) = market.list()?;
    market.matched()?;
    market.confirm(sell, buy)?;
    market.settle(sell, buy)?;
    println!(
        "the seller has {} nano-currency, the buyer {}",
        market.seller.balance().get(),
        market.buyer.balance().get()
    );
    Ok(())
}

/// Every role of a market of two households, and the ledger between them.
struct Market {
    ledger: InProcess,
    follower: Follower,
    now: u64,
    rng: ChaCha20Rng,
    prover: CircuitProver,
    regulator: Regulator,
    meter: MeteringService,
    desk: Desk,
    matching_node: MatchingNode,
    seller: Wallet,
    buyer: Wallet,
}

impl Market {
    /// The roles draw their keys; the genesis names the public ones; the ledger begins with it.
    fn new(folder: &std::path::Path) -> Result<Market> {
        // A fixed seed, so that every run does the same. Keys of a market come from the system's
        // randomness.
        let mut rng = ChaCha20Rng::seed_from_u64(2);
        let verifier = Arc::new(Groth16Verifier::pinned()?);
        let (keys, audit) = (RegulatorKeys::generate(&mut rng), AuditKey::generate(&mut rng));
        let matching_node = MatchingNode::new(Signer::generate(&mut rng));
        let (_, public_shares) = audit.split(&mut rng, 2, 3)?;
        let terms = GenesisTerms {
            name: *b"an example of a trade: two homes",
            network: Network::Test,
            recovery: Signer::generate(&mut rng).public(),
            time: Time(0),
            matcher: matching_node.public(),
            audit_key: audit.public(),
            audit_possession: audit.possession(&mut rng, b"an example of a trade: two homes", Network::Test),
            audit_shares: public_shares.digest(),
            verifying_keys: ledger::verifying_keys_digest(verifier.as_ref()),
            anchor_blocks: 100,
            anchor_cycles: 4,
            score_checks: 1000,
            matching_mode: MatchingMode::Open,
            deviation: [NO_KEY; 2],
            limits: Limits::default(),
        };
        let genesis = keys.genesis(&mut rng, &terms)?;
        let matching_key = keys.matching_key().clone();
        let orderer = OrdererKey::from_secret(&[7; 32]);
        let node = Node::create(folder, &genesis, &matching_key.to_bytes(), orderer, verifier)?;
        let meter = MeteringService::generate(&mut rng, &genesis, IssuerId::new(1)?)?;
        let parameters = ChainParameters::new(genesis, matching_key)?;
        let wallet = |phrase| Wallet::create(phrase, Height(0), parameters.clone());
        Ok(Market {
            follower: Follower::new(HeaderChain::new(&genesis, node.validators().clone())),
            ledger: InProcess::new(node),
            now: 1,
            prover: CircuitProver::new(circuits::KeyStore::open(circuits::KeyStore::default_dir())),
            regulator: Regulator::new(keys, &genesis)?,
            meter,
            desk: Desk::generate(&mut rng, &genesis, IssuerId::new(2)?)?,
            matching_node,
            seller: wallet(SELLER)?,
            buyer: wallet(BUYER)?,
            rng,
        })
    }

    /// A block of these transactions, which must all be accepted, a second after the last; every
    /// role scans it.
    fn block(&mut self, transactions: &[Transaction]) -> Result {
        for transaction in transactions {
            self.ledger.submit(&transaction.encode())?;
        }
        let sealed = self.ledger.seal(Time(self.now))?;
        self.now += 1;
        for transaction in transactions {
            sealed.outcome(&transaction.id()).ok_or("the block has the transaction")??;
            println!("block {:>2}: {}", sealed.header.height.0, transaction.kind().name());
        }
        // No role believes the ledger: the headers prove each block before it is scanned.
        for block in self.follower.advance(&self.ledger, sealed.header.height)? {
            self.regulator.scan(&block)?;
            self.meter.scan(&block)?;
            self.desk.scan(&block)?;
            self.matching_node.scan(&block)?;
            self.seller.scan(&block)?;
            self.buyer.scan(&block)?;
        }
        Ok(())
    }

    /// The height until which a transaction that is made now is valid.
    fn expiry(&self) -> Height {
        Limits::default().expiry(self.follower.headers().height())
    }

    /// The issuers register, and the desk issues money that the buyer has paid in.
    fn pay_in(&mut self, amount: Money) -> Result {
        let expiry = self.expiry();
        let registrations = [self.meter.registration(&mut self.rng), self.desk.registration(&mut self.rng)];
        for registration in registrations {
            let transaction = self.regulator.register_issuer(&registration, expiry)?;
            self.block(&[transaction])?;
        }
        self.meter.enrol(&self.seller.payment_address());
        self.meter.enrol(&self.buyer.payment_address());
        let to = self.buyer.payment_address();
        let money = self.desk.issue_balance(&self.prover, &mut self.rng, &to, amount, expiry)?;
        self.block(&[money])
    }

    /// Credentials of the epoch, the cycle's parameters, and the seller's
    /// generation.
    fn prepare(&mut self) -> Result {
        let expiry = self.expiry();
        let start = self.regulator.start_epoch(epoch(), expiry)?;
        self.block(&[start])?;
        let mut transactions = Vec::new();
        for wallet in [&self.seller, &self.buyer] {
            self.regulator.enrol(wallet.address(), wallet.request_key())?;
            let request = wallet.request_credential(&self.prover, &mut self.rng, epoch())?;
            let terms =
                CredentialTerms { reputation: Reputation::MAX, place: Place::default(), meter: IssuerId::new(1)? };
            let (prover, rng, to) = (&self.prover, &mut self.rng, wallet.payment_address());
            transactions.push(self.regulator.issue_credential(prover, rng, &to, &terms, &request, expiry)?);
        }
        transactions.push(self.regulator.start_cycle(cycle(), parameters()?, Terms::default(), schedule(), expiry)?);
        let (address, solar) = (self.seller.address(), EnergyType::Solar);
        let (prover, rng) = (&self.prover, &mut self.rng);
        let generated =
            self.meter.issue_generation(prover, rng, address, Energy::new(1000)?, solar, cycle(), expiry)?;
        transactions.push(generated);
        self.block(&transactions)
    }

    /// Both households list: 1000 Wh at 0.345 a kWh or more, and 600 Wh at 0.405 or less.
    fn list(&mut self) -> Result<(Handle, Handle)> {
        self.now = OPENS;
        let offer = Offer {
            volume: Energy::new(1000)?,
            ask: Price::new(345_000)?,
            energy_type: EnergyType::Solar,
            place: Place::default(),
            reputation: Reputation::MAX,
        };
        let weight = |n| Weight::new(n);
        let bid = Bid {
            volume: Energy::new(600)?,
            limit: Price::new(405_000)?,
            wanted: Wanted {
                price: Price::new(300_000)?,
                volume: Energy::new(600)?,
                reputation: Reputation::MAX,
                place: Place::default(),
            },
            weights: Weights {
                price: weight(15)?,
                volume: weight(0)?,
                reputation: weight(0)?,
                place: weight(0)?,
                types: [Weight::ZERO; 5],
            },
        };
        let sell = self.seller.list_sell(&self.prover, &mut self.rng, &offer, cycle())?;
        let buy = self.buyer.list_buy(&self.prover, &mut self.rng, &bid, cycle())?;
        // The ciphertexts travel apart from the transactions that name them.
        self.ledger.put_blob(&sell.blob)?;
        self.ledger.put_blob(&buy.blob)?;
        self.block(&[sell.transaction, buy.transaction])?;
        Ok((sell.handle, buy.handle))
    }

    /// The first round: scores on ciphertexts, what the regulator opens of them, and the match.
    fn matched(&mut self) -> Result {
        let expiry = self.expiry();
        self.now = OPENS + u64::from(ROUND);
        self.block(&[])?;
        let chain = self.follower.headers().chain();
        let mut postings = self.matching_node.post(chain, (cycle(), 0), &Served(&self.ledger), expiry)?;
        postings.extend(self.regulator.open_scores(cycle(), 0, expiry)?);
        self.block(&postings)?;
        let choice = self.regulator.choose(cycle(), 0, &Served(&self.ledger))?;
        if !choice.incidents.is_empty() {
            return Err("the matching node posts right scores".into());
        }
        let transcript = self.regulator.transcript(cycle(), 0, expiry)?;
        self.block(&[transcript])?;
        let opened = self.regulator.open_terms(cycle(), 0, expiry)?;
        self.block(&opened)?;
        let matches = self.regulator.make_matches(&mut self.rng, cycle(), 0, expiry)?;
        self.block(&matches.transactions)
    }

    /// Each side opens its match, sees that it lies within its plan, and binds itself.
    fn confirm(&mut self, sell: Handle, buy: Handle) -> Result {
        let confirmations = [
            self.seller.confirm(&self.prover, &mut self.rng, sell)?,
            self.buyer.confirm(&self.prover, &mut self.rng, buy)?,
        ];
        self.block(&confirmations)
    }

    /// The meters report after gate closure; each side settles by a proof.
    fn settle(&mut self, sell: Handle, buy: Handle) -> Result {
        let expiry = self.expiry();
        self.now = CLOSES;
        self.block(&[])?;
        let (injected, consumed) = (Energy::new(1000)?, Energy::new(600)?);
        self.meter.read_meter(cycle(), self.seller.address(), Reading { injected, consumed: Energy::ZERO })?;
        self.meter.read_meter(cycle(), self.buyer.address(), Reading { injected: Energy::ZERO, consumed })?;
        let halves = self.meter.deliver(&self.prover, &mut self.rng, cycle(), expiry)?;
        self.block(&halves)?;
        let settlements = [
            self.seller.settle(&self.prover, &mut self.rng, sell)?,
            self.buyer.settle(&self.prover, &mut self.rng, buy)?,
        ];
        self.block(&settlements)?;
        for (wallet, handle) in [(&self.seller, sell), (&self.buyer, buy)] {
            if wallet.watch().plan(handle)?.stage() != Stage::Settled {
                return Err("both sides have settled".into());
            }
        }
        Ok(())
    }
}

fn cycle() -> Cycle {
    Cycle::new(1).expect("a cycle's number")
}

fn epoch() -> Epoch {
    Epoch::new(1).expect("an epoch's number")
}

fn schedule() -> Schedule {
    Schedule {
        opens: Time(OPENS),
        round_seconds: ROUND,
        confirm_seconds: 300,
        closes: Time(CLOSES),
        delivery_from: Time(CLOSES + 900),
        delivery_slot: 60,
    }
}

/// Prices from 0.30 on in steps of 0.0075, a tolerance of 5 %; a match is at the ask.
fn parameters() -> Result<MarketParameters> {
    Ok(MarketParameters {
        grid: PriceGrid::new(Price::new(300_000)?, Price::new(7_500)?)?,
        ranges: Ranges { volume: Range::new(0, 5000)?, reputation: Range::new(0, 100)?, place: Range::new(0, 10_000)? },
        tolerance: PerMille::new(50)?,
        price_rule: PriceRule::Ask,
        max_rounds: 1,
        feed_in: Price::new(300_000)?,
        retail: Price::new(650_000)?,
    })
}

#[test]
fn what_the_buyer_pays_the_seller_earns() {
    let folder = tempfile::tempdir().unwrap();
    let mut market = Market::new(folder.path()).unwrap();
    let paid_in = Money::new(1_000_000_000).unwrap();
    market.pay_in(paid_in).unwrap();
    market.prepare().unwrap();
    let (sell, buy) = market.list().unwrap();
    market.matched().unwrap();
    market.confirm(sell, buy).unwrap();
    market.settle(sell, buy).unwrap();
    // 600 Wh at the ask of 0.345 a kWh.
    let price = Energy::new(600).unwrap().at(Price::new(345_000).unwrap());
    assert_eq!(market.seller.balance(), price);
    assert_eq!(market.buyer.balance(), paid_in.minus(price).unwrap());
}
