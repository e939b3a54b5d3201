//! What is no packet, or no request the server may act on, is refused with the reason.

use crate::octets;

use octets::{SECRET, octets};
use radius::authenticator::{RequestPolicy, verify_request};
use radius::client::RequestBuilder;
use radius::{
    AccessRequest, AccountingReport, Code, MAX_PACKET_LENGTH, Packet, PacketBuilder, PacketError,
    hide_password, number, reveal_password,
};

fn accounting(attributes: &[(u8, &[u8])]) -> Result<(), PacketError> {
    let mut packet = PacketBuilder::new(Code::AccountingRequest, 1);
    for (number, value) in attributes {
        packet.push(*number, value)?;
    }
    let bytes = packet.encode(&[0; 16])?;
    AccountingReport::read(&Packet::decode(&bytes)?).map(drop)
}

fn access(attributes: &[(u8, &[u8])]) -> Result<AccessRequest, PacketError> {
    let mut packet = PacketBuilder::new(Code::AccessRequest, 1);
    for (number, value) in attributes {
        packet.push(*number, value)?;
    }
    let bytes = packet.encode(&[0; 16])?;
    AccessRequest::read(&Packet::decode(&bytes)?, SECRET)
}

#[test]
fn wrong_lengths_are_discarded_with_their_reason() {
    let header = "00000000000000000000000000000000";
    let refused = |text: &str| Packet::decode(&octets(text)).unwrap_err();
    assert_eq!(refused("0101001400"), PacketError::TooShort { got: 5 });
    assert_eq!(refused(&format!("01010013{header}")), PacketError::LengthOutOfRange { stated: 19 });
    assert_eq!(refused(&format!("01011001{header}")), PacketError::LengthOutOfRange { stated: 4097 });
    assert_eq!(refused(&format!("01010015{header}")), PacketError::Truncated { stated: 21, got: 20 });
    let wrong = |attribute, offset| PacketError::AttributeLength { attribute, offset };
    assert_eq!(refused(&format!("01010015{header}01")), wrong(1, 20), "no length octet");
    assert_eq!(refused(&format!("01010016{header}0101")), wrong(1, 20), "length under 2");
    assert_eq!(refused(&format!("01010016{header}0100")), wrong(1, 20), "length 0");
    assert_eq!(refused(&format!("0101001a{header}0103410a0461")), wrong(10, 23), "beyond the packet");
}

#[test]
fn octets_beyond_the_length_field_are_ignored() {
    let mut bytes = PacketBuilder::new(Code::AccessRequest, 9).encode(&[1; 16]).unwrap();
    bytes.extend([1, 1, 1, 1]);
    let packet = Packet::decode(&bytes).unwrap();
    assert_eq!((packet.attributes().count(), packet.bytes().len()), (0, 20));
}

#[test]
fn an_accounting_request_needs_its_status_its_session_and_whole_counters() {
    let start: (u8, &[u8]) = (number::ACCT_STATUS_TYPE, &[0, 0, 0, 1]);
    let on: (u8, &[u8]) = (number::ACCT_STATUS_TYPE, &[0, 0, 0, 7]);
    let missing = |attribute| Err(PacketError::Missing { attribute });
    assert_eq!(accounting(&[]), missing(number::ACCT_STATUS_TYPE));
    assert_eq!(accounting(&[start]), missing(number::ACCT_SESSION_ID));
    assert_eq!(accounting(&[start, (number::ACCT_SESSION_ID, b"")]), missing(number::ACCT_SESSION_ID));
    assert!(accounting(&[on]).is_ok(), "Accounting-On is about the whole NAS");
    let short = accounting(&[on, (number::ACCT_INPUT_OCTETS, &[0, 0, 1])]);
    assert_eq!(short, Err(PacketError::BadValue { attribute: number::ACCT_INPUT_OCTETS, got: 3 }));
}

#[test]
fn an_access_request_needs_one_credential_and_a_readable_user_if_any() {
    let name: (u8, &[u8]) = (number::USER_NAME, b"nemo");
    assert!(access(&[]).is_ok(), "a device may have no name: whoever answers looks for its number");
    let unreadable = access(&[(number::USER_NAME, &[0xff, 0xfe])]);
    assert_eq!(unreadable, Err(PacketError::BadValue { attribute: number::USER_NAME, got: 2 }));
    let both = access(&[name, (number::USER_PASSWORD, &[0; 16]), (number::CHAP_PASSWORD, &[0; 17])]);
    assert_eq!(both, Err(PacketError::TwoCredentials));
    let short_chap = access(&[name, (number::CHAP_PASSWORD, &[0; 16])]);
    assert_eq!(short_chap, Err(PacketError::BadValue { attribute: number::CHAP_PASSWORD, got: 16 }));
    for got in [0, 15, 17, 144] {
        let refused = access(&[name, (number::USER_PASSWORD, &vec![0; got])]);
        assert_eq!(refused, Err(PacketError::BadValue { attribute: number::USER_PASSWORD, got }));
    }
}

#[test]
fn methods_we_do_not_speak_are_named_and_match_no_password() {
    let name: (u8, &[u8]) = (number::USER_NAME, b"nemo");
    let ms_chap2 = [&[0, 0, 1, 0x37, 25, 52][..], &[0; 50]].concat();
    for (attribute, value, method) in [(79, &[1, 2][..], "EAP"), (26, &ms_chap2, "MS-CHAP")] {
        let request = access(&[name, (attribute, value)]).unwrap();
        assert_eq!(request.credential, radius::Credential::Unsupported(method));
        assert!(!request.credential.matches("nemo", b""));
    }
    assert!(
        !access(&[name]).unwrap().credential.matches("nemo", b""),
        "no credential is not an empty password"
    );
}

#[test]
fn proxy_state_without_message_authenticator_is_refused_unless_the_client_is_exempt() {
    let mut packet = PacketBuilder::new(Code::AccessRequest, 1);
    packet.push(number::PROXY_STATE, b"p").unwrap();
    let bytes = packet.encode(&[3; 16]).unwrap();
    let packet = Packet::decode(&bytes).unwrap();
    let refused = verify_request(&packet, SECRET, RequestPolicy::default());
    assert_eq!(refused, Err(PacketError::NoMessageAuthenticator));
    let exempt = RequestPolicy { require_message_authenticator: false, limit_proxy_state: false };
    assert_eq!(verify_request(&packet, SECRET, exempt), Ok(()));
}

#[test]
fn a_second_or_short_message_authenticator_is_refused() {
    let verdict = |values: &[&[u8]]| {
        let mut packet = PacketBuilder::new(Code::AccessRequest, 1);
        for value in values {
            packet.push(number::MESSAGE_AUTHENTICATOR, value).unwrap();
        }
        let bytes = packet.encode(&[3; 16]).unwrap();
        verify_request(&Packet::decode(&bytes).unwrap(), SECRET, RequestPolicy::default())
    };
    let attribute = number::MESSAGE_AUTHENTICATOR;
    assert_eq!(verdict(&[&[0; 16], &[0; 16]]), Err(PacketError::Repeated { attribute }));
    assert_eq!(verdict(&[&[0; 15]]), Err(PacketError::BadValue { attribute, got: 15 }));
}

#[test]
fn limits_hold_when_making_packets_and_an_empty_secret_signs_nothing() {
    let mut packet = PacketBuilder::new(Code::AccessAccept, 1);
    let too_long = PacketError::ValueTooLong { attribute: 18, got: 254 };
    assert_eq!(packet.push(18, &[0; 254]).unwrap_err(), too_long);
    for _ in 0..15 {
        packet.push(18, &[0; 253]).unwrap();
    }
    packet.push(18, &[0; 249]).unwrap();
    assert_eq!(packet.encode(&[0; 16]).unwrap().len(), MAX_PACKET_LENGTH);
    assert_eq!(packet.push(18, &[]).unwrap_err(), PacketError::PacketTooLong { got: MAX_PACKET_LENGTH + 2 });
    let vendor_too_long = packet.push_vendor(9, Default::default(), 1, &[0; 248]).unwrap_err();
    assert_eq!(vendor_too_long, PacketError::ValueTooLong { attribute: 26, got: 248 });

    assert_eq!(hide_password(&[1; 129], &[0; 16], SECRET), Err(PacketError::PasswordTooLong { got: 129 }));
    assert_eq!(hide_password(b"p", &[0; 16], b""), Err(PacketError::EmptySecret));
    assert_eq!(reveal_password(&[0; 16], &[0; 16], b""), Err(PacketError::EmptySecret));
    assert_eq!(RequestBuilder::access(1, [0; 16]).sign(b"").unwrap_err(), PacketError::EmptySecret);
    assert_eq!(RequestBuilder::disconnect(1).sign(b"").unwrap_err(), PacketError::EmptySecret);
}
