//! What needs somebody's attention: a strip on the start page, a page of its own behind the bell, the number in the top bar.

use office::{DownConnector, Notice};
use web_kit::{Card, EmptyState, Icon, Markup, PageHead, StaffSection, Tone, chip, el};

use crate::fault::Fault;
use crate::pages::provisioning::overviews;
use crate::visit::{Page, Visit};

/// Looks for everything that needs attention, and keeps the number for the top bar.
pub(crate) async fn gather(visit: &Visit) -> Result<Vec<Notice>, Fault> {
    let down: Vec<DownConnector> = overviews(visit)
        .await?
        .into_iter()
        .filter_map(|connector| {
            let trouble = crate::words::sentence(connector.trouble()?);
            Some(DownConnector { name: connector.name, title: connector.title, trouble })
        })
        .collect();
    let links = visit.portal().state.network.as_ref().map(|network| network.links());
    let notices = visit.ask(move |office, _| office.notices(&down, links.as_deref())).await?;
    visit.portal().keep_notices(notices.len());
    Ok(notices)
}

/// The list; each line leads to where it is mended.
pub(crate) fn list(visit: &Visit, notices: &[Notice]) -> Markup {
    let lines = notices.iter().map(|notice| {
        let mark =
            if notice.kind.is_urgent() { chip(Tone::Bad, "Failing") } else { chip(Tone::Warn, "To do") };
        let line = el("a")
            .attr("href", visit.url(&notice.url_path))
            .child(mark)
            .child(el("strong").child(notice.title.as_str()))
            .child(el("span").class("muted-ink").child(notice.detail.as_str()));
        el("li").child(line)
    });
    let list = el("ul").class("notices").attr("aria-label", "Needs attention").children(lines);
    Card::bare().flush().child(list).into()
}

pub(crate) async fn show(visit: Visit) -> Page {
    let notices = gather(&visit).await?;
    let body = if notices.is_empty() {
        let words = "Failing deliveries, connectors and peers that are down, rejected imports, parked customers and missing settings are told here and on the start page.";
        Card::bare().flush().child(EmptyState::new(Icon::Bell, "All is well", words)).into()
    } else {
        list(&visit, &notices)
    };
    let head = PageHead::new("Notices")
        .subtitle("What needs somebody's attention now. A line goes when its cause is mended.");
    Ok(visit.page("Notices", StaffSection::Home, Markup::new().with(head).with(body)))
}
