//! Messages between resellers and their customers that were refused for good: why, and trying them again.

use office::{CustomerName, ParkedMessage};
use web_kit::{
    Card, Column, EmptyState, Icon, Markup, PageHead, Row, StaffSection, Table, TableState, el, link,
};

use crate::sheet;
use crate::visit::{Page, Turn, Visit};

/// Where the page is.
pub(crate) const PATH: &str = "/resellers/messages";

fn words(what: &str) -> &'static str {
    match what {
        "charge" => "Charge for use",
        "refund" => "Refund",
        "join" => "Asks to be served",
        _ => "How the reseller stands",
    }
}

pub(crate) async fn show(visit: Visit, state: TableState) -> Page {
    let (counts, parked) =
        visit.ask(|office, _| Ok((office.message_counts()?, office.parked_messages()?))).await?;
    let mut head = PageHead::new("Messages between levels")
        .crumb("Customers", visit.url("/customers"))
        .subtitle("What happens below a reseller is told to him, and how he stands is told to those below. What cannot be taken is kept here.")
        .fact("On their way", counts.waiting)
        .fact("Parked", counts.parked);
    if visit.may_change() && counts.parked > 0 {
        head = head.action(sheet::press(&visit, &format!("{PATH}/retry"), &[], "Try all again"));
    }
    let card = Card::bare().flush().child(table(&visit, &state, &parked));
    Ok(visit.page("Messages between levels", StaffSection::Customers, Markup::new().with(head).with(card)))
}

fn table(visit: &Visit, state: &TableState, parked: &[ParkedMessage]) -> Table {
    let named = |customer: &CustomerName| match customer.number.as_str() {
        "" => Markup::from(el("span").class("num").child(customer.id.to_string())),
        number => {
            link(visit.url(&format!("/customers/{}", customer.id)), format!("{} ({number})", customer.name))
        }
    };
    let row = |message: &ParkedMessage| {
        Row::new()
            .cell(named(&message.from))
            .cell(named(&message.to))
            .cell(words(message.what))
            .cell(visit.when(message.at))
            .cell(message.reason.as_str())
    };
    Table::new("Parked messages", state)
        .column(Column::text("from", "From"))
        .column(Column::text("to", "To"))
        .column(Column::text("what", "What"))
        .column(Column::text("since", "Since"))
        .column(Column::text("reason", "Reason"))
        .rows(parked.iter().map(row))
        .empty(EmptyState::new(
            Icon::Customers,
            "Nothing is parked",
            "A message that its receiver refuses for good would be kept here until the cause is mended.",
        ))
}

pub(crate) async fn retry(visit: Visit) -> Turn {
    visit.ask(|office, actor| office.retry_messages(actor)).await?;
    Ok(visit.done(PATH, "Parked messages are tried again."))
}
