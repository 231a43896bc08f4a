//! The blobs that transactions name.

use super::NotAdmitted;
use crate::verifier::Blobs;
use crate::Refusal;
use protocol::ids::BlobHash;
use protocol::transaction::body::{DEVIATION_BYTES, ENCRYPTED_ENERGY_BYTES};
use protocol::transaction::Body;

/// The blob that a transaction names, and its length in bytes. The length is None for a plan's
/// ciphertext, which has an encoding of its own.
pub(crate) fn blob_and_length(body: &Body) -> Option<(BlobHash, Option<usize>)> {
    let length = match body {
        Body::MatchThreshold(_) | Body::DeliveryAmount(_) => Some(ENCRYPTED_ENERGY_BYTES),
        Body::Deviation(_) => Some(DEVIATION_BYTES),
        _ => None,
    };
    body.blob().map(|hash| (hash, length))
}

/// Whether the check of a transaction with this outcome read its blob. If so, a later execution of
/// its block reads the blob again and needs it.
pub(crate) fn looked_at_blob(outcome: &Result<(), Refusal>) -> bool {
    use Refusal::*;
    matches!(outcome, Ok(()) | Err(MalformedCiphertext | BadProof | BadSignature))
}

/// Checks that the blob that a transaction names is here and well formed.
pub(crate) fn check_blob(body: &Body, blobs: &dyn Blobs) -> Result<(), NotAdmitted> {
    use crate::verifier::CiphertextStatus::*;
    let Some((hash, length)) = blob_and_length(body) else { return Ok(()) };
    let status = match length {
        None => blobs.plan_ciphertext(&hash),
        Some(bytes) => blobs.of_length(&hash, bytes),
    };
    match status {
        Canonical => Ok(()),
        Malformed => Err(Refusal::MalformedCiphertext.into()),
        Missing => Err(NotAdmitted::Missing(hash)),
    }
}
