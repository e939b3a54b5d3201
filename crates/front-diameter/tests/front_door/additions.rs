//! What a profile adds to answers: failover and failure handling, and AVPs of the operator's own, as other readers see them.

use crate::recording::{From, Tap, tshark};
use crate::wire_client::{Answer, Session, WireClient, cer, initial};
use crate::world::{GATEWAY, MB, World, msisdn};
use catalog::FinalAction;
use charging::{AccountId, AccountPolicy, Command, Policy};
use diameter::credit_control::{
    CreditControlRequest, FinalUnit, RequestType, RequestedAction, SubscriptionId, SubscriptionKind, Units,
};
use diameter::path::AvpPath;
use diameter::{Dictionary, Message};

const PS: &str = "Service-Information/PS-Information/PS-Furnish-Charging-Information";
const RULE: &str = "permit out ip from 192.0.2.7 to any";

fn text(answer: &Answer, place: &str) -> Option<String> {
    let place = AvpPath::parse(place, Dictionary::builtin()).unwrap();
    place.text(&answer.message()).map(std::borrow::Cow::into_owned)
}

/// The vendor's AVP that no dictionary knows: its flags and octets.
fn foreign(answer: &Answer) -> Option<(u8, Vec<u8>)> {
    let mut avps = answer.message().avps().map(Result::unwrap);
    let found = avps.find(|avp| (avp.id.vendor, avp.id.code) == (20_944, 12))?;
    Some((found.flags, found.data.to_vec()))
}

/// The account's own word about data: an attribute that answers tell, and where who has nothing may go.
fn set_policy(world: &World, account: AccountId) {
    let service = world.engine.catalog().service("mobile-data").unwrap().id;
    let attributes = vec![("rule_base".to_owned(), "gold".to_owned())];
    let regular = Policy { attributes, ..Policy::default() };
    let final_action = Some(FinalAction::Restrict { filter: format!("walled-garden; {RULE}") });
    let policy = AccountPolicy { service, regular, limited: Policy::default(), final_action };
    world.done(1, Command::SetPolicy { account, service, policy: Some(Box::new(policy)) });
}

/// DIA-06, RFC 8506 8.4, 8.14, 8.15 and 8.34: AVPs of the profile's own by access point, those whose value is the account's, failover
/// and failure handling where each belongs, a filter by name and one by its rule; all of it as tshark reads it.
#[test]
fn answers_have_what_profile_and_policy_add() {
    let world = World::open();
    set_policy(&world, world.sign_up(1, "0.10"));
    let tap = Tap::before(world.address());
    let (host, who) = (format!("adding{GATEWAY}"), msisdn(1));
    let mut client = WireClient::silent(tap.address);
    client.send(&cer(&host, 4));
    assert_eq!(Message::decode(&client.receive()).unwrap().result_code(), Some(2001));

    let mut ccr = initial(&mut client, "pgw;corp", &who).from_node(&host, "test.example");
    ccr.called_station_id = Some("Corp.example");
    let answer = client.ask(&ccr);
    let said = ["CC-Session-Failover", "Credit-Control-Failure-Handling", "Direct-Debiting-Failure-Handling"];
    assert_eq!(said.map(|name| text(&answer, name)), [Some("1".to_owned()), Some("2".to_owned()), None]);
    let free = |answer: &Answer| text(answer, &format!("{PS}/PS-Free-Format-Data"));
    assert_eq!(free(&answer).as_deref(), Some("gold"));
    assert_eq!(text(&answer, &format!("{PS}/PS-Append-Free-Format-Data")).as_deref(), Some("0"));
    assert_eq!(text(&answer, "Charging-Rule-Base-Name").as_deref(), Some("gold"), "the account's own");
    assert_eq!(foreign(&answer), Some((0x80, b"walled".to_vec())), "nobody must know it");
    let class = "Multiple-Services-Credit-Control/QoS-Information/QoS-Class-Identifier";
    assert_eq!(text(&answer, class).as_deref(), Some("8"));
    let walled =
        FinalUnit::Restrict { rules: vec![RULE.to_owned()], filters: vec!["walled-garden".to_owned()] };
    assert_eq!(answer.read().services[0].final_unit, Some(walled), "ten cents are the last units");

    let session = Session { id: "pgw;corp" };
    let update = session.step(&mut client, RequestType::Update, 1, (Some(MB), Some(MB)), &who);
    let answer = client.ask(&update.from_node(&host, "test.example"));
    assert_eq!(said.map(|name| text(&answer, name)), [const { None }; 3], "they hold for the session");
    assert_eq!(
        (free(&answer).as_deref(), foreign(&answer)),
        (Some("gold"), None),
        "no access point, none of its AVPs"
    );
    let last = session.step(&mut client, RequestType::Termination, 2, (Some(MB), None), &who);
    assert_eq!(free(&client.ask(&last.from_node(&host, "test.example"))), None);

    let mut event =
        CreditControlRequest::new("smsc;1", RequestType::Event, 0, "32274@3gpp.org", client.ids())
            .from_node(&host, "gw.example")
            .to_realm("talea.example", None)
            .about(SubscriptionId { kind: SubscriptionKind::E164, data: &who });
    event.requested_action = Some(RequestedAction::DirectDebiting);
    event.requested = Some(Units { specific: Some(1), ..Units::default() });
    let answer = client.ask(&event);
    assert_eq!(said.map(|name| text(&answer, name)), [None, None, Some("1".to_owned())]);
    let answer = client.ask(&CreditControlRequest { request_number: 1, ..event });
    assert_eq!((answer.code(), free(&answer)), (4012, None), "a refusal has nothing added");
    read_by_tshark(&tap);
}

fn read_by_tshark(tap: &Tap) {
    assert!(!tap.messages(From::Server).is_empty());
    let directory = tempfile::tempdir().unwrap();
    let capture = directory.path().join("gy.pcap");
    tap.write_capture(&capture);
    let fields = [
        "diameter.CC-Session-Failover",
        "diameter.Credit-Control-Failure-Handling",
        "diameter.Direct-Debiting-Failure-Handling",
        "diameter.Restriction-Filter-Rule",
        "diameter.Filter-Id",
    ];
    let seen = tshark(
        &capture,
        "diameter.CC-Session-Failover || diameter.Direct-Debiting-Failure-Handling",
        &fields,
    );
    assert_eq!(seen, [format!("1\t2\t\t{RULE}\twalled-garden"), "\t\t1\t\t".to_owned()]);
    let faults = "_ws.malformed && tcp.srcport == 3868";
    assert_eq!(tshark(&capture, faults, &["frame.number"]), Vec::<String>::new());
}
