//! What a wallet knows, for its owner to read: everything that the ledger says of the household.

use protocol::units::Side;
use serde::Serialize;
use std::fmt::Write as _;
use wallets::household::{OwnPlan, Wallet};
use wallets::note::Payload;

/// A record.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct RecordRow {
    /// `generation`, `balance`, `surplus` or `shortfall`.
    pub kind: &'static str,
    /// Its place in the tree; None: a shortfall, which is no leaf.
    pub position: Option<u32>,
    /// The leaf, in hexadecimal.
    pub commitment: String,
    /// Wh; None: money.
    pub energy_wh: Option<u64>,
    /// Nano-currency; None: energy.
    pub amount: Option<u64>,
    /// The cycle of energy.
    pub cycle: Option<u32>,
    /// Whether it is spent, or paid.
    pub spent: bool,
}

/// A plan, and the trade that it is in.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct PlanRow {
    /// P, in hexadecimal.
    pub handle: String,
    /// `sell` or `buy`.
    pub side: &'static str,
    /// The cycle.
    pub cycle: u32,
    /// Wh.
    pub volume: u64,
    /// Nano-currency a Wh: ask or limit.
    pub price: u64,
    /// How far it has come.
    pub stage: &'static str,
    /// Wh of the match; None without a match that opens.
    pub matched_volume: Option<u64>,
    /// Nano-currency a Wh of the match.
    pub matched_price: Option<u64>,
    /// Wh that the seller delivered, as the meter's note says.
    pub delivered: Option<u64>,
    /// Wh that the buyer took.
    pub taken: Option<u64>,
}

/// A credential.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct CredentialRow {
    /// The epoch in which it counts.
    pub epoch: u32,
    /// Reputation.
    pub reputation: u64,
    /// The metering service's number.
    pub meter: u32,
}

/// Everything that the ledger says of a household.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Statement {
    /// `veilgrid-wallet/1`.
    pub format: &'static str,
    /// Where issuers send what is for it.
    pub address: String,
    /// The last block scanned.
    pub height: u64,
    /// Nano-currency in unspent records.
    pub balance: u64,
    /// Nano-currency locked in plans and trades.
    pub locked: u64,
    /// Records, in the order of the tree, then shortfalls.
    pub records: Vec<RecordRow>,
    /// Plans, by handle.
    pub plans: Vec<PlanRow>,
    /// Credentials, by epoch.
    pub credentials: Vec<CredentialRow>,
}

fn record(payload: &Payload, position: Option<u32>, commitment: String, spent: bool) -> Option<RecordRow> {
    let (kind, energy, amount, cycle) = match payload {
        Payload::Generation { volume, cycle, .. } => ("generation", Some(volume.get()), None, Some(cycle.get())),
        Payload::Balance { amount, .. } => ("balance", None, Some(amount.get()), None),
        Payload::Metered { volume, cycle, .. } => {
            let kind = if position.is_some() { "surplus" } else { "shortfall" };
            (kind, Some(volume.get()), None, Some(cycle.get()))
        }
        _ => return None,
    };
    Some(RecordRow { kind, position, commitment, energy_wh: energy, amount, cycle, spent })
}

fn plan(own: &OwnPlan) -> PlanRow {
    let opening = own.trade().and_then(|trade| trade.opening.ok());
    let half = |n: usize| own.trade().and_then(|t| t.deliveries[n].as_ref()?.opening).map(|o| o.amount.get());
    PlanRow {
        handle: own.handle().to_string(),
        side: match own.side() {
            Side::Sell => "sell",
            Side::Buy => "buy",
        },
        cycle: own.cycle().get(),
        volume: own.volume().get(),
        price: own.price().get(),
        stage: own.stage().name(),
        matched_volume: opening.map(|o| o.volume.get()),
        matched_price: opening.map(|o| o.price.get()),
        delivered: half(0),
        taken: half(1),
    }
}

/// What a wallet knows.
pub fn statement(wallet: &Wallet) -> Statement {
    let watch = wallet.watch();
    let records = watch
        .records()
        .filter_map(|r| record(r.payload(), Some(r.position().0), r.commitment().to_string(), r.spent()));
    let owed = watch.obligations().filter_map(|(leaf, o)| record(o.payload(), None, leaf.to_string(), o.paid()));
    let credentials = watch.credentials().map(|c| CredentialRow {
        epoch: c.epoch.get(),
        reputation: c.reputation.get().into(),
        meter: c.meter.get(),
    });
    Statement {
        format: "veilgrid-wallet/1",
        address: wallet.payment_address_text(),
        height: watch.height().map_or(0, |height| height.0),
        balance: wallet.balance().get(),
        locked: wallet.locked().money.get(),
        records: records.chain(owed).collect(),
        plans: watch.plans().map(|(_, own)| plan(own)).collect(),
        credentials: credentials.collect(),
    }
}

impl Statement {
    /// As JSON.
    pub fn json(&self) -> String {
        let mut json = serde_json::to_string_pretty(self).expect("plain values are always JSON");
        json.push('\n');
        json
    }
    /// As text.
    pub fn text(&self) -> String {
        let mut out = format!(
            "{}\nblock {}: balance {} nano, locked {} nano\n",
            self.address, self.height, self.balance, self.locked
        );
        let mut line = |text: std::fmt::Arguments<'_>| {
            out.write_fmt(text).expect("writing to a string does not fail");
            out.push('\n');
        };
        let value = |n: Option<u64>| n.map_or("-".to_string(), |n| n.to_string());
        for r in &self.records {
            let what = match (r.energy_wh, r.amount) {
                (Some(wh), _) => format!("{wh} Wh"),
                (_, amount) => format!("{} nano", value(amount)),
            };
            let state = match (r.spent, r.position) {
                (true, Some(_)) => "spent",
                (true, None) => "paid",
                (false, Some(_)) => "unspent",
                (false, None) => "owed",
            };
            line(format_args!("record {:10} {what:>24} {state:7} {}", r.kind, &r.commitment));
        }
        for p in &self.plans {
            line(format_args!(
                "plan   {:4} {:>7} Wh at {:>7} in cycle {}: {}; matched {} Wh at {}; delivered {}, taken {}; {}",
                p.side,
                p.volume,
                p.price,
                p.cycle,
                p.stage,
                value(p.matched_volume),
                value(p.matched_price),
                value(p.delivered),
                value(p.taken),
                &p.handle,
            ));
        }
        for c in &self.credentials {
            line(format_args!("credential of epoch {}: reputation {}, meter {}", c.epoch, c.reputation, c.meter));
        }
        out
    }
}
