//! Staff pages.

use web_kit::*;

const ZONE: &str = "Europe/Berlin";
/// 3 June 2026, 12:04:31 UTC.
const NOW: i64 = 1_780_488_271_000_000;
const MINUTE: i64 = 60_000_000;
const DAY: i64 = 1_440 * MINUTE;

fn usd(cents: i64) -> Money {
    money(cents * 10_000, "USD", 2)
}

pub fn home() -> Markup {
    let wave: Vec<i64> =
        (0..48).map(|at: i64| 400 + (at * 37 % 61) * 3 + (24 - (at - 30).abs()) * 12).collect();
    let fall: Vec<i64> = (0..48).map(|at: i64| 90 - at + (at * 29 % 17)).collect();
    let figures = tiles([
        Tile::new("Charged today", usd(4_821_933), "/ledger")
            .note("12% more than last Wednesday")
            .series(&wave, "Charged per half hour"),
        Tile::new("Sessions now", count(18_204), "/network/sessions")
            .note("Internet 11,902 · mobile 6,302")
            .series(&wave, "Open sessions"),
        Tile::new("Refusals, last hour", count(37), "/network/refusals")
            .note("31 for lack of funds")
            .series(&fall, "Refusals"),
        Tile::new("Failing deliveries", count(4), "/provisioning?state=failed")
            .tone(Tone::Bad)
            .note("IPTV platform")
            .series(&fall, "Failures"),
        Tile::new("Bill run June", Markup::text("98.2%"), "/money/runs/6")
            .tone(Tone::Busy)
            .note("running, 212 customers left"),
        Tile::new("Overdue", usd(1_290_457), "/money/overdue")
            .tone(Tone::Warn)
            .note("86 customers")
            .series(&wave, "Overdue"),
    ]);
    let feed = Timeline::new()
        .entry(
            Icon::Money,
            Markup::text("Payment of ")
                .with(usd(5_098))
                .with(" by ")
                .with(link("/customers/17", "Ada Okafor")),
            instant(NOW - MINUTE, ZONE).ago(NOW),
            "Card ending 4242",
        )
        .entry(
            Icon::Alert,
            Markup::text("Delivery refused by ").with(link("/provisioning/iptv", "Minerva IPTV")),
            instant(NOW - 4 * MINUTE, ZONE).ago(NOW),
            "409 device already registered, 00:1A:2B:3C:4D:5E",
        )
        .entry(Icon::Wifi, "Node bng-02 reachable again", instant(NOW - 21 * MINUTE, ZONE).ago(NOW), "")
        .entry(
            Icon::Catalogue,
            Markup::text("Catalogue version 14 published by ").with(link("/users/3", "M. Lindqvist")),
            instant(NOW - 180 * MINUTE, ZONE).ago(NOW),
            "2 tariffs, 1,204 customers affected",
        );
    let times: Vec<i64> = (0..48).map(|at| NOW / 1_000_000 - (48 - at) * 1_800).collect();
    let chart =
        Chart::new("Durable charging answers per second", &times, "").line("Gy", &wave).line("RADIUS", &fall);
    Markup::new()
        .with(PageHead::new("Home").subtitle(
            Markup::text("Wednesday, 3 June 2026 · last update ").with(instant(NOW, ZONE).seconds()),
        ))
        .with(figures)
        .with(split(
            Card::new("Traffic").action(link("/network", "Network")).child(chart),
            Card::new("Just now").action(link("/timeline", "All")).child(feed),
        ))
        .with(live_sessions())
}

pub fn live_sessions() -> Markup {
    let state = TableState::new("/network/sessions", "");
    let row = |name: &str, kind: &str, node: &str, used: u64, held: i64, minutes: u64| {
        Row::new()
            .opens("/sessions/1")
            .cell(name)
            .cell(kind)
            .cell(node)
            .cell(octets(used))
            .cell(usd(held))
            .cell(seconds(minutes * 60 + 12))
    };
    let table = Table::new("Live sessions", &state)
        .column(Column::text("account", "Account"))
        .column(Column::text("service", "Service"))
        .column(Column::text("node", "Node").minor())
        .column(Column::figure("used", "Used"))
        .column(Column::figure("held", "Reserved"))
        .column(Column::figure("time", "Open for").minor())
        .row(row("ada@homeconnect", "Internet", "bng-02", 1_254_000_000, 0, 812))
        .row(row("+1 555 0100", "Mobile data", "pgw-01", 42_400_000, 50, 12))
        .row(row("+1 555 0163", "Mobile data", "pgw-01", 918_000, 10, 1));
    live(
        "sessions",
        "/live",
        5,
        Card::new("Live sessions").action(link("/network/sessions", "All 18,204")).flush().child(table),
    )
}

const PEOPLE: [(&str, &str, &str, i64, i64); 14] = [
    ("Ada Okafor", "active", "HomeConnect+", 8_251, 0),
    ("Bergström & Söner Fastighets AB", "active", "Business fibre", 1_200_000, 1_899_900),
    ("Chen Wei", "suspended", "HomeConnect", -4_210, 5_097),
    ("Dolores Ibárruri Gómez", "overdue", "Mobile S", -999, 1_999),
    ("Elif Yılmaz", "active", "Mobile M", 1_450, 0),
    ("Farid Nazari", "blocked", "Prepaid", 0, 0),
    ("Grace Hopper <gh@example.com>", "active", "HomeConnect+", 10_000, 5_097),
    ("Hanna Virtanen", "terminated", "HomeConnect", 0, 0),
    ("Ines Duarte", "active", "Prepaid", 312, 0),
    ("Jamal Robinson", "pending", "Mobile M", 0, 0),
    ("Kovács Éva", "active", "HomeConnect", 4_002, 3_999),
    ("Liu Yang", "active", "Mobile S", 88, 999),
    ("Mbali Dlamini", "past_due", "HomeConnect+", -1_050, 5_097),
    ("Nils Andersson", "active", "TV only", 2_000, 1_499),
];

pub fn customers(state: &TableState) -> Markup {
    let mut table = Table::new("Customers", state)
        .column(Column::text("name", "Name").sortable())
        .column(Column::text("status", "Status").sortable())
        .column(Column::text("product", "Main product").minor())
        .column(Column::text("number", "Number").minor())
        .column(Column::figure("funds", "Available funds").sortable())
        .column(Column::figure("owed", "Owed").sortable())
        .column(Column::figure("since", "Since").minor())
        .view("All", "/customers")
        .view("Overdue", "/customers?status=overdue")
        .view("Signed up this week", "/customers?since=week")
        .search("q", "Name, account or number")
        .choice("status", "Status", [("active", "Active"), ("suspended", "Suspended"), ("overdue", "Overdue")])
        .choice("product", "Product", [("hc", "HomeConnect"), ("m", "Mobile")])
        .column_picker()
        .csv("/customers.csv")
        .found("10,482,113 customers")
        .pages(Some("k14"))
        .totals(["Total on this page".into(), Markup::new(), Markup::new(), Markup::new(), usd(1_219_844).into(), usd(1_924_584).into(), Markup::new()])
        .empty(EmptyState::new(Icon::Customers, "No customers yet", "Everybody you invoice appears here: with funds, accounts, products and everything that ever happened.")
            .step(button_link(Weight::Primary, "/customers/new", "New customer"))
            .step(button_link(Weight::Plain, "/imports", "Import a file")));
    if state.filter("q") != Some("none") && state.filter("empty").is_none() {
        for (at, (name, word, product, funds, owed)) in (0_i64..).zip(PEOPLE) {
            table = table.row(
                Row::new()
                    .opens("/customers/17")
                    .cell(name)
                    .cell(status(word))
                    .cell(product)
                    .cell(format!("C-{:06}", 104_822 + at * 37))
                    .cell(usd(funds).toned())
                    .cell(usd(owed))
                    .cell(day(NOW - at * 17 * DAY, ZONE)),
            );
        }
    }
    Markup::new()
        .with(PageHead::new("Customers").action(button_link(Weight::Plain, "/imports/new", "Import")).action(
            button_link(
                Weight::Primary,
                "/customers/new",
                Markup::new().with(Icon::Plus).with("New customer"),
            ),
        ))
        .with(Card::bare().flush().child(table))
}

fn customer_head() -> Markup {
    let more = Markup::new()
        .with(link("/customers/17/add", Markup::new().with(Icon::Plus).with("Add product")))
        .with(link("/customers/17/plan", Markup::new().with(Icon::Refresh).with("Change plan")))
        .with(el("hr"))
        .with(link("/customers/17/suspend", Markup::new().with(Icon::Pause).with("Suspend later")))
        .with(link("/customers/17/block", Markup::new().with(Icon::Lock).with("Block")))
        .with(link("/customers/17/as", Markup::new().with(Icon::Eye).with("Open self-care as Ada")));
    PageHead::new("Ada Okafor")
        .crumb("Customers", "/customers")
        .beside(status("active"))
        .beside(chip(Tone::Good, "Online now"))
        .subtitle(
            Markup::text("Customer ")
                .with(copyable("C-104822"))
                .with(" · HomeConnect+ since ")
                .with(day(NOW - 2 * DAY, ZONE)),
        )
        .action(button_link(Weight::Primary, "/customers/17/pay", "Take payment"))
        .action(menu(Markup::text("Actions").with(Icon::Down), more))
        .fact("Available funds", usd(8_251))
        .fact("Owed", usd(5_097))
        .fact("Credit limit", usd(10_000))
        .fact("Next bill", day(NOW + 27 * DAY, ZONE))
        .fact("Sessions", "2")
        .into()
}

pub fn customer(state: &TableState) -> Markup {
    let row = |at: i64, what: &str, quantity: Markup, cents: i64| {
        Row::new()
            .opens("/why")
            .in_drawer()
            .cell(instant(NOW - at * 47 * MINUTE, ZONE))
            .cell(what)
            .cell("+1 555 0100")
            .cell(quantity)
            .cell(usd(-cents))
    };
    let usage = Table::new("Latest usage", state)
        .column(Column::text("when", "When"))
        .column(Column::text("what", "What"))
        .column(Column::text("account", "Account").minor())
        .column(Column::figure("quantity", "Quantity"))
        .column(Column::figure("amount", "Amount"))
        .row(row(1, "Film: The Lighthouse", "1 event".into(), 399))
        .row(row(3, "Mobile data", octets(42_400_000), 41))
        .row(row(4, "Call to +1 555 0163", seconds(754), 0))
        .row(row(9, "Mobile data", octets(1_902_000), 2))
        .totals(["Today".into(), Markup::new(), Markup::new(), Markup::new(), usd(-442).into()]);
    let accounts = Facts::new()
        .fact(
            "Internet",
            Markup::new()
                .with(el("code").child("ada@homeconnect"))
                .with(" ")
                .with(chip(Tone::Good, "Online")),
        )
        .fact("Mobile", Markup::new().with(el("code").child("+1 555 0100")))
        .fact("IPTV", Markup::new().with(copyable("00:1A:2B:3C:4D:5E")).with(" ").with(status("delivered")))
        .fact("Voice mail", "");
    let products = Facts::new().fact("HomeConnect+", usd(3_999)).fact("HBO", usd(599)).fact("DVR", usd(499));
    let buckets = stack(vec![
        Markup::from(
            UsageBar::new("Domestic minutes", 412, 1000, "412 of 1,000 min")
                .icon(Icon::Phone)
                .ends("Then 0.05 USD a minute. Renews 1 July."),
        ),
        UsageBar::new("Mobile data", 9_200, 10_000, "9.2 of 10 GB")
            .icon(Icon::Wifi)
            .ends("Then 0.01 USD a started MB.")
            .into(),
        UsageBar::new("Roaming day pass", 1, 1, "used up").ends("Buy another in the shop.").into(),
    ]);
    let nav = tabs(
        "Customer",
        [
            ("Overview", "/customers/17", true),
            ("Accounts and products", "#", false),
            ("Usage", "#", false),
            ("Invoices and payments", "#", false),
            ("Timeline", "#", false),
            ("Devices and SIMs", "#", false),
            ("Deliveries", "#", false),
            ("Notes", "#", false),
        ],
    );
    Markup::new().with(customer_head()).with(nav).with(split(
        vec![
            Markup::from(Card::new("Latest usage").action(link("/usage", "All usage")).flush().child(usage)),
            Card::new("Allowances").child(buckets).into(),
        ],
        vec![
            Markup::from(Card::new("Accounts").child(accounts)),
            Card::new("Products").action(link("/add", "Add")).child(products).into(),
        ],
    ))
}

pub fn why() -> Markup {
    Markup::new()
        .with(el("h2").child("Why 0.41 USD"))
        .with(
            el("p")
                .class("muted-ink")
                .child(Markup::text("Mobile data, ").with(instant(NOW, ZONE).seconds())),
        )
        .with(
            Reasons::new()
                .step(
                    Markup::text("Found by MSISDN ")
                        .with(el("code").child("15550100"))
                        .with(", account of ")
                        .with(link("/customers/17", "Ada Okafor")),
                    "",
                )
                .step(
                    Markup::text("Product ")
                        .with(link("/catalogue/7", "Internet mobile"))
                        .with(", version 14"),
                    "",
                )
                .step(
                    Markup::text("Rating entry: data, any node, access ").with(el("code").child("internet")),
                    "",
                )
                .step("Rate “per started MB”", money(10_000, "USD", 2))
                .step("Session used 40.43 MB, charged in intervals of 1 MB", "41 intervals")
                .step("No bucket applies: the 10 GB allowance covers HomeConnect only", "0 MB")
                .step("Rounded half up to 0.01", usd(41))
                .outcome(usd(41)),
        )
}

pub fn parts() -> Markup {
    let token = "token";
    let form = Form::post("/parts", token)
        .columns()
        .field(Field::text("name", "Name").value("Ada Okafor").required())
        .field(
            Field::input("email", "email", "E-mail")
                .value("ada@")
                .error(Some("An e-mail address needs a domain, as in ada@example.com."))
                .help("Invoices go here."),
        )
        .field(
            Field::amount("limit", "Credit limit", "USD")
                .value("100.00")
                .help("Usage stops when funds fall below minus this."),
        )
        .field(
            Field::select("product", "Main product", [("hc", "HomeConnect"), ("hcp", "HomeConnect+")])
                .value("hcp"),
        )
        .field(Field::input("date", "from", "From"))
        .field(Field::password("pin", "Parental PIN"))
        .field(
            Field::radio(
                "kind",
                "Paid",
                [("post", "By invoice, at the end of the month"), ("pre", "In advance, from the balance")],
            )
            .value("post")
            .wide(),
        )
        .field(Field::area("note", "Note", 3).wide())
        .field(Field::check("news", "Send news about new channels").value("on").wide())
        .submit("Create customer")
        .beside(button_link(Weight::Quiet, "/customers", "Cancel"));
    let chips = [
        "active",
        "pending",
        "suspended",
        "overdue",
        "draft",
        "verified",
        "documented",
        "assumed",
        "dead_letter",
    ];
    let icons = Icon::ALL.iter().map(|icon| Markup::new().with(*icon).with(" "));
    let danger = Form::post("/end", token).submit("End 214 sessions").danger()
        .field(el("p").child("214 sessions on bng-02 are disconnected now. Their charges so far are kept; 11 customers are in a call."))
        .beside(button(Weight::Plain, "Keep them"));
    Markup::new()
        .with(
            PageHead::new("Parts")
                .crumb("Settings", "/settings")
                .subtitle("Everything the pages are made of"),
        )
        .with(split(
            vec![
                Markup::from(Card::new("Form").child(form)),
                Card::new("Nothing yet")
                    .flush()
                    .child(
                        EmptyState::new(
                            Icon::Provisioning,
                            "No deliveries",
                            "Every change for an outside system shows here with its request and answer.",
                        )
                        .step(button_link(Weight::Primary, "/", "Add a connector")),
                    )
                    .into(),
            ],
            vec![
                Markup::from(
                    Card::new("Status").child(
                        el("div")
                            .class("actions")
                            .children(chips.iter().map(|word| status(word)))
                            .child(tag("prepaid")),
                    ),
                ),
                Card::new("Buttons")
                    .child(
                        el("div")
                            .class("actions")
                            .child(button(Weight::Primary, "Publish"))
                            .child(button(Weight::Plain, "Preview"))
                            .child(button(Weight::Quiet, "Later"))
                            .child(button(Weight::Danger, "Terminate"))
                            .child(
                                el("span").class("button").attr("aria-disabled", "true").child("Disabled"),
                            ),
                    )
                    .into(),
                Card::new("Danger").child(danger).into(),
                Card::new("Import").child(progress(7_200, 10_000, "7,200 of 10,000 rows, 3 rejected")).into(),
                Card::new("Why this amount").child(drawer_link("/why", "0.41 USD")).into(),
                Card::new("Icons").child(el("div").class("actions").children(icons)).into(),
                Card::new("Values")
                    .child(
                        Facts::new()
                            .fact("Money", usd(-1_234_567).toned())
                            .fact("Signed", usd(500).signed())
                            .fact("Rate", money(15_000, "USD", 2))
                            .fact("Yen", money(1_200_000_000, "JPY", 0))
                            .fact("Octets", octets(1_254_000_000))
                            .fact("Speed", bits_per_second(10_000_000))
                            .fact("Time", seconds(93_784))
                            .fact("Instant", instant(NOW, ZONE).seconds())
                            .fact("IMSI", copyable("001010123456789")),
                    )
                    .into(),
            ],
        ))
}

pub fn search(query: &str) -> Markup {
    if query == "none" {
        return results(query, Vec::new());
    }
    results(
        query,
        [
            ResultGroup::new("Actions").item(Icon::Plus, "New customer", "", "/customers/new").item(
                Icon::Invoice,
                "Open bill run June",
                "",
                "/money/runs/6",
            ),
            ResultGroup::new("Customers")
                .item(Icon::User, "Ada Okafor", "C-104822 · active", "/customers/17")
                .item(Icon::User, "Adam Novák", "C-104990 · suspended", "/customers/18"),
            ResultGroup::new("Identifiers")
                .item(Icon::Phone, "+1 555 0100", "MSISDN of Ada Okafor", "/customers/17")
                .item(Icon::Tv, "00:1A:2B:3C:4D:5E", "set-top box of Ada Okafor", "/customers/17"),
            ResultGroup::new("Invoices").item(
                Icon::Invoice,
                "INV-2026-000341",
                "50.97 USD · due 15 July",
                "/invoices/341",
            ),
        ],
    )
}

pub fn sign_in_page(choices: Choices, bad: bool) -> Markup {
    let form = Form::post("/sign-in", "token")
        .field(
            Field::text("user", "User name")
                .value(if bad { "maya" } else { "" })
                .required()
                .autofocus()
                .attr("autocomplete", "username"),
        )
        .field(Field::password("password", "Password").required().attr("autocomplete", "current-password"))
        .submit("Sign in");
    sign_in(SignInPage {
        title: "Sign in".into(),
        brand: Brand { logo: Some(assets::url("favicon.svg").into()), ..Brand::named("Talea") },
        staff: true,
        lead: Some("Staff portal · Demo".into()),
        flashes: bad.then(|| Flash::bad("User name or password is not right. After three more tries the account waits 15 minutes.")).into_iter().collect(),
        body: form.into(),
        choices,
    })
}
