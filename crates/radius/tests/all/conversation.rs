//! A client of ours and a server's half of the conversation: each side believes what the other signed and nothing else.

use crate::octets;

use octets::SECRET;
use radius::authenticator::{RequestPolicy, verify_request};
use radius::client::RequestBuilder;
use radius::{
    AccessRequest, AccountingReport, AccountingStatus, Code, Packet, PacketBuilder, PacketError, number,
};

const STRICT: RequestPolicy = RequestPolicy { require_message_authenticator: true, limit_proxy_state: true };

#[test]
fn pap_and_chap_logins_are_understood_with_and_without_challenge() {
    for challenge in [None, Some(&b"0123456789abcdef"[..])] {
        let mut chap = RequestBuilder::access(7, [9; 16]);
        chap.attribute(number::USER_NAME, b"nemo").unwrap();
        chap.chap(5, b"pearl", challenge).unwrap();
        let chap = chap.sign(SECRET).unwrap();
        let packet = Packet::decode(chap.bytes()).unwrap();
        assert_eq!(verify_request(&packet, SECRET, STRICT), Ok(()));
        let read = AccessRequest::read(&packet, SECRET).unwrap();
        assert!(read.credential.matches("nemo", b"pearl") && !read.credential.matches("nemo", b"Pearl"));
    }
    let mut pap = RequestBuilder::access(8, [9; 16]);
    pap.attribute(number::USER_NAME, b"nemo").unwrap().pap(b"pearl", SECRET).unwrap();
    let pap = pap.sign(SECRET).unwrap();
    let read = AccessRequest::read(&Packet::decode(pap.bytes()).unwrap(), SECRET).unwrap();
    assert!(read.credential.matches("nemo", b"pearl") && !read.credential.matches("nemo", b"pear"));
}

#[test]
fn every_answer_to_an_access_request_leads_with_message_authenticator_and_returns_proxy_states_in_order() {
    let mut request = RequestBuilder::access(7, [9; 16]);
    request.attribute(number::USER_NAME, b"nemo").unwrap();
    for state in [&b"inner"[..], b"", b"outer"] {
        request.attribute(number::PROXY_STATE, state).unwrap();
    }
    let request = request.sign(SECRET).unwrap();
    let received = Packet::decode(request.bytes()).unwrap();
    for code in [Code::AccessAccept, Code::AccessReject, Code::AccessChallenge] {
        let mut reply = PacketBuilder::reply_to(&received, code);
        reply.push(number::REPLY_MESSAGE, b"hello").unwrap();
        let reply = reply.sign_reply(&received, SECRET).unwrap();
        let response = request.check_response(&reply, SECRET).unwrap();
        assert_eq!(response.code(), code);
        let numbers: Vec<u8> = response.attributes().map(|attribute| attribute.number).collect();
        assert_eq!(numbers, [80, 18, 33, 33, 33]);
        assert_eq!(response.all(33).collect::<Vec<_>>(), [&b"inner"[..], b"", b"outer"]);
    }
}

#[test]
fn a_reply_for_another_request_from_another_secret_or_of_another_kind_is_not_believed() {
    let request = RequestBuilder::access(7, [9; 16]).sign(SECRET).unwrap();
    let received = Packet::decode(request.bytes()).unwrap();
    let accept = |identifier, secret: &[u8]| {
        PacketBuilder::new(Code::AccessAccept, identifier).sign_reply(&received, secret).unwrap()
    };
    assert!(request.check_response(&accept(7, SECRET), SECRET).is_ok());
    let other = PacketError::WrongIdentifier { expected: 7, got: 8 };
    assert_eq!(request.check_response(&accept(8, SECRET), SECRET), Err(other));
    assert_eq!(request.check_response(&accept(7, b"x"), SECRET), Err(PacketError::WrongAuthenticator));
    let accounting = PacketBuilder::new(Code::AccountingResponse, 7).sign_reply(&received, SECRET).unwrap();
    let kind = PacketError::UnexpectedCode { expected: Code::AccessAccept, got: Code::AccountingResponse };
    assert_eq!(request.check_response(&accounting, SECRET), Err(kind));
}

#[test]
fn an_accept_without_message_authenticator_is_refused_by_our_client() {
    // RFC 2865 7.1: genuine by its Response Authenticator alone, which CVE-2024-3596 forges
    let accept = octets::octets(
        "02 00 00 26 86 fe 22 0e 76 24 ba 2a 10 05 f6 bf 9b 55 e0 b2 06 06 00 00 00 01 0f 06 00 00 00 00 0e 06 c0 a8 01 03",
    );
    let random = octets::octets("0f 40 3f 94 73 97 80 57 bd 83 d5 cb 98 f4 22 7a").try_into().unwrap();
    let request = RequestBuilder::access(0, random).sign(SECRET).unwrap();
    assert_eq!(request.check_response(&accept, SECRET), Err(PacketError::NoMessageAuthenticator));
}

#[test]
fn an_accounting_request_is_read_back_and_its_response_believed() {
    let mut request = RequestBuilder::accounting(3, 2).unwrap();
    request.attribute(number::ACCT_SESSION_ID, b"s1").unwrap();
    request.integer(number::ACCT_INPUT_OCTETS, 5).unwrap().integer(number::ACCT_DELAY_TIME, 2).unwrap();
    let request = request.sign(SECRET).unwrap();
    let received = Packet::decode(request.bytes()).unwrap();
    assert_eq!(verify_request(&received, SECRET, STRICT), Ok(()));
    let report = AccountingReport::read(&received).unwrap();
    assert_eq!((report.status, report.input_octets), (AccountingStatus::Stop, 5));
    assert!(!report.has_gigawords);
    assert_eq!(report.event_time(10_000_000), 8_000_000, "arrival less delay");
    assert_eq!(report.event_time(1), 0, "a delay longer than time itself");
    let reply =
        PacketBuilder::reply_to(&received, Code::AccountingResponse).sign_reply(&received, SECRET).unwrap();
    assert_eq!(reply.len(), 20, "nothing but the signature");
    assert!(request.check_response(&reply, SECRET).is_ok());
}

#[test]
fn coa_and_disconnect_get_their_acks_and_naks() {
    let pairs = [
        (RequestBuilder::change_of_authorization(1), Code::CoaAck, Code::CoaNak),
        (RequestBuilder::disconnect(2), Code::DisconnectAck, Code::DisconnectNak),
    ];
    for (request, ack, nak) in pairs {
        let request = request.sign(SECRET).unwrap();
        let received = Packet::decode(request.bytes()).unwrap();
        assert_eq!(received.attributes().next().map(|a| a.number), Some(number::MESSAGE_AUTHENTICATOR));
        assert_eq!(verify_request(&received, SECRET, STRICT), Ok(()));
        for code in [ack, nak] {
            let mut reply = PacketBuilder::reply_to(&received, code);
            reply.push_integer(number::ERROR_CAUSE, 503).unwrap();
            let reply = reply.sign_reply(&received, SECRET).unwrap();
            assert_eq!(request.check_response(&reply, SECRET).unwrap().code(), code);
        }
    }
}

#[test]
fn a_status_server_is_answered_signed_on_either_port() {
    let request = RequestBuilder::status_server(1, [4; 16]).sign(SECRET).unwrap();
    let received = Packet::decode(request.bytes()).unwrap();
    for code in [Code::AccessAccept, Code::AccountingResponse] {
        let reply = PacketBuilder::reply_to(&received, code).sign_reply(&received, SECRET).unwrap();
        let response = request.check_response(&reply, SECRET).unwrap();
        assert!(response.first(number::MESSAGE_AUTHENTICATOR).is_some());
    }
}
