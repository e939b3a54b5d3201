//! Redeeming a voucher as a subscriber.

use axum::http::StatusCode;
use office::{NewVouchers, Office};

use crate::browser::{Portal, hidden};
use crate::world;

fn codes(office: &Office, count: u32) -> Vec<String> {
    let new = NewVouchers {
        name: "Kiosks".into(),
        count,
        amount: world::amount("10"),
        currency: money::Currency::parse("USD").unwrap(),
        expires_at: None,
    };
    let csv = office.make_vouchers(&world::CLERK, &new, None).unwrap().csv;
    csv.lines().skip(1).map(|line| line.split(',').next().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_voucher_is_money_at_once_and_a_second_click_is_none() {
    let portal = Portal::new();
    let made = world::sign_up(&portal.office, world::bare("Ada", "ada"));
    let codes = codes(&portal.office, 2);
    let ada = portal.sign_in("ada").await;
    assert!(ada.page("/").await.contains("Redeem a voucher"));
    let form = ada.page("/voucher").await;
    let once = hidden(&form, "once");
    let fields = [("code", codes[0].as_str()), ("once", once.as_str())];
    for _ in 0..2 {
        let answer = ada.post("/voucher", &fields).await;
        assert_eq!(
            (answer.status, answer.location.as_str()),
            (StatusCode::SEE_OTHER, "/"),
            "{}",
            answer.body
        );
    }
    let home = ada.page("/").await;
    assert!(home.contains("was added") && home.contains("110.00"), "{home}");
    let balance = || portal.office.customer(made.customer).unwrap().live.head.purse.balance;
    assert_eq!(balance(), world::amount("10"));
    let other = ada.post("/voucher", &[("code", codes[1].as_str()), fields[1]]).await;
    assert_eq!(other.status, StatusCode::UNPROCESSABLE_ENTITY, "another code is another request");
    let without_key = ada.post("/voucher", &[("code", codes[1].as_str())]).await;
    assert_eq!(without_key.status, StatusCode::FORBIDDEN);
    assert_eq!(balance(), world::amount("10"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_stands_beside_the_code_and_guessing_ends() {
    let portal = Portal::new();
    world::sign_up(&portal.office, world::bare("Ada", "ada"));
    world::sign_up(&portal.office, world::bare("Eve", "eve"));
    // Well-formed codes that are none of ours.
    let foreign = codes(&Portal::new().office, 6);
    let codes = codes(&portal.office, 1);
    let (ada, eve) = (portal.sign_in("ada").await, portal.sign_in("eve").await);
    let slip = ada.post("/voucher", &[("code", "abcd-efgh"), ("once", "k0")]).await;
    assert_eq!(slip.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(slip.body.contains("f-code-error") && slip.body.contains("abcd-efgh"), "{}", slip.body);
    eve.post("/voucher", &[("code", codes[0].as_str()), ("once", "k1")]).await;
    let used = ada.post("/voucher", &[("code", codes[0].as_str()), ("once", "k1")]).await;
    assert!(used.body.contains("was used already") && used.body.contains("CHG-050"), "{}", used.body);
    for code in &foreign[..5] {
        let wrong = ada.post("/voucher", &[("code", code), ("once", "k2")]).await;
        assert!(wrong.body.contains("none of ours"), "{}", wrong.body);
    }
    let stopped = ada.post("/voucher", &[("code", &foreign[5]), ("once", "k3")]).await;
    assert!(stopped.body.contains("oo many wrong codes"), "{}", stopped.body);
}
