//! RAR and ASR as octets: the grammar of RFC 6733 8.3.1 and 8.5.1, and what their answers mean.

use diameter::Message;
use diameter::answer::Identity;
use diameter::codes::{avp, command};
use diameter::server_request::{ServerAnswer, ServerCommand, ServerRequest};

fn written(command: ServerCommand, repeated: bool) -> Vec<u8> {
    let who = Identity { host: "ocs.example".to_owned(), realm: "example".to_owned(), state_id: None };
    let request = ServerRequest {
        command,
        session_id: "pgw.example;1;2".into(),
        sub_session_id: None,
        destination_host: "pgw.example".into(),
        destination_realm: "visited.example".into(),
    };
    let mut out = Vec::new();
    assert_eq!(request.write(&who, (7, 8), repeated, &mut out), out.len());
    out
}

#[test]
fn a_re_auth_request_has_the_avps_of_its_grammar_in_order() {
    let octets = written(ServerCommand::ReAuth, false);
    let message = Message::decode(&octets).unwrap();
    let header = message.header;
    assert_eq!((header.command, header.application, header.flags), (command::RE_AUTH, 4, 0xC0));
    assert_eq!((header.hop_by_hop, header.end_to_end), (7, 8));
    let ids: Vec<_> = message.avps().map(|found| found.unwrap().id).collect();
    let grammar = [
        avp::SESSION_ID,
        avp::ORIGIN_HOST,
        avp::ORIGIN_REALM,
        avp::DESTINATION_REALM,
        avp::DESTINATION_HOST,
        avp::AUTH_APPLICATION_ID,
        avp::RE_AUTH_REQUEST_TYPE,
    ];
    assert_eq!(ids, grammar);
}

#[test]
fn an_abort_that_is_repeated_elsewhere_has_the_t_flag() {
    let octets = written(ServerCommand::Abort, true);
    let message = Message::decode(&octets).unwrap();
    assert_eq!((message.header.command, message.header.flags), (command::ABORT_SESSION, 0xD0));
    assert!(message.find(avp::RE_AUTH_REQUEST_TYPE).unwrap().is_none());
}

#[test]
fn result_codes_say_whether_to_go_on() {
    assert!([2001, 2002].into_iter().all(|code| ServerAnswer::of(code) == ServerAnswer::Done));
    assert_eq!(ServerAnswer::of(5002), ServerAnswer::NoSession);
    assert!([3002, 3004, 5012, 4012].into_iter().all(|code| ServerAnswer::of(code) == ServerAnswer::Later));
    assert!([3001, 3007, 5001, 5005].into_iter().all(|code| ServerAnswer::of(code) == ServerAnswer::Unable));
}
