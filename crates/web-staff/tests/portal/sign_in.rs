//! Who gets in, who may change what, and which forms count.

use axum::http::StatusCode;

use crate::browser::{Portal, hidden};
use crate::world::{self, PASSWORD};

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_is_sent_to_sign_in_and_comes_back_to_the_page_he_asked_for() {
    let portal = Portal::new();
    let stranger = portal.stranger();
    let answer = stranger.get("/staff/customers?status=active").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(answer.location, "/staff/sign-in?next=%2Fstaff%2Fcustomers%3Fstatus%3Dactive");
    let page = stranger.get(&answer.location).await;
    let token = hidden(&page.body, "csrf");
    let next = hidden(&page.body, "next");
    let fields =
        [("csrf", token.as_str()), ("login", "ada"), ("password", PASSWORD), ("next", next.as_str())];
    let answer = stranger.send("/staff/sign-in", &fields).await;
    assert_eq!(answer.location, "/staff/customers?status=active");
    let cookie = answer.cookie.unwrap();
    for word in ["HttpOnly", "SameSite=Lax", "Secure", "Path=/staff"] {
        assert!(cookie.contains(word), "{cookie}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sign_in_never_leads_to_another_site() {
    let portal = Portal::new();
    let stranger = portal.stranger();
    for next in [
        "https://evil.example/",
        "//evil.example",
        "/staff/../evil",
        "/\\evil.example",
        "javascript:alert(1)",
    ] {
        let token = hidden(&stranger.get("/staff/sign-in").await.body, "csrf");
        let fields = [("csrf", token.as_str()), ("login", "ada"), ("password", PASSWORD), ("next", next)];
        let answer = stranger.send("/staff/sign-in", &fields).await;
        assert!(
            answer.location == "/staff" || answer.location.starts_with("/staff/"),
            "{next}: {}",
            answer.location
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_keeps_the_name_and_opens_no_session() {
    let portal = Portal::new();
    let stranger = portal.stranger();
    let token = hidden(&stranger.get("/staff/sign-in").await.body, "csrf");
    let fields = [("csrf", token.as_str()), ("login", "ada"), ("password", "nope")];
    let answer = stranger.send("/staff/sign-in", &fields).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.cookie.is_none());
    assert!(answer.body.contains("value=\"ada\"") && answer.body.contains("is wrong"));
    let unsigned = [("csrf", "00"), ("login", "ada"), ("password", PASSWORD)];
    let answer = stranger.send("/staff/sign-in", &unsigned).await;
    assert_eq!((answer.status, answer.cookie), (StatusCode::FORBIDDEN, None), "without a token of ours");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_one_time_password_opens_nothing_but_the_form_for_another_one() {
    let portal = Portal::new();
    let nora = portal.sign_in("nora").await;
    for path in ["/staff", "/staff/customers", "/staff/settings"] {
        assert_eq!(nora.get(path).await.location, "/staff/me/password", "{path}");
    }
    let token = hidden(&nora.get("/staff/me/password").await.body, "csrf");
    let wrong =
        [("csrf", token.as_str()), ("old", PASSWORD), ("new", "a-longer-secret"), ("again", "another")];
    let answer = nora.send("/staff/me/password", &wrong).await;
    assert!(answer.body.contains("differ"), "{}", answer.body);
    let right = [
        ("csrf", token.as_str()),
        ("old", PASSWORD),
        ("new", "a-longer-secret"),
        ("again", "a-longer-secret"),
    ];
    assert_eq!(nora.send("/staff/me/password", &right).await.status, StatusCode::SEE_OTHER);
    assert!(nora.page("/staff").await.contains("Your password was changed."));
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_out_ends_the_session_on_the_server() {
    let portal = Portal::new();
    let ada = portal.sign_in("ada").await;
    assert_eq!(ada.post("/staff/sign-out", &[]).await.location, "/staff/sign-in?out=1");
    assert_eq!(ada.get("/staff").await.location, "/staff/sign-in", "the old cookie is worth nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_without_a_token_of_this_session_changes_nothing() {
    let portal = Portal::new();
    let ada = portal.sign_in("ada").await;
    let anton = portal.sign_in("anton").await;
    let made = portal.office.sign_up(
        &office::Actor::System("demo"),
        world::home("Eve", "homeconnect", &[], "eve@home", ""),
        None,
    );
    let path = format!("/staff/customers/{}/notes", made.unwrap().customer);
    let foreign = anton.token().await;
    for token in ["", "00", foreign.as_str()] {
        let answer = ada.send(&path, &[("csrf", token), ("body", "smuggled")]).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
        assert!(answer.body.contains("This form is out of date"), "{}", answer.body);
    }
    assert!(!ada.page(&path).await.contains("smuggled"));
    assert_eq!(ada.post(&path, &[("body", "honest")]).await.status, StatusCode::SEE_OTHER);
    assert!(ada.page(&path).await.contains("honest"));
}

#[tokio::test(flavor = "multi_thread")]
async fn helpdesk_sees_everything_but_changes_nothing() {
    let portal = Portal::new();
    let made = portal
        .office
        .sign_up(
            &office::Actor::System("demo"),
            world::home("Eve", "homeconnect", &[], "eve@home", "001122334455"),
            None,
        )
        .unwrap();
    let customer = format!("/staff/customers/{}", made.customer);
    let hilda = portal.sign_in("hilda").await;
    let page = hilda.page(&customer).await;
    assert!(
        page.contains("Eve") && !page.contains("Take payment") && !page.contains("Terminate"),
        "no action buttons"
    );
    assert!(!hilda.page("/staff/customers").await.contains("New customer"));
    let paths =
        ["/pay", "/adjust", "/block", "/terminate", "/limit", "/edit", "/notes", "/devices", "/accounts/new"];
    for rest in paths {
        let answer = hilda.post(&format!("{customer}{rest}"), &[("amount", "5"), ("confirmed", "yes")]).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{rest}");
        assert!(answer.body.contains("helpdesk role"), "{rest}");
    }
    for path in ["/staff/customers/new", "/staff/settings", "/staff/network/nodes/new", "/staff/money/run"] {
        assert_eq!(hilda.post(path, &[]).await.status, StatusCode::FORBIDDEN, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_administrators_reach_users_tokens_nodes_and_publishing() {
    let portal = Portal::new();
    let anton = portal.sign_in("anton").await;
    let settings = anton.page("/staff/settings").await;
    assert!(settings.contains("/staff/settings/audit") && !settings.contains("/staff/settings/tokens"));
    for path in [
        "/staff/settings/staff",
        "/staff/settings/tokens",
        "/staff/network/nodes/new",
        "/staff/catalogue/publish",
    ] {
        assert_eq!(anton.get(path).await.status, StatusCode::FORBIDDEN, "{path}");
    }
    for path in [
        "/staff/settings",
        "/staff/settings/staff",
        "/staff/settings/tokens",
        "/staff/network/nodes/new",
        "/staff/catalogue/publish",
    ] {
        assert_eq!(anton.post(path, &[("name", "x")]).await.status, StatusCode::FORBIDDEN, "{path}");
    }
}
