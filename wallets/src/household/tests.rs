//! Wallets driven through whole trades on a chain in miniature, and what they refuse.

mod chain;
mod money;
mod refusals;
mod trades;

use super::*;
use crate::note::Payload;
use chain::{Chain, NativeProver, CYCLE};
use protocol::plan::{Bid, Offer, Wanted, Weights};
use protocol::terms::Terms;
use protocol::units::*;

const PHRASES: [&str; 2] = [
    "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about",
    "legal winner thank year wave sausage worth useful legal winner thank yellow",
];

fn wallet(chain: &Chain, n: usize) -> Wallet {
    Wallet::create(PHRASES[n], Height(0), chain.parameters.clone()).unwrap()
}

fn cycle() -> Cycle {
    Cycle::new(CYCLE).unwrap()
}

fn wh(v: u64) -> Energy {
    Energy::new(v).unwrap()
}

fn meter() -> IssuerId {
    IssuerId::new(chain::METER).unwrap()
}

fn money(v: u64) -> Money {
    Money::new(v).unwrap()
}

fn generation(v: u64, r: u64) -> Payload {
    Payload::Generation {
        volume: wh(v),
        energy_type: EnergyType::Solar,
        cycle: cycle(),
        meter: meter(),
        blinding: Fr::from(r),
    }
}

fn balance(v: u64, r: u64) -> Payload {
    Payload::Balance { amount: money(v), blinding: Fr::from(r) }
}

fn offer(wallet: &Wallet, volume: u64, ask: u64) -> Offer {
    let c = wallet.watch().credential(Epoch::new(1).unwrap()).unwrap();
    let ask = Price::new(ask).unwrap();
    Offer { volume: wh(volume), ask, energy_type: EnergyType::Solar, place: c.place, reputation: c.reputation }
}

fn bid(volume: u64, limit: u64) -> Bid {
    let weight = |w| Weight::new(w).unwrap();
    Bid {
        volume: wh(volume),
        limit: Price::new(limit).unwrap(),
        wanted: Wanted {
            price: Price::new(150_000).unwrap(),
            volume: wh(volume),
            reputation: Reputation::new(100).unwrap(),
            place: Place { x: Metres::new(99).unwrap(), y: Metres::new(77).unwrap() },
        },
        weights: Weights {
            price: weight(9),
            volume: weight(1),
            reputation: weight(15),
            place: weight(2),
            types: [0, 3, 15, 0, 5].map(weight),
        },
    }
}

/// A market with two members: wallet 0 has 5000 Wh of solar and no money, wallet 1 has 10^12 nano.
fn market() -> (Chain, Wallet, Wallet) {
    market_under(Terms::default())
}

/// The same, in a cycle of these terms.
fn market_under(terms: Terms) -> (Chain, Wallet, Wallet) {
    let mut chain = Chain::under(terms);
    let mut wallets = [wallet(&chain, 0), wallet(&chain, 1)];
    let epoch = Epoch::new(1).unwrap();
    let mut bodies = vec![];
    for wallet in &mut wallets {
        chain.sync(wallet);
        let request = wallet.request_credential(&NativeProver, &mut chain.rng, epoch).unwrap();
        assert_eq!(request.key, wallet.request_key());
        bodies.push(chain.credential(&wallet.payment_address(), &request));
    }
    bodies.push(chain.issue(&wallets[0].payment_address(), generation(5000, 1)));
    bodies.push(chain.issue(&wallets[1].payment_address(), balance(1_000_000_000_000, 2)));
    chain.issuer_block(&bodies);
    wallets.iter_mut().for_each(|w| chain.sync(w));
    let [seller, buyer] = wallets;
    (chain, seller, buyer)
}

/// The same, with a sell plan of 3000 Wh at 200,000 and a buy plan of `wanted` Wh at 300,000 on the
/// book.
fn book(wanted: u64) -> (Chain, Wallet, Wallet, [protocol::record::Handle; 2]) {
    book_under(Terms::default(), wanted)
}

/// The same, in a cycle of these terms.
fn book_under(terms: Terms, wanted: u64) -> (Chain, Wallet, Wallet, [protocol::record::Handle; 2]) {
    let (mut chain, mut seller, mut buyer) = market_under(terms);
    let asked = offer(&seller, 3000, 200_000);
    let sell = seller.list_sell(&NativeProver, &mut chain.rng, &asked, cycle()).unwrap();
    let buy = buyer.list_buy(&NativeProver, &mut chain.rng, &bid(wanted, 300_000), cycle()).unwrap();
    chain.wallet_block(&[sell.transaction, buy.transaction]);
    chain.sync(&mut seller);
    chain.sync(&mut buyer);
    (chain, seller, buyer, [sell.handle, buy.handle])
}

fn code<T>(result: Result<T, Error>) -> &'static str {
    match result {
        Ok(_) => "no error",
        Err(e) => e.code(),
    }
}
