//! The statement of a wallet for its owner: everything that the ledger says of the household.

use protocol::units::Side;
use serde::Serialize;
use std::fmt::Write as _;
use terminal::table::{money, price};
use wallets::household::{OwnPlan, Wallet};
use wallets::note::Payload;

/// A record of the household.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct RecordRow {
    /// `generation`, `balance`, `surplus` or `shortfall`.
    pub kind: &'static str,
    /// Its position in the tree; None for a shortfall, which is no leaf.
    pub position: Option<u32>,
    /// Its commitment, in hexadecimal.
    pub commitment: String,
    /// Energy in Wh; None for money.
    pub energy_wh: Option<u64>,
    /// Money in nano-currency; None for energy.
    pub amount: Option<u64>,
    /// The cycle of the energy; None for money.
    pub cycle: Option<u32>,
    /// Whether it is spent, or, for a shortfall, paid.
    pub spent: bool,
}

/// A plan of the household, with its trade.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct PlanRow {
    /// The plan's handle P, in hexadecimal.
    pub handle: String,
    /// `sell` or `buy`.
    pub side: &'static str,
    /// The cycle.
    pub cycle: u32,
    /// The volume, in Wh.
    pub volume: u64,
    /// The ask or the limit, in nano-currency per Wh.
    pub price: u64,
    /// The stage of the plan.
    pub stage: &'static str,
    /// The matched volume, in Wh; None without a match that the wallet can open.
    pub matched_volume: Option<u64>,
    /// The price of the match, in nano-currency per Wh.
    pub matched_price: Option<u64>,
    /// The energy that the seller delivered by the meter's note, in Wh.
    pub delivered: Option<u64>,
    /// The energy that the buyer consumed, in Wh.
    pub taken: Option<u64>,
}

/// A credential of the household.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct CredentialRow {
    /// The epoch in which it is valid.
    pub epoch: u32,
    /// The reputation in it, 0 to 100.
    pub reputation: u64,
    /// The number of the metering service in it.
    pub meter: u32,
}

/// Everything that the ledger says of a household.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct WalletOverview {
    /// `veilgrid-wallet/1`.
    pub format: &'static str,
    /// The address to which issuers send notes.
    pub address: String,
    /// The last block scanned.
    pub height: u64,
    /// The money in unspent records, in nano-currency.
    pub balance: u64,
    /// The money that is locked in plans and trades, in nano-currency.
    pub locked: u64,
    /// The records in the order of the tree, then the shortfalls.
    pub records: Vec<RecordRow>,
    /// The plans, in the order of their handles.
    pub plans: Vec<PlanRow>,
    /// The credentials, in the order of their epochs.
    pub credentials: Vec<CredentialRow>,
}

fn record(payload: &Payload, position: Option<u32>, commitment: String, spent: bool) -> Option<RecordRow> {
    let (kind, energy, amount, cycle) = match payload {
        Payload::Generation { volume, cycle, .. } => ("generation", Some(volume.get()), None, Some(cycle.get())),
        Payload::Balance { amount, .. } => ("balance", None, Some(amount.get()), None),
        Payload::Metered { volume, sign, cycle, .. } => (sign.name(), Some(volume.get()), None, Some(cycle.get())),
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

/// Makes the statement of a wallet.
pub fn overview(wallet: &Wallet) -> WalletOverview {
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
    WalletOverview {
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

impl WalletOverview {
    /// The statement as JSON.
    pub fn json(&self) -> String {
        let mut json = serde_json::to_string_pretty(self).expect("plain values are always JSON");
        json.push('\n');
        json
    }
    /// The statement as text.
    pub fn text(&self) -> String {
        let mut out = format!(
            "{}\nblock {}: balance {}, locked {}\n",
            self.address,
            self.height,
            money(self.balance.into()),
            money(self.locked.into())
        );
        let mut line = |text: std::fmt::Arguments<'_>| {
            out.write_fmt(text).expect("writing to a string does not fail");
            out.push('\n');
        };
        let value = |n: Option<u64>| n.map_or("-".to_string(), |n| n.to_string());
        for r in &self.records {
            let what = match (r.energy_wh, r.amount) {
                (Some(wh), _) => format!("{wh} Wh"),
                (_, amount) => amount.map_or("-".to_string(), |nano| money(nano.into())),
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
                "plan   {:4} {:>7} Wh at {} per kWh in cycle {}: {}; matched {} Wh at {}; delivered {}, taken {}; {}",
                p.side,
                p.volume,
                price(p.price),
                p.cycle,
                p.stage,
                value(p.matched_volume),
                p.matched_price.map_or("-".to_string(), price),
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
