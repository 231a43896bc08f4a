//! Every relation: no variable can change alone, none with another, and everything computed is determined.

use circuits::hunt::{Determined, System};
use circuits::relation::{
    buy_plan::BuyPlan,
    complain::Complain,
    confirm::{ConfirmBuy, ConfirmSell},
    deposit::Deposit,
    merge::Merge,
    refuse::Refuse,
    release::Release,
    sell_plan::SellPlan,
    settle::{SettleBuy, SettleSell},
    shortfall::Shortfall,
    surplus::Surplus,
    void::Void,
    Relation,
};
use circuits::setup::RECIPES;
use protocol::relation::RelationKind;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;

fn samples() -> u64 {
    if std::env::var_os("VEILGRID_THOROUGH").is_some() { 8 } else { 1 }
}

fn hunt<R: Relation>() {
    let name = R::KIND.name();
    for seed in 0..samples() {
        let (statement, witness) = R::sample(&mut ChaCha20Rng::seed_from_u64(seed));
        let t = std::time::Instant::now();
        let system = System::of::<R>(&statement, &witness).unwrap();
        eprintln!("{name}: {} constraints {} variables  {:?}", system.constraints(), system.variables(), t.elapsed());
        eprintln!("{name}: alone {:?}  {:?}", system.alone(), t.elapsed());
        let p = system.pairs();
        eprintln!("{name}: sharing {} solved {} found {:?} undecided {:?} parallel {:?} still {}  {:?}", p.sharing, p.solved, p.found, p.undecided, p.parallel, p.still.len(), t.elapsed());
        let d = system.propagate();
        eprintln!("{name}: {:?} left {:?}  {:?}", d.counts, d.left, t.elapsed());
        let f = system.freedom(&d);
        eprintln!("{name}: bits {} dimension {} free {} fixed {}  {:?}", f.bits, f.dimension, f.free.len(), f.fixed.len(), t.elapsed());
        for (_, at, n) in f.fixed { eprintln!("  fixed {}:{} {n}", at.file(), at.line()); }
        for (_, at, n) in f.free { eprintln!("  free {}:{} {n}", at.file(), at.line()); }
        let _ = Determined::Rank;
    }
}

macro_rules! relations {
    ($($test:ident $relation:ty,)*) => {
        const HUNTED: &[RelationKind] = &[$(<$relation>::KIND),*];
        $(#[test]
        fn $test() {
            hunt::<$relation>();
        })*
    };
}

relations! {
    sell_plan SellPlan,
    buy_plan BuyPlan,
    confirm_sell ConfirmSell,
    confirm_buy ConfirmBuy,
    settle_buy SettleBuy,
    settle_sell SettleSell,
    release Release,
    merge Merge,
    surplus Surplus,
    deposit Deposit,
    void Void,
    refuse Refuse,
    complain Complain,
    shortfall Shortfall,
}

#[test]
fn no_relation_is_left_out() {
    let hunted: Vec<_> = HUNTED.iter().map(|k| k.name()).collect();
    assert_eq!(hunted, RECIPES.iter().map(|r| r.name).collect::<Vec<_>>());
}
