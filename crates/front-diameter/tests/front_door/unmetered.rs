//! Services that a profile calls free and unmetered (4011, RFC 8506 9.1): the client serves them and asks no more, beside others that are
//! charged, outside services and as events; who is barred is refused.

use crate::wire_client::{Session, WireClient, initial};
use crate::world::{GATEWAY, MB, PEER, World, msisdn, usd};
use charging::Command;
use diameter::credit_control::{
    CreditControlRequest, RequestType, RequestedAction, ServiceRequest, Units, UsedUnits,
};

/// The profile of the test's world that has a free Rating-Group 900 and free messages.
const FREE: &str = "free";

fn used(octets: u64) -> Vec<UsedUnits> {
    let units = Units { total_octets: Some(octets), ..Units::default() };
    vec![UsedUnits { units, ..UsedUnits::default() }]
}

fn host() -> String {
    format!("{FREE}{GATEWAY}")
}

/// Rating-Group 900 needs no session and no money; 1 beside it is charged as ever, also when it is asked for later.
#[test]
pub fn an_unmetered_group_is_answered_with_4011_beside_a_charged_one() {
    let world = World::open();
    world.sign_up(1, "0.10");
    let (mut client, who, host) = (WireClient::open_as(&world, &host(), 4), msisdn(1), host());
    let free = || ServiceRequest {
        rating_group: Some(900),
        requested: Some(Units::default()),
        ..ServiceRequest::default()
    };
    let codes = |client: &mut WireClient, ccr: &CreditControlRequest<'_>| {
        let answer = client.ask(ccr).read();
        let of_services: Vec<_> =
            answer.services.iter().map(|service| (service.result_code, service.granted.is_some())).collect();
        (answer.result_code, of_services)
    };
    let mut first = initial(&mut client, "gw;1", &who).from_node(&host, "gw.example");
    first.services = vec![free()];
    assert_eq!(codes(&mut client, &first), (2001, vec![(Some(4011), false)]));
    assert_eq!(world.customer(1).head.purse.reserved, usd("0"));
    let session = Session { id: "gw;1" };
    let mut both = session.step(&mut client, RequestType::Update, 1, (None, Some(10 * MB)), &who);
    both.origin_host = &host;
    both.services.insert(0, free());
    // Some clients tell use of it all the same.
    both.services[0].used = used(3 * MB);
    assert_eq!(codes(&mut client, &both), (2001, vec![(Some(4011), false), (Some(2001), true)]));
    assert_eq!(world.customer(1).head.purse.reserved, usd("0.10"));
    let mut last = session.step(&mut client, RequestType::Termination, 2, (Some(10 * MB), None), &who);
    last.origin_host = &host;
    assert_eq!(client.ask(&last).code(), 2001);
    assert_eq!(world.records(1).len(), 1, "nothing of the free group");
    // Without money, too.
    let mut broke = initial(&mut client, "gw;2", &who).from_node(&host, "gw.example");
    broke.services = vec![free()];
    assert_eq!(codes(&mut client, &broke), (2001, vec![(Some(4011), false)]));
}

/// An event, and a session outside services: the command itself says it. Nothing is begun; a blocked account hears 4010, a stranger 5030.
#[test]
pub fn what_is_unmetered_as_a_whole_begins_nothing() {
    let world = World::open();
    let account = world.sign_up(1, "0.10");
    let (mut client, who, host) = (WireClient::open_as(&world, &host(), 4), msisdn(1), host());
    let ask = |client: &mut WireClient, kind, who: &str, in_service: bool| {
        let mut ccr = initial(client, "smsc;1", who).from_node(&host, "gw.example");
        ccr.services.clear();
        ccr.service_context_id = "32274@3gpp.org";
        ccr.request_type = kind;
        ccr.requested_action = (kind == RequestType::Event).then_some(RequestedAction::DirectDebiting);
        if in_service {
            ccr.services = vec![ServiceRequest { rating_group: Some(5), ..ServiceRequest::default() }];
        }
        let answer = client.ask(&ccr).read();
        (answer.result_code, answer.services.first().and_then(|service| service.result_code))
    };
    assert_eq!(ask(&mut client, RequestType::Event, &who, true), (4011, Some(4011)));
    assert_eq!(ask(&mut client, RequestType::Event, &who, false), (4011, None));
    assert_eq!(ask(&mut client, RequestType::Initial, &who, false), (4011, None));
    assert_eq!(ask(&mut client, RequestType::Update, &who, false), (4011, None));
    assert_eq!(ask(&mut client, RequestType::Termination, &who, false), (2001, None));
    assert_eq!(ask(&mut client, RequestType::Event, "999", false), (5030, None));
    world.done(1, Command::BlockAccount { account, blocked: true });
    assert_eq!(ask(&mut client, RequestType::Event, &who, false), (4010, None));
    assert!(world.customer(1).sessions.is_empty() && world.records(1).is_empty());
}

/// An opening that will name its services later begins a session, also where its context is free: 4011 would be the end of all of them.
#[test]
fn an_opening_without_services_begins_a_session() {
    let world = World::open();
    world.sign_up(1, "0.10");
    let (mut client, who, host) = (WireClient::open_as(&world, &host(), 4), msisdn(1), host());
    let mut ask = |kind, number| {
        let mut ccr = initial(&mut client, "gw;later", &who).from_node(&host, "gw.example");
        ccr.services.clear();
        ccr.service_context_id = "32274@3gpp.org";
        (ccr.request_type, ccr.request_number) = (kind, number);
        ccr.multiple_services = (kind == RequestType::Initial).then_some(true);
        (client.ask(&ccr).code(), world.customer(1).open_sessions().count())
    };
    assert_eq!(ask(RequestType::Initial, 0), (2001, 1));
    assert_eq!(ask(RequestType::Update, 1), (2001, 1));
    assert_eq!(ask(RequestType::Termination, 2), (2001, 0));
}

/// Sessions that began when it was charged go on under the profile in which it is free: what was used meanwhile counts, and the end ends.
#[test]
fn what_became_free_within_a_session_is_charged_to_its_end() {
    let world = World::open();
    world.sign_up(1, "100");
    let (mut before, mut after, who, host) =
        (WireClient::open(&world), WireClient::open_as(&world, &host(), 4), msisdn(1), host());
    let mut data = initial(&mut before, "gw;data", &who);
    data.services[0].rating_group = Some(900);
    assert_eq!(before.ask(&data).code(), 2001);
    let mut last = initial(&mut after, "gw;data", &who).from_node(&host, "gw.example");
    (last.request_type, last.request_number) = (RequestType::Termination, 1);
    last.services =
        vec![ServiceRequest { rating_group: Some(900), used: used(4 * MB), ..ServiceRequest::default() }];
    assert_eq!(after.ask(&last).read().services[0].result_code, Some(4011));
    assert_eq!(world.records(1).iter().map(|record| record.units).collect::<Vec<_>>(), [4 * MB]);

    let messages = |count| Units { specific: Some(count), ..Units::default() };
    let outside = |client: &mut WireClient, host, kind, number, (told, asked): (Option<u64>, Option<u64>)| {
        let mut ccr = initial(client, "gw;messages", &who).from_node(host, "gw.example");
        ccr.services.clear();
        ccr.service_context_id = "32274@3gpp.org";
        (ccr.request_type, ccr.request_number, ccr.requested) = (kind, number, asked.map(messages));
        let told = told.map(|count| UsedUnits { units: messages(count), ..UsedUnits::default() });
        ccr.used = told.into_iter().collect();
        client.ask(&ccr).code()
    };
    assert_eq!(outside(&mut before, PEER, RequestType::Initial, 0, (None, Some(3))), 2001);
    assert_eq!(outside(&mut after, &host, RequestType::Update, 1, (Some(1), Some(3))), 4011);
    assert_eq!(outside(&mut after, &host, RequestType::Termination, 2, (Some(1), None)), 2001);
    let customer = world.customer(1);
    assert_eq!((customer.head.purse.balance, customer.head.purse.reserved), (usd("-0.14"), usd("0")));
    assert_eq!(customer.open_sessions().count(), 0);
}
