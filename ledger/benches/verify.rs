//! What it costs the ledger to verify proofs: those about plans' ciphertexts, and for comparison in the same run the smallest
//! relation's. `cargo bench -p veilgrid-ledger --bench verify -- [--runs N]`; medians of N (5) runs, processor time of all
//! threads, which a machine that does other things besides disturbs least.

#[path = "../tests/ledger/bound.rs"]
mod bound;

use bound::{Kept, Maker};
use circuits::relation::complain::Complain;
use circuits::{prove, KeyStore, Relation};
use fhe_matcher::ciphertext::PlanCiphertext;
use fhe_matcher::key::MatchingPublicKey;
use ledger::{Blobs, Groth16Verifier, ProofClaim, ProofVerifier, PublicInputs};
use protocol::market::{MarketParameters, PriceGrid, PriceRule, Range, Ranges};
use protocol::relation::{RelationKind, Statement};
use protocol::transaction::VerifyingKeyId;
use protocol::units::{PerMille, Price, Side};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use rustix::time::{clock_gettime, ClockId};

/// Milliseconds of processor time so far.
fn cpu() -> f64 {
    let t = clock_gettime(ClockId::ProcessCPUTime);
    t.tv_sec as f64 * 1e3 + t.tv_nsec as f64 / 1e6
}

fn median(runs: usize, mut f: impl FnMut()) -> f64 {
    let mut times: Vec<f64> = (0..runs)
        .map(|_| {
            let start = cpu();
            f();
            cpu() - start
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[runs / 2]
}

fn market() -> MarketParameters {
    let (price, range) = (|p| Price::new(p).expect("in range"), |hi| Range::new(0, hi).expect("not empty"));
    MarketParameters {
        grid: PriceGrid::new(price(300_000), price(7_500)).expect("a grid"),
        ranges: Ranges { volume: range(5000), reputation: range(100), place: range(10_000) },
        tolerance: PerMille::new(50).expect("in range"),
        price_rule: PriceRule::Ask,
        max_rounds: 8,
        feed_in: price(300_000),
        retail: price(650_000),
    }
}

/// Eight honest claims of the smallest relation.
fn complaints() -> Vec<ProofClaim> {
    let key = KeyStore::open(KeyStore::default_dir()).proving_key::<Complain>().expect("the keys can be had");
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let mut claim = || {
        let (statement, witness) = Complain::sample(&mut rng);
        let proof = prove(&key, &statement, &witness, &mut rng).expect("an honest witness").encode();
        let inputs = PublicInputs::Listed(statement.inputs());
        ProofClaim { relation: RelationKind::Complain, key: VerifyingKeyId(key.id().0), inputs, proof }
    };
    (0..8).map(|_| claim()).collect()
}

fn report(name: &str, runs: usize, verifier: &Groth16Verifier, claims: &[ProofClaim], blobs: &Kept) {
    for size in [1, 8, 64, 256] {
        let batch: Vec<ProofClaim> = claims.iter().cycle().take(size).cloned().collect();
        let time = median(runs, || assert_eq!(verifier.verify(&batch, blobs), Ok(vec![true; size])));
        println!("{name:14} {size:>6} {time:>10.2} {:>10.3}", time / size as f64);
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let asked = arguments.iter().position(|a| a == "--runs").and_then(|i| arguments.get(i + 1)?.parse().ok());
    let runs: usize = asked.unwrap_or(5);
    let mut maker = Maker::new(market());
    let ciphertexts: Vec<ProofClaim> =
        (0..8).map(|n| maker.claim(if n % 2 == 0 { Side::Sell } else { Side::Buy }, n)).collect();
    let (verifier, blobs) = (Groth16Verifier::pinned().expect("the pinned keys"), maker.blobs.clone());
    println!("processor time in ms, medians of {runs}; eight proofs, again and again");
    println!("{:14} {:>6} {:>10} {:>10}", "relation", "batch", "all", "a proof");
    report("ciphertext", runs, &verifier, &ciphertexts, &blobs);
    report("complain", runs, &verifier, &complaints(), &blobs);
    let PublicInputs::Ciphertext(inputs) = &ciphertexts[0].inputs else { unreachable!("made above") };
    let key = MatchingPublicKey::from_bytes(&blobs.get(&inputs.matching_key).expect("made above")).expect("a key");
    let bytes = blobs.get(&inputs.ciphertext).expect("made above");
    let ciphertext = PlanCiphertext::from_bytes(&bytes).expect("a ciphertext");
    let part = |name: &str, time: f64| println!("{name:40} {time:>10.3}");
    part("of a ciphertext's: blob decoded", median(runs * 9, || drop(PlanCiphertext::from_bytes(&bytes))));
    let expand = || drop(inputs.expand(ciphertexts[0].key, &key, &ciphertext));
    expand();
    part("of a ciphertext's: inputs put together", median(runs * 9, expand));
}
