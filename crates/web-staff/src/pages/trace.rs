//! One trace: its messages decoded, oldest first, and new ones added below while it runs.

use axum::extract::Path;
use axum::http::header;
use axum::response::IntoResponse;
use office::{
    DecodedField, DecodedMessage, DecodedValue, Permission, TraceLook, TraceView, TracedMessage,
    TracedMessages,
};
use web_kit::{
    Card, Facts, Flash, Icon, Markup, PageHead, StaffSection, TableState, Tone, Weight, button, button_link,
    chip, count, el, link, tag,
};

use super::traces::state_chip;
use crate::fault::Fault;
use crate::sheet;
use crate::typed::Typed;
use crate::visit::{Page, Turn, Visit};

/// Seconds between two looks at a running trace.
const LIVE_SECONDS: u16 = 2;
/// Microseconds of a millisecond.
const MILLI: u64 = 1_000;

async fn look(visit: &Visit, number: u64, look: TraceLook) -> Result<TracedMessages, Fault> {
    Ok(visit.ask(move |office, actor| office.trace_messages(actor, number, look)).await?)
}

pub(crate) async fn show(visit: Visit, Path(number): Path<u64>, state: TableState) -> Page {
    let before = state.filter("before").and_then(|before| before.parse().ok());
    let found = look(&visit, number, TraceLook { before, ..TraceLook::default() }).await?;
    let trace = &found.trace;
    let earlier = found.has_earlier.then(|| {
        let first = found.items.first().map_or(0, |message| message.number);
        let href = visit.url(&format!("/network/traces/{number}?before={first}"));
        el("p").child(link(href, format!("Earlier messages, before number {first}")))
    });
    // An older page stands still.
    let rest = match before {
        Some(_) => {
            let href = visit.url(&format!("/network/traces/{number}"));
            el("p").child(link(href, "To the newest messages")).into()
        }
        None => tail(&visit, &found),
    };
    let messages = Card::bare()
        .flush()
        .child(el("div").class("notices").child(earlier).child(rows(&visit, &found)).child(rest));
    let masked = found.masked.then(|| {
        Flash::note("Names, numbers, addresses and places are masked: your role does not see them here.")
    });
    let body = head(&visit, trace).with(masked).with(messages);
    Ok(visit.page(&trace.about, StaffSection::Network, body))
}

fn head(visit: &Visit, trace: &TraceView) -> Markup {
    let path = |rest: &str| format!("/network/traces/{}{rest}", trace.number);
    let limits = format!(
        "The last {} messages or {} kB, started by {}",
        trace.messages_most,
        trace.octets_most / 1_024,
        crate::words::actor(&trace.started_by),
    );
    let mut head = PageHead::new(format!("Trace of {}", trace.about))
        .crumb("Network", visit.url("/network"))
        .crumb("Traces", visit.url("/network/traces"))
        .subtitle(Markup::text(limits).with(" ").with(visit.ago(trace.started_at)));
    if let Some(customer) = trace.customer {
        let href = visit.url(&format!("/customers/{customer}"));
        head = head.action(button_link(Weight::Plain, &href, Markup::from(Icon::User).with("Customer")));
    }
    if visit.may(Permission::PersonalData) {
        let words = Markup::from(Icon::Download).with("For Wireshark");
        head = head.action(button_link(Weight::Plain, &visit.url(&path("/capture")), words));
    }
    if visit.may(Permission::Trace) {
        let (rest, icon, words) = match trace.ended {
            None => ("/stop", Icon::Stop, "Stop"),
            Some(_) => ("/remove", Icon::Trash, "Throw away"),
        };
        let words = Markup::from(icon).with(words);
        head = head.action(sheet::press(visit, &path(rest), &[], button(Weight::Plain, words)));
    }
    head.into()
}

/// New messages, and the part that asks for more.
pub(crate) async fn live(visit: Visit, Path(number): Path<u64>, state: TableState) -> Page {
    let after = state.filter("after").and_then(|after| after.parse().ok());
    let found = look(&visit, number, TraceLook { after, ..TraceLook::default() }).await?;
    let first = found.items.first().map_or(0, |message| message.number);
    let missed = first.saturating_sub(after.unwrap_or(0).saturating_add(1));
    let gap = (missed > 0).then(|| {
        let words = format!(
            "{} came faster than this page looks",
            crate::words::counted(usize::try_from(missed).unwrap_or(usize::MAX), "message", "messages")
        );
        el("p").child(words)
    });
    Ok(Markup::from(gap).with(rows(&visit, &found)).with(tail_after(&visit, &found, after.unwrap_or(0))))
}

fn tail(visit: &Visit, found: &TracedMessages) -> Markup {
    tail_after(visit, found, 0)
}

/// What stands below the messages: whether more will come. Fetches what comes behind the last one shown.
fn tail_after(visit: &Visit, found: &TracedMessages, shown: u64) -> Markup {
    let trace = &found.trace;
    let count = count(trace.seen).with(" seen, ").with(count_kept(trace)).with(" kept");
    let words = match &trace.ended {
        Some((at, why)) => Markup::text("Ended ").with(visit.ago(*at)).with(format!(": {why}. ")).with(count),
        None => {
            let waits = if trace.seen == 0 { "Waiting for the first message. " } else { "" };
            Markup::text(waits).with("Ends ").with(visit.ago(trace.until)).with(". ").with(count)
        }
    };
    let words = el("p").child(state_chip(trace)).child(" ").child(words);
    if trace.ended.is_some() {
        return words.into();
    }
    let last = found.items.last().map_or(shown, |message| message.number);
    let address = visit.url(&format!("/live/traces/{}?after={last}", trace.number));
    web_kit::live("trace-tail", &address, LIVE_SECONDS, words)
}

fn count_kept(trace: &TraceView) -> Markup {
    count(u64::try_from(trace.kept).unwrap_or(u64::MAX))
}

fn rows(visit: &Visit, found: &TracedMessages) -> Markup {
    let network = visit.portal().state.network.as_ref();
    Markup::join(found.items.iter().map(|message| {
        let decoded = network.and_then(|network| network.decode(message, found.masked));
        row(visit, message, decoded.as_ref())
    }))
}

fn row(visit: &Visit, message: &TracedMessage, decoded: Option<&DecodedMessage>) -> Markup {
    let (icon, way) = if message.sent { (Icon::Arrow, "sent") } else { (Icon::ArrowLeft, "received") };
    let title = decoded.map_or("A message that cannot be read", |decoded| decoded.title.as_str());
    let broken = decoded.is_none_or(|decoded| decoded.fields.iter().any(is_stop));
    let end = match decoded {
        Some(decoded) if !decoded.result.is_empty() && says_more(decoded) => {
            Some(chip(if decoded.good { Tone::Good } else { Tone::Bad }, decoded.result.as_str()))
        }
        _ => message.note.is_some().then(|| chip(Tone::Warn, "Not answered")),
    };
    let broken = broken.then(|| chip(Tone::Warn, "Malformed"));
    let took = message
        .took
        .map(|micros| el("span").class("num").child(format!("{}.{:03} ms", micros / MILLI, micros % MILLI)));
    let summary = el("summary")
        .child(visit.when(message.at).clock())
        .child(el("span").attr("title", way).attr("aria-label", way).child(icon))
        .child(el("strong").child(title))
        .child(el("span").class("muted-ink").child(who(message)).child(decoded.map(|decoded| {
            let about = decoded.summary.as_str();
            if about.is_empty() { Markup::new() } else { Markup::text(" · ").with(about) }
        })))
        .child(el("span").class("actions").child(end).child(broken).child(took));
    el("details")
        .attr("id", format!("message-{}", message.number))
        .child(summary)
        .child(body(message, decoded))
        .into()
}

/// What the name of an answer says already is told again only where it is bad.
fn says_more(decoded: &DecodedMessage) -> bool {
    decoded.result != decoded.title || !decoded.good
}

/// Who is on the other side.
fn who(message: &TracedMessage) -> String {
    let name = if message.node.is_empty() { &message.host } else { &message.node };
    if name.is_empty() { message.remote.to_string() } else { name.clone() }
}

fn is_stop(field: &DecodedField) -> bool {
    matches!(field.value, DecodedValue::Stopped { .. } | DecodedValue::Misfit(_))
}

fn body(message: &TracedMessage, decoded: Option<&DecodedMessage>) -> Markup {
    let (from, to) =
        if message.sent { (message.local, message.remote) } else { (message.remote, message.local) };
    let header =
        decoded.map_or_else(|| format!("{} octets", message.octets.len()), |read| read.header.clone());
    let head =
        el("div").class("muted-ink").child(format!("Number {}, {from} to {to}, {header}", message.number));
    let note = message.note.as_deref().map(|note| Flash::note(crate::words::capital(note)));
    let fields = decoded.into_iter().flat_map(|decoded| &decoded.fields);
    let facts = fields.fold(Facts::new(), |facts, read| facts.fact(name(read), value(&read.value)));
    web_kit::stack(Markup::from(head).with(note).with(facts))
}

/// Name with its place in the groups, vendor, number and type.
fn name(field: &DecodedField) -> Markup {
    let vendor = if field.vendor.is_empty() { String::new() } else { format!("{} ", field.vendor) };
    let kind = format!(" {vendor}{} {}", field.code, field.kind);
    Markup::text("\u{2003}".repeat(field.depth))
        .with(field.name.as_str())
        .with(el("span").class("faint-ink").child(kind))
}

/// What the attribute or AVP says.
fn value(value: &DecodedValue) -> Markup {
    match value {
        DecodedValue::Group => Markup::text("\u{2003}"),
        DecodedValue::Text(text) => el("code").child(text.as_str()).into(),
        DecodedValue::Misfit(octets) => {
            let words = chip(Tone::Warn, "Does not fit the type");
            words.with(" ").with(el("code").child(octets.as_str()))
        }
        DecodedValue::Masked { octets } => tag(format!("masked, {octets} octets")),
        DecodedValue::Secret => tag("secret, never shown"),
        DecodedValue::Stopped { at, reason } => {
            chip(Tone::Warn, format!("Decoding stopped at octet {at}: {reason}"))
        }
    }
}

pub(crate) async fn stop(visit: Visit, Path(number): Path<u64>, _: Typed) -> Turn {
    visit.ask(move |office, actor| office.stop_trace(actor, number)).await?;
    Ok(visit.done(&format!("/network/traces/{number}"), "The trace was stopped. It is kept for a day."))
}

pub(crate) async fn remove(visit: Visit, Path(number): Path<u64>, _: Typed) -> Turn {
    visit.ask(move |office, actor| office.remove_trace(actor, number)).await?;
    Ok(visit.done("/network/traces", "The trace was thrown away with all its messages."))
}

/// The capture file for Wireshark.
pub(crate) async fn capture(visit: Visit, Path(number): Path<u64>) -> Turn {
    let content = visit.ask(move |office, actor| office.trace_capture(actor, number)).await?;
    let named = format!("attachment; filename=\"trace-{number}.pcap\"");
    let kind = "application/vnd.tcpdump.pcap".to_owned();
    Ok(([(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, named)], content).into_response())
}
