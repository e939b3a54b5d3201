//! Clients follow the books: when a commit changes what a running session may do, its client is told to ask anew (RAR, RFC 8506 5.5) or
//! to end the session (ASR, RFC 6733 8.5).
//!
//! A client asks by itself when its quota ends, so the ends of funds and quotas that its own requests cause are no news to it. It is
//! told of what it cannot know: another product, policy or add-on, a block, a suspension, a session ended by hand, and money or units
//! that are there again for a session that was refused them or has its last ones.
//!
//! Bounded: customers in work, sessions remembered, repetitions. Must not know: balances, protocols but this one.

mod worker;

use charging::{Customer, CustomerId, EventKind, Reply, Session, SessionKey, SessionReply, UnitOutcome};
use engine::{Concern, Waiting, Why};
use std::sync::Arc;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::door::Door;
use crate::profile::PeerProfile;
use calendar::{Instant as Moment, Seconds};
use diameter::server_request::ServerCommand;

/// A session that was ended here is told to its client for so long.
const ENDED_TOLD: Seconds = Seconds(3_600);

/// Listens to the engine and starts the worker in the current tokio runtime.
pub(crate) fn start(door: &Arc<Door>, stop: watch::Receiver<bool>) -> JoinHandle<()> {
    let waiting = Arc::<Waiting>::default();
    let theirs = waiting.clone();
    door.engine.on_news(move |news| {
        let told = news.iter().filter_map(|one| Some((one.customer, why(one.kind, one.concern)?)));
        told.for_each(|(customer, why)| theirs.add(customer, why));
    });
    tokio::spawn(worker::Worker::new(door.clone(), waiting).run(stop))
}

/// Nothing for what clients find out by themselves.
const fn why(kind: EventKind, concern: Concern) -> Option<Why> {
    use EventKind as E;
    match kind {
        E::FundsExhausted | E::AccountFundsExhausted | E::QuotaExhausted => None,
        _ => Some(Why { policy: matches!(concern, Concern::Policy) }),
    }
}

/// How a running session stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// It may go on.
    Good,
    /// It was refused something, or has its last units: money or units that are there again matter to it.
    Starved,
    /// The customer is suspended: the next answer says what he may still do.
    Suspended,
    /// Nothing may be used: blocked or terminated.
    Barred,
    /// Ended here, and the client does not know.
    Ended,
}

/// A session, as far as it matters here.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Seen {
    key: SessionKey,
    customer: CustomerId,
    account: charging::AccountId,
    node: Box<str>,
    host: Box<str>,
    realm: Box<str>,
    standing: Standing,
}

/// The requests to try, in order.
fn commands(profile: &PeerProfile, (standing, is_part): (Standing, bool), why: Why) -> Vec<ServerCommand> {
    use ServerCommand::{Abort, ReAuth};
    let wanted: &[ServerCommand] = match standing {
        // An ASR would end the other sub-sessions, too; the Update that follows hears 5002.
        Standing::Ended if is_part => &[ReAuth],
        Standing::Ended => &[Abort],
        Standing::Barred => &[Abort, ReAuth],
        Standing::Suspended => &[ReAuth, Abort],
        Standing::Starved => &[ReAuth],
        Standing::Good if why.policy => &[ReAuth],
        Standing::Good => &[],
    };
    let does = |command: &ServerCommand| match command {
        ReAuth => profile.reauthorize,
        Abort => profile.abort,
    };
    wanted.iter().copied().filter(does).collect()
}

/// The Diameter sessions of a customer that run, and those that were ended here lately.
fn sessions(found: Option<&Customer>, now: Moment) -> Vec<Seen> {
    let Some(customer) = found else { return Vec::new() };
    customer.sessions.values().filter_map(|session| seen(customer, session, now)).collect()
}

fn seen(customer: &Customer, session: &Session, now: Moment) -> Option<Seen> {
    let id = std::str::from_utf8(session.key.as_bytes().strip_prefix(b"D")?).ok()?;
    let standing = match session.closed_at {
        None => standing(customer, session),
        // The client's own last request ends a session at its time; anything else ends it later.
        Some(at) if at > session.last_at && at.plus(ENDED_TOLD) > now => Standing::Ended,
        Some(_) => return None,
    };
    let (host, realm) = client(&session.details).unwrap_or_else(|| from_session_id(id));
    Some(Seen {
        key: session.key.clone(),
        customer: customer.head.id,
        account: session.account,
        node: session.node.clone(),
        host: host.into(),
        realm: realm.into(),
        standing,
    })
}

fn standing(customer: &Customer, session: &Session) -> Standing {
    let account = customer.account(session.account);
    if account.is_none_or(|account| account.blocked || account.terminated_at.is_some()) {
        return Standing::Barred;
    }
    match customer.head.status() {
        charging::CustomerStatus::Active if is_starved(session) => Standing::Starved,
        charging::CustomerStatus::Active => Standing::Good,
        charging::CustomerStatus::Suspended => Standing::Suspended,
        _ => Standing::Barred,
    }
}

/// The last answer refused everything, or a rating group was refused or hotlined, or has its last units.
fn is_starved(session: &Session) -> bool {
    let last = session.answered.last();
    let is_refused = matches!(last, Some(Reply::Session(SessionReply { refusal: Some(_), .. })));
    let is_last = |outcome: &UnitOutcome| match outcome {
        UnitOutcome::Noted => false,
        UnitOutcome::Granted { last, .. } => last.is_some(),
        UnitOutcome::Refused(_) | UnitOutcome::Hotlined { .. } => true,
    };
    is_refused || session.said_last().iter().any(|unit| is_last(&unit.outcome))
}

/// Between the words of a session's details and where its client is.
const AT: &str = " at ";

/// Between a client's realm and the Origin-State-Id under which its session began.
const STATE: &str = ", state ";

/// Writes where a client is behind a session's details, from where it is read when the client is to be told something, and its
/// Origin-State-Id, where it told one.
pub(crate) fn note_client(details: &mut String, (host, realm): (&str, &str), state: Option<u32>) {
    details.push_str(if details.is_empty() { AT.trim_start() } else { AT });
    details.push_str(host);
    details.push_str(" (");
    details.push_str(realm);
    if let Some(state) = state {
        details.push_str(STATE);
        details.push_str(&state.to_string());
    }
    details.push(')');
}

/// Origin-Host and Origin-Realm of the client.
fn client(details: &str) -> Option<(&str, &str)> {
    noted_client(details).map(|(host, realm, _)| (host, realm))
}

/// Origin-Host of the client, and its Origin-State-Id when the session began; nothing where it told none.
pub(crate) fn began_under(details: &str) -> Option<(&str, u32)> {
    noted_client(details).and_then(|(host, _, state)| Some((host, state?)))
}

fn noted_client(details: &str) -> Option<(&str, &str, Option<u32>)> {
    let at = AT.trim_start();
    let rest = match details.rsplit_once(AT) {
        Some((_, rest)) => rest,
        None => details.strip_prefix(at)?,
    };
    let (host, realm) = rest.strip_suffix(')')?.split_once(" (")?;
    let state = realm.rsplit_once(STATE).and_then(|(realm, state)| Some((realm, state.parse().ok()?)));
    let (realm, state) = state.map_or((realm, None), |(realm, state)| (realm, Some(state)));
    (!host.is_empty() && !realm.is_empty()).then_some((host, realm, state))
}

/// A Session-Id begins with its client's identity (RFC 6733 8.8), whose realm is usually what follows its first label.
fn from_session_id(id: &str) -> (&str, &str) {
    let host = id.split(';').next().unwrap_or(id);
    (host, host.split_once('.').map_or(host, |(_, realm)| realm))
}

#[cfg(test)]
mod tests;
