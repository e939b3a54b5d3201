//! Search from anywhere: the page, and the fragment for the palette; the same box runs actions.

use axum::extract::Query;
use office::{Link, SearchGroup};
use serde::Deserialize;
use web_kit::{Card, Field, Form, Icon, Markup, PageHead, Partial, ResultGroup, StaffSection, results};

use crate::pages::why::address;
use crate::visit::{Page, Visit};

/// Longest text that is searched for.
const TEXT_MOST: usize = 100;

/// What is searched for.
#[derive(Debug, Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    q: String,
}

/// What an action needs of the user.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Needs {
    Nothing,
    Changing,
    Administering,
}

const ACTIONS: [(&str, &str, Icon, &str, Needs); 17] = [
    ("New customer", "sign up", Icon::Plus, "/customers/new", Needs::Changing),
    ("Customers", "list", Icon::Customers, "/customers", Needs::Nothing),
    ("Unpaid invoices", "list", Icon::Invoice, "/money?status=unpaid", Needs::Nothing),
    ("Overdue invoices", "list", Icon::Alert, "/money?status=overdue", Needs::Nothing),
    ("Open bill run", "what is due, run it", Icon::Play, "/money/run", Needs::Nothing),
    ("Ledger and payments", "every movement of money", Icon::Money, "/money/ledger", Needs::Nothing),
    ("Live sessions", "who is online", Icon::Wifi, "/network", Needs::Nothing),
    ("Nodes and peers", "NAS, gateways, state and errors", Icon::Network, "/network/nodes", Needs::Nothing),
    ("Connectors", "state and contract", Icon::Provisioning, "/provisioning", Needs::Nothing),
    (
        "Dead letters",
        "deliveries given up",
        Icon::Alert,
        "/provisioning/deliveries?state=dead",
        Needs::Nothing,
    ),
    ("Notices", "what needs attention", Icon::Bell, "/notices", Needs::Nothing),
    ("Try a charge", "price calculator", Icon::Usage, "/catalogue/try", Needs::Nothing),
    ("Publish a catalogue", "upload a version", Icon::Upload, "/catalogue/publish", Needs::Administering),
    ("Import purchases", "upload a CSV file", Icon::Imports, "/imports", Needs::Changing),
    ("Staff users", "who may sign in", Icon::User, "/settings/staff", Needs::Administering),
    ("API tokens", "outside systems", Icon::Lock, "/settings/tokens", Needs::Administering),
    ("Audit", "who did what", Icon::Eye, "/settings/audit", Needs::Nothing),
];

/// Actions shown before anything is typed.
const FIRST_ACTIONS: usize = 6;

pub(crate) async fn show(visit: Visit, partial: Partial, Query(asked): Query<Asked>) -> Page {
    let text: String = asked.q.trim().chars().take(TEXT_MOST).collect();
    let query = text.clone();
    let groups = visit.ask(move |office, _| office.search(&query, 0)).await?;
    let found = groups.iter().map(|found| group(&visit, found));
    let all: Vec<ResultGroup> = found.chain([actions(&visit, &text)]).collect();
    let found = results(&text, all);
    if partial.0 {
        return Ok(found);
    }
    let form = Form::get(visit.url("/search"))
        .field(
            Field::input("search", "q", "Search")
                .value(text.as_str())
                .autofocus()
                .attr("autocomplete", "off"),
        )
        .submit("Search");
    let body = Markup::new()
        .with(PageHead::new("Search"))
        .with(Card::bare().child(form))
        .with(Card::bare().flush().child(found));
    Ok(visit.page("Search", StaffSection::Home, web_kit::stack(body)))
}

fn group(visit: &Visit, found: &SearchGroup) -> ResultGroup {
    found.hits.iter().fold(ResultGroup::new(found.title), |group, hit| {
        let icon = match &hit.link {
            Link::Invoice { .. } => Icon::Invoice,
            Link::Account { .. } if found.title == "Devices" => Icon::Device,
            Link::Account { .. } => Icon::Phone,
            _ => Icon::User,
        };
        group.item(icon, hit.title.as_str(), hit.detail.as_str(), &address(visit, &hit.link))
    })
}

/// Actions whose words hold every word that was typed.
fn actions(visit: &Visit, text: &str) -> ResultGroup {
    let typed: Vec<String> = text.to_lowercase().split_whitespace().map(str::to_owned).collect();
    let allowed = |needs: Needs| match needs {
        Needs::Nothing => true,
        Needs::Changing => visit.may_change(),
        Needs::Administering => visit.is_admin(),
    };
    let fits = |words: &str| typed.iter().all(|word| words.to_lowercase().contains(word.as_str()));
    let fitting = ACTIONS
        .iter()
        .filter(|(words, detail, _, _, needs)| allowed(*needs) && fits(&format!("{words} {detail}")));
    let shown = if typed.is_empty() { FIRST_ACTIONS } else { ACTIONS.len() };
    fitting.take(shown).fold(ResultGroup::new("Actions"), |group, (words, detail, icon, path, _)| {
        group.item(*icon, *words, *detail, &visit.url(path))
    })
}
