//! Times proofs on one thread, ours and arkworks' in turn:
//! `cargo bench -p veilgrid-circuits --bench prove -- RELATION...` (all without a name; `--runs N`
//! for other than 3). Keys are those of `$VEILGRID_KEYS`, made there if need be.
//!
//! What is reported is processor time, which a machine that does other things besides disturbs
//! least.

use ark_bls12_381::Bls12_381;
use ark_serialize::CanonicalDeserialize;
use circuits::{prove, relation, setup::circuit, KeyStore, Relation};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use rustix::time::{clock_gettime, ClockId};
use testkit::arkworks;

/// Nanoseconds of processor time so far, of all threads: those that have ended too, which arkworks
/// leaves behind.
fn cpu() -> u64 {
    let t = clock_gettime(ClockId::ProcessCPUTime);
    u64::try_from(t.tv_sec).expect("after the start") * 1_000_000_000 + u64::try_from(t.tv_nsec).expect("below 10^9")
}

fn timed<T>(f: impl FnOnce() -> T) -> (u64, T) {
    let start = cpu();
    let out = f();
    (cpu() - start, out)
}

fn median(mut times: Vec<u64>) -> f64 {
    times.sort();
    times[times.len() / 2] as f64 / 1e6
}

fn bench<R: Relation>(wanted: &[String], runs: u64) {
    let name = R::KIND.name();
    if !wanted.is_empty() && !wanted.iter().any(|w| w == name) {
        return;
    }
    let store = KeyStore::open(KeyStore::default_dir());
    let (load, key) = timed(|| store.proving_key::<R>().expect("the keys can be had"));
    let pk = ark_groth16::ProvingKey::<Bls12_381>::deserialize_uncompressed_unchecked(&key.encode()[..])
        .expect("our own encoding");
    let rng = ChaCha20Rng::seed_from_u64;
    let (mut ours, mut arks) = (Vec::new(), Vec::new());
    for i in 0..runs {
        let (s, w) = R::sample(&mut rng(i));
        let (time, proof) = timed(|| prove(&key, &s, &w, &mut rng(i)).expect("an honest witness"));
        ours.push(time);
        let (time, bytes) = timed(|| arkworks::prove::<R>(&pk, &s, &w, &mut rng(i)));
        arks.push(time);
        assert_eq!(proof.encode().to_vec(), bytes, "both make the same proof");
    }
    let constraints = circuit::<R>().expect("a shape").constraints;
    let (ours, arks) = (median(ours), median(arks));
    let (load, ratio) = (load as f64 / 1e6, ours / arks);
    println!("{name:14} {constraints:>7} {load:>10.0} {ours:>10.0} {arks:>12.0} {ratio:>8.2}");
}

fn main() {
    // Before the first use of the pool of threads that arkworks takes.
    std::env::set_var("RAYON_NUM_THREADS", "1");
    let mut args: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    let mut runs = 3;
    if let Some(i) = args.iter().position(|a| a == "--runs") {
        runs = args.get(i + 1).and_then(|n| n.parse().ok()).filter(|n| *n > 0).expect("--runs N");
        args.drain(i..i + 2);
    }
    println!(
        "{:14} {:>7} {:>10} {:>10} {:>12} {:>8}",
        "relation", "size", "load ms", "prove ms", "arkworks ms", "ratio"
    );
    macro_rules! benches {
        ($($(#[$doc:meta])* $kind:ident = $number:literal $rest:tt;)*) => {
            $(bench::<relation::$kind>(&args, runs);)*
        };
    }
    protocol::for_each_relation!(benches);
}
