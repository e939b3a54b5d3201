//! MS-CHAP and SIP digest at the front door, asked by FreeRADIUS's radclient, which decrypts and shows what comes back.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod world;

use charging::Payment;
use md5::{Digest, Md5};
use world::radclient::ask;
use world::*;

fn md5(text: &str) -> String {
    Md5::digest(text).iter().map(|octet| format!("{octet:02x}")).collect()
}

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

/// Attributes of a digest over `nonce`.
fn digest(nonce: &str, password: &str, method: &str) -> String {
    let (ha1, ha2) = (md5(&format!("anna@home:home:{password}")), md5(&format!("{method}:sip:home")));
    let response = md5(&format!("{ha1}:{nonce}:00000001:c1:auth:{ha2}"));
    format!(
        "User-Name = anna@home\nDigest-Username = anna@home\nDigest-Realm = home\nDigest-Nonce = \"{nonce}\"\n\
         Digest-Method = {method}\nDigest-URI = \"sip:home\"\nDigest-Qop = auth\nDigest-Nonce-Count = \"00000001\"\n\
         Digest-CNonce = c1\nDigest-Response = \"{response}\"\nMessage-Authenticator = 0x00\n\
         Packet-Src-IP-Address = {SIP}\n"
    )
}

#[test]
fn a_sip_server_gets_a_challenge_and_its_answer_is_accepted_with_our_proof() {
    let world = World::start();
    world.subscriber(7, "homeconnect-plus", Payment::Postpaid, "anna@home", "sim");
    let auth = world.server.auth_address();
    let wanted = format!(
        "User-Name = anna@home\nDigest-Method = REGISTER\nDigest-URI = \"sip:home\"\nMessage-Authenticator = 0x00\n\
         Packet-Src-IP-Address = {SIP}\n"
    );
    let challenge = ask(auth, "auth", &wanted);
    assert!(challenge.contains("Received Access-Challenge"), "{challenge}");
    assert_eq!(value(&challenge, "Digest-Realm").as_deref(), Some("home"), "{challenge}");
    assert_eq!(value(&challenge, "Digest-Qop").as_deref(), Some("auth"));
    let nonce = value(&challenge, "Digest-Nonce").unwrap();
    let accepted = ask(auth, "auth", &digest(&nonce, "sim", "REGISTER"));
    assert!(accepted.contains("Received Access-Accept"), "{accepted}");
    let ha2 = md5(":sip:home");
    let proof = md5(&format!("{}:{nonce}:00000001:c1:auth:{ha2}", md5("anna@home:home:sim")));
    assert_eq!(value(&accepted, "Digest-Response-Auth"), Some(proof), "{accepted}");
    let wrong = ask(auth, "auth", &digest(&nonce, "sam", "REGISTER"));
    assert!(wrong.contains("Received Access-Reject"), "{wrong}");
    let invented = ask(auth, "auth", &digest("0011223344556677", "sim", "REGISTER"));
    assert!(
        invented.contains("Received Access-Challenge") && !invented.contains("Digest-Stale"),
        "{invented}"
    );
    world.engine.clock().advance(calendar::Seconds(301));
    let old = ask(auth, "auth", &digest(&nonce, "sim", "REGISTER"));
    assert!(old.contains("Received Access-Challenge"), "{old}");
    assert_eq!(value(&old, "Digest-Stale").as_deref(), Some("true"), "the password may be right: {old}");
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
