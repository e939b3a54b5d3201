//! Signing in and out, and forms that were not made for the session.

use axum::http::StatusCode;

use crate::browser::{Portal, hidden};
use crate::world;

#[tokio::test(flavor = "multi_thread")]
async fn the_right_password_opens_the_portal_and_a_wrong_one_says_so_without_saying_which_part() {
    let portal = Portal::new();
    world::sign_up(&portal.office, world::home("Ada Okafor", "ada", "homeconnect-plus", &[], ""));
    let wrong = portal.knock("ada", "not-the-password").await;
    let nobody = portal.knock("nobody", "not-the-password").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(nobody.status, wrong.status);
    assert!(wrong.cookie.is_none() && wrong.body.contains("flash"), "{}", wrong.body);
    assert!(wrong.body.contains("value=\"ada\""), "what was typed is lost");
    assert!(!wrong.body.contains("not-the-password"), "a password is never sent back");
    let ada = portal.sign_in("ada").await;
    let home = ada.page("/").await;
    assert!(home.contains("Hello, Ada Okafor") && home.contains("HomeConnect+"), "{home}");
    assert!(home.contains("0f766e"), "the operator's colour is not on the page");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_staff_user_comes_in_with_a_ticket_once_and_every_page_says_who_looks() {
    let portal = Portal::new();
    let made = world::sign_up(&portal.office, world::home("Ada Okafor", "ada", "homeconnect-plus", &[], ""));
    let anton = office::Actor::Staff { login: "anton".into(), role: office::Role::Agent };
    let user = office::NewStaffUser {
        login: "anton".into(),
        name: "Anton Ruiz".into(),
        role: office::Role::Agent,
        password: world::PASSWORD.into(),
        must_change: false,
    };
    portal.office.create_staff(&world::CLERK, user).unwrap();
    let ticket = portal.office.open_self_care(&anton, made.customer).unwrap();
    let way = format!("/enter?ticket={}", ticket.text());
    let answer = portal.stranger().get(&way).await;
    assert_eq!((answer.status, answer.location.as_str()), (StatusCode::SEE_OTHER, "/"), "{}", answer.body);
    let mut browser = portal.stranger();
    browser.cookie = answer.cookie.unwrap().split(';').next().unwrap().to_owned();
    for path in ["/", "/usage", "/invoices", "/shop", "/profile"] {
        let page = browser.page(path).await;
        assert!(
            page.contains("class=\"banner\"") && page.contains("anton, you see the portal of Ada Okafor"),
            "{path}"
        );
    }
    for used in [way.as_str(), "/enter?ticket=never", "/enter"] {
        let again = portal.stranger().get(used).await;
        assert_eq!(again.status, StatusCode::FORBIDDEN, "{used}");
        assert!(again.cookie.is_none() && again.body.contains("older than a minute"), "{used}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_session_every_page_leads_to_sign_in_and_sign_in_leads_back_inside_only() {
    let portal = Portal::new();
    world::sign_up(&portal.office, world::bare("Ada", "ada"));
    let stranger = portal.stranger();
    let answer = stranger.get("/invoices/5").await;
    assert_eq!(
        (answer.status, answer.location.as_str()),
        (StatusCode::SEE_OTHER, "/sign-in?next=%2Finvoices%2F5")
    );
    for (next, leads) in [
        ("/invoices/5", "/invoices/5"),
        ("//evil.example", "/"),
        ("https://evil.example", "/"),
        ("/\\evil.example", "/"),
    ] {
        let token = hidden(&stranger.get("/sign-in").await.body, "csrf");
        let fields =
            [("csrf", token.as_str()), ("login", "ada"), ("password", world::PASSWORD), ("next", next)];
        assert_eq!(stranger.send("/sign-in", &fields).await.location, leads);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_without_this_sessions_token_changes_nothing() {
    let portal = Portal::new();
    world::sign_up(&portal.office, world::bare("Ada", "ada"));
    world::sign_up(&portal.office, world::bare("Ben", "ben"));
    let (ada, ben) = (portal.sign_in("ada").await, portal.sign_in("ben").await);
    let of_ben = hidden(&ben.page("/profile").await, "csrf");
    let fields = |token: &'static str| [("csrf", token), ("email", "new@example.org")];
    assert_eq!(ada.send("/profile/contact", &fields("forged")).await.status, StatusCode::FORBIDDEN);
    let stolen = ada.send("/profile/contact", &[("csrf", &of_ben), ("email", "new@example.org")]).await;
    assert_eq!(stolen.status, StatusCode::FORBIDDEN);
    assert!(stolen.body.contains("Nothing was changed"), "{}", stolen.body);
    assert!(ada.page("/profile").await.contains("ada@example.org"));
    let entry = portal
        .stranger()
        .send("/sign-in", &[("csrf", "forged"), ("login", "ada"), ("password", world::PASSWORD)])
        .await;
    assert_eq!((entry.status, entry.cookie.is_none()), (StatusCode::FORBIDDEN, true));
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_out_ends_the_session_for_good() {
    let portal = Portal::new();
    world::sign_up(&portal.office, world::bare("Ada", "ada"));
    let ada = portal.sign_in("ada").await;
    let out = ada.post("/sign-out", &[]).await;
    assert_eq!((out.status, out.location.as_str()), (StatusCode::SEE_OTHER, "/sign-in?out=1"));
    assert_eq!(ada.get("/").await.location, "/sign-in", "the old cookie still works");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_needs_the_old_one_and_then_replaces_it() {
    let portal = Portal::new();
    world::sign_up(&portal.office, world::bare("Ada", "ada"));
    let ada = portal.sign_in("ada").await;
    let change = |old: &'static str, new: &'static str, again: &'static str| {
        [("old_password", old), ("new_password", new), ("again", again)]
    };
    for fields in [
        change("wrong-password", "a-better-one", "a-better-one"),
        change(world::PASSWORD, "a-better-one", "another-one"),
        change(world::PASSWORD, "short", "short"),
    ] {
        assert_eq!(ada.post("/profile/password", &fields).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let done = ada.post("/profile/password", &change(world::PASSWORD, "a-better-one", "a-better-one")).await;
    assert_eq!(done.location, "/profile", "{}", done.body);
    assert_eq!(portal.knock("ada", world::PASSWORD).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(portal.knock("ada", "a-better-one").await.status, StatusCode::SEE_OTHER);
}
