use protocol::transaction::body::Scores;

/// A matching node that posts scores which do not follow from the ciphertexts: the digest has one
/// bit that the right one has not. Everything else that it posts is in order.
pub struct WrongScoresMatcher;

impl WrongScoresMatcher {
    /// The digest that it posts where this one is right.
    pub fn digest(mut right: [u8; 32]) -> [u8; 32] {
        right[0] ^= 1;
        right
    }
    /// The scores that it posts where these are right.
    pub fn scores(right: Scores) -> Scores {
        Scores { digest: Self::digest(right.digest), ..right }
    }
}
