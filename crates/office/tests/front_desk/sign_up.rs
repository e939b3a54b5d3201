//! Sign-up: everything or nothing, once per key.

use crate::desk::{Desk, anna, anna_smith, identifier, keyed, open, phone_account, stb};
use charging::{AccountId, CustomerStatus, RowId};
use office::{Actor, CustomerQuery, NewLogin, OfficeError, Role, SignUp};
use std::sync::Barrier;

#[test]
fn a_customer_signs_up_with_account_devices_and_identifiers_in_their_stored_spelling() {
    let desk = Desk::new();
    let signed_up = desk.anna_smith();
    assert_eq!(signed_up.number, "C1000001");
    let view = desk.office.customer_by_number("c1000001").unwrap();
    assert_eq!(view.live.head.status(), CustomerStatus::Active);
    let account = view.account(signed_up.account.unwrap()).unwrap();
    assert_eq!(account.label, "Home");
    assert!(account.has_password);
    assert_eq!(account.product.as_ref().unwrap().code, "homeconnect-plus");
    let add_ons: Vec<&str> = account.add_ons.iter().map(|a| a.product.name.as_str()).collect();
    assert_eq!(add_ons, ["HBO", "DVR"]);
    let identifiers: Vec<&str> = account.identifiers.iter().map(|i| i.value.as_str()).collect();
    assert_eq!(identifiers, ["15550100", "anna@home.example"]);
    assert_eq!(account.devices[0].mac, "AA:BB:CC:DD:EE:01");
    // The first period is the calendar month in the customer's zone.
    assert_eq!(view.live.head.period_start.to_string(), "2026-06-01T04:00:00Z");
    assert_eq!(view.live.head.period_end.to_string(), "2026-07-01T04:00:00Z");
}

#[test]
fn every_fault_of_a_form_is_told_at_once_with_its_path_and_nothing_is_made() {
    let desk = Desk::new();
    let mut form = anna_smith();
    form.name = " ".to_owned();
    form.email = "anna".to_owned();
    form.zone = Some("Mars/Olympus".to_owned());
    let account = form.account.as_mut().unwrap();
    account.product = "hbo".to_owned();
    account.identifiers = vec![identifier("msisdn", "12"), identifier("email", "x")];
    account.devices = vec![stb("not a mac")];
    let Err(OfficeError::Invalid(faults)) = desk.office.sign_up(&anna(), form, None) else {
        panic!("a form full of faults was accepted")
    };
    let fields: Vec<&str> = faults.iter().map(|f| f.field.as_str()).collect();
    for field in [
        "name",
        "email",
        "zone",
        "account.product",
        "account.identifiers[0].value",
        "account.identifiers[1].realm",
        "account.devices[0].mac",
    ] {
        assert!(fields.contains(&field), "{field} is missing in {fields:?}");
    }
    assert!(desk.office.customers(&CustomerQuery::default()).unwrap().items.is_empty());
}

#[test]
fn an_identifier_or_device_that_is_taken_refuses_the_sign_up_and_leaves_nothing_behind() {
    let desk = Desk::new();
    desk.anna_smith();
    let mut form = anna_smith();
    form.name = "Bob".to_owned();
    let account = form.account.as_mut().unwrap();
    account.identifiers = vec![identifier("user", "bob"), identifier("msisdn", "1 (555) 0100")];
    account.devices.clear();
    let refused = desk.office.sign_up(&anna(), form.clone(), None);
    let expected = OfficeError::Conflict("the phone number 15550100 belongs to C1000001".to_owned());
    assert_eq!(refused, Err(expected));
    // The free one of the two was not kept: the next one gets it.
    let account = form.account.as_mut().unwrap();
    account.identifiers = vec![identifier("user", "bob")];
    account.devices = vec![stb("AABB.CCDD.EE01")];
    let refused = desk.office.sign_up(&anna(), form.clone(), None);
    let expected = OfficeError::Conflict("the device AA:BB:CC:DD:EE:01 belongs to C1000001".to_owned());
    assert_eq!(refused, Err(expected));
    form.account.as_mut().unwrap().devices.clear();
    let bob = desk.office.sign_up(&anna(), form, None).unwrap();
    assert_eq!(desk.office.directory().find("user", "BOB").unwrap().customer, bob.customer);
    assert_eq!(desk.office.customers(&CustomerQuery::default()).unwrap().items.len(), 2);
}

#[test]
fn a_device_wanted_by_many_at_once_goes_to_one_of_them() {
    let desk = Desk::new();
    let accounts: Vec<AccountId> = (0..8)
        .map(|number| {
            let mut form = anna_smith();
            let account = form.account.as_mut().unwrap();
            account.identifiers = vec![identifier("user", &format!("user{number}"))];
            account.devices.clear();
            desk.office.sign_up(&anna(), form, None).unwrap().account.unwrap()
        })
        .collect();
    let start = Barrier::new(accounts.len());
    let given: Vec<Result<RowId, OfficeError>> = std::thread::scope(|scope| {
        let add = |account: AccountId| {
            start.wait();
            desk.office.add_device(&anna(), account, stb("aa:bb:cc:dd:ee:02"), None)
        };
        let threads: Vec<_> = accounts.iter().map(|account| scope.spawn(move || add(*account))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(given.iter().filter(|given| given.is_ok()).count(), 1, "{given:?}");
    let refused = given.iter().filter_map(|given| given.as_ref().err());
    for error in refused {
        let OfficeError::Conflict(words) = error else { panic!("{error}") };
        assert!(words.starts_with("the device AA:BB:CC:DD:EE:02 belongs to C"), "{words}");
    }
    // The device is no name of its owner, and it is free again when it is taken away.
    let owner = accounts[given.iter().position(Result::is_ok).unwrap()];
    let view = desk.office.customer(owner.customer().unwrap()).unwrap();
    assert_eq!((view.accounts[0].identifiers.len(), view.accounts[0].devices.len()), (1, 1));
    desk.office.remove_device(&anna(), owner, view.accounts[0].devices[0].id, None).unwrap();
    let other = accounts[given.iter().position(Result::is_err).unwrap()];
    desk.office.add_device(&anna(), other, stb("aa:bb:cc:dd:ee:02"), None).unwrap();
}

#[test]
fn a_sign_up_repeated_with_its_key_gives_the_same_customer_also_after_a_restart() {
    let desk = Desk::new();
    let mut form = anna_smith();
    form.login = Some(NewLogin { login: "anna.smith".to_owned(), password: "correct horse".into() });
    let first = desk.office.sign_up(&anna(), form.clone(), keyed("k-1", "body")).unwrap();
    let again = desk.office.sign_up(&anna(), form.clone(), keyed("k-1", "body")).unwrap();
    assert_eq!(again, first);
    let audit = desk.office.store().audit(&store::AuditFilter {
        customer: Some(first.customer),
        limit: 50,
        ..store::AuditFilter::default()
    });
    let actions: Vec<String> = audit.unwrap().into_iter().map(|line| line.action).collect();
    assert_eq!(actions, ["self-care/login-created", "account/created", "customer/created"]);
    let other = desk.office.sign_up(&anna(), form.clone(), keyed("k-1", "another body"));
    assert_eq!(other.map_err(|e| e.code()), Err("CHG-014"));

    let Desk { office, directory } = desk;
    office.engine().stop();
    drop(office);
    let office = open(directory.path());
    assert_eq!(office.sign_up(&anna(), form, keyed("k-1", "body")).unwrap(), first);
    assert_eq!(office.customers(&CustomerQuery::default()).unwrap().items.len(), 1);
    assert_eq!(office.customer(first.customer).unwrap().accounts[0].devices.len(), 1);
}

#[test]
fn an_account_repeated_with_its_key_is_made_once() {
    let desk = Desk::new();
    let customer = desk.anna_smith().customer;
    let make =
        |msisdn: &str| desk.office.add_account(&anna(), customer, phone_account(msisdn), keyed("k-2", "x"));
    let first: AccountId = make("15550199").unwrap();
    assert_eq!(make("15550199").unwrap(), first);
    assert_eq!(desk.office.customer(customer).unwrap().accounts.len(), 2);
}

#[test]
fn identifiers_and_devices_are_free_again_when_their_account_is_closed() {
    let desk = Desk::new();
    let first = desk.anna_smith();
    desk.office.terminate_customer(&anna(), first.customer, None).unwrap();
    assert_eq!(desk.office.directory().find("msisdn", "15550100"), None);
    let second = desk.anna_smith();
    assert_ne!(second.customer, first.customer);
    assert_eq!(desk.office.directory().find("msisdn", "15550100").unwrap().customer, second.customer);
}

#[test]
fn helpdesk_and_strangers_change_nothing() {
    let desk = Desk::new();
    let first = desk.anna_smith();
    let helpdesk = Actor::Staff { login: "eve".to_owned(), role: Role::Helpdesk };
    let refused = desk.office.sign_up(&helpdesk, SignUp::named("Bob"), None);
    assert_eq!(refused.map_err(|e| e.code()), Err("OFF-004"));
    let stranger = Actor::Subscriber { customer: charging::CustomerId(99), number: "C1000099".to_owned() };
    let account = first.account.unwrap();
    let refused = desk.office.set_account_password(&stranger, account, Some("mine"), None);
    assert_eq!(refused.map_err(|e| e.code()), Err("OFF-004"));
    let own = Actor::Subscriber { customer: first.customer, number: first.number };
    let refused = desk.office.set_credit_limit(&own, first.customer, None, None);
    assert_eq!(refused.map_err(|e| e.code()), Err("OFF-004"));
}

#[test]
fn many_at_once_with_one_key_make_one_account_and_one_device() {
    let desk = Desk::new();
    let customer = desk.anna_smith().customer;
    let mut form = phone_account("15550199");
    form.devices = vec![stb("aabbccddee99")];
    let outcomes: Vec<Result<AccountId, OfficeError>> = std::thread::scope(|scope| {
        let ask = || desk.office.add_account(&anna(), customer, form.clone(), keyed("k-3", "x"));
        let asking: Vec<_> = (0..8).map(|_| scope.spawn(ask)).collect();
        asking.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let made = desk.office.add_account(&anna(), customer, form.clone(), keyed("k-3", "x")).unwrap();
    for outcome in outcomes {
        match outcome {
            Ok(account) => assert_eq!(account, made),
            Err(error) => assert_eq!(error.code(), "OFF-003"),
        }
    }
    let view = desk.office.customer(customer).unwrap();
    assert_eq!(view.accounts.len(), 2);
    let account = view.account(made).unwrap();
    assert_eq!((account.devices.len(), account.identifiers.len()), (1, 1));
}
