//! The result of clearing an order book.

use crate::order_book::OrderBook;
use protocol::units::{Energy, Money, Price};

/// A trade that a mechanism makes, before delivery. Both prices are per kWh **sent**.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClearedTrade {
    /// The round in which it was made; 0 for mechanisms without rounds.
    pub round: u8,
    /// Index of the offer.
    pub seller: usize,
    /// Index of the bid.
    pub buyer: usize,
    /// Energy that leaves the seller, at least 1 Wh.
    pub sent: Energy,
    /// The part of it that is lost on the way.
    pub loss: Energy,
    /// What the seller earns per kWh.
    pub seller_price: Price,
    /// What the buyer pays per kWh.
    pub buyer_price: Price,
}

impl ClearedTrade {
    /// A trade of this offer and this bid at these prices, in round 0.
    pub fn between(
        book: &OrderBook,
        (seller, buyer): (usize, usize),
        sent: Energy,
        seller_price: Price,
        buyer_price: Price,
    ) -> ClearedTrade {
        let loss = book.loss(seller, buyer, sent);
        ClearedTrade { round: 0, seller, buyer, sent, loss, seller_price, buyer_price }
    }

    /// Energy that reaches the buyer.
    pub fn received(&self) -> Energy {
        self.sent.minus(self.loss).expect("no more is lost than was sent")
    }
    /// Money that the buyer pays.
    pub fn paid(&self) -> Money {
        self.sent.at(self.buyer_price)
    }
    /// Money that the seller earns.
    pub fn earned(&self) -> Money {
        self.sent.at(self.seller_price)
    }
}

/// The trades that a mechanism makes of an order book, and the energy that stays on both sides.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Clearing {
    /// The trades, in the order made.
    pub trades: Vec<ClearedTrade>,
    /// The energy that each offer has not sold, by its index.
    pub unsold: Vec<Energy>,
    /// The energy that each bid has not got, by its index.
    pub unserved: Vec<Energy>,
}

impl Clearing {
    /// The clearing of these trades, with the energy that they leave on both sides. No plan may sell
    /// or buy more than it lists.
    pub fn new(book: &OrderBook, trades: Vec<ClearedTrade>) -> Clearing {
        const WITHIN: &str = "a mechanism sells no more than is offered and buys no more than is wanted";
        let mut unsold: Vec<Energy> = book.offers().iter().map(|selling| selling.offer.volume).collect();
        let mut unserved: Vec<Energy> = book.bids().iter().map(|buying| buying.bid.volume).collect();
        for trade in &trades {
            for left in [&mut unsold[trade.seller], &mut unserved[trade.buyer]] {
                *left = left.minus(trade.sent).expect(WITHIN);
            }
        }
        Clearing { trades, unsold, unserved }
    }

    /// Energy that changes hands, as sent, in Wh.
    pub fn sent(&self) -> u128 {
        self.trades.iter().map(|trade| u128::from(trade.sent.get())).sum()
    }

    /// Gains from trade in nano-currency: energy times (limit less ask), over all trades.
    pub fn gains(&self, book: &OrderBook) -> i128 {
        let gain = |trade: &ClearedTrade| {
            let (ask, limit) = (book.offers()[trade.seller].offer.ask, book.bids()[trade.buyer].bid.limit);
            i128::from(trade.sent.get()) * (i128::from(limit.get()) - i128::from(ask.get()))
        };
        self.trades.iter().map(gain).sum()
    }

    /// What buyers pay and no seller earns, in nano-currency. Below zero, the operator would have
    /// to add money.
    pub fn operator_surplus(&self) -> i128 {
        self.trades.iter().map(|trade| i128::from(trade.paid().get()) - i128::from(trade.earned().get())).sum()
    }
}
