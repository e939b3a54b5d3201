//! An Accounting-Request as a session step, counted in octets or, for a service sold by time, in seconds. RADIUS counts from the
//! beginning of the session, so a report that was lost is made good by
//! the next, and one that comes twice adds nothing. The reply leaves when the engine has made the step durable (RFC 2866 4.2).

use crate::class::Handle;
use crate::finished::{Pending, Verdict};
use crate::forward::Binding;
use crate::later_reports::Running;
use crate::port::Port;
use crate::profile::{CountedIn, UseOf};
use crate::sub_session::SubSession;
use crate::{Discard, Effort, Found, Lookup, Profile, session_facts};
use calendar::{Instant, Seconds};
use catalog::{ServiceId, Unit};
use charging::{
    AS_BEFORE, Asked, Command, CustomerId, Envelope, PartEnd, Reply, RowId, SessionKey, SessionRequest, Step,
    UnitReport, Used,
};
use engine::Answer;
use md5::{Digest, Md5};
use radius::{AccountingReport, AccountingStatus, Packet, PacketError, number};
use std::sync::Arc;

/// A node's own time is believed when it is at most this old: clocks of devices start in 1970.
const EVENT_OLDEST: Seconds = Seconds(30 * 24 * 3_600);
/// Where use is the time between reports, a node's own clock is believed when it is at most this far from ours: it may be set meanwhile.
const CLOCK_TOLERANCE: Seconds = Seconds(5 * 60);
/// Reports without any time of their own are the same request for so long.
const TIMELESS_SECONDS: i64 = 30;
/// Identifier shown for a session that only its Class names.
const BY_CLASS: &str = "class";
/// ...that only its Chargeable-User-Identity names.
const BY_IDENTITY: &str = "cui";

/// Whose session it is.
struct Owner {
    found: Found,
    identifier: Box<str>,
    /// Let in to see the portal only: nothing is charged.
    hotlined: bool,
}

/// A session step, ready for charging, and what follows it. Nothing of the packet is in it any more.
struct Ready {
    customer: CustomerId,
    session: SessionRequest,
    /// The session as memory has it, where charging knows it, and as it is with this report.
    begun: (Option<Running>, Running),
    /// The first report since our start of a session that began before, as far as it tells.
    found: bool,
    /// A call that is heard of for the first time.
    is_call: bool,
    binding: Option<Binding>,
}

/// Why a report is no session step now.
enum Otherwise {
    /// It gets no answer.
    Discard(Discard),
    /// Memory doesn't tell whose it is.
    NotNow,
    /// The node has started or is about to stop, and has been trying to say so for this long.
    Restart(Seconds),
    /// Links of tunnels, failed attempts and parts of what others report cost nothing and need no record.
    NotCharged,
}

impl From<Discard> for Otherwise {
    fn from(discard: Discard) -> Self {
        Self::Discard(discard)
    }
}

/// Works on a report as far as `effort` goes; gives it back when it must be tried with more.
pub(crate) fn begin(port: &Arc<Port>, pending: Pending, effort: Effort) -> Result<(), Pending> {
    let verdict = match read(port, &pending, effort) {
        Ok(_) if port.shared.echo => Verdict::Recorded,
        Ok(ready) => {
            submit(port, pending, ready);
            return Ok(());
        }
        Err(Otherwise::Restart(delay)) => {
            let before = port.shared.engine.clock().now().minus(delay);
            port.node_restarted(pending, before);
            return Ok(());
        }
        Err(Otherwise::NotNow) if effort == Effort::Memory => return Err(pending),
        Err(Otherwise::NotNow) => Verdict::Discard(Discard::NoDirectory),
        Err(Otherwise::NotCharged) => Verdict::Recorded,
        Err(Otherwise::Discard(discard)) => Verdict::Discard(discard),
    };
    port.finished.push(pending, verdict);
    Ok(())
}

fn read(port: &Port, pending: &Pending, effort: Effort) -> Result<Ready, Otherwise> {
    let packet = Packet::decode(&pending.datagram).map_err(Discard::Malformed)?;
    let report = AccountingReport::read(&packet).map_err(Discard::Malformed)?;
    let step = match report.status {
        AccountingStatus::Start => Step::Start,
        AccountingStatus::Interim => Step::Update,
        AccountingStatus::Stop => Step::Stop,
        AccountingStatus::On | AccountingStatus::Off => {
            return Err(Otherwise::Restart(Seconds(u64::from(report.delay_time))));
        }
        AccountingStatus::Other(_) => return Err(Otherwise::NotCharged),
    };
    let part = pending.node.profile.not_charged_with.as_ref();
    if part.is_some_and(|attribute| attribute.read(&packet).is_some()) {
        return Err(Otherwise::NotCharged);
    }
    step_of(port, pending, (&packet, &report), step, effort)
}

/// The session step of a report: whose session it is, and what was used.
fn step_of(
    port: &Port,
    pending: &Pending,
    (packet, report): (&Packet<'_>, &AccountingReport<'_>),
    step: Step,
    effort: Effort,
) -> Result<Ready, Otherwise> {
    let later = step != Step::Start;
    let use_of = port.shared.use_of(&pending.node, packet, later);
    let (key, known) = known_session(port, pending, (packet, report), later);
    let is_older = later && known.is_none() && may_be_older(port, report);
    if use_of.is_none() && known.is_none() && !is_older {
        return Err(Otherwise::NotCharged);
    }
    let at_start = match known {
        _ if !pending.node.profile.owner_from_start => Lookup::Unknown,
        Some(known) => Lookup::Found(known),
        None if !is_older => Lookup::Unknown,
        None if effort == Effort::Memory => Lookup::NotNow,
        None => port.shared.running_at(&pending.node.name, &key),
    };
    let owner = match at_start {
        Lookup::Found(running) => Lookup::Found(Owner::at_start(running.found, report)),
        Lookup::Unknown => owner(port, pending, packet, report, effort)?,
        Lookup::NotNow => Lookup::NotNow,
    };
    let owner = match owner {
        Lookup::Found(owner) => owner,
        Lookup::Unknown if use_of.is_none() => return Err(Otherwise::NotCharged),
        Lookup::Unknown => return Err(Discard::UnknownSubscriber.into()),
        Lookup::NotNow => return Err(Otherwise::NotNow),
    };
    let (use_of, service) = match use_of {
        Some(use_of) => (use_of, None),
        None => match known {
            Some(known) => (UseOf::as_before(pending.node.profile.service()), known.service),
            None if effort == Effort::Memory => return Err(Otherwise::NotNow),
            None => match port.shared.running_of(owner.found.customer, &key) {
                Lookup::Found(it) => (UseOf::as_before(pending.node.profile.service()), it.service),
                Lookup::Unknown => return Err(Otherwise::NotCharged),
                Lookup::NotNow => return Err(Otherwise::NotNow),
            },
        },
    };
    Ok(ready(port, pending, (packet, report), (step, use_of, service), (owner, key))?)
}

/// Whether a session that memory does not know may have begun before our start.
fn may_be_older(port: &Port, report: &AccountingReport<'_>) -> bool {
    let (_, event_at) = times(port.shared.engine.clock().now(), report, false);
    report.session_time.is_none_or(|time| event_at.minus(Seconds(time.into())) < port.shared.began)
}

impl Owner {
    /// The one of the session's start, whoever a later report names.
    fn at_start(found: Found, report: &AccountingReport<'_>) -> Self {
        let identifier = report.user_name.as_deref().unwrap_or_default().into();
        Self { found, identifier, hotlined: false }
    }
}

/// The kind of a report, for the counter.
pub(crate) fn kind(packet: &Packet<'_>) -> &'static str {
    match packet.integer(number::ACCT_STATUS_TYPE).ok().flatten().map(AccountingStatus::from) {
        Some(AccountingStatus::Start) => "start",
        Some(AccountingStatus::Interim) => "interim",
        Some(AccountingStatus::Stop) => "stop",
        Some(AccountingStatus::On) => "on",
        Some(AccountingStatus::Off) => "off",
        Some(AccountingStatus::Other(_)) | None => "other",
    }
}

fn owner(
    port: &Port,
    pending: &Pending,
    packet: &Packet<'_>,
    report: &AccountingReport<'_>,
    effort: Effort,
) -> Result<Lookup<Owner>, Discard> {
    let secret = pending.node.secret.octets();
    let handle = packet.all(number::CLASS).find_map(|class| Handle::read(class, secret));
    if let Some((handle, customer)) = handle.and_then(|handle| Some((handle, handle.account.customer()?))) {
        let named = report.user_name.as_deref().or(report.calling_station.as_deref());
        return Ok(Lookup::Found(Owner {
            found: Found { customer, account: handle.account },
            identifier: named.unwrap_or(BY_CLASS).into(),
            hotlined: handle.hotlined,
        }));
    }
    let named = port
        .shared
        .identities
        .account(packet, &pending.node.name)
        .and_then(|account| Some((account, account.customer()?)));
    if let Some((account, customer)) = named {
        let found = Found { customer, account };
        let identifier = report.user_name.as_deref().unwrap_or(BY_IDENTITY).into();
        return Ok(Lookup::Found(Owner { found, identifier, hotlined: false }));
    }
    Ok(match port.shared.identify(&pending.node, packet, effort)? {
        Lookup::Found(identified) => Lookup::Found(Owner {
            found: identified.found,
            identifier: identified.identifier.into(),
            hotlined: false,
        }),
        Lookup::Unknown => Lookup::Unknown,
        Lookup::NotNow => Lookup::NotNow,
    })
}

/// Octets in both directions since the session began.
fn octets(profile: &Profile, packet: &Packet<'_>, report: &AccountingReport<'_>) -> u64 {
    let extra = profile.extra_counters.iter().map(|counter| counter.read(packet));
    let own = report.input_octets.saturating_add(report.output_octets);
    let own = own.saturating_mul(profile.counted_in.octets());
    let counted = [number::ACCT_INPUT_OCTETS, number::ACCT_OUTPUT_OCTETS];
    let queues = if counted.iter().any(|number| packet.first(*number).is_some()) {
        0
    } else {
        let values = profile.queue_counters.iter().flat_map(|counter| counter.of_vendor(packet));
        values.filter_map(|value| Some(u64::from_be_bytes(*value.last_chunk()?))).fold(0, u64::saturating_add)
    };
    extra.fold(own.saturating_add(queues), u64::saturating_add)
}

/// What was used, as the core is told.
fn used(
    profile: &Profile,
    report: &AccountingReport<'_>,
    (step, octets, unit): (Step, u64, Unit),
    sub_session: Option<&SubSession>,
) -> Used {
    let timed = unit == Unit::Second;
    let total = if timed { report.session_time.map_or(0, u64::from) } else { octets };
    // A Start has counted nothing yet: when it comes late, nothing has wrapped.
    let wraps = profile.wrapping_counters
        && profile.counted_in == CountedIn::Octets
        && !report.has_gigawords
        && step != Step::Start
        && !timed;
    match sub_session {
        Some(SubSession { part, end, .. }) => Used::Part { part: *part, total, end: *end },
        None if timed && report.session_time.is_none() => Used::Elapsed,
        None if wraps => {
            let elapsed = report.session_time.map(|seconds| Seconds(u64::from(seconds)));
            Used::Wrapped { units: total, elapsed }
        }
        None => Used::Total(total),
    }
}

fn ready(
    port: &Port,
    pending: &Pending,
    (packet, report): (&Packet<'_>, &AccountingReport<'_>),
    (step, use_of, before): (Step, UseOf<'_>, Option<ServiceId>),
    (owner, key): (Owner, SessionKey),
) -> Result<Ready, Discard> {
    let (engine, profile) = (&port.shared.engine, &pending.node.profile);
    let sub_session = SubSession::read(pending, packet, report, step);
    let key = sub_session.as_ref().map_or(key, |sub_session| sub_session.whole(owner.found.account));
    let known = port.shared.begun.get(&key);
    // What the report leaves to the use so far is counted in its unit, too.
    let left_open = known.filter(|_| use_of.access_code.starts_with(AS_BEFORE));
    let before = before.or_else(|| left_open?.service);
    let catalog = engine.catalog();
    let service = before.map_or_else(|| catalog.service(use_of.service), |id| catalog.service_by_id(id));
    let service = service.map(|service| (service.id, service.unit));
    let (service, counted_in) = service.ok_or_else(|| Discard::UnknownService(use_of.service.into()))?;
    let octets = octets(profile, packet, report);
    let is_timeless = counted_in == Unit::Second && report.session_time.is_none();
    if is_timeless && sub_session.is_some() && step != Step::Start && !owner.hotlined {
        // Its time is not that of the whole session.
        return Err(Discard::Malformed(PacketError::Missing { attribute: number::ACCT_SESSION_TIME }));
    }
    let (now, event_at) = times(engine.clock().now(), report, is_timeless);
    let used = used(profile, report, (step, octets, counted_in), sub_session.as_ref());
    let is_call =
        known.is_none() && step != Step::Stop && counted_in == Unit::Second && !use_of.destination.is_empty();
    let unit = UnitReport {
        rating_group: None,
        service_identifier: None,
        service,
        access_code: use_of.access_code.into(),
        destination: use_of.destination.into(),
        used,
        asked: Asked::Nothing,
    };
    // Another sub-session follows: the whole goes on.
    let goes_on = sub_session.as_ref().is_some_and(|sub_session| sub_session.end == PartEnd::Continues);
    let step = if goes_on { Step::Update } else { step };
    let part = sub_session.map_or(0, |sub_session| sub_session.part);
    let session = SessionRequest {
        session: key,
        account: owner.found.account,
        identifier: owner.identifier,
        node: pending.node.name.clone(),
        request: request_name(report, octets, now) ^ part,
        step,
        event_at: if known.is_some() { event_at } else { began_at(report, step, event_at) },
        units: if owner.hotlined { Vec::new() } else { vec![unit] },
        grants: false,
        silence: profile.silence(),
        details: session_facts::describe(profile, packet, report, (&use_of.network, owner.hotlined)),
        hotlines: false,
    };
    let customer = owner.found.customer;
    let binding = binding(port, pending, report, (customer, &session));
    let is_older = report.session_time.is_none() || session.event_at < port.shared.began;
    let found = known.is_none() && step == Step::Update && is_older;
    let begun = (known, Running { found: owner.found, service: Some(service) });
    Ok(Ready { customer, session, begun, found, is_call, binding })
}

fn submit(port: &Arc<Port>, pending: Pending, ready: Ready) {
    let Ready { customer, session, begun, found, is_call, binding } = ready;
    let key = session.session.clone();
    let (command, theirs) = (Command::Session(session), port.clone());
    let answer = Answer::new(move |outcome| {
        let shared = &theirs.shared;
        if matches!(outcome, Ok(Reply::Session(_))) {
            if let Some(binding) = &binding {
                shared.forwarder.tell(&*shared.nodes, || binding.clone());
            }
            shared.enforcement.heard(customer, &key);
            if begun.0 != Some(begun.1) {
                shared.begun.keep(key, begun.1);
            }
            if found {
                shared.enforcement.found(customer);
            }
            if is_call {
                shared.enforcement.call_began(customer);
            }
        }
        theirs.finished.push(pending, Verdict::Report(outcome));
    });
    port.shared.engine.submit_one_of_many(Envelope { customer, key: None, command }, answer);
}

/// What others are told of the session, where somebody is to be told.
fn binding(
    port: &Port,
    pending: &Pending,
    report: &AccountingReport<'_>,
    (customer, session): (CustomerId, &SessionRequest),
) -> Option<Binding> {
    (!port.shared.nodes.accounting_targets().is_empty()).then(|| Binding {
        session: session.session.clone(),
        session_id: report.session_id.to_string(),
        user: report.user_name.as_deref().unwrap_or(&session.identifier).to_owned(),
        node: pending.node.name.clone(),
        owner: (customer, session.account),
        address: report.framed_ipv4,
        over: session.step == Step::Stop,
        at: session.event_at,
        from_session: false,
        policy: None,
    })
}

/// The name of a report's session and, for a later report, what memory knows of it.
fn known_session(
    port: &Port,
    pending: &Pending,
    (packet, report): (&Packet<'_>, &AccountingReport<'_>),
    later: bool,
) -> (SessionKey, Option<Running>) {
    let told = pending.node.profile.session_id_with.iter().filter_map(|name| name.read(packet));
    let mut told: Vec<&[u8]> = told.filter(|value| !value.is_empty()).collect();
    let is_whole = told.len() == pending.node.profile.session_id_with.len();
    told.sort_unstable();
    let key = session_key(pending, report, if is_whole { &told } else { &[] });
    let begun = |key: &SessionKey| port.shared.begun.get(key).filter(|_| later);
    let known = begun(&key);
    // Its start may not have told all of it.
    if later && is_whole && !told.is_empty() && known.is_none() {
        let plain = session_key(pending, report, &[]);
        if let Some(known) = begun(&plain) {
            return (plain, Some(known));
        }
    }
    (key, known)
}

/// Acct-Session-Id, and behind it what else tells the device's sessions apart. Stored, so it must stay as it is.
fn session_key(pending: &Pending, report: &AccountingReport<'_>, told: &[&[u8]]) -> SessionKey {
    let scope = pending.node.session_scope(pending.peer().ip().to_canonical());
    SessionKey::radius(&scope, &[&[report.session_id.as_bytes()], told].concat().join(&0))
}

/// Now, and when it happened: what the node says if it is credible, else now. Where the time between reports `is_use` its clock must be
/// about right, else what counts is when it sent the report.
fn times(now: Instant, report: &AccountingReport<'_>, is_use: bool) -> (Instant, Instant) {
    let arrival = u64::try_from(now.as_micros()).unwrap_or(0);
    let said = i64::try_from(report.event_time(arrival)).map_or(now, Instant::from_micros);
    let credible = |at: Instant| at <= now && at >= now.minus(EVENT_OLDEST);
    if is_use {
        let sent =
            Some(now.minus(Seconds(report.delay_time.into()))).filter(|at| credible(*at)).unwrap_or(now);
        let near = said <= now && said.plus(CLOCK_TOLERANCE) >= sent && said <= sent.plus(CLOCK_TOLERANCE);
        return (now, if near { said } else { sent });
    }
    (now, if credible(said) { said } else { now })
}

/// When the session began, for the first report of it that is known here: where that isn't the Start, the session time tells. All
/// later ones say when it was used, which decides the price. After a restart of ours one report of a session that charging knows
/// comes as a first one: its use has the price of the report before, and the next one goes on from there.
fn began_at(report: &AccountingReport<'_>, step: Step, event_at: Instant) -> Instant {
    match (step, report.session_time) {
        (Step::Update | Step::Stop, Some(seconds)) => event_at.minus(Seconds(u64::from(seconds))),
        _ => event_at,
    }
}

/// The request's own name: equal for a report and its repeats with another Identifier and Acct-Delay-Time (RFC 2866 4.1), different for
/// every new one. It is stored with the session, so it must stay as it is: MD5 over kind, counters and the node's own times.
fn request_name(report: &AccountingReport<'_>, octets: u64, now: Instant) -> u64 {
    let status: u8 = match report.status {
        AccountingStatus::Start => 1,
        AccountingStatus::Stop => 2,
        _ => 3,
    };
    // Without a time of its own a report is told from the next one by when it happened, roughly: a repeat that is taken for new does no
    // harm, since counters are totals; a new one that is taken for a repeat would let the session go silent.
    let timeless = report.event_timestamp.is_none() && report.session_time.is_none();
    let roughly = now.unix_seconds().saturating_sub(i64::from(report.delay_time)) / TIMELESS_SECONDS;
    let mut digest = Md5::new();
    digest.update([status]);
    digest.update(octets.to_be_bytes());
    digest.update(report.input_packets.to_be_bytes());
    digest.update(report.output_packets.to_be_bytes());
    digest.update(report.event_timestamp.unwrap_or(0).to_be_bytes());
    digest.update(report.session_time.unwrap_or(0).to_be_bytes());
    digest.update(if timeless { roughly.to_be_bytes() } else { [0; 8] });
    let digest: [u8; 16] = digest.finalize().into();
    let [a, b, c, d, e, f, g, h, ..] = digest;
    u64::from_be_bytes([a, b, c, d, e, f, g, h])
}

/// The last step of a session whose node has restarted: no further use, and never the name of a real report.
pub(crate) fn last_step(
    customer: CustomerId,
    account: RowId,
    session: SessionKey,
    identifier: Box<str>,
    node: Box<str>,
    now: Instant,
) -> Envelope {
    let session = SessionRequest {
        session,
        account,
        identifier,
        node,
        request: u64::MAX,
        step: Step::Stop,
        event_at: now,
        units: Vec::new(),
        grants: false,
        silence: 0,
        details: "".into(),
        hotlines: false,
    };
    Envelope { customer, key: None, command: Command::Session(session) }
}
