//! The keys with which services sign and decrypt: Ed25519 signing keys with their nonces, Jubjub
//! decryption keys, and the serial keys of metering services.

use ark_ec::CurveGroup;
use ark_ed_on_bls12_381::Fr as Scalar;
use ark_ff::PrimeField;
use protocol::elgamal::dleq::{Equality, Shared};
use protocol::elgamal::{self, hash_to_scalar, EncryptionKey, Point, Possession, Role};
use protocol::encoding::Canonical;
use protocol::ids::{ChainId, Height, TransactionId, VerifyingKeyId};
use protocol::keys::Address;
use protocol::record::metered::{record_serial, serial_key, RecordSerial, SerialKey, Sign};
use protocol::record::Commitment;
use protocol::signing::{SigningKey, SIGNATURE_BYTES};
use protocol::transaction::deposit::{CredentialRequest, Deposit, DepositSeal};
use protocol::transaction::masked_answer::{MaskedAnswer, SignedAnswer};
use protocol::transaction::obligation::Dispute;
use protocol::transaction::validators::{MaskCertificate, MaskStatement};
use protocol::transaction::{transaction_id, Body, Seal, Transaction, PROOF_BYTES};
use protocol::units::{Cycle, Epoch};
use protocol::{Error, Fr};
use rand_core::{CryptoRng, RngCore};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// A uniform element of a prime field: 512 bits reduced, so the bias is below 2^-250.
fn uniform<F: PrimeField, R: RngCore + CryptoRng>(rng: &mut R) -> F {
    let mut bytes = Zeroizing::new([0; 64]);
    rng.fill_bytes(&mut bytes[..]);
    F::from_le_bytes_mod_order(&bytes[..])
}

/// A fresh blinding.
pub fn blinding<R: RngCore + CryptoRng>(rng: &mut R) -> Fr {
    uniform(rng)
}

/// A fresh ephemeral scalar, not zero.
pub fn ephemeral_scalar<R: RngCore + CryptoRng>(rng: &mut R) -> Scalar {
    loop {
        let e: Scalar = uniform(rng);
        if e != Scalar::from(0u64) {
            return e;
        }
    }
}

/// A small integer out of a decrypted field element; None above 2^64.
pub(crate) fn small(x: Fr) -> Option<u64> {
    let limbs = x.into_bigint().0;
    (limbs[1..] == [0; 3]).then_some(limbs[0])
}

/// An Ed25519 secret key. Never printed, wiped on drop.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Signer([u8; 32]);

impl Signer {
    /// Draws a fresh key.
    pub fn generate<R: RngCore + CryptoRng>(rng: &mut R) -> Self {
        let mut bytes = [0; 32];
        rng.fill_bytes(&mut bytes);
        Signer(bytes)
    }
    /// A key from its bytes. Any 32 bytes are one.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Signer(bytes)
    }
    /// The secret itself, to be stored encrypted.
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }
    fn key(&self) -> ed25519_dalek::SigningKey {
        ed25519_dalek::SigningKey::from_bytes(&self.0)
    }
    /// The public half.
    pub fn public(&self) -> SigningKey {
        SigningKey(self.key().verifying_key().to_bytes())
    }
    /// A validator's certificate.
    pub fn certify(&self, statement: &MaskStatement) -> MaskCertificate {
        let signature = ed25519_dalek::Signer::sign(&self.key(), &statement.message()).to_bytes();
        MaskCertificate { validator: self.public(), signature }
    }
    /// The regulator's answer to a masked vector.
    pub fn answer(&self, of: (ChainId, Cycle, u8), answer: MaskedAnswer) -> SignedAnswer {
        let signature = ed25519_dalek::Signer::sign(&self.key(), &SignedAnswer::message(of, &answer)).to_bytes();
        let (chain, cycle, round) = of;
        SignedAnswer { chain, cycle, round, answer, signature }
    }
    /// A signed transaction.
    pub fn seal(&self, chain: ChainId, expiry: Height, body: Body) -> Transaction {
        let signature = self.sign(transaction_id(chain, expiry, &body));
        Transaction { chain, expiry, body, seal: Seal::Signature(signature) }
    }
    /// A signed transaction with the signer's proof: of the record that it issues, or of its delivery.
    pub fn seal_proved(
        &self,
        chain: ChainId,
        expiry: Height,
        body: Body,
        key: VerifyingKeyId,
        proof: [u8; PROOF_BYTES],
    ) -> Transaction {
        let signature = self.sign(transaction_id(chain, expiry, &body));
        Transaction { chain, expiry, body, seal: Seal::Issue { signature, key, proof } }
    }
    /// A credential's transaction, with the regulator's proof and the household's.
    pub fn seal_credential(
        &self,
        chain: ChainId,
        expiry: Height,
        body: Body,
        (key, proof): (VerifyingKeyId, [u8; PROOF_BYTES]),
        deposit: DepositSeal,
    ) -> Transaction {
        let signature = self.sign(transaction_id(chain, expiry, &body));
        Transaction { chain, expiry, body, seal: Seal::Credential { signature, key, proof, deposit } }
    }
    /// The request for a credential, signed by this request key.
    pub fn request(&self, chain: ChainId, epoch: Epoch, (deposit, seal): (Deposit, DepositSeal)) -> CredentialRequest {
        let (key, signature) = (self.public(), [0; SIGNATURE_BYTES]);
        let unsigned = CredentialRequest { chain, epoch, deposit, seal, key, signature };
        let signature = ed25519_dalek::Signer::sign(&self.key(), &unsigned.message()).to_bytes();
        CredentialRequest { signature, ..unsigned }
    }
    /// A household's dispute of an obligation, signed by this request key.
    pub fn dispute(&self, chain: ChainId, obligation: Commitment) -> Dispute {
        let unsigned = Dispute { chain, obligation, key: self.public(), signature: [0; SIGNATURE_BYTES] };
        let signature = ed25519_dalek::Signer::sign(&self.key(), &unsigned.message()).to_bytes();
        Dispute { signature, ..unsigned }
    }
    fn sign(&self, id: TransactionId) -> [u8; SIGNATURE_BYTES] {
        ed25519_dalek::Signer::sign(&self.key(), &SigningKey::message(id)).to_bytes()
    }
}

/// The secret of an [`EncryptionKey`]. Never printed, wiped on drop.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct DecryptionKey(Scalar);

impl DecryptionKey {
    /// Draws a fresh key.
    pub fn generate<R: RngCore + CryptoRng>(rng: &mut R) -> Self {
        DecryptionKey(ephemeral_scalar(rng))
    }
    /// A key from its bytes, little end first. Error: [`Error::Encoding`] unless below the group
    /// order, [`Error::Key`] for zero.
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, Error> {
        let scalar = Scalar::from_le_bytes_mod_order(bytes);
        let key = DecryptionKey(scalar);
        if key.to_bytes()[..] != bytes[..] {
            return Err(Error::Encoding("scalar not below the group order"));
        }
        EncryptionKey::of_secret(&key.0)?;
        Ok(key)
    }
    /// The secret itself, to be stored encrypted.
    pub fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
        let mut bytes = Zeroizing::new([0; 32]);
        for (chunk, limb) in bytes.chunks_exact_mut(8).zip(self.0.into_bigint().0) {
            chunk.copy_from_slice(&limb.to_le_bytes());
        }
        bytes
    }
    /// The public half.
    pub fn public(&self) -> EncryptionKey {
        EncryptionKey::of_secret(&self.0).expect("never made of zero")
    }
    /// Proof of possession for a registration.
    pub fn possession<R: RngCore + CryptoRng>(&self, rng: &mut R, context: &[u8]) -> Possession {
        Possession::prove(&self.0, &ephemeral_scalar(rng), context)
    }
    /// The key that follows from these bytes in this domain.
    pub fn from_seed(domain: &str, bytes: &[u8]) -> Self {
        let scalar = hash_to_scalar(domain, bytes);
        assert!(scalar != Scalar::from(0u64), "a SHA-512 is zero modulo the group order with probability 2^-252");
        DecryptionKey(scalar)
    }
    /// The point that this key shares with the maker of a ciphertext whose first half is `c1`. Who
    /// knows it can read what this ciphertext says to this key. Error: [`Error::Key`].
    pub(crate) fn shared(&self, c1: Point) -> Result<Point, Error> {
        Ok(Shared::of_secret(&self.0, c1)?.point)
    }
    /// Proves in a context that the shared point is this key's and `c1`'s. Error: [`Error::Key`].
    pub(crate) fn prove_shared<R: RngCore + CryptoRng>(
        &self,
        rng: &mut R,
        c1: Point,
        context: &[u8],
    ) -> Result<Equality, Error> {
        Ok(Equality::prove(&self.0, c1, &ephemeral_scalar(rng), context)?.1)
    }
    pub(crate) fn scalar(&self) -> &Scalar {
        &self.0
    }
    /// Decrypts. `c1` comes from outside: a point that is not of prime order is refused, since the
    /// answer would tell something about the secret. Error: [`Error::Key`].
    pub fn decrypt<const N: usize>(&self, role: Role, context: Fr, c1: Point, c2: &[Fr; N]) -> Result<[Fr; N], Error> {
        let shared = (c1.checked()? * self.0).into_affine().into();
        Ok(unmask(role, context, c1, shared, c2))
    }
}

/// A metering service's serial key k_m: who has it can tell whose a metered record is. Never
/// printed, wiped on drop.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct SerialSecret(Fr);

impl SerialSecret {
    /// Draws a fresh key.
    pub fn generate<R: RngCore + CryptoRng>(rng: &mut R) -> Self {
        SerialSecret(blinding(rng))
    }
    /// A key from its bytes, little end first. Error: [`Error::Encoding`] unless below the field's
    /// order.
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, Error> {
        Ok(SerialSecret(Fr::from_bytes(bytes)?))
    }
    /// The secret itself, for a witness, or to be stored encrypted.
    pub fn expose(&self) -> Fr {
        self.0
    }
    /// The public half Y_m, which the service registers.
    pub fn public(&self) -> SerialKey {
        serial_key(self.0)
    }
    /// The serial of a household's record of a cycle and a sign.
    pub fn serial(&self, household: Address, cycle: Cycle, sign: Sign) -> RecordSerial {
        record_serial(self.0, household.0, Fr::from(cycle.get()), Fr::from(sign as u8))
    }
}

#[cfg(test)]
thread_local! {
    /// How many ciphertexts to Jubjub keys this thread has decrypted: counted here, and not by the
    /// code that decrypts.
    pub(crate) static UNMASKED: std::cell::Cell<u64> = const { std::cell::Cell::new(0) };
}

/// Subtracts the stream that follows from the shared point: `c2 - stream`.
pub(crate) fn unmask<const N: usize>(role: Role, context: Fr, c1: Point, shared: Point, c2: &[Fr; N]) -> [Fr; N] {
    #[cfg(test)]
    UNMASKED.set(UNMASKED.get() + 1);
    elgamal::decrypt(role, context, c1, shared, c2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::elgamal::{encrypt, ephemeral};
    use protocol::ids::Serial;
    use protocol::transaction::body::EpochStart;
    use protocol::units::Epoch;
    use rand_chacha::ChaCha20Rng;
    use rand_core::SeedableRng;

    #[test]
    fn a_signature_verifies_for_its_id_and_key_only() {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        let (signer, other) = (Signer::generate(&mut rng), Signer::generate(&mut rng));
        let body = Body::EpochStart(EpochStart {
            serial: Serial(1),
            epoch: Epoch::new(1).unwrap(),
            lapse_alarm: protocol::terms::LAPSE_ALARM,
        });
        let t = signer.seal(ChainId([1; 32]), Height(9), body);
        let Seal::Signature(signature) = t.seal else { unreachable!() };
        assert_eq!(signer.public().verify(t.id(), &signature), Ok(()));
        assert!(other.public().verify(t.id(), &signature).is_err());
        let elsewhere = Transaction { chain: ChainId([2; 32]), ..t };
        assert!(signer.public().verify(elsewhere.id(), &signature).is_err());
        assert_eq!(Transaction::decode(&t.encode()), Ok(t));
    }

    #[test]
    fn decryption_undoes_encryption_only_in_its_role_and_context_and_refuses_bad_points() {
        let mut rng = ChaCha20Rng::seed_from_u64(2);
        let key = DecryptionKey::generate(&mut rng);
        let (e, context, message) = (ephemeral_scalar(&mut rng), Fr::from(5u64), [Fr::from(7u64), Fr::from(8u64)]);
        let (c1, c2) = (ephemeral(&e), encrypt(Role::Terms, &key.public().point(), context, &e, &message));
        assert_eq!(key.decrypt(Role::Terms, context, c1, &c2), Ok(message));
        assert_ne!(key.decrypt(Role::Audit, context, c1, &c2), Ok(message));
        assert_ne!(key.decrypt(Role::Terms, Fr::from(6u64), c1, &c2), Ok(message));
        let low_order = Point { x: Fr::from(0u64), y: -Fr::from(1u64) };
        assert_eq!(key.decrypt(Role::Terms, context, low_order, &c2).map_err(|e| e.code()), Err("key"));
        let off = Point { x: Fr::from(1u64), y: Fr::from(1u64) };
        assert_eq!(key.decrypt(Role::Terms, context, off, &c2).map_err(|e| e.code()), Err("key"));
        let back = DecryptionKey::from_bytes(&key.to_bytes()).unwrap();
        assert_eq!(back.public(), key.public());
        assert!(DecryptionKey::from_bytes(&[0xff; 32]).is_err() && DecryptionKey::from_bytes(&[0; 32]).is_err());
    }
}
