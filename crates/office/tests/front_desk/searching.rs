//! Search finds a customer by everything people remember of him.

use crate::desk::{Desk, anna};
use office::SignUp;

#[test]
fn a_customer_is_found_by_name_number_contact_identifiers_and_devices_in_any_spelling() {
    let desk = Desk::new();
    let signed_up = desk.anna_smith();
    desk.office.sign_up(&anna(), SignUp::named("Bob Jones"), None).unwrap();
    let account = signed_up.account.unwrap();
    let account_page = format!("/customers/C1000001/accounts#account-{account}");
    for (text, group, title, path) in [
        ("anna sm", "Customers", "Anna Smith", "/customers/C1000001"),
        ("smith", "Customers", "Anna Smith", "/customers/C1000001"),
        ("c1000001", "Customers", "Anna Smith", "/customers/C1000001"),
        ("ANNA@example", "Customers", "Anna Smith", "/customers/C1000001"),
        ("+1 555 01", "Customers", "Anna Smith", "/customers/C1000001"),
        ("+1 555 01", "Accounts", "15550100", account_page.as_str()),
        ("anna@home", "Accounts", "anna@home.example", &account_page),
        ("home", "Accounts", "Home", &account_page),
        ("aabb.ccdd.ee01", "Devices", "AA:BB:CC:DD:EE:01", &account_page),
        ("AA:BB:CC:D", "Devices", "AA:BB:CC:DD:EE:01", &account_page),
    ] {
        let groups = desk.office.search(text, 0).unwrap();
        let hits = groups.iter().find(|g| g.title == group).map(|g| g.hits.as_slice()).unwrap_or_default();
        let found = hits.iter().any(|hit| hit.title == title && hit.url_path == path);
        assert!(found, "{text}: no {title} in {groups:#?}");
    }
    assert!(desk.office.search("Bobby", 0).unwrap().is_empty());
    assert!(desk.office.search("x", 0).unwrap().is_empty());
    assert!(desk.office.search("%_%", 0).unwrap().is_empty());
}
