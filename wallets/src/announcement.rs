//! The regulator's announcements, as somebody with headers checks them: an Open on the ledger,
//! shown by a proof that the ledger accepted it.

use protocol::light::{self, AcceptanceProof, HeaderChain};
use protocol::transaction::body::Open;
use protocol::transaction::Body;

/// Why a proof shows no announcement.
pub(crate) enum Error {
    /// The proof does not hold.
    Light(light::Error),
    /// The proof shows a transaction that is no Open.
    OtherTransaction,
}

/// The Open that a proof shows. Errors: [`Error::Light`], [`Error::OtherTransaction`].
pub(crate) fn announced(open: &AcceptanceProof, headers: &HeaderChain) -> Result<Open, Error> {
    match open.verify(headers).map_err(Error::Light)?.transaction.body {
        Body::Open(open) => Ok(open),
        _ => Err(Error::OtherTransaction),
    }
}
