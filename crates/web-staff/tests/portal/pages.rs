//! Every page answers, with nothing in the books and with a month in them.

use axum::http::StatusCode;
use calendar::Instant;
use charging::{Step, Used};
use office::{Actor, SessionQuery, run_due};

use crate::browser::Portal;
use crate::world;

const PLAIN: [&str; 30] = [
    "/staff",
    "/staff/customers",
    "/staff/customers/new",
    "/staff/search?q=ada",
    "/staff/search?q=",
    "/staff/network",
    "/staff/network/nodes",
    "/staff/network/nodes/new",
    "/staff/notices",
    "/staff/money",
    "/staff/money?status=overdue",
    "/staff/money/ledger",
    "/staff/money/vouchers",
    "/staff/money/vouchers/new",
    "/staff/money/run",
    "/staff/provisioning",
    "/staff/provisioning/deliveries",
    "/staff/catalogue",
    "/staff/catalogue/services",
    "/staff/catalogue/tariffs",
    "/staff/catalogue/try",
    "/staff/catalogue/versions",
    "/staff/catalogue/versions/1",
    "/staff/catalogue/publish",
    "/staff/imports",
    "/staff/reports",
    "/staff/settings",
    "/staff/settings/staff",
    "/staff/settings/tokens",
    "/staff/settings/audit",
];

#[tokio::test(flavor = "multi_thread")]
async fn every_page_answers_while_the_books_are_empty_and_says_what_it_is_for() {
    let portal = Portal::new();
    let ada = portal.sign_in("ada").await;
    for path in PLAIN {
        let page = ada.page(path).await;
        assert!(page.contains("<main") && page.contains("aria-current=\"page\""), "{path}");
    }
    for (path, words) in [
        ("/staff", "Nobody is signed up yet"),
        ("/staff/customers", "No customers yet"),
        ("/staff/network", "Nobody is online"),
        ("/staff/network/nodes", "No nodes yet"),
        ("/staff/money", "No invoices yet"),
        ("/staff/money/ledger", "No movements yet"),
        ("/staff/provisioning/deliveries", "No deliveries yet"),
        ("/staff/imports", "No files yet"),
        ("/staff/settings/tokens", "No tokens yet"),
    ] {
        assert!(ada.page(path).await.contains(words), "{path}");
    }
}

/// A customer with a month of use behind him and a session open now.
async fn a_month(portal: &Portal) -> String {
    let office = &portal.office;
    let clerk = Actor::System("demo");
    let made = office
        .sign_up(
            &clerk,
            world::home("Ada Okafor", "homeconnect-plus", &["hbo", "dvr"], "ada@home", "001A2B3C4D5E"),
            None,
        )
        .unwrap();
    let line = made.account.unwrap();
    let phone = office.add_account(&clerk, made.customer, world::phone("15550100"), None).unwrap();
    world::session(office, line, "voice", "call-1", 754);
    world::session(office, phone, "mobile-data", "gy;1", 41 * 1_048_576 + 1);
    world::film(office, line, "The Lighthouse", "F-1").unwrap();
    office.clock().advance_to(Instant::parse("2026-07-01T00:01:00Z").unwrap());
    run_due(office).unwrap();
    world::session_step(office, phone, "mobile-data", "gy;2", (0, Step::Start, Used::None));
    office.add_note(&clerk, made.customer, "Called about the remote control").unwrap();
    // What the network reports reaches the tables within a second.
    for _ in 0..200 {
        if office.sessions(&SessionQuery::default()).unwrap().items.len() == 1 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    format!("/staff/customers/{}", made.customer)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_with_a_month_behind_him_fills_all_his_pages() {
    let portal = Portal::new();
    let customer = a_month(&portal).await;
    let ada = portal.sign_in("ada").await;
    for path in PLAIN {
        ada.page(path).await;
    }
    let head = ["Ada Okafor", "Available funds", "Next bill", "Online now", "Take payment"];
    for (rest, words) in [
        ("", &["HomeConnect+, HBO, DVR", "Online now", "Domestic minutes"][..]),
        ("/accounts", &["15550100", "00:1A:2B:3C:4D:5E", "39.99"]),
        ("/usage", &["The Lighthouse", "HBO monthly fee", "3.99"]),
        ("/money", &["INV-2026-000001", "Recurring fee", "Customer balance to Revenue"]),
        ("/timeline", &["Invoice issued", "Called about the remote control"]),
        ("/timeline?category=network", &["Session"]),
        ("/devices", &["Set-top box", "00:1A:2B:3C:4D:5E"]),
        ("/deliveries", &["Nothing was delivered yet"]),
        ("/notes", &["Called about the remote control"]),
        ("/pay", &["Show the effect", "55.38"]),
        ("/adjust", &["Credit: the customer gets money"]),
        ("/block", &["log-ins, sessions and purchases are refused"]),
        ("/terminate", &["This cannot be undone"]),
        ("/limit", &["100.00"]),
        ("/edit", &["Self-care log-ins"]),
        ("/accounts/new", &["Main product"]),
    ] {
        let page = ada.page(&format!("{customer}{rest}")).await;
        for word in words.iter().chain(&head) {
            assert!(page.contains(word), "{rest} lacks {word}: {page}");
        }
    }
    assert!(ada.page("/staff/customers/C1000001").await.contains("Ada Okafor"), "by the number people know");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invoice_shows_its_sections_and_gives_its_document() {
    let portal = Portal::new();
    a_month(&portal).await;
    let ada = portal.sign_in("ada").await;
    let list = ada.page("/staff/money?status=unpaid").await;
    let at = list.find("/staff/money/invoices/").unwrap();
    let path: String = list[at..].split('"').next().unwrap().to_owned();
    let invoice = ada.page(&path).await;
    for words in
        ["HomeConnect+ monthly fee", "39.99", "5.99", "4.99", "The Lighthouse", "Still to pay", "1 Jul 2026"]
    {
        assert!(invoice.contains(words), "{words}: {invoice}");
    }
    let pdf = ada.get(&format!("{path}/pdf")).await;
    assert_eq!((pdf.kind.as_str(), pdf.status), ("application/pdf", StatusCode::OK));
    assert!(pdf.body.contains("INV-2026-000001"));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_record_tells_why_it_costs_what_it_costs_as_a_page_and_in_the_drawer() {
    let portal = Portal::new();
    let customer = a_month(&portal).await;
    let ada = portal.sign_in("ada").await;
    let usage = ada.page(&format!("{customer}/usage")).await;
    let records: Vec<&str> = usage
        .split("href=\"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap())
        .filter(|href| href.starts_with("/staff/xdrs/") && !href.ends_with("/refund"))
        .collect();
    assert!(records.len() >= 6, "{records:?}");
    for record in records {
        let page = ada.page(record).await;
        assert!(page.contains("<html") && page.contains("How the amount came about"), "{record}");
        let part = ada.page(&format!("{record}?partial=1")).await;
        assert!(!part.contains("<html") && part.contains("class=\"reasons\""), "{record}: {part}");
    }
    let mobile = usage.find("Mobile data").unwrap();
    assert!(usage[mobile..].contains("0.42"), "42 started megabytes at a cent");
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_come_as_csv_and_fragments_come_without_a_frame() {
    let portal = Portal::new();
    let customer = a_month(&portal).await;
    let ada = portal.sign_in("ada").await;
    for (path, words) in [
        ("/staff/customers.csv".to_owned(), "C1000001,Ada Okafor,active,postpaid,USD,"),
        ("/staff/usage.csv".to_owned(), "The Lighthouse"),
        (format!("{customer}/usage.csv"), "HBO monthly fee"),
        ("/staff/money/invoices.csv".to_owned(), "INV-2026-000001,C1000001"),
    ] {
        let answer = ada.get(&path).await;
        assert!(
            answer.kind.starts_with("text/csv") && answer.body.contains(words),
            "{path}: {}",
            answer.body
        );
    }
    let found = ada.page("/staff/search?q=okafor&partial=1").await;
    assert!(found.contains("Ada Okafor") && !found.contains("<html"));
    let action = ada.page("/staff/search?q=new+cust&partial=1").await;
    assert!(action.contains("/staff/customers/new"));
    assert!(ada.page("/staff/search?q=15550100").await.contains("phone number"));
    assert!(ada.page("/staff/live/sessions").await.contains("id=\"home-sessions\""));
    let live = ada.page("/staff/live/network?node=pgw-01").await;
    assert!(live.contains("id=\"network-sessions\"") && live.contains("Mobile data"));
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_turn_page_by_page_forward_and_back_and_a_live_list_stays_on_its_page() {
    let portal = Portal::new();
    for number in 0..55 {
        let form =
            world::home(&format!("Customer {number:02}"), "homeconnect", &[], &format!("u{number}"), "");
        let made = portal.office.sign_up(&Actor::System("demo"), form, None).unwrap();
        let line = made.account.unwrap();
        world::session_step(
            &portal.office,
            line,
            "internet",
            &format!("s{number}"),
            (0, Step::Start, Used::None),
        );
    }
    let ada = portal.sign_in("ada").await;
    let turn = |page: &str, rel: &str| {
        let at = page.find(&format!("rel=\"{rel}\"")).unwrap_or_else(|| panic!("no {rel}: {page}"));
        let address = page[at..].split("href=\"").nth(1).unwrap().split('"').next().unwrap();
        address.replace("&amp;", "&")
    };
    let first = ada.page("/staff/customers?sort=name").await;
    assert!(
        first.contains("Customer 00") && !first.contains("Customer 54") && !first.contains("rel=\"prev\"")
    );
    let second = ada.page(&turn(&first, "next")).await;
    assert!(second.contains("Customer 54") && !second.contains("Customer 00"));
    assert_eq!(turn(&second, "prev"), "/staff/customers?sort=name");
    for _ in 0..200 {
        if portal.office.sessions(&SessionQuery { limit: 60, ..SessionQuery::default() }).unwrap().items.len()
            == 55
        {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let sessions = ada.page("/staff/network").await;
    let next = ada.page(&turn(&sessions, "next")).await;
    let live = turn(&next.replace("hx-get", "rel=\"live\" href"), "live");
    assert!(live.starts_with("/staff/live/network?after="), "{live}");
    let part = ada.page(&live).await;
    assert_eq!(part.matches("data-row").count(), next.matches("data-row").count(), "the same five rows");
    assert!(part.matches("data-row").count() < 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn times_are_shown_in_the_operators_zone_as_soon_as_it_is_set() {
    let portal = Portal::new();
    let ada = portal.sign_in("ada").await;
    assert!(ada.page("/staff").await.contains("1 Jun 2026, 10:0"), "UTC before anything is set");
    let settings =
        office::OperatorSettings { zone: "America/New_York".into(), ..portal.office.settings().unwrap() };
    portal.office.save_settings(&Actor::System("demo"), &settings).unwrap();
    assert!(ada.page("/staff").await.contains("1 Jun 2026, 06:0"), "the next page follows");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_gets_a_page_in_words() {
    let portal = Portal::new();
    let ada = portal.sign_in("ada").await;
    for path in [
        "/staff/customers/999",
        "/staff/customers/C9999999",
        "/staff/customers/..%2f..",
        "/staff/xdrs/1",
        "/staff/xdrs/not-a-number",
        "/staff/money/invoices/17",
        "/staff/money/ledger/17",
        "/staff/network/nodes/9",
        "/staff/provisioning/deliveries/9",
        "/staff/provisioning/nowhere",
        "/staff/catalogue/products/none",
        "/staff/catalogue/versions/77",
        "/staff/imports/9",
        "/staff/no/such/page",
    ] {
        let answer = ada.get(path).await;
        assert_eq!(answer.status.as_u16() / 100, 4, "{path}");
        assert!(
            answer.body.contains("<main") && answer.body.contains("class=\"empty-title\""),
            "{path}: {}",
            answer.body
        );
    }
    for path in ["/staff/customers?after=garbage", "/staff/money?after=x", "/staff/network?after=zz"] {
        assert_eq!(ada.get(path).await.status.as_u16() / 100, 4, "{path}: a forged cursor is refused");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_charge_can_be_tried_without_an_account() {
    let portal = Portal::new();
    let ada = portal.sign_in("ada").await;
    let call = ada
        .page("/staff/catalogue/try?product=homeconnect-plus&service=voice&destination=1207&units=130")
        .await;
    assert!(call.contains("0.15"), "three started minutes at five cents");
    let premium =
        ada.page("/staff/catalogue/try?product=homeconnect&service=voice&destination=1900&units=1").await;
    assert!(premium.contains("forbidden"));
    let missing = ada.page("/staff/catalogue/try?product=mobile-data&service=vod&destination=&units=1").await;
    assert!(missing.contains("CHG-009"));
}
