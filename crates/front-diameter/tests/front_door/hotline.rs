//! Subscribers without funds who are sent to a portal: what the answers hold, and the way back when money comes.

use crate::server_requests::told;
use crate::wire_client::{Session, WireClient, initial};
use crate::world::{MB, World, msisdn, usd};
use catalog::FinalAction;
use charging::{AccountId, AccountPolicy, Command, Policy};
use diameter::codes::command;
use diameter::credit_control::{FinalUnit, RedirectKind, RequestType};

const PORTAL: &str = "https://pay.talea.example";

/// Sends who has no money for data to an address, or to a filter; also without any where `whenever`.
fn send_to(world: &World, number: u32, account: AccountId, (action, whenever): (FinalAction, bool)) {
    let service = world.engine.catalog().service("mobile-data").unwrap().id;
    let option = if whenever { "yes" } else { "no" };
    let attributes = vec![("hotline_without_funds".to_owned(), option.to_owned())];
    let regular = Policy { attributes, ..Policy::default() };
    let policy = AccountPolicy { service, regular, limited: Policy::default(), final_action: Some(action) };
    world.done(number, Command::SetPolicy { account, service, policy: Some(Box::new(policy)) });
}

fn portal() -> FinalAction {
    FinalAction::Redirect { url: PORTAL.to_owned() }
}

/// DIA-05, DIA-50: 2001 with Final-Unit-Indication REDIRECT and Validity-Time and no units; a payment makes the client ask anew, and
/// it gets real ones. Nothing is locked meanwhile.
#[test]
pub fn who_has_nothing_at_all_is_sent_to_the_portal_and_comes_back_with_money() {
    let world = World::open();
    let account = world.sign_up(1, "0");
    send_to(&world, 1, account, (portal(), true));
    let (mut client, who) = (WireClient::open(&world), msisdn(1));
    let ccr = initial(&mut client, "pgw;portal", &who);
    let answer = client.ask(&ccr).read();
    let service = &answer.services[0];
    assert_eq!((answer.result_code, service.result_code, service.granted), (2001, Some(2001), None));
    assert_eq!(service.final_unit, Some(FinalUnit::Redirect(RedirectKind::Url, PORTAL.to_owned())));
    assert_eq!(service.validity_time, Some(300));
    let customer = world.customer(1);
    assert_eq!((customer.open_sessions().count(), customer.head.purse.reserved), (1, usd("0")));

    world.pay(1, "0.02");
    let heard = told(&mut client, 2002);
    assert_eq!(heard.header().command, command::RE_AUTH);
    let session = Session { id: "pgw;portal" };
    let update = session.step(&mut client, RequestType::Update, 1, (None, Some(MB)), &who);
    let answer = client.ask(&update).read();
    assert_eq!(answer.services[0].granted.unwrap().units.total_octets, Some(MB));
    assert_eq!(world.customer(1).head.purse.reserved, usd("0.01"));
    let last = session.step(&mut client, RequestType::Termination, 2, (Some(MB), None), &who);
    assert_eq!(client.ask(&last).code(), 2001);
    assert_eq!(world.customer(1).head.purse.balance, usd("0.01"));
}

/// A suspension sends to the portal who may pay there, and the payment brings him back: the client is told of both.
#[test]
fn who_is_suspended_is_sent_to_the_portal_and_comes_back_when_he_pays() {
    let world = World::open();
    let account = world.sign_up(1, "100");
    send_to(&world, 1, account, (portal(), true));
    let (mut client, who) = (WireClient::open(&world), msisdn(1));
    let ccr = initial(&mut client, "pgw;late", &who);
    assert!(client.ask(&ccr).read().services[0].granted.is_some());
    world.suspend(1, account);
    assert_eq!(told(&mut client, 2002).header().command, command::RE_AUTH);
    let session = Session { id: "pgw;late" };
    let update = session.step(&mut client, RequestType::Update, 1, (Some(MB), Some(MB)), &who);
    let answer = client.ask(&update).read();
    let service = &answer.services[0];
    assert_eq!((answer.result_code, service.result_code, service.granted), (2001, Some(2001), None));
    assert_eq!(service.final_unit, Some(FinalUnit::Redirect(RedirectKind::Url, PORTAL.to_owned())));
    world.pay(1, "10");
    assert_eq!(told(&mut client, 2002).header().command, command::RE_AUTH);
    let update = session.step(&mut client, RequestType::Update, 2, (None, Some(MB)), &who);
    assert!(client.ask(&update).read().services[0].granted.is_some());
}

/// DIA-21: another rating group of the session is asked for meanwhile; the payment still wakes the one that has nothing.
#[test]
fn a_payment_wakes_a_hotlined_rating_group_beside_another_one() {
    let world = World::open();
    let account = world.sign_up(1, "0.02");
    send_to(&world, 1, account, (portal(), true));
    let (mut client, who) = (WireClient::open(&world), msisdn(1));
    let session = Session { id: "pgw;two" };
    let group = |client: &mut WireClient, kind, number, group| {
        let mut ccr = session.step(client, kind, number, (None, Some(MB)), &who);
        ccr.services[0].rating_group = Some(group);
        client.ask(&ccr).read().services[0].granted.is_some()
    };
    assert!(group(&mut client, RequestType::Initial, 0, 1));
    assert!(group(&mut client, RequestType::Update, 1, 2));
    assert!(!group(&mut client, RequestType::Update, 2, 3), "two cents were all there was");
    assert!(group(&mut client, RequestType::Update, 3, 2), "its own is still locked for it");
    world.pay(1, "1");
    assert_eq!(told(&mut client, 2002).header().command, command::RE_AUTH);
    assert!(group(&mut client, RequestType::Update, 4, 3));
}

/// RFC 8506 5.6.2: a client that was redirected after its last units reports them without asking for more, and is told when to ask again.
#[test]
pub fn the_report_of_the_last_units_is_answered_with_a_time() {
    let world = World::open();
    let account = world.sign_up(1, "0.05");
    let walled = FinalAction::Restrict { filter: "walled-garden".to_owned() };
    send_to(&world, 1, account, (walled, false));
    let (mut client, who) = (WireClient::open(&world), msisdn(1));
    let ccr = initial(&mut client, "pgw;last", &who);
    assert_eq!(client.ask(&ccr).read().services[0].granted.unwrap().units.total_octets, Some(5 * MB));
    let session = Session { id: "pgw;last" };
    let report = session.step(&mut client, RequestType::Update, 1, (Some(5 * MB), None), &who);
    let answer = client.ask(&report).read();
    let restricted = FinalUnit::Restrict { rules: Vec::new(), filters: vec!["walled-garden".to_owned()] };
    let service = &answer.services[0];
    assert_eq!((service.result_code, service.granted, service.validity_time), (Some(2001), None, Some(300)));
    assert_eq!(service.final_unit, Some(restricted));
    // Another session has neither the policy nor its last units.
    let other = initial(&mut client, "pgw;other", &who);
    assert_eq!(client.ask(&other).code(), 4012);
}
