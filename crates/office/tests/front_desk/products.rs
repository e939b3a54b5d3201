//! Products, add-ons, blocking, contact: what changes after sign-up, and lists of customers.

use crate::desk::{Desk, amount, anna, identifier, stb};
use charging::CustomerStatus;
use office::{
    AccountStatus, Actor, ContactChange, CustomerOrder, CustomerQuery, NewAccount, OfficeError, SignUp,
};

#[test]
fn products_and_add_ons_change_and_refusals_say_why() {
    let desk = Desk::new();
    let signed_up = desk.anna_smith();
    let (customer, account) = (signed_up.customer, signed_up.account.unwrap());
    desk.office.change_product(&anna(), account, "homeconnect", None).unwrap();
    let same = desk.office.change_product(&anna(), account, "homeconnect", None);
    assert_eq!(same.map_err(|e| e.code()), Err("CHG-015"));
    let unknown = desk.office.change_product(&anna(), account, "gold", None);
    assert_eq!(unknown, Err(OfficeError::field("product", "there is no main product gold")));
    let hbo = desk.office.customer(customer).unwrap().accounts[0].add_ons[0].id;
    desk.office.remove_add_on(&anna(), account, hbo, None).unwrap();
    let gone = desk.office.remove_add_on(&anna(), account, hbo, None);
    assert_eq!(gone.map_err(|e| e.code()), Err("CHG-016"));
    let view = desk.office.customer(customer).unwrap();
    assert_eq!(view.accounts[0].product.as_ref().unwrap().name, "HomeConnect");
    assert_eq!(view.accounts[0].add_ons.len(), 1);
}

#[test]
fn a_subscriber_buys_only_add_ons_that_his_product_offers() {
    let desk = Desk::new();
    let signed_up = desk.anna_smith();
    let me = Actor::Subscriber { customer: signed_up.customer, number: signed_up.number };
    let phone = NewAccount { product: "mobile-data".to_owned(), ..NewAccount::default() };
    let phone = desk.office.add_account(&anna(), signed_up.customer, phone, None).unwrap();
    let refused = desk.office.add_add_on(&me, phone, "hbo", None);
    assert_eq!(refused.map_err(|e| e.code()), Err("OFF-004"));
    let home = NewAccount { product: "homeconnect".to_owned(), ..NewAccount::default() };
    let home = desk.office.add_account(&anna(), signed_up.customer, home, None).unwrap();
    desk.office.add_add_on(&me, home, "hbo", None).unwrap();
}

#[test]
fn blocking_and_closing_show_in_the_account_and_the_list() {
    let desk = Desk::new();
    let signed_up = desk.anna_smith();
    let (customer, account) = (signed_up.customer, signed_up.account.unwrap());
    desk.office.block_account(&anna(), account, true, None).unwrap();
    assert_eq!(desk.office.account(account).unwrap().1.status, AccountStatus::Blocked);
    desk.office.block_account(&anna(), account, false, None).unwrap();
    desk.office.block_customer(&anna(), customer, true, None).unwrap();
    let query = CustomerQuery { status: Some(CustomerStatus::Blocked), ..CustomerQuery::default() };
    assert_eq!(desk.office.customers(&query).unwrap().items[0].record.name, "Anna Smith");
    desk.office.terminate_account(&anna(), account, None).unwrap();
    assert_eq!(desk.office.account(account).unwrap().1.status, AccountStatus::Terminated);
}

#[test]
fn contact_limit_password_and_devices_change_with_their_records() {
    let desk = Desk::new();
    let signed_up = desk.anna_smith();
    let (customer, account) = (signed_up.customer, signed_up.account.unwrap());
    let change = ContactChange { phone: Some("+1 555 0177".to_owned()), ..ContactChange::default() };
    desk.office.update_contact(&anna(), customer, change, None).unwrap();
    desk.office.set_credit_limit(&anna(), customer, Some(amount("50")), None).unwrap();
    let device = desk.office.add_device(&anna(), account, stb("aabbccddee02"), None).unwrap();
    let twice = desk.office.add_device(&anna(), account, stb("aabbccddee02"), None);
    assert_eq!(twice.map_err(|e| e.code()), Err("OFF-003"));
    desk.office.remove_device(&anna(), account, device, None).unwrap();
    desk.office.add_device(&anna(), account, stb("aabbccddee02"), None).unwrap();
    desk.office.add_identifier(&anna(), account, identifier("imsi", "310150123456789"), None).unwrap();
    let view = desk.office.customer(customer).unwrap();
    assert_eq!(view.record.phone, "+1 555 0177");
    assert_eq!(view.record.email, "anna@example.net");
    assert_eq!(view.live.head.purse.credit_limit, Some(amount("50")));
    assert_eq!(view.accounts[0].devices.len(), 2);
    assert_eq!(view.accounts[0].identifiers.len(), 3);
}

#[test]
fn the_list_pages_through_all_customers_in_each_order_without_gaps_or_repeats() {
    let desk = Desk::new();
    for name in ["Dora", "anna", "Carl", "Bob", "Carl"] {
        desk.office.sign_up(&anna(), SignUp::named(name), None).unwrap();
    }
    let all = |sort: CustomerOrder| {
        let mut query = CustomerQuery { limit: 2, sort, ..CustomerQuery::default() };
        let mut names = Vec::new();
        loop {
            let page = desk.office.customers(&query).unwrap();
            names.extend(page.items.into_iter().map(|row| row.record.name));
            query.cursor = page.next;
            if query.cursor.is_none() {
                return names;
            }
        }
    };
    assert_eq!(all(CustomerOrder::Name), ["anna", "Bob", "Carl", "Carl", "Dora"]);
    assert_eq!(all(CustomerOrder::NameDescending), ["Dora", "Carl", "Carl", "Bob", "anna"]);
    assert_eq!(all(CustomerOrder::Number), ["Dora", "anna", "Carl", "Bob", "Carl"]);
    assert_eq!(all(CustomerOrder::NumberDescending), ["Carl", "Bob", "Carl", "anna", "Dora"]);
    let found = CustomerQuery { text: "AR".to_owned(), ..CustomerQuery::default() };
    assert_eq!(desk.office.customers(&found).unwrap().items.len(), 2);
    let hostile = CustomerQuery { text: "%' OR 1=1 --".to_owned(), ..CustomerQuery::default() };
    assert!(desk.office.customers(&hostile).unwrap().items.is_empty());
    let cursor = CustomerQuery { cursor: Some("nonsense".to_owned()), ..CustomerQuery::default() };
    assert_eq!(desk.office.customers(&cursor).map_err(|e| e.code()), Err("OFF-001"));
}
