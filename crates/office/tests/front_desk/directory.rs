//! The identifier directory: right at once after every change of this process, also when it had answered before.

use crate::desk::{Desk, anna, identifier};

#[test]
fn a_cached_answer_is_forgotten_when_the_identifier_or_password_changes() {
    let desk = Desk::new();
    let directory = desk.office.directory();
    assert_eq!(directory.find("msisdn", "15550100"), None);
    let account = desk.anna_smith().account.unwrap();
    assert_eq!(directory.find("msisdn", "+1 (555) 0100").unwrap().account, account);
    assert_eq!(directory.find("user", "ANNA@home.example").unwrap().account, account);
    assert_eq!(directory.find("user", ""), None);
    assert_eq!(directory.password(account).as_deref(), Some(&b"s3cret"[..]));

    desk.office.set_account_password(&anna(), account, Some("other"), None).unwrap();
    assert_eq!(directory.password(account).as_deref(), Some(&b"other"[..]));
    desk.office.set_account_password(&anna(), account, None, None).unwrap();
    assert_eq!(directory.password(account), None);

    assert_eq!(directory.find("imsi", "310150123456789"), None);
    let imsi = identifier("imsi", "310150123456789");
    desk.office.add_identifier(&anna(), account, imsi.clone(), None).unwrap();
    assert_eq!(directory.find("imsi", "310150123456789").unwrap().account, account);
    desk.office.remove_identifier(&anna(), account, imsi.clone(), None).unwrap();
    assert_eq!(directory.find("imsi", "310150123456789"), None);
    let again = desk.office.remove_identifier(&anna(), account, imsi, None);
    assert_eq!(again.map_err(|e| e.code()), Err("OFF-002"));
}

#[test]
fn an_identifier_of_another_account_is_refused_with_its_owner() {
    let desk = Desk::new();
    let first = desk.anna_smith();
    let bob = desk.office.sign_up(&anna(), office::SignUp::named("Bob"), None).unwrap();
    let account =
        desk.office.add_account(&anna(), bob.customer, crate::desk::phone_account("15550122"), None).unwrap();
    let taken = desk.office.add_identifier(&anna(), account, identifier("msisdn", "15550100"), None);
    assert_eq!(
        taken.map_err(|e| e.to_string()),
        Err(format!("the phone number 15550100 belongs to {}", first.number))
    );
    assert_eq!(desk.office.directory().find("msisdn", "15550100").unwrap().customer, first.customer);
}
