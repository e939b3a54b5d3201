//! Money doors: limits, own balances, refunds, free days, gifts and foreign payments, and sums in the customer's own currency.

use axum::http::StatusCode;
use charging::{AccountId, CustomerId};
use office::{Actor, XdrQuery};

use crate::browser::{Portal, hidden};
use crate::world::{self, amount};

/// A customer with an account: numbers and the path of his pages.
fn eve(portal: &Portal) -> (CustomerId, AccountId, String) {
    let form = world::home("Eve Moreau", "homeconnect-plus", &["hbo"], "eve@home", "");
    let made = portal.office.sign_up(&Actor::System("demo"), form, None).unwrap();
    (made.customer, made.account.unwrap(), format!("/staff/customers/{}", made.customer))
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_are_set_one_by_one_and_shown_on_the_customers_page_with_what_is_spent_today() {
    let portal = Portal::new();
    let anton = portal.sign_in("anton").await;
    let (id, account, path) = eve(&portal);
    let at = format!("{path}/limit");
    let page = anton.page(&at).await;
    for part in ["A higher limit for a while", "Warnings", "Daily cap", "Limit in force"] {
        assert!(page.contains(part), "{part}: {page}");
    }
    for fields in [
        vec![("what", "credit"), ("credit_limit", "50")],
        vec![("what", "temporary"), ("raise", "20 %"), ("until", "2026-06-05")],
        vec![("what", "warnings"), ("warnings", "10.00, 80%")],
        vec![("what", "cap"), ("daily_cap", "20")],
    ] {
        let answer = anton.post(&at, &fields).await;
        assert_eq!((answer.status, answer.location), (StatusCode::SEE_OTHER, at.clone()), "{fields:?}");
    }
    world::film(&portal.office, account, "Metropolis", "F-1").unwrap();
    let overview = anton.page(&path).await;
    for words in ["20 % more until", "6 Jun 2026", "80 % used", "10.00", "Spent today", "3.99", "20.00"] {
        assert!(overview.contains(words), "{words}: {overview}");
    }
    let now = portal.office.now();
    let available = portal.office.customer(id).unwrap().live.head.purse.available(now);
    assert_eq!(available, amount("56.01"), "60 less the film");
    anton.post(&at, &[("what", "temporary"), ("end", "on")]).await;
    assert!(!anton.page(&path).await.contains("more until"));
    for (fields, field) in [
        (vec![("what", "temporary"), ("raise", "much"), ("until", "2026-06-05")], "raise"),
        (vec![("what", "temporary"), ("raise", "5"), ("until", "2026-05-05")], "until"),
        (vec![("what", "warnings"), ("warnings", "80 %, soon")], "warnings"),
        (vec![("what", "cap"), ("daily_cap", "-5")], "daily_cap"),
    ] {
        let answer = anton.post(&at, &fields).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{fields:?}");
        assert!(answer.body.contains(&format!("id=\"f-{field}-error\"")), "{field}: {}", answer.body);
        assert!(answer.body.contains("<details open"), "the form that was sent stays open");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_gets_a_balance_of_its_own_that_is_filled_emptied_and_limited() {
    let portal = Portal::new();
    let anton = portal.sign_in("anton").await;
    let (_, account, path) = eve(&portal);
    let at = format!("{path}/accounts/{account}");
    assert!(anton.page(&format!("{path}/accounts")).await.contains("Give it a balance of its own"));
    let form = anton.page(&format!("{at}/own-balance")).await;
    let once = hidden(&form, "once");
    let opened = anton.post(&format!("{at}/own-balance"), &[("credit_limit", "0"), ("once", &once)]).await;
    assert_eq!(opened.status, StatusCode::SEE_OTHER, "{}", opened.body);
    for (direction, sum, status) in [
        ("to", "8.00", StatusCode::SEE_OTHER),
        ("back", "3.00", StatusCode::SEE_OTHER),
        ("back", "5.01", StatusCode::UNPROCESSABLE_ENTITY),
        ("to", "lots", StatusCode::UNPROCESSABLE_ENTITY),
    ] {
        let answer =
            anton.post(&format!("{at}/transfer"), &[("direction", direction), ("amount", sum)]).await;
        assert_eq!(answer.status, status, "{direction} {sum}: {}", answer.body);
    }
    let own = account.to_string();
    let paid = [
        ("account", own.as_str()),
        ("amount", "2"),
        ("note", "Card 4242"),
        ("once", "p1"),
        ("confirmed", "yes"),
    ];
    assert_eq!(anton.post(&format!("{path}/pay"), &paid).await.status, StatusCode::SEE_OTHER);
    let balance = || portal.office.account(account).unwrap().1.live.purse.unwrap().balance;
    assert_eq!(balance(), amount("7"));
    let gift = [
        ("account", own.as_str()),
        ("amount", "1"),
        ("direction", "gift"),
        ("note", "Welcome"),
        ("once", "g1"),
        ("confirmed", "yes"),
    ];
    assert_eq!(anton.post(&format!("{path}/adjust"), &gift).await.status, StatusCode::SEE_OTHER);
    assert_eq!(balance(), amount("8"));
    assert!(anton.page(&format!("{path}/money")).await.contains("Promotion"));
    let limit = [("what", "credit"), ("credit_limit", "2.50")];
    assert_eq!(anton.post(&format!("{at}/limit"), &limit).await.status, StatusCode::SEE_OTHER);
    let page = anton.page(&format!("{path}/accounts")).await;
    for words in ["Balance of its own", "8.00", "10.50", "2.50", "Move money"] {
        assert!(page.contains(words), "{words}: {page}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_charge_is_given_back_from_its_page_in_parts_and_helpdesk_only_looks() {
    let portal = Portal::new();
    let anton = portal.sign_in("anton").await;
    let (id, account, path) = eve(&portal);
    world::film(&portal.office, account, "Metropolis", "F-1").unwrap();
    let query = XdrQuery { customer: Some(id), ..XdrQuery::default() };
    let xdr = portal.office.xdrs(&query).unwrap().items[0].xdr.id;
    let refund = format!("/staff/xdrs/{xdr}/refund");
    let link = format!("href=\"{refund}\"");
    assert!(anton.page(&format!("{path}/usage")).await.contains(&link), "in the list");
    assert!(anton.page(&format!("/staff/xdrs/{xdr}?partial=1")).await.contains(&link), "in the drawer");
    let form = anton.page(&refund).await;
    assert!(form.contains("value=\"3.99\"") && form.contains("on the invoice that it is on"), "{form}");
    let once = hidden(&form, "once");
    let part = [("amount", "1.50"), ("note", "It froze"), ("once", once.as_str())];
    for _ in 0..2 {
        let answer = anton.post(&refund, &part).await;
        assert_eq!((answer.status, answer.location), (StatusCode::SEE_OTHER, format!("{path}/usage")));
    }
    let why = anton.page(&format!("/staff/xdrs/{xdr}")).await;
    assert!(why.contains("was given back") && why.contains("1.50") && why.contains(&link), "{why}");
    let too_much = anton.post(&refund, &[("amount", "2.50"), ("note", "again")]).await;
    assert_eq!(too_much.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        too_much.body.contains("CHG-046") && too_much.body.contains("value=\"2.50\""),
        "{}",
        too_much.body
    );
    let silent = anton.post(&refund, &[("amount", "1")]).await;
    assert!(silent.body.contains("f-note-error"));
    assert_eq!(
        anton.post(&refund, &[("amount", "2.49"), ("note", "the rest")]).await.status,
        StatusCode::SEE_OTHER
    );
    assert!(!anton.page(&format!("/staff/xdrs/{xdr}")).await.contains(&link), "nothing is left");
    assert!(anton.page(&refund).await.contains("All of it was given back"));
    let hilda = portal.sign_in("hilda").await;
    assert!(!hilda.page(&format!("{path}/usage")).await.contains("/refund"));
    let denied = hilda.post(&refund, &[("amount", "1"), ("note", "please")]).await;
    assert_eq!(denied.status, StatusCode::FORBIDDEN);
}

#[tokio::test(flavor = "multi_thread")]
async fn free_days_and_a_payment_in_euros_say_what_they_come_to() {
    let portal = Portal::new();
    let anton = portal.sign_in("anton").await;
    let (id, account, path) = eve(&portal);
    let at = format!("{path}/accounts/{account}/free-days");
    assert!(anton.page(&at).await.contains("HomeConnect+"));
    let days = [("product", "homeconnect-plus"), ("days", "2"), ("note", "Outage on 1 June"), ("once", "d1")];
    assert_eq!(anton.post(&at, &days).await.status, StatusCode::SEE_OTHER);
    assert!(anton.page(&format!("{path}/money")).await.contains("2.67"), "2 of 30 days of 39.99");
    let mut euros = vec![
        ("amount", "20"),
        ("currency", "EUR"),
        ("rate", "1.0825"),
        ("rate_source", "ECB 2026-06-01"),
        ("note", "Transfer"),
        ("once", "e1"),
    ];
    let preview = anton.post(&format!("{path}/pay"), &euros).await.body;
    assert!(preview.contains("20.00 EUR at 1.0825, ECB 2026-06-01"), "{preview}");
    assert!(preview.contains("Book payment of 21.65 USD"), "{preview}");
    euros.push(("confirmed", "yes"));
    assert_eq!(anton.post(&format!("{path}/pay"), &euros).await.status, StatusCode::SEE_OTHER);
    assert_eq!(portal.office.customer(id).unwrap().live.head.purse.balance, amount("24.32"));
    let bad = anton.post(&format!("{path}/pay"), &[("amount", "20"), ("currency", "EUR")]).await;
    assert!(
        bad.body.contains("f-rate-error") && bad.body.contains("<details class=\"field\" open"),
        "{}",
        bad.body
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kept_rate_is_shown_and_used_by_a_payment_that_names_none() {
    let portal = Portal::new();
    let anton = portal.sign_in("anton").await;
    let rates = "/staff/money/rates";
    let bad = anton.post(rates, &[("currency", "E"), ("rate", "0"), ("source", "")]).await;
    assert!(bad.body.contains("f-currency-error") && bad.body.contains("f-rate-error"), "{}", bad.body);
    let rate = [("currency", "EUR"), ("rate", "0.8"), ("from", ""), ("source", "ECB 2026-06-01")];
    assert_eq!(anton.post(rates, &rate).await.status, StatusCode::SEE_OTHER);
    let page = anton.page(rates).await;
    assert!(page.contains("0.80") && page.contains("ECB 2026-06-01") && page.contains("anton"), "{page}");
    let (_, _, path) = eve(&portal);
    let euros = [("amount", "20"), ("currency", "EUR"), ("note", "Transfer"), ("once", "e1")];
    let preview = anton.post(&format!("{path}/pay"), &euros).await.body;
    assert!(preview.contains("20.00 EUR at 1.25, ECB 2026-06-01"), "{preview}");
    assert!(preview.contains("Book payment of 25.00 USD"), "{preview}");
    let hilda = portal.sign_in("hilda").await;
    assert!(!hilda.page(rates).await.contains("Keep rate"), "the helpdesk only looks");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_of_another_currency_sees_and_is_sold_everything_in_it() {
    let portal = Portal::new();
    let mut catalog = portal.office.catalog().catalog().clone();
    let more: catalog::Catalog = toml::from_str(
        r#"currency = "USD"
        services = []
        tariffs = []
        [[products]]
        code = "casa"
        name = "Casa"
        kind = "main"
        currency = "EUR"
        subscription = { name = "Casa fee", fee = "10.00" }
        add_ons = ["extra"]
        [[products]]
        code = "extra"
        name = "Extra"
        kind = "add_on"
        currency = "EUR"
        subscription = { name = "Extra fee", fee = "2.00" }"#,
    )
    .unwrap();
    catalog.products.extend(more.products);
    portal.office.publish(&Actor::System("demo"), catalog, "euros").unwrap();
    let anton = portal.sign_in("anton").await;
    let new = anton.page("/staff/customers/new").await;
    assert!(new.contains("Casa, 10.00 EUR a month") && new.contains("HBO, 5.99 USD a month"), "{new}");
    let form = world::home("Carla", "casa", &[], "carla@casa", "");
    let made = portal.office.sign_up(&Actor::System("demo"), form, None).unwrap();
    let path = format!("/staff/customers/{}", made.customer);
    portal.office.pay(&Actor::System("demo"), made.customer, amount("7"), "cash", None).unwrap();
    let accounts = anton.page(&format!("{path}/accounts")).await;
    assert!(accounts.contains("Extra, 2.00 EUR a month") && !accounts.contains("HBO, 5.99"), "{accounts}");
    for page in [format!("{path}/money"), "/staff/money/ledger".to_owned(), format!("{path}/pay")] {
        assert!(anton.page(&page).await.contains("EUR"), "{page}");
    }
    assert!(!anton.page(&format!("{path}/money")).await.contains("USD"));
}
