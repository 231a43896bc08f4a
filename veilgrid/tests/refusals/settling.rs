pub fn settles(_: &mut crate::world::World, _: &crate::listing::Plans, _: &crate::matching::Bound) {}
pub fn audits(_: &mut crate::world::World, _: &crate::listing::Plans) {}
