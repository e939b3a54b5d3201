//! Text that wants to be markup stays text, wherever staff meet it.

use axum::http::StatusCode;
use office::{Actor, NewAccount};

use crate::browser::Portal;
use crate::world;

const HOSTILE: &str = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>";

#[tokio::test(flavor = "multi_thread")]
async fn hostile_names_labels_notes_and_titles_are_printed_not_run() {
    let portal = Portal::new();
    let ada = portal.sign_in("ada").await;
    let clerk = Actor::System("demo");
    let mut form = world::home(HOSTILE, "homeconnect", &[], "mallory@home", "");
    form.account = Some(NewAccount { label: HOSTILE.chars().take(100).collect(), ..form.account.unwrap() });
    let made = portal.office.sign_up(&clerk, form, None).unwrap();
    portal.office.add_note(&clerk, made.customer, HOSTILE).unwrap();
    world::film(&portal.office, made.account.unwrap(), HOSTILE, "F-1").unwrap();
    portal.office.pay(&clerk, made.customer, world::amount("5"), HOSTILE, None).unwrap();
    let customer = format!("/staff/customers/{}", made.customer);
    let mut paths: Vec<String> = [
        "",
        "/accounts",
        "/usage",
        "/money",
        "/timeline",
        "/devices",
        "/notes",
        "/edit",
        "/pay",
        "/terminate",
    ]
    .map(|rest| format!("{customer}{rest}"))
    .to_vec();
    paths.extend(
        [
            "/staff/customers",
            "/staff/money/ledger",
            "/staff/settings/audit",
            "/staff/search?q=script",
            "/staff",
        ]
        .map(str::to_owned),
    );
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("q", HOSTILE)
        .append_pair("status", HOSTILE)
        .finish();
    paths.extend([
        format!("/staff/customers?{query}"),
        format!("/staff/search?{query}"),
        format!("/staff/network?{query}"),
    ]);
    for path in paths {
        let page = ada.page(&path).await;
        assert!(!page.contains("<script>alert") && !page.contains("<img src=x"), "{path}");
    }
    let csv = ada.get("/staff/customers.csv").await;
    assert_eq!(csv.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_spreadsheet_never_takes_a_name_for_a_formula() {
    let portal = Portal::new();
    let ada = portal.sign_in("ada").await;
    let form = world::home("=HYPERLINK(\"http://evil.example\")", "homeconnect", &[], "mallory@home", "");
    portal.office.sign_up(&Actor::System("demo"), form, None).unwrap();
    let csv = ada.get("/staff/customers.csv").await.body;
    assert!(
        csv.contains("'=HYPERLINK") && !csv.contains(",=HYPERLINK") && !csv.contains(",\"=HYPERLINK"),
        "{csv}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn absurd_forms_and_addresses_get_an_answer_in_words() {
    let portal = Portal::new();
    let ada = portal.sign_in("ada").await;
    let long = "x".repeat(300_000);
    let answer = ada.post("/staff/customers/new", &[("name", &long)]).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert!(answer.body.contains("could not be read"));
    for path in [
        "/staff/customers/18446744073709551616",
        "/staff/xdrs/-1",
        "/staff/money/invoices/9223372036854775807",
        "/staff/customers/1/accounts/x/plan",
    ] {
        let answer = ada.get(path).await;
        assert_eq!(answer.status.as_u16() / 100, 4, "{path}: {}", answer.status);
        assert!(answer.body.contains("<main"), "{path}");
    }
}
