//! The start page: figures of now and of the last days; each opens the rows behind it.

use money::Amount;
use office::HomeFigures;
use web_kit::{
    Card, Column, EmptyState, Icon, Markup, PageHead, Row, StaffSection, Table, TableState, Tile, Tone,
    Weight, button_link, count, counted, tiles,
};

use crate::pages::notices;
use crate::visit::{Page, Visit};

/// Live sessions shown.
const SESSIONS_SHOWN: usize = 6;
/// Seconds between two looks at the live sessions.
const LIVE_SECONDS: u16 = 5;
/// Overdue invoices shown.
const OVERDUE_SHOWN: usize = 6;

pub(crate) async fn show(visit: Visit) -> Page {
    let figures = visit.ask(|office, _| office.home()).await?;
    let day = visit.now();
    let zoned = web_kit::day(day.as_micros(), visit.zone()).words();
    let head = PageHead::new("Home")
        .subtitle(Markup::text(format!("{zoned} · figures of ")).with(visit.when(figures.as_of).seconds()));
    let notices = notices::gather(&visit).await?;
    let attention = (!notices.is_empty()).then(|| notices::list(&visit, &notices));
    let mut body = Markup::new().with(head).with(attention).with(tile_grid(&visit, &figures));
    if figures.customers.is_empty() {
        body.push(first_steps(&visit));
    } else {
        let (sessions, overdue) = (sessions(&visit).await?, overdue(&visit).await?);
        body.push(web_kit::split(Markup::new().with(sessions).with(overdue), by_status(&visit, &figures)));
    }
    Ok(visit.page("Home", StaffSection::Home, body))
}

fn tile_grid(visit: &Visit, figures: &HomeFigures) -> Markup {
    let currency = visit.currency();
    let series = |value: fn(&store::DaySums) -> Amount| -> Vec<i64> {
        figures.days.iter().map(|day| value(&day.sums).micros()).collect()
    };
    let records: Vec<i64> =
        figures.days.iter().map(|day| i64::try_from(day.sums.records).unwrap_or(i64::MAX)).collect();
    let (overdue_count, overdue_sum) = figures.overdue;
    let (unpaid_count, _) = figures.unpaid;
    let mut overdue =
        Tile::new("Overdue", visit.money(overdue_sum, currency), visit.url("/money?status=overdue"));
    if overdue_count > 0 {
        overdue = overdue.tone(Tone::Warn);
    }
    let mut failing = Tile::new(
        "Failing deliveries",
        count(figures.deliveries_dead),
        visit.url("/provisioning/deliveries?state=dead"),
    )
    .note(format!("{} waiting", figures.deliveries_waiting));
    if figures.deliveries_dead > 0 {
        failing = failing.tone(Tone::Bad).note("given up");
    }
    let charged_note = Markup::text("paid ").with(visit.money(figures.today.paid, currency)).with(" today");
    let records_today = usize::try_from(figures.today.records).unwrap_or(usize::MAX);
    tiles([
        Tile::new("Charged today", visit.money(figures.today.charged, currency), visit.url("/money/ledger"))
            .note(charged_note)
            .series(&series(|sums| sums.charged), "Charged per day, last 14 days"),
        Tile::new("Sessions now", count(figures.sessions), visit.url("/network"))
            .note(format!("{} today", counted(records_today, "record", "records")))
            .series(&records, "Records per day, last 14 days"),
        Tile::new("Refusals", count(figures.refused), visit.url("/network"))
            .note(format!("since start, and {} turned away busy", figures.busy)),
        failing,
        bill_run(visit, figures),
        overdue.note(format!("{overdue_count} of {unpaid_count} unpaid invoices")),
    ])
}

fn bill_run(visit: &Visit, figures: &HomeFigures) -> Tile {
    let tile = Tile::new("Bill run", count(figures.periods_to_invoice), visit.url("/money/run"));
    match (figures.parked, figures.periods_to_invoice) {
        (0, 0) => tile.note("every closed period is invoiced"),
        (0, _) => tile.tone(Tone::Busy).note("closed periods to invoice"),
        (parked, _) => tile.tone(Tone::Bad).note(format!("{parked} parked")),
    }
}

/// Live sessions as a part that fetches itself again.
async fn sessions(visit: &Visit) -> Result<Markup, crate::fault::Fault> {
    let page = crate::pages::network::read(
        visit,
        office::SessionQuery { limit: SESSIONS_SHOWN, ..office::SessionQuery::default() },
    )
    .await?;
    let state = TableState::new(visit.url("/network"), "hide=granted,last,protocol,node,end");
    let table = crate::pages::network::table(visit, &state, &page.items, true).pages(None::<String>);
    let card = Card::new("Live sessions")
        .action(web_kit::link(visit.url("/network"), "All sessions"))
        .flush()
        .child(table);
    Ok(web_kit::live("home-sessions", &visit.url("/live/sessions"), LIVE_SECONDS, card))
}

/// The part alone.
pub(crate) async fn live_sessions(visit: Visit) -> Page {
    sessions(&visit).await
}

async fn overdue(visit: &Visit) -> Result<Option<Card>, crate::fault::Fault> {
    let query = office::InvoiceQuery {
        status: office::InvoiceFilter::Overdue,
        limit: OVERDUE_SHOWN,
        ..office::InvoiceQuery::default()
    };
    let page = visit.ask(move |office, _| office.invoices(&query)).await?;
    if page.items.is_empty() {
        return Ok(None);
    }
    let state = TableState::new(visit.url("/money"), "hide=period,issued");
    let table = crate::pages::invoices::table(visit, &state, &page.items, true);
    Ok(Some(
        Card::new("Overdue invoices")
            .action(web_kit::link(visit.url("/money?status=overdue"), "All overdue"))
            .flush()
            .child(table),
    ))
}

fn by_status(visit: &Visit, figures: &HomeFigures) -> Markup {
    let state = TableState::new(visit.url("/customers"), "");
    let rows = ["active", "suspended", "blocked", "terminated"].into_iter().map(|word| {
        Row::new()
            .opens(visit.url(&format!("/customers?status={word}")))
            .cell(web_kit::status(word))
            .cell(count(figures.customers_with(word)))
    });
    let table = Table::new("Customers by status", &state)
        .column(Column::text("status", "Status"))
        .column(Column::figure("count", "Customers"))
        .rows(rows);
    Card::new("Customers")
        .action(web_kit::link(visit.url("/customers"), "All customers"))
        .flush()
        .child(table)
        .into()
}

fn first_steps(visit: &Visit) -> Markup {
    let mut empty = EmptyState::new(
        Icon::Customers,
        "Nobody is signed up yet",
        "Sign up the first customer with an account, and watch his sessions, charges and invoices appear here.",
    );
    if visit.may_change() {
        empty = empty
            .step(button_link(Weight::Primary, &visit.url("/customers/new"), "New customer"))
            .step(button_link(Weight::Plain, &visit.url("/catalogue"), "Look at the catalogue"));
    }
    Card::bare().flush().child(empty).into()
}
