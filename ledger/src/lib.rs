//! The Veilgrid ledger: a deterministic state machine, its store and its single-node orderer.
