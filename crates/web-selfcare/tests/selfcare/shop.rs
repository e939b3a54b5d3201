//! Buying and ending add-ons.

use axum::http::StatusCode;
use office::Office;

use crate::browser::{Portal, hidden};
use crate::world;

fn held(office: &Office, made: &office::SignedUp) -> Vec<String> {
    let customer = office.customer(made.customer).unwrap();
    customer.accounts[0].add_ons.iter().map(|add_on| add_on.product.code.clone()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_add_on_is_bought_after_its_price_was_shown_and_shows_at_once() {
    let portal = Portal::new();
    let made = world::sign_up(&portal.office, world::home("Ada", "ada", "homeconnect", &[], ""));
    let account = made.account.unwrap();
    portal.office.clock().advance_to(calendar::Instant::parse("2026-06-16T10:00:00Z").unwrap());
    let ada = portal.sign_in("ada").await;
    assert!(ada.page("/shop").await.contains("5.99"));
    let path = format!("/shop/{account}/add/hbo");
    let confirm = ada.page(&path).await;
    // 15 of 30 days of 5.99, rounded once.
    assert!(confirm.contains("15 of 30 days") && confirm.contains("3.00"), "{confirm}");
    assert!(held(&portal.office, &made).is_empty(), "looking at the price buys nothing");
    let bought = ada.post(&path, &[("once", &hidden(&confirm, "once"))]).await;
    assert_eq!(
        (bought.status, bought.location.as_str()),
        (StatusCode::SEE_OTHER, "/shop"),
        "{}",
        bought.body
    );
    assert_eq!(held(&portal.office, &made), ["hbo"]);
    let shop = ada.page("/shop").await;
    assert!(shop.contains("HBO is yours now") && shop.contains("Remove HBO"), "{shop}");
    assert!(ada.page("/").await.contains("HBO monthly fee, 15 of 30 days"));
    world::advance(&portal.office, "2026-07-01T00:05:00Z");
    // Two weeks later the first session has ended.
    let ada = portal.sign_in("ada").await;
    let usage = ada.page("/usage").await;
    assert!(
        usage.contains("HBO monthly fee") && usage.contains("3.00"),
        "what was shown is what is charged: {usage}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_form_sent_twice_buys_once() {
    let portal = Portal::new();
    let made = world::sign_up(&portal.office, world::home("Ada", "ada", "homeconnect", &[], ""));
    let ada = portal.sign_in("ada").await;
    let path = format!("/shop/{}/add/hbo", made.account.unwrap());
    let confirm = ada.page(&path).await;
    let (token, once) = (hidden(&confirm, "csrf"), hidden(&confirm, "once"));
    let fields = [("csrf", token.as_str()), ("once", once.as_str())];
    let (first, second) = tokio::join!(ada.send(&path, &fields), ada.send(&path, &fields));
    let third = ada.send(&path, &fields).await;
    for answer in [first, second, third] {
        assert_eq!((answer.status, answer.location.as_str()), (StatusCode::SEE_OTHER, "/shop"));
    }
    let shop = ada.page("/shop").await;
    assert!(!shop.contains("CHG-"), "the second click reads like a refusal: {shop}");
    assert_eq!(held(&portal.office, &made), ["hbo"]);
    let audit = portal.office.audit(&office::AuditQuery::default()).unwrap().items;
    assert_eq!(audit.iter().filter(|line| line.action == "account/add-on-added").count(), 1);
    let without_key = ada.send(&path, &[("csrf", token.as_str())]).await;
    assert_eq!(without_key.status, StatusCode::FORBIDDEN);
}

#[tokio::test(flavor = "multi_thread")]
async fn removing_an_add_on_asks_first_and_then_it_is_gone() {
    let portal = Portal::new();
    let made = world::sign_up(&portal.office, world::home("Ada", "ada", "homeconnect", &["hbo"], ""));
    let ada = portal.sign_in("ada").await;
    let number = portal.office.customer(made.customer).unwrap().accounts[0].add_ons[0].id;
    let path = format!("/shop/{}/remove/{number}", made.account.unwrap());
    let asks = ada.page(&path).await;
    assert!(asks.contains("HBO ends now") && asks.contains("Keep HBO"), "{asks}");
    assert_eq!(held(&portal.office, &made), ["hbo"]);
    ada.post(&path, &[("once", &hidden(&asks, "once"))]).await;
    assert!(held(&portal.office, &made).is_empty());
    assert!(ada.page("/shop").await.contains("HBO was removed"));
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_the_product_offers_can_be_bought() {
    let portal = Portal::new();
    let made = world::sign_up(&portal.office, world::home("Ada", "ada", "mobile-data", &[], ""));
    let ada = portal.sign_in("ada").await;
    assert!(ada.page("/shop").await.contains("Nothing to add"));
    let path = format!("/shop/{}/add/hbo", made.account.unwrap());
    assert_eq!(ada.get(&path).await.status, StatusCode::NOT_FOUND);
    ada.post(&path, &[("once", "0123456789abcdef")]).await;
    assert!(held(&portal.office, &made).is_empty());
}
