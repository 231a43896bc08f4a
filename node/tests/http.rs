//! A node over HTTP, on loopback: what a client reads is what the node has, what it sends is
//! ordered, and what it should not send is refused.

use ledger::{Node, OrdererKey, Source};
use node::api::{self, Requests};
use node::client::HttpLedger;
use node::embedded::{Embedded, Pace};
use node::metrics::Metrics;
use node::server::{Connections, Error, Listening, Server};
use node::service::{Service, Standing, Submission};
use node::wire::GenesisFile;
use protocol::encoding::Canonical;
use protocol::ids::{BlobHash, Height, Time};
use protocol::light::VerifiedBlock;
use protocol::record::Handle;
use protocol::transaction::body::IssuerRole;
use protocol::transaction::{Body, Transaction};
use protocol::units::Side;
use serde_json::Value;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::num::NonZeroU32;
use std::sync::Arc;
use testkit::world::*;
use tokio::runtime::Runtime;
use tokio::sync::watch;
use wallets::follower::Follower;
use wallets::ledger_access::{AccessError, LedgerAccess};

const MATCHING_KEY: &[u8] = b"matching key";

/// No test but one makes so many requests.
const REQUESTS: Requests = Requests { per_second: NonZeroU32::new(1).unwrap(), at_once: NonZeroU32::new(300).unwrap() };

/// Plain HTTP at an address. One peer may have eight connections.
fn listening(address: SocketAddr) -> Listening {
    let connections = Connections { all: 64, of_a_peer: 8 };
    Listening { address, tls: None, plain_http: false, connections }
}

/// A served node. Its blocks are sealed by the test.
struct Site {
    node: Arc<Embedded>,
    metrics: Arc<Metrics>,
    world: World,
    address: SocketAddr,
    stop: watch::Sender<bool>,
    runtime: Runtime,
    ended: tokio::task::JoinHandle<Result<(), Error>>,
    _folder: tempfile::TempDir,
}

impl Site {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let orderer = OrdererKey::from_secret(&[ORDERER; 32]);
        let metrics = Arc::new(Metrics::default());
        let made = Node::create(folder.path(), &genesis(MATCHING_KEY), MATCHING_KEY, orderer, Arc::new(TestVerifier));
        let node = Arc::new(Embedded::new(made.unwrap(), Pace::default(), metrics.clone()));
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        let server = Server::bind(&listening(address)).unwrap();
        let address = server.address().unwrap();
        let (stop, stopping) = watch::channel(false);
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let ended = runtime
            .spawn(server.serve(api::router(node.clone(), metrics.clone(), REQUESTS, stopping.clone()), stopping));
        Site { node, metrics, world: World::empty(), address, stop, runtime, ended, _folder: folder }
    }
    fn client(&self) -> HttpLedger {
        HttpLedger::new(&format!("http://{}", self.address), self.node.genesis().genesis.chain()).unwrap()
    }
    /// The full bytes of a transaction with this body, on the node's state.
    fn bytes(&mut self, body: impl FnOnce(&mut World) -> Body) -> Vec<u8> {
        self.world.state = self.node.state();
        let body = body(&mut self.world);
        self.world.bytes(body)
    }
    /// Sends a transaction by this client, and seals.
    fn send(&mut self, client: &HttpLedger, body: impl FnOnce(&mut World) -> Body) {
        let bytes = self.bytes(body);
        client.submit(&bytes).unwrap();
        self.seal(&bytes);
    }
    fn seal(&mut self, bytes: &[u8]) {
        let sealed = self.node.seal(Time(START)).unwrap();
        let id = Transaction::decode(bytes).unwrap().id();
        assert_eq!(sealed.outcome(&id), Some(Ok(())));
    }
    /// An open market.
    fn market(&mut self, client: &HttpLedger) {
        self.send(client, |w| w.epoch_start(1));
        self.send(client, |w| w.cycle_start(1, START));
        self.send(client, |w| w.register(0, IssuerRole::MeteringService));
    }
    /// A listing and its blob.
    fn listing(&mut self, n: u8) -> (Vec<u8>, Vec<u8>, Handle) {
        let mut blob = vec![0; fhe_matcher::ciphertext::CIPHERTEXT_BYTES];
        blob[0] = n;
        let mut handle = None;
        let hash = BlobHash::of(&blob);
        let bytes = self.bytes(|w| {
            let mut body = w.plan(Side::Sell);
            if let Body::SellPlan(b) = &mut body {
                b.ciphertext = hash;
                handle = Some(b.handle);
            }
            body
        });
        (bytes, blob, handle.unwrap())
    }
    /// The status and the body of an answer to a request in these very bytes.
    fn raw(&self, request: &[u8]) -> (u16, String) {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.write_all(request).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
        (status, answer.split_once("\r\n\r\n").map_or(String::new(), |(_, body)| body.to_string()))
    }
    fn get(&self, path: &str) -> (u16, String) {
        self.raw(format!("GET {path} HTTP/1.1\r\nHost: node\r\nConnection: close\r\n\r\n").as_bytes())
    }
    fn problem(&self, path: &str) -> (u16, String) {
        let (status, body) = self.get(path);
        let body: Value = serde_json::from_str(&body).unwrap_or_else(|e| panic!("{path}: {e}: {body}"));
        assert_eq!(body["type"], format!("urn:veilgrid:problem:{}", body["code"].as_str().unwrap()));
        (status, body["code"].as_str().unwrap().to_string())
    }
}

fn follow(site: &Site, ledger: &dyn LedgerAccess) -> Vec<VerifiedBlock> {
    Follower::new(site.node.genesis().headers()).follow(ledger).unwrap()
}

#[test]
fn a_client_reads_over_http_what_the_node_has() {
    let mut site = Site::new();
    let client = site.client();
    site.market(&client);
    let (bytes, blob, handle) = site.listing(1);
    assert_eq!(client.put_blob(&blob).unwrap(), BlobHash::of(&blob));
    let id = client.submit(&bytes).unwrap();
    assert_eq!(site.node.standing(&id), Ok(Standing::Held));
    assert_eq!(client.blob(BlobHash::of(&blob)), Ok(None), "the blob waits for the listing's proof");
    site.seal(&bytes);
    site.node.seal(Time(START)).unwrap();

    let (near, far) = (follow(&site, site.node.as_ref()), follow(&site, &client));
    assert_eq!(near, far);
    assert_eq!(far.len(), 4);
    let listed = far[3].transactions.iter().any(|tx| matches!(tx.body, Body::SellPlan(b) if b.handle == handle));
    assert!(listed);
    assert_eq!(client.blob(BlobHash::of(&blob)), Ok(Some(blob)));
    let proof = client.acceptance_proof(&id).unwrap().unwrap();
    assert_eq!(Some(&proof), site.node.acceptance_proof(&id).unwrap().as_ref());
    let mut follower = Follower::new(site.node.genesis().headers());
    follower.follow(&client).unwrap();
    assert_eq!(proof.verify(follower.headers()).unwrap().transaction.id(), id);
    let (position, record) = far.iter().flat_map(|b| &b.transactions).flat_map(|tx| tx.leaves.clone()).next().unwrap();
    let record_proof = client.record_proof(position, Height(4)).unwrap().unwrap();
    assert_eq!(record_proof.verify(record, follower.headers()), Ok(position));
    let file = GenesisFile::decode(&site.node.genesis().encode()).unwrap();
    assert_eq!(&file, site.node.genesis());
}

#[test]
fn the_same_transaction_twice_is_one_and_a_refusal_keeps_its_code() {
    let mut site = Site::new();
    let client = site.client();
    let bytes = site.bytes(|w| w.epoch_start(1));
    let id = client.submit(&bytes).unwrap();
    assert_eq!(client.submit(&bytes), Ok(id));
    site.seal(&bytes);
    assert_eq!(client.submit(&bytes), Ok(id), "accepted before");
    let late = site.bytes(|w| w.epoch_start(5));
    let Err(AccessError::Refused { code, .. }) = client.submit(&late) else { panic!("refused") };
    assert_eq!(code, "cycle-order");
    let Err(AccessError::Refused { code, .. }) = client.submit(&late[..20]) else { panic!("refused") };
    assert_eq!(code, "encoding");
}

#[test]
fn a_listing_with_another_blob_or_none_stays_out_of_the_block() {
    let mut site = Site::new();
    let client = site.client();
    site.market(&client);
    let (bytes, blob, _) = site.listing(1);
    let mut other = blob.clone();
    other[1] = 1;
    let submission = |blob| Submission { transaction: bytes.clone(), blob, source: Source(7) };
    let refused = site.node.accept(submission(Some(other))).unwrap_err();
    assert_eq!(refused.code(), "unknown-blob");
    let id = site.node.accept(submission(None)).unwrap();
    assert!(site.node.seal(Time(START)).unwrap().receipts.is_empty(), "its blob is not here");
    assert_eq!(site.node.standing(&id), Ok(Standing::Held));
    assert_eq!(site.node.accept(submission(Some(blob))), Ok(id), "sent again with its blob");
    site.seal(&bytes);
}

#[test]
fn who_waits_is_answered_with_the_proof() {
    let mut site = Site::new();
    let bytes = site.bytes(|w| w.epoch_start(1));
    let head = format!(
        "POST /v1/tx?wait=committed HTTP/1.1\r\nHost: node\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
        bytes.len()
    );
    let request = [head.as_bytes(), &bytes].concat();
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| site.raw(&request));
        while site.node.held() == 0 {
            std::thread::yield_now();
        }
        site.node.seal(Time(START)).unwrap();
        site.node.seal(Time(START)).unwrap();
        let (status, body) = waiting.join().unwrap();
        let body: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(
            (status, &body["status"], &body["height"], &body["place"]),
            (200, &"accepted".into(), &"1".into(), &0.into())
        );
        let id = Transaction::decode(&bytes).unwrap().id();
        let proof = site.node.acceptance_proof(&id).unwrap().unwrap().encode();
        let hex: String = proof.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(body["proof"], hex);
    });
}

#[test]
fn a_stream_tells_of_each_block_and_ends_when_the_node_stops() {
    let mut site = Site::new();
    let client = site.client();
    site.market(&client);
    let mut stream = TcpStream::connect(site.address).unwrap();
    stream.write_all(b"GET /v1/stream/blocks HTTP/1.1\r\nHost: node\r\nLast-Event-ID: 1\r\n\r\n").unwrap();
    let mut told = String::new();
    let mut read = |until: &str, told: &mut String| {
        let mut buffer = [0; 4096];
        while !told.contains(until) {
            let n = stream.read(&mut buffer).unwrap();
            assert!(n > 0, "the stream ended: {told}");
            told.push_str(&String::from_utf8_lossy(&buffer[..n]));
        }
    };
    read("id: 3", &mut told);
    assert!(told.contains("id: 2") && !told.contains("id: 1\n"), "{told}");
    site.node.seal(Time(START)).unwrap();
    read("id: 4", &mut told);
    let hash = site.node.tip().block.to_string();
    assert!(told.contains(&hash), "{told}");
    site.stop.send(true).unwrap();
    site.runtime.block_on(&mut site.ended).unwrap().unwrap();
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).unwrap();
}

#[test]
fn bad_requests_are_answered_with_problems() {
    let site = Site::new();
    for (path, expected) in [
        ("/v1/nothing", (404, "no-route")),
        ("/", (404, "no-route")),
        ("/v1/tx", (405, "no-method")),
        ("/v1/headers", (400, "bad-request")),
        ("/v1/headers?from=0&to=1", (400, "bad-request")),
        ("/v1/headers?from=2&to=1", (400, "bad-request")),
        ("/v1/headers?from=1&to=2&x=3", (400, "bad-request")),
        ("/v1/headers?from=-1&to=2", (400, "bad-request")),
        ("/v1/blocks/1", (404, "not-found")),
        ("/v1/blocks/x", (400, "bad-request")),
        ("/v1/blobs/00", (400, "bad-request")),
        ("/v1/proofs/tx/zz", (400, "bad-request")),
        ("/v1/proofs/commitment/0", (400, "bad-request")),
        ("/v1/proofs/commitment/0?height=1", (404, "not-found")),
        ("/v1/stream/blocks?from=x", (400, "bad-request")),
    ] {
        let (status, code) = site.problem(path);
        assert_eq!((status, code.as_str()), expected, "{path}");
    }
    let missing = format!("/v1/tx/{}", "0".repeat(64));
    assert_eq!(site.problem(&missing), (404, "not-found".into()));
    let long = format!(
        "POST /v1/tx HTTP/1.1\r\nHost: node\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
        api::MAX_BODY_BYTES + 1
    );
    let (status, body) = site.raw(long.as_bytes());
    assert_eq!((status, body.contains("urn:veilgrid:problem:too-long")), (413, true), "{body}");
    let headers = format!("GET /v1/status HTTP/1.1\r\nHost: node\r\nX: {}\r\n\r\n", "x".repeat(64 << 10));
    assert_eq!(site.raw(headers.as_bytes()).0, 431);
    assert_eq!(site.get("/v1/status").0, 200);
}

#[test]
fn what_a_node_does_is_counted_by_kind_code_and_route_and_by_nothing_else() {
    let mut site = Site::new();
    let client = site.client();
    site.market(&client);
    let late = site.bytes(|w| w.epoch_start(5));
    client.submit(&late).unwrap_err();
    let missing = format!("/v1/tx/{}", "ab".repeat(32));
    site.get(&missing);
    site.get("/v1/nothing/cd");
    let text = site.metrics.text();
    for line in [
        "veilgrid_height 3",
        "veilgrid_transactions_total{kind=\"epoch_start\"} 1",
        "veilgrid_refusals_total{code=\"cycle-order\"} 1",
        "veilgrid_pool_transactions 0",
        "veilgrid_requests_total{route=\"/v1/tx\",method=\"post\",status=\"202\"} 3",
        "veilgrid_requests_total{route=\"/v1/tx/{id}\",method=\"get\",status=\"404\"} 1",
        "veilgrid_requests_total{route=\"none\",method=\"get\",status=\"404\"} 1",
        "veilgrid_sealing_seconds_count 3",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}: {text}");
    }
    assert!(!text.contains("abab") && !text.contains("127.0.0.1"), "{text}");
}

#[test]
fn the_rules_a_plan_and_the_openings_are_shown_to_people() {
    let mut site = Site::new();
    let client = site.client();
    site.market(&client);
    let (bytes, blob, handle) = site.listing(1);
    client.put_blob(&blob).unwrap();
    client.submit(&bytes).unwrap();
    site.seal(&bytes);
    let get = |path: &str| -> Value { serde_json::from_str(&site.get(path).1).unwrap() };
    let parameters = get("/v1/parameters");
    assert_eq!((&parameters["epoch"], &parameters["cycles"][0]["cycle"]), (&1.into(), &1.into()));
    assert_eq!(parameters["cycles"][0]["opens"], START.to_string());
    let name: String = handle.to_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    let plan = get(&format!("/v1/plans/{name}"));
    assert_eq!((&plan["side"], &plan["stage"], &plan["handle"]), (&"sell".into(), &"listed".into(), &name.into()));
    assert_eq!(plan["ciphertext"], BlobHash::of(&blob).to_string());
    assert_eq!(get("/v1/openings"), serde_json::json!({ "openings": [], "next": null }));
    assert_eq!(site.problem(&format!("/v1/plans/{}", "0".repeat(64))), (404, "not-found".into()));
}

#[test]
fn one_peer_has_so_many_connections_and_no_more() {
    let site = Site::new();
    let answered = |stream: &mut TcpStream| {
        // A connection that is closed may also refuse to be written to.
        let _ = stream.write_all(b"GET /v1/status HTTP/1.1\r\nHost: node\r\n\r\n");
        let mut first = [0; 12];
        stream.read_exact(&mut first).is_ok_and(|()| first == *b"HTTP/1.1 200")
    };
    let mut open: Vec<TcpStream> = (0..8).map(|_| TcpStream::connect(site.address).unwrap()).collect();
    assert!(open.iter_mut().all(answered));
    assert!(!answered(&mut TcpStream::connect(site.address).unwrap()), "the ninth");
    open.pop();
    let back = (0..200).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(10));
        answered(&mut TcpStream::connect(site.address).unwrap())
    });
    assert!(back, "a place that came back is given again");
}

#[test]
fn who_asks_too_often_is_told_so() {
    let site = Site::new();
    let answers: Vec<u16> = (0..320).map(|_| site.get("/v1/validators").0).collect();
    assert!(answers[..300].iter().all(|status| *status == 200));
    let last = site.problem("/v1/validators");
    assert_eq!(last, (429, "too-many-requests".into()));
}

#[test]
fn who_does_not_end_its_headers_is_cut() {
    let site = Site::new();
    let mut stream = TcpStream::connect(site.address).unwrap();
    stream.write_all(b"GET /v1/status HTTP/1.1\r\nHost: no").unwrap();
    stream.set_read_timeout(Some(std::time::Duration::from_secs(40))).unwrap();
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).unwrap();
    assert!(!rest.starts_with(b"HTTP/1.1 200"));
}

#[test]
fn plain_http_stays_on_loopback_unless_told_otherwise() {
    let address = SocketAddr::from(([0, 0, 0, 0], 0));
    let listening = listening(address);
    assert_eq!(Server::bind(&listening).map(|_| ()).unwrap_err().code(), "plain-http");
    Server::bind(&Listening { plain_http: true, ..listening }).map(|_| ()).unwrap();
}

/// The OpenAPI document is an interface: clients are generated from it. A change shows in
/// `openapi.json`. With `VEILGRID_WRITE_OPENAPI=1` this test writes the file.
#[test]
fn the_openapi_document_is_the_frozen_one() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json");
    let mut document = serde_json::to_string_pretty(&api::document()).unwrap();
    document.push('\n');
    if std::env::var_os("VEILGRID_WRITE_OPENAPI").is_some() {
        std::fs::write(path, &document).unwrap();
    }
    let frozen = std::fs::read_to_string(path).unwrap_or_default();
    assert!(frozen == document, "write it anew and look at the difference");
    let value: Value = serde_json::from_str(&document).unwrap();
    assert!(value["openapi"].as_str().unwrap().starts_with("3.1."));
    for (path, methods) in value["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let said = operation["summary"].as_str().or(operation["description"].as_str());
            assert!(said.is_some_and(|text| !text.is_empty()), "{method} {path} has no description");
        }
    }
}
