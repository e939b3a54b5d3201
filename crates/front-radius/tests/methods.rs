//! MS-CHAP and SIP digest at the front door, asked by FreeRADIUS's radclient, which decrypts and shows what comes back.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod world;

use charging::Payment;
use radius::Code;
use radius::client::Request;
use world::digest::{digest, md5};
use world::radclient::ask;
use world::wire::{Client, packet};
use world::*;

/// The value of an attribute as radclient prints it.
fn value(reply: &str, name: &str) -> Option<String> {
    let line = reply.lines().find(|line| line.trim().starts_with(&format!("{name} = ")))?;
    Some(line.split_once(" = ")?.1.trim_matches('"').to_owned())
}

#[test]
fn ms_chap_as_radtest_makes_it_is_accepted_and_a_wrong_password_gets_its_error() {
    let world = World::start();
    world.subscriber(7, "homeconnect-plus", Payment::Postpaid, "anna@home", "correct horse");
    let auth = world.server.auth_address();
    let accepted = ask(auth, "auth", "User-Name = anna@home\nMS-CHAP-Password = \"correct horse\"\n");
    assert!(accepted.contains("Received Access-Accept"), "{accepted}");
    let refused = ask(auth, "auth", "User-Name = anna@home\nMS-CHAP-Password = \"wrong horse\"\n");
    assert!(refused.contains("Received Access-Reject"), "{refused}");
    assert!(refused.contains("E=691 R=0"), "{refused}");
    world.stop();
}

/// The response of RFC 2759 9.2: user `User`, password `clientPass`.
const EXAMPLE: &str = "MS-CHAP-Challenge = 0x5b5d7c7d7b3f2f3e3c2c602132262628\n\
    MS-CHAP2-Response = 0x010021402324255e262a28295f2b3a337c7e000000000000000082309ecd8d708b5ea08faa3981cd83544233114a3d85d6df\n";

#[test]
fn ms_chap_v2_is_answered_with_our_own_proof_and_with_the_keys_where_the_node_wants_them() {
    let world = World::start();
    let account = world.subscriber(7, "homeconnect-plus", Payment::Postpaid, "user", "clientPass");
    world.name(account, "user", "home\\user");
    let auth = world.server.auth_address();
    let accepted = ask(auth, "auth", &format!("User-Name = User\n{EXAMPLE}"));
    assert!(accepted.contains("Received Access-Accept"), "{accepted}");
    let proof = "0x01533d34303741353538393131354644304436323039463531304645394330343536363933324344413536";
    assert_eq!(value(&accepted, "MS-CHAP2-Success").as_deref(), Some(proof));
    assert!(!accepted.contains("MS-MPPE"), "{accepted}");
    let with_keys = ask(auth, "auth", &format!("User-Name = User\n{EXAMPLE}Packet-Src-IP-Address = {VPN}\n"));
    let send = "0x8b7cdc149b993a1ba118cb153f56dccb";
    assert_eq!(value(&with_keys, "MS-MPPE-Send-Key").as_deref(), Some(send), "{with_keys}");
    let receive = value(&with_keys, "MS-MPPE-Recv-Key").unwrap();
    assert!(receive.len() == 34 && receive != send, "{receive}");
    assert!(with_keys.contains("MS-MPPE-Encryption-Types = "), "{with_keys}");
    let other = EXAMPLE.replace("82309e", "82309f");
    let refused = ask(auth, "auth", &format!("User-Name = User\n{other}"));
    assert!(refused.contains("Received Access-Reject") && refused.contains("E=691"), "{refused}");
    world.stop();
}

#[test]
fn a_sip_server_gets_a_challenge_and_its_answer_is_accepted_with_our_proof() {
    let world = World::start();
    world.subscriber(7, "homeconnect-plus", Payment::Postpaid, "anna@home", "sim");
    let (auth, mut client) = (world.server.auth_address(), Client::at(SIP));
    let mut asked = |request: Request| client.ask(auth, &request).expect("an answer");
    let text = |reply: &[u8], number: u8| packet(reply).text(number);
    let challenge = asked(digest(1, "", "sim"));
    assert_eq!(packet(&challenge).code(), Code::AccessChallenge);
    assert_eq!(text(&challenge, 104).as_deref(), Some("home"), "the realm of the user");
    assert_eq!(
        (text(&challenge, 110).as_deref(), text(&challenge, 111).as_deref()),
        (Some("auth"), Some("MD5"))
    );
    let nonce = text(&challenge, 105).unwrap();
    let accepted = asked(digest(2, &nonce, "sim"));
    assert_eq!(packet(&accepted).code(), Code::AccessAccept);
    let (ha1, ha2) = (md5("anna@home:home:sim"), md5(":sip:home"));
    let proof = md5(&format!("{ha1}:{nonce}:00000001:c1:auth:{ha2}"));
    assert_eq!(text(&accepted, 106), Some(proof));
    assert_eq!(packet(&asked(digest(3, &nonce, "sam"))).code(), Code::AccessReject);
    let invented = asked(digest(4, "0011223344556677", "sim"));
    assert_eq!((packet(&invented).code(), text(&invented, 120)), (Code::AccessChallenge, None));
    world.engine.clock().advance(calendar::Seconds(301));
    let old = asked(digest(5, &nonce, "sim"));
    assert_eq!(packet(&old).code(), Code::AccessChallenge);
    assert_eq!(text(&old, 120).as_deref(), Some("true"), "stale: the password may be right");
    world.stop();
}

#[test]
fn the_older_form_with_the_sip_servers_own_nonce_is_accepted_too() {
    let world = World::start();
    world.subscriber(7, "homeconnect-plus", Payment::Postpaid, "anna@home", "sim");
    let auth = world.server.auth_address();
    let hexadecimal = |octets: &[u8]| octets.iter().map(|octet| format!("{octet:02x}")).collect::<String>();
    let nested: Vec<u8> =
        [(10, "anna@home"), (1, "home"), (2, "of-the-server"), (3, "INVITE"), (4, "sip:b@home")]
            .into_iter()
            .flat_map(|(number, text)| {
                [&[number, u8::try_from(text.len() + 2).unwrap()], text.as_bytes()].concat()
            })
            .collect();
    let asked = |password: &str| {
        let (ha1, ha2) = (md5(&format!("anna@home:home:{password}")), md5("INVITE:sip:b@home"));
        let response = md5(&format!("{ha1}:of-the-server:{ha2}"));
        let request = format!(
            "User-Name = anna@home\nAttr-206 = 0x{}\nAttr-207 = 0x{}\nPacket-Src-IP-Address = {SIP}\n",
            hexadecimal(response.as_bytes()),
            hexadecimal(&nested)
        );
        ask(auth, "auth", &request)
    };
    let accepted = asked("sim");
    assert!(accepted.contains("Received Access-Accept"), "{accepted}");
    assert!(asked("sam").contains("Received Access-Reject"));
    world.stop();
}
