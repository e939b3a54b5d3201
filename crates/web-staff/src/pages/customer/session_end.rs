//! Ending a session by hand: asks by naming what will happen, also what will not, then does it.

use axum::extract::Path;
use charging::Session;
use money::Amount;
use office::{CustomerView, OfficeError, session_name};
use web_kit::{Card, Facts, Markup, el};

use super::standing::question;
use super::{Tab, load, page, path};
use crate::fault::Fault;
use crate::sheet;
use crate::typed::Typed;
use crate::visit::{Page, Turn, Visit};

fn find<'a>(customer: &'a CustomerView, name: &str) -> Result<&'a Session, Fault> {
    let gone = || Fault::Missing("This session is not open any more. What it used is charged.".to_owned());
    customer.live.open_sessions().find(|session| session_name(&session.key) == name).ok_or_else(gone)
}

pub(crate) async fn form(visit: Visit, Path((who, name)): Path<(String, String)>) -> Page {
    let customer = load(&visit, &who).await?;
    let session = find(&customer, &name)?;
    let title = format!("End the session of {}", session.identifier);
    let form = sheet::form(&visit, &path(&customer, &format!("/sessions/{name}/end")))
        .danger()
        .submit("End this session");
    let asked = question(&visit, &customer, &title, what_happens(session.key.protocol()), form);
    let session = Card::new("The session").child(facts(&visit, &customer, session));
    Ok(page(&visit, &customer, Tab::Overview, web_kit::split(asked, session)))
}

fn facts(visit: &Visit, customer: &CustomerView, session: &Session) -> Facts {
    let currency = customer.live.head.currency;
    let meters = visit.office().session_meters(session);
    let used = meters.iter().map(|meter| {
        let used = crate::words::quantity(meter.used, Some(meter.service.unit));
        Markup::from(el("div").child(used).child(" of ").child(meter.service.name.as_str()))
    });
    let reserved = meters.iter().fold(Amount::ZERO, |sum, meter| sum.saturating_plus(meter.reserved));
    let portal =
        session.is_at_portal().then_some("He is sent to the portal and gets no units until he can pay");
    Facts::new()
        .fact("Session", session.key.shown())
        .fact("Standing", portal.unwrap_or("It runs"))
        .fact("Node", &*session.node)
        .fact("Since", visit.when(session.started_at))
        .fact("Charged now", Markup::join(used))
        .fact("Reserved for it now", visit.money(reserved, currency))
}

/// What the network is told differs by protocol and by what the node can do.
fn what_happens(protocol: &str) -> Markup {
    let network = if protocol == "RADIUS" {
        [
            "The node is told to disconnect him, if it can be told: the profile of the node says that.",
            "He may log in again at once: block the account as well if he is not to. What the node still reports of this session is not charged.",
        ]
    } else {
        [
            "The gateway is told to abort the session, unless its profile says that it ignores that; then its next request is refused.",
            "What it used since its last report is not charged.",
        ]
    };
    let charged = "What was reported so far is charged, what is reserved returns to the available funds.";
    el("ul").children([charged].into_iter().chain(network).map(|words| el("li").child(words))).into()
}

pub(crate) async fn end(visit: Visit, Path((who, name)): Path<(String, String)>, _: Typed) -> Turn {
    let customer = load(&visit, &who).await?;
    let id = customer.record.id;
    let ended = visit.ask(move |office, actor| office.end_session(actor, id, &name, None)).await;
    match ended {
        Ok(()) => Ok(visit.done(&path(&customer, ""), "The session was ended. What it used is charged.")),
        // It ended by itself while the question was on screen.
        Err(OfficeError::Refused(charging::Refusal::SessionEnded | charging::Refusal::UnknownSession)) => {
            visit.tell(web_kit::Flash::note("The session had ended by itself; nothing was changed."));
            Ok(visit.go(&path(&customer, "")))
        }
        Err(error) => Err(error.into()),
    }
}
