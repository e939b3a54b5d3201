//! The development clock: moves time, and answers when everything that fell due has been done. Only mounted in `--dev`.

use crate::http::blocking::ask;
use crate::http::body::Json;
use crate::http::gate::Caller;
use crate::http::problem::Problem;
use crate::ports::ApiState;
use crate::wire::{ClockBody, ClockChange, ClockTrouble};
use axum::extract::State;
use calendar::Instant;
use jiff::tz::TimeZone;
use jiff::{Span, ToSpan};
use office::{OfficeError, RunReport, run_due};

/// Farthest step of the clock, in years.
const STEP_MOST_YEARS: i64 = 10;

fn body(now: Instant, report: RunReport) -> ClockBody {
    let trouble = |(customer, reason): (charging::CustomerId, String)| ClockTrouble {
        customer: customer.into(),
        reason,
    };
    ClockBody {
        now: now.into(),
        closed: report.closed,
        invoiced: report.invoiced,
        suspended: report.suspended,
        failed: report.failed.into_iter().map(trouble).collect(),
    }
}

/// Show the clock
///
/// Only in development mode.
#[utoipa::path(get, path = "/dev/clock", tag = "Development",
    responses((status = 200, description = "What the clock shows", body = ClockBody)),
    security(("token" = ["read"])))]
pub(crate) async fn show(State(state): State<ApiState>) -> Json<ClockBody> {
    Json(body(state.office.now(), RunReport::default()))
}

/// Move the clock
///
/// Answers when everything that fell due on the way has been done: periods closed, invoices sent, customers suspended. Only in
/// development mode.
#[utoipa::path(post, path = "/dev/clock", tag = "Development", request_body = ClockChange,
    responses((status = 200, description = "What the clock shows now", body = ClockBody)),
    security(("token" = ["admin"])))]
pub(crate) async fn change(
    State(state): State<ApiState>,
    caller: Caller,
    Json(change): Json<ClockChange>,
) -> Result<Json<ClockBody>, Problem> {
    let now = state.office.now();
    let target = target(&change, now)?;
    ask(&state, move |office| {
        office.clock().advance_to(target);
        let report = run_due(office)?;
        office.note(&caller.actor, "clock/moved", "clock", &target.to_string())?;
        Ok::<_, OfficeError>(body(office.now(), report))
    })
    .await
    .map(Json)
}

/// Where the clock is to go; months are those of the calendar, in UTC.
fn target(change: &ClockChange, now: Instant) -> Result<Instant, Problem> {
    let moved = |span: Span| {
        let at = now.to_jiff()?.to_zoned(TimeZone::UTC).checked_add(span).ok()?;
        Some(Instant::from_jiff(at.timestamp()))
    };
    let most = moved(STEP_MOST_YEARS.years()).unwrap_or(now);
    let (field, target) = match (&change.advance, change.to) {
        (Some(span), None) => {
            let wrong = || Problem::field("advance", "is a span as in ISO 8601, such as P1M, P2W or PT36H");
            ("advance", moved(span.parse().map_err(|_| wrong())?).ok_or_else(wrong)?)
        }
        (None, Some(to)) => ("to", to.0),
        _ => return Err(Problem::field("advance", "give advance or to, one of the two")),
    };
    if target < now {
        return Err(Problem::field(field, format!("the clock shows {now} and never goes back")));
    }
    if target > most {
        return Err(Problem::field(field, format!("at most {STEP_MOST_YEARS} years at a time")));
    }
    Ok(target)
}
