//! The stored form of a wallet.
