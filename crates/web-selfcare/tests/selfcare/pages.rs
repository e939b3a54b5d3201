//! What the pages say in every standing, with much and with nothing.

use charging::{Step, Used};

use crate::browser::Portal;
use crate::world;

#[tokio::test(flavor = "multi_thread")]
async fn a_new_customer_without_anything_sees_what_each_place_is_for() {
    let portal = Portal::new();
    world::sign_up(&portal.office, world::bare("Cleo", "cleo"));
    let cleo = portal.sign_in("cleo").await;
    for (path, words) in [
        ("/", "No services now"),
        ("/usage", "Nothing used yet"),
        ("/invoices", "No invoices yet"),
        ("/shop", "Nothing to add"),
        ("/profile", "No devices yet"),
    ] {
        let page = cleo.page(path).await;
        assert!(page.contains(words) && page.contains("class=\"empty\""), "{path}: {page}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn usage_is_told_in_plain_words_by_day_and_goes_on_page_by_page() {
    let portal = Portal::new();
    let made = world::sign_up(&portal.office, world::home("Ada", "ada", "homeconnect", &[], ""));
    let account = made.account.unwrap();
    portal.office.set_credit_limit(&world::CLERK, made.customer, None, None).unwrap();
    for at in 0..45 {
        world::film(&portal.office, account, &format!("Film {at:02}"), &format!("F-{at}")).unwrap();
    }
    world::session(&portal.office, account, "voice", "call-1", 125);
    let ada = portal.sign_in("ada").await;
    let first = ada.page("/usage").await;
    assert!(first.contains("Call to 12075550142") && first.contains("1 Jun 2026"), "{first}");
    assert!(first.contains("Film: Film 44") && first.contains("3.99") && !first.contains("Film: Film 00"));
    let start = first.find("/usage?after=").unwrap();
    let older = first[start..].split('"').next().unwrap().replace("&amp;", "&");
    let second = ada.page(&older).await;
    assert!(second.contains("Film: Film 00") && !second.contains("Film: Film 44"));
    assert!(second.contains("rel=\"prev\" href=\"/usage\""), "and back: {second}");
    let calls = ada.page("/usage?service=voice").await;
    assert!(calls.contains("Call to") && !calls.contains("Film: Film 44"));
}

/// What an open session holds is nobody's to spend again: the sum and the minutes that are left follow it at once, and come back.
#[tokio::test(flavor = "multi_thread")]
async fn what_open_sessions_hold_is_not_shown_as_left() {
    let portal = Portal::new();
    let made = world::sign_up(&portal.office, world::home("Ada", "ada", "homeconnect-plus", &[], ""));
    let (line, phone) = (made.account.unwrap(), world::phone(&portal.office, &made, "15550100"));
    let ada = portal.sign_in("ada").await;
    let left = async |minutes: &str, spend: &str| {
        let home = ada.page("/").await;
        for words in [
            format!("{minutes}</span> of"),
            format!("You can spend <data class=\"money\" value=\"{spend}\">"),
        ] {
            assert!(home.contains(&words), "{words}: {home}");
        }
    };
    left(">1,000", "100.00").await;
    let step =
        |account, service, name, step| world::session_step(&portal.office, account, service, name, step);
    step(line, "voice", "call", (0, Step::Start, Used::None));
    step(phone, "mobile-data", "gy", (0, Step::Start, Used::None));
    left(">995", "99.90").await;
    step(line, "voice", "call", (1, Step::Update, Used::Since(60)));
    step(phone, "mobile-data", "gy", (1, Step::Stop, Used::Since(2 << 20)));
    left(">994", "99.98").await;
    step(line, "voice", "call", (2, Step::Stop, Used::None));
    left(">999", "99.98").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn why_retells_how_the_amount_came_about() {
    let portal = Portal::new();
    let made = world::sign_up(&portal.office, world::home("Ada", "ada", "homeconnect", &[], ""));
    world::film(&portal.office, made.account.unwrap(), "Metropolis", "F-1").unwrap();
    let query = office::XdrQuery { customer: Some(made.customer), ..office::XdrQuery::default() };
    let id = portal.office.xdrs(&query).unwrap().items[0].xdr.id;
    let ada = portal.sign_in("ada").await;
    let why = ada.page(&format!("/usage/{id}")).await;
    assert!(why.contains("class=\"reasons\"") && why.contains("3.99"), "{why}");
    assert!(why.contains("You bought Metropolis.") && why.contains("Price: USD 3.99."), "{why}");
    assert!(!why.contains("catalog") && !why.contains("reported by"), "no inner words: {why}");
    assert!(!ada.page(&format!("/usage/{id}?partial=1")).await.contains("<html"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_customer_reads_why_and_what_lifts_it_and_paying_lifts_it() {
    let portal = Portal::new();
    let made = world::sign_up(&portal.office, world::home("Ben", "ben", "homeconnect", &[], ""));
    world::advance(&portal.office, "2026-07-01T00:05:00Z");
    world::advance(&portal.office, "2026-07-20T00:05:00Z");
    let ben = portal.sign_in("ben").await;
    let home = ben.page("/").await;
    assert!(home.contains("Your services are paused") && home.contains("How to pay"), "{home}");
    assert!(
        home.contains("account 12-3456-78") && home.contains("INV-"),
        "how to pay and what to quote: {home}"
    );
    let shop = ben.page("/shop").await;
    assert!(shop.contains("Your services are paused") && !shop.contains("See price and add"));
    let owed = portal.office.customer(made.customer).unwrap().live.head.owed();
    portal.office.pay(&world::CLERK, made.customer, owed, "Bank transfer", None).unwrap();
    assert!(!ben.page("/").await.contains("paused"));
}

#[tokio::test(flavor = "multi_thread")]
async fn blocked_and_terminated_customers_still_get_in_and_are_told() {
    let portal = Portal::new();
    let made = world::sign_up(&portal.office, world::home("Dan", "dan", "homeconnect", &["hbo"], ""));
    let dan = portal.sign_in("dan").await;
    portal.office.block_customer(&world::CLERK, made.customer, true, None).unwrap();
    assert!(dan.page("/").await.contains("Your services are blocked"));
    portal.office.block_customer(&world::CLERK, made.customer, false, None).unwrap();
    portal.office.terminate_customer(&world::CLERK, made.customer, None).unwrap();
    for path in ["/", "/usage", "/invoices", "/shop", "/profile"] {
        dan.page(path).await;
    }
    assert!(dan.page("/").await.contains("Your contract ended on"));
}

#[tokio::test(flavor = "multi_thread")]
async fn contact_is_changed_and_a_wrong_address_is_marked_beside_its_field() {
    let portal = Portal::new();
    world::sign_up(&portal.office, world::home("Ada", "ada", "homeconnect", &[], "00:1A:2B:3C:4D:01"));
    let ada = portal.sign_in("ada").await;
    let fields =
        |email: &'static str| [("email", email), ("phone", "+1 555 0199"), ("address", "2 Side Street")];
    let wrong = ada.post("/profile/contact", &fields("nonsense")).await;
    assert_eq!(wrong.status, axum::http::StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        wrong.body.contains("value=\"nonsense\"") && wrong.body.contains("2 Side Street"),
        "{}",
        wrong.body
    );
    assert_eq!(ada.post("/profile/contact", &fields("ada@new.example")).await.location, "/profile");
    let profile = ada.page("/profile").await;
    assert!(profile.contains("ada@new.example") && profile.contains("00:1A:2B:3C:4D:01"), "{profile}");
}
