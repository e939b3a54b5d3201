//! A CDMA packet session that moves between access nodes is one session and one record (RAD-21, 3GPP2 X.S0011-005), whatever order its
//! sub-sessions' reports come in, and its octets on the wire are those of the standard.

use crate::world;

use charging::{
    Asked, Command, CustomerId, EventKind, PARTS_MOST, PartEnd, Payment, SessionRequest, Step, UnitReport,
    Used,
};
use radius::client::{Request, RequestBuilder};
use radius::number::*;
use world::wire::{Client, START, STOP};
use world::*;

const THREE_GPP2: u32 = 5_535;
const CORRELATION_ID: u32 = 44;
const SESSION_CONTINUE: u32 = 48;
const BEGIN_SESSION: u32 = 51;
const INTERIM: u32 = 3;

/// One report of a sub-session.
struct Report {
    status: u32,
    session: &'static str,
    correlation: &'static str,
    octets: u32,
    /// 3GPP2-Session-Continue, 3GPP2-Begin-Session.
    flags: (Option<u32>, Option<u32>),
}

impl Report {
    fn start(session: &'static str) -> Self {
        let flags = (None, Some(u32::from(session == "a")));
        Self { status: START, session, correlation: "00C0FFEE", octets: 0, flags }
    }

    fn stop(session: &'static str, octets: u32, continues: u32) -> Self {
        Self { status: STOP, session, correlation: "00C0FFEE", octets, flags: (Some(continues), None) }
    }

    fn interim(session: &'static str, octets: u32) -> Self {
        Self { status: INTERIM, session, correlation: "00C0FFEE", octets, flags: (None, None) }
    }

    fn signed(&self, identifier: u8) -> Request {
        let mut request = RequestBuilder::accounting(identifier, self.status).unwrap();
        request.attribute(USER_NAME, b"phone").unwrap();
        request.attribute(ACCT_SESSION_ID, self.session.as_bytes()).unwrap();
        if self.status != START {
            request.integer(ACCT_INPUT_OCTETS, self.octets).unwrap();
            request.integer(ACCT_SESSION_TIME, 60).unwrap();
        }
        let packet = request.packet_mut();
        let mut vendor = |number, value: &[u8]| {
            packet.push_vendor(THREE_GPP2, Default::default(), number, value).unwrap();
        };
        vendor(CORRELATION_ID, self.correlation.as_bytes());
        for (number, flag) in [(SESSION_CONTINUE, self.flags.0), (BEGIN_SESSION, self.flags.1)] {
            if let Some(flag) = flag {
                vendor(number, &flag.to_be_bytes());
            }
        }
        request.sign(SECRET.as_bytes()).unwrap()
    }
}

/// Sub-sessions have times of their own: one that does not tell it is not taken for nothing.
#[test]
fn a_sub_session_of_a_service_sold_by_time_must_tell_its_time() {
    let world = World::start();
    world.subscriber(9, "hotspot-hour", Payment::Postpaid, "phone", "x");
    let mut client = Client::at(PDSN_BY_TIME);
    tell(&world, &mut client, 1, &Report::start("a"));
    let mut silent = RequestBuilder::accounting(2, STOP).unwrap();
    silent.attribute(USER_NAME, b"phone").unwrap();
    silent.attribute(ACCT_SESSION_ID, b"a").unwrap();
    silent.packet_mut().push_vendor(THREE_GPP2, Default::default(), CORRELATION_ID, b"00C0FFEE").unwrap();
    let silent = silent.sign(SECRET.as_bytes()).unwrap();
    client.send(world.server.accounting_address(), silent.bytes());
    assert_eq!(client.receive(std::time::Duration::from_millis(300)), None);
    assert_eq!(world.server.metrics().discards_of("malformed"), 1);
    assert_eq!(state(&world), (vec![], 1), "the session goes on");
    tell(&world, &mut client, 3, &Report::stop("a", 5, 0));
    assert_eq!(state(&world), (vec![60], 0));
    world.stop();
}

/// A world with a paying subscriber, and one client on each access node.
fn world() -> (World, [Client; 2]) {
    let world = World::start();
    world.subscriber(9, "mobile-data", Payment::Postpaid, "phone", "x");
    (world, PDSN.map(Client::at))
}

fn tell(world: &World, client: &mut Client, identifier: u8, report: &Report) {
    let recorded = client.ask(world.server.accounting_address(), &report.signed(identifier));
    assert!(recorded.is_some(), "every report is acknowledged");
}

/// Units of every record and how many sessions are open.
fn state(world: &World) -> (Vec<i64>, usize) {
    (world.xdrs(9).into_iter().map(|(units, _)| units).collect(), world.open(9).len())
}

#[test]
fn the_octets_of_a_hand_off_are_those_of_the_standard() {
    let octets = Report::stop("a", 5, 1).signed(7);
    let octets = octets.bytes();
    let correlation = [26, 16, 0, 0, 0x15, 0x9f, 44, 10, b'0', b'0', b'C', b'0', b'F', b'F', b'E', b'E'];
    let continues = [26, 12, 0, 0, 0x15, 0x9f, 48, 6, 0, 0, 0, 1];
    let tail = [&correlation[..], &continues].concat();
    assert_eq!(octets[octets.len() - tail.len()..], tail);
}

#[test]
fn a_session_that_is_handed_over_twice_becomes_one_record_with_the_sum() {
    let (world, [mut one, mut two]) = world();
    tell(&world, &mut one, 1, &Report::start("a"));
    tell(&world, &mut one, 2, &Report::interim("a", 1_000_000));
    // The next node begins before the last one has ended, and counts from nothing.
    tell(&world, &mut two, 1, &Report::start("b"));
    tell(&world, &mut one, 3, &Report::stop("a", 1_500_000, 1));
    assert_eq!(state(&world), (vec![], 1), "it goes on");
    tell(&world, &mut two, 2, &Report::interim("b", 200_000));
    let node = world.open(9)[0].node.clone();
    assert_eq!(&*node, "pdsn-2", "it is where it was heard last");
    tell(&world, &mut one, 4, &Report::start("c"));
    tell(&world, &mut two, 3, &Report::stop("b", 300_000, 1));
    tell(&world, &mut one, 5, &Report::stop("c", 50_000, 0));
    assert_eq!(state(&world), (vec![1_850_000], 0), "one record");
    world.stop();
}

#[test]
fn repeated_reports_and_a_last_one_that_overtakes_count_nothing_twice_and_lose_nothing() {
    let (world, [mut one, mut two]) = world();
    tell(&world, &mut one, 1, &Report::start("a"));
    tell(&world, &mut one, 2, &Report::interim("a", 700_000));
    tell(&world, &mut one, 3, &Report::interim("a", 400_000));
    tell(&world, &mut two, 1, &Report::start("b"));
    // The session's last report comes before the first node's own.
    tell(&world, &mut two, 2, &Report::stop("b", 100_000, 0));
    assert_eq!(state(&world), (vec![], 1), "the first sub-session is still to report");
    tell(&world, &mut one, 4, &Report::stop("a", 900_000, 1));
    assert_eq!(state(&world), (vec![1_000_000], 0));
    tell(&world, &mut one, 5, &Report::stop("a", 900_000, 1));
    tell(&world, &mut two, 3, &Report::stop("b", 100_000, 0));
    assert_eq!(state(&world), (vec![1_000_000], 0), "late repeats are acknowledged and count nothing");
    world.stop();
}

#[test]
fn a_hand_off_whose_last_stop_is_lost_ends_by_silence_with_everything_that_was_reported() {
    let (world, [mut one, mut two]) = world();
    tell(&world, &mut one, 1, &Report::start("a"));
    tell(&world, &mut one, 2, &Report::stop("a", 600_000, 1));
    tell(&world, &mut two, 1, &Report::interim("b", 250_000));
    world.engine.clock().advance(calendar::Seconds(3 * 600 + 1));
    let until = std::time::Instant::now() + std::time::Duration::from_secs(60);
    while state(&world) != (vec![850_000], 0) {
        assert!(std::time::Instant::now() < until, "{:?}", state(&world));
        std::thread::park_timeout(std::time::Duration::from_millis(50));
    }
    let head = world.engine.customer(CustomerId(9)).unwrap().unwrap().head;
    assert!(head.purse.available(world.engine.clock().now()).is_positive());
    world.stop();
}

/// Reports of hand-offs beyond those that are told apart, sent by the core's own door up to the last one.
#[test]
fn a_hand_off_too_many_is_not_acknowledged_and_people_see_why() {
    let (world, [mut one, _]) = world();
    tell(&world, &mut one, 1, &Report::start("a"));
    let open = world.open(9).remove(0);
    let unit = |part| UnitReport {
        rating_group: None,
        service_identifier: None,
        service: world.engine.catalog().service("mobile-data").unwrap().id,
        access_code: "".into(),
        destination: "".into(),
        used: Used::Part { part, total: 1, end: PartEnd::Continues },
        asked: Asked::Nothing,
    };
    let parts: Vec<u64> = (1..PARTS_MOST as u64).collect();
    for (request, some) in parts.chunks(64).enumerate() {
        let request = SessionRequest {
            hotlines: false,
            session: open.key.clone(),
            account: open.account,
            identifier: open.identifier.clone(),
            node: open.node.clone(),
            request: request as u64,
            step: Step::Update,
            event_at: world.engine.clock().now(),
            units: some.iter().copied().map(unit).collect(),
            grants: false,
            silence: 1_800,
            details: "".into(),
        };
        world.command(CustomerId(9), Command::Session(request));
    }
    one.send(world.server.accounting_address(), Report::start("z").signed(2).bytes());
    let until = std::time::Instant::now() + std::time::Duration::from_secs(60);
    while world.server.metrics().discards_of("refused") == 0 {
        assert!(std::time::Instant::now() < until, "it is counted");
        std::thread::park_timeout(std::time::Duration::from_millis(10));
    }
    tell(&world, &mut one, 3, &Report::interim("a", 10));
    world.engine.store().flush().unwrap();
    let full = world.engine.store().events_of(CustomerId(9), None, &[EventKind::SessionFull], 9).unwrap();
    assert_eq!((full.len(), full[0].detail.as_str()), (1, "00C0FFEE"), "on the timeline, once");
    assert_eq!(world.open(9)[0].meters[0].used, PARTS_MOST as u64 - 1 + 10);
    world.stop();
}

const PPAQ: u32 = 90;
const PPAC: u32 = 91;
const AUTHORIZE_ONLY: u32 = 17;

/// A log-in with these attributes of 3GPP2, with the password or as Authorize-Only; the answer's code and its attributes of 3GPP2 by number.
fn prepaid(
    world: &World,
    client: &mut Client,
    (identifier, password): (u8, Option<&str>),
    attributes: &[(u32, &[u8])],
) -> (radius::Code, Vec<(u32, Vec<u8>)>) {
    prepaid_as(world, client, (identifier, password), attributes, password.is_none())
}

/// The same, Authorize-Only with a password or without.
fn prepaid_as(
    world: &World,
    client: &mut Client,
    (identifier, password): (u8, Option<&str>),
    attributes: &[(u32, &[u8])],
    authorize_only: bool,
) -> (radius::Code, Vec<(u32, Vec<u8>)>) {
    let mut request = RequestBuilder::access(identifier, [identifier; 16]);
    request.attribute(USER_NAME, b"phone").unwrap();
    if let Some(password) = password {
        request.pap(password.as_bytes(), SECRET.as_bytes()).unwrap();
    }
    if authorize_only {
        request.integer(SERVICE_TYPE, AUTHORIZE_ONLY).unwrap();
    }
    for (number, value) in attributes {
        request.packet_mut().push_vendor(THREE_GPP2, Default::default(), *number, value).unwrap();
    }
    let reply = client.ask(world.server.auth_address(), &request.sign(SECRET.as_bytes()).unwrap()).unwrap();
    let packet = world::wire::packet(&reply);
    let own = packet.vendor(THREE_GPP2, Default::default());
    (packet.code(), own.map(|attribute| (attribute.number, attribute.value.to_vec())).collect())
}

/// 3GPP2 X.S0011-006, octet by octet: capability in, quota out; more of it with what was used; nothing to who has ended.
#[test]
fn a_prepaid_node_is_granted_the_quota_in_nested_attributes_and_asks_for_more() {
    let world = World::start();
    world.subscriber(9, "mobile-gigabyte", Payment::Postpaid, "phone", "x");
    let mut client = Client::at(PDSN[0]);
    let capable: &[(u32, &[u8])] = &[(PPAC, &[1, 6, 0, 0, 0, 3])];
    let (code, told) = prepaid(&world, &mut client, (1, Some("x")), capable);
    let seconds = u32::try_from(world.engine.clock().now().unix_seconds()).unwrap();
    let [(PPAC, selected), (PPAQ, quota)] = &told[..] else { panic!("{told:?}") };
    assert_eq!((code, &selected[..]), (radius::Code::AccessAccept, &[2, 6, 0, 0, 0, 1][..]), "volume");
    // QuotaIDentifier, VolumeQuota 2^30, VolumeThreshold nine tenths of it.
    let (threshold, identifier) =
        ((1_u32 << 30) - (1 << 30) / 10, u32::from_be_bytes(quota[2..6].try_into().unwrap()));
    assert_eq!(
        (&quota[..2], &quota[6..12], &quota[12..14]),
        (&[1, 6][..], &[2, 6, 0x40, 0, 0, 0][..], &[4, 6][..])
    );
    assert_eq!(quota[14..], threshold.to_be_bytes());
    assert!(seconds - identifier < 60, "{identifier}");
    let (_, told) = prepaid(&world, &mut client, (2, Some("x")), &[]);
    assert_eq!(told, [], "who tells no capability is told no quota");
    let (code, _) = prepaid(&world, &mut client, (10, None), capable);
    assert_eq!(code, radius::Code::AccessReject, "nothing runs that a password was seen for");
    // It has used what its accounting has told as well, and asks for more without the password.
    tell(&world, &mut client, 3, &Report::interim("a", 600 << 20));
    let update = |used: u32, reason: u8| {
        [&[1, 6, 0, 0, 0, 9, 2, 6][..], &used.to_be_bytes(), &[8, 4, 0, reason]].concat()
    };
    let (code, told) = prepaid(&world, &mut client, (4, None), &[(PPAQ, &update(600 << 20, 3))]);
    let [(PPAQ, quota)] = &told[..] else { panic!("{told:?}") };
    assert_eq!(
        (code, &quota[6..12]),
        (radius::Code::AccessAccept, &[2, 6, 0x40, 0, 0, 0][..]),
        "used and the rest"
    );
    let (_, told) = prepaid(&world, &mut client, (11, None), &[(PPAQ, &update(1000 << 20, 3))]);
    assert_eq!(told[0].1[6..12], [2, 6, 0x40, 0, 0, 0], "what it has used since its report is not left");
    let elsewhere = prepaid(&world, &mut Client::at(PDSN[1]), (12, None), capable);
    assert_eq!(elsewhere.0, radius::Code::AccessReject, "another node has seen nobody");
    let wrong = prepaid_as(&world, &mut client, (13, Some("wrong")), capable, true);
    assert_eq!(wrong.0, radius::Code::AccessReject, "a password that is there is looked at");
    let (code, told) = prepaid(&world, &mut client, (5, None), &[(PPAQ, &update(600 << 20, 6))]);
    assert_eq!((code, told), (radius::Code::AccessAccept, Vec::new()), "it has ended");
    tell(&world, &mut client, 6, &Report::interim("a", 1 << 30));
    let (code, _) = prepaid(&world, &mut client, (7, None), &[(PPAQ, &update(1 << 30, 4))]);
    assert_eq!(code, radius::Code::AccessReject, "nothing is left");
    let (code, _) = prepaid(&world, &mut Client::at(MOBILE), (8, None), capable);
    assert_eq!(code, radius::Code::AccessReject, "other kinds of nodes need the password");
    world.stop();
}

/// Where nothing ends, prepaid accounting is not used.
#[test]
fn a_prepaid_node_hears_that_use_has_no_end() {
    let (world, [mut client, _]) = world();
    let (code, told) = prepaid(&world, &mut client, (1, Some("x")), &[(PPAC, &[1, 6, 0, 0, 0, 1])]);
    assert_eq!((code, told), (radius::Code::AccessAccept, vec![(PPAC, vec![2, 6, 0, 0, 0, 0])]));
    world.stop();
}
