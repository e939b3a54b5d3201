//! Included units, wallets, add-on times and conflicts, network attributes and reratings on screen.

use axum::http::StatusCode;
use charging::CustomerId;
use office::{Actor, NewAccount, SignUp};

use crate::browser::{Portal, hidden};
use crate::world::{self, amount};

fn system() -> Actor {
    Actor::System("demo")
}

/// The sample operator with every kind of plan, and Mo with Mobile Plus; the path of his pages and of his account's.
fn with_mo() -> (Portal, CustomerId, String, String) {
    let portal = Portal::new();
    let text = concat!(
        include_str!("../../../../catalogs/triple-play.toml"),
        include_str!("../../../office/tests/front_desk/plans.toml")
    );
    portal.office.publish(&system(), toml::from_str(text).unwrap(), "plans").unwrap();
    let account =
        NewAccount { product: "mobile-plus".into(), label: "Phone".into(), ..NewAccount::default() };
    let form = SignUp { credit_limit: Some(amount("50")), account: Some(account), ..SignUp::named("Mo") };
    let made = portal.office.sign_up(&system(), form, None).unwrap();
    let customer = format!("/staff/customers/{}", made.customer);
    let account = format!("{customer}/accounts/{}", made.account.unwrap());
    (portal, made.customer, customer, account)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wallet_is_topped_up_and_units_are_given_on_the_accounts_page() {
    let (portal, _, customer, account) = with_mo();
    let anton = portal.sign_in("anton").await;
    let page = anton.page(&format!("{customer}/accounts")).await;
    for words in [
        "Coins (Mobile Plus)",
        "Empty",
        "Shared by his accounts",
        "What is used first",
        "then money, by the tariff, less the discount Writer",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let form = anton.page(&format!("{account}/top-up")).await;
    assert!(
        form.contains("Coins: 100 units for 5.00 USD, then all of it is good until 2026-06-11"),
        "{form}"
    );
    let once = hidden(&form, "once");
    let fields = [("choice", "mobile-plus\tCoins\tsmall"), ("once", once.as_str())];
    for _ in 0..2 {
        let answer = anton.post(&format!("{account}/top-up"), &fields).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    }
    let page = anton.page(&format!("{customer}/accounts")).await;
    assert!(page.contains("Coins was topped up") && page.contains(">100</span> units left"), "{page}");
    let nothing = anton.post(&format!("{account}/top-up"), &[("once", "x")]).await;
    assert!(nothing.body.contains("f-choice-error"), "{}", nothing.body);
    let wrong = [("plan", "mobile-plus\tData"), ("units", "-1"), ("until", ""), ("note", "sorry")];
    let answer = anton.post(&format!("{account}/give-units"), &wrong).await;
    assert!(
        answer.body.contains("f-units-error") && answer.body.contains("f-until-error"),
        "{}",
        answer.body
    );
    let gift = [
        ("plan", "mobile-plus\tData"),
        ("units", "1.5"),
        ("until", "2026-06-05"),
        ("note", "sorry"),
        ("once", "y"),
    ];
    assert_eq!(anton.post(&format!("{account}/give-units"), &gift).await.status, StatusCode::SEE_OTHER);
    let page = anton.page(&format!("{customer}/accounts")).await;
    assert!(page.contains("kept from before or given"), "{page}");
    let hilda = portal.sign_in("hilda").await;
    let page = hilda.page(&format!("{customer}/accounts")).await;
    assert!(!page.contains("Give units"), "the helpdesk only looks");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_add_on_begins_later_and_a_clash_is_told_before_it_is_accepted() {
    let (portal, _, customer, account) = with_mo();
    let anton = portal.sign_in("anton").await;
    let later = [("add_on", "roaming"), ("from", "2026-06-10"), ("until", "2026-06-20"), ("once", "a")];
    anton.post(&format!("{account}/add-ons"), &later).await;
    anton.post(&format!("{account}/add-ons"), &[("add_on", "turbo"), ("once", "b")]).await;
    let page = anton.page(&format!("{customer}/accounts")).await;
    assert!(page.contains("Planned") && page.contains("Begins with its first use"), "{page}");
    let clash = anton.post(&format!("{account}/add-ons"), &[("add_on", "weekend"), ("once", "c")]).await;
    assert_eq!(clash.status, StatusCode::OK);
    assert!(
        clash.body.contains("Turbo has the same precedence")
            && clash.body.contains("Add Weekend nevertheless")
    );
    let sure = [("add_on", "weekend"), ("accept", "yes"), ("once", "d")];
    assert_eq!(anton.post(&format!("{account}/add-ons"), &sure).await.status, StatusCode::SEE_OTHER);
    assert!(anton.page(&format!("{customer}/accounts")).await.contains("Weekend was added"));
}

#[tokio::test(flavor = "multi_thread")]
async fn network_attributes_tell_their_source_and_are_set_for_the_account() {
    let (portal, _, customer, account) = with_mo();
    let anton = portal.sign_in("anton").await;
    assert_eq!(
        anton.post(&format!("{customer}/class"), &[("class", "business")]).await.status,
        StatusCode::SEE_OTHER
    );
    let edit = anton.page(&format!("{account}/policies/edit?service=mobile-data")).await;
    assert!(edit.contains("Mobile data of Phone"), "{edit}");
    let wrong = [("service", "mobile-data"), ("down_kbps", "fast"), ("attributes", "no value")];
    let answer = anton.post(&format!("{account}/policies/edit"), &wrong).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.body.contains("f-down_kbps-error") && answer.body.contains("no value"), "{}", answer.body);
    let own = [
        ("service", "mobile-data"),
        ("down_kbps", "2000"),
        ("attributes", "qos = gold"),
        ("final_action", "redirect"),
        ("target", "https://pay.example.net"),
    ];
    let answer = anton.post(&format!("{account}/policies/edit"), &own).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    let page = anton.page(&format!("{account}/policies")).await;
    for words in [
        "2000",
        "this account",
        "not 50000",
        "class Business",
        "gold",
        "sent to https://pay.example.net",
        "While a quota is used up",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    anton.post(&format!("{account}/policies/remove"), &[("service", "mobile-data")]).await;
    assert!(!anton.page(&format!("{account}/policies")).await.contains("this account<"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rerating_shows_what_would_change_before_it_is_booked() {
    let portal = Portal::new();
    let made = portal
        .office
        .sign_up(&system(), world::home("Eve", "homeconnect", &[], "eve@home", ""), None)
        .unwrap();
    world::film(&portal.office, made.account.unwrap(), "The General", "F1").unwrap();
    let mut catalog: catalog::Catalog =
        toml::from_str(include_str!("../../../../catalogs/triple-play.toml")).unwrap();
    let films = catalog.tariffs.iter_mut().find(|tariff| tariff.code == "films").unwrap();
    films.rates.iter_mut().for_each(|rate| rate.first_price = money::Price::parse("2.99").unwrap());
    portal.office.publish(&system(), catalog, "cheaper").unwrap();
    portal.office.clock().advance(calendar::Seconds(2 * 86_400));
    let anton = portal.sign_in("anton").await;
    let looked = anton.page("/staff/money/reratings/preview?from=2026-06-01&to=2026-06-03").await;
    assert!(!looked.contains("Book the corrections"), "everybody is for administrators");
    let ada = portal.sign_in("ada").await;
    assert!(ada.page("/staff/money/reratings").await.contains("No rerating yet"));
    let query = "from=2026-06-01&to=2026-06-03";
    let page = ada.page(&format!("/staff/money/reratings/preview?{query}")).await;
    assert!(page.contains("The General") && page.contains("2.99") && page.contains("1.00"), "{page}");
    let file = ada.get(&format!("/staff/money/reratings/preview.csv?{query}")).await;
    assert!(file.body.contains("3.99,2.99,USD"), "{}", file.body);
    let wrong = ada.get("/staff/money/reratings/preview?from=2026-06-01&to=2036-06-03&customer=C9").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.body.contains("f-customer-error"), "{}", wrong.body);
    let unsure = [("from", "2026-06-01"), ("to", "2026-06-03"), ("name", "June films")];
    let answer = ada.post("/staff/money/reratings", &unsure).await;
    assert!(answer.body.contains("f-sure-error"), "{}", answer.body);
    let mut sure = unsure.to_vec();
    sure.push(("sure", "on"));
    let booked = ada.post("/staff/money/reratings", &sure).await;
    assert_eq!(booked.status, StatusCode::SEE_OTHER, "{}", booked.body);
    let page = ada.page(&booked.location).await;
    assert!(page.contains("June films") && page.contains("1 charge"), "{page}");
    let customer = portal.office.customer(made.customer).unwrap();
    assert_eq!(customer.live.head.purse.balance, amount("-2.99"));
    assert!(ada.page("/staff/money/reratings").await.contains("June films"));
}

#[tokio::test(flavor = "multi_thread")]
async fn dialing_rules_are_in_the_catalogue_and_on_the_customers_policies() {
    let (portal, _, customer, account) = with_mo();
    let anton = portal.sign_in("anton").await;
    let page = anton.page("/staff/catalogue/dialing").await;
    for words in ["Dialling in Alabama", "Directory assistance", "411", "12055576061"] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert!(anton.page(&format!("{customer}/dialing")).await.contains("As products and class say"));
    let answer = anton.post(&format!("{customer}/dialing"), &[("dialing_rules", "alabama")]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    let page = anton.page(&format!("{account}/policies")).await;
    assert!(page.contains("the customer") && page.contains("/catalogue/dialing#alabama"), "{page}");
    let wrong = anton.post(&format!("{customer}/dialing"), &[("dialing_rules", "gone")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.body.contains("here are no dialing rules gone"), "{}", wrong.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_is_signed_up_into_a_class() {
    let (portal, ..) = with_mo();
    let anton = portal.sign_in("anton").await;
    let form = anton.page("/staff/customers/new").await;
    assert!(form.contains("name=\"class\"") && form.contains("Business"), "{form}");
    let once = hidden(&form, "once");
    let typed = [
        ("name", "Bo"),
        ("payment", "postpaid"),
        ("zone", "UTC"),
        ("class", "business"),
        ("once", once.as_str()),
    ];
    assert_eq!(anton.post("/staff/customers/new", &typed).await.status, StatusCode::SEE_OTHER);
    let found = portal.office.customers(&Default::default()).unwrap().items;
    let bo = found.iter().find(|row| row.record.name == "Bo").unwrap();
    assert_eq!(portal.office.customer(bo.id).unwrap().class.unwrap().code, "business");
}
