//! An audit opens the household's ciphertexts, each on its own entry, and no others. The test
//! compares the counts of the regulator's service with the entries on the ledger, without which the
//! service opens nothing (`wallets/src/regulator/tests.rs`).
//! `wallets/src/regulator/household_audit/tests.rs` shows that the service counts all that it
//! decrypts.

use super::office;
use protocol::transaction::body::Purpose;
use protocol::transaction::Body;
use protocol::units::Cycle;
use std::collections::BTreeMap;
use terminal::Coded;
use veilgrid::audit::office::Office;
use wallets::regulator::Decryptions;

/// The number of openings that the ledger announces, by purpose.
fn announced(office: &Office) -> BTreeMap<u8, u64> {
    let mut entries = BTreeMap::new();
    for transaction in office.blocks().unwrap().iter().flat_map(|block| &block.transactions) {
        if let Body::Open(open) = &transaction.body {
            *entries.entry(open.purpose as u8).or_default() += 1;
        }
    }
    entries
}

#[test]
fn auditing_one_household_opens_no_ciphertext_of_the_other() {
    let (_folder, _, mut office) = office();
    assert_eq!(office.regulator.decryptions(), Decryptions::default());
    let everybodys: Vec<_> = office.regulator.trail().plans().map(|(_, _, handle)| handle).collect();
    assert_eq!(everybodys.len(), 3, "the buyer's was listed again");
    let who = office.address("H001").unwrap();
    let cycle = Cycle::new(1).unwrap();
    let mut expected = announced(&office);
    let (account, _) = office.household(who, (cycle, cycle), "a request").unwrap();
    // Two issuers disclose: the metering service and the desk.
    for (purpose, more) in
        [(Purpose::Audit, 1), (Purpose::Payment, 1), (Purpose::Trade, 1), (Purpose::Trace, 1), (Purpose::Disclosure, 2)]
    {
        *expected.entry(purpose as u8).or_default() += more;
    }
    assert_eq!(announced(&office), expected);
    // Of the trade both halves of the delivery are read.
    let opened = Decryptions { audits: 1, payments: 1, trades: 1, deliveries: 2, traces: 1, ..Default::default() };
    assert_eq!(office.regulator.decryptions(), opened);
    assert_eq!(account.checks.opened, opened);
    let own: Vec<_> = account.rows.iter().filter(|row| row.what.ends_with("_plan")).collect();
    assert_eq!(own.len(), 1);
    // The other household's plan has no entry, and no part of a share can be had for it.
    for handle in everybodys {
        let announced = office.is_announced(Purpose::Audit, handle.0);
        assert_eq!(announced, own[0].reference == handle.to_string());
    }
    assert_eq!(office.plan(protocol::record::Handle(7u64.into()), "none").err().unwrap().code(), "unknown-plan");
}
