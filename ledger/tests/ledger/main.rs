//! The ledger from outside: every cell of the stage tables, every refusal, execution, blocks, the
//! node and its store.

mod blocks;
mod bound;
mod cells;
mod chain;
mod complaint;
mod credentials;
mod delivery;
mod deviation;
mod disk;
mod execution;
mod forget;
mod fuzz;
mod groth16;
mod issuing;
mod networks;
mod node;
mod obligations;
mod pool;
mod reading;
mod refusals;
mod rot;
mod rotation;
mod round;
mod serials;
mod snapshot;
mod versions;

use protocol::transaction::Body;
use testkit::world;

/// A change to a body before it is sealed.
fn with(mut body: Body, change: impl FnOnce(&mut Body)) -> Body {
    change(&mut body);
    body
}

/// A body of these kinds, changed before it is sealed.
#[macro_export]
macro_rules! edit {
    ($body:expr, $($kind:ident)|+, $b:ident => $change:expr) => {
        $crate::with($body, |body| match body {
            $(protocol::transaction::Body::$kind($b))|+ => $change,
            _ => panic!("another kind"),
        })
    };
}
