//! Everything that holds a secret key: prosumer, issuer, regulator.
