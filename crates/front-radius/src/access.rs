//! An Access-Request: who is it, does the password match, and then the question to charging. The answer is made in `access_reply`.

use crate::credential::{self, Nonce, nonce_of};
use crate::eap::{Ask, Peer, Step, WRONG};
use crate::finished::{Pending, Verdict};
use crate::guess_limit::Place;
use crate::identify::Identified;
use crate::port::Port;
use crate::running_session::{Running, Sought};
use crate::{Discard, Effort, Lookup};
use calendar::Instant;
use charging::{Authorize, Command, Envelope};
use engine::Answer;
use radius::eap::EapAnswer;
use radius::{AccessRequest, Credential, Packet, number};
use std::sync::{Arc, OnceLock};

/// Service-Type Authorize-Only (RFC 5176 3.2).
const AUTHORIZE_ONLY: u32 = 17;

/// What the look-ups say about a log-in.
enum Proof {
    Good(Identified),
    /// The node has authenticated him before: good while a session of his runs there.
    Known(Identified),
    Bad(&'static str),
    Challenge {
        stale: bool,
    },
    Ask(Ask),
    NotNow,
    Nothing(Discard),
}

/// Works on a request as far as `effort` goes; gives it back when it must be tried with more.
pub(crate) fn begin(port: &Arc<Port>, pending: Pending, effort: Effort) -> Result<(), Pending> {
    let read = Packet::decode(&pending.datagram).and_then(|packet| {
        let request = AccessRequest::read(&packet, pending.node.secret.octets())?;
        Ok(proof(port, &pending, &packet, &request, effort))
    });
    let verdict = match read {
        Err(error) => Verdict::Discard(Discard::Malformed(error)),
        Ok(Proof::Bad(reason)) => Verdict::Reject(reason),
        Ok(Proof::Ask(ask)) => Verdict::Ask(ask),
        Ok(Proof::Challenge { stale }) => Verdict::Challenge { stale },
        Ok(Proof::Nothing(discard)) => Verdict::Discard(discard),
        Ok(Proof::NotNow) if effort == Effort::Memory => return Err(pending),
        Ok(Proof::NotNow) => Verdict::Discard(Discard::NoDirectory),
        Ok(Proof::Good(identified)) => {
            ask(port, pending, identified, false);
            return Ok(());
        }
        Ok(Proof::Known(identified)) => {
            ask(port, pending, identified, true);
            return Ok(());
        }
    };
    port.finished.push(pending, verdict);
    Ok(())
}

fn proof(
    port: &Port,
    pending: &Pending,
    packet: &Packet<'_>,
    request: &AccessRequest,
    effort: Effort,
) -> Proof {
    let (subscribers, guesses) = (&*port.shared.subscribers, &port.shared.guesses);
    let (now, place) = (port.shared.engine.clock().now(), place(pending, packet));
    if let Credential::Eap(eap) = &request.credential {
        match eap.answer {
            _ if pending.node.profile.eap.is_empty() => {
                return Proof::Bad("EAP is switched off for this node");
            }
            EapAnswer::Start => return Proof::Ask(Ask::identity()),
            _ => {}
        }
    }
    let is_eap = radius::eap::identifier(packet).is_some();
    let identified = match who(port, pending, packet, (is_eap, effort)) {
        Ok(identified) => identified,
        Err(proof) => return proof,
    };
    // Nothing is asked of who is known by his line. But no EAP ends well without a method.
    if !identified.check_password && !is_eap {
        return Proof::Good(identified);
    }
    if is_known_already(pending, packet, request) {
        return Proof::Known(identified);
    }
    match &request.credential {
        Credential::None => return Proof::Bad("no password in the request"),
        Credential::Unsupported(_) => return Proof::Bad("unsupported authentication method"),
        Credential::Digest(digest) => match nonce_of(digest, &pending.node, seconds(now)) {
            Nonce::Fresh => {}
            Nonce::Challenge { stale } => return Proof::Challenge { stale },
        },
        Credential::Pap(_) | Credential::Chap { .. } | Credential::MsChap(_) | Credential::Eap(_) => {}
    }
    if let Some(limited) = guesses.reached(&identified.identifier, place, now) {
        port.shared.metrics.guess_limited(limited.label());
        return Proof::Bad(limited.words());
    }
    let account = identified.found.account;
    let step = match subscribers.password(account, effort) {
        Lookup::Found(password) => {
            let (node, password) = (&*pending.node, password.as_slice());
            let peer = Peer { node, account, password, packet, now: seconds(now) };
            compared(port, request, &peer)
        }
        Lookup::Unknown => Step::Wrong("the account has no password"),
        Lookup::NotNow => return Proof::NotNow,
    };
    match step {
        Step::Ask(ask) => Proof::Ask(ask),
        Step::No(reason) => Proof::Bad(reason),
        Step::Wrong(reason) => {
            guesses.wrong(&identified.identifier, place, now);
            Proof::Bad(reason)
        }
        Step::Good(proof) => {
            guesses.right(&identified.identifier);
            Proof::Good(Identified { proof, ..identified })
        }
    }
}

/// Whose log-in it is; else what is to be said at once.
fn who(
    port: &Port,
    pending: &Pending,
    packet: &Packet<'_>,
    (is_eap, effort): (bool, Effort),
) -> Result<Identified, Proof> {
    let guesses = &port.shared.guesses;
    let (now, place) = (port.shared.engine.clock().now(), place(pending, packet));
    match port.shared.identify(&pending.node, packet, effort) {
        // EAP speaks of who is in User-Name: another's line or device says nothing of him.
        Ok(Lookup::Found(identified)) if is_eap && !identified.check_password && !identified.is_named => {
            guesses.stranger(place, now);
            Err(Proof::Bad("unknown user"))
        }
        Ok(Lookup::Found(identified)) => Ok(identified),
        Ok(Lookup::Unknown) => {
            guesses.stranger(place, now);
            Err(Proof::Bad("unknown user"))
        }
        // Names can be invented without end: from a place that has sent too many, none is looked for in the database.
        not_now => match (guesses.place_reached(place, now), not_now) {
            (Some(limited), _) => {
                port.shared.metrics.guess_limited(limited.label());
                Err(Proof::Bad(limited.words()))
            }
            (None, Err(discard)) => Err(Proof::Nothing(discard)),
            (None, Ok(_)) => Err(Proof::NotNow),
        },
    }
}

/// What the password says of a credential.
fn compared(port: &Port, request: &AccessRequest, peer: &Peer<'_>) -> Step {
    let user = request.user_name.as_deref().unwrap_or_default();
    match &request.credential {
        Credential::Eap(eap) => port.shared.conversations.step(eap, peer),
        credential if credential.matches(user, peer.password) => {
            let proof = credential::proof(credential, (user, peer.password), peer.packet, peer.node);
            proof.map_or(Step::No("the node's secret is empty"), Step::Good)
        }
        _ => Step::Wrong(WRONG),
    }
}

/// Whether the node says that it has authenticated the user before and only asks what he may do now (RFC 5176 3.2, which wants it signed).
/// A password or EAP beside it is looked at.
fn is_known_already(pending: &Pending, packet: &Packet<'_>, request: &AccessRequest) -> bool {
    let signed = || packet.first(number::MESSAGE_AUTHENTICATOR).is_some();
    let asks_only =
        request.service_type == Some(AUTHORIZE_ONLY) && matches!(request.credential, Credential::None);
    pending.node.profile.authorize_only && asks_only && signed()
}

/// Unix seconds.
fn seconds(now: Instant) -> u64 {
    u64::try_from(now.unix_seconds()).unwrap_or(0)
}

/// Who asks, as far as the request says: the line or device, else the node.
fn place<'a>(pending: &'a Pending, packet: &Packet<'a>) -> Place<'a> {
    let node = &*pending.node.name;
    let named = [number::CALLING_STATION_ID, number::NAS_PORT_ID].into_iter().find_map(|n| packet.first(n));
    named.filter(|line| !line.is_empty()).map_or(Place::Node(node), |line| Place::Line { node, line })
}

/// Asks the engine; its answer goes to the sending task. With `must_run` the answer is no unless a session of the account runs there.
fn ask(port: &Arc<Port>, pending: Pending, mut identified: Identified, must_run: bool) {
    let engine = &port.shared.engine;
    let packet = Packet::decode(&pending.datagram).ok();
    let running = packet.as_ref().and_then(|packet| running(port, &pending, packet, &identified, must_run));
    let use_of = packet.as_ref().and_then(|packet| port.shared.use_of(&pending.node, packet, false));
    let account = identified.found.account;
    let identity = packet.and_then(|packet| port.shared.identities.answer(&packet, &pending.node, account));
    identified.proof.extend(identity);
    let code = use_of.as_ref().map_or(pending.node.profile.service(), |use_of| use_of.service);
    let Some(service) = engine.catalog().service(code).map(|service| service.id) else {
        let discard = Discard::UnknownService(code.into());
        return port.finished.push(pending, Verdict::Discard(discard));
    };
    let node = pending.node.name.clone();
    let (access_code, destination) =
        use_of.map(|use_of| (use_of.access_code, use_of.destination)).unwrap_or_default();
    let command = Command::Authorize(Authorize { account, service, node, access_code, destination });
    let envelope = Envelope { customer: identified.found.customer, key: None, command };
    let port = port.clone();
    let answer = Answer::new(move |outcome| {
        identified.running = running.and_then(|running| running.get().copied());
        let verdict = if must_run && identified.running.is_none() && outcome.is_ok() {
            Verdict::Reject("Authorize-Only, and no session of the account runs there")
        } else {
            Verdict::LogIn(Box::new(identified), outcome)
        };
        port.finished.push(pending, verdict);
    });
    engine.submit_one_of_many(envelope, answer);
}

/// Where the engine puts what it knows of the session that a log-in is about, before it answers what is asked next; nothing where nobody
/// needs to know.
fn running(
    port: &Port,
    pending: &Pending,
    packet: &Packet<'_>,
    identified: &Identified,
    must_run: bool,
) -> Option<Arc<OnceLock<Running>>> {
    let used = || pending.node.profile.quota_used.as_ref().is_some_and(|counter| counter.read(packet) > 0);
    if !must_run && !used() {
        return None;
    }
    let sought = Sought::read(pending, packet, identified.found.account);
    let seen = Arc::new(OnceLock::new());
    let put = seen.clone();
    port.shared.engine.look_then(identified.found.customer, move |customer| {
        let found = customer.ok().flatten().and_then(|customer| sought.among(customer));
        found.map(|found| put.set(found));
    });
    Some(seen)
}
