//! One feed: each thing once, with who did it, page by page.

use crate::desk::{Desk, amount, anna};
use office::{ContactChange, Purchase, TimelineCategory, Who};

#[test]
fn the_feed_tells_each_thing_once_with_who_did_it() {
    let desk = Desk::new();
    let signed_up = desk.anna_smith();
    let customer = signed_up.customer;
    let change = ContactChange { phone: Some("+1 555 0177".to_owned()), ..ContactChange::default() };
    desk.office.update_contact(&anna(), customer, change, None).unwrap();
    desk.office.add_note(&anna(), customer, "Called about the bill.").unwrap();
    let film = Purchase {
        who: Who::Account(signed_up.account.unwrap()),
        service: "vod".to_owned(),
        item: "film-1".to_owned(),
        units: 1,
        description: "The Long Night".to_owned(),
        reference: None,
        at: None,
        channel: "api".to_owned(),
    };
    desk.office.purchase(&anna(), film, None).unwrap();
    desk.office.pay(&anna(), customer, amount("10"), "cash", None).unwrap();
    let page = desk.office.timeline(customer, None, None, 0).unwrap();
    let told: Vec<(&str, &str, Option<&str>)> = page
        .items
        .iter()
        .map(|entry| (entry.title.as_str(), entry.detail.as_str(), entry.actor.as_deref()))
        .collect();
    let who = Some("staff:anna");
    assert_eq!(
        told,
        [
            ("Payment received", "10.00 USD · cash", who),
            ("Purchase charged", "-3.99 USD · The Long Night", who),
            ("Note", "Called about the bill.", who),
            ("Contact changed", "phone", who),
            ("Account made", "Home", who),
            ("Signed up", "", who),
        ]
    );
    let money = desk.office.timeline(customer, Some(TimelineCategory::Money), None, 0).unwrap();
    let titles: Vec<&str> = money.items.iter().map(|entry| entry.title.as_str()).collect();
    assert_eq!(titles, ["Payment received", "Purchase charged"]);
    let staff = desk.office.timeline(customer, Some(TimelineCategory::Staff), None, 0).unwrap();
    assert!(staff.items.iter().all(|entry| entry.actor.as_deref() == who));
}

#[test]
fn pages_together_hold_every_line_once() {
    let desk = Desk::new();
    let customer = desk.anna_smith().customer;
    for number in 0..7 {
        desk.office.add_note(&anna(), customer, &format!("note {number}")).unwrap();
        desk.office.block_customer(&anna(), customer, number % 2 == 0, None).unwrap();
        desk.office.clock().advance(calendar::Seconds(60));
    }
    let (mut cursor, mut lines) = (None::<String>, Vec::new());
    loop {
        let page = desk.office.timeline(customer, None, cursor.as_deref(), 3).unwrap();
        assert!(page.items.len() <= 3);
        lines.extend(page.items);
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert!(lines.is_sorted_by(|a, b| a.at >= b.at));
    for number in 0..7 {
        let notes = lines.iter().filter(|line| line.detail == format!("note {number}")).count();
        assert_eq!(notes, 1, "note {number}");
    }
    let blocked = |line: &&office::TimelineEntry| line.category == TimelineCategory::Service;
    assert_eq!(lines.iter().filter(blocked).count(), 9);
    let wrong = desk.office.timeline(customer, None, Some("1.2"), 3);
    assert_eq!(wrong.map_err(|e| e.code()), Err("OFF-001"));
}
