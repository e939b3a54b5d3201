//! Self-care pages.

use web_kit::*;

const ZONE: &str = "America/New_York";
const NOW: i64 = 1_780_488_271_000_000;
const DAY: i64 = 86_400_000_000;

fn usd(cents: i64) -> Money {
    money(cents * 10_000, "USD", 2)
}

pub fn my_home() -> Markup {
    let due = Card::bare().child(
        el("div")
            .class("stack")
            .child(
                el("div")
                    .child(
                        el("p")
                            .class("muted-ink")
                            .child(Markup::text("Due on ").with(day(NOW + 12 * DAY, ZONE))),
                    )
                    .child(el("p").class("figure-large").child(usd(5_097))),
            )
            .child(button_link(Weight::Primary, "/my/pay", "Pay now"))
            .child(
                el("p")
                    .class("muted-ink")
                    .child(Markup::text("You can spend ").with(usd(4_903)).with(" more until then.")),
            ),
    );
    let services = stack(vec![
        Markup::from(
            UsageBar::new("Home calls", 412, 1000, "412 of 1,000 min")
                .icon(Icon::Phone)
                .ends("Then 5¢ a minute. Renews 1 July."),
        ),
        UsageBar::new("Mobile data", 9_200, 10_000, "9.2 of 10 GB")
            .icon(Icon::Wifi)
            .ends("Then 1¢ per MB. Add 5 GB in the shop.")
            .into(),
        UsageBar::unlimited("Internet", "unlimited").icon(Icon::Device).ends("10 Mbps fibre.").into(),
    ]);
    let latest = Timeline::new()
        .entry(Icon::Film, "Film: The Lighthouse", usd(-399), "Yesterday, 21:14")
        .entry(Icon::Phone, "Call, 12 min", usd(0), "From your 1,000 minutes")
        .entry(Icon::Card, "Payment, thank you", usd(5_097).signed(), "1 June, card ending 4242");
    Markup::new()
        .with(PageHead::new("Hello, Ada"))
        .with(due)
        .with(Card::new("What you have left").child(services))
        .with(Card::new("Latest").action(link("/my/usage", "All usage")).child(latest))
        .with(
            Card::new("Next bill").child(
                Facts::new()
                    .fact("HomeConnect+", usd(3_999))
                    .fact("HBO", usd(599))
                    .fact("DVR", usd(499))
                    .fact(el("strong").child("On 1 July"), el("strong").child(usd(5_097))),
            ),
        )
}

pub fn my_invoices(state: &TableState) -> Markup {
    let row = |number: &str, word: &str, months: i64| {
        Row::new()
            .opens("/my/invoices/1")
            .cell(number)
            .cell(day(NOW - months * 30 * DAY, ZONE))
            .cell(status(word))
            .cell(usd(5_097))
    };
    let mut table = Table::new("Invoices", state)
        .column(Column::text("number", "Number"))
        .column(Column::text("date", "Date"))
        .column(Column::text("status", "Status"))
        .column(Column::figure("total", "Total"))
        .empty(EmptyState::new(
            Icon::Invoice,
            "No invoices yet",
            "Your first one comes on 1 July. You can download each as a PDF here.",
        ))
        .pages(None::<String>);
    if state.filter("empty").is_none() {
        table = table.row(row("INV-2026-000341", "due", 0)).row(row("INV-2026-000287", "paid", 1)).row(row(
            "INV-2026-000203",
            "paid",
            2,
        ));
    }
    Markup::new().with(PageHead::new("Invoices")).with(Card::bare().flush().child(table))
}

pub fn my_shop() -> Markup {
    let offer = |icon: Icon, name: &str, words: &str, cents: i64| {
        Card::bare().child(
            el("div")
                .class("stack")
                .child(
                    el("div")
                        .class("usage-head")
                        .child(el("span").class("usage-label").child(icon).child(name))
                        .child(
                            el("span")
                                .child(usd(cents))
                                .child(el("span").class("muted-ink").child(" a month")),
                        ),
                )
                .child(el("p").class("muted-ink").child(words))
                .child(button_form(
                    "/my/shop/1",
                    "token",
                    &[("product", "hbo")],
                    button(Weight::Plain, "See price and add"),
                )),
        )
    };
    Markup::new()
        .with(
            PageHead::new("Shop")
                .subtitle("Prices include tax. You see the price today before anything is bought."),
        )
        .with(stack(vec![
            offer(Icon::Tv, "HBO", "Seven channels, on your box within a second.", 599),
            offer(Icon::Film, "DVR", "Record 200 hours.", 499),
            offer(Icon::Wifi, "Extra 5 GB", "Lasts until the end of the month.", 900),
        ]))
        .with(
            Card::new("Have a voucher?").child(
                Form::post("/my/voucher", "token")
                    .field(
                        Field::text("code", "Voucher code")
                            .required()
                            .help("16 digits below the silver strip.")
                            .attr("inputmode", "numeric"),
                    )
                    .submit("Redeem"),
            ),
        )
}
