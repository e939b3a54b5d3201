//! Wallets on the first page, and filling them; add-ons that begin later or with their first use.

use axum::http::StatusCode;
use office::{Actor, NewAccount};

use crate::browser::{Portal, hidden};
use crate::world::{self, amount};

fn system() -> Actor {
    Actor::System("demo")
}

fn with_mobile() -> (Portal, office::SignedUp, i64) {
    let portal = Portal::new();
    let text = concat!(
        include_str!("../../../../catalogs/triple-play.toml"),
        include_str!("../../../office/tests/front_desk/plans.toml")
    );
    portal.office.publish(&system(), toml::from_str(text).unwrap(), "plans").unwrap();
    let made = world::sign_up(&portal.office, world::bare("Mo", "mo"));
    let account =
        NewAccount { product: "mobile-plus".into(), label: "Phone".into(), ..NewAccount::default() };
    let account = portal.office.add_account(&system(), made.customer, account, None).unwrap();
    portal.office.set_credit_limit(&system(), made.customer, Some(amount("0")), None).unwrap();
    portal.office.pay(&system(), made.customer, amount("20"), "cash", None).unwrap();
    (portal, made, account.0)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wallet_is_seen_at_home_and_filled_after_its_price_was_shown() {
    let (portal, made, account) = with_mobile();
    let mo = portal.sign_in("mo").await;
    let home = mo.page("/").await;
    assert!(
        home.contains("Coins") && home.contains(">0</span> units left") && home.contains("/top-up"),
        "{home}"
    );
    let list = mo.page("/top-up").await;
    assert!(list.contains(">100</span> units") && list.contains("5.00"), "{list}");
    let wallet = portal.office.customer(made.customer).unwrap().accounts[0].wallets[0].key;
    let path = format!("/top-up/{account}/{}/{}/small", wallet.product, wallet.plan);
    let confirm = mo.page(&path).await;
    assert!(confirm.contains("11 Jun 2026") && confirm.contains("5.00"), "{confirm}");
    let once = hidden(&confirm, "once");
    for _ in 0..2 {
        let bought = mo.post(&path, &[("once", &once)]).await;
        assert_eq!(
            (bought.status, bought.location.as_str()),
            (StatusCode::SEE_OTHER, "/top-up"),
            "{}",
            bought.body
        );
    }
    let customer = portal.office.customer(made.customer).unwrap();
    assert_eq!(customer.live.head.purse.balance, amount("15"), "paid once");
    assert!(mo.page("/").await.contains(">100</span> units left"));
    let dear = path.replace("small", "large");
    let once = hidden(&mo.page(&dear).await, "once");
    mo.post(&dear, &[("once", &once)]).await;
    assert_eq!(
        portal.office.customer(made.customer).unwrap().accounts[0].wallets[0].free,
        100,
        "40.00 are not there"
    );
    assert_eq!(mo.get(&path.replace("small", "huge")).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_add_on_is_bought_for_a_later_day_or_its_first_use() {
    let (portal, _, account) = with_mobile();
    let mo = portal.sign_in("mo").await;
    let path = format!("/shop/{account}/add/roaming");
    let once = hidden(&mo.page(&path).await, "once");
    mo.post(&path, &[("once", &once), ("from", "2026-06-10")]).await;
    let shop = mo.page("/shop").await;
    assert!(shop.contains("Begins on") && shop.contains("10 Jun 2026") && shop.contains("Planned"), "{shop}");
    let path = format!("/shop/{account}/add/turbo");
    for _ in 0..2 {
        let confirm = mo.page(&path).await;
        assert!(confirm.contains("When you first use it") && confirm.contains("24 hours"), "{confirm}");
        let answer = mo.post(&path, &[("once", &hidden(&confirm, "once"))]).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
    }
    let shop = mo.page("/shop").await;
    assert_eq!(
        shop.matches("it begins when you first use it").count(),
        2,
        "it may be held several times: {shop}"
    );
}
