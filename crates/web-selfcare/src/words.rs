//! Names of things as subscribers read them. Inner words in, plain words out.
//!
//! Must not know: pages, requests.

use calendar::Instant;
use catalog::{Service, ServiceKind, Unit};
use charging::XdrKind;
use office::XdrView;
use web_kit::{Icon, Markup};
pub(crate) use web_kit::{capital, random_key, sentence};

/// Seconds of a minute.
const MINUTE: u64 = 60;

/// A quantity of a unit, scaled for people: `12 min 5 s`, `37 MB`. Days where there is no unit.
pub(crate) fn quantity(units: u64, unit: Option<Unit>) -> Markup {
    match unit {
        Some(Unit::Event) => Markup::text(format!("{units} ×")),
        Some(unit) => {
            let exact = office::quantity(units, unit);
            // Volumes end with the exact number of octets in parentheses; here it is shown on hover.
            let short = exact.split(" (").next().unwrap_or_default();
            web_kit::el("span").attr("title", exact.as_str()).child(short).into()
        }
        None if units == 1 => Markup::text("1 day"),
        None => web_kit::count(units).with(" days"),
    }
}

/// What is left of included units: `197 of 1,000 min left`, `1.20 GB of 5 GB left`.
pub(crate) fn left_of(left: u64, total: u64, unit: Unit) -> Markup {
    match unit {
        Unit::Second if total.is_multiple_of(MINUTE) => {
            web_kit::count(left / MINUTE).with(" of ").with(web_kit::count(total / MINUTE)).with(" min left")
        }
        Unit::Event => web_kit::count(left).with(" of ").with(web_kit::count(total)).with(" left"),
        unit => quantity(left, Some(unit)).with(" of ").with(quantity(total, Some(unit))).with(" left"),
    }
}

/// The icon of a kind of service.
pub(crate) fn service_icon(service: Option<&Service>) -> Icon {
    match service.map(|service| service.kind) {
        Some(ServiceKind::Voice) => Icon::Phone,
        Some(ServiceKind::Message) => Icon::Mail,
        Some(ServiceKind::Data) => Icon::Wifi,
        Some(ServiceKind::Tv) => Icon::Tv,
        Some(ServiceKind::Event) => Icon::Film,
        None => Icon::Usage,
    }
}

/// The number as he dialled it.
pub(crate) fn dialled(record: &charging::Xdr) -> &str {
    record.explanation.dialled().map_or(record.destination.as_str(), |dialled| dialled.number.as_str())
}

/// What was used or bought: `Film: The Lighthouse`, `Call to 1 207 555 0142`, `HBO monthly fee`.
pub(crate) fn what(xdr: &XdrView, kind: Option<ServiceKind>) -> String {
    let record = &xdr.xdr;
    let service = xdr.service.as_ref().map_or("", |service| service.name.as_str());
    let (said, to) = (record.description.as_str(), record.destination.as_str());
    match (record.kind, kind) {
        (XdrKind::RecurringFee, _) => said.to_owned(),
        (XdrKind::Refund, _) if said.is_empty() => "Given back".to_owned(),
        (XdrKind::Refund, _) => format!("Given back: {said}"),
        (XdrKind::Correction, _) => "Correction of an earlier charge".to_owned(),
        (XdrKind::TopUp, _) => format!("Top-up: {said}"),
        (_, Some(ServiceKind::Event)) if !said.is_empty() && said != service => {
            let item = capital(if to.is_empty() { service } else { to });
            // Some platforms say what it is in the description, too.
            if said.starts_with(&format!("{item}: ")) { said.to_owned() } else { format!("{item}: {said}") }
        }
        (_, Some(ServiceKind::Voice)) if !to.is_empty() => format!("Call to {}", dialled(record)),
        (_, Some(ServiceKind::Voice)) => "Call".to_owned(),
        (_, Some(ServiceKind::Message)) if !to.is_empty() => format!("Message to {}", dialled(record)),
        (_, Some(ServiceKind::Data)) => service.to_owned(),
        _ if said.is_empty() || said == service => service.to_owned(),
        _ if service.is_empty() => said.to_owned(),
        _ => format!("{service}: {said}"),
    }
}

/// The kind of device in words.
pub(crate) fn device(kind: &str) -> &str {
    match kind {
        "stb" => "Set-top box",
        "modem" => "Modem",
        "router" => "Router",
        "phone" => "Phone",
        other => other,
    }
}

/// A day in words, such as `1 July 2026`.
pub(crate) fn day(at: Instant, zone: &str) -> web_kit::Instant {
    web_kit::day(at.as_micros(), zone)
}

/// A moment in words.
pub(crate) fn moment(at: Instant, zone: &str) -> web_kit::Instant {
    web_kit::instant(at.as_micros(), zone)
}

/// The time of day, with the whole moment on hover.
pub(crate) fn time_of_day(at: Instant, zone: &str) -> Markup {
    let whole = moment(at, zone).words();
    let time = whole.rsplit(", ").next().unwrap_or_default();
    web_kit::el("time").attr("title", whole.as_str()).child(time).into()
}
