//! API tokens, settings and the trail they leave.

use crate::world::{STAFF, open};
use calendar::Seconds;
use office::{Actor, AuditQuery, OperatorSettings, Role, Scope};

const ADMIN: fn() -> Actor = || Actor::Staff { login: "boss".to_owned(), role: Role::Admin };

#[test]
fn a_token_is_good_for_its_scopes_until_it_expires_or_is_withdrawn() {
    let directory = tempfile::tempdir().unwrap();
    let world = open(directory.path(), "2026-06-01T08:00:00Z");
    let office = &world.office;
    let text = office.create_token(&ADMIN(), "vod portal", &[Scope::Charge, Scope::Read], None).unwrap();
    let identity = office.token(&text).unwrap().unwrap();
    assert_eq!(identity.actor().text(), "api:vod portal");
    assert!(identity.has(Scope::Charge) && !identity.has(Scope::Customers));
    assert_eq!(office.token(&format!("{text}0")).unwrap(), None);
    assert_eq!(office.token("talea_").unwrap(), None);

    let expires = office.now().plus(Seconds(60));
    let short = office.create_token(&ADMIN(), "short", &[Scope::Admin], Some(expires)).unwrap();
    assert!(office.token(&short).unwrap().unwrap().has(Scope::Money), "admin includes everything");
    office.clock().advance(Seconds(61));
    assert_eq!(office.token(&short).unwrap(), None);

    let listed = office.tokens().unwrap();
    assert!(listed.iter().all(|token| !text.contains(&token.id)), "the list does not give tokens away");
    let id = listed.iter().find(|token| token.name == "vod portal").unwrap().id.clone();
    office.revoke_token(&ADMIN(), &id).unwrap();
    assert_eq!(office.token(&text).unwrap(), None);
    assert_eq!(office.create_token(&STAFF(), "mine", &[Scope::Read], None).unwrap_err().code(), "OFF-004");
    assert_eq!(office.create_token(&ADMIN(), "none", &[], None).unwrap_err().code(), "OFF-001");
    let trail = office.audit(&AuditQuery { actor: Some("staff:boss".to_owned()), ..Default::default() });
    let actions: Vec<String> = trail.unwrap().items.into_iter().map(|line| line.action).collect();
    assert_eq!(actions, ["token/revoked", "token/created", "token/created"]);
}

#[test]
fn settings_are_kept_and_wrong_ones_are_refused_field_by_field() {
    let directory = tempfile::tempdir().unwrap();
    let world = open(directory.path(), "2026-06-01T08:00:00Z");
    let mut settings = world.office.settings().unwrap();
    assert_eq!(settings, OperatorSettings::default());
    settings.name = "Northwind".to_owned();
    settings.address = vec!["200 Harbor Road".to_owned(), "Lakeside".to_owned()];
    settings.zone = "America/New_York".to_owned();
    world.office.save_settings(&ADMIN(), &settings).unwrap();
    assert_eq!(world.office.settings().unwrap(), settings);
    let wrong = OperatorSettings {
        name: String::new(),
        zone: "Mars".to_owned(),
        accent: "blue".to_owned(),
        invoice_language: "tlh".to_owned(),
        invoice_words: [("months".to_owned(), "January".to_owned())].into(),
        logo_png: Some(office::Logo::new(*b"<svg></svg>")),
        ..settings.clone()
    };
    match world.office.save_settings(&ADMIN(), &wrong).unwrap_err() {
        office::OfficeError::Invalid(fields) => {
            let fields: Vec<&str> = fields.iter().map(|f| f.field.as_str()).collect();
            assert_eq!(fields, ["name", "zone", "accent", "invoice_language", "invoice_words", "logo_png"]);
        }
        other => panic!("{other}"),
    }
    assert_eq!(world.office.settings().unwrap(), settings, "nothing of the refused settings is kept");
    world.office.save_settings(&STAFF(), &settings).unwrap_err();
}
