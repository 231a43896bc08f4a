//! What a node counts, in the text format of Prometheus. Labels come from closed lists: kinds of
//! transactions, codes of refusals, routes. None is a handle, an id, an address or a household.

use ledger::{Refusal, Sealed};
use prometheus_client::encoding::{text, EncodeLabelSet};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{exponential_buckets, Histogram};
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};
use std::time::Duration;

/// A kind of transaction.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfKind {
    kind: &'static str,
}

/// A refusal's code.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfCode {
    code: &'static str,
}

/// A route of the API, and how a request to it ended.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfRoute {
    route: String,
    method: &'static str,
    status: u16,
}

/// A route of the API.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    route: String,
}

/// What a node counts.
pub struct Metrics {
    registry: Registry,
    height: Gauge,
    block_time: Gauge,
    held: Gauge,
    transactions: Family<OfKind, Counter>,
    refusals: Family<OfCode, Counter>,
    sealing: Histogram,
    requests: Family<OfRoute, Counter>,
    latency: Family<Route, Histogram>,
}

/// From a millisecond to half a minute.
fn seconds() -> Histogram {
    Histogram::new(exponential_buckets(0.001, 2.0, 16))
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("veilgrid");
        let metrics = Metrics {
            height: Gauge::default(),
            block_time: Gauge::default(),
            held: Gauge::default(),
            transactions: Family::default(),
            refusals: Family::default(),
            sealing: seconds(),
            requests: Family::default(),
            latency: Family::new_with_constructor(seconds),
            registry: Registry::default(),
        };
        registry.register("height", "Height of the last block", metrics.height.clone());
        let help = "Time of the last block, since 1970";
        registry.register_with_unit("block_time", help, Unit::Seconds, metrics.block_time.clone());
        registry.register("pool_transactions", "Transactions held for later blocks", metrics.held.clone());
        registry.register("transactions", "Accepted transactions by kind", metrics.transactions.clone());
        registry.register("refusals", "Transactions refused by code", metrics.refusals.clone());
        let help = "Time to verify, order, execute and store a block";
        registry.register_with_unit("sealing", help, Unit::Seconds, metrics.sealing.clone());
        registry.register("requests", "Requests to the API by route and status", metrics.requests.clone());
        let help = "Time from a request to the head of its answer";
        registry.register_with_unit("request", help, Unit::Seconds, metrics.latency.clone());
        let version = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
        registry.register("build", "The program", version);
        Metrics { registry, ..metrics }
    }
}

impl Metrics {
    /// A block was sealed, in this time. So many transactions are held after it.
    pub(crate) fn sealed(&self, block: &Sealed, took: Duration, held: usize) {
        self.at(block.header.height.0, block.header.time.0);
        self.held.set(number(held as u64));
        self.sealing.observe(took.as_secs_f64());
        for tx in &block.compact.transactions {
            self.transactions.get_or_create(&OfKind { kind: tx.body.kind().name() }).inc();
        }
        for (_, refusal) in &block.left_out {
            self.refused(*refusal);
        }
    }
    /// The last block has this height and this time, in seconds since 1970.
    pub(crate) fn at(&self, height: u64, time: u64) {
        self.height.set(number(height));
        self.block_time.set(number(time));
    }
    /// A transaction was refused.
    pub(crate) fn refused(&self, refusal: Refusal) {
        self.refusals.get_or_create(&OfCode { code: refusal.code() }).inc();
    }
    /// A request was answered.
    pub(crate) fn answered(&self, route: &str, method: &'static str, status: u16, took: Duration) {
        self.requests.get_or_create(&OfRoute { route: route.into(), method, status }).inc();
        self.latency.get_or_create(&Route { route: route.into() }).observe(took.as_secs_f64());
    }
    /// All of it, in the text format.
    pub fn text(&self) -> String {
        let mut out = String::new();
        text::encode(&mut out, &self.registry).expect("a string takes all that is written to it");
        out
    }
}

fn number(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}
