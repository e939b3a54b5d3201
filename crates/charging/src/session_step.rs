//! Steps of a network session: start, update, stop; and the end of a silent one.
//!
//! A step is named by the protocol's own request number; the last answers are kept in the session, so a re-sent step gets the
//! same answer and changes nothing, also after the session ended.

use crate::apply::{Decision, Stop, Work};
use crate::funds::standing;
use crate::meter_use::Bench;
use crate::state::Answered;
use crate::{
    Account, Asked, Customer, EventKind, Head, Meter, Refusal, Reply, Session, SessionKey, SessionReply,
    SessionRequest, Step, UnitOutcome, UnitReply, UnitReport,
};
use calendar::Seconds;
use money::MoneyError;

/// Answers kept per session for re-sent requests: clients have at most four requests in flight.
const ANSWERS_KEPT: usize = 4;
/// Closed sessions are remembered this long for retransmissions from a node's spool.
pub const CLOSED_KEPT: Seconds = Seconds(24 * 3_600);
/// Open sessions of one customer.
const OPEN_MOST: usize = 20_000;
/// Rating groups of one session.
const METERS_MOST: usize = 64;
/// Sessions in the aggregate before closed ones are swept out.
const SWEEP_AT: usize = 32;

/// One step.
pub(crate) fn step(work: &mut Work<'_>, customer: &mut Customer, request: &SessionRequest) -> Decision {
    if let Some(session) = customer.sessions.get(&request.session) {
        if let Some(answered) = session.answered.iter().find(|a| a.request == request.request) {
            return Ok(answered.reply.clone());
        }
        if session.closed_at.is_some() {
            return Err(Refusal::SessionEnded.into());
        }
    }
    // The session is worked on outside the map and put back at the end; a refusal before the first change puts it back too.
    let known = customer.sessions.remove(&request.session);
    let fresh = known.is_none();
    let mut session = match known {
        Some(session) => session,
        None => open(work, customer, request)?,
    };
    if let Err(stop) = check(work, customer, &session, request) {
        if !fresh {
            customer.sessions.insert(request.session.clone(), session);
        }
        return Err(stop);
    }
    // Everything that input can cause was checked; what fails now leaves the aggregate in doubt.
    let broken = |stop| if let Stop::Broken(_) = stop { stop } else { Stop::Broken(MoneyError::Overflow) };
    let reply = run(work, customer, &mut session, request).map_err(broken)?;
    if !fresh || reply.refusal.is_none() {
        keep(work, customer, session, request, &reply);
    }
    Ok(Reply::Session(reply))
}

/// A new session, if this step may begin one.
fn open(work: &Work<'_>, customer: &mut Customer, request: &SessionRequest) -> Result<Session, Stop> {
    if request.grants && request.step != Step::Start {
        return Err(Refusal::UnknownSession.into());
    }
    let account = customer.account(request.account).ok_or(Refusal::UnknownAccount)?;
    if request.grants
        && let Some(refusal) = standing(&customer.head, account)
    {
        return Err(refusal.into());
    }
    let now = work.now();
    if customer.sessions.len() >= SWEEP_AT {
        customer.sessions.retain(|_, s| s.closed_at.is_none_or(|at| at.plus(CLOSED_KEPT) > now));
    }
    if customer.sessions.len() >= OPEN_MOST {
        return Err(Refusal::TooMany("sessions".to_owned()).into());
    }
    Ok(Session {
        key: request.session.clone(),
        account: request.account,
        identifier: request.identifier.clone(),
        node: request.node.clone(),
        started_at: request.event_at.min(now),
        last_at: now,
        expires_at: now,
        closed_at: None,
        details: request.details.clone(),
        meters: Vec::new(),
        answered: Vec::new(),
    })
}

/// Everything that can refuse the whole step, looked at before anything is changed.
fn check(
    work: &mut Work<'_>,
    customer: &mut Customer,
    session: &Session,
    request: &SessionRequest,
) -> Result<(), Stop> {
    let (now, catalog) = (work.now(), work.context.catalog);
    let Customer { head, accounts, .. } = customer;
    let account = accounts.iter_mut().find(|a| a.id == session.account).ok_or(Refusal::UnknownAccount)?;
    if session.meters.len() + request.units.len() > METERS_MOST {
        return Err(Refusal::TooMany("rating groups".to_owned()).into());
    }
    let products = account.products_in_order(now, catalog);
    let bench = Bench { work, head, account, products: &products, node: &session.node };
    let mut cost = bench.head.reserved;
    for report in &request.units {
        let after = match session.meters.iter().find(|m| same_meter(m, report)) {
            Some(meter) => bench.cost_after(meter, report.used)?,
            None => match bench.open(report) {
                Ok(meter) => bench.cost_after(&meter, report.used)?,
                Err(_) => continue,
            },
        };
        cost = cost.plus(after)?;
    }
    bench.head.balance.minus(cost)?;
    bench.head.unbilled.plus(cost)?;
    Ok(())
}

fn same_meter(meter: &Meter, report: &UnitReport) -> bool {
    meter.rating_group == report.rating_group
        && meter.service_identifier == report.service_identifier
        && meter.service == report.service
}

fn run(
    work: &mut Work<'_>,
    customer: &mut Customer,
    session: &mut Session,
    request: &SessionRequest,
) -> Result<SessionReply, Stop> {
    let now = work.now();
    let catalog = work.context.catalog;
    let Customer { head, accounts, .. } = customer;
    let account = accounts.iter_mut().find(|a| a.id == session.account).ok_or(Refusal::UnknownAccount)?;
    let refusal = standing(head, account);
    let products = account.products_in_order(now, catalog);
    let node = session.node.clone();
    let mut bench = Bench { work, head, account, products: &products, node: &node };
    let mut units = Vec::with_capacity(request.units.len());
    for report in &request.units {
        let outcome = unit(&mut bench, &mut session.meters, report, request, refusal.as_ref())?;
        units.push(UnitReply {
            rating_group: report.rating_group,
            service_identifier: report.service_identifier,
            outcome,
        });
    }
    let first = session.answered.is_empty();
    if !request.details.is_empty() {
        session.details = request.details.clone();
    }
    if first {
        let refusals = units.iter().filter(|u| matches!(u.outcome, UnitOutcome::Refused(_))).count();
        if request.grants && refusals == units.len() && !units.is_empty() {
            let refusal = units.iter().find_map(|u| match &u.outcome {
                UnitOutcome::Refused(refusal) => Some(refusal.clone()),
                _ => None,
            });
            return Ok(SessionReply { refusal, units });
        }
        bench.work.event(bench.head, EventKind::SessionStarted, Some(bench.account.id), session.key.shown());
    }
    if request.step == Step::Stop {
        close(&mut bench, session)?;
    }
    let refusal = refusal.filter(|_| request.grants && request.step == Step::Update);
    Ok(SessionReply { refusal, units })
}

/// One reported rating group: counts use, then grants.
fn unit(
    bench: &mut Bench<'_, '_, '_>,
    meters: &mut Vec<Meter>,
    report: &UnitReport,
    request: &SessionRequest,
    refusal: Option<&Refusal>,
) -> Result<UnitOutcome, Stop> {
    let position = match meters.iter().position(|m| same_meter(m, report)) {
        Some(position) => position,
        None => match bench.open(report) {
            Ok(meter) => {
                meters.push(meter);
                meters.len() - 1
            }
            Err(refusal) => return Ok(UnitOutcome::Refused(refusal)),
        },
    };
    let Some(meter) = meters.get_mut(position) else { return Ok(UnitOutcome::Noted) };
    bench.count(meter, report.used)?;
    if !request.grants || request.step == Step::Stop || report.asked == Asked::Nothing {
        return Ok(UnitOutcome::Noted);
    }
    match refusal {
        Some(refusal) => Ok(UnitOutcome::Refused(refusal.clone())),
        None => bench.grant(meter, report.asked),
    }
}

/// Ends a session: every meter becomes an xDR.
fn close(bench: &mut Bench<'_, '_, '_>, session: &mut Session) -> Result<(), Stop> {
    let now = bench.work.now();
    for meter in std::mem::take(&mut session.meters) {
        let xdr = bench.close(meter, session)?;
        bench.work.effects.xdrs.push(xdr);
    }
    session.closed_at = Some(now);
    bench.work.event(bench.head, EventKind::SessionEnded, Some(bench.account.id), session.key.shown());
    Ok(())
}

fn keep(
    work: &mut Work<'_>,
    customer: &mut Customer,
    mut session: Session,
    request: &SessionRequest,
    reply: &SessionReply,
) {
    let now = work.now();
    session.last_at = now;
    session.expires_at = now.plus(Seconds(u64::from(request.silence)));
    if session.answered.len() >= ANSWERS_KEPT {
        session.answered.remove(0);
    }
    session.answered.push(Answered { request: request.request, reply: Reply::Session(reply.clone()) });
    work.effects.changes.sessions.push(session.key.clone());
    customer.sessions.insert(session.key.clone(), session);
}

/// Ends a session that was silent past its supervision time; what was reported is charged, the rest returns.
pub(crate) fn expire(work: &mut Work<'_>, customer: &mut Customer, key: &SessionKey) -> Decision {
    let silent = |s: &Session| s.closed_at.is_none() && s.expires_at <= work.now();
    if !customer.sessions.get(key).is_some_and(silent) {
        return Err(Refusal::UnknownSession.into());
    }
    end_session(work, customer, key)?;
    Ok(Reply::Done(None))
}

/// Ends an open session whatever its state (silence, termination of the account).
pub(crate) fn end_session(
    work: &mut Work<'_>,
    customer: &mut Customer,
    key: &SessionKey,
) -> Result<(), Stop> {
    let Some(mut session) = customer.sessions.remove(key) else { return Ok(()) };
    let (head, account): (&mut Head, Option<&mut Account>) =
        (&mut customer.head, customer.accounts.iter_mut().find(|a| a.id == session.account));
    if let Some(account) = account {
        let node = session.node.clone();
        let mut bench = Bench { work, head, account, products: &[], node: &node };
        close(&mut bench, &mut session)?;
    }
    work.effects.changes.sessions.push(key.clone());
    customer.sessions.insert(key.clone(), session);
    Ok(())
}
