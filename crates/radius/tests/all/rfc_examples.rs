//! The example packets of RFC 2865 7 and RFC 5997 6, octet by octet.

use crate::octets;

use octets::{SECRET, octets};
use radius::authenticator::{RequestPolicy, verify_request, verify_response};
use radius::{AccessRequest, Code, Credential, Packet, PacketBuilder, PacketError, hide_password, number};

const TELNET_REQUEST: &str =
    "01 00 00 38 0f 40 3f 94 73 97 80 57 bd 83 d5 cb 98 f4 22 7a 01 06 6e 65 6d 6f 02 12 0d be 70 8d
    93 d4 13 ce 31 96 e4 3f 78 2a 0a ee 04 06 c0 a8 01 10 05 06 00 00 00 03";
const TELNET_ACCEPT: &str =
    "02 00 00 26 86 fe 22 0e 76 24 ba 2a 10 05 f6 bf 9b 55 e0 b2 06 06 00 00 00 01 0f 06 00 00 00 00
    0e 06 c0 a8 01 03";
const CHAP_REQUEST: &str = "01 01 00 47 2a ee 86 f0 8d 0d 55 96 9c a5 97 8e 0d 33 67 a2 01 08 66 6c 6f 70 73 79 03 13 16 e9
    75 57 c3 16 18 58 95 f2 93 ff 63 44 07 72 75 04 06 c0 a8 01 10 05 06 00 00 00 14 06 06 00 00 00 02 07 06 00 00 00 01";
const CHAP_ACCEPT: &str =
    "02 01 00 38 15 ef bc 7d ab 26 cf a3 dc 34 d9 c0 3c 86 01 a4 06 06 00 00 00 02 07 06 00 00 00 01
    08 06 ff ff ff fe 0a 06 00 00 00 02 0d 06 00 00 00 01 0c 06 00 00 05 dc";
const STATUS_REQUEST: &str =
    "0c da 00 26 8a 54 f4 68 6f b3 94 c5 28 66 e3 02 18 5d 06 23 50 12 5a 66 5e 2e 1e 84 11 f3 e2 43
    82 20 97 c8 4f a3";
const STATUS_ACCEPT: &str = "02 da 00 14 ef 0d 55 2a 4b f2 d6 93 ec 2b 6f e8 b5 41 1d 66";
const STATUS_ACCOUNTING_REQUEST: &str =
    "0c b3 00 26 92 5f 6b 66 dd 5f ed 57 1f cb 1d b7 ad 38 82 60 50 12 e8 d6 ea bd a9 10
    87 5c d9 1f da de 26 36 78 58";
const STATUS_ACCOUNTING_RESPONSE: &str = "05 b3 00 14 0f 6f 92 14 5f 10 7e 2f 50 4e 86 0a 48 60 66 9c";

#[test]
fn the_telnet_login_of_rfc_2865_7_1_is_read_with_its_password() {
    let bytes = octets(TELNET_REQUEST);
    let packet = Packet::decode(&bytes).unwrap();
    verify_request(&packet, SECRET, RequestPolicy::default()).unwrap();
    let request = AccessRequest::read(&packet, SECRET).unwrap();
    assert_eq!(request.user_name.as_deref(), Some("nemo"));
    assert_eq!(request.credential, Credential::Pap(b"arctangent".to_vec()));
    assert!(request.credential.matches("nemo", b"arctangent"));
    assert!(!request.credential.matches("nemo", b"arctangenT"));
    assert_eq!(request.nas.ipv4, Some([192, 168, 1, 16].into()));
    assert_eq!(request.nas.port, Some(3));
}

#[test]
fn hiding_the_password_gives_the_octets_of_rfc_2865_7_1() {
    let bytes = octets(TELNET_REQUEST);
    let packet = Packet::decode(&bytes).unwrap();
    let hidden = hide_password(b"arctangent", packet.authenticator(), SECRET).unwrap();
    assert_eq!(Some(hidden.as_slice()), packet.first(number::USER_PASSWORD));
}

#[test]
fn the_chap_login_of_rfc_2865_7_2_is_verified_with_the_request_authenticator_as_challenge() {
    let bytes = octets(CHAP_REQUEST);
    let packet = Packet::decode(&bytes).unwrap();
    let request = AccessRequest::read(&packet, SECRET).unwrap();
    assert_eq!(request.user_name.as_deref(), Some("flopsy"));
    assert_eq!((request.service_type, request.framed_protocol), (Some(2), Some(1)));
    assert!(request.credential.matches("nemo", b"arctangent"));
    assert!(!request.credential.matches("nemo", b"arctangenT"));
}

#[test]
fn the_accepts_of_rfc_2865_7_are_genuine_only_for_their_request_secret_and_content() {
    for (request, accept) in [(TELNET_REQUEST, TELNET_ACCEPT), (CHAP_REQUEST, CHAP_ACCEPT)] {
        let (request, mut accept) = (octets(request), octets(accept));
        let request = Packet::decode(&request).unwrap();
        let response = Packet::decode(&accept).unwrap();
        assert_eq!(verify_response(&response, request.authenticator(), SECRET), Ok(false));
        let wrong = Err(PacketError::WrongAuthenticator);
        assert_eq!(verify_response(&response, request.authenticator(), b"xyzzy5462"), wrong);
        assert_eq!(verify_response(&response, &[0; 16], SECRET), wrong);
        accept[25] ^= 1;
        let changed = Packet::decode(&accept).unwrap();
        assert_eq!(verify_response(&changed, request.authenticator(), SECRET), wrong);
    }
}

#[test]
fn the_accept_of_rfc_2865_7_1_is_built_octet_by_octet_but_for_our_leading_message_authenticator() {
    let bytes = octets(TELNET_REQUEST);
    let request = Packet::decode(&bytes).unwrap();
    let mut reply = PacketBuilder::reply_to(&request, Code::AccessAccept);
    reply.push_integer(6, 1).unwrap();
    reply.push_integer(15, 0).unwrap();
    reply.push_ipv4(14, [192, 168, 1, 3].into()).unwrap();
    let reply = reply.sign_reply(&request, SECRET).unwrap();
    assert_eq!(reply[20..22], [80, 18], "Message-Authenticator comes first");
    assert_eq!(reply[38..], octets(TELNET_ACCEPT)[20..]);
    let response = Packet::decode(&reply).unwrap();
    assert_eq!(verify_response(&response, request.authenticator(), SECRET), Ok(true));
}

#[test]
fn the_status_server_packets_of_rfc_5997_6_are_genuine_and_never_without_message_authenticator() {
    let pairs = [(STATUS_REQUEST, STATUS_ACCEPT), (STATUS_ACCOUNTING_REQUEST, STATUS_ACCOUNTING_RESPONSE)];
    for (request, response) in pairs {
        let (request, response) = (octets(request), octets(response));
        let request = Packet::decode(&request).unwrap();
        assert_eq!(request.code(), Code::StatusServer);
        assert_eq!(verify_request(&request, SECRET, RequestPolicy::default()), Ok(()));
        let wrong = Err(PacketError::WrongMessageAuthenticator);
        assert_eq!(verify_request(&request, b"other", RequestPolicy::default()), wrong);
        let response = Packet::decode(&response).unwrap();
        assert_eq!(verify_response(&response, request.authenticator(), SECRET), Ok(false));
    }
    let bare = PacketBuilder::new(Code::StatusServer, 1).encode(&[7; 16]).unwrap();
    let refused = verify_request(&Packet::decode(&bare).unwrap(), SECRET, RequestPolicy::default());
    assert_eq!(refused, Err(PacketError::NoMessageAuthenticator));
}

#[test]
fn the_status_request_of_rfc_5997_6_1_is_made_octet_by_octet() {
    let expected = octets(STATUS_REQUEST);
    let random = *Packet::decode(&expected).unwrap().authenticator();
    let made = radius::client::RequestBuilder::status_server(0xda, random).sign(SECRET).unwrap();
    assert_eq!(made.bytes(), expected);
}
