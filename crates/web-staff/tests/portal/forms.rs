//! Forms: what they do, what they say when something is wrong, and that they count once.

use axum::http::StatusCode;
use charging::CustomerStatus;
use office::{Actor, InvoiceQuery, LedgerQuery};

use crate::browser::{Portal, hidden};
use crate::world::{self, amount};

const SIGN_UP: [(&str, &str); 13] = [
    ("name", "Grace Hopper"),
    ("email", "grace@example.net"),
    ("phone", "+1 555 0100"),
    ("address", "1 Main Street\nSpringfield"),
    ("payment", "postpaid"),
    ("credit_limit", "100.00"),
    ("zone", "America/New_York"),
    ("language", "en"),
    ("product", "homeconnect-plus"),
    ("add_on.hbo", "on"),
    ("user", "Grace@Home"),
    ("password", "router-secret"),
    ("stb_mac", "00-1a-2b-3c-4d-5e"),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_up_makes_customer_account_box_and_self_care_in_one_form() {
    let portal = Portal::new();
    let anton = portal.sign_in("anton").await;
    let once = hidden(&anton.page("/staff/customers/new").await, "once");
    let mut fields = SIGN_UP.to_vec();
    fields.extend([
        ("login", "grace@example.net"),
        ("login_password", "grace-secret"),
        ("once", once.as_str()),
    ]);
    let first = anton.post("/staff/customers/new", &fields).await;
    let second = anton.post("/staff/customers/new", &fields).await;
    assert_eq!((first.status, &first.location), (StatusCode::SEE_OTHER, &second.location), "{}", first.body);
    let page = anton.page(&first.location).await;
    for words in ["Grace Hopper", "C1000001", "grace@home", "HomeConnect+, HBO"] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert!(anton.page(&format!("{}/devices", first.location)).await.contains("00:1A:2B:3C:4D:5E"));
    assert!(anton.page(&format!("{}/edit", first.location)).await.contains("grace@example.net"));
    assert!(portal.office.sign_in_subscriber("grace@example.net", "grace-secret").is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_faulty_sign_up_comes_back_with_everything_typed_and_each_fault_beside_its_field() {
    let portal = Portal::new();
    let anton = portal.sign_in("anton").await;
    let mut fields = SIGN_UP.to_vec();
    for (name, value) in &mut fields {
        match *name {
            "email" => *value = "not-an-address",
            "zone" => *value = "Mars/Olympus",
            "stb_mac" => *value = "zz",
            "user" => *value = "two words",
            _ => {}
        }
    }
    let answer = anton.post("/staff/customers/new", &fields).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    for field in ["email", "zone", "stb_mac", "user"] {
        assert!(answer.body.contains(&format!("id=\"f-{field}-error\"")), "{field}: {}", answer.body);
    }
    for kept in ["Grace Hopper", "not-an-address", "1 Main Street\nSpringfield", "two words", "Mars/Olympus"]
    {
        assert!(answer.body.contains(kept), "{kept}");
    }
    assert!(!answer.body.contains("router-secret"), "a password is never given back");
    assert!(anton.page("/staff/customers").await.contains("No customers yet"), "nothing was made");
}

fn customer(portal: &Portal) -> (charging::CustomerId, String) {
    let form = world::home("Eve Moreau", "homeconnect-plus", &["hbo"], "eve@home", "001122334455");
    let made = portal.office.sign_up(&Actor::System("demo"), form, None).unwrap();
    (made.customer, format!("/staff/customers/{}", made.customer))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_shows_its_effect_first_and_a_double_click_pays_once() {
    let portal = Portal::new();
    let anton = portal.sign_in("anton").await;
    let (id, path) = customer(&portal);
    let once = hidden(&anton.page(&format!("{path}/pay")).await, "once");
    let fields = [("amount", "20.00"), ("note", "Card 4242"), ("once", once.as_str())];
    let preview = anton.post(&format!("{path}/pay"), &fields).await;
    assert_eq!(preview.status, StatusCode::OK);
    assert!(preview.body.contains("This will happen") && preview.body.contains("Book payment of 20.00 USD"));
    assert_eq!(
        portal.office.customer(id).unwrap().live.head.purse.balance,
        amount("0"),
        "nothing is booked yet"
    );
    let sure = [("amount", "20.00"), ("note", "Card 4242"), ("once", once.as_str()), ("confirmed", "yes")];
    for _ in 0..2 {
        assert_eq!(anton.post(&format!("{path}/pay"), &sure).await.location, format!("{path}/money"));
    }
    assert_eq!(portal.office.customer(id).unwrap().live.head.purse.balance, amount("20"), "paid once");
    let page = anton.page(&format!("{path}/money")).await;
    assert!(page.contains("was booked") && page.contains("Ledger entry") && page.contains("Card 4242"));
    let entries =
        portal.office.ledger(&LedgerQuery { customer: Some(id), ..LedgerQuery::default() }).unwrap();
    assert_eq!(entries.items.len(), 1);
    let drawer = anton.page(&format!("/staff/money/ledger/{}?partial=1", entries.items[0].id)).await;
    assert!(drawer.contains("Cash") && drawer.contains("Customer balance"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_correction_needs_a_reason_and_an_amount_that_makes_sense() {
    let portal = Portal::new();
    let anton = portal.sign_in("anton").await;
    let (id, path) = customer(&portal);
    for wrong in ["", "-5", "five", "0", "1.0000001", "99999999999999999999"] {
        let answer = anton
            .post(
                &format!("{path}/adjust"),
                &[("amount", wrong), ("direction", "credit"), ("confirmed", "yes")],
            )
            .await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
        assert!(answer.body.contains("f-amount-error"), "{wrong}");
    }
    let silent = anton
        .post(&format!("{path}/adjust"), &[("amount", "5"), ("direction", "charge"), ("confirmed", "yes")])
        .await;
    assert!(silent.body.contains("f-note-error"));
    let fields = [
        ("amount", "5"),
        ("direction", "charge"),
        ("note", "Replaced remote"),
        ("once", "k1"),
        ("confirmed", "yes"),
    ];
    assert_eq!(anton.post(&format!("{path}/adjust"), &fields).await.status, StatusCode::SEE_OTHER);
    assert_eq!(portal.office.customer(id).unwrap().live.head.purse.balance, amount("-5"));
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_products_devices_and_identifiers_change_from_their_forms() {
    let portal = Portal::new();
    let anton = portal.sign_in("anton").await;
    let (id, path) = customer(&portal);
    let account = portal.office.customer(id).unwrap().accounts[0].clone();
    let at = format!("{path}/accounts/{}", account.id);
    assert_eq!(
        anton.post(&format!("{at}/add-ons"), &[("add_on", "dvr")]).await.status,
        StatusCode::SEE_OTHER
    );
    assert_eq!(
        anton
            .post(&format!("{at}/identifiers"), &[("realm", "msisdn"), ("value", "+1 555 0199")])
            .await
            .status,
        StatusCode::SEE_OTHER
    );
    let preview = anton.page(&format!("{at}/plan?product=homeconnect")).await;
    assert!(
        preview.contains("39.99")
            && preview.contains("19.99")
            && preview.contains("Change to HomeConnect now")
    );
    assert_eq!(
        anton.post(&format!("{at}/plan"), &[("product", "homeconnect")]).await.status,
        StatusCode::SEE_OTHER
    );
    let device = [("account", &*account.id.to_string()), ("kind", "stb"), ("mac", "66:77:88:99:AA:BB")]
        .map(|(name, value)| (name, value.to_owned()));
    let device: Vec<(&str, &str)> = device.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(anton.post(&format!("{path}/devices"), &device).await.status, StatusCode::SEE_OTHER);
    let view = portal.office.customer(id).unwrap();
    let account = &view.accounts[0];
    assert_eq!(account.product.as_ref().unwrap().code, "homeconnect");
    assert_eq!((account.add_ons.len(), account.devices.len(), account.identifiers.len()), (2, 2, 2));
    let add_on = account.add_ons[0].id;
    assert!(anton.page(&format!("{at}/add-ons/{add_on}/remove")).await.contains("ends now"));
    assert_eq!(anton.post(&format!("{at}/add-ons/{add_on}/remove"), &[]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(portal.office.customer(id).unwrap().accounts[0].add_ons.len(), 1);
    let taken = anton.post(&format!("{at}/identifiers"), &[("realm", "msisdn"), ("value", "15550199")]).await;
    assert_eq!(
        taken.location,
        format!("{path}/accounts"),
        "a small form comes back with its fault as a message"
    );
    assert!(anton.page(&taken.location).await.contains("role=\"alert\""));
}

#[tokio::test(flavor = "multi_thread")]
async fn block_and_terminate_name_what_happens_and_termination_asks_for_the_number() {
    let portal = Portal::new();
    let anton = portal.sign_in("anton").await;
    let (id, path) = customer(&portal);
    let status = || portal.office.customer(id).unwrap().live.head.status();
    assert_eq!(
        anton.post(&format!("{path}/block"), &[("blocked", "on")]).await.status,
        StatusCode::SEE_OTHER
    );
    assert_eq!(status(), CustomerStatus::Blocked);
    assert!(anton.page(&path).await.contains("blocked by staff"));
    assert_eq!(anton.post(&format!("{path}/block"), &[("blocked", "")]).await.status, StatusCode::SEE_OTHER);
    let wrong = anton.post(&format!("{path}/terminate"), &[("number", "C1")]).await;
    assert!(wrong.body.contains("This is not C1000001"));
    assert_eq!(status(), CustomerStatus::Active);
    assert_eq!(
        anton.post(&format!("{path}/terminate"), &[("number", "c1000001")]).await.status,
        StatusCode::SEE_OTHER
    );
    assert_eq!(status(), CustomerStatus::Terminated);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bill_run_button_sends_what_is_due_and_tells_what_it_did() {
    let portal = Portal::new();
    let anton = portal.sign_in("anton").await;
    let (id, _) = customer(&portal);
    portal.office.clock().advance_to(calendar::Instant::parse("2026-07-01T00:01:00Z").unwrap());
    let anton_again = portal.sign_in("anton").await;
    assert_eq!(
        anton.get("/staff").await.status,
        StatusCode::SEE_OTHER,
        "a month later the old session is over"
    );
    assert_eq!(anton_again.post("/staff/money/run", &[]).await.status, StatusCode::SEE_OTHER);
    assert!(anton_again.page("/staff/money/run").await.contains("1 invoice sent"));
    let invoices =
        portal.office.invoices(&InvoiceQuery { customer: Some(id), ..InvoiceQuery::default() }).unwrap();
    assert_eq!(invoices.items.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_keeps_nodes_users_tokens_and_settings() {
    let portal = Portal::new();
    let ada = portal.sign_in("ada").await;
    let node = [
        ("name", "bng-01"),
        ("protocol", "radius"),
        ("address", "10.0.0.0/8"),
        ("secret", "s3cr3t"),
        ("settings", "hotline = walled"),
        ("enabled", "on"),
    ];
    assert_eq!(ada.post("/staff/network/nodes/new", &node).await.status, StatusCode::SEE_OTHER);
    let edit = ada.page("/staff/network/nodes/1/edit").await;
    assert!(edit.contains("hotline = walled") && !edit.contains("s3cr3t"), "a secret never comes back");
    let wrong = ada
        .post("/staff/network/nodes/1", &[("name", "bng-01"), ("protocol", "radius"), ("address", "nowhere")])
        .await;
    assert!(wrong.body.contains("f-address-error"));
    let user = [("login", "olga"), ("name", "Olga"), ("role", "helpdesk"), ("password", "first-password")];
    assert_eq!(ada.post("/staff/settings/staff", &user).await.status, StatusCode::SEE_OTHER);
    assert!(ada.page("/staff/settings/staff").await.contains("One-time password"));
    let token = ada.post("/staff/settings/tokens", &[("name", "crm"), ("scope.read", "on")]).await;
    let text: String =
        token.body.split("talea_").nth(1).unwrap().chars().take_while(char::is_ascii_hexdigit).collect();
    assert!(
        portal.office.token(&format!("talea_{text}")).unwrap().is_some(),
        "the token that is shown works"
    );
    assert!(!ada.page("/staff/settings/tokens").await.contains(&text), "and is shown once");
    let settings =
        [("name", "HomeConnect"), ("zone", "Europe/Madrid"), ("net_days", "21"), ("accent", "#0f766e")];
    assert_eq!(ada.post("/staff/settings", &settings).await.status, StatusCode::SEE_OTHER);
    assert_eq!(portal.office.settings().unwrap().net_days, 21);
    let look =
        [("paper", "letter"), ("invoice_language", "es"), ("invoice_words", "title = Recibo\nnonsense")];
    let look: Vec<(&str, &str)> = settings.into_iter().chain(look).collect();
    let wrong = ada.post("/staff/settings", &look).await;
    assert!(wrong.body.contains("f-invoice_words-error") && wrong.body.contains("Recibo"), "{}", wrong.body);
    let look: Vec<(&str, &str)> =
        look.into_iter().map(|(name, text)| (name, text.trim_end_matches("nonsense").trim_end())).collect();
    let wrong = ada.upload_with("/staff/settings", &look, ("logo_png", "logo.svg", b"<svg></svg>")).await;
    assert!(wrong.body.contains("f-logo_png-error") && wrong.body.contains("A PNG file"), "{}", wrong.body);
    let png = include_bytes!("../../../documents/sample/logo.png");
    let saved = ada.upload_with("/staff/settings", &look, ("logo_png", "logo.png", png)).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
    let kept = portal.office.settings().unwrap();
    assert_eq!(kept.logo_png.as_ref().unwrap().octets(), png);
    assert_eq!((kept.paper.name(), kept.invoice_language.as_str()), ("letter", "es"));
    assert_eq!(kept.invoice_words["title"], "Recibo");
    assert!(ada.page("/staff/settings").await.contains("src=\"data:image/png;base64,iVBOR"));
    let look: Vec<(&str, &str)> = look.into_iter().chain([("remove_logo", "on")]).collect();
    assert_eq!(ada.post("/staff/settings", &look).await.status, StatusCode::SEE_OTHER);
    assert_eq!(portal.office.settings().unwrap().logo_png, None);
    assert!(ada.page("/staff/settings/audit").await.contains("settings/changed"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_catalogue_is_checked_object_by_object_and_published_only_after_its_changes_were_shown() {
    let portal = Portal::new();
    let ada = portal.sign_in("ada").await;
    let sample = include_str!("../../../../catalogs/triple-play.toml");
    let broken = sample.replace("tariff = \"films\"", "tariff = \"nowhere\"");
    let answer = ada.post("/staff/catalogue/publish", &[("text", &broken)]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        answer.body.contains("product homeconnect") && answer.body.contains("nothing was published"),
        "{}",
        answer.body
    );
    let garbage = ada.post("/staff/catalogue/publish", &[("text", "currency = [")]).await;
    assert!(garbage.body.contains("The file cannot be read"));
    let dearer = sample.replace("fee = \"5.99\"", "fee = \"6.99\"");
    let preview =
        ada.post("/staff/catalogue/publish", &[("text", &dearer), ("comment", "HBO got dearer")]).await;
    assert_eq!(preview.status, StatusCode::OK);
    assert!(preview.body.contains("product hbo") && preview.body.contains("Publish as version 2"));
    assert_eq!(portal.office.catalog().version().0, 1, "not yet");
    let sure = [("text", dearer.as_str()), ("comment", "HBO got dearer"), ("confirmed", "yes")];
    assert_eq!(ada.post("/staff/catalogue/publish", &sure).await.status, StatusCode::SEE_OTHER);
    assert_eq!(portal.office.catalog().version().0, 2);
    assert!(ada.page("/staff/catalogue/versions").await.contains("HBO got dearer"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_is_freed_from_taxes_and_charged_them_again() {
    let portal = Portal::new();
    let anton = portal.sign_in("anton").await;
    let once = hidden(&anton.page("/staff/customers/new").await, "once");
    let mut fields = SIGN_UP.to_vec();
    fields.push(("once", once.as_str()));
    let customer = anton.post("/staff/customers/new", &fields).await.location;
    assert!(anton.page(&format!("{customer}/edit")).await.contains("Free from taxes"));
    let done = anton.post(&format!("{customer}/taxes"), &[("exempt", "on")]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    assert!(anton.page(&format!("{customer}/edit")).await.contains("Charge taxes again"));
    assert!(anton.page(&customer).await.contains("exempt"));
    anton.post(&format!("{customer}/taxes"), &[("exempt", "")]).await;
    assert!(!anton.page(&customer).await.contains("exempt"));
}
