//! MS-CHAP and SIP digest at the front door, asked by FreeRADIUS's radclient, which decrypts and shows what comes back.

use crate::world;

use charging::Payment;
use radius::client::{Request, RequestBuilder};
use radius::{Code, number};
use std::time::Duration;
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

/// An Access-Request with EAP in it; its authenticator follows from the number.
fn eap(number: u8, user: &str, message: &[u8], state: Option<&[u8]>) -> Request {
    let mut request = RequestBuilder::access(number, [number ^ 0x5a; 16]);
    request.attribute(number::USER_NAME, user.as_bytes()).unwrap();
    request.attribute(number::EAP_MESSAGE, message).unwrap();
    state.into_iter().for_each(|state| {
        request.attribute(number::STATE, state).unwrap();
    });
    request.sign(SECRET.as_bytes()).unwrap()
}

/// A peer's EAP packet.
fn response(identifier: u8, body: &[u8]) -> Vec<u8> {
    let length = u16::try_from(body.len() + 4).unwrap().to_be_bytes();
    [&[2, identifier], length.as_slice(), body].concat()
}

/// What a reply asks in EAP, and its State.
fn asked(reply: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let reply = packet(reply);
    assert_eq!(reply.code(), Code::AccessChallenge);
    (reply.first(number::EAP_MESSAGE).unwrap().to_vec(), reply.first(number::STATE).unwrap().to_vec())
}

/// The answer to a request for MD5.
fn md5_answer(request: &[u8], password: &str) -> Vec<u8> {
    assert_eq!((request[0], request[4], request[5]), (1, 4, 16), "MD5 with sixteen octets");
    let proof = radius::chap_response(request[1], password.as_bytes(), &request[6..22]);
    response(request[1], &[&[4, 16], proof.as_slice(), b"anna"].concat())
}

/// As far as MD5: who he is, not MS-CHAPv2 but MD5.
fn as_far_as_md5(client: &mut Client, world: &World, first: u8, user: &str) -> (Vec<u8>, Vec<u8>) {
    let auth = world.server.auth_address();
    let identity = response(3, &[&[1], user.as_bytes()].concat());
    let (offered, state) = asked(&client.ask(auth, &eap(first, user, &identity, None)).unwrap());
    assert_eq!((offered[1], offered[4], offered[5]), (4, 26, 1), "MS-CHAPv2 comes first");
    let nak = response(4, &[3, 25, 4]);
    asked(&client.ask(auth, &eap(first + 1, user, &nak, Some(&state))).unwrap())
}

#[test]
fn eap_goes_from_who_are_you_over_a_nak_to_success_and_a_repeat_gets_the_same_answer() {
    let world = World::start();
    world.subscriber(7, "homeconnect-plus", Payment::Postpaid, "anna@home", "correct horse");
    let (auth, mut client) = (world.server.auth_address(), Client::at(VPN));
    let begun = client.ask(auth, &eap(1, "anna@home", &[], None)).unwrap();
    assert_eq!(packet(&begun).code(), Code::AccessChallenge);
    assert_eq!(packet(&begun).first(number::EAP_MESSAGE), Some([1, 0, 0, 5, 1].as_slice()), "who are you?");
    let (request, state) = as_far_as_md5(&mut client, &world, 2, "anna@home");
    let right = eap(4, "anna@home", &md5_answer(&request, "correct horse"), Some(&state));
    let accepted = client.ask(auth, &right).unwrap();
    let reply = packet(&accepted);
    assert_eq!(reply.code(), Code::AccessAccept);
    assert_eq!(reply.first(number::EAP_MESSAGE), Some([3, request[1], 0, 4].as_slice()), "EAP-Success");
    assert!(reply.first(number::CLASS).is_some());
    assert_eq!(client.ask(auth, &right).unwrap(), accepted, "the same octets");
    let again = eap(5, "anna@home", &md5_answer(&request, "correct horse"), Some(&state));
    assert_eq!(packet(&client.ask(auth, &again).unwrap()).code(), Code::AccessReject, "a State counts once");
    world.stop();
}

#[test]
fn eap_that_is_wrong_old_anothers_or_broken_ends_in_failure_and_unsigned_eap_in_silence() {
    let world = World::start();
    world.subscriber(7, "homeconnect-plus", Payment::Postpaid, "anna@home", "correct horse");
    world.subscriber(8, "homeconnect-plus", Payment::Postpaid, "ben@home", "correct horse");
    let (auth, mut client) = (world.server.auth_address(), Client::at(VPN));
    let mut number = 0;
    let mut refused = |what: &str, user: &str, change: &dyn Fn(&mut Vec<u8>, &mut Vec<u8>)| {
        number += 4;
        let (request, mut state) = as_far_as_md5(&mut client, &world, number, "anna@home");
        let mut answer = md5_answer(&request, "correct horse");
        change(&mut answer, &mut state);
        let reply = client.ask(auth, &eap(number + 2, user, &answer, Some(&state))).unwrap();
        let reply = packet(&reply);
        assert_eq!(reply.code(), Code::AccessReject, "{what}");
        let failure = [4, answer.get(1).copied().unwrap_or_default(), 0, 4];
        assert_eq!(reply.first(number::EAP_MESSAGE), Some(failure.as_slice()), "{what}");
        assert_eq!(reply.first(number::REPLY_MESSAGE), None, "RFC 3579 2.6.5");
    };
    refused("a wrong password", "anna@home", &|answer, _| answer[7] ^= 1);
    refused("a State that is not ours", "anna@home", &|_, state| state[20] ^= 1);
    refused("another's State", "ben@home", &|_, _| {});
    refused("another identifier", "anna@home", &|answer, _| answer[1] ^= 1);
    refused("cut off", "anna@home", &|answer, _| answer.truncate(9));
    refused("shorter than a header", "anna@home", &|answer, _| answer.truncate(3));
    refused("a request instead of a response", "anna@home", &|answer, _| answer[0] = 1);
    refused("a method inside TLS", "anna@home", &|answer, _| answer[4] = 25);
    refused("nothing in common", "anna@home", &|answer, _| *answer = response(answer[1], &[3, 25, 21, 13]));
    refused("old", "anna@home", &|_, _| world.engine.clock().advance(calendar::Seconds(61)));
    let (request, state) = as_far_as_md5(&mut client, &world, 240, "anna@home");
    let right = eap(242, "anna@home", &md5_answer(&request, "correct horse"), Some(&state));
    assert_eq!(packet(&client.ask(auth, &right).unwrap()).code(), Code::AccessAccept, "she is welcome");
    let unknown = response(3, b"\x01nobody@home");
    let reply = client.ask(auth, &eap(250, "nobody@home", &unknown, None)).unwrap();
    assert_eq!(packet(&reply).code(), Code::AccessReject);

    let mut both = RequestBuilder::access(251, [1; 16]);
    both.attribute(number::USER_NAME, b"anna@home").unwrap();
    both.attribute(number::EAP_MESSAGE, &unknown).unwrap();
    both.pap(b"correct horse", SECRET.as_bytes()).unwrap();
    client.send(auth, both.sign(SECRET.as_bytes()).unwrap().bytes());
    let unsigned = [&[1, 252, 0, 22 + 4], [7; 16].as_slice(), &[79, 6, 2, 1, 0, 4]].concat();
    client.send(auth, &unsigned);
    assert_eq!(client.receive(Duration::from_millis(300)), None, "RFC 3579 3.1 and 3.2");
    let off = Client::at(STRICT).ask(auth, &eap(1, "anna@home", &[], None)).unwrap();
    assert_eq!(packet(&off).code(), Code::AccessReject, "switched off for this node");
    world.stop();
}

/// 802.1X at an access point that knows stations without a password by their MAC: the method decides, not the station.
#[test]
fn a_known_station_says_nothing_of_who_asks_by_eap() {
    let world = World::start();
    let account = world.subscriber(7, "homeconnect-plus", Payment::Postpaid, "anna@home", "correct horse");
    world.name(account, "mac", "00:11:22:AA:BB:CC");
    let (auth, mut client, mut number) = (world.server.auth_address(), Client::at(WIFI[0]), 0);
    let mut ask = |user: &str, message: Option<&[u8]>| {
        number += 1;
        let mut request = RequestBuilder::access(number, [number; 16]);
        request.attribute(number::USER_NAME, user.as_bytes()).unwrap();
        request.attribute(number::CALLING_STATION_ID, b"00-11-22-AA-BB-CC").unwrap();
        message.into_iter().for_each(|message| {
            request.attribute(number::EAP_MESSAGE, message).unwrap();
        });
        client.ask(auth, &request.sign(SECRET.as_bytes()).unwrap()).unwrap()
    };
    let identity = |user: &str| response(3, &[&[1], user.as_bytes()].concat());
    for message in [identity("nobody@home"), response(3, &[4, 16])] {
        let refused = ask("nobody@home", Some(&message));
        assert_eq!(packet(&refused).code(), Code::AccessReject);
        assert_eq!(packet(&refused).first(number::EAP_MESSAGE), Some([4, 3, 0, 4].as_slice()));
    }
    for user in ["anna@home", "00:11:22:aa:bb:cc"] {
        let (request, _) = asked(&ask(user, Some(&identity(user))));
        assert_eq!((request[0], request[4]), (1, 26), "{user}: a method, and no success without one");
    }
    assert_eq!(packet(&ask("001122AABBCC", None)).code(), Code::AccessAccept, "a log-in by MAC has no EAP");
    world.stop();
}
