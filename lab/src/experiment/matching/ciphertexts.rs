//! One market of the experiment through the ciphertexts: every plan encrypted, every pair scored on
//! ciphertexts, every score opened by the regulator's code as in mode `open`, and compared with the
//! scores and choices in the clear.

use fhe_matcher::ciphertext::{encrypt_bid, encrypt_offer};
use fhe_matcher::decrypt::open_scores_in;
use fhe_matcher::key::MatchingSecretKey;
use fhe_matcher::score::OfferBook;
use market::order_book::OrderBook;
use market::score::{score, QuantisedBid, QuantisedOffer};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use rayon::prelude::*;
use terminal::{exit, Coded};

/// Why the market could not be taken through the ciphertexts, or gave another result.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The matching node or the regulator refused its input.
    #[error("the market through the ciphertexts: {0}")]
    Matcher(#[from] fhe_matcher::Error),
    /// An opened score differs from the score in the clear.
    #[error(
        "the market through the ciphertexts: the opened scores of buyer {buyer} differ from the scores in the clear"
    )]
    Scores {
        /// Index of the bid.
        buyer: usize,
    },
}

impl Coded for Error {
    fn code(&self) -> &'static str {
        match self {
            Error::Matcher(_) => "experiment-matcher",
            Error::Scores { .. } => "experiment-scores",
        }
    }
    fn exit_code(&self) -> u8 {
        exit::DOES_NOT_HOLD
    }
}

/// The results that were opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// How many pairs were scored and opened; each score equals the plaintext score.
    pub pairs: usize,
    /// Each buyer's choice from the whole book: the offer with the least opened score, the first of
    /// equal ones; None if none is feasible.
    pub choices: Vec<Option<usize>>,
}

const ON_GRID: &str = "a market's prices are on its grid";
/// The stream of the seed that the experiment's keys and encryption noise come from. They are no
/// secrets of anybody.
const STREAM: u64 = u64::MAX;

/// Takes the market's plans through the ciphertexts. `observe` is called once for each buyer.
pub fn through(market: &OrderBook, seed: u64, observe: &(dyn Fn() + Sync)) -> Result<Opened, Error> {
    let mut rng = ChaCha20Rng::seed_from_u64(seed);
    rng.set_stream(STREAM);
    let (secret, public) = MatchingSecretKey::generate(&mut rng);
    let parameters = market.parameters();
    let offers = market.offers().iter().map(|s| QuantisedOffer::new(parameters, &s.offer).expect(ON_GRID));
    let offers: Vec<_> = offers.collect();
    let bids: Vec<_> = market.bids().iter().map(|b| QuantisedBid::new(parameters, &b.bid).expect(ON_GRID)).collect();
    let encrypted = offers.iter().map(|offer| encrypt_offer(&public, offer, &mut rng));
    let book = OfferBook::new(&encrypted.collect::<Result<Vec<_>, _>>()?);

    let choose = |(buyer, bid): (usize, &QuantisedBid)| {
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        rng.set_stream(buyer as u64);
        let encrypted = encrypt_bid(&public, bid, &mut rng)?;
        // The matching node posts the digest; the regulator computes the scores again and opens
        // them.
        let posted = book.score(&encrypted).digest();
        let opened = open_scores_in(&secret, &book, &encrypted, &posted)?;
        if opened.len() != offers.len() || offers.iter().zip(&opened).any(|(offer, found)| score(bid, offer) != *found)
        {
            return Err(Error::Scores { buyer });
        }
        observe();
        let scored = opened.iter().enumerate().filter_map(|(offer, score)| Some(((*score)?, offer)));
        Ok(scored.min().map(|(_, offer)| offer))
    };
    let choices: Result<Vec<_>, Error> = bids.par_iter().enumerate().map(choose).collect();
    Ok(Opened { pairs: offers.len() * bids.len(), choices: choices? })
}
