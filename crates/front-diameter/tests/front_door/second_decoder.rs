//! tshark as a second decoder of what other tests are answered: nothing malformed, nothing that it does not know, and the values that we
//! meant.

use crate::recording::{Conversation, From, record, tshark, write_capture};
use crate::{
    advice, connections, dialing, dialling, events, gateway_lives, gateways, hotline, messages,
    rating_groups, sessions, sub_sessions, unmetered,
};
use diameter::codes::avp;
use diameter::{AvpRef, Dictionary, Header, Message, dictionary::Kind};

/// Values that both decoders read, wherever they stand.
const COMPARED: [&str; 26] = [
    "Origin-Host",
    "Origin-Realm",
    "Product-Name",
    "Vendor-Id",
    "Auth-Application-Id",
    "Disconnect-Cause",
    "Error-Message",
    "Result-Code",
    "CC-Request-Number",
    "CC-Sub-Session-Id",
    "CC-Time",
    "CC-Total-Octets",
    "CC-Service-Specific-Units",
    "Rating-Group",
    "Service-Identifier",
    "Validity-Time",
    "Time-Quota-Threshold",
    "Volume-Quota-Threshold",
    "Unit-Quota-Threshold",
    "Final-Unit-Action",
    "Redirect-Server-Address",
    "Filter-Id",
    "Value-Digits",
    "Currency-Code",
    "Called-Party-Address",
    "Trigger-Type",
];

/// What makes an answer a fault of ours: octets that do not fit, remarks, and AVPs that tshark's dictionary lacks.
const FAULTS: [&str; 4] =
    ["_ws.malformed", "_ws.expert.severity", "diameter.avp.code.unknown", "diameter.unknown_vendor"];

/// What the tests of gateways, services, messages, refunds, the portal and the advice of charge hear.
fn conversations() -> Vec<Conversation> {
    record(|| {
        gateways::forty_five_seconds_of_ussd_are_three_charges_of_twenty_cents();
        gateways::a_roaming_call_is_priced_by_the_zone_of_the_visited_network();
        gateways::a_peer_that_wants_to_know_hears_of_balance_and_cost();
        gateways::a_relay_hears_of_wrong_ways_and_its_clients_keep_their_names();
        gateway_lives::a_call_through_each_gateway_locks_minute_by_minute_and_ends_in_a_record();
        gateway_lives::a_session_through_each_packet_gateway_ends_in_a_record_for_each_rating_group();
        gateway_lives::a_message_of_an_smsc_is_charged_at_once_and_comes_back_undelivered();
        rating_groups::a_free_group_stays_usable_beside_a_refused_one();
        rating_groups::seconds_and_messages_have_thresholds_of_their_own();
        rating_groups::a_price_that_changes_meanwhile_is_told_and_paid_in_two_parts();
        messages::a_message_in_a_session_costs_when_it_was_delivered();
        hotline::who_has_nothing_at_all_is_sent_to_the_portal_and_comes_back_with_money();
        hotline::the_report_of_the_last_units_is_answered_with_a_time();
        dialing::the_profile_decides_where_no_policy_does();
        events::an_event_tells_its_cost_to_who_asks();
        events::enquiries_tell_price_and_sufficiency_and_change_nothing();
        events::a_session_that_ended_is_given_back_by_its_name();
        gateway_lives::a_call_stays_what_its_first_request_said();
        gateway_lives::messages_through_camel_gateways_are_charged_by_direction_and_place();
        peers();
        advice::the_end_of_a_session_tells_what_it_has_cost();
        advice::advice_of_charge_is_given_as_it_is_asked();
        advice::the_price_of_an_event_is_told_with_it_and_before_it();
        advice::the_next_tariff_and_the_steps_of_a_formula_are_told();
        sub_sessions::each_sub_session_is_charged_by_itself();
        unmetered::an_unmetered_group_is_answered_with_4011_beside_a_charged_one();
    })
}

/// What peers hear as peers: capabilities, watchdogs, leave, elections, and errors of the protocol.
fn peers() {
    connections::an_unknown_peer_gets_3010_with_the_e_bit_and_is_closed();
    connections::a_peer_without_credit_control_gets_5010_and_is_closed();
    connections::a_malformed_request_is_refused_and_the_connection_stays();
    connections::watchdog_and_disconnect_are_answered();
    connections::stopping_answers_what_is_in_flight_and_takes_leave();
    dialling::a_lost_election_keeps_the_connection_that_we_began();
    dialling::a_won_election_keeps_the_connection_that_we_accepted();
    sessions::a_broken_directory_is_busy_and_not_user_unknown();
}

/// Fields of the header, as our decoder reads them.
const HEADER: [&str; 5] = [
    "diameter.cmd.code",
    "diameter.applicationId",
    "diameter.flags.request",
    "diameter.flags.error",
    "diameter.flags.T",
];

fn header(header: &Header) -> [String; HEADER.len()] {
    let flag = |is: bool| u8::from(is).to_string();
    [
        header.command.to_string(),
        header.application.to_string(),
        flag(header.is_request()),
        flag(header.is_error()),
        flag(header.is_retransmitted()),
    ]
}

/// The values of an AVP's name in a message, in their order, as tshark writes them.
fn values(avp: &AvpRef<'_>, name: &str, found: &mut Vec<String>) {
    let definition = Dictionary::builtin().avp(avp.id).unwrap_or_else(|| panic!("unknown {:?}", avp.id));
    if definition.kind == Kind::Grouped {
        avp.group().unwrap().for_each(|member| values(&member.unwrap(), name, found));
    } else if definition.name == name {
        found.push(match definition.kind {
            Kind::Unsigned32 => avp.u32().unwrap().to_string(),
            Kind::Integer32 | Kind::Enumerated => avp.i32().unwrap().to_string(),
            Kind::Unsigned64 => avp.u64().unwrap().to_string(),
            Kind::Integer64 => avp.i64().unwrap().to_string(),
            _ => avp.text().unwrap().to_owned(),
        });
    }
}

/// One start of tshark reads them all, message by message beside our own decoder.
#[test]
fn tshark_reads_every_answer_of_gateways_refunds_and_advice_of_charge() {
    let conversations = conversations();
    let directory = tempfile::tempdir().unwrap();
    let capture = directory.path().join("answers.pcap");
    write_capture(&conversations, &capture);
    let fields: Vec<String> = COMPARED.iter().map(|name| format!("diameter.{name}")).collect();
    let fields: Vec<&str> =
        FAULTS.into_iter().chain(HEADER).chain(fields.iter().map(String::as_str)).collect();
    let seen = tshark(&capture, "diameter && tcp.srcport == 3868", &fields);
    let sent = conversations.iter().flatten().filter(|(from, _)| *from == From::Server);
    let sent: Vec<&[u8]> = sent.map(|(_, octets)| octets.as_slice()).collect();
    assert_eq!(seen.len(), sent.len(), "every message");
    let (mut compared, errors) = ([0; COMPARED.len()], &mut 0);
    for (line, octets) in seen.iter().zip(sent) {
        let columns: Vec<&str> = line.split('\t').collect();
        let (faults, read) = columns.split_at(FAULTS.len());
        let message = Message::decode(octets).unwrap();
        // What the client did wrong is shown to it as it came, or empty, where its length is wrong: tshark remarks on that.
        let shows_a_fault = message.find(avp::FAILED_AVP).unwrap().is_some();
        let remarked = faults.iter().zip(FAULTS).filter(|(fault, _)| !fault.is_empty());
        let remarked: Vec<_> = remarked.map(|(_, name)| name).collect();
        let expected = shows_a_fault && remarked == ["_ws.expert.severity"];
        assert!(remarked.is_empty() || expected, "{remarked:?} {line}");
        let (head, read) = read.split_at(HEADER.len());
        let head: Vec<_> = head.iter().map(|read| read.replace("True", "1").replace("False", "0")).collect();
        assert_eq!(head, header(&message.header), "{line}");
        *errors += usize::from(message.header.is_error());
        for ((name, read), count) in COMPARED.iter().zip(read).zip(&mut compared) {
            let mut ours = Vec::new();
            message.avps().for_each(|avp| values(&avp.unwrap(), name, &mut ours));
            assert_eq!(*read, ours.join(","), "{name} of {line}");
            *count += ours.len();
        }
    }
    let never: Vec<_> = COMPARED.iter().zip(compared).filter(|(_, count)| *count == 0).collect();
    assert!(never.is_empty(), "compared nothing of {never:?}");
    assert!(*errors >= 5, "errors of the protocol: {errors}");
}
