//! The computation on ciphertexts: `a_s >= tau and a_b >= tau`, in 15 bootstraps.
//!
//! A block of the parameter set holds four bits and a bit of padding. An amount is encrypted as
//! four digits of four bits, one a block. The difference of two digits is in -15 ..= 15, and one
//! bootstrap gives its sign: eight for both sides. Two signs fit one block, and one bootstrap gives
//! the sign of the number that they stand for: six. The last bootstrap joins the two sides' bits.

use crate::ciphertext::{EncryptedEnergy, EncryptedVerdict};
use crate::key::DeviationServerKey;
use crate::parameters::{encryption, DIGITS, DIGIT_VALUES, SET};
use tfhe::core_crypto::prelude::{lwe_ciphertext_sub_assign, LweCiphertextCount, LweCompactCiphertextList};
use tfhe::shortint::ciphertext::{CompactCiphertextList, Degree};
use tfhe::shortint::parameters::ShortintCompactCiphertextListCastingMode;
use tfhe::shortint::{Ciphertext, ServerKey};

/// How a number compares with another one.
const LESS: u64 = 0;
const EQUAL: u64 = 1;

impl DeviationServerKey {
    /// Computes the encrypted bit: whether both sides delivered at least the threshold. The
    /// ciphertext differs from run to run, the encrypted bit does not. The time does not depend on
    /// what is encrypted, and a ciphertext that nobody encrypted gives some bit.
    pub fn evaluate(&self, threshold: &EncryptedEnergy, delivered: [&EncryptedEnergy; 2]) -> EncryptedVerdict {
        let key = self.key();
        let threshold = digits(threshold);
        let [mut both, bought] = delivered.map(|amount| at_least(key, &digits(amount), &threshold));
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
fn at_least(key: &ServerKey, amount: &[Ciphertext], least: &[Ciphertext]) -> Ciphertext {
    let sign = key.generate_lookup_table(|difference| u64::from(difference != 0));
    let compared = amount.iter().zip(least).map(|(amount, least)| {
        let mut digit = amount.clone();
        // The plain difference: a negative one sets the bit of padding. There the table gives the
        // negative of what it holds, so -1, 0 or 1.
        lwe_ciphertext_sub_assign(&mut digit.ct, &least.ct);
        key.apply_lookup_table_assign(&mut digit, &sign);
        key.unchecked_scalar_add_assign(&mut digit, 1);
        digit
    });
    let compared: Vec<Ciphertext> = compared.collect();
    let [lower, upper] = [0, 2].map(|digit| join(key, &compared[digit + 1], &compared[digit], |order| order));
    join(key, &upper, &lower, |order| u64::from(order != LESS))
}

/// How a number compares, given how its upper and lower parts do; `then` is applied to it.
fn join(key: &ServerKey, upper: &Ciphertext, lower: &Ciphertext, then: impl Fn(u64) -> u64) -> Ciphertext {
    let mut both = key.unchecked_scalar_mul(upper, 4);
    key.unchecked_add_assign(&mut both, lower);
    let order = key.generate_lookup_table(|both| match both >> 2 {
        EQUAL => then(both & 3),
        upper => then(upper),
    });
    key.apply_lookup_table_assign(&mut both, &order);
    both
}
