//! Traces of the network: those that run or are kept, and the form that starts one. One trace is [`super::trace`].

use office::{NewTrace, Permission, TRACE_MESSAGES, TRACE_OCTETS, TRACE_SECONDS, TraceAsk, TraceView};
use web_kit::{
    Card, Column, EmptyState, Icon, Markup, Row, StaffSection, Table, TableState, Tone, chip, count, el,
};

use crate::pages::nodes::head;
use crate::sheet::{self, Sheet};
use crate::typed::{Complaints, Typed};
use crate::visit::{Page, Turn, Visit};

/// Field names shown on the form; complaints about others go above it.
const SHOWN: [&str; 6] = ["node", "peer", "subscriber", "messages", "octets", "seconds"];
/// Octets of the kilobyte that the form speaks.
const KILOBYTE: usize = 1_024;
/// Seconds of the minute that the form speaks.
const MINUTE: u64 = 60;

/// How a trace stands.
pub(super) fn state_chip(trace: &TraceView) -> Markup {
    if trace.ended.is_some() { chip(Tone::Neutral, "Ended") } else { chip(Tone::Busy, "Running") }
}

pub(crate) async fn list(visit: Visit, state: TableState) -> Page {
    let asked = |name| state.filter(name).unwrap_or_default();
    let (messages, octets) = (TRACE_MESSAGES.0.to_string(), (TRACE_OCTETS.1 / KILOBYTE).to_string());
    let minutes = (TRACE_SECONDS.1 / MINUTE).to_string();
    let typed = Typed::filled(&[
        ("node", asked("node")),
        ("peer", asked("peer")),
        ("subscriber", asked("subscriber")),
        ("messages", &messages),
        ("octets", &octets),
        ("seconds", &minutes),
    ]);
    list_page(&visit, &typed, &Complaints::none()).await
}

async fn list_page(visit: &Visit, typed: &Typed, complaints: &Complaints) -> Page {
    let traces = visit.ask(|office, actor| office.traces(actor, false)).await?;
    let table = Table::new("Traces", &TableState::new(visit.url("/network/traces"), ""))
        .column(Column::text("about", "Of"))
        .column(Column::text("state", "State"))
        .column(Column::figure("messages", "Messages"))
        .column(Column::text("by", "By").minor())
        .column(Column::figure("started", "Started"))
        .rows(traces.iter().map(|trace| {
            Row::new()
                .opens(visit.url(&format!("/network/traces/{}", trace.number)))
                .cell(trace.about.as_str())
                .cell(state_chip(trace))
                .cell(count(trace.seen))
                .cell(crate::words::actor(&trace.started_by))
                .cell(visit.ago(trace.started_at))
        }))
        .empty(EmptyState::new(
            Icon::Eye,
            "No traces",
            "A trace keeps the last messages of a node, a peer or a subscriber and shows them decoded. It is started by hand, ends by itself, and is gone a day later.",
        ));
    let list = Card::bare().flush().child(table);
    let body = if visit.may(Permission::Trace) {
        let form = start_form(visit, typed, complaints).await?;
        head(visit, "traces").with(web_kit::split(list, form))
    } else {
        head(visit, "traces").with(list)
    };
    Ok(visit.page("Traces", StaffSection::Network, body))
}

async fn start_form(
    visit: &Visit,
    typed: &Typed,
    complaints: &Complaints,
) -> Result<Card, crate::fault::Fault> {
    let nodes = visit.ask(|office, _| office.nodes()).await?;
    let names = nodes.into_iter().map(|node| (node.name.clone(), node.name));
    let nodes = std::iter::once((String::new(), "–".to_owned())).chain(names);
    let sheet = Sheet::new(typed, complaints);
    let number = |name: &str, label: &str, most: String| {
        sheet.input("number", name, label).required().attr("min", "1").attr("max", most)
    };
    let form = sheet::form(visit, "/network/traces")
        .field(sheet.select("node", "A node", nodes))
        .field(
            sheet
                .text("subscriber", "or a subscriber")
                .attr("autocomplete", "off")
                .help("Phone number, IMSI, user name, MAC or IP address; also one that finds nobody."),
        )
        .field(
            sheet
                .text("peer", "or a peer")
                .attr("autocomplete", "off")
                .help("Origin-Host or IP address of anybody, also of a stranger who is turned away."),
        )
        .field(number("messages", "Last messages", TRACE_MESSAGES.1.to_string()))
        .field(number("octets", "Kilobytes", (TRACE_OCTETS.2 / KILOBYTE).to_string()))
        .field(number("seconds", "Minutes", (TRACE_SECONDS.2 / MINUTE).to_string()))
        .submit("Start trace");
    let words = "Whoever starts or reads a trace is in the audit. Passwords and keys are never kept.";
    Ok(Card::new("Start a trace")
        .child(sheet.beyond(&SHOWN))
        .child(web_kit::stack(Markup::from(form).with(el("p").class("muted-ink").child(words)))))
}

/// What the form asks for; it speaks kilobytes and minutes.
fn read(typed: &Typed, complaints: &mut Complaints) -> Option<NewTrace> {
    let target = |name: &str| Some(typed.get(name)).filter(|value| !value.is_empty()).map(str::to_owned);
    let targets = [
        target("node").map(TraceAsk::Node),
        target("subscriber").map(TraceAsk::Subscriber),
        target("peer").map(TraceAsk::Peer),
    ];
    let mut targets = targets.into_iter().flatten();
    let of = targets.next();
    if of.is_none() || targets.next().is_some() {
        complaints.add("node", "Choose a node, or name a subscriber or a peer: one of the three");
    }
    let number = |name: &str| typed.get(name).parse::<u32>().unwrap_or(0);
    let mut new = NewTrace::new(of?);
    new.messages = usize::try_from(number("messages")).unwrap_or(usize::MAX);
    new.octets = usize::try_from(number("octets")).unwrap_or(usize::MAX).saturating_mul(KILOBYTE);
    new.seconds = u64::from(number("seconds")).saturating_mul(MINUTE);
    let limits = [
        ("messages", new.messages <= TRACE_MESSAGES.1 && new.messages > 0, TRACE_MESSAGES.1.to_string()),
        (
            "octets",
            (TRACE_OCTETS.0..=TRACE_OCTETS.2).contains(&new.octets),
            (TRACE_OCTETS.2 / KILOBYTE).to_string(),
        ),
        (
            "seconds",
            (TRACE_SECONDS.0..=TRACE_SECONDS.2).contains(&new.seconds),
            (TRACE_SECONDS.2 / MINUTE).to_string(),
        ),
    ];
    for (name, fits, most) in limits {
        if !fits {
            complaints.add(name, format!("Type a whole number up to {most}"));
        }
    }
    complaints.is_empty().then_some(new)
}

pub(crate) async fn start(visit: Visit, typed: Typed) -> Turn {
    let mut complaints = Complaints::none();
    if let Some(new) = read(&typed, &mut complaints) {
        match visit.ask(move |office, actor| office.start_trace(actor, &new)).await {
            Ok(number) => return Ok(visit.go(&format!("/network/traces/{number}"))),
            Err(error) => complaints = Complaints::from_office(error)?,
        }
    }
    Ok(sheet::again(list_page(&visit, &typed, &complaints).await?))
}
