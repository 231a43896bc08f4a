//! The computation on ciphertexts: `a_s >= tau and a_b >= tau`, in nine bootstraps.
//!
//! A block of the parameter set holds four bits and a bit of padding, so 32 values with their sign.
//! An amount is encrypted as four digits of four bits, one a block. From the least digit on, a
//! side's bit says whether its digits so far are at least those of the threshold. With the next
//! digit it is whether `amount - threshold + bit - 1`, in -16 ..= 15, is not negative: one
//! bootstrap a digit. The last bootstrap joins the two sides' bits.

use crate::ciphertext::{EncryptedEnergy, EncryptedVerdict};
use crate::key::DeviationServerKey;
use crate::parameters::{encryption, DIGITS, DIGIT_BITS, DIGIT_VALUES, SET};
use tfhe::core_crypto::prelude::{
    lwe_ciphertext_add_assign, lwe_ciphertext_plaintext_add_assign, lwe_ciphertext_plaintext_sub_assign,
    lwe_ciphertext_sub_assign, LweCiphertextCount, LweCompactCiphertextList, Plaintext,
};
use tfhe::shortint::ciphertext::{CompactCiphertextList, Degree};
use tfhe::shortint::parameters::ShortintCompactCiphertextListCastingMode;
use tfhe::shortint::{Ciphertext, ServerKey};

/// Half of the step between two values of a block: a step is 2^64 / 32.
const HALF: Plaintext<u64> = Plaintext(1 << (64 - (DIGIT_BITS + 1) - 1));

impl DeviationServerKey {
    /// Computes the encrypted bit: whether both sides delivered at least the threshold. The
    /// ciphertext differs from run to run, the encrypted bit does not. The time does not depend on
    /// what is encrypted, and a ciphertext that nobody encrypted gives some bit.
    pub fn evaluate(&self, threshold: &EncryptedEnergy, delivered: [&EncryptedEnergy; 2]) -> EncryptedVerdict {
        let key = self.key();
        let threshold = digits(threshold);
        let [mut both, bought] = delivered.map(|amount| at_least(key, digits(amount), &threshold));
        key.unchecked_add_assign(&mut both, &bought);
        key.apply_lookup_table_assign(&mut both, &key.generate_lookup_table(|sides| u64::from(sides == 2)));
        EncryptedVerdict(both.ct.into_container())
    }
}

/// The digits of an encrypted amount, the least first.
fn digits(energy: &EncryptedEnergy) -> Vec<Ciphertext> {
    let (size, count) = (encryption().encryption_lwe_dimension.to_lwe_size(), LweCiphertextCount(DIGITS));
    let list = LweCompactCiphertextList::from_container(energy.0.clone(), size, count, SET.ciphertext_modulus);
    let (degree, kind) = (Degree::new(DIGIT_VALUES - 1), encryption().expansion_kind);
    let list = CompactCiphertextList::from_raw_parts(list, degree, SET.message_modulus, SET.carry_modulus, kind);
    list.expand(ShortintCompactCiphertextListCastingMode::NoCasting)
        .expect("it is encrypted to the server key's own key")
}

/// Whether an amount is at least another one: 1 or 0.
fn at_least(key: &ServerKey, amount: Vec<Ciphertext>, least: &[Ciphertext]) -> Ciphertext {
    // Half a step everywhere; by the padding it is less half a step for what is negative.
    let mut sign = key.generate_lookup_table(|_| 1);
    sign.acc.get_mut_body().as_mut().fill(HALF.0);
    let mut lower: Option<Ciphertext> = None;
    for (mut digit, least) in amount.into_iter().zip(least) {
        lwe_ciphertext_sub_assign(&mut digit.ct, &least.ct);
        // The difference is moved by half a step, away from both ends of what is not negative.
        match lower {
            None => lwe_ciphertext_plaintext_add_assign(&mut digit.ct, HALF),
            Some(bit) => {
                lwe_ciphertext_add_assign(&mut digit.ct, &bit.ct);
                lwe_ciphertext_plaintext_sub_assign(&mut digit.ct, HALF);
            }
        }
        key.apply_lookup_table_assign(&mut digit, &sign);
        lwe_ciphertext_plaintext_add_assign(&mut digit.ct, HALF);
        lower = Some(digit);
    }
    lower.expect("an amount has four digits")
}
