//! The hunt for second satisfying assignments: over every relation, and over gadgets with a planted hole of each sort.

mod names;
mod planted;
mod relations;

#[test]
fn rates() {
    use ark_ff::Field;
    use ark_relations::gr1cs::*;
    use circuits::relation::{merge::Merge, Builder, Relation};
    use rand_core::SeedableRng;
    fn cpu() -> f64 {
        let s = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
        s.split(' ').next().unwrap().parse::<f64>().unwrap() / 1e6
    }
    type R = Merge;
    let (s, w) = R::sample(&mut rand_chacha::ChaCha20Rng::seed_from_u64(0));
    let n = 20;
    let time = |name: &str, f: &mut dyn FnMut()| { let t = cpu(); for _ in 0..n { f() } println!("{name} {:.2} ms", (cpu() - t) / n as f64); };
    time("native", &mut || R::check(&s, &w).unwrap());
    time("sample", &mut || { R::sample(&mut rand_chacha::ChaCha20Rng::seed_from_u64(0)); });
    let synth = |c, g| { let cs = ConstraintSystem::new_ref(); cs.set_mode(SynthesisMode::Prove { construct_matrices: c, generate_lc_assignments: g }); R::synthesize(&mut Builder::new(cs.clone()), &s, &w).unwrap(); cs };
    time("values", &mut || { synth(false, false); });
    if std::env::var_os("PERF").is_some() { for _ in 0..300 { synth(false, false); } return; }
    time("matrices", &mut || { synth(true, false); });
    time("matrices+lc", &mut || { synth(true, true); });
    time("matrices+lc+check", &mut || { assert!(synth(true, true).is_satisfied().unwrap()); });
    let x = circuits::Fr::from(77u64).inverse().unwrap();
    let mut y = x;
    time("million mul", &mut || for _ in 0..1000000 { y *= x; });
    let sys = circuits::hunt::System::of::<R>(&s, &w).unwrap();
    println!("nnz {} {y}", sys.nnz());
}
