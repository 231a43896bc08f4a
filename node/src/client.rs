//! [`LedgerAccess`] over HTTP.

use crate::wire;
use ledger::Refusal;
use protocol::hexadecimal::hexadecimal;
use protocol::ids::{BlobHash, ChainId, Height, TransactionId};
use protocol::light::{AcceptanceProof, RecordProof, MAX_PROOF_BYTES};
use protocol::transaction::{Transaction, MAX_BYTES};
use protocol::tree::Position;
use reqwest::blocking::{Client, RequestBuilder, Response};
use reqwest::{StatusCode, Url};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::io::Read;
use std::ops::RangeInclusive;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use wallets::ledger_access::{AccessError, CertifiedHeader, LedgerAccess, OpenedBlock};

/// How long a connection may take to come about.
const CONNECT_TIME: Duration = Duration::from_secs(10);
/// How long a request may take.
const REQUEST_TIME: Duration = Duration::from_secs(75);
/// The greatest length of a range of headers or blocks that is read, in bytes.
const MAX_RANGE_BYTES: u64 = 64 << 20;
/// The greatest length of a problem document or another answer in JSON that is read, in bytes.
const MAX_JSON_BYTES: u64 = 64 << 10;
/// How many bytes of blobs wait for the transactions that name them.
const MAX_WAITING: usize = 64 << 20;

/// A node behind HTTP. Its answers are claims, as those of any [`LedgerAccess`].
pub struct HttpLedger {
    url: Url,
    chain: ChainId,
    client: Client,
    /// Blobs that were handed over and go along with the transaction that names them.
    blobs: Mutex<BTreeMap<BlobHash, Vec<u8>>>,
}

/// A problem document, as far as a client reads it.
#[derive(Deserialize)]
struct Problem {
    code: String,
    detail: String,
}

/// The part of the answer to a submission that a client reads.
#[derive(Deserialize)]
struct Submitted {
    id: String,
}

fn failed(code: &'static str, message: impl std::fmt::Display) -> AccessError {
    AccessError::Failed { code, message: message.to_string() }
}

impl HttpLedger {
    /// The node at an address such as `http://127.0.0.1:7650`, which keeps this chain.
    ///
    /// # Errors
    /// [`AccessError::Failed`] for an address that is no URL, and where TLS cannot be set up.
    pub fn new(url: &str, chain: ChainId) -> Result<Self, AccessError> {
        let url = Url::parse(url).map_err(|error| failed("node-address", format!("{url}: {error}")))?;
        install_tls();
        let client = Client::builder()
            .connect_timeout(CONNECT_TIME)
            .timeout(REQUEST_TIME)
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("veilgrid/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(unreachable)?;
        Ok(HttpLedger { url, chain, client, blobs: Mutex::default() })
    }
    /// The address of the node.
    pub fn url(&self) -> &Url {
        &self.url
    }
    fn address(&self, path: &str) -> Url {
        let mut url = self.url.clone();
        url.set_path(path);
        url
    }
    fn get(&self, path: &str, query: &[(&str, u64)]) -> RequestBuilder {
        let mut url = self.address(path);
        for (name, value) in query {
            url.query_pairs_mut().append_pair(name, &value.to_string());
        }
        self.client.get(url)
    }
    /// The bytes of an answer, of at most this length; None for one that the node does not have.
    fn bytes(&self, request: RequestBuilder, at_most: u64) -> Result<Option<Vec<u8>>, AccessError> {
        let response = request.send().map_err(unreachable)?;
        match response.status() {
            StatusCode::OK | StatusCode::ACCEPTED => limited(response, at_most).map(Some),
            status => match problem(status, &limited(response, MAX_JSON_BYTES)?) {
                (_, Some("not-found")) => Ok(None),
                (error, _) => Err(error),
            },
        }
    }
    fn range(&self, path: &str, range: RangeInclusive<u64>) -> Result<Vec<u8>, AccessError> {
        let request = self.get(path, &[("from", *range.start()), ("to", *range.end())]);
        self.bytes(request, MAX_RANGE_BYTES)?.ok_or_else(|| failed("node-answer", "the node has no such route"))
    }
}

/// Chooses the implementation of TLS's cryptography for this process, once.
pub fn install_tls() {
    // An error says that the process has chosen before, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

fn unreachable(error: reqwest::Error) -> AccessError {
    // The address is left out: it may hold a password.
    failed("node-unreachable", error.without_url())
}

fn unreadable(error: impl std::fmt::Display) -> AccessError {
    failed("node-answer", format!("the node's answer cannot be read: {error}"))
}

fn limited(response: Response, at_most: u64) -> Result<Vec<u8>, AccessError> {
    let mut bytes = Vec::new();
    response.take(at_most + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    match bytes.len() as u64 > at_most {
        true => Err(unreadable(format!("it is longer than {at_most} bytes"))),
        false => Ok(bytes),
    }
}

/// The error in a problem document, and its code where this version knows it.
fn problem(status: StatusCode, bytes: &[u8]) -> (AccessError, Option<&'static str>) {
    let Ok(Problem { code, detail }) = serde_json::from_slice(bytes) else {
        return (unreadable(format!("status {status} without a problem document")), None);
    };
    let refusal = Refusal::ALL.iter().map(|refusal| refusal.code()).find(|known| *known == code);
    match status {
        StatusCode::UNPROCESSABLE_ENTITY | StatusCode::SERVICE_UNAVAILABLE => {
            (AccessError::Refused { code: refusal.unwrap_or("refused"), message: detail }, refusal)
        }
        StatusCode::FORBIDDEN => (AccessError::ReadOnly, None),
        StatusCode::NOT_FOUND if code == "not-found" => (failed("not-found", detail), Some("not-found")),
        _ => (failed("node-failed", format!("the node answers {status}, {code}: {detail}")), None),
    }
}

impl LedgerAccess for HttpLedger {
    fn headers(&self, range: RangeInclusive<u64>) -> Result<Vec<CertifiedHeader>, AccessError> {
        wire::decode_headers(&self.range("/v1/headers", range)?).map_err(unreadable)
    }
    fn compact_blocks(&self, range: RangeInclusive<u64>) -> Result<Vec<OpenedBlock>, AccessError> {
        wire::decode_blocks(self.chain, &self.range("/v1/compact", range)?).map_err(unreadable)
    }
    fn blob(&self, hash: BlobHash) -> Result<Option<Vec<u8>>, AccessError> {
        self.bytes(self.get(&format!("/v1/blobs/{hash}"), &[]), ledger::blobs::MAX_BLOB_BYTES as u64)
    }
    /// Keeps the blob until the transaction that names it is submitted: a node takes both together.
    fn put_blob(&self, bytes: &[u8]) -> Result<BlobHash, AccessError> {
        let hash = BlobHash::of(bytes);
        let mut blobs = self.blobs.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting: usize = blobs.values().map(Vec::len).sum();
        if waiting + bytes.len() > MAX_WAITING {
            return Err(failed("blobs-waiting", "too many blobs wait for transactions that were never submitted"));
        }
        blobs.insert(hash, bytes.to_vec());
        Ok(hash)
    }
    fn acceptance_proof(&self, id: &TransactionId) -> Result<Option<AcceptanceProof>, AccessError> {
        let found = self.bytes(self.get(&format!("/v1/proofs/tx/{id}"), &[]), MAX_PROOF_BYTES as u64)?;
        found.map(|bytes| AcceptanceProof::decode(&bytes).map_err(unreadable)).transpose()
    }
    fn record_proof(&self, position: Position, height: Height) -> Result<Option<RecordProof>, AccessError> {
        let request = self.get(&format!("/v1/proofs/commitment/{}", position.0), &[("height", height.0)]);
        let found = self.bytes(request, MAX_PROOF_BYTES as u64)?;
        found.map(|bytes| RecordProof::decode(&bytes).map_err(unreadable)).transpose()
    }
    fn submit(&self, transaction: &[u8]) -> Result<TransactionId, AccessError> {
        let tx = Transaction::decode(transaction)
            .map_err(|error| AccessError::Refused { code: Refusal::Encoding.code(), message: error.to_string() })?;
        let blob = tx.body.blob();
        let held = |hash| self.blobs.lock().unwrap_or_else(PoisonError::into_inner).get(&hash).cloned();
        let mut body = Vec::with_capacity(MAX_BYTES);
        body.extend_from_slice(transaction);
        body.extend(blob.and_then(held).unwrap_or_default());
        let request = self.client.post(self.address("/v1/tx")).body(body);
        let answer = self.bytes(request, MAX_JSON_BYTES)?.ok_or_else(|| unreadable("no such route"))?;
        let Submitted { id } = serde_json::from_slice(&answer).map_err(unreadable)?;
        let named = hexadecimal::<TransactionId>(&id).ok_or_else(|| unreadable("no transaction id"))?;
        if named != tx.id() {
            return Err(unreadable("it names another transaction"));
        }
        if let Some(hash) = blob {
            self.blobs.lock().unwrap_or_else(PoisonError::into_inner).remove(&hash);
        }
        Ok(named)
    }
}
