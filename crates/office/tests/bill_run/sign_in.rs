//! Signing in and out, staff and subscribers.

use crate::world::{STAFF, World, open};
use calendar::Seconds;
use office::{Actor, NewStaffUser, Permission, Role};

const ADMIN: fn() -> Actor = || Actor::Staff { login: "boss".to_owned(), role: Role::Admin };

fn staff(world: &World, login: &str, role: Role) -> i64 {
    let user = NewStaffUser {
        login: login.to_owned(),
        name: login.to_owned(),
        role,
        password: "correct horse battery".to_owned(),
        must_change: false,
    };
    world.office.create_staff(&ADMIN(), user).unwrap()
}

#[test]
fn the_right_password_signs_in_and_out_and_a_wrong_one_tells_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let world = open(directory.path(), "2026-06-01T08:00:00Z");
    staff(&world, "anna", Role::Agent);
    let token = world.office.sign_in_staff(" Anna ", "correct horse battery").unwrap();
    let user = world.office.staff_by_session(token.text()).unwrap().unwrap();
    assert_eq!((user.login.as_str(), user.role), ("anna", Role::Agent));
    assert!(user.actor().may(Permission::MoveMoney) && !user.actor().may(Permission::Administer));
    let wrong = world.office.sign_in_staff("anna", "wrong").unwrap_err();
    let unknown = world.office.sign_in_staff("nobody", "wrong").unwrap_err();
    assert_eq!(wrong, unknown, "the answer does not tell whether the login exists");
    assert!(world.office.subscriber_by_session(token.text()).unwrap().is_none(), "the portals are apart");
    world.office.sign_out(token.text()).unwrap();
    assert!(world.office.staff_by_session(token.text()).unwrap().is_none());
    assert!(!format!("{token:?}").contains(token.text()), "a token is never printed");
}

#[test]
fn after_some_wrong_passwords_even_the_right_one_has_to_wait() {
    let directory = tempfile::tempdir().unwrap();
    let world = open(directory.path(), "2026-06-01T08:00:00Z");
    staff(&world, "anna", Role::Agent);
    staff(&world, "bert", Role::Agent);
    for _ in 0..5 {
        world.office.sign_in_staff("anna", "wrong").unwrap_err();
    }
    let locked = world.office.sign_in_staff("anna", "correct horse battery").unwrap_err();
    assert!(locked.to_string().starts_with("too many attempts"), "{locked}");
    world.office.sign_in_staff("bert", "correct horse battery").unwrap();
    world.office.clock().advance(Seconds(16));
    world.office.sign_in_staff("anna", "correct horse battery").unwrap();
    world.office.sign_in_staff("anna", "wrong").unwrap_err();
    world.office.sign_in_staff("anna", "correct horse battery").unwrap();
}

#[test]
fn the_first_administrator_is_made_once_and_must_change_his_password() {
    let directory = tempfile::tempdir().unwrap();
    let world = open(directory.path(), "2026-06-01T08:00:00Z");
    let password = world.office.ensure_first_admin().unwrap().unwrap();
    assert_eq!(world.office.ensure_first_admin().unwrap(), None);
    let token = world.office.sign_in_staff("admin", &password).unwrap();
    let elsewhere = world.office.sign_in_staff("admin", &password).unwrap();
    assert!(world.office.staff_by_session(token.text()).unwrap().unwrap().must_change);
    world.office.change_password(token.text(), "not it", "a new long password").unwrap_err();
    world.office.change_password(token.text(), &password, "short").unwrap_err();
    world.office.change_password(token.text(), &password, "a new long password").unwrap();
    assert!(!world.office.staff_by_session(token.text()).unwrap().unwrap().must_change);
    assert!(
        world.office.staff_by_session(elsewhere.text()).unwrap().is_none(),
        "other browsers are signed out"
    );
    world.office.sign_in_staff("admin", &password).unwrap_err();
    world.office.sign_in_staff("admin", "a new long password").unwrap();
}

#[test]
fn a_disabled_user_is_out_at_once_and_nobody_disables_himself() {
    let directory = tempfile::tempdir().unwrap();
    let world = open(directory.path(), "2026-06-01T08:00:00Z");
    let (boss, anna) = (staff(&world, "boss", Role::Admin), staff(&world, "anna", Role::Agent));
    let token = world.office.sign_in_staff("anna", "correct horse battery").unwrap();
    world.office.change_staff(&STAFF(), anna, "Anna", Role::Admin, false).unwrap_err();
    world.office.change_staff(&ADMIN(), boss, "Boss", Role::Admin, true).unwrap_err();
    world.office.change_staff(&ADMIN(), anna, "Anna", Role::Agent, true).unwrap();
    assert!(world.office.staff_by_session(token.text()).unwrap().is_none());
    world.office.sign_in_staff("anna", "correct horse battery").unwrap_err();
    let logins: Vec<String> =
        world.office.staff(None, 0).unwrap().items.into_iter().map(|user| user.login).collect();
    assert_eq!(logins, ["anna", "boss"]);
}

#[test]
fn a_session_ends_by_itself() {
    let directory = tempfile::tempdir().unwrap();
    let world = open(directory.path(), "2026-06-01T08:00:00Z");
    staff(&world, "anna", Role::Agent);
    let token = world.office.sign_in_staff("anna", "correct horse battery").unwrap();
    world.office.clock().advance(Seconds(12 * 3_600 + 1));
    assert!(world.office.staff_by_session(token.text()).unwrap().is_none());
}

#[test]
fn a_subscriber_has_his_own_door_and_staff_in_his_place_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let world = open(directory.path(), "2026-06-01T08:00:00Z");
    let (anna, bert) = (world.sign_up("anna"), world.sign_up("bert"));
    world.office.create_subscriber_login(&STAFF(), anna, "anna@example.com", "orchard lane").unwrap();
    let taken = world.office.create_subscriber_login(&STAFF(), bert, "Anna@Example.com", "orchard lane");
    assert_eq!(taken.unwrap_err().code(), "OFF-003");
    let token = world.office.sign_in_subscriber("anna@example.com", "orchard lane").unwrap();
    let subscriber = world.office.subscriber_by_session(token.text()).unwrap().unwrap();
    assert_eq!((subscriber.customer, subscriber.opened_by.clone()), (anna, None));
    assert!(world.office.staff_by_session(token.text()).unwrap().is_none());
    world.office.change_subscriber_password(token.text(), "orchard lane", "harbor road").unwrap();
    world.office.sign_in_subscriber("anna@example.com", "orchard lane").unwrap_err();
    world.office.sign_in_subscriber("anna@example.com", "harbor road").unwrap();

    let clerk = staff(&world, "anna", Role::Agent);
    let ticket = world.office.open_self_care(&STAFF(), anna).unwrap();
    assert!(world.office.subscriber_by_session(ticket.text()).unwrap().is_none(), "a ticket is no session");
    let opened = world.office.enter_self_care(ticket.text()).unwrap().unwrap();
    assert!(world.office.enter_self_care(ticket.text()).unwrap().is_none(), "it is good once");
    let late = world.office.open_self_care(&STAFF(), anna).unwrap();
    world.office.clock().advance_to(world.office.now().plus(calendar::Seconds(61)));
    assert!(world.office.enter_self_care(late.text()).unwrap().is_none(), "and for a minute");
    let seen = world.office.subscriber_by_session(opened.text()).unwrap().unwrap();
    assert_eq!(seen.opened_by.as_deref(), Some("anna"), "the banner names the staff user");
    assert_eq!(seen.actor().text(), "staff:anna", "what he does there is his doing");
    world.office.change_subscriber_password(opened.text(), "harbor road", "something else").unwrap_err();
    let trail =
        world.office.audit(&office::AuditQuery { customer: Some(anna), ..Default::default() }).unwrap();
    assert!(trail.items.iter().any(|line| line.action == "self-care/opened" && line.actor == "staff:anna"));
    world.office.change_staff(&ADMIN(), clerk, "Anna", Role::Helpdesk, false).unwrap();
    assert!(world.office.subscriber_by_session(opened.text()).unwrap().is_none(), "helpdesk may not");
}
