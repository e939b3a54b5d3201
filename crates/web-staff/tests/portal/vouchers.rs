//! Vouchers: made after a look at their worth, their codes downloaded once, redeemed once, revoked after a question.

use axum::http::StatusCode;
use office::{Actor, NewVouchers};

use crate::browser::{Browser, Portal, hidden};
use crate::world::{self, amount};

const VOUCHERS: &str = "/staff/money/vouchers";
const BATCH: [(&str, &str); 5] = [
    ("name", "Summer kiosks"),
    ("count", "3"),
    ("amount", "10.00"),
    ("currency", "USD"),
    ("expires_at", "2026-12-31"),
];

/// Somebody with a balance of 0, and his page.
fn customer(portal: &Portal) -> (charging::CustomerId, String) {
    let form = world::home("Eve Moreau", "homeconnect-plus", &[], "eve@home", "");
    let made = portal.office.sign_up(&Actor::System("demo"), form, None).unwrap();
    (made.customer, format!("/staff/customers/{}", made.customer))
}

/// Codes of a fresh batch.
fn codes(portal: &Portal, currency: &str) -> Vec<String> {
    let new = NewVouchers {
        name: "Kiosks".into(),
        count: 3,
        amount: amount("10"),
        currency: money::Currency::parse(currency).unwrap(),
        expires_at: None,
    };
    let csv = portal.office.make_vouchers(&Actor::System("demo"), &new, None).unwrap().csv;
    csv.lines().skip(1).map(|line| line.split(',').next().unwrap().to_owned()).collect()
}

/// Fills the form in and confirms; the batch's page.
async fn make(browser: &Browser<'_>) -> String {
    let once = hidden(&browser.page(&format!("{VOUCHERS}/new")).await, "once");
    let mut fields = BATCH.to_vec();
    fields.push(("once", &once));
    let shown = browser.post(&format!("{VOUCHERS}/new"), &fields).await;
    assert_eq!(shown.status, StatusCode::OK, "{}", shown.body);
    for words in ["This will be made", "30.00", "Make 3 vouchers"] {
        assert!(shown.body.contains(words), "{words}: {}", shown.body);
    }
    fields.push(("confirmed", "yes"));
    let made = browser.post(&format!("{VOUCHERS}/new"), &fields).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.body);
    let again = browser.post(&format!("{VOUCHERS}/new"), &fields).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY, "a second click makes no second batch");
    made.location
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_shows_its_worth_first_and_gives_its_codes_once_to_who_made_it() {
    let portal = Portal::new();
    let anton = portal.sign_in("anton").await;
    assert!(anton.page(VOUCHERS).await.contains("No vouchers yet"));
    let path = make(&anton).await;
    assert_eq!(portal.office.voucher_batches(None, 0).unwrap().items.len(), 1);
    let ada = portal.sign_in("ada").await;
    assert!(!ada.page(&path).await.contains("Download the codes"), "another user sees no codes");
    assert_eq!(ada.post(&format!("{path}/codes.csv"), &[]).await.status, StatusCode::SEE_OTHER);
    assert!(anton.page(&path).await.contains("Download the codes, once"));
    let file = anton.post(&format!("{path}/codes.csv"), &[]).await;
    assert_eq!((file.status, file.kind.as_str()), (StatusCode::OK, "text/csv; charset=utf-8"));
    let lines: Vec<&str> = file.body.lines().collect();
    assert_eq!(lines.len(), 4);
    // The last day counts as a whole.
    assert!(lines[1].ends_with(",10.00,USD,2027-01-01T00:00:00Z"), "{}", lines[1]);
    let again = anton.post(&format!("{path}/codes.csv"), &[]).await;
    assert_eq!(again.status, StatusCode::SEE_OTHER);
    let page = anton.page(&path).await;
    assert!(page.contains("given out already") && !page.contains("Download the codes"), "{page}");
    assert!(anton.page(VOUCHERS).await.contains("Summer kiosks"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_batch_comes_back_with_each_fault_beside_its_field() {
    let portal = Portal::new();
    let anton = portal.sign_in("anton").await;
    let fields = [
        ("name", ""),
        ("count", "200000"),
        ("amount", "0.001"),
        ("currency", "USD"),
        ("expires_at", "2020-01-01"),
    ];
    let answer = anton.post(&format!("{VOUCHERS}/new"), &fields).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    for field in ["name", "count", "amount", "expires_at"] {
        assert!(answer.body.contains(&format!("id=\"f-{field}-error\"")), "{field}: {}", answer.body);
    }
    let hilda = portal.sign_in("hilda").await;
    assert_eq!(hilda.get(&format!("{VOUCHERS}/new")).await.status, StatusCode::FORBIDDEN);
    let forced = hilda.post(&format!("{VOUCHERS}/new"), &BATCH).await;
    assert_eq!(forced.status, StatusCode::FORBIDDEN);
    assert!(portal.office.voucher_batches(None, 0).unwrap().items.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_voucher_is_redeemed_for_a_customer_after_its_effect_was_shown() {
    let portal = Portal::new();
    let anton = portal.sign_in("anton").await;
    let (id, path) = customer(&portal);
    let codes = codes(&portal, "USD");
    assert!(anton.page(&format!("{path}/money")).await.contains("Redeem voucher"));
    let form = format!("{path}/voucher");
    let once = hidden(&anton.page(&form).await, "once");
    let fields = [("code", codes[0].as_str()), ("once", once.as_str())];
    let shown = anton.post(&form, &fields).await;
    assert_eq!(shown.status, StatusCode::OK);
    assert!(shown.body.contains("Redeem 10.00 USD"), "{}", shown.body);
    let balance = || portal.office.customer(id).unwrap().live.head.purse.balance;
    assert_eq!(balance(), amount("0"), "looking at the effect books nothing");
    let confirmed = [fields[0], fields[1], ("confirmed", "yes")];
    for _ in 0..2 {
        let done = anton.post(&form, &confirmed).await;
        assert_eq!((done.status, done.location), (StatusCode::SEE_OTHER, format!("{path}/money")));
    }
    assert_eq!(balance(), amount("10"));
    let page = anton.page(&format!("{path}/money")).await;
    assert!(page.contains("A voucher of") && page.contains("Ledger entry"), "{page}");
    let used = anton.post(&form, &[("code", codes[0].as_str())]).await;
    assert_eq!(used.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        used.body.contains("f-code-error") && used.body.contains("was redeemed by Eve Moreau"),
        "{}",
        used.body
    );
    let slip = anton.post(&form, &[("code", &codes[1][1..])]).await;
    assert!(slip.body.contains("f-code-error") && slip.body.contains("these are 15"), "{}", slip.body);
    let euro = self::codes(&portal, "EUR");
    let foreign = anton.post(&form, &[("code", euro[0].as_str())]).await;
    assert!(foreign.body.contains("This voucher is in EUR"), "{}", foreign.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_voucher_is_looked_up_and_revoked_after_a_question() {
    let portal = Portal::new();
    let anton = portal.sign_in("anton").await;
    let codes = codes(&portal, "USD");
    let unknown = anton.post(&format!("{VOUCHERS}/find"), &[("code", "ABC")]).await;
    assert_eq!(unknown.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(unknown.body.contains("f-code-error"));
    let code = [("code", codes[0].as_str())];
    let found = anton.post(&format!("{VOUCHERS}/find"), &code).await;
    assert!(found.body.contains("Free") && found.body.contains("Kiosks"), "{}", found.body);
    let hilda = portal.sign_in("hilda").await;
    let seen = hilda.post(&format!("{VOUCHERS}/find"), &code).await;
    assert!(seen.status == StatusCode::OK && !seen.body.contains("Revoke"), "she looks and changes nothing");
    let asks = anton.post(&format!("{VOUCHERS}/revoke"), &code).await;
    assert!(asks.body.contains("cannot be undone"), "{}", asks.body);
    let done = anton.post(&format!("{VOUCHERS}/revoke"), &[code[0], ("confirmed", "yes")]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    assert!(anton.post(&format!("{VOUCHERS}/find"), &code).await.body.contains("Revoked"));
    let rest = format!("{VOUCHERS}/1/revoke");
    assert!(anton.page(&rest).await.contains("Revoke 2 vouchers"));
    anton.post(&rest, &[]).await;
    assert!(anton.page(&format!("{VOUCHERS}/1")).await.contains("2 vouchers were revoked"));
    assert_eq!(portal.office.voucher_batch(1).unwrap().revoked, 3);
}
