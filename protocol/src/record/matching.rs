//! Match records MR.
use super::{Handle, MatchId};
use crate::poseidon::{hash, Tag};
use crate::units::{Cycle, Energy, Price};
use crate::Fr;
use ark_ff::PrimeField;

/// The opening of a match record, `H_MR(P_s, P_p, v_m, p_m, cycle, r_m)`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Match {
    /// The sell plan's handle.
    pub sell: Fr,
    /// The buy plan's handle.
    pub buy: Fr,
    /// Matched volume v_m in Wh.
    pub volume: Fr,
    /// Matched price p_m, in micro-currency per kWh.
    pub price: Fr,
    /// The market cycle's number.
    pub cycle: Fr,
    /// The blinding r_m, uniform.
    pub blinding: Fr,
}

impl Match {
    /// The opening of these quantities.
    pub fn new(sell: Handle, buy: Handle, volume: Energy, price: Price, cycle: Cycle, blinding: Fr) -> Self {
        Match {
            sell: sell.0,
            buy: buy.0,
            volume: Fr::from(volume.get()),
            price: Fr::from(price.get()),
            cycle: Fr::from(cycle.get()),
            blinding,
        }
    }
    /// The commitment MR.
    pub fn id(&self) -> MatchId {
        MatchId(hash(Tag::Match, &[self.sell, self.buy, self.volume, self.price, self.cycle, self.blinding]))
    }
    /// The match record that the decrypted messages (volume, price, blinding) open, between these
    /// plans in this cycle. None for messages that are a ground to complain: they do not open the
    /// record, or the volume is zero, or volume or price is 2^32 or more. Ledger and wallets judge a
    /// match by this function alone.
    pub fn opened(id: MatchId, sell: Handle, buy: Handle, cycle: Cycle, said: [Fr; 3]) -> Option<Opened> {
        let [volume, price, blinding] = said;
        let volume = Energy::new(small(volume)?).ok().filter(|v| *v != Energy::ZERO)?;
        let price = Price::new(small(price)?).ok()?;
        let opens = Match::new(sell, buy, volume, price, cycle, blinding).id() == id;
        opens.then_some(Opened { volume, price, blinding })
    }
}

/// What the messages of a match say. Not printable.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Opened {
    /// Matched volume v_m, not zero.
    pub volume: Energy,
    /// Matched price p_m.
    pub price: Price,
    /// The record's blinding r_m.
    pub blinding: Fr,
}

fn small(x: Fr) -> Option<u64> {
    let [low, high @ ..] = x.into_bigint().0;
    (high == [0; 3]).then_some(low)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_open_a_match_within_their_bounds_and_no_other() {
        let f = |n: u64| Fr::from(n);
        let (sell, buy, cycle) = (Handle(f(1)), Handle(f(2)), Cycle::new(7).unwrap());
        let id = |said: [Fr; 3]| {
            let [volume, price, blinding] = said;
            Match { sell: sell.0, buy: buy.0, volume, price, cycle: f(7), blinding }.id()
        };
        let opened = |id, said| Match::opened(id, sell, buy, cycle, said);
        let most = f(u64::from(u32::MAX));
        for said in [[f(800), f(450_000), f(3)], [f(1), f(0), f(0)], [most, most, -f(1)]] {
            let found = opened(id(said), said).unwrap();
            assert!([f(found.volume.get()), f(found.price.get()), found.blinding] == said);
        }
        // A record that says so is a ground to complain all the same.
        let over = most + f(1);
        for said in [[f(0), f(1), f(3)], [over, f(1), f(3)], [f(1), over, f(3)], [-f(1), f(1), f(3)]] {
            assert!(opened(id(said), said).is_none());
        }
        let said = [f(800), f(450_000), f(3)];
        for other in [[f(801), said[1], said[2]], [said[0], f(1), said[2]], [said[0], said[1], f(4)]] {
            assert!(opened(id(said), other).is_none());
        }
        assert!(Match::opened(id(said), buy, sell, cycle, said).is_none());
        assert!(Match::opened(id(said), sell, buy, Cycle::new(8).unwrap(), said).is_none());
    }
}
