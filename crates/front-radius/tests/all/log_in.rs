//! Log-ins as access servers make them: PAP and CHAP by radclient, what every device type gets, who is let in and who is not.

use crate::world;

use charging::{Command, CustomerId, Payment};
use std::time::Duration;
use world::radclient::{ask, unanswered};
use world::wire::{Client, Counters, STOP, packet, pap, report};
use world::*;

#[test]
fn pap_and_chap_are_accepted_with_ten_megabits_in_the_nodes_own_attribute() {
    let world = World::start();
    world.subscriber(7, "homeconnect-plus", Payment::Postpaid, "anna@home", "correct horse");
    let auth = world.server.auth_address();
    for password in ["User-Password", "CHAP-Password"] {
        let reply =
            ask(auth, "auth", &format!("User-Name = \"Anna@Home\"\n{password} = \"correct horse\"\n"));
        assert!(reply.contains("Received Access-Accept"), "{password}: {reply}");
        assert!(reply.contains("Mikrotik-Rate-Limit = \"10M/10M\""), "{reply}");
        assert!(reply.contains("Acct-Interim-Interval = 300"), "{reply}");
        assert!(reply.contains("Class = 0x544c01"), "{reply}");
    }
    world.stop();
}

#[test]
fn a_wrong_password_and_an_unknown_user_get_the_same_reject() {
    let world = World::start();
    let account = world.subscriber(7, "homeconnect-plus", Payment::Postpaid, "anna@home", "correct horse");
    world.name(account, "user", "no-password@home");
    let silent = world.sign_up(8, "homeconnect-plus", Payment::Postpaid);
    world.name(silent, "user", "berta@home");
    let auth = world.server.auth_address();
    let mut rejects = Vec::new();
    for attributes in [
        "User-Name = anna@home\nUser-Password = wrong\n",
        "User-Name = anna@home\nCHAP-Password = wrong\n",
        "User-Name = nobody@home\nUser-Password = wrong\n",
        "User-Name = anna@home\n",
        "User-Name = berta@home\nUser-Password = \"\"\n",
        "User-Name = anna@home\nMS-CHAP-Challenge = 0x00112233445566778899aabbccddeeff\nMS-CHAP2-Response = 0x00\n",
    ] {
        let reply = ask(auth, "auth", attributes);
        assert!(reply.contains("Received Access-Reject"), "{attributes}: {reply}");
        rejects.push(reply.lines().filter(|l| l.contains("Reply-Message")).collect::<String>());
    }
    rejects.dedup();
    assert_eq!(rejects.len(), 1, "no reject tells what was wrong: {rejects:?}");
    world.stop();
}

#[test]
fn strangers_wrong_secrets_and_unsigned_requests_hear_nothing() {
    let world = World::start();
    world.subscriber(7, "homeconnect-plus", Payment::Postpaid, "anna@home", "correct horse");
    let auth = world.server.auth_address();
    let login = "User-Name = anna@home\nUser-Password = \"correct horse\"\n";
    let metrics = world.server.metrics();
    let stranger = format!("{login}Packet-Src-IP-Address = {STRANGER}\n");
    unanswered(metrics, "unknown_node", (auth, "auth", SECRET), &stranger);
    // With a wrong secret PAP reveals noise and CHAP tells nothing: only a signed request can be told from a genuine one.
    let signed = format!("{login}Message-Authenticator = 0x00\n");
    unanswered(metrics, "not_genuine", (auth, "auth", "another"), &signed);
    let report = "User-Name = anna@home\nAcct-Status-Type = Start\nAcct-Session-Id = 1\n";
    unanswered(metrics, "not_genuine", (world.server.accounting_address(), "acct", "another"), report);
    // This node must sign.
    let unsigned = format!("{login}Packet-Src-IP-Address = {STRICT}\n");
    unanswered(metrics, "not_genuine", (auth, "auth", SECRET), &unsigned);
    let signed = format!("{login}Message-Authenticator = 0x00\nPacket-Src-IP-Address = {STRICT}\n");
    assert!(ask(auth, "auth", &signed).contains("Received Access-Accept"));
    let nodes = world.server.nodes();
    let strict = nodes.iter().find(|node| node.requests == 1).expect("the node that signed");
    assert!(strict.answers == 1 && strict.errors > 0, "{strict:?}");
    let (_, words) = strict.last_error.clone().unwrap();
    assert!(words.contains("PKT-") || words.contains("Message-Authenticator"), "{words}");
    assert!(world.open(7).is_empty());
    world.stop();
}

#[test]
fn every_device_type_gets_the_rate_in_its_own_words() {
    let world = World::start();
    world.subscriber(7, "homeconnect-plus", Payment::Postpaid, "anna@home", "correct horse");
    let auth = world.server.auth_address();
    for (node, expected) in [
        (JUNIPER, vec!["ERX-CoS-Shaping-Pmt-Type = \"T02 10000k\""]),
        (HUAWEI, vec!["Huawei-Output-Average-Rate = 10000000", "Huawei-Input-Peak-Rate = 10000000"]),
        (
            NOKIA,
            vec![
                "Alc-Subscriber-QoS-Override = \"e:r:rate=10000\"",
                "Alc-Subscriber-QoS-Override = \"i:q:1:pir=10000\"",
                "Alc-SLA-Prof-Str = \"gold\"",
            ],
        ),
    ] {
        let reply = ask(
            auth,
            "auth",
            &format!(
                "User-Name = anna@home\nUser-Password = \"correct horse\"\nPacket-Src-IP-Address = {node}\n"
            ),
        );
        assert!(reply.contains("Received Access-Accept"), "{node}: {reply}");
        for attribute in expected {
            assert!(reply.contains(attribute), "{node}: {attribute} in {reply}");
        }
        assert_eq!(reply.contains("Class = "), node != HUAWEI, "Huawei's access nodes read Class as a rate");
    }
    world.stop();
}

#[test]
fn a_suspended_customer_sees_the_portal_or_nothing_as_the_node_says() {
    let world = World::start();
    let account = world.subscriber(7, "homeconnect-plus", Payment::Postpaid, "anna@home", "correct horse");
    world.suspend(account);
    let auth = world.server.auth_address();
    let login = "User-Name = anna@home\nUser-Password = \"correct horse\"\n";
    let hotlined = ask(auth, "auth", login);
    assert!(hotlined.contains("Received Access-Accept"), "{hotlined}");
    assert!(hotlined.contains("Mikrotik-Address-List = \"hotline\""), "{hotlined}");
    assert!(hotlined.contains("Mikrotik-Rate-Limit = \"512k/512k\""), "{hotlined}");
    assert!(hotlined.contains("Session-Timeout = 300"), "he comes back after paying: {hotlined}");
    let huawei = ask(auth, "auth", &format!("{login}Packet-Src-IP-Address = {HUAWEI}\n"));
    assert!(huawei.contains("Huawei-Domain-Name = \"hotline\""), "{huawei}");
    assert!(huawei.contains("Huawei-PortalURL = \"https://pay.example\""), "{huawei}");
    assert!(huawei.contains("Huawei-HTTP-Redirect-URL = \"https://pay.example/in\""), "{huawei}");
    assert!(!huawei.contains("Huawei-Output-Average-Rate"), "{huawei}");
    let rejected = ask(auth, "auth", &format!("{login}Packet-Src-IP-Address = {JUNIPER}\n"));
    assert!(rejected.contains("Received Access-Reject"), "{rejected}");
    // Blocked by staff is no matter for the portal, on any node.
    world.command(CustomerId(7), Command::BlockCustomer { blocked: true });
    assert!(ask(auth, "auth", login).contains("Received Access-Reject"));
    world.stop();
}

#[test]
fn without_funds_the_profile_decides_and_money_opens_the_door() {
    let world = World::start();
    let account = world.subscriber(9, "mobile-data", Payment::Prepaid, "phone", "sim");
    world.name(account, "msisdn", "15551230001");
    let auth = world.server.auth_address();
    let login =
        format!("User-Name = \"+1 555 123 0001\"\nUser-Password = sim\nPacket-Src-IP-Address = {GENERIC}\n");
    assert!(
        ask(auth, "auth", &login).contains("Received Access-Reject"),
        "the second realm finds him, without money"
    );
    let pay = charging::Pay {
        account: None,
        exchanged: None,
        amount: money::Amount::parse("1").unwrap(),
        note: "cash".to_owned(),
    };
    world.command(CustomerId(9), Command::Pay(pay));
    assert!(ask(auth, "auth", &login).contains("Received Access-Accept"));
    world.stop();
}

#[test]
fn a_repeated_request_gets_the_same_octets_and_a_new_one_a_new_answer() {
    let world = World::start();
    world.subscriber(7, "homeconnect-plus", Payment::Postpaid, "anna@home", "correct horse");
    let auth = world.server.auth_address();
    let mut client = Client::at(MIKROTIK);
    let request = pap(42, [9; 16], "anna@home", "correct horse");
    let first = client.ask(auth, &request).unwrap();
    let second = client.ask(auth, &request).unwrap();
    assert_eq!(first, second, "RFC 5080 2.2.2");
    assert_eq!(packet(&first).code(), radius::Code::AccessAccept);
    assert_eq!(world.server.metrics().answers_of("repeat"), 1);
    assert_eq!(world.server.metrics().answers_of("accept"), 1);
    let other = client.ask(auth, &pap(42, [8; 16], "anna@home", "wrong")).unwrap();
    assert_eq!(packet(&other).code(), radius::Code::AccessReject, "same Identifier, another request");
    world.stop();
}

#[test]
fn what_memory_does_not_know_is_looked_up_without_stopping_the_port() {
    let world = World::start();
    world.subscriber(7, "homeconnect-plus", Payment::Postpaid, "anna@home", "correct horse");
    world.book.slow.store(true, std::sync::atomic::Ordering::Relaxed);
    let mut client = Client::at(MIKROTIK);
    let reply =
        client.ask(world.server.auth_address(), &pap(1, [1; 16], "anna@home", "correct horse")).unwrap();
    assert_eq!(packet(&reply).code(), radius::Code::AccessAccept);
    world.stop();
}

#[test]
fn metrics_tell_requests_answers_and_discards_by_kind() {
    let world = World::start();
    world.subscriber(7, "homeconnect-plus", Payment::Postpaid, "anna@home", "x");
    let auth = world.server.auth_address();
    Client::at(MIKROTIK).ask(auth, &pap(1, [1; 16], "anna@home", "x")).unwrap();
    Client::at(MIKROTIK).ask(auth, &pap(1, [1; 16], "anna@home", "wrong")).unwrap();
    Client::at(STRANGER).send(auth, b"hello");
    let mut registry = prometheus_client::registry::Registry::default();
    world.server.metrics().register(&mut registry);
    // The stranger's packet was sent last and is read last.
    while world.server.metrics().discards_of("unknown_node") == 0 {
        std::thread::yield_now();
    }
    let mut text = String::new();
    prometheus_client::encoding::text::encode(&mut text, &registry).unwrap();
    for line in [
        "talea_radius_requests_total{kind=\"access\"} 2",
        "talea_radius_answers_total{kind=\"accept\"} 1",
        "talea_radius_answers_total{kind=\"reject\"} 1",
        "talea_radius_discards_total{reason=\"unknown_node\"} 1",
        "talea_radius_access_seconds_count 2",
    ] {
        assert!(text.contains(line), "{line} in {text}");
    }
    world.stop();
}

#[test]
fn status_server_is_answered_on_both_ports_and_only_when_signed() {
    let world = World::start();
    let (auth, accounting) = (world.server.auth_address(), world.server.accounting_address());
    let alive = ask(auth, "status", "Message-Authenticator = 0x00\n");
    assert!(alive.contains("Received Access-Accept"), "{alive}");
    let alive = ask(
        accounting,
        "status",
        "Message-Authenticator = 0x00\nResponse-Packet-Type = Accounting-Response\n",
    );
    assert!(alive.contains("Received Accounting-Response"), "{alive}");
    let mut client = Client::at(MIKROTIK);
    let unsigned = [&[12, 1, 0, 20][..], &[3; 16]].concat();
    client.send(auth, &unsigned);
    assert_eq!(client.receive(Duration::from_millis(300)), None, "RFC 5997 3");
    world.stop();
}

/// A log-in with a wrong password from the set-top box's line.
fn guess(user: &str, line: &str) -> String {
    format!("User-Name = {user}\nUser-Password = wrong\nCalling-Station-Id = \"{line}\"\n")
}

#[test]
fn after_ten_wrong_passwords_even_the_right_one_is_rejected_until_five_minutes_are_over() {
    let world = World::start();
    world.subscriber(7, "homeconnect-plus", Payment::Postpaid, "anna@home", "correct horse");
    world.subscriber(8, "homeconnect-plus", Payment::Postpaid, "berta@home", "battery staple");
    let auth = world.server.auth_address();
    let good = "User-Name = anna@home\nUser-Password = \"correct horse\"\n";
    for number in 0..10 {
        let reply = ask(auth, "auth", &guess("anna@home", &format!("line {number}")));
        assert!(reply.contains("Received Access-Reject"), "{reply}");
    }
    assert_eq!(world.server.metrics().guesses_limited_of("user"), 0);
    let limited = ask(auth, "auth", good);
    assert!(limited.contains("Received Access-Reject"), "the node gets a proper answer: {limited}");
    assert!(limited.contains("Reply-Message = \"Login refused\""), "which tells nothing: {limited}");
    assert_eq!(world.server.metrics().guesses_limited_of("user"), 1);
    let other = ask(auth, "auth", "User-Name = berta@home\nUser-Password = \"battery staple\"\n");
    assert!(other.contains("Received Access-Accept"), "others are not in the way: {other}");
    world.engine.clock().advance(calendar::Seconds(301));
    assert!(ask(auth, "auth", good).contains("Received Access-Accept"));
    world.stop();
}

#[test]
fn a_line_that_tries_many_users_is_rejected_and_its_neighbours_are_not() {
    let world = World::start();
    world.subscriber(7, "homeconnect-plus", Payment::Postpaid, "anna@home", "correct horse");
    let auth = world.server.auth_address();
    let batch: String = (0..30).map(|number| guess(&format!("nobody{number}"), "bad line") + "\n").collect();
    ask(auth, "auth", &batch);
    let good = |line: &str| {
        ask(
            auth,
            "auth",
            &format!(
                "User-Name = anna@home\nUser-Password = \"correct horse\"\nCalling-Station-Id = \"{line}\"\n"
            ),
        )
    };
    assert!(good("bad line").contains("Received Access-Reject"));
    assert_eq!(world.server.metrics().guesses_limited_of("place"), 1);
    assert!(good("good line").contains("Received Access-Accept"));
    world.stop();
}

/// A log-in, its repeat and a sign of life over a socket that hears only the address it asked, as many access servers do.
#[test]
fn a_host_with_several_addresses_answers_from_the_one_that_was_asked() {
    let world = World::start_with(|config| config.auth = "0.0.0.0:0".parse().unwrap());
    world.subscriber(7, "homeconnect-plus", Payment::Postpaid, "anna@home", "x");
    let server = std::net::SocketAddr::new("127.0.0.77".parse().unwrap(), world.server.auth_address().port());
    let socket = std::net::UdpSocket::bind((MIKROTIK, 0)).unwrap();
    socket.connect(server).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let request = pap(1, [9; 16], "anna@home", "x");
    let alive = radius::client::RequestBuilder::status_server(1, [7; 16]).sign(SECRET.as_bytes());
    let alive = alive.unwrap();
    for octets in [request.bytes(), request.bytes(), alive.bytes()] {
        let mut buffer = [0; 4096];
        socket.send(octets).unwrap();
        let length = socket.recv(&mut buffer).expect("an answer from there");
        assert_eq!(packet(&buffer[..length]).code(), radius::Code::AccessAccept);
    }
    world.stop();
}

/// Logs in and describes the Access-Accept.
fn told(world: &World, node: &str, user: &str) -> Vec<String> {
    let reply = Client::at(node).ask(world.server.auth_address(), &pap(1, [1; 16], user, "x")).unwrap();
    let reply = packet(&reply);
    assert_eq!(reply.code(), radius::Code::AccessAccept, "{node}");
    radius::Dictionary::built_in().describe(&reply)
}

#[test]
fn what_is_left_of_a_quota_is_told_in_the_units_of_the_device_and_less_after_use() {
    let world = World::start();
    world.subscriber(7, "gigabytes", Payment::Prepaid, "anna@home", "x");
    let has = |told: &[String], line: &str| assert!(told.iter().any(|said| said == line), "{line}: {told:?}");
    let router = told(&world, MIKROTIK, "anna@home");
    has(&router, "Mikrotik-Total-Limit = 1073741824");
    has(&router, "Mikrotik-Total-Limit-Gigawords = 1");
    has(&told(&world, HUAWEI, "anna@home"), "Huawei-Remanent-Volume = 5242880");
    let silent = told(&world, CALM, "anna@home");
    assert!(
        !silent.iter().any(|line| line.contains("Limit-Giga")),
        "a CoA tells it when the time comes: {silent:?}"
    );
    let used = Counters { input: 1 << 30, output: 512 << 20, seconds: 60, delay: 0 };
    let mut client = Client::at(MIKROTIK);
    client.ask(world.server.accounting_address(), &report(1, STOP, "s-1", "anna@home", used)).unwrap();
    has(&told(&world, HUAWEI, "anna@home"), "Huawei-Remanent-Volume = 3670016");
    world.subscriber(8, "homeconnect-plus", Payment::Postpaid, "ben@home", "x");
    let flat = told(&world, MIKROTIK, "ben@home");
    assert!(!flat.iter().any(|line| line.starts_with("Mikrotik-Total")), "no quota, nothing told: {flat:?}");
    world.stop();
}

#[test]
fn time_is_counted_in_seconds_and_the_rest_of_it_is_the_session_timeout() {
    let world = World::start();
    world.subscriber(7, "hotspot-hour", Payment::Prepaid, "anna@home", "x");
    let timeout = |seconds: u32| {
        let told = told(&world, HOTSPOT, "anna@home");
        assert!(told.contains(&format!("Session-Timeout = {seconds}")), "{told:?}");
    };
    timeout(3_600);
    let used = Counters { input: 9_999, output: 9_999, seconds: 600, delay: 0 };
    let mut client = Client::at(HOTSPOT);
    client.ask(world.server.accounting_address(), &report(1, STOP, "s-1", "anna@home", used)).unwrap();
    timeout(3_000);
    assert_eq!(world.xdrs(7), [(600, 0)], "ten minutes of the hour, whatever was loaded");
    world.stop();
}

#[test]
fn an_account_keeps_its_own_address_and_routes_with_the_hotline_too() {
    let world = World::start();
    let account = world.subscriber(7, "homeconnect-plus", Payment::Postpaid, "anna@home", "x");
    let own = [
        ("Framed-IP-Address", "198.51.100.7"),
        ("Framed-Route", "203.0.113.0/29 198.51.100.7 1"),
        ("Delegated-IPv6-Prefix", "2001:db8:ff00::/56"),
        ("Framed-IP-Netmask", "no mask"),
    ];
    world.set_attributes(account, "internet", &own);
    let fixed = |told: Vec<String>| {
        for (name, text) in &own[..3] {
            let found = told.iter().any(|line| line.starts_with(name) && line.contains(text));
            assert!(found, "{name}: {told:?}");
        }
        assert!(
            !told.iter().any(|line| line.contains("Netmask")),
            "what is no address is left out: {told:?}"
        );
    };
    fixed(told(&world, MIKROTIK, "anna@home"));
    fixed(told(&world, NOKIA, "anna@home"));
    world.suspend(account);
    fixed(told(&world, MIKROTIK, "anna@home"));
    world.stop();
}

/// A log-in or a Start of a SIM card, which names itself and has no password.
fn sim_card(mut request: radius::client::RequestBuilder, named: &[(&str, &str)]) -> radius::client::Request {
    let dictionary = radius::Dictionary::built_in();
    for (attribute, text) in named {
        request.encoded(&dictionary.encode(attribute, text).unwrap()).unwrap();
    }
    request.sign(SECRET.as_bytes()).unwrap()
}

/// RAD-20, RAD-60, RAD-61: the account is the device, known by its IMSI.
#[test]
fn sim_cards_log_in_by_imsi_at_a_pdsn_and_an_asr_5700_and_get_what_these_understand() {
    let world = World::start();
    let account = world.sign_up(7, "mobile-data", Payment::Postpaid);
    world.name(account, "imsi", "460001234567890");
    world.set_attributes(
        account,
        "mobile-data",
        &[("address_pool", "cars"), ("Framed-IP-Address", "10.9.0.7")],
    );
    let access = |number: u8| radius::client::RequestBuilder::access(number, [number; 16]);
    for (node, attribute, expected) in [
        (PDSN[0], "Calling-Station-Id", vec!["Framed-Pool = \"cars\"", "Framed-IP-Address = 10.9.0.7"]),
        (
            ASR,
            "3GPP-IMSI",
            vec!["SN-Rulebase = \"gold\"", "SN-QoS-Traffic-Policy = 0x7031", "Session-Timeout = 3600"],
        ),
    ] {
        let mut client = Client::at(node);
        let named = [(attribute, "460001234567890"), ("User-Name", "car-7@fleet")];
        let reply = client.ask(world.server.auth_address(), &sim_card(access(1), &named)).unwrap();
        assert_eq!(packet(&reply).code(), radius::Code::AccessAccept, "{node}");
        let told = radius::Dictionary::built_in().describe(&packet(&reply));
        for line in expected {
            assert!(told.iter().any(|said| said == line), "{node}: {line} in {told:?}");
        }
        let nameless = sim_card(access(4), &named[..1]);
        let reply = client.ask(world.server.auth_address(), &nameless).unwrap();
        assert_eq!(packet(&reply).code(), radius::Code::AccessAccept, "{node}: its number is enough");
        let nothing = sim_card(access(5), &[]);
        let reply = client.ask(world.server.auth_address(), &nothing).unwrap();
        assert_eq!(packet(&reply).code(), radius::Code::AccessReject, "{node}");
        let stranger = sim_card(access(2), &[(attribute, "460009999999999"), named[1]]);
        let reply = client.ask(world.server.auth_address(), &stranger).unwrap();
        assert_eq!(packet(&reply).code(), radius::Code::AccessReject, "{node}");
        let start = radius::client::RequestBuilder::accounting(3, 1).unwrap();
        let start = sim_card(start, &[("Acct-Session-Id", node), named[0], named[1]]);
        client.ask(world.server.accounting_address(), &start).unwrap();
    }
    assert_eq!(world.open(7).len(), 2, "their reports find the account the same way");
    world.stop();
}
