//! The `fhe` crate's BFV, packed as we pack: 64 offers' blocks in one ciphertext of 4096 coefficients, one product with a
//! bid's ciphertext, no relinearisation. Its own default moduli for that degree (109 bits, 128-bit security), our plaintext
//! modulus. Coefficient 64 i + 63 of the product is the score of offer i.

use crate::{timed, Done, Plans};
use fhe::bfv::{BfvParametersBuilder, Ciphertext, Encoding, Plaintext, PublicKey, SecretKey};
use fhe_matcher::parameters::{BLOCK, DEGREE, PACK, PLAINTEXT_MODULUS};
use fhe_traits::{FheDecoder, FheDecrypter, FheEncoder, FheEncrypter};
use rand09::rngs::StdRng;
use rand09::SeedableRng;

/// Name and version.
pub const NAME: &str = "fhe 0.1.1 (BFV)";

/// The crate's default moduli for degree 4096.
const MODULI: [u64; 3] = [0xf_fffe_e001, 0xf_fffc_4001, 0x1f_fffe_0001];

/// Scores every bid with every offer.
pub fn measure(plans: &Plans) -> Done {
    let parameters = BfvParametersBuilder::new()
        .set_degree(DEGREE)
        .set_plaintext_modulus(PLAINTEXT_MODULUS)
        .set_moduli(&MODULI)
        .build_arc()
        .expect("the crate's own moduli");
    let mut rng = StdRng::seed_from_u64(8);
    let secret = SecretKey::random(&parameters, &mut rng);
    let public = PublicKey::new(&secret, &mut rng);
    let plaintext = |coefficients: &[u64]| {
        Plaintext::try_encode(coefficients, Encoding::poly(), &parameters).expect("at most 4096 residues")
    };
    let mut encrypt = |block: &[i32]| -> Ciphertext {
        let residues: Vec<u64> =
            block.iter().map(|x| i64::from(*x).rem_euclid(PLAINTEXT_MODULUS as i64) as u64).collect();
        public.try_encrypt(&plaintext(&residues), &mut rng).expect("its own key")
    };
    // Each offer is encrypted in its place; the packs are made once for all bids.
    let packs: Vec<Ciphertext> = plans
        .offer_blocks()
        .chunks(PACK)
        .map(|offers| {
            let placed = offers.iter().enumerate().map(|(i, block)| {
                let mut whole = vec![0; BLOCK * i];
                whole.extend(block.coefficients());
                encrypt(&whole)
            });
            placed.reduce(|sum, offer| &sum + &offer).expect("a chunk is not empty")
        })
        .collect();
    let bids: Vec<Ciphertext> = plans.bid_blocks().iter().map(|block| encrypt(block.coefficients())).collect();

    let score = |bid| packs.iter().map(|pack| pack * bid).collect::<Vec<_>>();
    let (seconds, scores) = timed(|| bids.iter().map(score).collect::<Vec<_>>());
    for (n, products) in scores.iter().enumerate() {
        for (pack, product) in products.iter().enumerate() {
            let decrypted = secret.try_decrypt(product).expect("its own ciphertext");
            let values = Vec::<u64>::try_decode(&decrypted, Encoding::poly()).expect("a polynomial");
            for (i, block) in values.chunks(BLOCK).enumerate() {
                plans.check(NAME, n, PACK * pack + i, block[BLOCK - 1] as i64);
            }
        }
    }
    Done { pairs: plans.bids.len() * plans.offers.len(), seconds }
}
