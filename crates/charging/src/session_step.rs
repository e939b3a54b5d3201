//! Steps of a network session: start, update, stop; and the end of a silent one.
//!
//! A step is named by the protocol's own request number; the last answers are kept in the session, so a re-sent step gets the
//! same answer and changes nothing, also after the session ended.

use crate::apply::{Decision, Stop, Work};
use crate::funds::{bearable, standing};
use crate::holdings::Holdings;
use crate::meter_use::Bench;
use crate::session_parts::PARTS_MOST;
use crate::session_place::{moves, settled};
use crate::state::{Answers, account_mut};
use crate::{
    Account, Asked, CalledNumber, Customer, Dialled, EventKind, Head, Meter, Refusal, Reply, Session,
    SessionKey, SessionReply, SessionRequest, Step, UnitOutcome, UnitReplies, UnitReply, UnitReport, dialing,
    hotline, session_counters, session_parts,
};
use calendar::{Instant, Seconds};
use catalog::{ProductId, Snapshot};
use money::{Amount, MoneyError};
use smallvec::SmallVec;
use std::borrow::Cow;

/// Open sessions of one customer.
const OPEN_MOST: usize = 20_000;
/// Rating groups of one session.
const METERS_MOST: usize = 64;
/// Sessions in the aggregate before closed ones are swept out.
const SWEEP_AT: usize = 32;

/// One step.
pub(crate) fn step(work: &mut Work<'_>, customer: &mut Customer, request: &SessionRequest) -> Decision {
    let now = work.now();
    let Customer { head, accounts, sessions, .. } = customer;
    if let Some(session) = sessions.get_mut(&request.session).filter(|s| s.is_remembered(now)) {
        if let Some(reply) = session.answered.get(request.request) {
            return Ok(telling(session, request, reply));
        }
        if session.closed_at.is_some_and(|ended| !begins_anew(ended, request)) {
            return Err(Refusal::SessionEnded.into());
        }
        if request.grants && is_late(session, request.request) {
            return Ok(Reply::Session(noted(request)));
        }
        if session.closed_at.is_none() {
            let reply = Reply::Session(proceed(work, head, accounts, session, request)?);
            keep(work, session, request, &reply);
            return Ok(telling(session, request, reply));
        }
    }
    let mut session = open(work, customer, request)?;
    let Customer { head, accounts, sessions, .. } = customer;
    let reply = proceed(work, head, accounts, &mut session, request)?;
    let refused = reply.refusal.is_some();
    let reply = Reply::Session(reply);
    let goes_on = !refused || session.closed_at.is_some();
    if goes_on {
        work.effects.changes.session(&session.key);
        keep(work, &mut session, request, &reply);
    } else {
        work.effects.changes.sessions.clear();
    }
    let reply = telling(&session, request, reply);
    if goes_on {
        sessions.insert(request.session.clone(), session);
    }
    Ok(reply)
}

/// The answer with what it tells beside.
fn telling(session: &Session, request: &SessionRequest, mut reply: Reply) -> Reply {
    if let Reply::Session(reply) = &mut reply {
        reply.told = dialing::told(session, request.request);
    }
    reply
}

/// Checks a step, then does it. A refusal has changed nothing.
fn proceed(
    work: &mut Work<'_>,
    head: &mut Head,
    accounts: &mut [Account],
    session: &mut Session,
    request: &SessionRequest,
) -> Result<SessionReply, Stop> {
    let account = account_mut(accounts, session.account).ok_or(Refusal::UnknownAccount)?;
    let holdings = Holdings::of(account, work.now(), work.context.catalog);
    let request = &*by_traffic_class(work.context.catalog, &holdings.products, request);
    let request = &*settled(work.context.catalog, session, request);
    let request = &*session_counters::resolved(work.context.catalog, session, request);
    let (request, parts) = session_parts::resolve(session, request)?;
    let request = &*request;
    let node = std::mem::take(&mut session.node);
    let at = request.event_at.min(work.now());
    let key = &request.session;
    let mut bench = Bench { work, head, account, holdings: &holdings, node: &node, at, session: key };
    // Everything that input can cause is checked first; what fails after that leaves the aggregate in doubt.
    let checked = check(&bench, session, request);
    let reply = checked.and_then(|()| run(&mut bench, session, request).map_err(broken));
    session.node = node;
    if let (Ok(_), Some(parts)) = (&reply, parts) {
        if parts.len() == PARTS_MOST && session.parts.len() < PARTS_MOST {
            work.event(head, EventKind::SessionFull, Some(session.account), session.key.shown());
        }
        // The part that was heard last says where the session is now.
        session.node.clone_from(&request.node);
        session.parts = parts;
        work.effects.changes.session(key);
    }
    reply
}

/// The request with each rating group under the service it stands for.
fn by_traffic_class<'r>(
    catalog: &Snapshot,
    products: &[ProductId],
    request: &'r SessionRequest,
) -> Cow<'r, SessionRequest> {
    let class = |unit: &UnitReport| catalog.traffic_class(products, unit.service, unit.rating_group);
    if request.units.iter().all(|unit| class(unit) == unit.service) {
        return Cow::Borrowed(request);
    }
    let mut request = request.clone();
    for unit in &mut request.units {
        unit.service = class(unit);
    }
    Cow::Owned(request)
}

/// An Acct-Session-Id is unique only until its node restarts (RFC 2866 5.5): a Start after the end is another session.
fn begins_anew(ended: Instant, request: &SessionRequest) -> bool {
    !request.grants && request.step == Step::Start && request.event_at > ended
}

/// What fails after all checks were passed leaves the aggregate in doubt, whatever it is called.
fn broken(stop: Stop) -> Stop {
    if let Stop::Broken(_) = stop { stop } else { Stop::Broken(MoneyError::Overflow) }
}

/// A request older than all the answers kept. CC-Request-Number counts up within a session (RFC 8506 8.2), so it was counted
/// before and its answer is forgotten; counting `Used::Since` again would charge it twice.
fn is_late(session: &Session, request: u64) -> bool {
    session.answered.forgot(request)
}

fn noted(request: &SessionRequest) -> SessionReply {
    let units = request.units.iter().map(|report| UnitReply {
        rating_group: report.rating_group,
        service_identifier: report.service_identifier,
        outcome: UnitOutcome::Noted,
    });
    SessionReply { refusal: None, units: units.collect(), told: None }
}

/// A new session, if this step may begin one.
fn open(work: &Work<'_>, customer: &mut Customer, request: &SessionRequest) -> Result<Session, Stop> {
    if request.grants && request.step != Step::Start {
        return Err(Refusal::UnknownSession.into());
    }
    let account = customer.account(request.account).ok_or(Refusal::UnknownAccount)?;
    // A suspended customer may be hotlined instead: `check` decides.
    if request.grants
        && let Some(refusal) = standing(&customer.head, account).filter(|r| *r != Refusal::CustomerSuspended)
    {
        return Err(refusal.into());
    }
    let now = work.now();
    let parts = session_parts::known_before(customer.sessions.get(&request.session), now);
    // At powers of two only, so that a customer with many sessions is not searched at every start.
    let count = customer.sessions.len();
    if count >= SWEEP_AT && count.is_power_of_two() {
        customer.sessions.retain(|_, s| s.is_remembered(now));
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
        answered: Answers::default(),
        dialing: None,
        parts,
        cost: Amount::ZERO,
    })
}

/// Everything that can refuse the whole step, looked at before anything is changed.
fn check(bench: &Bench<'_, '_, '_>, session: &Session, request: &SessionRequest) -> Result<(), Stop> {
    let too_many = || Refusal::TooMany("rating groups".to_owned());
    if request.units.len() > METERS_MOST {
        return Err(too_many().into());
    }
    let begins = request.grants && session.answered.is_empty();
    let hotlined = |report: &UnitReport| hotline::takes(bench, report, request.hotlines);
    if begins
        && let Some(refusal) = standing(bench.head, bench.account)
        && (request.units.is_empty() || !request.units.iter().all(hotlined))
    {
        return Err(refusal.into());
    }
    let (mut more, mut meters) = (Amount::ZERO, session.meters.len());
    for report in &request.units {
        // A meter may be reported twice: each report is looked at with all the use of its meter.
        let uses = request.units.iter().filter(|other| same_unit(other, report)).map(|other| other.used);
        let (locked, after) = match session.meters.iter().rfind(|m| same_meter(m, report)) {
            Some(meter) => {
                meters += usize::from(request.grants && moves(meter, report, goes_on(request, report)));
                (meter.reserved, bench.cost_after(meter, uses)?)
            }
            None => match bench.open(report) {
                Ok((meter, _)) => {
                    meters += 1;
                    // Beside others only this one is refused (`capped`): free services stay usable.
                    if begins
                        && request.units.len() == 1
                        && let Err(refusal) = bench.may_begin(&meter)?
                        && !hotlined(report)
                    {
                        return Err(refusal.into());
                    }
                    (Amount::ZERO, bench.cost_after(&meter, uses)?)
                }
                Err(_) => continue,
            },
        };
        more = more.plus(after.saturating_minus(locked).max(Amount::ZERO))?;
    }
    if meters > METERS_MOST {
        return Err(too_many().into());
    }
    bearable(bench.head, Some(bench.account), more)?;
    Ok(())
}

/// Two reports about one meter.
fn same_unit(one: &UnitReport, other: &UnitReport) -> bool {
    one.rating_group == other.rating_group
        && one.service_identifier == other.service_identifier
        && one.service == other.service
}

pub(crate) fn same_meter(meter: &Meter, report: &UnitReport) -> bool {
    meter.rating_group == report.rating_group
        && meter.service_identifier == report.service_identifier
        && meter.service == report.service
}

fn run(
    bench: &mut Bench<'_, '_, '_>,
    session: &mut Session,
    request: &SessionRequest,
) -> Result<SessionReply, Stop> {
    let refusal = standing(bench.head, bench.account);
    let units = count_then_grant(bench, session, request, refusal.as_ref())?;
    let first = session.answered.is_empty();
    if !request.details.is_empty() && request.details != session.details {
        session.details = request.details.clone();
        bench.work.effects.changes.session(&session.key);
    }
    if first {
        let refused = if request.grants { refused_whole(&units) } else { None };
        if refused.is_some() && session.meters.iter().all(|m| m.used == 0) {
            return Ok(SessionReply { refusal: refused, units, told: None });
        }
        bench.work.event(bench.head, EventKind::SessionStarted, Some(bench.account.id), session.key.shown());
        if refused.is_some() {
            // Nothing may follow, but use that came with the first request is charged.
            close(bench, session)?;
            return Ok(SessionReply { refusal: refused, units, told: None });
        }
    }
    if request.step == Step::Stop {
        close(bench, session)?;
    }
    let goes_on = units.iter().any(|unit| matches!(unit.outcome, UnitOutcome::Hotlined { .. }));
    let refusal = refusal.filter(|_| request.grants && request.step == Step::Update && !goes_on);
    Ok(SessionReply { refusal, units, told: None })
}

/// The reason when every reported unit was refused.
fn refused_whole(units: &[UnitReply]) -> Option<Refusal> {
    let mut reasons = units.iter().map(|unit| match &unit.outcome {
        UnitOutcome::Refused(refusal) => Some(refusal),
        _ => None,
    });
    let first = reasons.next()??;
    reasons.all(|reason| reason.is_some()).then(|| first.clone())
}

/// Counts all use, then grants: what one rating group has used too much is not granted to another.
fn count_then_grant(
    bench: &mut Bench<'_, '_, '_>,
    session: &mut Session,
    request: &SessionRequest,
    refusal: Option<&Refusal>,
) -> Result<UnitReplies, Stop> {
    let mut counted = SmallVec::<[_; 4]>::new();
    for report in &request.units {
        counted.push(count(bench, session, request, report)?);
    }
    let grants = request.grants && request.step != Step::Stop;
    let mut units = UnitReplies::with_capacity(request.units.len());
    for (position, (report, counted)) in request.units.iter().zip(counted).enumerate() {
        // A meter that is asked for twice is granted once, at the last wish.
        let mut later = request.units.iter().skip(position + 1);
        let asked_later = later.any(|other| same_unit(other, report) && other.asked != Asked::Nothing);
        let outcome = match (counted, refusal) {
            (Err(refusal), _) => UnitOutcome::Refused(refusal),
            (Ok(_), _) if !grants || asked_later => UnitOutcome::Noted,
            (Ok(_), _) if report.asked == Asked::Nothing => {
                hotline::after_use(bench, session, report, refusal)
            }
            (Ok(_), Some(refusal)) => UnitOutcome::Refused(refusal.clone()),
            (Ok((meter, runs)), None) => match capped(bench, session, (meter, runs))? {
                Some(refusal) => UnitOutcome::Refused(refusal),
                None => match session.meters.get_mut(meter) {
                    Some(meter) => bench.grant(meter, report.asked)?,
                    None => UnitOutcome::Noted,
                },
            },
        };
        let outcome = match outcome {
            UnitOutcome::Refused(refusal) if grants => {
                hotline::instead(bench, session, report, (request.hotlines, refusal))
            }
            outcome => outcome,
        };
        let (rating_group, service_identifier) = (report.rating_group, report.service_identifier);
        units.push(UnitReply { rating_group, service_identifier, outcome });
    }
    Ok(units)
}

/// The day's spending cap keeps what costs money from beginning, whenever it is asked for; what `runs` goes on.
fn capped(
    bench: &Bench<'_, '_, '_>,
    session: &Session,
    (meter, runs): (usize, bool),
) -> Result<Option<Refusal>, Stop> {
    if runs || !bench.is_capped() {
        return Ok(None);
    }
    let meter = session.meters.get(meter);
    Ok(meter.map(|meter| bench.may_begin(meter)).transpose()?.and_then(Result::err))
}

/// Counts the use of one reported rating group in its meter, which is opened when it is the first; the meter's position, and whether it
/// ran before: something was used or granted.
fn count(
    bench: &mut Bench<'_, '_, '_>,
    session: &mut Session,
    request: &SessionRequest,
    report: &UnitReport,
) -> Result<Result<(usize, bool), Refusal>, Stop> {
    let position = match session.meters.iter().rposition(|m| same_meter(m, report)) {
        Some(position) => position,
        None => {
            if session.dialing.is_none() {
                session.dialing = bench.dialler(report.service).answers();
            }
            bench.work.effects.changes.session(bench.session);
            match bench.open(report) {
                Ok((meter, dialled)) => begin_meter(session, request.request, meter, dialled),
                Err(refusal) => return Ok(Err(refusal)),
            }
        }
    };
    let mut runs = false;
    // Whoever only counts is never refused: the use of one that has moved too often is counted where it was last.
    let has_room = request.grants || session.meters.len() < METERS_MOST;
    if let Some(meter) = session.meters.get_mut(position) {
        let (granted, used) = (meter.granted > 0, meter.used > 0);
        bench.count(meter, report.used)?;
        // What comes next is used elsewhere, at another price: it has a meter of its own.
        let elsewhere = has_room && moves(meter, report, goes_on(request, report));
        // What was only used at the portal does not run.
        runs = granted || used && !(request.grants && hotline::was_only_there(session, report));
        if elsewhere {
            bench.work.effects.changes.session(bench.session);
            let opened = bench.open(report);
            let begin = |(meter, dialled)| (begin_meter(session, request.request, meter, dialled), runs);
            return Ok(opened.map(begin));
        }
    }
    Ok(Ok((position, runs)))
}

/// Whether more use may follow a report: credit control asks for it, and whoever only counts has not stopped.
fn goes_on(request: &SessionRequest, report: &UnitReport) -> bool {
    report.asked != Asked::Nothing || !request.grants && request.step != Step::Stop
}

/// Puts a new meter into its session; its position.
fn begin_meter(session: &mut Session, request: u64, meter: Meter, dialled: Option<Box<Dialled>>) -> usize {
    let position = session.meters.len();
    if let Some(dialled) = dialled {
        let called = CalledNumber {
            meter: u16::try_from(position).unwrap_or(u16::MAX),
            request,
            number: meter.destination.as_str().into(),
            dialled: *dialled,
        };
        session.dialing.get_or_insert_default().numbers.push(called);
    }
    session.meters.push(meter);
    position
}

/// Ends a session: every meter that was used becomes an xDR.
fn close(bench: &mut Bench<'_, '_, '_>, session: &mut Session) -> Result<(), Stop> {
    let now = bench.work.now();
    let any_used = session.meters.iter().any(|meter| meter.used > 0);
    for (position, meter) in std::mem::take(&mut session.meters).into_iter().enumerate() {
        let drawn = meter.drawn();
        // One record tells of a session that used nothing; others of nothing, as of a service that was refused, tell nothing.
        let tells = meter.used > 0 || position == 0 && !any_used;
        let Some(xdr) = bench.close((position, meter), session, tells)? else { continue };
        session.cost = session.cost.saturating_plus(xdr.amount).saturating_plus(drawn);
        bench.work.effects.xdrs.push(xdr);
    }
    session.closed_at = Some(now);
    bench.work.effects.changes.session(&session.key);
    bench.work.event(bench.head, EventKind::SessionEnded, Some(bench.account.id), session.key.shown());
    Ok(())
}

/// Remembers the answer. Unless a step changed more of the session, only its counts are written.
fn keep(work: &mut Work<'_>, session: &mut Session, request: &SessionRequest, reply: &Reply) {
    let now = work.now();
    session.last_at = now;
    session.expires_at = now.plus(Seconds(u64::from(request.silence)));
    session.answered.keep(request.request, reply);
    work.effects.changes.counted = work.effects.changes.sessions.is_empty();
}

/// Ends an open session because staff want it. What the network reports of it later meets an ended session.
pub(crate) fn end(work: &mut Work<'_>, customer: &mut Customer, key: &SessionKey) -> Decision {
    let session = customer.sessions.get(key).ok_or(Refusal::UnknownSession)?;
    if session.closed_at.is_some() {
        return Err(Refusal::SessionEnded.into());
    }
    end_session(work, customer, key)?;
    Ok(Reply::Done(None))
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

/// Ends an open session whatever its state (by hand, silence, termination of the account).
pub(crate) fn end_session(
    work: &mut Work<'_>,
    customer: &mut Customer,
    key: &SessionKey,
) -> Result<(), Stop> {
    let Customer { head, accounts, sessions, .. } = customer;
    let Some(session) = sessions.get_mut(key) else { return Ok(()) };
    if let Some(account) = account_mut(accounts, session.account) {
        let (node, holdings) = (std::mem::take(&mut session.node), Holdings::default());
        let at = work.now();
        let mut bench = Bench { work, head, account, holdings: &holdings, node: &node, at, session: key };
        close(&mut bench, session).map_err(broken)?;
        session.node = node;
    }
    work.effects.changes.session(key);
    Ok(())
}
