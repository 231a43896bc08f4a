//! A market's refusals, end to end: real proofs, real ciphertexts, real signatures, a real ledger
//! on disk.
//!
//! One small market is played once; each attack is tried at the moment when it could pay. Every
//! refusal is checked three ways: the stable code, in a block that a dishonest orderer makes, and
//! through the node; that the state is the same as without the attack; and that no wallet's money
//! or energy moved. The honest transaction is then accepted, so the refusal was for the attack
//! alone.

mod credentials;
mod forge;
mod issuing;
mod listing;
mod matching;
mod merging;
mod metered;
mod obligations;
mod rotation;
mod settling;
mod versions;
mod world;

use world::World;

#[test]
fn plans_in_flight_end_under_their_own_circuits_and_the_chain_replays() {
    versions::across_the_change();
}

#[test]
fn stolen_keys_are_replaced_and_a_dead_services_trade_is_delivered_and_paid() {
    rotation::keys_are_replaced();
}

#[test]
fn every_attack_is_refused_by_name_and_changes_nothing() {
    let mut w = World::new();
    issuing::issuers(&mut w);
    let merge = issuing::cycle_begins(&mut w);
    let plans = listing::plans(&mut w, &merge);
    let trade = matching::binds(&mut w, &plans, &merge);
    settling::settles(&mut w, &plans, &trade);
    settling::audits(&mut w, &plans);
    merging::dummies(&mut w);
    issuing::liars(&mut w, &merge);
    let owed = obligations::invented(&mut w);
    metered::invented(&mut w);
    credentials::an_epoch_without_credentials_freezes_nothing(&mut w);
    obligations::opened_struck_and_paid(&mut w, &owed);
}
