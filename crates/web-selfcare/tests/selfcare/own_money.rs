//! What a subscriber sees of his money: own balances of his services, and every sum in his own currency.

use crate::browser::Portal;
use crate::world::{self, amount};

#[tokio::test(flavor = "multi_thread")]
async fn a_service_with_a_balance_of_its_own_says_what_it_can_spend() {
    let portal = Portal::new();
    let made = world::sign_up(&portal.office, world::home("Ada", "ada", "homeconnect", &[], ""));
    let account = made.account.unwrap();
    let ada = portal.sign_in("ada").await;
    assert!(!ada.page("/").await.contains("of its own"));
    portal.office.open_balance(&world::CLERK, account, Some(amount("1.50")), None).unwrap();
    portal.office.transfer(&world::CLERK, account, amount("8"), None).unwrap();
    let home = ada.page("/").await;
    assert!(home.contains("This service can spend") && home.contains("9.50"), "{home}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subscriber_of_another_currency_shops_and_is_charged_in_it() {
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
    portal.office.publish(&world::CLERK, catalog, "euros").unwrap();
    let made = world::sign_up(&portal.office, world::home("Carla", "carla", "casa", &[], ""));
    let carla = portal.sign_in("carla").await;
    let price = format!("/shop/{}/add/extra", made.account.unwrap());
    for page in ["/", "/shop", price.as_str()] {
        let page = carla.page(page).await;
        assert!(page.contains("EUR") && !page.contains("USD"), "{page}");
    }
}
