//! "A user dials 411" over a socket: CCR-I with the dialled number, CCA-I with the one that is called (DIA-75); refusals of the only
//! service at the command level (DIA-07, USSD-17); by service policy and by the peer's profile.

use crate::python_peer::PythonPeer;
use crate::wire_client::{Answer, WireClient};
use crate::world::{BFX, PEER, World, msisdn, usd};
use charging::{AccountId, AccountPolicy, Command, Policy};
use diameter::credit_control::{
    CreditControlRequest, RequestType, RequestedAction, ServiceRequest, SubscriptionId, SubscriptionKind,
    Units, UsedUnits,
};
use serde_json::json;

/// A subscriber whose calls follow the rules of Alabama; his account says this of calls.
fn world(limit: &str, options: &[(&str, &str)]) -> (World, AccountId) {
    let world = World::open();
    let account = world.sign_up(1, limit);
    world.done(1, Command::SetDialing { rules: Some("alabama".into()) });
    let service = world.engine.catalog().service("voice").unwrap().id;
    let attributes = options.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let regular = Policy { attributes, ..Policy::default() };
    let policy = AccountPolicy { service, regular, ..AccountPolicy::default() };
    world.done(1, Command::SetPolicy { account, service, policy: Some(Box::new(policy)) });
    (world, account)
}

/// A step of a call in seconds.
fn step(
    client: &mut WireClient,
    host: &str,
    (session, kind, number): (&str, RequestType, u32),
    to: &str,
    used: Option<u32>,
) -> Answer {
    let seconds = |count| Units { time: Some(count), ..Units::default() };
    let (who, ids) = (msisdn(1), client.ids());
    let service = ServiceRequest {
        rating_group: Some(100),
        requested: (kind != RequestType::Termination).then(|| seconds(60)),
        used: used
            .map(|count| UsedUnits { units: seconds(count), ..UsedUnits::default() })
            .into_iter()
            .collect(),
        ..ServiceRequest::default()
    };
    let mut ccr = CreditControlRequest::new(session, kind, number, "32276@3gpp.org", ids)
        .from_node(host, "test.example")
        .to_realm("talea.example", None)
        .about(SubscriptionId { kind: SubscriptionKind::E164, data: &who })
        .with_service(service);
    ccr.called_party = Some(to);
    client.ask(&ccr)
}

/// The service policy has both options; a client that Talea's authors did not write reads the answers.
#[test]
fn a_user_dials_411() {
    let (world, _) = world("0.05", &[("provision_cld", "yes"), ("rise_mscc_result_code", "yes")]);
    let mut peer = PythonPeer::connect(world.address());
    let subscriptions = json!([[0, msisdn(1)]]);
    let ccr = |kind: u32, number: u32, service: serde_json::Value| {
        json!({ "session": "bfx;411", "type": kind, "number": number, "context": "32276@3gpp.org",
            "subscriptions": subscriptions, "called": "tel:411", "services": [service] })
    };
    let initial = ccr(1, 0, json!({ "rating_group": 100, "seconds": 60 }));
    let answer = peer.ask(&initial);
    assert_eq!((&answer["result_code"], &answer["called"]), (&json!(2001), &json!("tel:+12055576061")));
    assert_eq!(answer["services"][0]["seconds"], 60);
    let again = peer.ask(&initial);
    assert_eq!(again, answer, "sent again: the same answer");

    let answer = peer.ask(&ccr(2, 1, json!({ "rating_group": 100, "seconds": 60, "used_seconds": 60 })));
    assert_eq!(answer["services"][0]["result_code"], 4012);
    assert_eq!(
        (&answer["result_code"], &answer["called"]),
        (&json!(4012), &json!(null)),
        "raised to the command"
    );
    let answer = peer.ask(&ccr(3, 2, json!({ "rating_group": 100, "used_seconds": 0 })));
    assert_eq!(answer["result_code"], 2001);
    assert_eq!(world.customer(1).head.purse.balance, usd("-0.05"));
    peer.leave();
}

/// Without a policy the peer's profile decides both; a policy that says no is stronger.
#[test]
pub fn the_profile_decides_where_no_policy_does() {
    let (world, account) = world("0.05", &[]);
    let (mut book, mut bfx) = (WireClient::open(&world), WireClient::open_as(&world, BFX, 4));
    let steps = |client: &mut WireClient, host: &str, session: &str| {
        let first = step(client, host, (session, RequestType::Initial, 0), "411", None).read();
        assert_eq!((first.result_code, first.services[0].result_code), (2001, Some(2001)));
        // Half a minute is paid for already, and there is no money for a second one.
        let second = step(client, host, (session, RequestType::Update, 1), "411", Some(60)).read();
        assert_eq!(second.services[0].result_code, Some(4012));
        let last = step(client, host, (session, RequestType::Termination, 2), "411", Some(0)).code();
        assert_eq!(last, 2001);
        world.done(
            1,
            Command::Pay(charging::Pay {
                account: None,
                amount: usd("0.05"),
                exchanged: None,
                note: "cash".into(),
            }),
        );
        (first.called_party, second.result_code)
    };
    assert_eq!(steps(&mut book, PEER, "pgw;1"), (None, 2001));
    assert_eq!(steps(&mut bfx, BFX, "bfx;1"), (Some("12055576061".to_owned()), 4012), "as asked: no URI");
    let service = world.engine.catalog().service("voice").unwrap().id;
    let attributes =
        ["provision_cld", "rise_mscc_result_code"].map(|name| (name.to_owned(), "no".to_owned())).to_vec();
    let regular = Policy { attributes, ..Policy::default() };
    let policy = AccountPolicy { service, regular, ..AccountPolicy::default() };
    world.done(1, Command::SetPolicy { account, service, policy: Some(Box::new(policy)) });
    assert_eq!(steps(&mut bfx, BFX, "bfx;2"), (None, 2001));
}

/// The number that is called decides what is forbidden, and a number with + was not dialled by local rules.
#[test]
fn what_is_called_is_rated() {
    let (world, _) = world("1", &[("provision_cld", "yes")]);
    let mut client = WireClient::open(&world);
    let answer = step(&mut client, PEER, ("pgw;1", RequestType::Initial, 0), "tel:900", None).read();
    assert_eq!((answer.result_code, answer.called_party), (5003, None));
    let answer = step(&mut client, PEER, ("pgw;2", RequestType::Initial, 0), "tel:+411", None).read();
    assert_eq!((answer.result_code, answer.called_party), (2001, None));
    let who = msisdn(1);
    let mut ccr = CreditControlRequest::new("pgw;3", RequestType::Event, 0, "32276@3gpp.org", client.ids())
        .from_node(PEER, "test.example")
        .to_realm("talea.example", None)
        .about(SubscriptionId { kind: SubscriptionKind::E164, data: &who });
    ccr.requested_action = Some(RequestedAction::PriceEnquiry);
    ccr.requested = Some(Units { time: Some(60), ..Units::default() });
    ccr.called_party = Some("900");
    assert_eq!(client.ask(&ccr).code(), 5003, "the price enquiry translates, too");
}
