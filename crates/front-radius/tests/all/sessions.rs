//! Accounting from Start to Stop: what arrives twice, late or never, and what it makes in the books.

use crate::world;

use charging::Payment;
use std::time::Duration;
use world::radclient::{ask, unanswered};
use world::wire::{Client, Counters, INTERIM, ON, START, STOP, packet, pap, report};
use world::*;

const MB: u64 = 1_048_576;

fn used(input: u64, output: u64, seconds: u32) -> Counters {
    Counters { input, output, seconds, delay: 0 }
}

#[test]
fn start_interim_stop_and_a_repeated_stop_make_one_xdr() {
    let world = World::start();
    world.subscriber(7, "homeconnect-plus", Payment::Postpaid, "anna@home", "x");
    let accounting = world.server.accounting_address();
    let session = "User-Name = anna@home\nAcct-Session-Id = 81a00001\nNAS-IP-Address = 10.0.0.1\nFramed-IP-Address = 100.64.0.7\nCalling-Station-Id = \"AA:BB:CC:00:11:22\"\n";
    let stop = format!(
        "{session}Acct-Status-Type = Stop\nAcct-Input-Octets = 3000\nAcct-Output-Octets = 70000\nAcct-Session-Time = 900\nAcct-Delay-Time = "
    );
    for attributes in [
        format!("{session}Acct-Status-Type = Start\n"),
        format!(
            "{session}Acct-Status-Type = Interim-Update\nAcct-Input-Octets = 1000\nAcct-Output-Octets = 2000\nAcct-Session-Time = 300\n"
        ),
        format!("{stop}0\n"),
        format!("{stop}0\n"),
        format!("{stop}5\n"),
    ] {
        let reply = ask(accounting, "acct", &attributes);
        assert!(reply.contains("Received Accounting-Response"), "{attributes}: {reply}");
    }
    assert_eq!(world.xdrs(7), [(73_000, 0)]);
    assert!(world.open(7).is_empty());
    world.stop();
}

#[test]
fn an_open_session_shows_its_use_address_and_device() {
    let world = World::start();
    world.subscriber(7, "homeconnect-plus", Payment::Postpaid, "anna@home", "x");
    let accounting = world.server.accounting_address();
    let mut client = Client::at(MIKROTIK);
    client.ask(accounting, &report(1, START, "s1", "anna@home", used(0, 0, 0))).unwrap();
    client.ask(accounting, &report(2, INTERIM, "s1", "anna@home", used(100, 200, 60))).unwrap();
    let [session] = &world.open(7)[..] else { panic!("one session") };
    assert_eq!((&*session.identifier, &*session.node), ("anna@home", "mikrotik-1"));
    assert_eq!(&*session.details, "10.0.0.9 · 00-11-22-33-44-55 · User-Name anna@home");
    assert_eq!(session.meters[0].used, 300);
    assert_eq!(session.expires_at, session.last_at.plus(calendar::Seconds(900)), "three interim intervals");
    world.stop();
}

#[test]
fn use_counts_for_the_time_of_its_report_and_not_of_the_sessions_start() {
    let world = World::start();
    world.subscriber(7, "homeconnect-plus", Payment::Postpaid, "anna@home", "x");
    let accounting = world.server.accounting_address();
    let mut client = Client::at(MIKROTIK);
    for start in [true, false] {
        let name = if start { "s1" } else { "its Start was lost" };
        if start {
            client.ask(accounting, &report(1, START, name, "anna@home", used(0, 0, 0))).unwrap();
            world.engine.clock().advance(calendar::Seconds(600));
        }
        client.ask(accounting, &report(2, INTERIM, name, "anna@home", used(100, 200, 600))).unwrap();
        world.engine.clock().advance(calendar::Seconds(3_600));
        client.ask(accounting, &report(3, INTERIM, name, "anna@home", used(300, 400, 4_200))).unwrap();
        let open = world.open(7);
        let session = open.iter().find(|session| session.key.shown().contains(name)).unwrap();
        let counted = session.meters[0].counted_at.since(session.started_at).0;
        assert!((4_200..4_260).contains(&counted), "{name}: counted {counted} seconds after it began");
    }
    world.stop();
}

#[test]
fn a_lost_start_and_lost_interims_lose_no_octet() {
    let world = World::start();
    world.subscriber(7, "homeconnect-plus", Payment::Postpaid, "anna@home", "x");
    let accounting = world.server.accounting_address();
    let mut client = Client::at(MIKROTIK);
    let interim = report(1, INTERIM, "s1", "anna@home", used(1_000, 2_000, 600));
    client.ask(accounting, &interim).unwrap();
    let [session] = &world.open(7)[..] else { panic!("the first report opens the session") };
    assert!(session.last_at.since(session.started_at).0 >= 600, "it began when the session time says");
    // An old report that comes late counts nothing, and neither does a repeat under another Identifier.
    client.ask(accounting, &report(2, INTERIM, "s1", "anna@home", used(10, 20, 60))).unwrap();
    client.ask(accounting, &report(3, INTERIM, "s1", "anna@home", used(1_000, 2_000, 600))).unwrap();
    client.ask(accounting, &report(4, STOP, "s1", "anna@home", used(5_000, 7_000, 3_600))).unwrap();
    client.ask(accounting, &report(5, INTERIM, "s1", "anna@home", used(4_000, 6_000, 3_000))).unwrap();
    assert_eq!(world.xdrs(7), [(12_000, 0)], "an Interim after the Stop is acknowledged and charges nothing");
    world.stop();
}

#[test]
fn gigawords_count_beyond_four_gigabytes() {
    let world = World::start();
    world.subscriber(7, "homeconnect-plus", Payment::Postpaid, "anna@home", "x");
    let mut client = Client::at(MIKROTIK);
    let counters = used((3 << 32) + 5, (1 << 32) + 7, 86_400);
    client.ask(world.server.accounting_address(), &report(1, STOP, "s1", "anna@home", counters)).unwrap();
    assert_eq!(world.xdrs(7), [((4 << 32) + 12, 0)]);
    world.stop();
}

#[test]
fn huawei_ipv6_octets_are_added() {
    let world = World::start();
    world.subscriber(7, "homeconnect-plus", Payment::Postpaid, "anna@home", "x");
    let stop = format!(
        "User-Name = anna@home\nAcct-Session-Id = h1\nAcct-Status-Type = Stop\nAcct-Input-Octets = 1\nAcct-Output-Octets = 10\nHuawei-Acct-IPv6-Input-Octets = 100\nHuawei-Acct-IPv6-Output-Octets = 1000\nHuawei-Acct-IPv6-Output-Gigawords = 1\nPacket-Src-IP-Address = {HUAWEI}\n"
    );
    assert!(ask(world.server.accounting_address(), "acct", &stop).contains("Received Accounting-Response"));
    assert_eq!(world.xdrs(7), [((1 << 32) + 1_111, 0)]);
    world.stop();
}

#[test]
fn counters_of_an_access_node_that_counts_kilobytes_are_charged_as_octets() {
    let world = World::start();
    world.subscriber(7, "homeconnect-plus", Payment::Postpaid, "anna@home", "x");
    let mut client = Client::at(OLT);
    client
        .ask(world.server.accounting_address(), &report(1, STOP, "o1", "anna@home", used(3, 4, 60)))
        .unwrap();
    assert_eq!(world.xdrs(7), [(7 * 1_024, 0)]);
    world.stop();
}

#[test]
fn use_is_charged_by_the_nodes_service() {
    let world = World::start();
    world.subscriber(9, "mobile-data", Payment::Postpaid, "phone", "x");
    let mut client = Client::at(GENERIC);
    let counters = used(2 * MB, MB + 1, 60);
    client.ask(world.server.accounting_address(), &report(1, STOP, "m1", "phone", counters)).unwrap();
    let octets = i64::try_from(3 * MB + 1).unwrap();
    assert_eq!(world.xdrs(9), [(octets, 40_000)], "four started megabytes at one cent");
    world.stop();
}

#[test]
fn one_session_id_on_two_nodes_is_two_sessions() {
    let world = World::start();
    world.subscriber(7, "homeconnect-plus", Payment::Postpaid, "anna@home", "x");
    let accounting = world.server.accounting_address();
    for node in [MIKROTIK, JUNIPER] {
        Client::at(node).ask(accounting, &report(1, STOP, "00000001", "anna@home", used(5, 5, 1))).unwrap();
    }
    assert_eq!(world.xdrs(7), [(10, 0), (10, 0)]);
    world.stop();
}

#[test]
fn a_report_nobody_can_be_charged_for_is_not_acknowledged() {
    let world = World::start();
    world.subscriber(7, "homeconnect-plus", Payment::Postpaid, "anna@home", "x");
    let accounting = world.server.accounting_address();
    let mut client = Client::at(MIKROTIK);
    client.send(accounting, report(1, START, "s1", "nobody@home", used(0, 0, 0)).bytes());
    assert_eq!(client.receive(Duration::from_millis(300)), None, "RFC 2866 2");
    assert_eq!(world.server.metrics().discards_of("unknown_subscriber"), 1);
    // The same request is tried again as new once somebody has that name.
    world.name(world.sign_up(8, "homeconnect-plus", Payment::Postpaid), "user", "nobody@home");
    client.ask(accounting, &report(1, START, "s1", "nobody@home", used(0, 0, 0))).unwrap();
    assert_eq!(world.open(8).len(), 1);
    world.stop();
}

#[test]
fn the_class_of_the_log_in_finds_the_account_when_the_user_name_has_changed() {
    let world = World::start();
    let account = world.subscriber(7, "homeconnect-plus", Payment::Postpaid, "anna@home", "x");
    let mut client = Client::at(MIKROTIK);
    let accept = client.ask(world.server.auth_address(), &pap(1, [1; 16], "anna@home", "x")).unwrap();
    let class = packet(&accept).first(radius::number::CLASS).unwrap().to_vec();
    let mut request = radius::client::RequestBuilder::accounting(1, START).unwrap();
    request.attribute(radius::number::USER_NAME, b"outer-name").unwrap();
    request.attribute(radius::number::ACCT_SESSION_ID, b"s1").unwrap();
    request.attribute(radius::number::CLASS, b"of somebody else").unwrap();
    request.attribute(radius::number::CLASS, &class).unwrap();
    client.ask(world.server.accounting_address(), &request.sign(SECRET.as_bytes()).unwrap()).unwrap();
    let [session] = &world.open(7)[..] else { panic!("one session") };
    assert_eq!((session.account, &*session.identifier), (account, "outer-name"));
    world.stop();
}

#[test]
fn a_hotlined_session_is_seen_and_costs_nothing() {
    let world = World::start();
    let account = world.subscriber(7, "homeconnect-plus", Payment::Postpaid, "anna@home", "x");
    world.suspend(account);
    let mut client = Client::at(MIKROTIK);
    let accept = client.ask(world.server.auth_address(), &pap(1, [1; 16], "anna@home", "x")).unwrap();
    let class = packet(&accept).first(radius::number::CLASS).unwrap().to_vec();
    for (identifier, status) in [(1, START), (2, STOP)] {
        let mut request = radius::client::RequestBuilder::accounting(identifier, status).unwrap();
        request.attribute(radius::number::USER_NAME, b"anna@home").unwrap();
        request.attribute(radius::number::ACCT_SESSION_ID, b"s1").unwrap();
        request.attribute(radius::number::CLASS, &class).unwrap();
        request.integer(radius::number::ACCT_OUTPUT_OCTETS, 5_000_000).unwrap();
        client.ask(world.server.accounting_address(), &request.sign(SECRET.as_bytes()).unwrap()).unwrap();
        assert_eq!(world.open(7).len(), usize::from(status == START));
    }
    assert_eq!(world.xdrs(7).iter().filter(|(units, _)| *units == 5_000_000).count(), 0);
    world.stop();
}

#[test]
fn a_node_that_restarts_ends_its_own_sessions_only() {
    let world = World::start();
    world.subscriber(7, "homeconnect-plus", Payment::Postpaid, "anna@home", "x");
    let accounting = world.server.accounting_address();
    let (mut mikrotik, mut juniper) = (Client::at(MIKROTIK), Client::at(JUNIPER));
    for (identifier, session) in [(1, "a"), (2, "b"), (3, "c")] {
        mikrotik.ask(accounting, &report(identifier, INTERIM, session, "anna@home", used(1, 1, 1))).unwrap();
    }
    juniper.ask(accounting, &report(1, INTERIM, "a", "anna@home", used(1, 1, 1))).unwrap();
    world.engine.clock().advance(calendar::Seconds(5));
    mikrotik.ask(accounting, &report(4, ON, "boot", "", used(0, 0, 0))).unwrap();
    let open = world.open(7);
    assert_eq!(open.len(), 1);
    assert_eq!(&*open[0].node, "mx-1");
    assert_eq!(world.xdrs(7), [(2, 0), (2, 0), (2, 0)], "what was reported is charged");
    world.stop();
}

#[test]
fn a_session_id_used_again_after_a_restart_is_another_session() {
    let world = World::start();
    world.subscriber(7, "homeconnect-plus", Payment::Postpaid, "anna@home", "x");
    let accounting = world.server.accounting_address();
    let mut client = Client::at(MIKROTIK);
    client.ask(accounting, &report(1, INTERIM, "1", "anna@home", used(500, 0, 60))).unwrap();
    world.engine.clock().advance(calendar::Seconds(5));
    client.ask(accounting, &report(2, ON, "boot", "", used(0, 0, 0))).unwrap();
    world.engine.clock().advance(calendar::Seconds(5));
    client.ask(accounting, &report(3, START, "1", "anna@home", used(0, 0, 0))).unwrap();
    client.ask(accounting, &report(4, STOP, "1", "anna@home", used(30, 0, 4))).unwrap();
    assert_eq!(world.xdrs(7), [(500, 0), (30, 0)]);
    world.stop();
}

#[test]
fn an_answered_report_is_in_the_books_when_the_server_stops_at_once() {
    let world = World::start();
    world.subscriber(7, "homeconnect-plus", Payment::Postpaid, "anna@home", "x");
    let accounting = world.server.accounting_address();
    let mut client = Client::at(MIKROTIK);
    for number in 0..100_u8 {
        let stop = report(number, STOP, &format!("s{number}"), "anna@home", used(u64::from(number), 1, 1));
        client.send(accounting, stop.bytes());
    }
    // Whatever was received before the end is answered before the end.
    assert!(client.receive(Duration::from_secs(3)).is_some());
    world.runtime.block_on(world.server.stop());
    let mut answered = 1;
    while client.receive(Duration::from_millis(200)).is_some() {
        answered += 1;
    }
    let xdrs = world.xdrs(7).len();
    assert!(answered <= xdrs, "{answered} answers, {xdrs} xDRs");
    assert_eq!(u64::try_from(answered).unwrap(), world.server.metrics().answers_of("accounting"));
    world.stop();
}

#[test]
fn counters_that_wrap_without_gigawords_are_charged_whole_and_an_old_report_adds_nothing() {
    let world = World::start();
    world.subscriber(7, "homeconnect-plus", Payment::Postpaid, "anna@home", "x");
    let accounting = world.server.accounting_address();
    let send = |status: &str, input: u64, output: u64, seconds: u32| {
        // The node shows the low 32 bits of what it has counted, and nothing else.
        let (input, output) = (input % (1 << 32), output % (1 << 32));
        let attributes = format!(
            "User-Name = anna@home\nAcct-Session-Id = ppp0\nAcct-Status-Type = {status}\nAcct-Input-Octets = {input}\nAcct-Output-Octets = {output}\nAcct-Session-Time = {seconds}\nPacket-Src-IP-Address = {PPP}\n"
        );
        let reply = ask(accounting, "acct", &attributes);
        assert!(reply.contains("Received Accounting-Response"), "{reply}");
    };
    let used = || world.open(7)[0].meters[0].used;
    let gigabyte = 1 << 30;
    send("Start", 0, 0, 0);
    world.engine.clock().advance(calendar::Seconds(600));
    send("Interim-Update", gigabyte, 3 * gigabyte + 1, 600);
    assert_eq!(used(), 4 * gigabyte + 1, "both directions together are beyond 32 bits already");
    world.engine.clock().advance(calendar::Seconds(600));
    send("Interim-Update", gigabyte + 5, 4 * gigabyte + 7, 1_200);
    assert_eq!(used(), 5 * gigabyte + 12, "the download counter has wrapped");
    send("Interim-Update", gigabyte / 2, gigabyte, 300);
    send("Start", 0, 0, 0);
    assert_eq!(used(), 5 * gigabyte + 12, "reports that come late are no wraps");
    world.engine.clock().advance(calendar::Seconds(600));
    send("Stop", 2 * gigabyte, 6 * gigabyte, 1_800);
    assert_eq!(world.xdrs(7), [(i64::try_from(8 * gigabyte).unwrap(), 0)]);
    world.stop();
}

/// A report with attributes of a vendor and no counters of the standard.
fn vendors_report(
    (identifier, status, session): (u8, u32, &str),
    vendor: u32,
    attributes: &[(u32, &[u8])],
) -> radius::client::Request {
    let mut request = radius::client::RequestBuilder::accounting(identifier, status).unwrap();
    request.attribute(radius::number::USER_NAME, b"anna@home").unwrap();
    request.attribute(radius::number::ACCT_SESSION_ID, session.as_bytes()).unwrap();
    request.integer(radius::number::ACCT_SESSION_TIME, 60).unwrap();
    for (number, value) in attributes {
        request.packet_mut().push_vendor(vendor, Default::default(), *number, value).unwrap();
    }
    request.sign(SECRET.as_bytes()).unwrap()
}

/// ERX-Service-Session: what the service counted is in the subscriber's own report.
#[test]
fn the_accounting_of_a_routers_service_is_acknowledged_and_not_charged_again() {
    let world = World::start();
    world.subscriber(7, "homeconnect-plus", Payment::Postpaid, "anna@home", "x");
    let accounting = world.server.accounting_address();
    let mut client = Client::at(JUNIPER);
    client.ask(accounting, &report(1, START, "55", "anna@home", used(0, 0, 0))).unwrap();
    for (identifier, status) in [(2, START), (3, INTERIM), (4, STOP)] {
        let of_service = vendors_report((identifier, status, "55:56"), 4_874, &[(83, b"internet(10m)")]);
        client.ask(accounting, &of_service).expect("acknowledged");
        assert_eq!(world.open(7).len(), 1, "it is no session");
    }
    client.ask(accounting, &report(5, STOP, "55", "anna@home", used(100, 200, 60))).unwrap();
    assert_eq!(world.xdrs(7), [(300, 0)]);
    world.stop();
}

/// RAD-11: Alc-Acct-I-Inprof-Octets-64 and its like, `00` queue or `80` policer, its number, 64 bits.
#[test]
fn the_counters_of_a_service_routers_queues_are_added_up_where_it_sends_no_others() {
    let world = World::start();
    world.subscriber(7, "homeconnect-plus", Payment::Postpaid, "anna@home", "x");
    let accounting = world.server.accounting_address();
    let counter = |queue: [u8; 2], octets: u64| [&queue[..], &octets.to_be_bytes()].concat();
    let queues = [
        (19, counter([0, 2], 500)),
        (19, counter([0x80, 1], 5 << 32)),
        (20, counter([0, 2], 30)),
        (21, counter([0, 1], 7_000)),
        (22, counter([0, 1], 1)),
    ];
    let queues: Vec<(u32, &[u8])> = queues.iter().map(|(number, value)| (*number, &value[..])).collect();
    let mut client = Client::at(NOKIA);
    client.ask(accounting, &vendors_report((1, STOP, "s-1"), 6_527, &queues)).unwrap();
    let mut both = radius::client::RequestBuilder::accounting(2, STOP).unwrap();
    both.attribute(radius::number::USER_NAME, b"anna@home").unwrap();
    both.attribute(radius::number::ACCT_SESSION_ID, b"s-2").unwrap();
    both.integer(radius::number::ACCT_INPUT_OCTETS, 11).unwrap();
    both.packet_mut().push_vendor(6_527, Default::default(), queues[0].0, queues[0].1).unwrap();
    client.ask(accounting, &both.sign(SECRET.as_bytes()).unwrap()).unwrap();
    assert_eq!(world.xdrs(7), [((5 << 32) + 7_531, 0), (11, 0)], "and nothing twice");
    world.stop();
}

/// A GGSN that names the visited network; 655-10 is home.
fn with_zones() -> World {
    let zones = [("home", ["65510"]), ("europe", ["262"])];
    let zones = zones.map(|(zone, networks)| (zone.to_owned(), networks.map(str::to_owned).to_vec()));
    World::start_with(|config| config.zones = zones.into_iter().collect())
}

/// RAD-60 to 63, on the wire of a Cisco ASR 5700: where the vehicle is and its access point decide the price, and who crosses a border
/// has two records.
#[test]
fn a_gateways_use_has_the_price_of_the_visited_network_and_access_point() {
    let world = with_zones();
    let account = world.subscriber(9, "traveller", Payment::Postpaid, "truck", "x");
    world.name(account, "imsi", "655100000000001");
    let accounting = world.server.accounting_address();
    let send = |status: &str, megabytes: u64, network: &str| {
        let octets = megabytes * MB;
        let place =
            if network.is_empty() { String::new() } else { format!("3GPP-SGSN-MCC-MNC = \"{network}\"\n") };
        let attributes = format!(
            "User-Name = truck\nAcct-Session-Id = ggsn-1\nCalling-Station-Id = 27831234567\nCalled-Station-Id = Fleet.Example\n3GPP-IMSI = 655100000000001\n{place}Acct-Status-Type = {status}\nAcct-Output-Octets = {octets}\nAcct-Session-Time = {}\nPacket-Src-IP-Address = {ASR}\n",
            megabytes * 60
        );
        let reply = ask(accounting, "acct", &attributes);
        assert!(reply.contains("Received Accounting-Response"), "{reply}");
        world.engine.clock().advance(calendar::Seconds(60));
    };
    send("Start", 0, "65510");
    send("Interim-Update", 2, "65510");
    send("Interim-Update", 3, "26201");
    let [session] = &world.open(9)[..] else { panic!("one session") };
    assert!(session.details.contains("27831234567 · Fleet.Example · network 26201"), "{}", session.details);
    let place = session.meters.last().unwrap();
    assert_eq!((&*place.access_code, &*place.destination), ("ROAMING.europe", "fleet.example"));
    send("Interim-Update", 5, "");
    send("Stop", 7, "26201");
    let parts =
        [(3 * MB, 30_000), (4 * MB, 800_000)].map(|(units, micros)| (i64::try_from(units).unwrap(), micros));
    assert_eq!(world.xdrs(9), parts, "a cent a megabyte at home, twenty abroad for this access point");
    world.stop();
}

#[test]
fn a_gateways_log_in_is_asked_for_the_access_point_and_the_visited_network() {
    let world = with_zones();
    let account = world.subscriber(9, "traveller", Payment::Postpaid, "truck", "x");
    world.name(account, "imsi", "655100000000001");
    let log_in = |apn: &str, network: &str| {
        let attributes = format!(
            "User-Name = truck\nCalled-Station-Id = {apn}\n3GPP-IMSI = 655100000000001\n3GPP-SGSN-MCC-MNC = \"{network}\"\nPacket-Src-IP-Address = {ASR}\n"
        );
        ask(world.server.auth_address(), "auth", &attributes)
    };
    let accept = log_in("closed.example", "65510");
    assert!(accept.contains("Received Access-Accept"), "{accept}");
    for rate in [
        "SN-QoS-Tp-Dnlk = Policing",
        "SN-Tp-Dnlk-Committed-Data-Rate = 2000000",
        "SN-Tp-Dnlk-Peak-Data-Rate = 2000000",
        "SN-QoS-Tp-Uplk = Policing",
        "SN-Tp-Uplk-Committed-Data-Rate = 1000000",
        "SN-Tp-Uplk-Peak-Data-Rate = 1000000",
    ] {
        assert!(accept.contains(rate), "{rate}: {accept}");
    }
    assert!(log_in("fleet.example", "26201").contains("Received Access-Accept"));
    assert!(log_in("closed.example", "26201").contains("Received Access-Reject"), "not sold abroad");
    world.stop();
}

/// One leg of a call is charged, by its number and Acct-Session-Time; the other one is acknowledged.
#[test]
fn a_voice_gateways_call_is_charged_once_by_its_number() {
    let world = World::start();
    let account = world.subscriber(7, "homeconnect-plus", Payment::Postpaid, "anna", "x");
    world.name(account, "msisdn", "15551234567");
    let accounting = world.server.accounting_address();
    for (leg, origin) in [("a", "answer"), ("b", "originate")] {
        for (status, seconds) in [("Start", 0), ("Stop", 61)] {
            let attributes = format!(
                "Calling-Station-Id = 15551234567\nCalled-Station-Id = 442071234567\nAcct-Session-Id = {leg}\nAcct-Status-Type = {status}\nh323-call-origin = \"h323-call-origin={origin}\"\nh323-conf-id = \"h323-conf-id=16000000 0 0 1\"\nAcct-Session-Time = {seconds}\nPacket-Src-IP-Address = {VOICE}\n"
            );
            let reply = ask(accounting, "acct", &attributes);
            assert!(reply.contains("Received Accounting-Response"), "{reply}");
        }
    }
    assert_eq!(world.xdrs(7), [(61, 100_000)], "two started minutes abroad, at five cents");
    world.stop();
}

/// RFC 4372: who may not know the user charges him by an identity that the log-in gave; it is the operator's own.
#[test]
fn an_identity_of_the_log_in_finds_the_account_of_reports_that_name_nobody_else() {
    let world = World::start();
    world.subscriber(7, "homeconnect-plus", Payment::Postpaid, "anna@home", "x");
    let (auth, accounting) = (world.server.auth_address(), world.server.accounting_address());
    // What was sent stands in front of it.
    let accept = |more: &str, node: &str| {
        let sent =
            format!("User-Name = anna@home\nUser-Password = x\n{more}Packet-Src-IP-Address = {node}\n");
        ask(auth, "auth", &sent).split_once("Received Access-Accept").unwrap().1.to_owned()
    };
    let log_in = |more: &str| accept(more, VPN);
    let identity = |more: &str| {
        let accept = log_in(&format!("Chargeable-User-Identity = 0x00\n{more}"));
        let identity = accept.rsplit("Chargeable-User-Identity = ").next().unwrap();
        identity.split_whitespace().next().unwrap().to_owned()
    };
    assert!(!log_in("").contains("Chargeable-User-Identity"), "only who asks gets one");
    let own = identity("");
    assert_eq!((own.len(), &own[..2]), (2 + 2 * 64, "0x"), "64 digits: {own}");
    assert_eq!(identity(""), own, "always the same");
    assert_ne!(identity("Operator-Name = 1example.net\n"), own, "another operator");
    assert!(log_in(&format!("Chargeable-User-Identity = {own}\n")).contains(&own), "asked again");
    for (status, octets) in [("Start", 0), ("Stop", 3 * MB)] {
        let attributes = format!(
            "User-Name = anonymous\nChargeable-User-Identity = {own}\nAcct-Session-Id = v1\nAcct-Status-Type = {status}\nAcct-Input-Octets = {octets}\nPacket-Src-IP-Address = {VPN}\n"
        );
        assert!(ask(accounting, "acct", &attributes).contains("Received Accounting-Response"));
    }
    // What one node or operator was told says nothing at another, nor does an operator's where none is named.
    let operators = identity("Operator-Name = 1example.net\n");
    for (identity, more, node) in [
        (&own, "", MIKROTIK),
        (&own, "Operator-Name = 1example.net\n", VPN),
        (&operators, "", VPN),
        (&operators, "Operator-Name = 1example.org\n", VPN),
    ] {
        let attributes = format!(
            "User-Name = anonymous\nChargeable-User-Identity = {identity}\n{more}Acct-Session-Id = v3\nAcct-Status-Type = Start\nPacket-Src-IP-Address = {node}\n"
        );
        unanswered(world.server.metrics(), "unknown_subscriber", (accounting, "acct", SECRET), &attributes);
    }
    assert_eq!(world.xdrs(7), [(i64::try_from(3 * MB).unwrap(), 0)]);
    let foreign = accept(&format!("Chargeable-User-Identity = {own}\n"), MIKROTIK);
    assert!(!foreign.contains("Chargeable"), "another operator's is nobody's: {foreign}");
    let forged = format!("{}00", &own[..own.len() - 2]);
    let forged = format!(
        "User-Name = anonymous\nChargeable-User-Identity = {forged}\nAcct-Session-Id = v2\nAcct-Status-Type = Start\nPacket-Src-IP-Address = {MIKROTIK}\n"
    );
    unanswered(world.server.metrics(), "unknown_subscriber", (accounting, "acct", SECRET), &forged);
    world.stop();
}
