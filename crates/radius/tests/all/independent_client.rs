//! Packets recorded from FreeRADIUS radclient 3.2.1 (secret xyzzy5461): a second implementation's idea of every signature.

use crate::octets;

use octets::{SECRET, octets};
use radius::authenticator::{RequestPolicy, verify_request};
use radius::client::RequestBuilder;
use radius::{
    AccessRequest, AccountingReport, AccountingStatus, Dictionary, Packet, PacketError, Prefix, number,
};

const PAP: &str = "01a5005405e19f31d7c39e31788870d377800e5001066e656d6f0222f49baee3fd8f8217bddaa5c46d690fbb59578ce725928580500ae1
    3d0c7a1b6c0406c00002105012fa90b4076837ea5b2ab60baf7f644818";
const CHAP: &str = "0171004950e81dec2b2e4114367a3bc07386f8b00108666c6f70737903136334925a292cc433f4f5fbbe1c44b154e12008627261732d31
    5012b3c49ca5e5dd670aa9245e73b69847d2";
const INTERIM: &str = "047d00752070893abe6a4fe076899099cdfa3a5401066e656d6f2806000000032c06356633612a06000000073406000000012b06ff
    ffffff3506000000022e06000002581905544c0108060a0000096114003020010db80007000000000000000000003706665a64802906000000030406c0
    000210";
const COA: &str = "2b4b00500bc39b00fd7f2f0812a6e8a195cfb2822c06356633611a0d00003a8c0807314d2f314d1a110000130a410b0152454449524543
    54501245e0e92426d5b1b41d573492242b27a63706665a6480";
const DISCONNECT: &str = "28b3002026f5dea861fa30cd732c32a231fecc942c063566336101066e656d6f";
const STATUS: &str = "0c3c0026134606588f7976509cc8e978ba7047005012d875860902ac7474a732f698b7c882fe";

#[test]
fn every_signature_of_radclient_is_genuine_and_any_changed_octet_is_noticed() {
    for recorded in [PAP, CHAP, INTERIM, COA, DISCONNECT, STATUS] {
        let bytes = octets(recorded);
        let policy = RequestPolicy::default();
        assert_eq!(verify_request(&Packet::decode(&bytes).unwrap(), SECRET, policy), Ok(()), "{recorded}");
        assert!(verify_request(&Packet::decode(&bytes).unwrap(), b"wrong", policy).is_err(), "{recorded}");
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 0x20;
            // a packet whose Message-Authenticator became another attribute is only caught where one is required
            let strict = RequestPolicy { require_message_authenticator: true, ..policy };
            let refused = Packet::decode(&changed).and_then(|packet| verify_request(&packet, SECRET, strict));
            let still_checked = Packet::decode(&changed).is_ok_and(|packet| {
                packet.code().authenticator_is_computed() || matches!(u8::from(packet.code()), 1 | 12)
            });
            assert!(refused.is_err() || !still_checked, "octet {at} of {recorded}");
        }
    }
}

#[test]
fn radclients_passwords_are_revealed_and_verified() {
    let (pap, chap) = (octets(PAP), octets(CHAP));
    let pap = AccessRequest::read(&Packet::decode(&pap).unwrap(), SECRET).unwrap();
    assert!(pap.credential.matches("nemo", b"arctangent-which-is-long"), "two blocks of hidden password");
    let chap = AccessRequest::read(&Packet::decode(&chap).unwrap(), SECRET).unwrap();
    assert!(chap.credential.matches("nemo", b"arctangent"));
    assert!(!chap.credential.matches("nemo", b""));
    assert_eq!(chap.nas.identifier.as_deref(), Some("bras-1"));
    assert_eq!(format!("{:?} {:?}", pap.credential, chap.credential), "Pap(***) Chap(***)");
}

#[test]
fn an_interim_report_is_read_whole_with_gigawords_over_32_bits() {
    let bytes = octets(INTERIM);
    let packet = Packet::decode(&bytes).unwrap();
    let report = AccountingReport::read(&packet).unwrap();
    assert_eq!(report.status, AccountingStatus::Interim);
    assert_eq!((&*report.session_id, report.user_name.as_deref()), ("5f3a", Some("nemo")));
    assert_eq!(report.input_octets, (1 << 32) + 7);
    assert_eq!(report.output_octets, (3 << 32) - 1);
    assert!(report.has_gigawords);
    assert_eq!((report.session_time, report.delay_time), (Some(600), 3));
    assert_eq!(packet.all(number::CLASS).collect::<Vec<_>>(), [b"TL\x01"]);
    assert_eq!(report.framed_ipv4, Some([10, 0, 0, 9].into()));
    assert_eq!(report.framed_ipv6_prefix, Prefix::new("2001:db8:7::".parse().unwrap(), 48));
    assert_eq!(report.event_timestamp, Some(1_717_200_000));
    assert_eq!(report.event_time(5), 1_717_200_000_000_000, "Event-Timestamp wins over arrival");
}

#[test]
fn a_log_line_shows_names_and_values_but_no_password() {
    let dictionary = Dictionary::built_in();
    let (pap, chap, coa) = (octets(PAP), octets(CHAP), octets(COA));
    let lines = dictionary.describe(&Packet::decode(&pap).unwrap());
    assert_eq!(lines[..3], ["User-Name = \"nemo\"", "User-Password = ***", "NAS-IP-Address = 192.0.2.16"]);
    let lines = dictionary.describe(&Packet::decode(&chap).unwrap());
    assert_eq!(lines[1], "CHAP-Password = ***");
    let lines = dictionary.describe(&Packet::decode(&coa).unwrap());
    assert_eq!(
        lines[..3],
        [
            "Acct-Session-Id = \"5f3a\"",
            "Mikrotik-Rate-Limit = \"1M/1M\"",
            "ERX-Service-Activate:1 = \"REDIRECT\"",
        ]
    );
    let nameless = Dictionary::empty().describe(&Packet::decode(&pap).unwrap());
    assert_eq!(nameless[1], "Attr-2 = ***", "hidden even where no dictionary says so");
}

#[test]
fn our_disconnect_request_equals_radclients_but_for_our_message_authenticator() {
    let mut ours = RequestBuilder::disconnect(0xb3);
    ours.attribute(number::ACCT_SESSION_ID, b"5f3a").unwrap();
    ours.attribute(number::USER_NAME, b"nemo").unwrap();
    let ours = ours.sign(SECRET).unwrap();
    let packet = Packet::decode(ours.bytes()).unwrap();
    assert_eq!(verify_request(&packet, SECRET, RequestPolicy::default()), Ok(()));
    assert_eq!(ours.bytes()[38..], octets(DISCONNECT)[20..]);
    assert_eq!(verify_request(&packet, b"x", RequestPolicy::default()), Err(PacketError::WrongAuthenticator));
}

#[test]
fn the_attributes_of_radclients_coa_are_made_from_the_same_text() {
    let dictionary = Dictionary::built_in();
    let bytes = octets(COA);
    let theirs: Vec<Vec<u8>> =
        Packet::decode(&bytes).unwrap().all(number::VENDOR_SPECIFIC).map(<[u8]>::to_vec).collect();
    let mut ours = RequestBuilder::change_of_authorization(1);
    ours.encoded(&dictionary.encode("Mikrotik-Rate-Limit", "1M/1M").unwrap()).unwrap();
    ours.encoded(&dictionary.encode("ERX-Service-Activate:1", "REDIRECT").unwrap()).unwrap();
    let ours = ours.sign(SECRET).unwrap();
    let packet = Packet::decode(ours.bytes()).unwrap();
    assert_eq!(packet.all(number::VENDOR_SPECIFIC).collect::<Vec<_>>(), theirs);
}
