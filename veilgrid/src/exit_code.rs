//! The exit codes of errors that come from other crates, by the rule of every command: 1 when
//! something was checked and does not hold, 2 when the command could not be done.

use circuits::KeyError;
use terminal::exit::{DOES_NOT_HOLD, NOT_DONE};
use wallets::ledger_access::AccessError;
use wallets::prover::ProofError;
use wallets::storage;

/// Of a ledger that was reached through [`wallets::ledger_access::LedgerAccess`].
pub fn of_access(error: &AccessError) -> u8 {
    match error.code() {
        "disk-full" | "ledger-file" | "ledger-locked" | "ledger-not-found" | "ledger-exists" => NOT_DONE,
        _ => DOES_NOT_HOLD,
    }
}

/// Of a file in which a role keeps its state.
pub fn of_storage(error: &storage::Error) -> u8 {
    match error {
        storage::Error::Corrupt(_) => DOES_NOT_HOLD,
        _ => NOT_DONE,
    }
}

/// Of a proving key: its folder may be unreadable or full.
pub fn of_key(error: &KeyError) -> u8 {
    match error {
        KeyError::Io { .. } => NOT_DONE,
        _ => DOES_NOT_HOLD,
    }
}

/// Of a prover, which fails for want of a key or because a witness breaks its relation.
pub fn of_prover(error: &ProofError) -> u8 {
    match error {
        ProofError::Prover(error) => error.downcast_ref().map_or(DOES_NOT_HOLD, of_key),
        ProofError::Broken(_) => DOES_NOT_HOLD,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ledger::StoreError;
    use std::io::ErrorKind::PermissionDenied;

    #[test]
    fn what_cannot_be_read_is_not_what_does_not_hold() {
        let denied = || std::io::Error::from(PermissionDenied);
        let file = || StoreError::File { path: "ledger.redb".into(), source: denied() };
        assert_eq!(of_access(&AccessError::Failed { code: file().code(), message: String::new() }), NOT_DONE);
        assert_eq!(of_storage(&storage::Error::Io { path: "vault".into(), source: denied() }), NOT_DONE);
        assert_eq!(of_storage(&storage::Error::Corrupt("its digest")), DOES_NOT_HOLD);
        let key = || KeyError::Io { path: "keys".into(), source: denied() };
        assert_eq!(of_prover(&ProofError::Prover(Box::new(key()))), NOT_DONE);
        assert_eq!(of_prover(&ProofError::Prover(Box::new(KeyError::Encoding))), DOES_NOT_HOLD);
    }
}
