pub struct Bound;
pub fn binds(_: &mut crate::world::World, _: &crate::listing::Plans, _: &protocol::transaction::Transaction) -> Bound { Bound }
