//! Parts of the ledger's state, for people: what the regulator announced to open, and how far a
//! plan has come. A wallet finds its own plans in the blocks, and asks no node for them.

use super::answer::{hex, named};
use super::asked::{Asked, Named};
use super::{Api, Problem};
use axum::extract::State;
use axum::Json;
use ledger::stage::PlanStage;
use ledger::state::Opening;
use protocol::encoding::Canonical;
use protocol::record::Handle;
use protocol::transaction::body::Purpose;
use protocol::units::Side;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// How many announcements one answer has at most, unless one block has more.
const OPENINGS: usize = 256;

/// Where a list of announcements begins.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct From {
    /// The first height; 1 if it is not given.
    from: Option<u64>,
}

/// What the regulator announced to open.
#[derive(Serialize, ToSchema)]
pub struct Announced {
    /// The height of the block.
    height: String,
    /// The id of the transaction, in hexadecimal.
    transaction: String,
    /// What for.
    purpose: &'static str,
    /// The market cycle; 0 where the purpose has none.
    cycle: u32,
    /// The round; 0 where the purpose has none.
    round: u8,
    /// What is opened, in hexadecimal: a handle, kappa, nullifier, match record, obligation or epoch.
    first: String,
    /// A second handle, an issuer's number or an epoch; zeros where the purpose has none.
    second: String,
    /// The digest of the reason on file; zeros for what matching itself needs.
    reason: String,
}

/// A page of announcements.
#[derive(Serialize, ToSchema)]
pub struct Openings {
    /// The announcements, in the ledger's order.
    openings: Vec<Announced>,
    /// The height to ask from for what follows; none where nothing follows yet.
    next: Option<String>,
}

fn purpose(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Scores => "scores",
        Purpose::Terms => "terms",
        Purpose::Audit => "audit",
        Purpose::Trace => "trace",
        Purpose::Payment => "payment",
        Purpose::Trade => "trade",
        Purpose::Disclosure => "disclosure",
        Purpose::Obligation => "obligation",
        Purpose::Deviation => "deviation",
        Purpose::Service => "service",
        Purpose::Lapse => "lapse",
    }
}

impl Announced {
    fn of(opening: &Opening) -> Self {
        let open = &opening.open;
        Announced {
            height: opening.height.0.to_string(),
            transaction: opening.transaction.to_string(),
            purpose: purpose(open.purpose),
            cycle: open.cycle.get(),
            round: open.round,
            first: hex(&open.first.to_bytes()),
            second: hex(&open.second.to_bytes()),
            reason: hex(&open.reason),
        }
    }
}

/// What the regulator announced to open, and why: the record of every decryption. A page ends with a
/// whole block.
#[utoipa::path(get, path = "/v1/openings", operation_id = "openings", params(From),
    responses((status = 200, body = Openings)))]
pub async fn openings(State(api): State<Api>, Asked(From { from }): Asked<From>) -> Result<Json<Openings>, Problem> {
    let found = api.ask(move |service| {
        let state = service.state();
        let from = from.unwrap_or(1);
        let mut found = state.openings().skip_while(|opening| opening.height.0 < from).peekable();
        let (mut page, mut last): (Vec<Announced>, Option<u64>) = (Vec::new(), None);
        while let Some(opening) = found.next_if(|next| page.len() < OPENINGS || last == Some(next.height.0)) {
            last = Some(opening.height.0);
            page.push(Announced::of(opening));
        }
        Ok(Openings { openings: page, next: found.next().map(|opening| opening.height.0.to_string()) })
    });
    Ok(Json(found.await?))
}

/// A plan, as everybody sees it.
#[derive(Serialize, ToSchema)]
pub struct Plan {
    /// Its handle, in hexadecimal.
    handle: String,
    /// `sell` or `buy`.
    side: &'static str,
    /// Its cycle.
    cycle: u32,
    /// Its stage: `listed`, `expired`, `refused`, `lapsed`, `released` or `in-trade`.
    stage: &'static str,
    /// The height of the block that listed it.
    listed_height: String,
    /// The time of that block, in seconds since 1970.
    listed_time: String,
    /// The hash of its matching ciphertext.
    ciphertext: String,
    /// The last round in which it was matched.
    last_round: Option<u8>,
}

/// A plan by its handle. A plan is forgotten some time after it ended.
#[utoipa::path(get, path = "/v1/plans/{handle}", operation_id = "plan",
    params(("handle" = String, Path, description = "The plan's handle, in hexadecimal")),
    responses((status = 200, body = Plan),
        (status = 404, body = Problem, content_type = "application/problem+json")))]
pub async fn plan(State(api): State<Api>, Named(handle): Named<String>) -> Result<Json<Plan>, Problem> {
    let handle: Handle = named(&handle)?;
    let found = api.ask(move |service| {
        let state = service.state();
        let plan = state.plan(&handle).ok_or_else(|| Problem::not_found("no such plan is remembered"))?;
        Ok(Plan {
            handle: hex(&plan.handle.to_bytes()),
            side: match plan.side {
                Side::Sell => "sell",
                Side::Buy => "buy",
            },
            cycle: plan.cycle.get(),
            stage: match plan.stage {
                PlanStage::Listed => "listed",
                PlanStage::Expired => "expired",
                PlanStage::Refused => "refused",
                PlanStage::Lapsed => "lapsed",
                PlanStage::Released => "released",
                PlanStage::InTrade => "in-trade",
            },
            listed_height: plan.listed_height.0.to_string(),
            listed_time: plan.listed_time.0.to_string(),
            ciphertext: plan.ciphertext.to_string(),
            last_round: plan.last_round,
        })
    });
    Ok(Json(found.await?))
}
